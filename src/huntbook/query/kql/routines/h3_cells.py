"""Cells of H3, the grid of hexagons, by its own library, which is an extra: `pip install "huntbook[geo]"`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from huntbook.core.optional import require

if TYPE_CHECKING:
    from types import ModuleType

_FARTHEST = 142  # rings, as in Kusto


def cell(longitude: float, latitude: float, level: int) -> str | None:
    """The token of the cell that a point is in."""
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90 and 0 <= level <= 15):
        return None
    return str(_h3().latlng_to_cell(latitude, longitude, level))


def center(token: str) -> str | None:
    """The middle of a cell as a GeoJSON point."""
    if not _is_cell(token):
        return None
    latitude, longitude = _h3().cell_to_latlng(token)
    return json.dumps({"type": "Point", "coordinates": [longitude, latitude]})


def polygon(token: str) -> str | None:
    """A cell as a GeoJSON polygon."""
    if not _is_cell(token):
        return None
    corners = [[longitude, latitude] for latitude, longitude in _h3().cell_to_boundary(token)]
    return json.dumps({"type": "Polygon", "coordinates": [[*corners, corners[0]]]})


def neighbors(token: str) -> str | None:
    """The cells around a cell."""
    return json.dumps(_ring(token, 1)) if _is_cell(token) else None


def rings(token: str, distance: int) -> str | None:
    """The cell, the cells around it, those around them, and so on: an array for each distance."""
    if not _is_cell(token) or not 0 <= distance <= _FARTHEST:
        return None
    return json.dumps([_ring(token, each) for each in range(distance + 1)])


def _ring(token: str, distance: int) -> list[str]:
    """The cells at a distance; Kusto begins one cell later than the library."""
    found = list(map(str, _h3().grid_ring(token, distance)))
    return found[1:] + found[:1] if len(found) == 6 * distance else found


_DIGITS = frozenset("0123456789abcdefABCDEF")  # the library takes a sign as well, and fails on it


def _is_cell(token: str) -> bool:
    return 0 < len(token) <= 16 and set(token) <= _DIGITS and bool(_h3().is_valid_cell(token))


def _h3() -> ModuleType:
    return require("h3", extra="geo")
