"""Where a worker puts rows: in tables of its own, which go out as Parquet files when they have grown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.core import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import duckdb

FLUSH = 60_000  # rows of a table that are written as one file
MANY = 4_000  # rows of a batch that are worth a Parquet file of their own


class Parts:
    """The tables of one worker, and the Parquet files that it has written into the store's folder."""

    def __init__(self, folder: Path, number: int, connection: duckdb.DuckDBPyConnection) -> None:
        self._folder = folder
        self._number = number
        self._db = connection
        self._staged: dict[str, int] = {}  # table → rows that wait
        self._written = 0

    def keep(self, table: str, types: Mapping[str, str], relation: str, there: Iterable[str], rows: int) -> None:
        """Write rows at once when they are many, else stage them: each copy of them in memory costs.

        Args:
            table: its name.
            types: its columns.
            relation: has the rows.
            there: those of the columns that the relation has; the others are null.
            rows: how many they are.
        """
        have = set(there)
        if rows < MANY:
            self.insert(table, types, f"SELECT {sql.names(name for name in types if name in have)} FROM {relation}")
            return
        columns = [
            sql.name(name) if name in have else f"NULL::{kind} AS {sql.name(name)}" for name, kind in types.items()
        ]
        self._write(table, f"(SELECT {', '.join(columns)} FROM {relation})")

    def insert(self, table: str, types: Mapping[str, str], select: str) -> int:
        """Stage the rows of a query that gives some of the columns."""
        staged = sql.name(f"{table}@{self._number}")
        if table not in self._staged:
            columns = ", ".join(f"{sql.name(column)} {kind}" for column, kind in types.items())
            self._db.execute(f"CREATE OR REPLACE TEMP TABLE {staged} ({columns})")
            self._staged[table] = 0
        [[rows]] = self._db.execute(f"INSERT INTO {staged} BY NAME {select}").fetchall()
        self._staged[table] += rows
        return int(rows)

    def flush(self, *, at_least: int = FLUSH) -> None:
        """Write the tables that have so many rows."""
        for table in [table for table, rows in self._staged.items() if rows >= at_least]:
            staged = sql.name(f"{table}@{self._number}")
            if self._staged.pop(table):
                self._write(table, staged)
            self._db.execute(f"DROP TABLE {staged}")

    def _write(self, table: str, rows: str) -> None:
        folder = self._folder / table
        folder.mkdir(exist_ok=True)
        path = sql.text(str(folder / f"{self._number}-{self._written:05}.parquet"))
        self._written += 1
        self._db.execute(
            f"COPY {rows} TO {path} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 1000, ROW_GROUP_SIZE 20480)"
        )
