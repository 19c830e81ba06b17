"""The cells of S2 that cover a line or a polygon, all of one level.

A cell covers if it has a point in common with the shape, its border included. Cells are looked at from the six faces down; those that no edge
touches are within or without as a whole. How S2 numbers its cells is described at http://s2geometry.io/devguide/s2cell_hierarchy.
"""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from huntbook.query.kql.routines._json import NotJson, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TOO_MUCH = "too much"  # in place of an answer: there are so many edges that it would take long
_MOST = 65_536  # cells, as in Kusto
_DEEPEST = 30
_LONGEST = 20_000  # edges
_MOST_WORK = 250_000  # edges that are looked at, once for each cell that they may be in
_NOISE = 4e-16  # what a determinant of differences may be by rounding alone, for each unit of their lengths
_PLACES = ((0, 1, 3, 2), (0, 3, 1, 2), (2, 3, 1, 0), (2, 1, 3, 0))  # by how the curve lies: from column and row
_TURNS = (1, 0, 0, 3)  # how it lies in each of the four places, against before
_WITHIN = (0.23, 0.27, 0.19, 0.31)  # where in a cell it is asked what is within: no corner, edge or middle of anything

_Vector = tuple[float, float, float]
_Edge = tuple[_Vector, _Vector]


class _TooMany(Exception):
    """Cells: as in Kusto there is no answer then."""


class _TooMuch(Exception):
    """Work."""


def of_lines(shape: str, level: int) -> str | None:
    """The tokens of the cells that a GeoJSON line touches, in the order of the cells' numbers; null where they are too many."""
    return _tokens(shape, level, closed=False)


def of_polygons(shape: str, level: int) -> str | None:
    """The tokens of the cells that a GeoJSON polygon has a part of, in the order of the cells' numbers; null where they are too many."""
    return _tokens(shape, level, closed=True)


def _tokens(shape: str, level: int, *, closed: bool) -> str | None:
    if not 0 <= level <= _DEEPEST:
        return None
    try:
        found: set[int] = set()
        for rings in _parts(read(shape), closed=closed):
            _Cover(rings, level, closed=closed).into(found)
    except (NotJson, KeyError, TypeError, ValueError, IndexError, AttributeError, _TooMany):
        return None
    except _TooMuch:
        return TOO_MUCH
    return json.dumps([f"{number:016x}".rstrip("0") for number in sorted(found)])


def _parts(shape: Any, *, closed: bool) -> list[list[list[_Vector]]]:
    """The polygons as rings, or the lines each as the only one."""
    coordinates = shape["coordinates"]
    several = shape["type"].startswith("Multi")
    parts = (
        (coordinates if several else [coordinates])
        if closed
        else [[line] for line in (coordinates if several else [coordinates])]
    )
    if sum(len(ring) for part in parts for ring in part) > _LONGEST:
        raise _TooMuch
    return [[[_vector(*_place(point)) for point in ring] for ring in part] for part in parts]


def _place(point: Any) -> tuple[float, float]:
    longitude, latitude = float(point[0]), float(point[1])
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise ValueError
    return longitude, latitude


@dataclass(frozen=True)
class _Cell:
    """A cell, the edges that touch it, and whether its inner point is within."""

    face: int
    column: int
    row: int
    level: int
    edges: Sequence[_Edge]
    point: _Vector
    within: bool


class _Cover:
    """The cells of one level that have a part of one polygon, or of one line."""

    def __init__(self, rings: list[list[_Vector]], level: int, *, closed: bool) -> None:
        self.edges = [(a, b) for ring in rings for a, b in itertools.pairwise(ring) if a != b]
        self.rings, self.level, self.closed, self.looked = rings, level, closed, 0

    def into(self, found: set[int]) -> None:
        """Add the cells' numbers."""
        cells = [cell for face in range(6) if (cell := self._face(face)) is not None]
        for level in range(self.level):
            # Of each there will be one at least, and all four quarters of those that are within as a whole.
            if len(found) + sum(1 if cell.edges else 4 ** (self.level - level) for cell in cells) > _MOST:
                raise _TooMany
            cells = [
                child for cell in cells for quarter in range(4) if (child := self._child(cell, quarter)) is not None
            ]
        found.update(_number(cell, self.level) for cell in cells)
        if len(found) > _MOST:
            raise _TooMany

    def _face(self, face: int) -> _Cell | None:
        corners = _corners(face, 0, 0, 0)
        point = _inner(corners)
        return self._kept(_Cell(face, 0, 0, 0, self.edges, point, self.closed and self._is_within(point)), corners)

    def _child(self, cell: _Cell, quarter: int) -> _Cell | None:
        column, row, level = cell.column * 2 + quarter // 2, cell.row * 2 + quarter % 2, cell.level + 1
        if not cell.edges:
            return _Cell(cell.face, column, row, level, (), cell.point, cell.within)
        corners = _corners(cell.face, column, row, level)
        point = _inner(corners)
        within = cell.within ^ (self.closed and _crossings(cell.point, point, cell.edges) % 2 == 1)
        return self._kept(_Cell(cell.face, column, row, level, cell.edges, point, within), corners)

    def _kept(self, cell: _Cell, corners: Sequence[_Vector]) -> _Cell | None:
        """The cell with those edges that touch it; none where nothing does and it is not within."""
        self.looked += len(cell.edges)
        if self.looked > _MOST_WORK:
            raise _TooMuch
        edges = [edge for edge in cell.edges if _touches(edge, corners)]
        if not edges and not cell.within:
            return None
        return _Cell(cell.face, cell.column, cell.row, cell.level, edges, cell.point, cell.within)

    def _is_within(self, point: _Vector) -> bool:
        """Whether a point is within, counted along the way to a point of which it is known."""
        x, y, z = (sum(edge[0][axis] for edge in self.edges) for axis in range(3))
        far = _normal((-x + 1e-7, -y + 2e-7, -z + 3e-7))
        crossed = _crossings(point, far, self.edges)
        return (crossed + sum(_is_around(far, ring) for ring in self.rings)) % 2 == 1


