"""Rows to run hunting queries on: random values of each type, the same ones each time, with nulls and with what the queries look for."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta

import duckdb
import polars as pl
from tests.query.kql.score.engines import NOW, STORED

from huntbook.query.kql.types import Type

Sought = Mapping[str, list[str]]  # column → the values that queries compare it to
_COMPARED = re.compile(
    r"""\b(\w+)\s*(?:==|=~|has|contains|startswith|in~?\s*\()\s*(?:["']([^"'\n]+)["']|(-?\d{1,9})\b)"""
)


def looked_for(queries: Iterable[str]) -> Sought:
    """What queries compare each column to."""
    found: dict[str, list[str]] = {}
    for query in queries:
        for column, text, number in _COMPARED.findall(query):
            found.setdefault(column, []).append(text or number)
    return found


def fill(
    database: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, Type], rows: int, sought: Sought | None = None
) -> None:
    """Make a table with so many rows of random values, a tenth of them null; always the same ones for the same name.

    DuckDB's names do not tell upper from lower case: of two columns that differ in nothing else, the first is made.
    """
    first = {column.lower(): column for column in reversed(tuple(columns))}
    kept = {column: kind for column, kind in columns.items() if first[column.lower()] == column}
    stored = ", ".join(f"{_quoted(column)} {STORED[kind]}" for column, kind in kept.items())
    database.execute(f"CREATE TABLE {_quoted(name)} ({stored})")
    if not rows:
        return
    chance = random.Random(name)  # noqa: S311 - seeded on purpose
    series = {
        column: pl.Series(_values(chance, kind, rows, (sought or {}).get(column, [])), dtype=pl.String)
        for column, kind in kept.items()
    }
    database.register("generated", pl.DataFrame(series))
    cast = ", ".join(f"CAST({_quoted(column)} AS {STORED[kind]})" for column, kind in kept.items())
    database.execute(f"INSERT INTO {_quoted(name)} SELECT {cast} FROM generated")
    database.unregister("generated")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _values(chance: random.Random, kind: Type, rows: int, sought: list[str]) -> list[str | None]:
    if kind in {Type.INT, Type.LONG}:
        sought = [value for value in sought if re.fullmatch(r"-?\d+", value)]
    elif kind is not Type.STRING:
        sought = []
    return [
        None
        if chance.random() < 0.1
        else chance.choice(sought)
        if sought and chance.random() < 0.6
        else _value(chance, kind)
        for _ in range(rows)
    ]


def _value(chance: random.Random, kind: Type) -> str:
    if kind is Type.DATETIME:
        before = timedelta(microseconds=int(10**6 * 86400 * 60 * chance.random() ** 4))  # mostly of the last days
        return (NOW.replace(tzinfo=None) - before).isoformat(" ")
    return chance.choice(_POOL[kind])


_TEXTS = (
    "", "alice@example.com", "BOB", "powershell.exe -enc SQBFAFgA", "C:\\Windows\\System32\\cmd.exe", "10.0.0.7", "203.0.113.9", "fe80::1",
    "https://example.com/a?b=c%20d", "Success", "0", "50126", "4624", "2026-02-27T10:11:12.1234567Z", "00:05:00", "5f0c1e9a-1b2c-4d3e-8f90-a1b2c3d4e5f6",
    '{"a": 1, "b": ["x", null]}', '[{"displayName": "d", "id": "1"}]', '<EventData><Data Name="x">1</Data></EventData>', "ünïcode 🦊", "it's; -- \"q\"",
    "%_*?[", "S-1-5-18", "US", "-1", "true", "a" * 300,
)  # fmt: skip
_JSON = (
    "null", "{}", "[]", "1", "1.5", "true", '"text"', '{"displayName": "d", "id": "1", "country": "US", "city": null}',
    '[{"displayName": "d", "newValue": "[1]", "userPrincipalName": "alice@example.com"}]', '["x", 1, null, {"y": [2]}]',
    '{"user": {"userPrincipalName": "alice@example.com", "ipAddress": "10.0.0.7"}, "errorCode": 0, "additionalDetails": "MFA"}',
)  # fmt: skip
_POOL = {
    Type.BOOL: ("true", "false"),
    Type.INT: ("0", "1", "-1", "2147483647", "-2147483648", "4624"),
    Type.LONG: ("0", "1", "-1", "9223372036854775807", "-9223372036854775808", "1767225600"),
    Type.REAL: ("0.0", "-0.5", "1e300", "nan", "inf", "-inf", "3.25"),
    Type.DECIMAL: ("0", "1.5", "-12345678901234567890.123"),
    Type.STRING: _TEXTS,
    Type.TIMESPAN: ("0", "1", "-1", "36000000000", "864000000000"),
    Type.GUID: ("00000000-0000-0000-0000-000000000000", "5f0c1e9a-1b2c-4d3e-8f90-a1b2c3d4e5f6"),
    Type.DYNAMIC: _JSON,
}
