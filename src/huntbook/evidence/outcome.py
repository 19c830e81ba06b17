"""What an ingest found, besides the Parquet files that it wrote; several workers write it down."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from huntbook.readers._base import Loss

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class Outcome:
    """Rows by file and table (an unrecognised record's table has no name yet), and what was lost."""

    rows: dict[tuple[str, str], int] = field(default_factory=dict)
    unrecognised: dict[tuple[str, str], int] = field(default_factory=dict)
    _lost: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)  # (file, reason) → records, first line
    _unparsed: dict[tuple[str, str, str], tuple[int, int]] = field(default_factory=dict)  # (file, table, column) → same
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, table: str, rows: Iterable[tuple[str, int]]) -> None:
        """Add rows of each file; with no table's name, rows that were not recognised."""
        counts = self.rows if table else self.unrecognised
        with self._lock:
            for file, number in rows:
                counts[file, table] = counts.get((file, table), 0) + number

    def lose(self, file: str, reason: str, records: int, line: int) -> None:
        """Note records that could not be read, the first of them on that line."""
        with self._lock:
            _add(self._lost, (file, reason), records, line)

    def unparsed(self, file: str, table: str, column: str, values: int, line: int) -> None:
        """Note values that a column could not hold, the first of them in the record of that number."""
        with self._lock:
            _add(self._unparsed, (file, table, column), values, line)

    @property
    def losses(self) -> list[Loss]:
        """What was noted, each kind once for a file, whatever the batches that it came in."""
        lost = [Loss(file, why, f"line {line}", count) for (file, why), (count, line) in sorted(self._lost.items())]
        kept = "are not what the column holds; kept in _Unparsed"
        return lost + [
            Loss(file, f"{count} values of {table}.{column} {kept}", f"record {line}", 0, "values")
            for (file, table, column), (count, line) in sorted(self._unparsed.items())
        ]


K = TypeVar("K")


def _add(noted: dict[K, tuple[int, int]], key: K, count: int, line: int) -> None:
    before, first = noted.get(key, (0, line))
    noted[key] = before + count, min(first, line)
