"""Asks a query of the compiler and DuckDB, where the columns of the answer count too, or the data say which there are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial

import duckdb
from tests.query.kql.score.engines import STORED

from huntbook.query.kql.compiler import compile_query
from huntbook.query.kql.duckdb import Written, prepare
from huntbook.query.kql.types import Type

Rows = Sequence[Sequence[object]]
Tables = Mapping[str, tuple[Mapping[str, Type], Rows]]


def answer(query: str, tables: Tables | None = None) -> tuple[list[str], list[tuple[object, ...]]]:
    """The names of the answer's columns and its rows: dynamics as JSON gives them, an empty text as one."""
    tables = tables or {}
    with duckdb.connect() as db:
        for name, (schema, rows) in tables.items():
            columns = ", ".join(f'"{column}" {STORED[kind]}' for column, kind in schema.items())
            db.execute(f'CREATE TABLE "{name}" ({columns})')
            for row in rows:
                db.execute(f'INSERT INTO "{name}" VALUES ({", ".join("?" for _ in row)})', list(row))
        written = compile_query(query, {name: schema for name, (schema, _) in tables.items()}, partial(_run, db))
        kinds = [column.type for column in written.columns]
        return (
            [column.name for column in written.columns],
            [tuple(map(_read, kinds, row)) for row in _run(db, written)],
        )


def _run(db: duckdb.DuckDBPyConnection, written: Written) -> list[tuple[object, ...]]:
    prepare(db, written)
    return db.execute(written.sql).fetchall()


def _read(kind: Type, value: object) -> object:
    if kind is Type.DYNAMIC and isinstance(value, str):
        return json.loads(value)
    return "" if kind is Type.STRING and value is None else value


def rows(query: str, tables: Tables | None = None) -> list[tuple[object, ...]]:
    """The rows alone."""
    return answer(query, tables)[1]


def some(query: str, tables: Tables | None = None) -> set[tuple[object, ...]]:
    """The rows where their order does not count, all different."""
    found = rows(query, tables)
    assert len(set(found)) == len(found)
    return set(found)
