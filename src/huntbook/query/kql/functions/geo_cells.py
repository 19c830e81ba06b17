"""KQL's functions on S2 cells and, on H3 cells: of these what a cell's number alone tells, the rest by H3's own library.

S2 (http://s2geometry.io/devguide/s2cell_hierarchy): a point is projected onto one of six faces of a cube, and a face's columns and rows are
numbered along a Hilbert curve. A cell is a UBIGINT: three bits of face, two a level, a one, and zeros; its token the hexadecimal digits
without the zeros at the end. H3 (https://h3geo.org/docs/core-library/h3Indexing): a bit 0, four of mode, three reserved, four of
level, seven of base cell, and three a level for fifteen levels, 7 where there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.core.optional import require
from huntbook.query.kql.functions._base import Spelling, scalar
from huntbook.query.kql.routines import h3_cells

if TYPE_CHECKING:
    from collections.abc import Sequence


def _by_h3(routine: str, cast: str = "") -> Spelling:
    """A call of a routine that needs the library of H3; where it is not installed, the query says so before it runs."""

    def spelled(sql: Sequence[str]) -> str:
        require("h3", extra="geo")
        return f"{routine}({', '.join(sql)}){cast}"

    return spelled


SCALARS = (
    scalar(
        "geo_point_to_s2cell(longitude: real, latitude: real, level: long = 11) string",
        "kql_geo_s2_token({0}, {1}, {2})",
        nullable=True,
    ),
    scalar("geo_s2cell_to_central_point(s2cell: string) dynamic", "kql_geo_s2_center(kql_geo_s2_cell({0}))"),
    scalar("geo_s2cell_to_polygon(s2cell: string) dynamic", "kql_geo_s2_polygon(kql_geo_s2_cell({0}))"),
    scalar("geo_s2cell_neighbors(s2cell: string) dynamic", "kql_geo_s2_neighbors(kql_geo_s2_cell({0}))"),
    scalar("geo_h3cell_level(h3cell: string) int", "CAST(kql_geo_h3_level(kql_geo_h3({0})) AS INTEGER)"),
    scalar(
        "geo_h3cell_parent(h3cell: string, level: long?) string",
        "kql_geo_h3_parent(kql_geo_h3({0}), {1})",
        nullable=True,
    ),
    scalar("geo_h3cell_children(h3cell: string, level: long?) dynamic", "kql_geo_h3_children(kql_geo_h3({0}), {1})"),
    scalar(
        "geo_point_to_h3cell(longitude: real, latitude: real, level: long = 6) string",
        _by_h3("kql_h3_cell"),
        nullable=True,
    ),
    scalar("geo_h3cell_to_central_point(h3cell: string) dynamic", _by_h3("kql_h3_center", "::JSON")),
    scalar("geo_h3cell_to_polygon(h3cell: string) dynamic", _by_h3("kql_h3_polygon", "::JSON")),
    scalar("geo_h3cell_neighbors(h3cell: string) dynamic", _by_h3("kql_h3_neighbors", "::JSON")),
    scalar("geo_h3cell_rings(h3cell: string, distance: long) dynamic", _by_h3("kql_h3_rings", "::JSON")),
)

# By how the curve lies (bit 0: columns and rows swapped, bit 1: inverted): from column and row to its place, back, and how it lies next.
_PLACES = "[0, 1, 3, 2, 0, 3, 1, 2, 2, 3, 1, 0, 2, 1, 3, 0]"
_SQUARES = "[0, 1, 3, 2, 0, 2, 3, 1, 3, 2, 0, 1, 3, 1, 0, 2]"
_TURNS = "[1, 0, 0, 3]"
# A face's direction, and how the other two axes lie on it.
_FACES = (("1", "u", "v"), ("-u", "1", "v"), ("-u", "-v", "1"), ("-1", "-v", "-u"), ("v", "-1", "-u"), ("v", "u", "-1"))
_ONTO = (("y / x", "z / x"), ("-x / y", "z / y"), ("-x / z", "-y / z"))
_ONTO_NEGATIVE = (("z / x", "y / x"), ("z / y", "-x / y"), ("-y / z", "-x / z"))


def _by_face(face: str, chosen: tuple[str, ...]) -> str:
    return f"CASE {face} " + " ".join(f"WHEN {at} THEN {sql}" for at, sql in enumerate(chosen)) + " END"


def _of(vector: str, formula: str) -> str:
    return "".join(f"{vector}.{each}" if each in "xyz" else each for each in formula)


def _flat(axis: int) -> str:
    return _by_face("kql_geo_f", tuple(_of("kql_geo_v", pair[axis]) for pair in (*_ONTO, *_ONTO_NEGATIVE)))


_AROUND = ((1, 1), (-1, -1), (1, -1), (0, -1), (0, 1), (1, 0), (-1, 0), (-1, 1))  # in Kusto's order
_CORNERS = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
_PENTAGONS = "(4, 14, 24, 38, 49, 58, 63, 72, 83, 97, 107, 117)"

MACROS = {
    "kql_geo_s2_project": (  # a vector to the face and the place on it, from -1 to 1
        f"(v) AS invoke(lambda kql_geo_v: invoke(lambda kql_geo_f: {{'face': kql_geo_f, 'u': {_flat(0)}, 'v': "
        f"{_flat(1)}}}, CASE WHEN abs(kql_geo_v.x) > abs(kql_geo_v.y) AND abs(kql_geo_v.x) > abs(kql_geo_v.z) THEN "
        "CASE WHEN kql_geo_v.x < 0 THEN 3 ELSE 0 END WHEN abs(kql_geo_v.y) > abs(kql_geo_v.z) THEN CASE WHEN "
        "kql_geo_v.y < 0 THEN 4 ELSE 1 END ELSE CASE WHEN kql_geo_v.z < 0 THEN 5 ELSE 2 END END), v)"
    ),
    "kql_geo_s2_vector": (
        "(face, u, v) AS {"
        + ", ".join(
            f"'{axis}': " + _by_face("face", tuple(f"({each[at]})::DOUBLE" for each in _FACES))
            for at, axis in enumerate("xyz")
        )
        + "}"
    ),
    # So that cells are of about one size: https://s2geometry.io/devguide/s2cell_hierarchy
    "kql_geo_s2_even": "(u) AS CASE WHEN u >= 0 THEN 0.5::DOUBLE * sqrt(1 + 3 * u) ELSE 1 - 0.5::DOUBLE * sqrt(1 - 3 * u) END",
    "kql_geo_s2_uneven": "(s) AS CASE WHEN s >= 0.5 THEN (4 * s * s - 1) / 3 ELSE (1 - 4 * (1 - s) * (1 - s)) / 3 END",
    "kql_geo_s2_index": "(share, level) AS greatest(0, least((1::BIGINT << level) - 1, floor(share * (1::BIGINT << level))))::BIGINT",
    "kql_geo_s2_text": (
        "(face, i, j, level) AS rtrim(lpad(lower(to_hex(list_reduce(range(level), lambda kql_geo_s, kql_geo_at: invoke("
        "lambda kql_geo_place: {'way': xor(kql_geo_s.way, "
        f"({_TURNS})[kql_geo_place + 1]), 'id': kql_geo_s.id + kql_geo_place::UBIGINT * "
        "(1::UBIGINT << (59 - 2 * kql_geo_at)::UBIGINT)}, "
        f"({_PLACES})[1 + 4 * kql_geo_s.way + 2 * ((i >> (level - 1 - kql_geo_at)::INTEGER) & 1) + "
        "((j >> (level - 1 - kql_geo_at)::INTEGER) & 1)]), {'way': (face % 2)::INTEGER, 'id': face::UBIGINT * "
        "2305843009213693952::UBIGINT}).id + (1::UBIGINT << (60 - 2 * level)::UBIGINT))), 16, '0'), '0')"
    ),
    "kql_geo_s2_token": (
        "(lng, lat, size) AS invoke(lambda kql_geo_level: CASE WHEN kql_geo_is_point(lng, lat) AND kql_geo_level BETWEEN "
        "0 AND 30 THEN invoke(lambda kql_geo_on: kql_geo_s2_text(kql_geo_on.face, "
        "kql_geo_s2_index(kql_geo_s2_even(kql_geo_on.u), kql_geo_level), "
        "kql_geo_s2_index(kql_geo_s2_even(kql_geo_on.v), kql_geo_level), kql_geo_level), "
        "kql_geo_s2_project(kql_geo_vector(lng, lat))) END, size::INTEGER)"
    ),
    "kql_geo_s2_low": (  # how many zeros there are at the end
        "(id) AS list_min(list_filter(range(64), lambda kql_geo_bit: (id >> kql_geo_bit::UBIGINT) % 2 = 1))"
    ),
    "kql_geo_s2_cell": (
        "(token) AS CASE WHEN regexp_full_match(token, '[0-9A-Fa-f]{1,16}') THEN invoke(lambda kql_geo_id: invoke("
        "lambda kql_geo_low: CASE WHEN kql_geo_low % 2 = 0 AND kql_geo_low <= 60 AND kql_geo_id < "
        "13835058055282163712::UBIGINT THEN list_reduce(range(30 - kql_geo_low // 2), lambda kql_geo_s, kql_geo_at: "
        "invoke(lambda kql_geo_place: invoke(lambda kql_geo_square: {'face': kql_geo_s.face, 'level': kql_geo_s.level "
        "+ 1, 'way': xor(kql_geo_s.way, "
        f"({_TURNS})[kql_geo_place + 1]), 'i': kql_geo_s.i * 2 + kql_geo_square // 2, 'j': kql_geo_s.j * 2 + "
        f"kql_geo_square % 2}}, ({_SQUARES})[1 + 4 * kql_geo_s.way + kql_geo_place]), "
        "((kql_geo_id >> (59 - 2 * kql_geo_at)::UBIGINT) % 4)::INTEGER), {'face': (kql_geo_id >> 61)::BIGINT, 'level': "
        "0::BIGINT, 'way': ((kql_geo_id >> 61) % 2)::INTEGER, 'i': 0::BIGINT, 'j': 0::BIGINT}) END, "
        "kql_geo_s2_low(kql_geo_id)), ('0x' || rpad(token, 16, '0'))::UBIGINT) END"
    ),
    "kql_geo_s2_at": (
        "(cell, di, dj) AS invoke(lambda kql_geo_u, kql_geo_v: kql_geo_degrees(kql_geo_s2_vector(cell.face, kql_geo_u, "
        "kql_geo_v)), kql_geo_s2_uneven((cell.i + di) / (1::BIGINT << cell.level::INTEGER)), "
        "kql_geo_s2_uneven((cell.j + dj) / (1::BIGINT << cell.level::INTEGER)))"
    ),
    "kql_geo_s2_center": (
        "(cell) AS invoke(lambda kql_geo_c: CASE WHEN kql_geo_c IS NOT NULL THEN "
        "kql_geo_s2_at(kql_geo_c, 0.5::DOUBLE, 0.5::DOUBLE) END, cell)"
    ),
    "kql_geo_s2_polygon": (
        "(cell) AS invoke(lambda kql_geo_c: CASE WHEN kql_geo_c IS NOT NULL THEN kql_geo_json('Polygon', [["
        + ", ".join(f"kql_geo_s2_at(kql_geo_c, {i}, {j}) -> 'coordinates'" for i, j in _CORNERS)
        + "]]) END, cell)"
    ),
    # Past a face's edge the next cell is found over the flat face, drawn out a little.
    "kql_geo_s2_beside": (
        "(cell, i, j, size) AS CASE WHEN i BETWEEN 0 AND size - 1 AND j BETWEEN 0 AND size - 1 THEN "
        "kql_geo_s2_text(cell.face, i, j, cell.level) ELSE invoke(lambda kql_geo_on: kql_geo_s2_text(kql_geo_on.face, "
        "kql_geo_s2_index(0.5::DOUBLE * (kql_geo_on.u + 1), cell.level::INTEGER), "
        "kql_geo_s2_index(0.5::DOUBLE * (kql_geo_on.v + 1), cell.level::INTEGER), cell.level), kql_geo_s2_project("
        "kql_geo_s2_vector(cell.face, kql_geo_s2_within((2 * i + 1) / size - 1), kql_geo_s2_within((2 * j + 1) / size "
        "- 1)))) END"
    ),
    "kql_geo_s2_within": "(u) AS greatest(-1.0000000000000002::DOUBLE, least(1.0000000000000002::DOUBLE, u))",
    "kql_geo_s2_neighbors": (
        "(cell) AS invoke(lambda kql_geo_c, kql_geo_side: CASE WHEN kql_geo_c IS NOT NULL THEN to_json("
        f"kql_geo_s2_once(list_transform([{', '.join(f'[{i}, {j}]' for i, j in _AROUND)}], lambda kql_geo_d: invoke(lambda kql_geo_i, kql_geo_j: "
        "kql_geo_s2_beside(kql_geo_c, kql_geo_i, kql_geo_j, kql_geo_side), kql_geo_c.i + kql_geo_d[1], kql_geo_c.j + "
        "kql_geo_d[2])))) END, cell, 1::BIGINT << ((cell).level)::INTEGER)"
    ),
    # Where three faces meet, two of the eight are one.
    "kql_geo_s2_once": (
        "(tokens) AS invoke(lambda kql_geo_all: list_filter(kql_geo_all, lambda kql_geo_each, kql_geo_place: "
        "list_position(kql_geo_all, kql_geo_each) = kql_geo_place), tokens)"
    ),
    "kql_geo_h3": (
        "(token) AS CASE WHEN regexp_full_match(token, '[0-9A-Fa-f]{15}') THEN invoke(lambda kql_geo_id: CASE WHEN "
        "kql_geo_id >> 56 = 8 AND (kql_geo_id >> 45) % 128 < 122 AND len(list_filter(range(1, 16), lambda kql_geo_at: "
        "(kql_geo_h3_digit(kql_geo_id, kql_geo_at) = 7) <> (kql_geo_at > (kql_geo_id >> 52) % 16))) = 0 THEN kql_geo_id "
        "END, ('0x' || token)::BIGINT) END"
    ),
    "kql_geo_h3_digit": "(id, place) AS ((id >> (45 - 3 * (place))::INTEGER) % 8)",
    "kql_geo_h3_level": "(id) AS ((id >> 52) % 16)",
    "kql_geo_h3_text": "(id) AS lpad(lower(to_hex(id)), 15, '0')",
    "kql_geo_h3_parent": (
        "(cell, size) AS invoke(lambda kql_geo_id, kql_geo_level: CASE WHEN kql_geo_level BETWEEN 0 AND "
        "kql_geo_h3_level(kql_geo_id) - 1 THEN kql_geo_h3_text(kql_geo_id - "
        "(kql_geo_h3_level(kql_geo_id) - kql_geo_level) * 4503599627370496 | "
        "((1::BIGINT << (45 - 3 * kql_geo_level)::INTEGER) - 1)) END, cell, "
        "coalesce(size, kql_geo_h3_level(cell) - 1))"
    ),
    # Of a pentagon, which has six children, there is none in the direction 1.
    "kql_geo_h3_children": (
        "(cell, size) AS invoke(lambda kql_geo_id, kql_geo_level: CASE WHEN kql_geo_level BETWEEN "
        "kql_geo_h3_level(kql_geo_id) + 1 AND least(15, kql_geo_h3_level(kql_geo_id) + 5) THEN to_json(list_transform("
        "list_reduce(range(kql_geo_h3_level(kql_geo_id) + 1, kql_geo_level + 1), lambda kql_geo_found, kql_geo_at: "
        "flatten(list_transform(kql_geo_found, lambda kql_geo_each: list_transform(list_filter(range(7), lambda "
        "kql_geo_digit: kql_geo_digit <> 1 OR NOT kql_geo_h3_pentagon(kql_geo_each)), lambda kql_geo_digit: "
        "kql_geo_h3_child(kql_geo_each, kql_geo_at, kql_geo_digit)))), [kql_geo_id]), lambda kql_geo_each: "
        "kql_geo_h3_text(kql_geo_each))) END, cell, coalesce(size, kql_geo_h3_level(cell) + 1))"
    ),
    "kql_geo_h3_child": ("(id, place, digit) AS id + 4503599627370496 - ((7 - digit) << (45 - 3 * (place))::INTEGER)"),
    "kql_geo_h3_pentagon": (
        f"(id) AS (((id >> 45) % 128) IN {_PENTAGONS} AND len(list_filter(range(1, kql_geo_h3_level(id) + 1), lambda "
        "kql_geo_place: kql_geo_h3_digit(id, kql_geo_place) <> 0)) = 0)"
    ),
}

ROUTINES = {
    "kql_h3_cell": h3_cells.cell,
    "kql_h3_center": h3_cells.center,
    "kql_h3_polygon": h3_cells.polygon,
    "kql_h3_neighbors": h3_cells.neighbors,
    "kql_h3_rings": h3_cells.rings,
}
