"""Straight edges on a map made geodesics: points are added until the shortest way between neighbours stays near to the straight one.

As S2's edge tessellator does it (https://s2geometry.io): an edge is halved on the map while, at the two places where the distance of the curves is
about the greatest, the two are farther apart than a tolerance that is a little smaller than the one asked for.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from huntbook.query.kql.routines._json import NotJson, Number, quoted, read

if TYPE_CHECKING:
    from collections.abc import Iterator

CROSSES = "crosses"  # in place of an answer: an edge goes over the antimeridian
TOO_MANY = "too many"  # points
_MOST = 200_000
_RADIUS = 6_371_010.0  # of the earth, in metres
_PLACE = 0.31215691082248312  # on an edge, from either end: where the curves are farthest apart
_SCALE = (
    0.83829992569888509  # of the tolerance: what is seen at these places is at most so much of the greatest distance
)
_LEAST, _GREATEST = 0.1, 10_000.0  # tolerances, in metres

_Point = tuple[float, float]
_Vector = tuple[float, float, float]


class _TooMany(Exception):
    """Points."""


def densified(shape: str, tolerance: float) -> str | None:
    """A GeoJSON line or polygon with more points, or `CROSSES` or `TOO_MANY`; null where the tolerance is none.

    Args:
        shape: whose coordinates are known to be right.
        tolerance: how far the ways may be apart, in metres.
    """
    if not _LEAST <= tolerance <= _GREATEST:
        return None
    try:
        found = read(shape)
        left = [_MOST]
        coordinates = _written(found["coordinates"], _limit(tolerance), left)
    except (NotJson, KeyError, TypeError, ValueError, IndexError):
        return None
    except _TooMany:
        return TOO_MANY
    return CROSSES if coordinates is None else f'{{"type":{quoted(str(found["type"]))},"coordinates":{coordinates}}}'


def _written(coordinates: Any, limit: float, left: list[int]) -> str | None:
    """Lines of points, in whatever depth of lists."""
    if isinstance(coordinates[0][0], Number):
        return _line(coordinates, limit, left)
    parts = [_written(each, limit, left) for each in coordinates]
    return None if None in parts else "[" + ",".join(part or "" for part in parts) + "]"


def _line(points: list[list[Any]], limit: float, left: list[int]) -> str | None:
    written = [_text(points[0])]
    for here, there in pairwise(points):
        begin, end = _place(here), _place(there)
        if abs(begin[0] - end[0]) > 180:
            return None
        for point in _between(begin, end, limit):
            written.append(f"[{point[0]!r},{point[1]!r}]")
            left[0] -= 1
            if left[0] < 0:
                raise _TooMany
        written.append(_text(there))
    return "[" + ",".join(written) + "]"


def _place(point: list[Any]) -> _Point:
    """A point's degrees.

    Raises:
        ValueError: they are none; engines may ask even where they know so.
    """
    longitude, latitude = float(point[0]), float(point[1])
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise ValueError
    return longitude, latitude


def _text(point: list[Any]) -> str:
    """A point that was there before, as it is written."""
    return f"[{point[0]},{point[1]}]"


def _between(begin: _Point, end: _Point, limit: float) -> Iterator[_Point]:
    """The points between two, in order."""
    waiting = [(begin, end)]
    while waiting:
        here, there = waiting.pop()
        if _apart(here, there) > limit:
            middle = ((here[0] + there[0]) / 2, (here[1] + there[1]) / 2)
            waiting += [(middle, there), (here, middle)]
        elif there != end or waiting:
            yield there


def _limit(tolerance: float) -> float:
    """The square of a chord as long as a distance in metres."""
    return 4 * math.sin(tolerance / _RADIUS * _SCALE / 2) ** 2


def _apart(begin: _Point, end: _Point) -> float:
    """The square of the chord between the curves, about where it is the longest."""
    a, b = _vector(begin), _vector(end)
    if _dot(a, b) < -1e-14:  # more than a quarter of the way around, the places say nothing
        return math.inf
    return max(_chord(_on_sphere(a, b, at), _vector(_on_map(begin, end, at))) for at in (_PLACE, 1 - _PLACE))


def _vector(point: _Point) -> _Vector:
    longitude, latitude = math.radians(point[0]), math.radians(point[1])
    return math.cos(latitude) * math.cos(longitude), math.cos(latitude) * math.sin(longitude), math.sin(latitude)


def _on_map(begin: _Point, end: _Point, at: float) -> _Point:
    return begin[0] + (end[0] - begin[0]) * at, begin[1] + (end[1] - begin[1]) * at


def _on_sphere(a: _Vector, b: _Vector, at: float) -> _Vector:
    angle = 2 * math.asin(min(1.0, math.sqrt(_chord(a, b)) / 2))
    if angle == 0:
        return a
    near, far = math.sin((1 - at) * angle) / math.sin(angle), math.sin(at * angle) / math.sin(angle)
    return near * a[0] + far * b[0], near * a[1] + far * b[1], near * a[2] + far * b[2]


def _dot(a: _Vector, b: _Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _chord(a: _Vector, b: _Vector) -> float:
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2
