"""Evaluates one function of the tables by DuckDB alone, without the compiler."""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb
from tests.query.kql.functions._entries import spelled

from huntbook.query.kql.functions import (
    conversions,
    encodings,
    geo_cells,
    geo_geohash,
    geo_lines,
    geo_points,
    geo_shapes,
    networks,
    parsing,
    string_operators,
    strings,
)
from huntbook.query.kql.functions._base import Entry

GEO = (geo_points, geo_geohash, geo_cells, geo_shapes, geo_lines)
TABLES = (strings, conversions, parsing, encodings, networks, string_operators, *GEO)
ENTRIES: Sequence[Entry] = [entry for table in TABLES for entry in table.SCALARS]


def literal(value: object) -> str:
    """A value of Python as a literal in SQL; text that begins with `SQL:` is SQL already."""
    if isinstance(value, str):
        return value[4:] if value.startswith("SQL:") else "'" + value.replace("'", "''") + "'"
    return "NULL" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def kinds(entry: Entry) -> list[str]:
    """The parameters of a function, each as its type with what follows."""
    inside = entry.signature.partition("(")[2].rpartition(")")[0]
    return [part.partition(":")[2].strip() or part.strip() for part in inside.split(",") if part.strip()]


def find(name: str, kind: str | None, count: int) -> Entry:
    """The first entry of that name that takes so many arguments, the first of which is of that type."""
    for entry in ENTRIES:
        takes = kinds(entry)
        least = sum(not re.search(r"\?|=|\.\.\.", each) for each in takes)
        most = 99 if "..." in takes else len(takes)
        fits = kind is None or kind in re.split(r"[|?= ]+", takes[0] if takes else "")
        if entry.name == name and not entry.refused and least <= count <= most and fits:
            return entry
    raise LookupError(name, kind, count)


def render(name: str, arguments: Sequence[object], kind: str | None = None) -> str:
    """The SQL of a call."""
    entry = find(name, kind, len(arguments))
    sql = [literal(each) for each in arguments]
    left_out = [each for each in kinds(entry)[len(sql) :] if each != "..."]
    sql.extend(each.partition("= ")[2] if "=" in each else "NULL" for each in left_out)
    text = spelled(entry, sql)
    if callable(entry.duckdb):
        return text
    return f"coalesce({text}, '')" if entry.nullable else text


def evaluate(db: duckdb.DuckDBPyConnection, name: str, *arguments: object, kind: str | None = None) -> object:
    """What a function gives: from constants, and the same from columns."""
    sql = render(name, arguments, kind)
    constant = db.execute(f"SELECT {sql}").fetchone()
    columns = ", ".join(f"{literal(each)} AS a{at}" for at, each in enumerate(arguments)) or "1 AS a"
    fixed = find(name, kind, len(arguments)).constant
    call = render(name, [each if at in fixed else f"SQL:a{at}" for at, each in enumerate(arguments)], kind)
    by_column = db.execute(f"SELECT {call} FROM (SELECT {columns} FROM range(3) WHERE range < 2 + random())").fetchall()
    assert constant is not None
    if name != "new_guid":
        assert {repr(row) for row in by_column} == {repr(constant)}, (by_column, constant)
    return constant[0]
