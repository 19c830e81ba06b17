"""The whole picture as data, ready to be drawn: by the page's script or as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from huntbook.plots._text import shown
from huntbook.plots._timeline.axis import DAY, MILLISECOND, SECOND, duration
from huntbook.plots._timeline.details import Details, pack, pick, tooltip_columns
from huntbook.plots._timeline.events import check_chosen, counted
from huntbook.plots._timeline.layout import LINE, RIGHT, Layout, lay_out
from huntbook.plots._timeline.thinning import Thinned, thin
from huntbook.plots._timeline.times import written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from huntbook.plots._timeline.events import Choice, Events
    from huntbook.plots._timeline.marks import Mark

_ABSURD = 400 * DAY


@dataclass(frozen=True)
class Series:
    """The events of one lane and one colour.

    Attributes:
        lane: the number of the lane.
        colour: the number of the legend's entry; 0 if there is no legend.
        shade: the name of the colour in the theme.
        points: times of the single events, in order, microseconds since 1970.
        details: the number of the first point's details; the others follow.
        bins: numbers of the bins with events beside those, in order.
        counts: how many events are in each of `bins`.
    """

    lane: int
    colour: int
    shade: str
    points: list[int]
    details: int
    bins: list[int]
    counts: list[int]


@dataclass(frozen=True)
class Chart:
    """Everything that is drawn. Times are microseconds since 1970, `width` is a bin's, 0 without bins."""

    title: str
    events: Events
    series: list[Series]
    width: int
    extent: tuple[int, int]
    home: tuple[int, int]
    marks: list[Mark]
    details: Details
    notes: list[str]
    layout: Layout
    colour_of: str = ""

    @property
    def drawn(self) -> int:
        """How many events are drawn, singly or counted."""
        return sum(len(series.points) + sum(series.counts) for series in self.series)

    @property
    def height(self) -> int:
        """The height of the picture in a page, in CSS pixels."""
        return self.layout.total + LINE * (len(self.notes) + bool(self.width))

    @property
    def empty(self) -> bool:
        """Whether there is nothing that has a time."""
        return self.drawn == 0 and not self.marks

    def payload(self) -> dict[str, Any]:
        """Write the picture as JSON data: what the page's script reads."""
        base = self.extent[0]
        return {
            "title": shown(self.title),
            "base": base,
            "extent": self.extent,
            "home": self.home,
            "bin": self.width,
            "empty": self.empty,
            "series": [_series(series, base) for series in self.series],
            "lanes": [{"name": lane.name, "group": lane.group, "events": lane.events} for lane in self.events.lanes],
            "colours": [{"name": entry.name, "shade": entry.shade} for entry in self.events.colours],
            "colourOf": self.colour_of,
            "shades": self.events.shades,
            "rows": [[row.top, row.height, -1 if row.lane is None else row.lane, row.name] for row in self.layout.rows],
            "size": [self.layout.gutter, RIGHT, self.layout.bottom, self.layout.head],
            "marks": [[mark.micros, mark.label] for mark in self.marks],
            "details": {"columns": self.details.columns, "rows": self.details.rows, "packed": self.details.packed},
            "notes": self.notes,
        }


@dataclass(frozen=True)
class Wish:
    """How the picture is to look; None is for the usual."""

    title: str | None = None
    tooltip: list[str] | None = None
    height: int | None = None


def chart(events: Events, marks: tuple[list[Mark], int], choice: Choice, wish: Wish) -> Chart:
    """Thin out the events and put everything in its place."""
    check_chosen(wish.tooltip or [], [table.frame for table in events.tables])
    thinned = thin(events.micros, events.codes, events.series)
    order, firsts = _rarest_first(thinned.single)
    details = pack(_tooltip_rows(events, thinned.single["row"], choice, wish.tooltip), order)
    extent = _extent(events.micros, marks[0])
    home = _home(events.micros, extent)
    return Chart(
        title=wish.title or f"Timeline of {counted(len(events.micros))}",
        events=events,
        series=_all_series(events, thinned, firsts),
        width=thinned.width,
        extent=_padded(extent),
        home=_padded(home),
        marks=marks[0],
        details=details,
        notes=_notes(events, thinned, details, marks[1], (extent, home)),
        layout=lay_out(events.lanes, marks=bool(marks[0]), legend=bool(events.colours), height=wish.height),
        colour_of=shown(choice.color, limit=60),
    )


def _rarest_first(single: pl.DataFrame) -> tuple[pl.Series, dict[int, int]]:
    """Order the single events by the size of their series, so that if room ends, it ends for the commonest.

    Returns:
        The row numbers of `single` in that order, and for each series the place of its first event.
    """
    ranked = single.with_columns(size=pl.len().over("code")).with_row_index("place")
    ranked = ranked.sort("size", "code", "place").with_row_index("details")
    firsts = ranked.group_by("code").agg(pl.col("details").min())
    return ranked["place"], dict(firsts.iter_rows())


