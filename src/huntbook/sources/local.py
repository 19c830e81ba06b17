"""A folder of logs, asked like a SIEM: Sentinel's and Defender's tables, the ASIM views, in KQL or SQL."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from huntbook.core import runtime
from huntbook.evidence import schema
from huntbook.evidence.catalogue import columns_of, open_database
from huntbook.evidence.manifest import StoredLosses
from huntbook.evidence.store import open_store
from huntbook.query.dialects import dialects
from huntbook.query.kql import Catalogue, Functions
from huntbook.query.kql.known_tables import known_tables
from huntbook.query.kql.shape import tables_read
from huntbook.sources._base import Batch, BlockingDriver, Question, TableInfo
from huntbook.sources._kql.database import KqlDatabase

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from huntbook.core.timespan import TimeSpan
    from huntbook.evidence.ingest import Progress
    from huntbook.evidence.limits import Limits
    from huntbook.query.kql import Type


class Local(BlockingDriver):
    """Evidence on disk. `not_read` says what of it could not be read, and why."""

    dialect: ClassVar[str] = "kql"
    normalized: ClassVar[bool] = True
    keeps_answers: ClassVar[bool] = False
    provenance: ClassVar[bool] = True

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
            database = open_database(self.store)
            self._columns = columns_of(database)
        self._now = now
        self.database = KqlDatabase(database, self._catalogued(), now)

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

    def tables_at_hand(self) -> list[TableInfo]:
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

    def columns(self, table: str) -> dict[str, Type]:
        """The columns of a table or view, and their KQL types."""
        return dict(self._columns[table])

    def explain(self, question: Question) -> str:
        """Return the SQL that DuckDB would run."""
        return self.database.explain(question)

    def read(self, question: Question) -> Iterator[Batch]:
        """Run a query; every time in the answer is aware, in UTC."""
        return self.database.read(question)

    def interrupt(self) -> None:
        """Stop the queries that are running."""
        self.database.interrupt()

    def named(self, question: Question) -> Collection[str]:
        """The tables that a query in KQL reads."""
        return tables_read(question.text) if question.dialect == "kql" else ()

    async def holds(self, table: str, span: TimeSpan | None) -> bool | None:
        """Whether a table or view has any row of a time."""
        if table not in self._columns:
            return None
        batches = self.database.read(Question(f"{dialects['kql'].column(table)} | take 1", "kql", span))
        return any(batch.rows.height for batch in batches)

    def default_span(self) -> None:
        """All that there is."""

    def now(self) -> datetime:
        """The time that was given, or the present."""
        return self._now or super().now()

    async def aclose(self) -> None:
        """Close the database."""
        self.database.close()


@cache
def stored_functions() -> Functions:
    """The ASIM views called like functions, with the parameters that Microsoft's have."""
    text = (schema.FOLDER / "_asim.kql").read_text(encoding="utf-8")
    return Functions(text, {other: name for name, view in schema.load().views.items() for other in view.also_named})
