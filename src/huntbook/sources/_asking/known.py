"""What is known of a source's tables, so that it is not asked the same again and again."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from time import monotonic
from typing import TYPE_CHECKING, Final

from huntbook.query.kql.shape import tables_read

if TYPE_CHECKING:
    from huntbook.core.timespan import TimeSpan
    from huntbook.errors import QueryRejected
    from huntbook.sources._base import Driver, Question, TableInfo

_FRESH: Final = 300.0  # seconds that what a table holds is not asked again


@dataclass
class Known:
    """Asks a driver about its tables, and remembers."""

    driver: Driver
    _tables: list[TableInfo] | None = None
    _held: dict[tuple[str, str], tuple[float, bool | None]] = field(default_factory=dict)

    async def tables(self) -> list[TableInfo]:
        """The tables of the driver; asked for once."""
        if self._tables is None:
            self._tables = await self.driver.tables()
        return self._tables

    def meant(self, question: Question, error: QueryRejected) -> str:
        """The table that was probably meant, where a query is refused over a name; nobody is asked for it."""
        known = self._tables if self._tables is not None else self.driver.tables_at_hand()
        names = [each.name for each in known] if known is not None else list(self.driver.documented_tables())
        read = tables_read(question.text, called=False) if question.dialect == "kql" else self.driver.named(question)
        for name in read:
            if name not in names and name in f"{error.message} {error.reply}":
                close = get_close_matches(name, names, n=1, cutoff=0.7)
                return f"Did you mean the table {close[0]!r}?" if close else ""
        return ""

    async def holds(self, table: str, span: TimeSpan | None) -> bool | None:
        """Whether a table has any row in a span; not asked again for a while, since many questions about a quiet hour come back empty."""
        about = (table, (span.asked if span.relative else str(span)) if span else "")
        when, held = self._held.get(about, (float("-inf"), None))
        if monotonic() - when > _FRESH:
            held = await self.driver.holds(table, span)
            self._held[about] = (monotonic(), held)
        return held
