"""A store as a database: its views, and nothing else that a query could reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from huntbook.core import sql
from huntbook.evidence.macros import XML
from huntbook.query.kql.duckdb import type_of

if TYPE_CHECKING:
    from huntbook.evidence.store import Store
    from huntbook.query.kql import Type


def open_database(store: Store, *, memory: str = "2GB") -> duckdb.DuckDBPyConnection:
    """Open an in-memory DuckDB that shows the store and can read or write no other file."""
    database = duckdb.connect(
        config={
            "memory_limit": memory,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
        },
    )
    database.execute("SET GLOBAL TimeZone = 'UTC'")
    database.execute(XML)
    for view in store.manifest.views:
        parts = (
            f"WITH _parts AS (FROM read_parquet({sql.texts(map(str, store.parts(view.parts)))})) " if view.parts else ""
        )
        database.execute(f"CREATE OR REPLACE VIEW {sql.name(view.name)} AS {parts}{view.select}")
    _lock(database, store)
    return database


def _lock(database: duckdb.DuckDBPyConnection, store: Store) -> None:
    """From here on, a query reaches the store's files and no others, and cannot undo this."""
    database.execute(f"SET allowed_directories = {sql.texts([str(store.folder)])}")
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")


def columns_of(database: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Type]]:
    """Every view, its columns in order, and their KQL types: what a query may name."""
    found = database.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal"
        " ORDER BY table_name, column_index",
    ).fetchall()
    catalogue: dict[str, dict[str, Type]] = {}
    for table, column, stored in found:
        catalogue.setdefault(table, {})[column] = type_of(stored)
    return catalogue
