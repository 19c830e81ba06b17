"""A database in which queries are tried on a few rows, one query after another."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import duckdb

from huntbook.core import sql
from huntbook.query.kql import Catalogue, Compiled, Type, compile_kql, prepare
from huntbook.query.kql.duckdb.literals import TYPES
from huntbook.sources.local import stored_functions
from huntbook.testing.examples._rows import aware, cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from huntbook.query.kql.plan import Column
    from huntbook.testing.examples._tables import Columns, Row, Rows

_AT_ONCE = 50  # rows in one statement
_YEAR_ONE = datetime(1, 1, 1, tzinfo=UTC)


class Bench:
    """A database in memory. What a query calls is made once and stays for the next; its tables are gone with it.

    Not safe to share between threads.
    """

    def __init__(self) -> None:
        self._database = duckdb.connect(
            config={"threads": 1, "autoinstall_known_extensions": False, "autoload_known_extensions": False}
        )
        self._database.execute("SET TimeZone = 'UTC'")
        self._made: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    @contextmanager
    def asked(self, text: str, tables: Mapping[str, Columns], *, now: datetime, local: bool) -> Iterator[Asked]:
        """Make the tables that a query asks, and the query ready, for as long as the block lasts.

        Args:
            text: the query, in KQL.
            tables: their columns.
            now: what `now()` is.
            local: whether the tables have nothing where they have no text, as local evidence has; a service's have an empty text.
        """
        try:
            for name, columns in tables.items():
                listed = ", ".join(_declared(column, kind, local=local) for column, kind in columns.items())
                self._database.execute(f"CREATE TABLE {sql.name(name)} ({listed})")
            yield Asked(self, text, tables, now=now, local=local)
        finally:
            self._database.execute("PRAGMA enable_optimizer")
            for name in tables:
                self._database.execute(f"DROP TABLE IF EXISTS {sql.name(name)}")

    def run(self, part: Compiled) -> list[tuple[Any, ...]]:
        """Run what was compiled."""
        prepare(self._database, part, self._made)
        return self._database.execute(part.sql, dict(part.values) or None).fetchall()

    def execute(self, text: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run SQL."""
        return self._database.execute(text, values or None).fetchall()


def _declared(column: str, kind: Type, *, local: bool) -> str:
    empty = " DEFAULT ''" if kind is Type.STRING and not local else ""
    return f"{sql.name(column)} {TYPES[kind]}{empty}"


class Asked:
    """A query that is asked of one set of rows after another."""

    def __init__(self, bench: Bench, text: str, tables: Mapping[str, Columns], *, now: datetime, local: bool) -> None:
        self._bench = bench
        self._text = text
        self._tables = tables
        self._catalogue = Catalogue(tables, functions=stored_functions())
        self._now = now
        self._local = local
        self._compiled: Compiled | None = None
        self._of_rows = False  # the columns of the answer depend on the rows: each set is compiled for
        self._planned = False

    def of(self, rows: Rows) -> list[Row]:
        """What it returns of these rows and no others.

        The first time it is run as any query is. After that it is planned once for all times, which DuckDB does only without its
        optimizer: to plan a query takes much longer than to run it on some rows.
        """
        self._fill(rows)
        if self._compiled is None or self._of_rows:
            self._compiled = compile_kql(self._text, self._catalogue, now=self._now, ask=self._part)
            found = self._bench.run(self._compiled)
        else:
            found = self._again(self._compiled)
        columns = self._compiled.columns
        return [
            {column.name: _value(column, each) for column, each in zip(columns, cells, strict=True)} for cells in found
        ]

    @property
    def columns(self) -> list[str]:
        """The names of the columns of its answer, once it was asked."""
        return [column.name for column in self._compiled.columns] if self._compiled else []

    def _part(self, part: Compiled) -> list[tuple[Any, ...]]:
        self._of_rows = True
        return self._bench.run(part)

    def _again(self, compiled: Compiled) -> list[tuple[Any, ...]]:
        if not self._planned:
            self._bench.execute("PRAGMA disable_optimizer")
            self._bench.execute(f"PREPARE asked AS {compiled.sql}")
            self._planned = True
        # DuckDB binds no parameters of EXECUTE; `now` is the one that a query takes.
        now = f"(now := TIMESTAMP '{self._now.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}')" if compiled.values else ""
        return self._bench.execute(f"EXECUTE asked{now}")

    def _fill(self, rows: Rows) -> None:
        for table, columns in self._tables.items():
            self._bench.execute(f"DELETE FROM {sql.name(table)}")
            listed = rows.get(table, [])
            for first in range(0, len(listed), _AT_ONCE):
                self._insert(table, columns, listed[first : first + _AT_ONCE])

    def _insert(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        names = list(dict.fromkeys(name for row in rows for name in row)) or list(columns)[:1]
        cells = [cell(columns[name], row.get(name), local=self._local) for row in rows for name in names]
        holes = ", ".join([f"({', '.join('?' * len(names))})"] * len(rows))
        listed = ", ".join(map(sql.name, names))
        self._bench.execute(f"INSERT INTO {sql.name(table)} ({listed}) VALUES {holes}", cells)


def _value(column: Column, found: Any) -> Any:
    """A cell of the answer as an example would write it."""
    match column.type:
        case Type.DATETIME if isinstance(found, int):
            return _YEAR_ONE + timedelta(microseconds=found // 10)
        case Type.DATETIME if isinstance(found, datetime):
            return aware(found)
        case Type.DYNAMIC if isinstance(found, str):
            return json.loads(found)
        case Type.STRING:
            return found or ""
    return found
