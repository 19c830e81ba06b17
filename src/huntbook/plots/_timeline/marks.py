"""Reference times that the reader is to see: given as times, as pairs of time and label, or as a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, cast

from huntbook.core.frames import to_polars
from huntbook.errors import ParameterError
from huntbook.plots._text import shown
from huntbook.plots._timeline.lanes import texts
from huntbook.plots._timeline.times import instant, read_times, time_column

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from huntbook.core.frames import Table

MOST_MARKS = 200
_LABELS = ("label", "title", "name", "AlertName", "Activity", "Technique")

Moment = datetime | date | str


@dataclass(frozen=True)
class Mark:
    """A line across all lanes, at a time in microseconds since 1970."""

    micros: int
    label: str


def read_marks(marks: Table | Iterable[Moment | tuple[Moment, str]] | None) -> tuple[list[Mark], int]:
    """Read the marks, in order of time.

    Returns:
        At most `MOST_MARKS` of them, and how many there are beyond that or without a time.

    Raises:
        ParameterError: if something given is no time.
    """
    if marks is None:
        return [], 0
    found, untimed = _from_items(marks) if _are_items(marks) else _from_table(to_polars(marks))
    found.sort(key=lambda mark: mark.micros)
    return found[:MOST_MARKS], len(found[MOST_MARKS:]) + untimed


def _are_items(marks: object) -> bool:
    return isinstance(marks, list | tuple) and not (marks and isinstance(marks[0], dict))


def _from_items(marks: object) -> tuple[list[Mark], int]:
    return [_from_item(item) for item in cast("list[object]", marks)], 0


def _from_item(item: object) -> Mark:
    moment, label = item if isinstance(item, tuple) and len(item) == 2 else (item, "")
    if not isinstance(moment, str | date):
        raise ParameterError(f"A mark cannot be a {type(moment).__name__}.", hint="Give a time, or (time, label).")
    return Mark(instant(moment), shown(label, limit=120))


def _from_table(frame: pl.DataFrame) -> tuple[list[Mark], int]:
    column = time_column(frame, None)
    times = read_times(frame[column]).micros
    plain = [name for name in frame.columns if name != column and frame.schema[name] == "String"]
    named = next((name for name in _LABELS if name in frame.columns), plain[0] if plain else None)
    labels = texts(frame[named]).to_list() if named is not None else [""] * frame.height
    pairs = zip(times.to_list(), labels, strict=True)
    return [Mark(micros, shown(label, limit=120)) for micros, label in pairs if micros is not None], times.null_count()
