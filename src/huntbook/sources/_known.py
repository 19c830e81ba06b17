"""What is known of a source's tables, so that it is not asked the same again and again."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from huntbook.core.timespan import TimeSpan
    from huntbook.sources._base import Driver, TableInfo

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

    async def holds(self, table: str, span: TimeSpan | None) -> bool | None:
        """Whether a table has any row in a span; not asked again for a while, since many questions about a quiet hour come back empty."""
        about = (table, (span.asked if span.relative else str(span)) if span else "")
        when, held = self._held.get(about, (float("-inf"), None))
        if monotonic() - when > _FRESH:
            held = await self.driver.holds(table, span)
            self._held[about] = (monotonic(), held)
        return held
