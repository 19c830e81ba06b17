"""Tables in DuckDB that are asked in KQL, or in SQL: what local evidence and the fake services answer from."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from huntbook.core.frames import to_polars
from huntbook.core.result import Completeness
from huntbook.errors import ParameterError, QueryError
from huntbook.query.kql import Compiled, Type, compile_kql, prepare, told
from huntbook.query.kql.types import EPOCH
from huntbook.sources._base import Batch, Question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from huntbook.query.kql import Catalogue
    from huntbook.query.kql.plan import Column

_ROWS = 200_000
_NEAR = 2**63 // 100  # ticks that nanoseconds can count


class KqlDatabase:
    """A database of DuckDB that is asked in KQL; several threads may ask at once."""

    def __init__(self, database: duckdb.DuckDBPyConnection, catalogue: Catalogue, now: datetime | None = None) -> None:
        self._database = database
        self._catalogue = catalogue
        self._now = now
        # The last one: what is explained is mostly asked next, with the same now().
        self._explained: dict[Question, Compiled] = {}
        self._made: set[str] = set()
        self._making = threading.Lock()
        self.running: set[duckdb.DuckDBPyConnection] = set()

    def explain(self, question: Question) -> str:
        """Return the SQL that would be run."""
        if question.dialect == "sql":
            return question.text
        if question.dialect != "kql":
            raise ParameterError(f"Local evidence is asked in KQL or SQL, not {question.dialect!r}.")
        compiled = self.compile(question)
        self._explained = {question: compiled}
        return compiled.sql

    def compile(self, question: Question) -> Compiled:
        """Translate a question in KQL.

        Raises:
            KqlError: with line and column.
        """
        try:
            return compile_kql(question.text, self._catalogue, now=self._now, span=question.span, ask=self._rows)
        except duckdb.Error as error:  # of a part that had to be asked first
            raise told(error) from error

    def _rows(self, part: Compiled) -> list[tuple[object, ...]]:
        """The rows of a part of a query."""
        self._know(part)
        with self._cursor() as cursor:
            return cursor.execute(part.sql, dict(part.values) or None).fetchall()

    def read(self, question: Question) -> Iterator[Batch]:
        """Run a query; every time in the answer is aware, in UTC."""
        native = Compiled(question.text, {}) if question.dialect == "sql" else self._native(question)
        for frame in self._run(native, told if question.dialect == "kql" else _error):
            yield Batch(_aware(frame), Completeness(notes=native.cautions), native.chart)

    def _native(self, question: Question) -> Compiled:
        explained = self._explained.pop(question, None)
        return self.compile(question) if explained is None else explained

    def frames(self, native: Compiled) -> Iterator[pl.DataFrame]:
        """The rows of a translated query, in frames; at least one, which may be empty.

        Raises:
            KqlError: if it fails while it runs.
        """
        return self._run(native, told)

    def _run(self, native: Compiled, words: Callable[[duckdb.Error], QueryError]) -> Iterator[pl.DataFrame]:
        try:
            self._know(native)
            with self._cursor() as cursor:
                yield from _frames(cursor, native)
        except duckdb.Error as error:
            raise words(error) from error

    def _know(self, native: Compiled) -> None:
        """Make what a query calls and DuckDB has not; each is made once."""
        with self._making:
            prepare(self._database, native, self._made)

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor that is known for as long as it runs: interrupting the database does not reach its cursors."""
        with self._database.cursor() as cursor:
            self.running.add(cursor)
            try:
                yield cursor
            finally:
                self.running.discard(cursor)

    def interrupt(self) -> None:
        """Stop the queries that are running."""
        for cursor in list(self.running):
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


def _error(error: duckdb.Error) -> QueryError:
    first, _, rest = str(error).split("\n\nLINE", 1)[0].strip().partition("\n")
    return QueryError(first, hint=rest.strip().replace("Candidate bindings:", "There are:"))
