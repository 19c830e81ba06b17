"""The tables of a connection, as a menu."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import polars as pl

from huntbook.core.display import printable, table_html
from huntbook.errors import UnknownName
from huntbook.sources._base import TableInfo


class TableMenu(Mapping[str, TableInfo]):
    """The tables of a connection, by name; in a notebook it shows what is in them.

    A service is asked for them once, when somebody first looks into it. Completing names asks nobody anything.
    """

    def __init__(
        self, ask: Callable[[], Iterable[TableInfo]], at_hand: Callable[[], Iterable[TableInfo] | None] = lambda: None
    ) -> None:
        """Look nowhere yet.

        Args:
            ask: asks the service for its tables.
            at_hand: gives those that are known without asking anybody; None if they are not.
        """
        self._ask = ask
        self._at_hand = at_hand
        self._seen: dict[str, TableInfo] | None = None

    @property
    def known(self) -> bool:
        """Whether the tables are known, so that to look at them asks nobody anything."""
        if self._seen is None and (at_hand := self._at_hand()) is not None:
            self.take(at_hand)
        return self._seen is not None

    def take(self, tables: Iterable[TableInfo]) -> None:
        """Know the tables, which somebody else asked for."""
        self._seen = {table.name: table for table in tables}

    @property
    def _tables(self) -> dict[str, TableInfo]:
        if not self.known:
            self.take(self._ask())
        return self._seen or {}

    def __getitem__(self, name: str) -> TableInfo:
        if name not in self._tables:
            raise UnknownName.among("table", name, self._tables)
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __contains__(self, name: object) -> bool:
        return name in self._tables

    def __len__(self) -> int:
        return len(self._tables)

    def to_polars(self) -> pl.DataFrame:
        """One row per table: `table`, `rows`, `start`, `end` (UTC), `files`, `recognised`, `about`."""
        rows = [
            {
                "table": table.name,
                "rows": table.rows,
                "start": table.start,
                "end": table.end,
                "files": ", ".join(table.files or ()),
                "recognised": table.recognised,
                "about": table.about,
            }
            for table in self._tables.values()
        ]
        utc = pl.Datetime("us", "UTC")
        text = pl.String()
        schema: dict[str, pl.DataType] = {
            "table": text,
            "rows": pl.Int64(),
            "start": utc,
            "end": utc,
            "files": text,
            "recognised": pl.Boolean(),
            "about": text,
        }
        return pl.DataFrame(rows, schema=schema)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.to_polars().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        lines = [_line(table) for table in self._tables.values()]
        return "\n".join(map(printable, lines)) or "no tables"

    def _repr_html_(self) -> str:
        heads = ("table", "rows", "from", "to", "files", "")
        return table_html(heads, [_cells(table) for table in self._tables.values()])

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._tables) if self.known else []


def _line(table: TableInfo) -> str:
    rows = "" if table.rows is None else f"{table.rows:>12,} rows"
    mark = "" if table.recognised else "  (not recognised)"
    return f"{table.name:<32}{rows}  {_span(table)}{mark}"


def _span(table: TableInfo) -> str:
    return f"{table.start:%Y-%m-%d %H:%M:%S} to {table.end:%Y-%m-%d %H:%M:%S} UTC" if table.start and table.end else ""


def _cells(table: TableInfo) -> tuple[object, ...]:
    files = list(table.files or ())
    named = ", ".join(files[:3]) + (f" and {len(files) - 3} more" if len(files) > 3 else "")
    return (table.name, table.rows, table.start, table.end, named, "" if table.recognised else "not recognised")
