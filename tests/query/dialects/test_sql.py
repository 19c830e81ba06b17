"""SQL's literals, as DuckDB runs them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.query.dialects.values import HOSTILE, STARRED, TEXT, TEXTS

from huntbook.errors import ParameterError
from huntbook.query.dialects import dialects
from huntbook.query.parameters import Kind, Value
from huntbook.query.template import render

SQL = dialects["sql"]
DATABASE = duckdb.connect()
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def answer(text: str) -> list[tuple[Any, ...]]:
    return DATABASE.cursor().execute(text).fetchall()


@settings(deadline=None)
@given(TEXT, TEXTS)
def test_duckdb_answers_with_the_very_values(one: str, many: list[str]) -> None:
    assume("\x00" not in "".join((one, *many)))
    text = render("SELECT {{one}}, [{{many}}]", {"one": Value(Kind.STRING, one), "many": Value(Kind.LIST, many)}, SQL)
    assert answer(text) == [(one, many)]


@pytest.mark.parametrize("value", [*HOSTILE, *STARRED])
def test_a_row_is_found_by_its_value_and_by_no_other(value: str) -> None:
    text = render(
        "SELECT x FROM (VALUES ({{one}}), ('other')) t(x) WHERE x = {{one}} -- end",
        {"one": Value(Kind.STRING, value)},
        SQL,
    )
    assert answer(text) == [(value,)]


def test_a_nul_is_refused() -> None:
    with pytest.raises(ParameterError, match="sql cannot write a string with a NUL"):
        SQL.literal("a\x00b")


@settings(deadline=None)
@given(st.datetimes())
def test_times_come_back(moment: datetime) -> None:
    assert answer(f"SELECT {SQL.literal(moment.replace(tzinfo=UTC), Kind.DATETIME)}") == [(moment,)]


@settings(deadline=None)
@given(st.timedeltas(min_value=timedelta(days=-10_000), max_value=timedelta(days=10_000)))
def test_spans_come_back(span: timedelta) -> None:
    assert answer(f"SELECT {SQL.literal(span, Kind.TIMESPAN)}") == [(span,)]


@settings(deadline=None)
@given(st.integers(-(2**63), 2**63 - 1))
def test_whole_numbers_come_back(number: int) -> None:
    assert answer(f"SELECT {SQL.literal(number, Kind.INT)}") == [(number,)]


def test_a_minus_before_a_negative_number_begins_no_comment() -> None:
    values = {"n": Value(Kind.INT, -5), "r": Value(Kind.REAL, -0.5)}
    assert answer(render("SELECT 1 -{{n}}, 1 -{{r}}", values, SQL)) == [(6, 1.5)]


@settings(deadline=None)
@given(st.floats(min_value=-1e15, max_value=1e15))
def test_numbers_come_back(number: float) -> None:
    assert float(answer(f"SELECT {SQL.literal(number, Kind.REAL)}::DOUBLE")[0][0]) == number


@pytest.mark.parametrize("name", ["a", "select", 'a"b', "a b", "ü", "a;--"])
def test_any_name_of_a_column_is_that_column(name: str) -> None:
    assert answer(f"SELECT {SQL.column(name)} FROM (SELECT 1 AS {SQL.column(name)})") == [(1,)]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT '{{x}}'",
        "SELECT 'it''s {{x}}'",
        'SELECT "{{x}}"',
        "SELECT 1 -- {{x}}",
        "SELECT /* {{x}} */ 1",
        "SELECT /* /* */ {{x}} */ 1",
        "SELECT $$ {{x}} $$",
        "SELECT $a$ $$ {{x}} $a$",
        "SELECT '{{x}}",
    ],
)
def test_a_hole_in_a_literal_is_found(text: str) -> None:
    assert [hole.name for hole in SQL.holes_in_quotes(text)] == ["x"]


@pytest.mark.parametrize(
    "text", ["SELECT 'it''s', {{x}}", "SELECT 1 -- it's\n, {{x}}", "SELECT '/*', {{x}}, '*/'", "SELECT $$'$$, {{x}}"]
)
def test_a_hole_beside_a_literal_is_fine(text: str) -> None:
    assert SQL.holes_in_quotes(text) == []
