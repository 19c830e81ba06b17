"""A document in chunks gives the same rows as the document as a whole, whatever its texts hold and wherever the chunks end."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huntbook.core import json_rows as module
from huntbook.core.json_rows import Around, Rows, json_rows

CELLS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(alphabet='ab[]{},:"\\ \n\u2028é', max_size=12)
    | st.just('"rows":[')
    | st.just("],["),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "rows", "]"]), inner, max_size=2),
    max_leaves=6,
)
TABLE = st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=8)


def read(document: bytes, size: int) -> tuple[list[list[Any]], Any]:
    """The rows of each list, and what stands around them with the lists empty."""
    around = b""
    tables: list[list[Any]] = []
    for part in json_rows(document[at : at + size] for at in range(0, len(document), size)):
        if isinstance(part, Around):
            around += part.text
            tables.append([])
        elif isinstance(part, Rows):
            tables[-1].extend(part.rows)
    return tables[:-1], json.loads(around)


@settings(max_examples=300)
@given(
    st.lists(TABLE, min_size=1, max_size=3),
    st.integers(1, 200),
    st.sampled_from([None, 1]),
    st.sampled_from([16, 64, 1 << 20]),
)
def test_any_document_in_any_chunks(tables: list[Any], size: int, indent: int | None, at_once: int) -> None:
    document = json.dumps(
        {"tables": [{"name": "rows", "rows": table} for table in tables], "after": '"rows":['}, indent=indent
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_AT_ONCE", at_once)
        found, around = read(document.encode(), size)
    # A cell may itself be an object with a list of rows: only what stands outside of rows is looked at.
    assert found == tables
    assert around == {"tables": [{"name": "rows", "rows": []} for _ in tables], "after": '"rows":['}


def test_objects_are_rows_too() -> None:
    assert read(b'{"results": [{"a": 1}, {"a": "},{"}], "rows": [{"b": 2},{"b": 3}]}', 7)[0] == [[{"b": 2}, {"b": 3}]]


@pytest.mark.parametrize("cut", range(10, 60, 7))
def test_what_breaks_off_is_told(cut: int) -> None:
    document = json.dumps({"tables": [{"rows": [["a", "]"], ["b", "["], ["c", "d"], ["e", 1]]}]}).encode()
    with pytest.raises(ValueError):  # noqa: PT011 - of the JSON parser
        read(document[:cut], 5)


def test_a_text_full_of_brackets_takes_linear_time() -> None:
    def spent(times: int) -> float:
        document = json.dumps({"rows": [["],[" * times, "x"]] * 3}).encode()
        began = time.perf_counter()
        assert len(read(document, 1 << 18)[0][0]) == 3
        return time.perf_counter() - began

    small, large = (min(spent(times) for _ in range(3)) for times in (200_000, 800_000))
    assert large < 10 * small  # four times as much; the square would be 16


def test_a_document_without_rows_takes_linear_time() -> None:
    began = time.process_time()
    (part,) = json_rows(b"x" * 4096 for _ in range(10_000))
    assert isinstance(part, Around)
    assert len(part.text) == 40_960_000
    assert time.process_time() - began < 5
