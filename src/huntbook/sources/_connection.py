"""What the analyst holds: a connection, the same for every source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any, Self

import polars as pl

from huntbook.core import runtime
from huntbook.core.display import table_html
from huntbook.core.result import Completeness, Origin, Result
from huntbook.errors import ParameterError, UnknownName
from huntbook.sources._base import Driver, TableInfo


class TableMenu(Mapping[str, TableInfo]):
    """The tables of a connection, by name; in a notebook it shows what is in them."""

    def __init__(self, tables: list[TableInfo]) -> None:
        self._tables = {table.name: table for table in tables}

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
        return "\n".join(lines) or "no tables"

    def _repr_html_(self) -> str:
        heads = ("table", "rows", "from", "to", "files", "")
        return table_html(heads, [_cells(table) for table in self._tables.values()])

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._tables)


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


class Connection:
    """A source that is connected: ask it with `query`, see what it has with `tables`.

    Example:
        logs = hb.connect("local", "evidence/")
        logs.query("SecurityEvent | where EventID == 4625 | summarize count() by Account")
    """

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self.tables = TableMenu(driver.tables())

    @property
    def name(self) -> str:
        """What it is connected to."""
        return self._driver.name

    @property
    def driver(self) -> Driver:
        """The source's own object, for what only this kind of source has."""
        return self._driver

    def query(self, text: str, /) -> Result:
        """Ask in the source's own language (KQL for local evidence).

        Returns:
            The answer; its times are aware, in UTC.

        Raises:
            QueryError: if the query cannot be run as it is written (`KqlError` with line and column for KQL).
        """
        return runtime.run(self._ask(text, self._driver.dialect))

    async def aquery(self, text: str, /) -> Result:
        """`query`, for callers that are async."""
        return await runtime.arun(self._ask(text, self._driver.dialect))

    def sql(self, text: str, /) -> Result:
        """Ask in SQL, where the source speaks it (DuckDB's SQL for local evidence)."""
        return runtime.run(self._ask(text, "sql"))

    async def asql(self, text: str, /) -> Result:
        """`sql`, for callers that are async."""
        return await runtime.arun(self._ask(text, "sql"))

    def stream(self, text: str, /) -> Iterator[pl.DataFrame]:
        """Ask, and take the answer in frames, for answers that are larger than memory."""
        batches = self._driver.fetch(text, self._driver.dialect)
        while True:
            try:
                yield runtime.run(_next(batches)).rows
            except StopAsyncIteration:
                return

    def explain(self, text: str, /) -> str:
        """Return the native query that would be run (SQL for local evidence)."""
        return self._driver.explain(text, self._driver.dialect)

    async def _ask(self, text: str, dialect: str) -> Result:
        if not isinstance(text, str):
            raise ParameterError(f"A query is text, not {type(text).__name__}.")
        began = datetime.now(UTC)
        native = self._driver.explain(text, dialect)
        batches = [batch async for batch in self._driver.fetch(text, dialect)]
        frame = pl.concat([batch.rows for batch in batches], how="vertical") if batches else pl.DataFrame()
        notes = tuple(note for batch in batches for note in batch.completeness.notes)
        complete = Completeness(all(batch.completeness.complete for batch in batches), tuple(dict.fromkeys(notes)))
        elapsed: timedelta = datetime.now(UTC) - began
        chart = batches[0].chart if batches else None
        origin = Origin(self.name, text, native, dialect, began, elapsed, frame.height, complete, chart=chart)
        return Result(frame, origin)

    def close(self) -> None:
        """Let go of what is held."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{self.name}\n{self.tables!r}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.name)}</p>{self.tables._repr_html_()}"


async def _next(batches: Any) -> Any:
    return await anext(batches)
