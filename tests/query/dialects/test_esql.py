"""ES|QL's literals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from huntbook.errors import ParameterError
from huntbook.query.dialects import dialects
from huntbook.query.parameters import Kind

ESQL = dialects["esql"]


def test_spellings() -> None:
    assert ESQL.literal('a"b\\c\n') == r'"a\"b\\c\n"'
    assert ESQL.literal(datetime(2026, 3, 2, tzinfo=UTC), Kind.DATETIME) == '"2026-03-02T00:00:00Z"'
    assert ESQL.literal("2d", Kind.TIMESPAN) == "172800 seconds"
    assert ESQL.literal(timedelta(milliseconds=1500), Kind.TIMESPAN) == "1500 milliseconds"
    assert ESQL.literal(1e22, Kind.REAL) == "10000000000000000000000"
    assert ESQL.literal(-1.5e-3, Kind.REAL) == "-0.0015"
    with pytest.raises(ParameterError, match="finer than a millisecond"):
        ESQL.literal(timedelta(microseconds=1), Kind.TIMESPAN)


def test_names_of_columns() -> None:
    assert ESQL.column("process.name") == "process.name"
    assert ESQL.column("@timestamp") == "@timestamp"
    assert ESQL.column("a b`c") == "`a b``c`"
    assert ESQL.column("where") == "`where`"
    assert ESQL.column("event.stats") == "`event.stats`"
    assert ESQL.column("1st") == "`1st`"


@pytest.mark.parametrize(
    "text", ['a == "{{x}}"', 'a == """{{x}}"""', "a // {{x}}", "a /* {{x}} */", "`{{x}}` == 1", 'a == "\\"{{x}}"']
)
def test_a_hole_in_a_literal_is_found(text: str) -> None:
    assert [hole.name for hole in ESQL.holes_in_quotes(text)] == ["x"]


@pytest.mark.parametrize(
    "text", ['a == "\\\\" AND b == {{x}}', 'a // "\n AND b == {{x}}', 'a == """ " """ AND b == {{x}}']
)
def test_a_hole_beside_a_literal_is_fine(text: str) -> None:
    assert ESQL.holes_in_quotes(text) == []
