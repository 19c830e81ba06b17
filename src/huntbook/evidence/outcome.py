"""What an ingest found, besides the Parquet files that it wrote; several workers write it down."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from huntbook.readers._base import Loss


@dataclass
class Outcome:
    """Rows by file and table (an unrecognised record's table has no name yet), and what was lost."""

    rows: dict[tuple[str, str], int] = field(default_factory=dict)
    unrecognised: dict[tuple[str, str], int] = field(default_factory=dict)
    losses: list[Loss] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, table: str, rows: Iterable[tuple[str, int]]) -> None:
        """Add rows of each file; with no table's name, rows that were not recognised."""
        counts = self.rows if table else self.unrecognised
        with self._lock:
            for file, number in rows:
                counts[file, table] = counts.get((file, table), 0) + number

    def lose(self, loss: Loss) -> None:
        """Note a loss."""
        with self._lock:
            self.losses.append(loss)
