"""Tables to be asked in KQL by fake services: given ones, or local evidence; and answers as Kusto's services write them."""

from __future__ import annotations

import json
import math
import re
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from huntbook.core import sql
from huntbook.core.frames import to_polars
from huntbook.core.timespan import TimeSpan
from huntbook.query.kql import Catalogue, Type
from huntbook.query.kql.duckdb import type_of
from huntbook.query.kql.duckdb.literals import TYPES
from huntbook.query.kql.known_tables import known_tables
from huntbook.query.kql.resource_graph_tables import resource_graph_tables
from huntbook.sources._kql.database import KqlDatabase
from huntbook.sources.local import Local, stored_functions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from huntbook.core.frames import Table
    from huntbook.query.kql import Compiled
    from huntbook.query.kql.catalogue import Tables
    from huntbook.query.kql.plan import Column

_ROWS = 20_000
_TIMES = ("TimeGenerated", "Timestamp")  # the columns that the services themselves keep the time of a row in
BETWEEN = re.compile(r"between \(datetime\(([^()]+)\) \.\. datetime\(([^()]+)\)\)")  # as huntbook writes a time span
_TICK = re.compile(r"(\.\d{6})\d")
Schema = dict[str, dict[str, Type]]


def evidence(path: str, now: datetime | None = None) -> tuple[KqlDatabase, Schema]:
    """Local evidence: its database, and the columns of its tables."""
    local = Local(path, now=now)
    return local.database, {table.name: local.columns(table.name) for table in local.tables_at_hand()}


def given(
    tables: Mapping[str, Table], now: datetime | None = None, known: Tables | None = None
) -> tuple[KqlDatabase, Schema]:
    """Tables of any kind, as a database; one that is known, by default to Microsoft's documentation, has all its columns, of their types."""
    known = {**resource_graph_tables(), **known_tables()} if known is None else known
    database = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    database.execute("SET TimeZone = 'UTC'")
    schema: Schema = {}
    for name, table in tables.items():
        schema[name] = _made(database, name, to_polars(table), known.get(name, {}))
    return KqlDatabase(database, Catalogue(schema, functions=stored_functions()), now), schema


def span_of(text: object) -> TimeSpan | None:
    """Read a time span of an API: two times in ISO 8601. Both are part of it, to the tick."""
    if not text:
        return None
    start, _, end = _TICK.sub(r"\1", str(text)).partition("/")
    return TimeSpan(datetime.fromisoformat(start), datetime.fromisoformat(end) + datetime.resolution)


def _made(
    database: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame, known: Mapping[str, Type]
) -> dict[str, Type]:
    """Make a table. Texts that stand for times become times where the table is known to have them, or the services keep the time of every row."""
    database.register("_given", frame)
    stored = dict(database.execute("SELECT column_name, column_type FROM (DESCRIBE _given)").fetchall())
    given = {column: _type(column, kind) for column, kind in stored.items() if column not in known}
    spelled = {
        column.lower(): column for column in [*reversed(list(known)), *stored]
    }  # DuckDB does not tell `A` from `a`
    columns = {column: kind for column, kind in {**known, **given}.items() if spelled[column.lower()] == column}
    values = ", ".join(
        f"{sql.name(column) if column in stored else 'NULL'}::{TYPES[kind]} AS {sql.name(column)}"
        for column, kind in columns.items()
    )
    database.execute(f"CREATE TABLE {sql.name(name)} AS SELECT {values} FROM _given")
    database.unregister("_given")
    return columns


def _type(column: str, stored: str) -> Type:
    """The type of a column that no schema names; that of the time of a row is a datetime wherever there is one, as text too."""
    timely = column in _TIMES and stored == "VARCHAR"
    return Type.DATETIME if timely or stored.startswith("TIMESTAMP") else type_of(stored)


def rows(
    database: KqlDatabase, compiled: Compiled, most: int | None = None, *, trees: bool = False
) -> Iterator[list[list[Any]]]:
    """The rows of an answer, some thousands at a time, each value as Kusto's services write it in JSON: a dynamic as text, or as the tree that it is.

    The query runs now, before anything is answered.

    Raises:
        KqlError: if it fails while it runs.
    """
    parts = _parts(database, compiled, most, trees=trees)
    first = next(parts, [])
    return chain([first], parts)


def _parts(database: KqlDatabase, compiled: Compiled, most: int | None, *, trees: bool) -> Iterator[list[list[Any]]]:
    left = most
    dynamic = [place for place, column in enumerate(compiled.columns) if trees and column.type is Type.DYNAMIC]
    for frame in database.frames(compiled):
        shown = frame if left is None else frame.head(left)
        left = None if left is None else left - shown.height
        written = shown.select(_written(shown[column.name], column) for column in compiled.columns)
        real = [
            place for place, values in enumerate(written) if values.dtype.is_float() and not values.is_finite().all()
        ]
        for part in written.iter_slices(_ROWS):
            yield [_in_words(_with_trees(list(row), dynamic), real) for row in part.iter_rows()]


def _with_trees(row: list[Any], dynamic: Sequence[int]) -> list[Any]:
    for place in dynamic:
        row[place] = json.loads(row[place]) if row[place] else None
    return row


def _in_words(row: list[Any], real: Sequence[int]) -> list[Any]:
    """Numbers that JSON does not have, as texts."""
    for place in real:
        value = row[place]
        if value is not None and not math.isfinite(value):
            row[place] = "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return row


def _written(values: pl.Series, column: Column) -> pl.Series:
    if column.type is Type.DATETIME:
        return values.dt.replace_time_zone(None).dt.to_string("%Y-%m-%dT%H:%M:%S%.9f").str.head(27) + "Z"
    if column.type is Type.TIMESPAN:
        ticks = values.dt.total_nanoseconds() // 100
        return pl.Series(values.name, [None if each is None else _timespan(each) for each in ticks], dtype=pl.String)
    if column.type in (Type.STRING, Type.GUID):
        return values.cast(pl.String).fill_null("")
    if column.type is Type.DECIMAL:
        return values.cast(pl.String)
    if column.type is Type.DYNAMIC:
        return values.cast(pl.String).fill_null("")
    return values


def _timespan(ticks: int) -> str:
    seconds, fraction = divmod(abs(ticks), 10_000_000)
    days, rest = divmod(seconds, 86_400)
    clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    whole = f"{days}.{clock}" if days else clock
    return f"{'-' if ticks < 0 else ''}{whole}{f'.{fraction:07}' if fraction else ''}"
