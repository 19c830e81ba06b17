"""The timeline as a static SVG, in the light theme: the same bars, dots and words as in the page before any zoom."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from textwrap import wrap
from typing import TYPE_CHECKING

from huntbook.plots._text import clipped, escape
from huntbook.plots._theme import FONT, LIGHT
from huntbook.plots._timeline.axis import DAY, SECOND, bar_width, duration, label, ticks
from huntbook.plots._timeline.events import counted
from huntbook.plots._timeline.layout import AXIS, GAP, LEGEND, RIGHT, STRIP
from huntbook.plots._timeline.times import written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from huntbook.plots._timeline.chart import Chart, Series
    from huntbook.plots._timeline.layout import Row

WIDTH = 1200
_MARGIN = 16
_INNER = WIDTH - 2 * _MARGIN
_TOP = 64
_LINE = 17
_LETTERS = 175  # of a note, in a line


@dataclass(frozen=True)
class View:
    """What is seen of a chart at first: its events counted into bars, and where a time stands."""

    chart: Chart

    @property
    def left(self) -> int:
        """Where time begins, in pixels."""
        return self.chart.layout.gutter

    @property
    def right(self) -> int:
        """Where it ends."""
        return _INNER - RIGHT

    @cached_property
    def step(self) -> int:
        """How much time a bar stands for, in microseconds."""
        return bar_width(self.chart.home[1] - self.chart.home[0], self.right - self.left, self.chart.width)

    @property
    def wide(self) -> float:
        """The width of a bar in pixels."""
        return self.step / (self.chart.home[1] - self.chart.home[0]) * (self.right - self.left)

    def place(self, micros: float) -> float:
        """Find where a time stands."""
        start, end = self.chart.home
        return self.left + (micros - start) / (end - start) * (self.right - self.left)

    def sees(self, micros: int) -> bool:
        """Say whether a time is in view."""
        return self.chart.home[0] <= micros <= self.chart.home[1]

    @cached_property
    def parts(self) -> list[tuple[Series, Counter[int]]]:
        """Each series with the number of its events in each bar."""
        return [(series, self._counted(series)) for series in self.chart.series]

    @cached_property
    def lanes(self) -> dict[int, Counter[int]]:
        """The number of events in each bar of each lane."""
        lanes: dict[int, Counter[int]] = {}
        for series, counts in self.parts:
            lanes.setdefault(series.lane, Counter()).update(counts)
        return lanes

    @cached_property
    def highest(self) -> int:
        """The largest number of events in one bar of one lane."""
        return max((max(lane.values()) for lane in self.lanes.values() if lane), default=0)

    def _counted(self, series: Series) -> Counter[int]:
        counts = Counter(point // self.step for point in series.points if self.sees(point))
        for number, count in zip(series.bins, series.counts, strict=True):
            if self.sees(number * self.chart.width):
                counts[number * self.chart.width // self.step] += count
        return counts

    def bar(self, number: int, below: float, high: float) -> str:
        """Draw one bar as part of a path, its lower edge at `below`."""
        at = self.place(number * self.step)
        x, end = max(at, self.left), min(at + max(self.wide - (self.wide > 4), 1.5), self.right)
        thick = max(end - x, 1)
        return f"M{x:.1f} {below - high:.1f}h{thick:.1f}v{high:.1f}h-{thick:.1f}z"


def draw(chart: Chart) -> str:
    """Draw the chart as an SVG document, `WIDTH` pixels wide."""
    view = View(chart)
    top = _TOP + (LEGEND if chart.layout.legend else 0)
    notes = [line for note in (_scale(view), *chart.notes) for line in wrap(note, _LETTERS)]
    below = top + chart.layout.canvas + 14
    height = below + _LINE * len(notes) + _MARGIN
    size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{escape(FONT)}" font-size="12">',
        _box(0, 0, (WIDTH, height), "bg"),
        _text(_MARGIN, 28, chart.title, size=16, bold=True, most=140),
        _text(_MARGIN, 48, _view(chart), shade="muted", most=140),
        *_legend(chart),
        f'<g transform="translate({_MARGIN},{top})">',
        *_rows(chart),
        *(_axis(view) if not chart.empty else _nothing(view)),
        *_lanes(view),
        *_marks(view),
        *(_strip(view) if not chart.empty else ()),
        "</g>",
        *(_text(_MARGIN, below + _LINE * (1 + n), note, shade="muted", most=_LETTERS) for n, note in enumerate(notes)),
        "</svg>",
    ]
    return "\n".join(parts)


def _rows(chart: Chart) -> Iterator[str]:
    for row in chart.layout.rows:
        if row.lane is None:
            yield _text(2, row.top + 16, row.name, shade="muted", bold=True)
            continue
        if row.lane % 2 == 0:
            yield _box(0, row.top, (_INNER, row.height), "panel")
        yield from _name(chart, row, row.lane)


def _name(chart: Chart, row: Row, lane: int) -> Iterator[str]:
    middle = row.top + row.height / 2
    swatch = not chart.events.colours and len(set(chart.events.shades)) > 1
    if swatch:
        yield _box(3, middle - 5, (10, 10), chart.events.shades[lane])
    x = 19 if swatch else 3
    name = _text(x, middle + 4, row.name)
    yield name if row.name.isascii() else clipped(name, (x, middle + 4), chart.layout.gutter - x - 44)
    number = f"{chart.events.lanes[lane].events:,}"
    yield _text(chart.layout.gutter - 8, middle + 4, number, shade="muted", anchor="end", size=11)


def _nothing(view: View) -> Iterator[str]:
    middle = (view.left + view.right) / 2
    yield _text(middle, view.chart.layout.bottom / 2 + 4, "No events", shade="muted", anchor="middle")


def _axis(view: View) -> Iterator[str]:
    bottom, head = view.chart.layout.bottom, view.chart.layout.head
    found, step = ticks(*view.chart.home, most=9)
    half = 3.3 * max((len(label(at, step)) for at in found), default=0)
    for at in found:
        x = round(view.place(at)) + 0.5
        yield f'<path d="M{x} {head}V{bottom + 4}" stroke="{LIGHT["grid"]}"/>'
        for y in (12, bottom + 16) if head else (bottom + 16,):
            yield _text(min(x, view.right + RIGHT - half), y, label(at, step), anchor="middle", size=11)
    yield f'<path d="M{view.left} {bottom + 0.5}H{view.right}" stroke="{LIGHT["line"]}"/>'
    if step < DAY:
        yield from _dates(view, bottom + 32)


def _dates(view: View, y: int) -> Iterator[str]:
    """Write the date at the left, and again wherever a new day begins."""
    start, end = view.chart.home
    days = [start, *(day * DAY for day in range(start // DAY + 1, end // DAY + 1))]
    # The rest of a day that ends before its date is written would have the next day's hours above it.
    if len(days) > 1 and view.place(days[1]) < min(view.left + 90, view.right - 70):
        del days[0]
    free = float(view.left)
    for at in days:
        x = view.place(at)
        if free <= x <= view.right - 70:
            yield _text(x, y, written(at)[:10], shade="muted", size=11)
            free = x + 90


def _lanes(view: View) -> Iterator[str]:
    rows = {row.lane: row for row in view.chart.layout.rows if row.lane is not None}
    done: dict[tuple[int, int], float] = {}
    for series, counts in view.parts:
        path = list(_stack(view, (series, counts), rows[series.lane], done))
        if path:
            yield f'<path d="{"".join(path)}" fill="{LIGHT[series.shade]}"/>'
        yield from _dots(view, series, rows[series.lane])


def _stack(
    view: View, part: tuple[Series, Counter[int]], row: Row, done: dict[tuple[int, int], float]
) -> Iterator[str]:
    """Put the bars of a series on those of the colours before it (`done`), but for bars that are a single dot."""
    series, counts = part
    totals = view.lanes[series.lane]
    dots = {point // view.step for point in series.points}
    for bar, count in counts.items():
        if totals[bar] == 1 and bar in dots:
            continue
        high = _high(totals[bar], view.highest, max(row.height - 8, 5)) * count / totals[bar]
        before = done.get((series.lane, bar), 0.0)
        done[series.lane, bar] = before + high
        yield view.bar(bar, row.top + row.height - 3 - before, high)


def _dots(view: View, series: Series, row: Row) -> Iterator[str]:
    radius = min(max(row.height / 12, 3.2), 5)
    y = row.top + row.height - 3 - radius
    for point in series.points:
        if view.lanes[series.lane][point // view.step] == 1:
            x = view.place(point)
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{LIGHT[series.shade]}"/>'


def _high(count: int, highest: int, room: float) -> float:
    return 5 + (room - 5) * math.log1p(count) / math.log1p(max(highest, 9))


def _marks(view: View) -> Iterator[str]:
    """Draw the lines of all marks, then as many labels as there is room for."""
    seen, head = [mark for mark in view.chart.marks if view.sees(mark.micros)], view.chart.layout.head
    for mark in seen:
        x = round(view.place(mark.micros)) + 0.5
        yield f'<path d="M{x} {head + 4}V{view.chart.layout.bottom}" stroke="{LIGHT["mark"]}" stroke-dasharray="4 3"/>'
    free = float(view.left)
    for mark in seen:
        x, text = view.place(mark.micros), mark.label[:36]
        wide = 6.2 * len(text)
        start = x - 5 - wide if x + 5 + wide > view.right else x + 5
        if text and start >= free:
            yield _box(start - 2, head + 2, (wide + 4, 16), "bg")
            yield _text(start, head + 14, text, shade="mark", size=11)
            free = start + wide + 10


def _strip(view: View) -> Iterator[str]:
    top = view.chart.layout.bottom + AXIS + GAP
    yield _box(view.left, top, (view.right - view.left, STRIP), "panel")
    together: Counter[int] = Counter()
    for lane in view.lanes.values():
        together.update(lane)
    highest = max(together.values(), default=0)
    bars = [view.bar(bar, top + STRIP - 2, _high(count, highest, STRIP - 8)) for bar, count in together.items()]
    yield f'<path d="{"".join(bars)}" fill="{LIGHT["muted"]}"/>' if bars else ""
    for mark in view.chart.marks:
        if view.sees(mark.micros):
            yield _box(view.place(mark.micros) - 0.75, top, (1.5, STRIP), "mark")


def _legend(chart: Chart) -> Iterator[str]:
    x = float(_MARGIN)
    for entry in chart.events.colours:
        name = entry.name if len(entry.name) <= 28 else f"{entry.name[:27]}…"
        yield _box(x, 59, (10, 10), entry.shade)
        yield _text(x + 15, 68, name)
        x += 32 + 6.6 * len(name)


def _view(chart: Chart) -> str:
    start, end = chart.home
    if chart.empty:
        return "No events"
    parts = "milliseconds" if end - start < 10 * SECOND else "seconds"
    said = f"{written(start, parts=parts)} to {written(end, parts=parts)} UTC"
    return f"{said} · {duration(end - start)} · {counted(chart.drawn)}"


def _scale(view: View) -> str:
    return f"Bar: events in {duration(view.step)}, logarithmic, the highest {view.highest:,}. Dot: one event."


def _box(x: float, y: float, size: tuple[float, float], shade: str) -> str:
    rounded = 3 if size == (10, 10) else 0  # the swatches
    place = f'x="{x:.1f}" y="{y:.1f}" width="{size[0]:.1f}" height="{size[1]:.1f}"'
    return f'<rect {place} rx="{rounded}" fill="{LIGHT[shade]}"/>'


def _text(
    x: float,
    y: float,
    text: str,
    *,
    shade: str = "ink",
    size: int = 12,
    bold: bool = False,
    anchor: str = "start",
    most: int = 60,
) -> str:
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    weight = ' font-weight="600"' if bold else ""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} fill="{LIGHT[shade]}" font-size="{size}"{weight}>{escape(short)}</text>'
