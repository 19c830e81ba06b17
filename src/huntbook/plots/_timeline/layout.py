"""Where everything stands, in CSS pixels, for the page's script and for the static picture alike."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huntbook.plots._timeline.events import Lane

RIGHT = 14
AXIS = 40
STRIP = 40
GAP = 10
MARKS = 20
HEAD = 18  # the times once more, above the lanes
HEADING = 22
ABOVE = 60  # the title, and the line with the stretch of time in view
LEGEND = 26
BELOW = 46  # how to read it, in two lines
LINE = 19  # each note
_NARROWEST, _WIDEST = 130, 300  # of the column of names
_TALL = 440  # lanes so high that one who looks at the first does not see the axis below the last
_LETTER = 7.4  # the usual width of one, at 13 pixels


@dataclass(frozen=True)
class Row:
    """A lane (its number) or the heading of a group (lane is None), from `top` on, `height` high."""

    top: int
    height: int
    lane: int | None
    name: str


@dataclass(frozen=True)
class Layout:
    """The rows, and where the lanes end; the axis and the strip for the whole range follow below.

    `head` is the room for the times above the lanes, which high pictures have.
    """

    rows: list[Row]
    bottom: int
    gutter: int
    legend: bool
    head: int = 0

    @property
    def canvas(self) -> int:
        """The height of the drawing without text around it."""
        return self.bottom + AXIS + GAP + STRIP

    @property
    def total(self) -> int:
        """The height of everything."""
        return ABOVE + (LEGEND if self.legend else 0) + self.canvas + BELOW


def lay_out(lanes: list[Lane], *, marks: bool, legend: bool, height: int | None) -> Layout:
    """Give every lane its place.

    Args:
        lanes: in order, those of one group together.
        marks: whether to leave room for their labels above.
        legend: whether there is one.
        height: of everything, as far as the lanes can be made to fit (12 to 160 pixels each); None for a usual one.
    """
    top = MARKS if marks else 4
    headings = sum(bool(name) for name, _ in groupby(lanes, key=lambda lane: lane.group))
    taken = top + headings * HEADING + (LEGEND if legend else 0)
    each = _lane_height(len(lanes), taken, height)
    head = HEAD if each * len(lanes) + headings * HEADING > _TALL else 0
    if head and height is not None:
        each = _lane_height(len(lanes), taken + head, height)
    top += head
    gutter, letters = _gutter(lanes)
    rows: list[Row] = []
    number = 0
    for group, members in groupby(lanes, key=lambda lane: lane.group):
        if group:
            rows.append(Row(top, HEADING, None, shortened(group, letters)))
            top += HEADING
        for lane in members:
            rows.append(Row(top, each, number, shortened(lane.name, letters)))
            top += each
            number += 1
    return Layout(rows, max(top, 60), gutter, legend, head)


def shortened(name: str, most: int) -> str:
    """Take letters out of the middle of a long name: the names of one kind begin alike, and differ at the end."""
    return name if len(name) <= most else f"{name[: (most - 1) // 2]}…{name[-(most - 1 - (most - 1) // 2) :]}"


def _gutter(lanes: list[Lane]) -> tuple[int, int]:
    """Choose how wide the column of names is, and how many letters of a name fit beside the number of events."""
    longest = max((len(lane.name) for lane in lanes), default=0)
    beside = 34 + 7 * max((len(f"{lane.events:,}") for lane in lanes), default=0)
    wide = min(max(int(longest * _LETTER) + 1 + beside, _NARROWEST), _WIDEST)
    return wide, max(int((wide - beside) / _LETTER), 8)


def _lane_height(lanes: int, taken: int, height: int | None) -> int:
    if height is not None:
        free = height - ABOVE - BELOW - AXIS - GAP - STRIP - taken
        return min(max(free // max(lanes, 1), 12), 160)
    usual = ((1, 120), (3, 64), (6, 44), (12, 34), (20, 28))
    return next((each for most, each in usual if lanes <= most), 22)
