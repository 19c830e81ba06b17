"""The timeline as a static SVG, in the light theme: the same bars, dots and words as in the page before any zoom."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING

from huntbook.plots._text import escape
from huntbook.plots._theme import FONT, LIGHT
from huntbook.plots._timeline.axis import DAY, bar_width, duration, label, ticks
from huntbook.plots._timeline.layout import AXIS, GAP, LEGEND, RIGHT, STRIP
from huntbook.plots._timeline.times import written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from huntbook.plots._timeline.chart import Chart, Series
    from huntbook.plots._timeline.layout import Row

WIDTH = 1200
_TOP = 64
_MARGIN = 16
_LINE = 17
_LETTERS = 175  # of a note, in a line


@dataclass(frozen=True)
class Bars:
    """The events of a view, counted: for each lane the total of each bar, for each series its part."""

    step: int
    lanes: dict[int, Counter[int]]
    parts: list[tuple[Series, Counter[int]]]

    @property
    def highest(self) -> int:
        """The largest number of events in one bar of one lane."""
        return max((max(lane.values()) for lane in self.lanes.values() if lane), default=0)


def draw(chart: Chart) -> str:
    """Draw the chart as an SVG document, `WIDTH` pixels wide."""
    bars = _bars(chart)
    notes = [line for note in (_scale(bars), *chart.notes) for line in wrap(note, _LETTERS)]
    legend = list(_legend(chart))
    height = _top(chart) + chart.layout.canvas + 14 + _LINE * len(notes) + _MARGIN
    size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{escape(FONT)}" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="{LIGHT["bg"]}"/>',
        _text(_MARGIN, 28, chart.title, size=16, weight=600, most=140),
        _text(_MARGIN, 48, _view(chart), shade="muted", most=140),
        *legend,
        f'<g transform="translate({_MARGIN},{_top(chart)})">',
        *_rows(chart),
        *_axis(chart),
        *_lanes(chart, bars),
        *_marks(chart),
        *_strip(chart, bars),
        "</g>",
        *(
            _text(
                _MARGIN,
                _top(chart) + chart.layout.canvas + 14 + _LINE * (place + 1),
                note,
                shade="muted",
                most=_LETTERS,
            )
            for place, note in enumerate(notes)
        ),
        "</svg>",
    ]
    return "\n".join(parts)


def _top(chart: Chart) -> int:
    return _TOP + (LEGEND if chart.layout.legend else 0)


def _bars(chart: Chart) -> Bars:
    step = bar_width(chart.home[1] - chart.home[0], _right() - chart.layout.gutter, chart.width)
    lanes: dict[int, Counter[int]] = {}
    parts = []
    for series in chart.series:
        counts = Counter(point // step for point in series.points if chart.home[0] <= point <= chart.home[1])
        for number, count in zip(series.bins, series.counts, strict=True):
            if chart.home[0] <= number * chart.width <= chart.home[1]:
                counts[number * chart.width // step] += count
        lanes.setdefault(series.lane, Counter()).update(counts)
        parts.append((series, counts))
    return Bars(step, lanes, parts)


def _right() -> int:
    return WIDTH - 2 * _MARGIN - RIGHT


def _place(chart: Chart, micros: float) -> float:
    start, end = chart.home
    return chart.layout.gutter + (micros - start) / (end - start) * (_right() - chart.layout.gutter)


def _high(count: int, highest: int, room: float) -> float:
    return 5 + (room - 5) * math.log1p(count) / math.log1p(max(highest, 9))


def _rows(chart: Chart) -> Iterator[str]:
    for row in chart.layout.rows:
        if row.lane is None:
            yield _text(2, row.top + 16, row.name, shade="muted", weight=600, most=34)
            continue
        if row.lane % 2 == 0:
            yield _box(0, row.top, WIDTH - 2 * _MARGIN, row.height, "panel")
        yield from _name(chart, row, row.lane)


def _name(chart: Chart, row: Row, lane: int) -> Iterator[str]:
    middle = row.top + row.height / 2
    if not chart.events.colours:
        yield _box(3, middle - 5, 10, 10, chart.events.shades[lane], rounded=3)
    number = f"{chart.events.lanes[lane].events:,}"
    yield _text(19 if not chart.events.colours else 3, middle + 4, row.name)
    yield _text(chart.layout.gutter - 8, middle + 4, number, shade="muted", anchor="end", size=11)


def _axis(chart: Chart) -> Iterator[str]:
    bottom = chart.layout.bottom
    if chart.empty:
        yield _text((chart.layout.gutter + _right()) / 2, bottom / 2 + 4, "No events", shade="muted", anchor="middle")
        return
    found, step = ticks(*chart.home, most=9)
    for at in found:
        x = round(_place(chart, at)) + 0.5
        yield f'<path d="M{x} 0V{bottom + 4}" stroke="{LIGHT["grid"]}"/>'
        yield _text(x, bottom + 16, label(at, step), anchor="middle", size=11)
    yield f'<path d="M{chart.layout.gutter} {bottom + 0.5}H{_right()}" stroke="{LIGHT["line"]}"/>'
    if step >= DAY:
        return
    days = [day * DAY for day in range(chart.home[0] // DAY + 1, chart.home[1] // DAY + 1)]
    free = chart.layout.gutter
    for at, x in [(chart.home[0], float(chart.layout.gutter)), *((day, _place(chart, day)) for day in days)]:
        if free <= x <= _right() - 70:
            yield _text(x, bottom + 32, written(at)[:10], shade="muted", size=11)
            free = int(x) + 90


def _lanes(chart: Chart, bars: Bars) -> Iterator[str]:
    rows = {row.lane: row for row in chart.layout.rows if row.lane is not None}
    stacked: Counter[tuple[int, int]] = Counter()
    for series, counts in bars.parts:
        row, totals = rows[series.lane], bars.lanes[series.lane]
        floor, room = row.top + row.height - 3, max(row.height - 8, 5)
        wide = bars.step / (chart.home[1] - chart.home[0]) * (_right() - chart.layout.gutter)
        path = []
        for bar, count in counts.items():
            if totals[bar] > 1 or not series.points:
                high = _high(totals[bar], bars.highest, room) * count / totals[bar]
                top = floor - stacked[series.lane, bar] - high
                x, thick = _clipped(chart, _place(chart, bar * bars.step), max(wide - (wide > 4), 1.5))
                path.append(f"M{x:.1f} {top:.1f}h{thick:.1f}v{high:.1f}h-{thick:.1f}z")
                stacked[series.lane, bar] += high  # type: ignore[assignment]
        if path:
            yield f'<path d="{"".join(path)}" fill="{LIGHT[series.shade]}"/>'
        yield from _dots(chart, series, (floor, min(max(row.height / 12, 3.2), 5)), (totals, bars.step))


def _clipped(chart: Chart, x: float, wide: float) -> tuple[float, float]:
    left, right = max(x, chart.layout.gutter), min(x + wide, _right())
    return left, max(right - left, 1)


def _dots(chart: Chart, series: Series, place: tuple[float, float], counted: tuple[Counter[int], int]) -> Iterator[str]:
    (floor, radius), (totals, step) = place, counted
    for point in series.points:
        if totals[point // step] == 1:
            x = _place(chart, point)
            yield f'<circle cx="{x:.1f}" cy="{floor - radius:.1f}" r="{radius:.1f}" fill="{LIGHT[series.shade]}"/>'


def _marks(chart: Chart) -> Iterator[str]:
    seen = [mark for mark in chart.marks if chart.home[0] <= mark.micros <= chart.home[1]]
    for mark in seen:
        x = round(_place(chart, mark.micros)) + 0.5
        yield f'<path d="M{x} 4V{chart.layout.bottom}" stroke="{LIGHT["mark"]}" stroke-dasharray="4 3"/>'
    free = float(chart.layout.gutter)
    for mark in seen:
        x, text = _place(chart, mark.micros), mark.label[:36]
        wide = 6.2 * len(text)
        start = x - 5 - wide if x + 5 + wide > _right() else x + 5
        if text and start >= free:
            yield _box(start - 2, 2, wide + 4, 16, "bg")
            yield _text(start, 14, text, shade="mark", size=11)
            free = start + wide + 10


def _strip(chart: Chart, bars: Bars) -> Iterator[str]:
    top = chart.layout.bottom + AXIS + GAP
    yield _box(chart.layout.gutter, top, _right() - chart.layout.gutter, STRIP, "panel")
    together: Counter[int] = Counter()
    for lane in bars.lanes.values():
        together.update(lane)
    highest = max(together.values(), default=0)
    wide = max(bars.step / (chart.home[1] - chart.home[0]) * (_right() - chart.layout.gutter), 1.5)
    path = []
    for bar, count in together.items():
        high = _high(count, highest, STRIP - 8)
        x, thick = _clipped(chart, _place(chart, bar * bars.step), wide)
        path.append(f"M{x:.1f} {top + STRIP - 2 - high:.1f}h{thick:.1f}v{high:.1f}h-{thick:.1f}z")
    yield f'<path d="{"".join(path)}" fill="{LIGHT["muted"]}"/>' if path else ""
    for mark in chart.marks:
        if chart.home[0] <= mark.micros <= chart.home[1]:
            yield _box(_place(chart, mark.micros) - 0.75, top, 1.5, STRIP, "mark")


def _legend(chart: Chart) -> Iterator[str]:
    x = float(_MARGIN)
    for entry in chart.events.colours:
        name = entry.name if len(entry.name) <= 28 else f"{entry.name[:27]}…"
        yield _box(x, 59, 10, 10, entry.shade, rounded=3)
        yield _text(x + 15, 68, name)
        x += 32 + 6.6 * len(name)


def _view(chart: Chart) -> str:
    start, end = chart.home
    if chart.empty:
        return "No events"
    return f"{written(start)} to {written(end)} UTC · {duration(end - start)} · {chart.drawn:,} events"


def _scale(bars: Bars) -> str:
    return f"Bar: events in {duration(bars.step)}, logarithmic, the highest {bars.highest:,}. Dot: one event."


def _box(x: float, y: float, *size_and_shade: float | str, rounded: int = 0) -> str:
    wide, high, shade = size_and_shade
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide}" height="{high}" rx="{rounded}" fill="{LIGHT[str(shade)]}"/>'


def _text(
    x: float,
    y: float,
    text: str,
    *,
    shade: str = "ink",
    size: int = 12,
    weight: int = 400,
    anchor: str = "start",
    most: int = 60,
) -> str:
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{LIGHT[shade]}" font-size="{size}" font-weight="{weight}"'
        f' text-anchor="{anchor}">{escape(short)}</text>'
    )
