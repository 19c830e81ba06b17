"""The tables that queries ask, empty, and examples put into them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import yaml

from huntbook.core import sql
from huntbook.evidence.schema import DUCKDB_TYPES, load
from huntbook.query.kql import Compiled, compile_kql, prepare
from huntbook.query.kql.duckdb import type_of
from huntbook.query.pack import Query, packs

FOLDER = Path(__file__).parent / "examples"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC).replace(tzinfo=None)  # tables hold UTC without saying so
Row = Mapping[str, Any]
Case = Mapping[str, list[Row]]
QUERIES = {query.full_name: query for query in packs.hunting()}
_WORD = re.compile(r"\w+")
PROVENANCE = {"_File": "VARCHAR", "_Line": "BIGINT", "_Extra": "JSON", "Type": "VARCHAR"}


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Every table and ASIM view with its columns and their types, as local evidence shows them."""
    schemas = load()
    tables = {
        name: {column: DUCKDB_TYPES[one.type] for column, one in (table.columns | table.computed).items()}
        | {column: DUCKDB_TYPES[kind] for kind, columns in table.unfilled.items() for column in columns}
        | PROVENANCE
        for name, table in schemas.tables.items()
    }
    views = {
        name: view.types | dict.fromkeys(view.aliases, "VARCHAR") | PROVENANCE for name, view in schemas.views.items()
    }
    return tables | views


@cache
def columns_of(full_name: str) -> dict[str, dict[str, str]]:
    """Of the tables that a query needs, the columns that it names: binding hundreds of others takes longer than the rest."""
    query = QUERIES[full_name]
    words = set(_WORD.findall(query.kql)) | {"TimeGenerated", "Computer", "DvcHostname", *PROVENANCE}
    return {
        name: {column: kind for column, kind in catalogue()[name].items() if column in words} for name in query.tables()
    }


@cache
def compiled(full_name: str) -> Compiled:
    """A query's SQL over `columns_of` it; by its full name."""
    tables = {
        table: {column: type_of(stored) for column, stored in columns.items()}
        for table, columns in columns_of(full_name).items()
    }
    made = compile_kql(QUERIES[full_name].kql, tables)
    prepare(database(), made)
    return made


@cache
def database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


@contextmanager
def holding(query: Query, case: Case) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the tables that a query needs and the rows of one example, for as long as the block lasts."""
    database().execute("BEGIN")
    try:
        for name, columns in columns_of(query.full_name).items():
            listed = ", ".join(f"{sql.name(column)} {kind}" for column, kind in columns.items())
            database().execute(f"CREATE TABLE {sql.name(name)} ({listed})")
        for name, rows in case.items():
            _insert(name, rows)
        yield database()
    finally:
        database().execute("ROLLBACK")


def _insert(table: str, rows: list[Row]) -> None:
    """Put rows into a table by way of one frame: a statement for each row takes longer than the query."""
    known = catalogue()[table]
    names = list({name: None for row in rows for name in row})
    assert set(names) <= set(known), f"{table} has no {set(names) - set(known)}"
    names = [name for name in names if name in _columns(table)]
    columns = {name: [_cell(row.get(name)) for row in rows] for name in names}
    frame = pl.DataFrame(columns, strict=False)
    with_names = ", ".join(map(sql.name, names))
    database().register("_rows", frame)
    database().execute(f"INSERT INTO {sql.name(table)} ({with_names}) SELECT {with_names} FROM _rows")


def _columns(table: str) -> set[str]:
    found = database().execute("SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [table]).fetchall()
    return {name for (name,) in found}


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (dict, list)) else value


def answer(query: Query, case: Case) -> list[tuple[Any, ...]]:
    """What a query answers when the tables hold the example's rows and no others."""
    made = compiled(query.full_name)
    with holding(query, case) as connection:
        return connection.execute(made.sql, dict(made.values) or None).fetchall()


@cache
def examples(pack: str) -> dict[str, dict[str, list[Any]]]:
    """The examples of one pack: query → `finds` and `ignores`, each a list of cases."""
    read: dict[str, dict[str, list[Any]]] = yaml.safe_load((FOLDER / f"{pack}.yaml").read_text(encoding="utf-8"))
    return read


def case(query: Query, written: Any) -> Case:
    """An example as rows: one row, several rows, or `{table: rows}` where the query asks more than one table."""
    if isinstance(written, dict) and set(written) <= set(catalogue()):
        return {table: list(_rows(table, rows)) for table, rows in written.items()}
    return {query.tables()[0]: list(_rows(query.tables()[0], written))}


def _rows(table: str, written: Any) -> Iterator[Row]:
    for one in written if isinstance(written, list) else [written]:
        short = {"command": one} if isinstance(one, str) else dict(one)
        times, every = int(short.pop("repeat", 1)), float(short.pop("every", 1))
        for number in range(times):
            yield _row(table, {key: _numbered(value, number) for key, value in short.items()}, number * every)


def _numbered(value: Any, number: int) -> Any:
    return value.replace("#n", str(number)) if isinstance(value, str) else value


def _row(table: str, short: dict[str, Any], seconds: float) -> Row:
    """A whole row: `at` is seconds after the start; `command`, `parent` and `by` stand for the columns of a new process."""
    time = START + timedelta(seconds=seconds + float(short.pop("at", 0)))
    host = {"DvcHostname": "host1"} if table.startswith("_Im_") else {"Computer": "host1"}
    row = {"TimeGenerated": time, "_File": "example", "_Line": 1}
    row |= {name: value for name, value in host.items() if name in catalogue()[table]}
    if "command" in short:
        row |= _process(str(short["command"]), str(short.get("parent", "")))
    if "by" in short:
        row["ActorUsername"] = short["by"]
    return row | {name: value for name, value in short.items() if name not in ("command", "parent", "by")}


def _process(command: str, parent: str) -> dict[str, Any]:
    first = re.split(r'"|\s', command.strip('"'), maxsplit=1)[0]
    path = first if re.search(r"[\\/]", first) else rf"C:\Windows\System32\{first.removesuffix('.exe')}.exe"
    started = parent if re.search(r"[\\/]", parent) or not parent else rf"C:\Windows\System32\{parent}.exe"
    return {"TargetProcessCommandLine": command, "TargetProcessName": path, "ActingProcessName": started or None}
