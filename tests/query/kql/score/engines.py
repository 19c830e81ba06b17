"""What the scores measure: ways to ask a KQL query of DuckDB. The one place that knows how each is called."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import duckdb
import duckdb_kql
import duckdb_kql.errors

from huntbook.errors import KqlError
from huntbook.query.kql.compiler import compile_query
from huntbook.query.kql.duckdb import Written, prepare
from huntbook.query.kql.types import TICKS_A_SECOND, Type

Tables = Mapping[str, Mapping[str, Type]]
NO_TABLES: Tables = {}
ROWS = 40  # that each table gets which a query is asked of
PATIENCE = 30.0  # seconds that a query may take
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)  # what `now()` is for every query

# How DuckDB stores each type.
STORED = {
    Type.BOOL: "BOOLEAN",
    Type.INT: "INTEGER",
    Type.LONG: "BIGINT",
    Type.REAL: "DOUBLE",
    Type.DECIMAL: "DECIMAL(38,18)",
    Type.STRING: "VARCHAR",
    Type.DATETIME: "TIMESTAMP",
    Type.TIMESPAN: "BIGINT",
    Type.GUID: "VARCHAR",
    Type.DYNAMIC: "JSON",
}
# What a type of an answer's column is if the engine does not say; lists and structs are dynamic as well.
_READ = {
    "BOOLEAN": Type.BOOL,
    "TINYINT": Type.INT,
    "SMALLINT": Type.INT,
    "INTEGER": Type.INT,
    "BIGINT": Type.LONG,
    "HUGEINT": Type.LONG,
    "UBIGINT": Type.LONG,
    "FLOAT": Type.REAL,
    "DOUBLE": Type.REAL,
    "VARCHAR": Type.STRING,
    "TIMESTAMP": Type.DATETIME,
    "TIMESTAMP_NS": Type.DATETIME,
    "TIMESTAMP WITH TIME ZONE": Type.DATETIME,
    "INTERVAL": Type.TIMESPAN,
    "TIME": Type.TIMESPAN,
    "UUID": Type.GUID,
}


class Refused(Exception):
    """The engine says that it cannot do this query: the only failure that is not a bug."""


@dataclass(frozen=True)
class Sql:
    """A compiled query; `types` if the engine knows those of the answer's columns."""

    text: str
    values: Mapping[str, object]
    types: tuple[Type, ...] | None = None
    calls: Written | None = None  # what it calls and DuckDB has not


@dataclass(frozen=True)
class Answer:
    """Rows with KQL's types: datetimes naive, timespans in ticks, what is dynamic as JSON gives it, guids as text."""

    columns: tuple[str, ...]
    types: tuple[Type, ...]
    rows: list[tuple[object, ...]]


Engine = Callable[[str, Tables], Sql]


def _huntbook(query: str, tables: Tables) -> Sql:
    try:
        written = compile_query(query, tables, partial(_asked, tables))
    except KqlError as error:
        raise Refused(str(error)) from error
    return _sql(written)


def _sql(written: Written) -> Sql:
    values = {"now": NOW.replace(tzinfo=None)} if "$now" in written.sql else {}
    return Sql(written.sql, values, tuple(column.type for column in written.columns), written)


def _asked(tables: Tables, written: Written) -> list[tuple[object, ...]]:
    """The rows of a part of a query, where the columns of the rest depend on them, over the same rows as the whole is run on."""
    from tests.query.kql.score._rows import fill

    with opened() as database:
        for name in set(re.findall(r"\w+", written.sql)) & tables.keys():
            fill(database, name, tables[name], ROWS)
        return execute(database, _sql(written)).rows


def _duckdb_kql(query: str, tables: Tables) -> Sql:
    schema = {name: list(columns) for name, columns in tables.items()}
    try:
        translated = duckdb_kql.to_sql(query, schema=schema, allow_write=False, query_now=NOW.replace(tzinfo=None))
    except duckdb_kql.errors.KqlError as error:
        raise Refused(str(error)) from error
    return Sql(str(translated), dict(translated.parameters))


ENGINES: dict[str, Engine] = {"huntbook": _huntbook, "duckdb-kql": _duckdb_kql}


def run(engine: Engine, query: str) -> Answer:
    """Ask a query that names no table.

    Raises:
        Refused: by the engine. Whatever else is raised is a bug of it.
    """
    compiled = engine(query, NO_TABLES)
    with opened() as database:
        return execute(database, compiled)


@contextmanager
def opened() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database as local evidence is opened."""
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'; SET threads = 2")
        yield database


def execute(database: duckdb.DuckDBPyConnection, compiled: Sql, patience: float = PATIENCE) -> Answer:
    """Run what was compiled; what takes too long is interrupted, which DuckDB raises as an error."""
    watch = threading.Timer(patience, database.interrupt)
    watch.start()
    try:
        if compiled.calls is not None:
            prepare(database, compiled.calls)
        asked = database.execute(compiled.text, dict(compiled.values))
        described = asked.description or []
        rows = asked.fetchall()
    finally:
        watch.cancel()
    names = tuple(str(column[0]) for column in described)
    types = compiled.types or tuple(type_of(str(column[1])) for column in described)
    readers = [partial(_value, kind, "JSON" in str(column[1])) for kind, column in zip(types, described, strict=True)]
    return Answer(names, types, [_row(readers, row) for row in rows])


def _json(value: object) -> object:
    """JSON, which may stand in lists."""
    if isinstance(value, list):
        return [_json(each) for each in value]
    return json.loads(value) if isinstance(value, str) else value


def type_of(stored: str) -> Type:
    """The KQL type of what DuckDB calls `stored`."""
    return Type.DECIMAL if stored.startswith("DECIMAL") else _READ.get(stored, Type.DYNAMIC)


def _row(readers: Sequence[Callable[[object], object]], row: Sequence[object]) -> tuple[object, ...]:
    return tuple(read(value) for read, value in zip(readers, row, strict=True))


def _value(kind: Type, is_json: bool, value: object) -> object:
    if value is None:
        return None
    if kind is Type.DYNAMIC:
        return _json(value) if is_json else value
    if kind is Type.DATETIME and isinstance(value, int):  # in ticks
        return datetime(1, 1, 1) + timedelta(microseconds=value // 10)  # noqa: DTZ001 - KQL's are UTC without saying so
    if kind is Type.DATETIME and isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if kind is Type.TIMESPAN and isinstance(value, timedelta):
        return value // timedelta(microseconds=1) * (TICKS_A_SECOND // 1_000_000)
    return str(value) if kind is Type.GUID else value
