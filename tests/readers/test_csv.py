from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.readers.samples import reading

from huntbook.readers import recognise
from huntbook.readers._base import LINE
from huntbook.readers._text import blocks


@pytest.mark.parametrize("separator", list(",;\t|"))
@pytest.mark.parametrize("quoted", [False, True])
def test_separators(separator: str, quoted: bool) -> None:
    mark = '"' if quoted else ""
    rows = [["time", "host", "count"], ["2024-03-01", "WS01", "1"], ["2024-03-02", "WS02", "2"]]
    text = "\r\n".join(separator.join(f"{mark}{value}{mark}" for value in row) for row in rows)
    found = reading(text.encode())
    assert [list(row.values())[1:] for row in found.rows] == rows[1:]
    assert list(found.rows[0]) == [LINE, *rows[0]]
    assert found.lines == [2, 3]


def test_newlines_in_quotes_keep_the_line_numbers() -> None:
    found = reading(b'host,text\nA,"one\ntwo"\nB,"say ""hi"", ok"\nC,plain\n')
    assert found.column("text") == ["one\ntwo", 'say "hi", ok', "plain"]
    assert found.lines == [2, 4, 5]


def test_ragged_rows_are_kept() -> None:
    found = reading(b"a,b,c\n1,2,3\n4,5\n6,7,8,9\n1,2,3\n")
    assert [list(row.values())[1:] for row in found.rows] == [
        ["1", "2", "3"],
        ["4", "5", None],
        ["6", "7", "8,9"],
        ["1", "2", "3"],
    ]
    assert [(loss.lost, loss.position) for loss in found.losses] == [(0, "line 3")]


def test_names_are_made_unique() -> None:
    found = reading(b",name,name,_Line\n1,a,b,c\n2,d,e,f\n")
    assert list(found.rows[0]) == [LINE, "column1", "name", "name_2", "_Line_2"]


def test_no_header() -> None:
    found = reading(b"1,2024-03-01,x\n2,2024-03-02,y\n")
    assert found.rows == [
        {LINE: 1, "column1": "1", "column2": "2024-03-01", "column3": "x"},
        {LINE: 2, "column1": "2", "column2": "2024-03-02", "column3": "y"},
    ]


def test_a_type_that_changes_midway_is_text() -> None:
    rows = "".join(f"{n},host\n" for n in range(3000)) + "unknown,host\n"
    found = reading(("count,name\n" + rows).encode())
    assert found.column("count")[-2:] == ["2999", "unknown"]


def test_a_quote_that_is_never_closed() -> None:
    found = reading(b'a,b\n1,"open\n2,x\n3,y\n')
    assert found.column("a") == ["1", "2", "3"]
    assert [loss.lost for loss in found.losses] == [0]


@pytest.mark.parametrize(
    "text",
    [
        b"Hello, world.\nThis is, as they say, prose.\nNothing, nothing at all, to see.\n",
        b"one column\nand another line\n",
        b"2021-10-11 09:01:35,116 INFO [main] started\n2021-10-11 09:01:36,001 WARN [main] stopped\n",
        b'<a href="x">, <b>\n',
    ],
)
def test_prose_is_no_table(text: bytes) -> None:
    assert recognise(text) == "text"


VALUES = st.text(alphabet=st.sampled_from('abc 12,;"\n|é\t'), max_size=8)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=12))
def test_comes_back(rows: list[tuple[str, str, str]]) -> None:
    target = io.StringIO()
    writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n")
    names = ("Alpha", "Beta", "Gamma", "Delta")
    writer.writerow(names)
    writer.writerows([*row, "end"] for row in rows)
    found = reading(target.getvalue().encode())
    assert [tuple(row[name] for name in names[:3]) for row in found.rows] == [
        tuple(value or None for value in row) for row in rows
    ]


@pytest.mark.parametrize("first", ["x^", "x ", "x", "BZh9"])
def test_rows_that_begin_like_a_packed_file_are_rows(monkeypatch: pytest.MonkeyPatch, first: str) -> None:
    monkeypatch.setattr(blocks, "__kwdefaults__", {"size": 700})  # so that blocks begin with such rows
    found = reading(("a,b\n" + "".join(f'{first}{number},"1"\n' for number in range(300))).encode())
    assert found.column("a") == [f"{first}{number}" for number in range(300)]
    assert found.losses == []
    assert len(found.batches) > 1
