"""Evaluates the entries of a function table through DuckDB, without the compiler."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import duckdb
from tests.query.kql.functions._entries import spelled

from huntbook.query.kql.functions import aggregates, dynamics, maths, percentiles, series, series_models, times
from huntbook.query.kql.functions._base import Entry
from huntbook.query.kql.functions._registry import read

ENTRIES: tuple[Entry, ...] = (
    *times.SCALARS,
    *maths.SCALARS,
    *dynamics.SCALARS,
    *series.SCALARS,
    *series_models.SCALARS,
    *aggregates.SCALARS,
    *aggregates.AGGREGATES,
    *percentiles.AGGREGATES,
)


def find(signature: str) -> Entry:
    """The entry whose signature begins like this: a name, with as much of the parameters as is needed to tell overloads apart."""
    start = signature if "(" in signature else signature + "("
    return next(entry for entry in ENTRIES if entry.signature.startswith(start))


def evaluate(connection: duckdb.DuckDBPyConnection, signature: str, *arguments: str, rows: str = "") -> Any:
    """What a call gives; `rows` is a FROM clause for aggregates."""
    found = connection.execute(f"SELECT {spelled(find(signature), arguments)} {rows}").fetchone()
    assert found is not None
    return found[0]


def names(entries: Iterable[Entry]) -> set[str]:
    """The names of the entries."""
    return {entry.name for entry in entries}


SQL_TYPES = {
    "bool": "BOOLEAN",
    "int": "INTEGER",
    "long": "BIGINT",
    "real": "DOUBLE",
    "decimal": "DECIMAL(38, 18)",
    "string": "VARCHAR",
    "datetime": "TIMESTAMP",
    "ticks": "BIGINT",
    "timespan": "BIGINT",
    "guid": "VARCHAR",
    "dynamic": "JSON",
    "number": "DOUBLE",
    "whole": "BIGINT",
    "scalar": "BIGINT",
    "ordered": "BIGINT",
    "any": "VARCHAR",
}


def typed(entry: Entry, default: str = "NULL") -> list[str]:
    """An argument for each parameter: its constant if it has one, `default` with the first of its types otherwise."""
    taken = entry.signature.partition("(")[2].partition(")")[0]
    arguments = []
    for parameter in [each.strip() for each in taken.split(",") if each.strip() != "..." and each.strip()]:
        rest = parameter.partition(":")[2].strip()
        names, _, value = rest.partition(" = ")
        sql_type = SQL_TYPES[names.rstrip("?").split("|")[0]]
        value = {"1h": "36000000000"}.get(value, value)
        arguments.append(f"{value or default}::{sql_type}")
    return arguments


def sql_type(entry: Entry) -> str:
    """The SQL type that an entry's result must have; empty if it depends on the arguments."""
    result = read(entry).gives
    return "" if result in ("=0", "common") else SQL_TYPES[result]


def type_of(connection: duckdb.DuckDBPyConnection, entry: Entry, arguments: Sequence[str], rows: str = "") -> str:
    """The type of a call's result as DuckDB has it."""
    found = connection.execute(f"DESCRIBE SELECT {spelled(entry, arguments)} AS x {rows}").fetchone()
    assert found is not None
    return str(found[1]).replace(",", ", ") if "DECIMAL" in str(found[1]) else str(found[1])


def j(text: str) -> str:
    """JSON as SQL."""
    return "'" + text.replace("'", "''") + "'::JSON"


def real(value: object) -> str:
    """A DOUBLE as SQL."""
    return f"'{value}'::DOUBLE"


def long(value: int) -> str:
    """A BIGINT as SQL."""
    return f"({value})::BIGINT"


def at(text: str) -> str:
    """A TIMESTAMP as SQL."""
    return f"TIMESTAMP '{text}'"


def moment(*parts: int) -> datetime:
    """A TIMESTAMP as Python has it."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - it has no time zone


def ticks(text: str, more: int = 0) -> str:
    """A datetime in ticks, as SQL, with `more` of them."""
    return f"(kql_ticks(TIMESTAMP '{text}') + {more})"


def nulls_are_kept(connection: duckdb.DuckDBPyConnection, entry: Entry) -> None:
    """What a scalar function gives is of the type that its signature says, and of nothing but nulls it is null."""
    arguments = [each.replace("NULL", "1") if n in entry.constant else each for n, each in enumerate(typed(entry))]
    found = connection.execute(f"SELECT {spelled(entry, arguments)}").fetchone()
    assert found == (None,), entry.signature
    wanted = sql_type(entry)
    assert wanted in ("", type_of(connection, entry, arguments)), entry.signature
