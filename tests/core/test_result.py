"""A result is a table, and says where it comes from and how complete it is."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from huntbook.core.result import Completeness, Missing, Origin, Result
from huntbook.errors import NotInstalled


def result(
    rows: dict[str, Any] | None = None, completeness: Completeness | None = None, source: str = "demo"
) -> Result:
    frame = pl.DataFrame(rows or {"a": [1, 2], "b": ["x", None]})
    at = datetime(2024, 5, 1, tzinfo=UTC)
    elapsed = timedelta(seconds=0.25)
    return Result(
        frame, Origin(source, "T", "SELECT", "kql", at, elapsed, frame.height, completeness or Completeness())
    )


def test_it_is_a_table_to_everybody() -> None:
    given = result()
    assert pl.DataFrame(given).rows() == [(1, "x"), (2, None)]
    assert pa.table(given).num_rows == 2
    assert duckdb.connect().execute("SELECT sum(a) FROM given").fetchall() == [(3,)]
    assert given.to_pandas()["a"].tolist() == [1, 2]
    assert isinstance(given.to_pandas(), pd.DataFrame)


def test_it_can_be_looked_into() -> None:
    given = result()
    assert given.columns == ["a", "b"]
    assert len(given) == 2
    assert list(given) == given.to_dicts() == [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    assert given["a"].to_list() == [1, 2]


def test_its_repr_says_where_it_comes_from() -> None:
    assert repr(result()).endswith("2 rows from demo in 0.25 s, complete")


@pytest.mark.parametrize(
    ("completeness", "said"),
    [
        (Completeness(), "complete"),
        (Completeness(notes=("figures may differ",)), "complete; figures may differ"),
        (Completeness(complete=False), "incomplete"),
        (Completeness(complete=False, notes=("cut at 5 rows", "one slice failed")), "cut at 5 rows; one slice failed"),
    ],
)
def test_an_answer_says_how_complete_it_is(completeness: Completeness, said: str) -> None:
    assert str(completeness) == said
    assert repr(result(completeness=completeness)).endswith(said)
    assert said in result(completeness=completeness)._repr_html_()


def test_what_a_log_says_stays_text_in_a_notebook() -> None:
    script = "<script>alert(1)</script>"
    html = result({script: [script]}, source=script)._repr_html_()
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 3


def test_a_notebook_shows_the_first_rows_and_says_so() -> None:
    html = result({"n": list(range(50))})._repr_html_()
    assert html.count("<tr>") == 21
    assert "50 rows" in html
    assert "first 20 shown" in html


def test_a_long_cell_is_cut_in_a_notebook_only() -> None:
    given = result({"text": ["x" * 5000]})
    assert "x" * 299 + "…" in given._repr_html_()
    assert len(given["text"][0]) == 5000


def test_without_pandas_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(NotInstalled, match=r"pip install"):
        result().to_pandas()


def test_a_terminal_obeys_nothing_that_a_log_says() -> None:
    evil = "\x1b]52;c;ZXZpbA==\x07\u202egnp.exe"
    missing = Missing(evil, None, evil)
    given = result(
        {evil: [evil]}, source=evil, completeness=Completeness(complete=False, notes=(evil,), missing=(missing,))
    )
    for text in (repr(given), given._repr_html_(), str(given.origin.completeness), repr(given.origin), str(missing)):
        assert not set("\x1b\x07\u202e") & set(text)
        assert "gnp.exe" in text
    assert given.to_dicts() == [{evil: evil}]  # the data itself is as it was
