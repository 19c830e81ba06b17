"""The functions of `conversions` against the documented answers and hostile text."""

from __future__ import annotations

import duckdb
import pytest
from tests.query.kql.functions._evaluate import evaluate

CASES = [
    ("totimespan", ("1.02:03:04.5",), "string", 937845000000),
    ("totimespan", ("01:02",), "string", 37200000000),
    ("totimespan", ("2d",), "string", 1728000000000),
    ("totimespan", ("2",), "string", 1728000000000),
    ("totimespan", ("0.00:01:00",), "string", 600000000),
    ("totimespan", ("-00:00:01",), "string", -10000000),
    ("totimespan", ("1.5h",), "string", 54000000000),
    ("totimespan", ("100ms",), "string", 1000000),
    ("totimespan", ("25:00:00",), "string", None),
    ("totimespan", ("x",), "string", None),
    ("totimespan", ("",), "string", None),
    ("totimespan", ("00:00:00.0000001",), "string", 1),
    ("totimespan", ("3tick",), "string", 3),
    ("todatetime", ("2015-12-31T23:59:59.9Z",), "string", 635872031999000000),
    ("todatetime", ("2015-12-31 23:59:59.1234567",), "string", 635872031991234567),
    ("todatetime", ("2014-05-25T08:20",), "string", 635366028000000000),
    ("todatetime", ("2014-05-25T08:20Z",), "string", 635366028000000000),
    ("todatetime", ("2014-11-08",), "string", 635510016000000000),
    ("todatetime", ("2014-11-08T10:00:00+02:00",), "string", 635510304000000000),
    ("todatetime", ("2014-11-08T10:00:00+0200",), "string", 635510304000000000),
    ("todatetime", ("2014-11-08T10:00+02:00",), "string", 635510304000000000),
    ("todatetime", ("Sat, 8 Nov 14 15:05:02 GMT",), "string", 635510559020000000),
    ("todatetime", ("8 Nov 14 15:05",), "string", 635510559000000000),
    ("todatetime", ("Saturday, 08-Nov-14 15:05:02 GMT",), "string", 635510559020000000),
    ("todatetime", ("08-Nov-14 15:05",), "string", 635510559000000000),
    ("todatetime", ("2014-11-08 15:05:25 GMT",), "string", 635510559250000000),
    ("todatetime", ("nonsense",), "string", None),
    ("todatetime", ("",), "string", None),
    ("todatetime", ("12/31/2015 11:00:00 PM",), "string", 635871996000000000),
    ("todatetime", ("2015-02-30",), "string", None),
    ("tolong", ("123",), "string", 123),
    ("tolong", ("0x1F",), "string", 31),
    ("tolong", ("abc",), "string", None),
    ("tolong", ("",), "string", None),
    ("tolong", ("1.5",), "string", None),
    ("tolong", (" 7 ",), "string", 7),
    ("tolong", ("-3",), "string", -3),
    ("tolong", ("+3",), "string", 3),
    ("tolong", ("1_000",), "string", None),
    ("tolong", ("99999999999999999999",), "string", None),
    ("tolong", ("SQL:'1.7'::JSON",), "dynamic", 1),
    ("tolong", ("SQL:'\"5\"'::JSON",), "dynamic", 5),
    ("tostring", ('SQL:\'"a\\"b"\'::JSON',), "dynamic", 'a"b'),
    ("tostring", ("SQL:'{\"a\":1}'::JSON",), "dynamic", '{"a":1}'),
    ("tostring", ("SQL:1.5::DOUBLE",), "real", "1.5"),
    ("tostring", ("SQL:'nan'::DOUBLE",), "real", "NaN"),
    ("tostring", ("SQL:123.45678::DECIMAL(38,18)",), "decimal", "123.45678"),
    ("tostring", (True,), "bool", "true"),
    ("tobool", ("TRUE",), "string", True),
    ("tobool", ("1",), "string", True),
    ("tobool", ("x",), "string", None),
    ("tobool", ("false",), "string", False),
    ("parse_json", ('{"a": 1}',), "string", '{"a":1}'),
    ("parse_json", ("abc",), "string", '"abc"'),
    ("parse_json", ("",), "string", None),
    ("parse_json", ("null",), "string", None),
    ("parse_json", ("NaN",), "string", '"NaN"'),
    ("parse_json", ("[1, 2]",), "string", "[1,2]"),
    ("parse_json", ("true",), "string", "true"),
    ("parse_json", ("5",), "string", "5"),
    ("parse_json", ("{bad",), "string", '"{bad"'),
    ("parse_json", ('a"b',), "string", '"a\\"b"'),
    ("toguid", ("00112233-4455-6677-8899-AABBCCDDEEFF",), "string", "00112233-4455-6677-8899-aabbccddeeff"),
    ("toguid", ("x",), "string", None),
]


@pytest.mark.parametrize(("name", "arguments", "kind", "expected"), CASES)
def test_answer(
    db: duckdb.DuckDBPyConnection, name: str, arguments: tuple[object, ...], kind: str | None, expected: object
) -> None:
    assert evaluate(db, name, *arguments, kind=kind) == expected
