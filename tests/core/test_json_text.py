"""JSON with texts in it that are none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huntbook.core.json_rows import Rows, json_rows
from huntbook.core.json_text import read_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=[])),
    lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (rb'"\ud83d"', "\ufffd"),
        (rb'"\udd0e\ud83d"', "\ufffd\ufffd"),
        (rb'"\ud83d\udd0e"', "\U0001f50e"),
        (rb'"\\ud83d \ud83d"', "\\ud83d \ufffd"),
        (rb'"\ud83d\n\"\\"', '\ufffd\n"\\'),
        (b'"caf\xe9"', "caf\ufffd"),
    ],
)
def test_what_is_no_character_is_replaced_and_nothing_else(written: bytes, read: str) -> None:
    assert read_json(written) == read


@pytest.mark.parametrize("written", [b"", b"{", rb'"\ud83d', rb'["\ud83d",]', b"<html>"])
def test_what_is_no_json_stays_none(written: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_json(written)


@given(JSON)
def test_any_document_is_read_as_python_reads_it(value: object) -> None:
    def whole(found: object) -> object:
        if isinstance(found, str):
            return "".join("\ufffd" if "\ud800" <= sign <= "\udfff" else sign for sign in found)
        if isinstance(found, list):
            return [whole(each) for each in found]
        return {whole(key): whole(each) for key, each in found.items()} if isinstance(found, dict) else found

    written = json.dumps(value)
    assert read_json(written.encode()) == whole(json.loads(written))


def test_one_such_row_costs_no_other() -> None:
    document = rb'{"tables":[{"rows":[["a",1],["\ud83d",2],["c",3]]}]}'
    for size in (7, 1000):
        parts = json_rows(document[at : at + size] for at in range(0, len(document), size))
        assert [row for part in parts if isinstance(part, Rows) for row in part.rows] == [
            ["a", 1],
            ["\ufffd", 2],
            ["c", 3],
        ]
