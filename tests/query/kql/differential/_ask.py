"""Answers of DuckDB in a form that two of them can be compared in."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
from tests.query.kql.score.engines import ENGINES, STORED, Tables

from huntbook.query.kql.duckdb import prepare
from huntbook.query.kql.types import EPOCH, Type

_READ = {  # how a column of each stored type is read: datetimes in ticks of 100 nanoseconds, dynamics as text
    "TIMESTAMP": "(epoch_us({0})::HUGEINT * 10)",
    "TIMESTAMP_NS": "(epoch_ns({0})::HUGEINT // 100)",
    "JSON": "CAST({0} AS VARCHAR)",
    "HUGEINT": "CAST({0} AS BIGINT)",
}
_SAME = {"TIMESTAMP_NS": "TIMESTAMP", "HUGEINT": "BIGINT", "UBIGINT": "BIGINT"}


@dataclass(frozen=True)
class Answer:
    """Names and stored types of columns, and rows of comparable values."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[object, ...]]


def asked(
    database: duckdb.DuckDBPyConnection,
    query: str,
    values: Mapping[str, object] | None = None,
    types: tuple[Type, ...] | None = None,
) -> Answer:
    """Run SQL; where the types of KQL are known, they say which texts can be null (of these there are none)."""
    described = database.execute(query, dict(values or {})).description or []
    stored = [str(column[1]) for column in described]
    names = [f"c{number}" for number in range(len(stored))]
    forms = [_READ.get(kind, "{0}") for kind in stored]
    if types:
        in_ticks = [kind is Type.DATETIME and form == "BIGINT" for kind, form in zip(types, stored, strict=True)]
        forms = [f"({{0}}::HUGEINT - {EPOCH})" if ticks else form for form, ticks in zip(forms, in_ticks, strict=True)]
    read = ", ".join(form.format(name) for form, name in zip(forms, names, strict=True))
    rows = database.execute(f"SELECT {read} FROM ({query}) AS _({', '.join(names)})", dict(values or {})).fetchall()
    kinds = tuple(STORED[kind] for kind in types) if types else tuple(_SAME.get(kind, kind) for kind in stored)
    return Answer(
        tuple(str(column[0]) for column in described),
        tuple("DECIMAL" if kind.startswith("DECIMAL") else kind for kind in kinds),
        [tuple(_value(kind, value) for kind, value in zip(kinds, row, strict=True)) for row in rows],
    )


def compiled(database: duckdb.DuckDBPyConnection, query: str, tables: Tables) -> Answer:
    """Run KQL by way of the compiler."""
    found = ENGINES["huntbook"](query, tables)
    if found.calls is not None:
        prepare(database, found.calls)
    return asked(database, found.text, found.values, found.types)


def _value(kind: str, value: object) -> object:
    if kind == "JSON":
        return _plain(json.loads(str(value))) if value is not None else None
    if kind == "VARCHAR":
        return "" if value is None else value  # the store may hold an empty text so
    return _number(value)


def _plain(value: object) -> object:
    """JSON that can be compared: in it 1 and 1.0 are one number."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return _number(value)


def _number(value: object) -> object:
    """Twelve digits of a real number: a sum depends on the order of its parts."""
    if isinstance(value, float):
        return float(f"{value:.12g}") if math.isfinite(value) else str(value)
    return value
