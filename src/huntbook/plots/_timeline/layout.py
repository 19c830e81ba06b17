"""Where everything stands, in CSS pixels, for the page's script and for the static picture alike."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huntbook.plots._timeline.events import Lane

GUTTER = 200  # the names of the lanes
RIGHT = 14
AXIS = 40
STRIP = 40
GAP = 10
MARKS = 20
HEADING = 22
ABOVE = 74  # the title, the legend and the line with the stretch of time in view
BELOW = 66  # what there is to say


@dataclass(frozen=True)
class Row:
    """A lane (its number) or the heading of a group (lane is None), from `top` on, `height` high."""

    top: int
    height: int
    lane: int | None
    name: str


@dataclass(frozen=True)
class Layout:
    """The rows, and where the lanes end; the axis and the strip for the whole range follow below."""

    rows: list[Row]
    bottom: int

    @property
    def canvas(self) -> int:
        """The height of the drawing without text around it."""
        return self.bottom + AXIS + GAP + STRIP

    @property
    def total(self) -> int:
        """The height of everything."""
        return ABOVE + self.canvas + BELOW


def lay_out(lanes: list[Lane], *, marks: bool, height: int | None) -> Layout:
    """Give every lane its place.

    Args:
        lanes: in order, those of one group together.
        marks: whether to leave room for labels above.
        height: of everything, as far as the lanes can be made to fit (12 to 160 pixels each); None for a usual one.
    """
    top = MARKS if marks else 4
    headings = sum(bool(name) for name, _ in groupby(lanes, key=lambda lane: lane.group))
    each = _lane_height(len(lanes), top + headings * HEADING, height)
    rows: list[Row] = []
    number = 0
    for group, members in groupby(lanes, key=lambda lane: lane.group):
        if group:
            rows.append(Row(top, HEADING, None, group))
            top += HEADING
        for lane in members:
            rows.append(Row(top, each, number, lane.name))
            top += each
            number += 1
    return Layout(rows, max(top, 60))


def _lane_height(lanes: int, taken: int, height: int | None) -> int:
    if height is not None:
        free = height - ABOVE - BELOW - AXIS - GAP - STRIP - taken
        return min(max(free // max(lanes, 1), 12), 160)
    usual = ((1, 120), (3, 64), (6, 44), (12, 34), (20, 28))
    return next((each for most, each in usual if lanes <= most), 22)
