"""A folder of logs, asked like a SIEM: Sentinel's and Defender's tables, the ASIM views, in KQL or SQL."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import duckdb
import polars as pl

from huntbook.core import runtime
from huntbook.core.frames import to_polars
from huntbook.core.result import Completeness
from huntbook.errors import ParameterError, QueryError
from huntbook.evidence import schema
from huntbook.evidence.catalogue import columns_of, open_database
from huntbook.evidence.manifest import StoredLosses
from huntbook.evidence.store import open_store
from huntbook.query.kql import Catalogue, Compiled, Functions, Type, compile_kql, prepare, told
from huntbook.query.kql.known_tables import known_tables
from huntbook.query.kql.types import EPOCH
from huntbook.sources._base import Batch, BlockingDriver, TableInfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from huntbook.evidence.ingest import Progress
    from huntbook.evidence.limits import Limits
    from huntbook.query.kql.plan import Column

_ROWS = 200_000
_NEAR = 2**63 // 100  # ticks that nanoseconds can count


class Local(BlockingDriver):
    """Evidence on disk. `not_read` says what of it could not be read, and why."""

    dialect: ClassVar[str] = "kql"

    def __init__(
        self,
        path: str | Path | Sequence[str | Path],
        *,
        cache: str | Path | None = None,
        progress: Progress | None = None,
        limits: Limits | None = None,
        refresh: bool = False,
        now: datetime | None = None,
    ) -> None:
        """Read the evidence, or open what was read before.

        Args:
            path: a folder, a file, a glob, or several of them.
            cache: where what was read is kept; `HUNTBOOK_CACHE` or the user's cache folder if not given.
            progress: called with bytes done, bytes in all and the file at hand.
            limits: of what is unpacked from archives.
            refresh: read anew, whatever is kept.
            now: what `now()` and `ago()` in queries go by; the present if not given.

        Raises:
            EvidenceError: if there is nothing at the path.
        """
        self.paths = [path] if isinstance(path, (str, Path)) else list(path)
        folder = Path(cache) if cache is not None else None
        with runtime.ctrl_c():
            self.store = open_store(self.paths, cache=folder, progress=progress, limits=limits, refresh=refresh)
            self._database = open_database(self.store)
            self._columns = columns_of(self._database)
            self._catalogue = self._catalogued()
        self._now = now
        self._explained: dict[
            str, Compiled
        ] = {}  # the last one: what is explained is mostly asked next, with the same now()
        self._made: set[str] = set()
        self._making = threading.Lock()
        self._running: set[duckdb.DuckDBPyConnection] = set()

    def _catalogued(self) -> Catalogue:
        """What queries may name: also what Microsoft documents, and the ASIM views as functions. A view shows the rows of tables again."""
        functions = stored_functions()
        tables = {table.name for table in self.store.manifest.tables} - set(functions.names())
        return Catalogue(self._columns, known_tables, functions, frozenset(self._columns) - tables)

    @property
    def name(self) -> str:
        """The paths that were given."""
        return ", ".join(map(str, self.paths))

    @property
    def not_read(self) -> StoredLosses:
        """What of the evidence could not be read, or not as it was written: for each, file, position, reason and how much."""
        return StoredLosses(self.store.manifest.losses)

    def tables(self) -> list[TableInfo]:
        """The tables of the evidence, recognised ones first, then the ASIM views that have rows."""
        found = sorted(self.store.manifest.tables, key=lambda table: (not table.recognised, table.name.lower()))
        return [
            TableInfo(
                name=table.name,
                columns=tuple(self._columns[table.name]),
                about=table.about,
                rows=table.rows,
                start=table.start,
                end=table.end,
                files=table.files,
                recognised=table.recognised,
            )
            for table in found
        ]

    def explain(self, query: str, dialect: str) -> str:
        """Return the SQL that DuckDB would run."""
        if dialect == "sql":
            return query
        if dialect != "kql":
            raise ParameterError(f"Local evidence is asked in KQL or SQL, not {dialect!r}.")
        compiled = self._compile(query)
        self._explained = {query: compiled}
        return compiled.sql

    def _compile(self, query: str) -> Compiled:
        try:
            return compile_kql(query, self._catalogue, now=self._now, ask=self._rows)
        except duckdb.Error as error:  # of a part that had to be asked first
            raise told(error) from error

    def _rows(self, part: Compiled) -> list[tuple[object, ...]]:
        """The rows of a part of a query."""
        self._know(part)
        with self._cursor() as cursor:
            return cursor.execute(part.sql, dict(part.values) or None).fetchall()

    def _native(self, query: str) -> Compiled:
        explained = self._explained.pop(query, None)
        return self._compile(query) if explained is None else explained

    def read(self, query: str, dialect: str) -> Iterator[Batch]:
        """Run a query; every time in the answer is aware, in UTC."""
        native = Compiled(query, {}) if dialect == "sql" else self._native(query)
        try:
            self._know(native)
            with self._cursor() as cursor:
                for frame in _frames(cursor, native):
                    yield Batch(_aware(frame), Completeness(notes=native.cautions), native.chart)
        except duckdb.Error as error:
            if dialect == "kql":
                raise told(error) from error
            raise _error(error) from error

    def _know(self, native: Compiled) -> None:
        """Make what a query calls and DuckDB has not; each is made once."""
        with self._making:
            prepare(self._database, native, self._made)

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor that is known for as long as it runs: interrupting the database does not reach its cursors."""
        with self._database.cursor() as cursor:
            self._running.add(cursor)
            try:
                yield cursor
            finally:
                self._running.discard(cursor)

    def interrupt(self) -> None:
        """Stop the queries that are running."""
        for cursor in list(self._running):
            cursor.interrupt()

    def close(self) -> None:
        """Close the database."""
        self._database.close()


