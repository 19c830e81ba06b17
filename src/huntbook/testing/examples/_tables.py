"""The tables that examples have rows of: as Microsoft documents them, as local evidence has them, or as the pack says."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from huntbook.evidence.schema import DUCKDB_TYPES, load
from huntbook.query.kql import Type
from huntbook.query.kql.duckdb import type_of
from huntbook.query.kql.known_tables import known_tables
from huntbook.query.kql.resource_graph_tables import resource_graph_tables
from huntbook.sources.local import stored_functions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from huntbook.query.pack import Query

Columns = dict[str, Type]
Row = dict[str, Any]
Rows = dict[str, list[Row]]
PROVENANCE = {"_File": Type.STRING, "_Line": Type.LONG, "_Extra": Type.DYNAMIC, "Type": Type.STRING}
_WORD = re.compile(r"\w+")
_KINDS = {
    bool: Type.BOOL,
    int: Type.LONG,
    float: Type.REAL,
    dict: Type.DYNAMIC,
    list: Type.DYNAMIC,
    datetime: Type.DATETIME,
    date: Type.DATETIME,
    timedelta: Type.TIMESPAN,
}


@cache
def local_tables() -> dict[str, Columns]:
    """Every table and ASIM view, as local evidence shows it."""
    schemas = load()
    stored = {
        name: {column: DUCKDB_TYPES[one.type] for column, one in (table.columns | table.computed).items()}
        | {column: DUCKDB_TYPES[kind] for kind, columns in table.unfilled.items() for column in columns}
        for name, table in schemas.tables.items()
    }
    stored |= {name: view.types | dict.fromkeys(view.aliases, "VARCHAR") for name, view in schemas.views.items()}
    return {
        name: {column: type_of(kind) for column, kind in columns.items()} | PROVENANCE
        for name, columns in stored.items()
    }


def columns_of(table: str, *, local: bool = False) -> Mapping[str, Type] | None:
    """A table's columns: as Microsoft documents it, else as local evidence has it, or the other way round; None if nobody knows it."""
    documented = (known_tables(), resource_graph_tables())
    for known in (local_tables(), *documented) if local else (*documented, local_tables()):
        if table in known:
            return known[table]
    return None


def narrowed(query: Query, text: str, rows: Rows, named: set[str]) -> dict[str, Columns]:
    """The tables that a query needs, with the columns that its text, its rows and `named` name: hundreds of others cost time.

    A query that is asked of any table, which is one of its values, needs those that there are rows of.
    """
    words = set(_WORD.findall(text)) | named
    stored = stored_functions()
    if any(f"{name}(" in text for name in words & set(stored.names())):  # which filters by columns of its own
        words |= set(_WORD.findall(stored.text))
    return {table: _narrow(query, table, rows.get(table, []), words) for table in query.tables() or rows}


def _narrow(query: Query, table: str, rows: Sequence[Row], words: set[str]) -> Columns:
    known = columns_of(table, local=query.hunts)
    if known is not None:
        wanted = words | {name for row in rows for name in row}
        return {column: kind for column, kind in known.items() if column in wanted}
    # A table that no documentation lists (a custom one, say) is what the pack says of it.
    said = query.needs.get("kql", {}).get(table, [])
    names = dict.fromkeys([*said, *(name for row in rows for name in row)])
    return {name: _kind([row[name] for row in rows if row.get(name) is not None]) for name in names}


def _kind(values: Sequence[Any]) -> Type:
    return _KINDS.get(type(values[0]), Type.STRING) if values else Type.STRING
