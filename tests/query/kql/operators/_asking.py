"""Asks a query of the compiler and DuckDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import duckdb

from huntbook.query.kql.compiler import compile_query
from huntbook.query.kql.duckdb import prepare


def ask(text: str, *, threads: int = 2) -> list[tuple[object, ...]]:
    """The rows of an answer: times of day in ticks, dynamics as JSON's text."""
    written = compile_query(text, {})
    database, made = _opened(threads)
    prepare(database, written, made)
    return database.execute(written.sql).fetchall()


@cache
def _opened(threads: int) -> tuple[duckdb.DuckDBPyConnection, set[str]]:
    """One database without tables for every query of a process, and what was made in it: to open one takes longer than most queries."""
    return duckdb.connect(config={"threads": threads}), set()


def table(schema: Mapping[str, str], rows: Sequence[Sequence[object]]) -> str:
    """Rows as they stand in a query; of a datetime, seconds of some day."""
    cells = [_cell(cell, kind) for row in rows for cell, kind in zip(row, schema.values(), strict=True)]
    columns = ", ".join(f"{name}:{kind}" for name, kind in schema.items())
    return f"datatable({columns}) [{', '.join(cells)}]"


def _cell(cell: object, kind: str) -> str:
    if cell is None:
        return f"{kind}(null)"
    if kind == "datetime":
        seconds = int(str(cell))
        return f"datetime(2024-01-01 {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02})"
    return f'"{cell}"' if kind == "string" else str(cell).lower()
