"""Any table in, the same kind out."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huntbook.core.frames import like, need, pandas_frame, to_polars
from huntbook.errors import ColumnMissing, ParameterError

NOON = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
FRAME = pl.DataFrame({"n": [1, 2, None], "text": ["a", None, "c"], "at": [NOON, None, NOON]})


class OnlyAStream:
    """A table of a kind that huntbook has never heard of."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


KINDS = {
    "polars": FRAME,
    "lazy": FRAME.lazy(),
    "pyarrow": FRAME.to_arrow(),
    "stream": OnlyAStream(FRAME),
    "dicts": FRAME.to_dicts(),
    "dict of lists": FRAME.to_dict(as_series=False),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_table_is_read(kind: str) -> None:
    assert to_polars(KINDS[kind]).equals(FRAME)


def test_a_relation_of_duckdb_is_read() -> None:
    relation = duckdb.connect().sql("SELECT 1 AS n, 'a' AS text UNION ALL SELECT 2, NULL ORDER BY n")
    assert to_polars(relation).rows() == [(1, "a"), (2, None)]


def test_a_polars_frame_is_not_copied() -> None:
    assert to_polars(FRAME) is FRAME


def test_pandas_is_read_column_by_column() -> None:
    given = pd.DataFrame(
        {
            "n": [1, 2],
            "real": [0.5, None],
            "text": ["a", None],
            "flag": [True, False],
            "aware": pd.to_datetime(["2024-05-01T14:00:00+02:00", None], utc=True),
            "naive": pd.to_datetime(["2024-05-01 12:00:00", "2024-05-02 00:00:00"]),
        }
    )
    frame = to_polars(given)
    assert frame["n"].to_list() == [1, 2]
    assert frame["text"].to_list() == ["a", None]
    assert frame["flag"].to_list() == [True, False]
    assert frame["aware"].to_list() == [NOON, None]
    assert frame.schema["naive"] == pl.Datetime("us")


def test_a_pandas_column_of_mixed_values_becomes_text() -> None:
    assert to_polars(pd.DataFrame({"mixed": [1, "two", None]}))["mixed"].to_list() == ["1", "two", None]


def test_pandas_nothings_are_null() -> None:
    given = pd.DataFrame({"x": pd.Series([None, float("nan"), pd.NaT, pd.NA, "v"], dtype=object)})
    assert to_polars(given)["x"].to_list() == [None, None, None, None, "v"]


@pytest.mark.parametrize("table", ["text", 7, None, [1, 2], [{"a": 1}, 2]])
def test_what_is_no_table_is_refused(table: object) -> None:
    with pytest.raises(ParameterError, match="is not a table") as caught:
        to_polars(table)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (FRAME, pl.DataFrame),
        (FRAME.lazy(), pl.LazyFrame),
        (FRAME.to_arrow(), pa.Table),
        (pd.DataFrame({"n": [1]}), pd.DataFrame),
        (FRAME.to_dicts(), pl.DataFrame),
        (OnlyAStream(FRAME), pl.DataFrame),
    ],
    ids=["polars", "lazy", "pyarrow", "pandas", "dicts", "stream"],
)
def test_a_result_is_of_the_kind_given(given: Any, expected: type) -> None:
    returned = like(FRAME, given)
    assert isinstance(returned, expected)
    assert to_polars(returned)["text"].to_list() == ["a", None, "c"]


def test_pandas_gets_aware_times_in_utc() -> None:
    other = FRAME.with_columns(pl.col("at").dt.convert_time_zone("Europe/Berlin"))
    back = pandas_frame(other)["at"]
    assert str(back.dt.tz) == "UTC"
    assert back[0] == pd.Timestamp(NOON)
    assert back.isna().tolist() == [False, True, False]


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "text": st.none() | st.text(max_size=8),
                "n": st.integers(-(2**40), 2**40),
                "at": st.none() | st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
            }
        ),
        min_size=1,
    )
)
def test_through_pandas_and_back_nothing_is_lost(rows: list[dict[str, Any]]) -> None:
    schema = pl.Schema({"text": pl.String(), "n": pl.Int64(), "at": pl.Datetime("us", "UTC")})
    frame = pl.DataFrame(rows, schema=schema)
    assert to_polars(pandas_frame(frame)).cast(schema).to_dicts() == frame.to_dicts()


def test_need_names_what_is_missing_and_what_was_meant() -> None:
    need(FRAME, ["n", "text"])
    with pytest.raises(ColumnMissing, match=r"no column 'txt', 'zzz'") as caught:
        need(FRAME, ["n", "txt", "zzz"])
    assert caught.value.missing == ["txt", "zzz"]
    assert caught.value.available == ["n", "text", "at"]
    assert caught.value.hint == "Did you mean 'text'?"


def test_reading_a_relation_leaves_duckdb_free_to_go() -> None:
    """Polars keeps the class of whatever it is made of; DuckDB's binding then complains on the terminal at the end."""
    code = (
        "import duckdb; from huntbook.core.frames import to_polars;"
        "print(to_polars(duckdb.connect().sql('SELECT 1 AS n')).height)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("1\n", "")


TWICE = {
    "pandas": pd.DataFrame([["x", "y"]], columns=["a", "a"]),
    "pandas, a number and its text": pd.DataFrame([["x", "y"]], columns=[1, "1"]),
    "pyarrow": pa.table([pa.array(["x"]), pa.array(["y"])], names=["a", "a"]),
    "duckdb": duckdb.sql("SELECT 'x' AS a, 'y' AS a"),
}


@pytest.mark.parametrize("kind", TWICE)
def test_two_columns_of_one_name_are_refused(kind: str) -> None:
    with pytest.raises(ParameterError, match=r"more than one column named '[a1]'"):
        to_polars(TWICE[kind])


@pytest.mark.parametrize("given", [pl.Series(["x"]), pd.Series(["x"]), pa.array(["x"]), pa.chunked_array([["x"]])])
def test_one_column_is_no_table(given: object) -> None:
    with pytest.raises(ParameterError, match="is not a table"):
        to_polars(given)


HALF = '\ud800 and "\udfff"'  # what json.loads makes of "\ud800", which no encoding of text has


@pytest.mark.parametrize(
    "given",
    [
        [{"a": HALF, "b": [{HALF: HALF}]}],
        {"a": [HALF], "b": [[{HALF: HALF}]]},
        pd.DataFrame({"a": [HALF]}, dtype=object),
        pd.DataFrame({"a": [HALF, 5]}, dtype=object),
    ],
    ids=["dicts", "dict of lists", "pandas", "pandas, mixed"],
)
def test_half_characters_are_replaced_one_for_one(given: Any) -> None:
    assert to_polars(given)["a"][0] == '\ufffd and "\ufffd"'
