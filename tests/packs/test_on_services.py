"""Hunting queries are asked of services too, which have no `_File` and no `_Line`: what is sent compiles without them."""

from __future__ import annotations

from functools import cache

import pytest

from huntbook.evidence.schema import DUCKDB_TYPES, load
from huntbook.query.kql import Catalogue, Type, compile_kql
from huntbook.query.kql.duckdb import type_of
from huntbook.query.kql.known_tables import known_tables
from huntbook.query.pack import Query, packs
from huntbook.query.provenance import COLUMNS, without_provenance
from huntbook.sources.local import stored_functions

HUNTING = [query for query in packs.hunting() if "kql" in query.texts]


@cache
def service() -> Catalogue:
    """What a workspace has: Microsoft's tables, ASIM's functions, and tables of others, without provenance."""
    schemas = load()
    tables: dict[str, dict[str, Type]] = {name: dict(columns) for name, columns in known_tables().items()}
    for name, table in schemas.tables.items():
        own = {column: type_of(DUCKDB_TYPES[one.type]) for column, one in (table.columns | table.computed).items()}
        tables[name] = {**own, **tables.get(name, {})}
    for name, view in schemas.views.items():
        tables[name] = {column: type_of(kind) for column, kind in view.types.items()}
        tables[name] |= {**dict.fromkeys(view.aliases, Type.STRING), "Type": Type.STRING}
    return Catalogue(tables, functions=stored_functions())


@pytest.mark.parametrize("query", HUNTING, ids=lambda query: query.full_name)
def test_what_is_sent_needs_no_provenance(query: Query) -> None:
    sent = without_provenance(query.kql)
    compile_kql(sent, service())
    if any(column in query.kql for column in COLUMNS):
        assert sent != query.kql or "column_ifexists" in query.kql


@pytest.mark.parametrize(
    "text",
    [
        "T | where _File == 'a' | project x",
        "T | extend a = x, _Filed, Other_File",
        "T | project a, _File = tostring(b)",
        "T | project a, _File(b)",
        "T | where strcat(a, '_File') == b",
    ],
)
def test_nothing_else_is_taken_out(text: str) -> None:
    assert without_provenance(text) == text
