"""KQL's literals, as huntbook's compiler and Microsoft's parser read them."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.query.dialects.values import HOSTILE, STARRED, TEXT
from tests.query.kql.score.oracle import ask

from huntbook.errors import ParameterError
from huntbook.query.dialects import dialects
from huntbook.query.kql import Type, compile_kql
from huntbook.query.parameters import Kind, Value
from huntbook.query.template import render

KQL = dialects["kql"]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ORACLE = Path(os.environ.get("KQL_ORACLE", "")) / "node_modules/@kusto/language-service-next"


def printed(text: str) -> Any:
    compiled = compile_kql(f"print x = {text}", {})
    return duckdb.connect().execute(compiled.sql, dict(compiled.values)).fetchall()[0][0]


@settings(deadline=None)
@given(TEXT)
def test_the_compiler_runs_with_the_very_value(value: str) -> None:
    assert printed(KQL.literal(value)) == value


@pytest.mark.parametrize("value", [*HOSTILE, *STARRED, "a\x00b"])
def test_a_row_is_found_by_its_value_and_by_no_other(value: str) -> None:
    text = render("T | where text == {{value}}", {"value": Value(Kind.STRING, value)}, KQL)
    compiled = compile_kql(text, {"T": {"text": Type.STRING}})
    database = duckdb.connect()
    database.register("T", pl.DataFrame({"text": [value, "other"]}))
    assert database.execute(compiled.sql, dict(compiled.values)).fetchall() == [(value,)]


def test_what_nobody_sees_is_spelled_out() -> None:
    assert KQL.literal("a\x00\x1b\u202eb\u2028\ufeff") == r'"a\u0000\u001b\u202eb\u2028\ufeff"'
    assert KQL.literal('say "hi"\\\n\r\t') == r'"say \"hi\"\\\n\r\t"'
    assert KQL.literal("ü😀") == '"ü😀"'


@pytest.mark.parametrize(
    ("value", "kind", "written"),
    [
        (5, Kind.INT, "5"),
        (-5, Kind.INT, "long(-5)"),
        (-(2**63), Kind.INT, "long(-9223372036854775808)"),
        (0.5, Kind.REAL, "real(0.5)"),
        (-1e22, Kind.REAL, "real(-1e+22)"),
        (True, Kind.BOOL, "true"),
        ("False", Kind.BOOL, "false"),
        (NOON, Kind.DATETIME, "datetime(2026-03-02T12:00:00Z)"),
        (NOON + timedelta(microseconds=50), Kind.DATETIME, "datetime(2026-03-02T12:00:00.00005Z)"),
        (datetime(1, 1, 1, tzinfo=UTC), Kind.DATETIME, "datetime(0001-01-01T00:00:00Z)"),
        ("2d", Kind.TIMESPAN, "timespan(2.00:00:00)"),
        (-timedelta(hours=1, microseconds=1), Kind.TIMESPAN, "timespan(-01:00:00.0000010)"),
        ([1, 2], Kind.LIST, '"1", "2"'),
    ],
)
def test_spellings(value: object, kind: Kind, written: str) -> None:
    assert KQL.literal(value, kind) == written
    if kind is not Kind.LIST:
        printed(written)


@pytest.mark.parametrize("value", [5, -5, 2**63 - 1, -(2**63), 0])
def test_whole_numbers_come_back(value: int) -> None:
    assert printed(KQL.literal(value, Kind.INT)) == value


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_come_back(value: float) -> None:
    assert printed(KQL.literal(value, Kind.REAL)) == value


def test_a_range_ends_with_the_last_tick_before_its_end() -> None:
    values = {"start": Value(Kind.DATETIME, NOON), "end": Value(Kind.DATETIME, NOON + timedelta(days=1), excluded=True)}
    assert render("T | where t between ({{start}} .. {{end}})", values, KQL) == (
        "T | where t between (datetime(2026-03-02T12:00:00Z) .. datetime(2026-03-03T11:59:59.9999999Z))"
    )
    assert KQL.end(pd.Timestamp("2026-03-02T12:00:00.000000250Z")) == "datetime(2026-03-02T12:00:00.0000002Z)"
    assert KQL.end(pd.Timestamp("2026-03-02T12:00:00.000000200Z")) == "datetime(2026-03-02T12:00:00.0000001Z)"
    with pytest.raises(ParameterError, match="before the year 1"):
        KQL.end(datetime(1, 1, 1, tzinfo=UTC))


def test_an_empty_list_is_one_that_nothing_is_in() -> None:
    text = render("print x = 'a' in ({{many}})", {"many": Value(Kind.LIST, [])}, KQL)
    compiled = compile_kql(text, {})
    assert duckdb.connect().execute(compiled.sql, dict(compiled.values)).fetchall() == [(False,)]


@pytest.mark.parametrize(
    "name",
    ["a b", "where", "true", "TRUE", "5d", "a-b", "a.b", "ü", 'a"b', "a'b", "a\\b", "a]b", "kind", "project-away"],
)
def test_any_name_of_a_column_is_that_column(name: str) -> None:
    text = f"T | where {KQL.column(name)} == 1 | project {KQL.column(name)}"
    compiled = compile_kql(text, {"T": {name: Type.LONG, "other": Type.LONG}})
    database = duckdb.connect()
    database.register("T", pl.DataFrame({name: [1, 2], "other": [3, 4]}))
    assert database.execute(compiled.sql, dict(compiled.values)).fetchall() == [(1,)]


def test_plain_names_stay_plain() -> None:
    assert [KQL.column(name) for name in ("EventID", "_x", "count_")] == ["EventID", "_x", "count_"]


@pytest.mark.parametrize(
    "text",
    [
        "T | where a == '{{x}}'",
        'T | where a == @"C:\\{{x}}"',
        "T | where a == ```{{x}}```",
        "T // {{x}}",
        "T | where t > datetime({{x}})",
        "T | where t > ago(timespan({{x}}))",
        "T | where g == guid({{x}})",
        "print 'it\\'s {{x}}'",
    ],
)
def test_a_hole_in_a_literal_is_found(text: str) -> None:
    assert [hole.name for hole in KQL.holes_in_quotes(text)] == ["x"]


@pytest.mark.parametrize(
    "text",
    [
        "print 'a' // it's\n| where b == {{x}}",
        'print @"a\\", {{x}}',
        "print tobool({{x}}), todatetime({{x}}), tolong({{x}})",
        "print 'a\\'', {{x}}",
        "print ```it's\n\"```, {{x}}",
        'print "http://x", {{x}}',
    ],
)
def test_a_hole_beside_a_literal_is_fine(text: str) -> None:
    assert KQL.holes_in_quotes(text) == []


@pytest.mark.skipif(
    not (os.environ.get("KQL_ORACLE") and ORACLE.is_dir() and shutil.which("node")),
    reason="KQL_ORACLE names no folder with @kusto/language-service-next",
)
def test_microsofts_parser_finds_one_literal_too() -> None:
    columns = {"a": Type.STRING, "n": Type.LONG, "t": Type.DATETIME, "g": Type.GUID, "where": Type.LONG}
    queries = {
        str(number): render(
            "T | where a == {{one}} and a in ({{many}}) | summarize by a",
            {"one": Value(Kind.STRING, value), "many": Value(Kind.LIST, [value, value])},
            KQL,
        )
        for number, value in enumerate([*HOSTILE, *STARRED, "a\x00b"])
    }
    others = {
        "n": (Kind.INT, -(2**63)),
        "t": (Kind.DATETIME, NOON),
        "g": (Kind.GUID, "74be27de-1e4e-49d9-b579-fe0b331d3642"),
    }
    for column, (kind, value) in others.items():
        queries[column] = render(f"T | where {column} == {{{{x}}}} | summarize by a", {"x": Value(kind, value)}, KQL)
    queries["column"] = f"T | where {KQL.column('where')} == 1 | summarize by a"
    for number, verdict in ask(queries, {"T": columns}).items():
        assert not verdict.syntax, queries[number]
        assert not verdict.semantic, queries[number]
        assert verdict.columns == (("a", "string"),)
