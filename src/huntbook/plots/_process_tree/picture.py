"""The whole picture as data: the rows, what is seen first, and what has to be said about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from huntbook.plots._process_tree.opening import Opening, opening
from huntbook.plots._process_tree.payload import payload

if TYPE_CHECKING:
    from huntbook.plots._process_tree.nodes import Nodes

LINE = 24  # pixels of a row, as in the page's script
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOWEST, _HIGHEST = 4 * LINE, 25 * LINE


@dataclass(frozen=True)
class Picture:
    """Everything that is drawn, by the page's script or as SVG.

    Attributes:
        nodes: the rows.
        title: above the picture, plain text.
        extra: further columns that the details of a process show.
        notes: what the picture does not show.
        height: that the list of rows grows to at most, in pixels; None for the usual.
    """

    nodes: Nodes
    title: str
    extra: list[str]
    notes: list[str]
    height: int | None = None

    @cached_property
    def first(self) -> Opening:
        """What is seen before anyone folds or searches."""
        return opening(self.nodes)

    @cached_property
    def opened(self) -> frozenset[int]:
        """The rows whose children are seen."""
        return frozenset(self.first.open)

    @cached_property
    def marked(self) -> frozenset[int]:
        """The rows that are marked."""
        return frozenset(self.nodes.marked)

    @cached_property
    def day(self) -> str:
        """The day of all times (UTC), or nothing if there are several."""
        times = self.nodes.frame["time"].drop_nulls()
        days = {written(moment)[:10] for moment in (times.min(), times.max()) if isinstance(moment, int)}
        return days.pop() if len(days) == 1 else ""

    @property
    def lines(self) -> int:
        """How high the list of rows is at first, in pixels; it grows with what is unfolded."""
        return min(max(len(self.first.visible) * LINE, _LOWEST), self.height or _HIGHEST)

    def payload(self) -> dict[str, Any]:
        """Write the picture as JSON data: what the page's script reads."""
        about = {"title": self.title, "notes": self.notes, "height": self.height or _HIGHEST, "day": self.day}
        about |= {"fixed": self.height is not None}
        return about | payload(self.nodes, self.first, self.extra)


def written(micros: int | None) -> str:
    """Write a time as `2026-01-05 09:00:07.123` (UTC); nothing for none, or for one beyond the years 1 to 9999."""
    try:
        moment = None if micros is None else _EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        return ""
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}"


def heading(nodes: Nodes) -> str:
    """Say how much there is."""
    processes = len(nodes.depth) - sum(nodes.is_host)
    hosts = sum(nodes.is_host)
    parts = [_count(processes, "process", "processes")]
    if hosts > 1:
        parts[0] += f" on {_count(hosts, 'host')}"
    if nodes.marked:
        parts.append(f"{len(nodes.marked):,} marked")
    return f"Process tree: {', '.join(parts)}"


def notes(nodes: Nodes, not_starts: int) -> list[str]:
    """Say what is not in the picture, and what its signs mean where they occur."""
    left_out, unknown = nodes.lost
    said = []
    unseen = int(nodes.frame["inferred"].sum() or 0)
    if unseen:
        said.append(
            f"{_count(unseen, 'process', 'processes')} in italics: started unrecorded, known only from the records of"
            " their children."
        )
    if not_starts:
        said.append(f"{_count(not_starts, 'row')} of the table {'is' if not_starts == 1 else 'are'} no process start.")
    if left_out:
        said.append(
            f"{_count(left_out, 'process', 'processes')} left out, those of trees without marks first: too many for a page."
        )
    if unknown:
        said.append(f"{_count(unknown, 'mark')} of processes that are not in this picture.")
    return said


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