def _tooltip_rows(events: Events, rows: pl.Series, choice: Choice, wanted: list[str] | None) -> list[pl.DataFrame]:
    """Fetch the rows of the single events from their tables.

    The lanes of a table stand together, so `rows`, which are ordered by lane, are the first table's, then the next's.
    """
    parts, before = [], 0
    for table in events.tables:
        after = before + len(table.micros)
        local = rows.filter(rows.is_between(before, after, closed="left")) - before
        columns = tooltip_columns(table.frame, wanted, besides={table.time, choice.lane or "", choice.color or ""})
        parts.append(pick(table.frame, columns, local if table.rows is None else table.rows[local]))
        before = after
    return parts


def _all_series(events: Events, thinned: Thinned, firsts: dict[int, int]) -> list[Series]:
    breadth = max(len(events.colours), 1)
    points = dict(_by_code(thinned.single, "micros"))
    bins, counts = dict(_by_code(thinned.cells, "bin")), dict(_by_code(thinned.cells, "count"))
    return [
        Series(
            lane=code // breadth,
            colour=code % breadth,
            shade=events.shade(code),
            points=points.get(code, []),
            details=firsts.get(code, 0),
            bins=bins.get(code, []),
            counts=counts.get(code, []),
        )
        for code in sorted(points.keys() | bins.keys())
    ]


def _by_code(ordered: pl.DataFrame, column: str) -> Iterator[tuple[int, list[int]]]:
    """Cut a column into the parts of each series; the frame is ordered by them."""
    before = 0
    for length, code in ordered["code"].rle().struct.unnest().rows():
        yield code, ordered[column].slice(before, length).to_list()
        before += length


def _series(series: Series, base: int) -> dict[str, Any]:
    return {
        "lane": series.lane,
        "colour": series.colour,
        "shade": series.shade,
        "points": _steps(series.points, base),
        "details": series.details,
        "bins": _steps(series.bins, 0),
        "counts": series.counts,
    }


def _steps(numbers: list[int], base: int) -> list[int]:
    """Write each number as its distance from the last: short to send."""
    return [now - last for last, now in zip([base, *numbers], numbers, strict=False)]


def _extent(micros: pl.Series, marks: list[Mark]) -> tuple[int, int]:
    times = [mark.micros for mark in marks]
    first, last = micros.min(), micros.max()
    times += [moment for moment in (first, last) if isinstance(moment, int)]
    return (min(times), max(times)) if times else (0, DAY)


def _home(micros: pl.Series, extent: tuple[int, int]) -> tuple[int, int]:
    """Choose what is seen first: everything, unless a few absurd times (1970, 2106) would squeeze all the others."""
    if extent[1] - extent[0] < _ABSURD or len(micros) < 10:
        return extent
    sample = micros.gather_every(max(len(micros) // 50_000, 1)).sort()
    cut = max(len(sample) // 200, 1)
    core = int(sample[cut]), int(sample[-1 - cut])
    reach = max((core[1] - core[0]) * 2, DAY)
    near = micros.filter(micros.is_between(core[0] - reach, core[1] + reach))
    home = _extent(near, [])
    far = len(micros) - len(near)
    return home if far <= 3 + len(micros) // 1000 and (home[1] - home[0]) * 20 < extent[1] - extent[0] else extent


def _padded(span: tuple[int, int]) -> tuple[int, int]:
    # A single moment gets a second on both sides; a burst of milliseconds is not squeezed into the middle of two.
    room = max((span[1] - span[0]) // 50, 25 * MILLISECOND) if span[1] > span[0] else SECOND
    return span[0] - room, span[1] + room


def _notes(
    events: Events,
    thinned: Thinned,
    details: Details,
    lost_marks: int,
    spans: tuple[tuple[int, int], tuple[int, int]],
) -> list[str]:
    """Say what the picture does not show, and how far it is an abbreviation."""
    total, single = len(events.micros), thinned.single.height
    notes = []
    if total == 0:
        notes.append("No events: the table is empty or has no times.")
    if thinned.width:
        notes.append(
            f"{total - single:,} of {counted(total)} are counted in bins of {duration(thinned.width)}; the other"
            f" {single:,}, in quiet lanes and stretches, are drawn one by one. To see every event of a stretch of time,"
            " draw it alone, with start= and end=."
        )
    if details.rows < single and details.columns:
        notes.append(
            f"{single - details.rows:,} of the single events have no details here: the page would grow too large."
        )
    extent, home = spans
    if home != extent:
        outside = total - int(events.micros.is_between(*home).sum())
        far = counted(outside) if outside else "Marks"
        reach = f"from {written(extent[0])} to {written(extent[1])} UTC"
        notes.append(f"{far} outside this view, {reach}: “All times” shows them.")
    if lost_marks:
        notes.append(f"{lost_marks:,} marks are not drawn: too many, or without a time.")
    return [*notes, *(line for table in events.tables for line in table.said)]