def _frames(cursor: duckdb.DuckDBPyConnection, native: Compiled) -> Iterator[pl.DataFrame]:
    frame = to_polars(cursor.sql(native.sql, params=native.values) if native.values else cursor.sql(native.sql))
    frame = frame.with_columns(_of_ticks(frame[column.name], column) for column in native.columns if _in_ticks(column))
    yield from frame.iter_slices(_ROWS) if frame.height else [frame]


def _in_ticks(column: Column) -> bool:
    return column.type is Type.TIMESPAN or (column.type is Type.DATETIME and column.fine)


def _of_ticks(values: pl.Series, column: Column) -> pl.Series:
    """Times that come in ticks of 100 nanoseconds; where some are centuries away, all of them to the microsecond."""
    ticks = values - EPOCH if column.type is Type.DATETIME else values
    least, most = ticks.min(), ticks.max()
    near = all(isinstance(each, int) and abs(each) < _NEAR for each in (least, most) if each is not None)
    kind = pl.Datetime if column.type is Type.DATETIME else pl.Duration
    return (ticks * 100).cast(kind("ns")) if near else (ticks // 10).cast(kind("us"))


def _aware(frame: pl.DataFrame) -> pl.DataFrame:
    """Make times aware: DuckDB's TIMESTAMP stands for UTC throughout huntbook."""
    naive = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Datetime) and kind.time_zone is None]
    other = [
        name
        for name, kind in frame.schema.items()
        if isinstance(kind, pl.Datetime) and kind.time_zone not in (None, "UTC")
    ]
    return frame.with_columns(
        pl.col(naive).dt.replace_time_zone("UTC"),
        pl.col(other).dt.convert_time_zone("UTC"),
    )


@cache
def stored_functions() -> Functions:
    """The ASIM views called like functions, with the parameters that Microsoft's have."""
    text = (schema.FOLDER / "_asim.kql").read_text(encoding="utf-8")
    return Functions(text, {other: name for name, view in schema.load().views.items() for other in view.also_named})


def _error(error: duckdb.Error) -> QueryError:
    first, _, rest = str(error).split("\n\nLINE", 1)[0].strip().partition("\n")
    return QueryError(first, hint=rest.strip().replace("Candidate bindings:", "There are:"))
