"""Where a worker puts rows: in tables of its own, which go out as Parquet files when they have grown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from huntbook.core import sql

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    import duckdb

FLUSH = 60_000  # rows of a table that are written as one file
MANY = 4_000  # rows of a batch that are worth a Parquet file of their own


@dataclass
class _Staged:
    """The rows of a table that wait, by the columns that they have."""

    types: Mapping[str, str]
    relations: dict[tuple[str, ...], str] = field(default_factory=dict)
    rows: int = 0


class Parts:
    """The tables of one worker, and the Parquet files that it has written into the store's folder."""

    def __init__(self, folder: Path, number: int, connection: duckdb.DuckDBPyConnection) -> None:
        self._folder = folder
        self._number = number
        self._db = connection
        self._staged: dict[str, _Staged] = {}  # by table
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
            given = [name for name in types if name in have]
            self.insert(table, types, f"SELECT {sql.names(given)} FROM {relation}", given)
        else:
            self._write(table, f"({_whole(types, have, relation)})")

    def insert(self, table: str, types: Mapping[str, str], select: str, there: Sequence[str]) -> int:
        """Stage the rows of a query that gives some of the columns, in this order.

        Rows of the same columns wait together: to fill those that nobody gives, row by row, costs more than the others.
        """
        staged = self._staged.setdefault(table, _Staged(types))
        known = tuple(there) in staged.relations
        relation = staged.relations.setdefault(
            tuple(there), sql.name(f"{table}@{self._number}.{len(staged.relations)}")
        )
        target = f"INSERT INTO {relation}" if known else f"CREATE OR REPLACE TEMP TABLE {relation} AS"
        [[rows]] = self._db.execute(f"{target} {select}").fetchall()
        staged.rows += rows
        return int(rows)

    def flush(self, *, at_least: int = FLUSH) -> None:
        """Write the tables that have so many rows."""
        for table in [table for table, staged in self._staged.items() if staged.rows >= at_least]:
            staged = self._staged.pop(table)
            if staged.rows:
                wholes = [_whole(staged.types, set(there), relation) for there, relation in staged.relations.items()]
                self._write(table, f"({' UNION ALL '.join(wholes)})")
            for relation in staged.relations.values():
                self._db.execute(f"DROP TABLE {relation}")

    def _write(self, table: str, rows: str) -> None:
        folder = self._folder / table
        folder.mkdir(exist_ok=True)
        path = sql.text(str(folder / f"{self._number}-{self._written:05}.parquet"))
        self._written += 1
        self._db.execute(
            f"COPY {rows} TO {path} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 1000, ROW_GROUP_SIZE 20480)"
        )


def _whole(types: Mapping[str, str], have: Collection[str], relation: str) -> str:
    """A query for all columns of a table; those that a relation does not have are null."""
    columns = [sql.name(name) if name in have else f"NULL::{kind} AS {sql.name(name)}" for name, kind in types.items()]
    return f"SELECT {', '.join(columns)} FROM {relation}"
