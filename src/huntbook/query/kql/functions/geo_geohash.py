"""KQL's functions on geohashes, whose letters cut the world into cells of longitude and latitude.

Of a cell's five bits a letter, the first is one of longitude, the next one of latitude, and so on; at most 18 letters. The algorithm is that
of https://en.wikipedia.org/wiki/Geohash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql.functions._base import scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

SCALARS = (
    scalar(
        "geo_point_to_geohash(longitude: real, latitude: real, accuracy: long = 5) string",
        "kql_geo_geohash({0}, {1}, {2})",
        nullable=True,
    ),
    scalar("geo_geohash_to_central_point(geohash: string) dynamic", "kql_geo_geohash_center({0})"),
    scalar("geo_geohash_to_polygon(geohash: string) dynamic", "kql_geo_geohash_polygon({0})"),
    scalar("geo_geohash_neighbors(geohash: string) dynamic", "kql_geo_geohash_neighbors({0})"),
)

_LETTERS = "0123456789bcdefghjkmnpqrstuvwxyz"
# How many bits of longitude and of latitude so many letters have; of more letters than there can be, those of the most.
_EAST = "least(45, (5 * {0} + 1) // 2)::INTEGER"
_NORTH = "least(45, 5 * {0} // 2)::INTEGER"


def _letter(at: str, x: str, y: str, size: str) -> str:
    """The number of the letter at that index, from the cell's column and row."""

    def spread(number: str, form: str, bits: Sequence[int]) -> str:
        after = f"({form.format(size)} - {form.format(f'({at} + 1)')})"
        part = f"({number} >> {after})"
        return " + ".join(f"(({part} >> {len(bits) - 1 - place}) & 1) * {1 << bit}" for place, bit in enumerate(bits))

    even = f"{spread(x, _EAST, (4, 2, 0))} + {spread(y, _NORTH, (3, 1))}"
    odd = f"{spread(y, _NORTH, (4, 2, 0))} + {spread(x, _EAST, (3, 1))}"
    return f"CASE WHEN {at} % 2 = 0 THEN {even} ELSE {odd} END"


def _number(form: str) -> str:
    """The cell's column, or its row, as the sum over the letters, each {i, c}."""
    letter, at = "kql_geo_geohash_each.c", "kql_geo_geohash_each.i"
    three = f"(({letter} >> 4) & 1) * 4 + (({letter} >> 2) & 1) * 2 + ({letter} & 1)"
    two = f"(({letter} >> 3) & 1) * 2 + (({letter} >> 1) & 1)"
    after = f"({form.format('length(geohash)')} - {form.format(f'({at} + 1)')})"
    bits = f"CASE WHEN {at} % 2 = {0 if form == _EAST else 1} THEN {three} ELSE {two} END"
    return f"list_sum(list_transform(letters, lambda kql_geo_geohash_each: ({bits}) << {after}))::BIGINT"


# The neighbours in Kusto's order, to the east and to the north.
_AROUND = ((-1, -1), (-1, 1), (1, -1), (0, 1), (-1, 0), (1, 1), (1, 0), (0, -1))

MACROS = {
    "kql_geo_geohash_text": (
        "(x, y, size) AS list_reduce(list_transform(range(size), lambda kql_geo_geohash_at: substring("
        f"'{_LETTERS}', 1 + ({_letter('kql_geo_geohash_at', 'x', 'y', 'size')})::BIGINT, 1)), "
        "lambda kql_geo_geohash_left, kql_geo_geohash_right: kql_geo_geohash_left || kql_geo_geohash_right)"
    ),
    "kql_geo_geohash_index": "(share, bits) AS least(floor(share * (1::BIGINT << bits)), (1::BIGINT << bits) - 1)::BIGINT",
    "kql_geo_geohash": (
        "(lng, lat, size) AS CASE WHEN kql_geo_is_point(lng, lat) AND size BETWEEN 1 AND 18 THEN "
        "kql_geo_geohash_text("
        f"kql_geo_geohash_index((lng + 180) / 360, {_EAST.format('size')}), "
        f"kql_geo_geohash_index((lat + 90) / 180, {_NORTH.format('size')}), size) END"
    ),
    "kql_geo_geohash_letters": (
        "(geohash) AS list_transform(range(length(geohash)), lambda kql_geo_geohash_i: "
        "{'i': kql_geo_geohash_i, "
        f"'c': (strpos('{_LETTERS}', substring(geohash, kql_geo_geohash_i + 1, 1)) - 1)::BIGINT}})"
    ),
    "kql_geo_geohash_numbers": (
        f"(geohash, letters) AS {{'x': {_number(_EAST)}, 'y': {_number(_NORTH)}, "
        f"'dx': 360.0::DOUBLE / (1::BIGINT << {_EAST.format('length(geohash)')}), "
        f"'dy': 180.0::DOUBLE / (1::BIGINT << {_NORTH.format('length(geohash)')})}}"
    ),
    "kql_geo_geohash_cell": (
        f"(geohash) AS CASE WHEN regexp_full_match(geohash, '[{_LETTERS}]{{1,18}}') THEN "
        "kql_geo_geohash_numbers(geohash, kql_geo_geohash_letters(geohash)) END"
    ),
    "kql_geo_geohash_center": (
        "(geohash) AS invoke(lambda kql_geo_geohash_n: CASE WHEN kql_geo_geohash_n IS NOT NULL THEN "
        "kql_geo_json('Point', [(kql_geo_geohash_n.x + 0.5::DOUBLE) * kql_geo_geohash_n.dx - 180, "
        "(kql_geo_geohash_n.y + 0.5::DOUBLE) * kql_geo_geohash_n.dy - 90]) END, kql_geo_geohash_cell(geohash))"
    ),
    "kql_geo_geohash_square": (
        "(west, south, east, north) AS kql_geo_json('Polygon', "
        "[[[west, south], [east, south], [east, north], [west, north], [west, south]]])"
    ),
    "kql_geo_geohash_polygon": (
        "(geohash) AS invoke(lambda kql_geo_geohash_n: CASE WHEN kql_geo_geohash_n IS NOT NULL THEN "
        "kql_geo_geohash_square(kql_geo_geohash_n.x * kql_geo_geohash_n.dx - 180, kql_geo_geohash_n.y * "
        "kql_geo_geohash_n.dy - 90, (kql_geo_geohash_n.x + 1) * kql_geo_geohash_n.dx - 180, "
        "(kql_geo_geohash_n.y + 1) * kql_geo_geohash_n.dy - 90) END, kql_geo_geohash_cell(geohash))"
    ),
    # East and west go round the world; beyond a pole there is no neighbour.
    "kql_geo_geohash_beside": (
        "(x, y, columns, size) AS CASE WHEN y BETWEEN 0 AND (1::BIGINT << "
        f"{_NORTH.format('size')}) - 1 THEN kql_geo_geohash_text((x + columns) % columns, y, size) END"
    ),
    "kql_geo_geohash_neighbors": (
        "(geohash) AS invoke(lambda kql_geo_geohash_n, kql_geo_geohash_columns: CASE WHEN kql_geo_geohash_n IS NOT NULL "
        "THEN to_json(list_filter(["
        + ", ".join(
            f"kql_geo_geohash_beside(kql_geo_geohash_n.x + {x}, kql_geo_geohash_n.y + {y}, kql_geo_geohash_columns, "
            "length(geohash))"
            for x, y in _AROUND
        )
        + "], lambda kql_geo_geohash_each: kql_geo_geohash_each IS NOT NULL)) END, kql_geo_geohash_cell(geohash), "
        f"1::BIGINT << {_EAST.format('length(geohash)')})"
    ),
}