def _is_around(point: _Vector, ring: list[_Vector]) -> bool:
    """Whether a point is on the smaller side of a ring: then the side without it is more than half of the sphere."""
    opposite = (-point[0], -point[1], -point[2])
    area = math.fsum(_triangle(opposite, a, b) for a, b in itertools.pairwise(ring))
    return abs(area) > 2 * math.pi


def _triangle(a: _Vector, b: _Vector, c: _Vector) -> float:
    """The signed area of a triangle on the sphere."""
    return 2 * math.atan2(_dot(a, _cross(b, c)), 1 + _dot(a, b) + _dot(b, c) + _dot(c, a))


def _number(cell: _Cell, level: int) -> int:
    """A cell's number: its face, its place along the curve at each level, a one, and zeros."""
    lies, number = cell.face & 1, cell.face
    for bit in range(level - 1, -1, -1):
        place = _PLACES[lies][2 * (cell.column >> bit & 1) + (cell.row >> bit & 1)]
        number, lies = number << 2 | place, lies ^ _TURNS[place]
    return (number << 1 | 1) << 2 * (_DEEPEST - level)


def _corners(face: int, column: int, row: int, level: int) -> list[_Vector]:
    """The corners of a cell, counterclockwise."""
    size = 1 << level
    left, right, below, above = map(_flat, (column / size, (column + 1) / size, row / size, (row + 1) / size))
    return [_normal(_on_face(face, u, v)) for u, v in ((left, below), (right, below), (right, above), (left, above))]


def _flat(s: float) -> float:
    """From the place on a face whose cells are about of one size to that on the cube."""
    return (4 * s * s - 1) / 3 if s >= 0.5 else (1 - 4 * (1 - s) ** 2) / 3


def _on_face(face: int, u: float, v: float) -> _Vector:
    return ((1, u, v), (-u, 1, v), (-u, -v, 1), (-1, -v, -u), (v, -1, -u), (v, u, -1))[face]


def _inner(corners: Sequence[_Vector]) -> _Vector:
    x, y, z = (sum(share * corner[axis] for share, corner in zip(_WITHIN, corners, strict=True)) for axis in range(3))
    return _normal((x, y, z))


def _touches(edge: _Edge, corners: Sequence[_Vector]) -> bool:
    """Whether an edge has a point in a cell or on its border."""
    sides = list(zip(corners, (*corners[1:], corners[0]), strict=True))
    ends = [[_side(a, b, end) for end in edge] for a, b in sides]
    if any(max(both) < 0 for both in ends):
        return False  # all of it is on the other side
    if any(all(both[at] >= 0 for both in ends) for at in (0, 1)):
        return True
    return any(_meet(*edge, *side) for side in sides)


def _meet(a: _Vector, b: _Vector, c: _Vector, d: _Vector) -> bool:
    """Whether two edges cross, or an end of one lies on the other."""
    if _cross_each_other(a, b, c, d):
        return True
    return any(
        _side(start, end, p) == 0 and _between(start, end, p)
        for start, end, p in ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    )


def _cross_each_other(a: _Vector, b: _Vector, c: _Vector, d: _Vector) -> bool:
    """Whether two edges cross at an inner point of both: then the four ends go around in one direction."""
    turn = -_side(a, b, c)
    return turn != 0 and turn == _side(a, b, d) == -_side(c, d, b) == _side(c, d, a)


def _crossings(a: _Vector, b: _Vector, edges: Iterable[_Edge]) -> int:
    return sum(_cross_each_other(a, b, *edge) for edge in edges)


def _between(a: _Vector, b: _Vector, p: _Vector) -> bool:
    """Whether a point of the circle through two others is between them."""
    axis = _cross(a, b)
    return _dot(_cross(a, p), axis) >= -_NOISE and _dot(_cross(p, b), axis) >= -_NOISE


def _side(a: _Vector, b: _Vector, p: _Vector) -> int:
    """On which side of an edge a point is: 1 to its left, 0 on it as far as can be told."""
    u, v = (a[0] - p[0], a[1] - p[1], a[2] - p[2]), (b[0] - p[0], b[1] - p[1], b[2] - p[2])
    found = _dot(_cross(u, v), p)
    noise = _NOISE * (math.sqrt(_dot(u, u)) + math.sqrt(_dot(v, v)))
    return 0 if abs(found) <= noise else 1 if found > 0 else -1


def _vector(longitude: float, latitude: float) -> _Vector:
    x, y = math.radians(longitude), math.radians(latitude)
    return math.cos(y) * math.cos(x), math.cos(y) * math.sin(x), math.sin(y)


def _normal(a: _Vector) -> _Vector:
    length = math.sqrt(_dot(a, a))
    return a[0] / length, a[1] / length, a[2] / length


def _dot(a: _Vector, b: _Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: _Vector, b: _Vector) -> _Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
