"""The functions of `encodings` against the documented answers and hostile text."""

from __future__ import annotations

import duckdb
import pytest
from tests.query.kql.functions._evaluate import evaluate, render

CASES = [
    ("base64_encode_tostring", ("Kusto",), None, "S3VzdG8="),
    ("base64_decode_tostring", ("S3VzdG8=",), None, "Kusto"),
    ("base64_decode_tostring", ("U3RyaW5n0KHR0tGA0L7Rh9C60LA=",), None, ""),
    ("base64_encode_fromguid", ("ae3133f2-6e22-49ae-b06a-16e6a9b212eb",), None, "8jMxriJurkmwahbmqbIS6w=="),
    ("base64_decode_toguid", ("abcd1231",), None, None),
    ("url_encode", ("https://www.bing.com/hello world",), None, "https%3a%2f%2fwww.bing.com%2fhello+world"),
    ("hash", ("World",), "string", 1846988464401551951),
    ("hash", ("World", 100), "string", 51),
    ("hash", (635556672000000000,), "ticks", 1380966698541616202),
    ("tohex", (256,), "long", "100"),
    ("tohex", (-256,), "long", "ffffffffffffff00"),
    ("tohex", (-256, 8), "int", "ffffff00"),
]


@pytest.mark.parametrize(("name", "arguments", "kind", "expected"), CASES)
def test_answer(
    db: duckdb.DuckDBPyConnection, name: str, arguments: tuple[object, ...], kind: str | None, expected: object
) -> None:
    assert evaluate(db, name, *arguments, kind=kind) == expected


def test_hash_of_long_texts_has_all_stripes_and_rests(db: duckdb.DuckDBPyConnection) -> None:
    texts = ["", "a", "é" * 10, "x" * 31, "0123456789abcdef" * 2, "0123456789abcdef" * 9 + "abcdefghijklm"]
    expected = [
        -1205034819632174695,
        -3292477735350538661,
        1839419973735381859,
        6979749295578388976,
        7217744722875508421,
        8565110619741465387,
    ]
    assert [evaluate(db, "hash", text, kind="string") for text in texts] == expected


def test_new_guid_differs_by_row(db: duckdb.DuckDBPyConnection) -> None:
    rows = db.execute(f"SELECT {render('new_guid', [])} FROM range(5)").fetchall()
    assert len(set(rows)) == 5
