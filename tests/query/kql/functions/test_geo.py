"""The geospatial functions against the documented answers, and at the poles, the antimeridian and on edges."""

from __future__ import annotations

import json
import math
import random

import duckdb
import pytest
from tests.query.kql.functions._evaluate import ENTRIES, evaluate

EARTH = 6371010.0


def shape(kind: str, coordinates: object) -> str:
    """GeoJSON as SQL."""
    return "SQL:'" + json.dumps({"type": kind, "coordinates": coordinates}) + "'::JSON"


PARK = [
    [-73.9495, 40.7969],
    [-73.95807266235352, 40.80068603561921],
    [-73.98201942443848, 40.76825672305777],
    [-73.97317886352539, 40.76455136505513],
    [-73.9495, 40.7969],
]
ACROSS = [
    [-73.94262313842773, 40.775991804565585],
    [-73.98107528686523, 40.791849155467695],
    [-73.99600982666016, 40.77092185281977],
    [-73.96150588989258, 40.75609977566361],
    [-73.94262313842773, 40.775991804565585],
]
ROAD = [
    [-115.115385, 36.229195],
    [-115.136995, 36.200366],
    [-115.140252, 36.192470],
    [-115.143558, 36.188523],
    [-115.144076, 36.181954],
    [-115.154662, 36.174483],
    [-115.166431, 36.176388],
    [-115.183289, 36.175007],
    [-115.192612, 36.176736],
    [-115.202485, 36.173439],
    [-115.225355, 36.174365],
]
STREET = shape("LineString", [[-73.95796, 40.80042], [-73.97317, 40.764486]])
BENT = shape(
    "LineString",
    [
        [-73.95807266235352, 40.800426144169315],
        [-73.94966125488281, 40.79691751000055],
        [-73.97317886352539, 40.764486356930334],
    ],
)
TWO_LINES = shape(
    "MultiLineString",
    [
        [[-73.95798683166502, 40.800556090021466], [-73.98193359375, 40.76819171855746]],
        [[-73.94940376281738, 40.79691751000055], [-73.97317886352539, 40.76435634049001]],
    ],
)
CENTRAL_PARK = shape("Polygon", [PARK])
OVERLAPPING = shape("MultiPolygon", [[PARK], [ACROSS]])
OCTANT = shape("Polygon", [[[0, 0], [90, 0], [0, 90], [0, 0]]])
CLOCKWISE = shape("Polygon", [[[0, 0], [0, 90], [90, 0], [0, 0]]])
ROUND_THE_POLE = shape("Polygon", [[[0, -80], [120, -80], [-120, -80], [0, -80]]])
WITH_HOLE = shape(
    "Polygon",
    [[[-10, -10], [10, -10], [10, 10], [-10, 10], [-10, -10]], [[-5, -5], [-5, 5], [5, 5], [5, -5], [-5, -5]]],
)
OVER_THE_ANTIMERIDIAN = shape("Polygon", [[[170, -10], [-170, -10], [-170, 10], [170, 10], [170, -10]]])
SIDE_BY_SIDE = shape("MultiPolygon", [[[[0, 0], [1, 0], [1, 1], [0, 0]]], [[[0, 0], [1, 1], [0, 1], [0, 0]]]])
AS_ONE = shape("Polygon", [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]])
NO_POLYGONS = [
    shape("Polygon", [[[0, 0], [10, 10], [10, 10], [0, 0]]]),
    shape("Polygon", [[[0, 0], [10, 10], [10, 1], [0, 1]]]),
    shape("Polygon", [[[0, 0], [190, 10], [10, 1], [0, 0]]]),
    shape("Polygon", [[[0, 0], [1], [10, 1], [0, 0]]]),
    shape("Polygon", [[[0, 0], [None, 1], [10, 1], [0, 0]]]),
    shape("Polygon", []),
    shape("Polygon", [[]]),
    shape("LineString", [[0, 0], [1, 1]]),
    shape("Polygon", "text"),
    "SQL:'{}'::JSON",
    "SQL:'[1]'::JSON",
    "SQL:NULL::JSON",
]
NO_LINES = [shape("LineString", [[1, 1]]), shape("LineString", [[0, 0], [180, 0]]), *NO_POLYGONS[:3], *NO_POLYGONS[5:7]]

NUMBERS = [
    ("geo_distance_2points", (-122.407628, 47.578557, -118.275287, 34.019056), 1546754.35197381),
    ("geo_distance_2points", (0, 90, 77, 90), 0.0),
    ("geo_distance_2points", (0, -90, 0, 90), math.pi * EARTH),
    ("geo_distance_2points", (179.5, 0, -179.5, 0), math.radians(1) * EARTH),
    ("geo_azimuth", (5, 10, 10, -40), 3.05459939796449),
    ("geo_azimuth", (179, 0, -179, 0), math.pi / 2),
    ("geo_azimuth", (0, 0, -1, 0), math.pi * 3 / 2),
    ("geo_angle", (0, 10, 0, 5, 3, -10), 2.94493843406882),
    ("geo_line_length", (BENT,), 4922.48016992081),
    ("geo_line_length", (TWO_LINES,), 8262.24339753741),
    ("geo_polygon_area", (CENTRAL_PARK,), 3475207.28346606),
    ("geo_polygon_area", (OVERLAPPING,), 10889971.5343487),
    ("geo_polygon_area", (OCTANT,), math.pi / 2 * EARTH**2),
    ("geo_polygon_area", (CLOCKWISE,), math.pi / 2 * EARTH**2),
    ("geo_polygon_perimeter", (CENTRAL_PARK,), 9930.30149604938),
    ("geo_polygon_perimeter", (OVERLAPPING,), 15943.5384578745),
    ("geo_distance_point_to_line", (-115.199625, 36.210419, shape("LineString", ROAD)), 3797.88887253334),
    ("geo_distance_point_to_polygon", (-73.9839, 40.7705, CENTRAL_PARK), 259.940756070596),
    ("geo_distance_point_to_polygon", (0, 0, WITH_HOLE), math.radians(5) * EARTH),
    ("geo_distance_point_to_polygon", (7, 7, WITH_HOLE), 0),
    ("geo_line_locate_point", (STREET, -73.965, 40.792), 0.25560135100307552),
    ("geo_line_locate_point", (BENT, -73.95807266235352, 40.800426144169315), 0),
    ("geo_line_locate_point", (BENT, -73.97317886352539, 40.764486356930334), 1),
]
PLACES = [
    ("geo_line_centroid", (STREET,), (-73.965567057230942, 40.782453249627416)),
    ("geo_polygon_centroid", (CENTRAL_PARK,), (-73.965735689907618, 40.782550538057812)),
    ("geo_polygon_centroid", (OVERLAPPING,), (-73.968569587829577, 40.776310752555119)),
    ("geo_polygon_centroid", (ROUND_THE_POLE,), (None, -90)),
    ("geo_polygon_centroid", (OCTANT,), (45, math.degrees(math.atan(math.sqrt(0.5))))),
    ("geo_closest_point_on_polygon", (-73.9839, 40.7705, CENTRAL_PARK), (-73.981205580153926, 40.769359452843211)),
    ("geo_closest_point_on_polygon", (7, 7.5, WITH_HOLE), (7, 7.5)),
    ("geo_closest_point_on_line", (-115.199625, 36.210419, shape("LineString", ROAD)), (-115.192612, 36.176736)),
    ("geo_line_interpolate_point", (STREET, 0.25), (-73.961764043218281, 40.791436687257232)),
    ("geo_line_interpolate_point", (BENT, 0), (-73.95807266235352, 40.800426144169315)),
    ("geo_line_interpolate_point", (BENT, 1), (-73.97317886352539, 40.764486356930334)),
    ("geo_geohash_to_central_point", ("sunny",), (42.47314453125, 23.70849609375)),
    ("geo_s2cell_to_central_point", ("1234567",), (9.86830731850408, 27.468392925827604)),
]
CASES: list[tuple[str, tuple[object, ...], object]] = [
    ("geo_azimuth", (5, 10, 5, 10), None),
    ("geo_angle", (0, 10, 0, 10, 3, -10), None),
    ("geo_distance_2points", (300, 1, 1, 1), None),
    ("geo_distance_2points", (1, 91, 1, 1), None),
    ("geo_distance_2points", ("SQL:'nan'::DOUBLE", 1, 1, 1), None),
    ("geo_distance_2points", (None, 1, 1, 1), None),
    ("geo_point_in_circle", (-122.143564, 47.535677, -122.100896, 47.527351, 3500), True),
    ("geo_point_in_circle", (-122.137575, 47.630683, -122.100896, 47.527351, 3500), False),
    ("geo_point_in_circle", (200, 1, 1, 1, 1), None),
    ("geo_point_in_circle", (1, 1, 1, 1, -1), None),
    ("geo_point_in_polygon", (0, -90, ROUND_THE_POLE), True),
    ("geo_point_in_polygon", (33, -89.5, ROUND_THE_POLE), True),
    ("geo_point_in_polygon", (0, 90, ROUND_THE_POLE), False),
    ("geo_point_in_polygon", (0, -79, ROUND_THE_POLE), False),
    ("geo_point_in_polygon", (180, 0, OVER_THE_ANTIMERIDIAN), True),
    ("geo_point_in_polygon", (-180, 0, OVER_THE_ANTIMERIDIAN), True),
    ("geo_point_in_polygon", (169, 0, OVER_THE_ANTIMERIDIAN), False),
    ("geo_point_in_polygon", (0, 0, OVER_THE_ANTIMERIDIAN), False),
    ("geo_point_in_polygon", (0, 0, WITH_HOLE), False),
    ("geo_point_in_polygon", (7, 7, WITH_HOLE), True),
    ("geo_point_in_polygon", (180, 0, WITH_HOLE), False),
    ("geo_point_in_polygon", (45, 45, CLOCKWISE), True),
    ("geo_point_in_polygon", (-135, -45, CLOCKWISE), False),
    ("geo_point_in_polygon", (0, 10.05, WITH_HOLE), True),  # edges are geodesics, which go nearer to the pole
    ("geo_point_in_polygon", (200, 1, OCTANT), None),
    ("geo_point_to_geohash", (-80.195829, 25.802215, 8), "dhwfz15h"),
    ("geo_point_to_geohash", (-122.303404, 47.570482), "c23n8"),
    ("geo_point_to_geohash", (180, 90, 18), "z" * 18),
    ("geo_point_to_geohash", (-180, -90, 3), "000"),
    ("geo_point_to_geohash", (200, 1, 8), ""),
    ("geo_point_to_geohash", (1, 1, None), ""),
    ("geo_point_to_geohash", (1, 1, 19), ""),
    ("geo_geohash_to_central_point", ("a",), None),
    ("geo_geohash_to_central_point", ("",), None),
    ("geo_geohash_to_polygon", ("a",), None),
    ("geo_geohash_neighbors", ("sunny",), ["sunnt", "sunpj", "sunnx", "sunpn", "sunnv", "sunpp", "sunnz", "sunnw"]),
    ("geo_geohash_neighbors", ("zz",), ["zw", "bn", "zx", "bp", "zy"]),
    ("geo_geohash_neighbors", ("a",), None),
    ("geo_point_to_s2cell", (-80.195829, 25.802215, 8), "88d9b"),
    ("geo_point_to_s2cell", (10.1234, 53, 8), "47b1d"),
    ("geo_point_to_s2cell", (10.6842, 53, 8), "47ae3"),
    ("geo_point_to_s2cell", (300, 1, 8), ""),
    ("geo_point_to_s2cell", (1, 1, 35), ""),
    ("geo_point_to_s2cell", (1, 1, None), ""),
    ("geo_point_to_s2cell", (1, 1, 0), "1"),
    (
        "geo_s2cell_neighbors",
        ("89c259",),
        ["89c25d", "89c2f9", "89c251", "89c257", "89c25f", "89c25b", "89c2f7", "89c2f5"],
    ),
    ("geo_s2cell_neighbors", ("1",), ["5", "b", "3", "9"]),
    ("geo_s2cell_neighbors", ("a",), None),
    ("geo_s2cell_to_polygon", ("a",), None),
    ("geo_s2cell_to_central_point", ("",), None),
    ("geo_h3cell_level", ("862a1072fffffff",), 6),
    ("geo_h3cell_parent", ("862a1072fffffff",), "852a1073fffffff"),
    ("geo_h3cell_parent", ("862a1072fffffff", 1), "812a3ffffffffff"),
    ("geo_h3cell_parent", ("862a1072fffffff", 15), ""),
    ("geo_h3cell_parent", ("862a1072fffffff", 100), ""),
    ("geo_h3cell_parent", ("123",), ""),
    (
        "geo_h3cell_children",
        ("862a1072fffffff",),
        [f"872a107{each}ffffff" for each in ("28", "29", "2a", "2b", "2c", "2d", "2e")],
    ),
    ("geo_h3cell_children", ("abc",), None),
    ("geo_h3cell_children", ("862a1072fffffff", 15), None),
    (
        "geo_h3cell_children",
        ("8009fffffffffff",),
        [f"81{each}ffffffffff" for each in ("083", "08b", "08f", "093", "097", "09b")],
    ),
    ("geo_intersects_2lines", (STREET, shape("LineString", [[-73.96, 40.79], [-73.97, 40.77]])), False),
    (
        "geo_intersects_2lines",
        (
            shape("LineString", [[-73.978929, 40.785155], [-73.980903, 40.782621]]),
            shape("LineString", [[-73.985195, 40.788275], [-73.974552, 40.779761]]),
        ),
        True,
    ),
    ("geo_intersects_2lines", (STREET, shape("LineString", [[-73.985195, 40.788275]])), None),
    ("geo_intersects_2polygons", (CENTRAL_PARK, shape("Polygon", [ACROSS])), True),
    ("geo_intersects_2polygons", (WITH_HOLE, CENTRAL_PARK), False),
    ("geo_intersects_2polygons", (OCTANT, shape("Polygon", [[[40, 40], [41, 40], [40, 41], [40, 40]]])), True),
    ("geo_intersects_line_with_polygon", (BENT, CENTRAL_PARK), True),
    ("geo_intersects_line_with_polygon", (shape("LineString", [[1, 1], [2, 2]]), WITH_HOLE), False),
    ("geo_line_interpolate_point", (BENT, 1.5), None),
    ("geo_line_interpolate_point", (TWO_LINES, 0.5), None),
    ("geo_from_wkt", ("POINT (1 2)",), {"type": "Point", "coordinates": [1, 2]}),
    ("geo_from_wkt", ("multipoint ((1 1), (2  -2.5e1))",), {"type": "MultiPoint", "coordinates": [[1, 1], [2, -25]]}),
    ("geo_from_wkt", ("LINESTRING (1 2, 3 4)",), {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}),
    (
        "geo_from_wkt",
        ("POLYGON ((0 0, 2 0, 2 2, 0 0))",),
        {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 0]]]},
    ),
    ("geo_from_wkt", ("LINESTRING",), None),
    ("geo_from_wkt", ("",), None),
]
OF_POLYGONS = ("geo_polygon_area", "geo_polygon_perimeter", "geo_polygon_centroid")
OF_LINES = ("geo_line_length", "geo_line_centroid")


def read(value: object) -> object:
    return json.loads(value) if isinstance(value, str) and value[:1] in {"[", "{"} else value


@pytest.mark.parametrize(("name", "arguments", "expected"), NUMBERS)
def test_numbers(db: duckdb.DuckDBPyConnection, name: str, arguments: tuple[object, ...], expected: float) -> None:
    found = evaluate(db, name, *arguments)
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-9)


@pytest.mark.parametrize(("name", "arguments", "expected"), PLACES)
def test_places(
    db: duckdb.DuckDBPyConnection, name: str, arguments: tuple[object, ...], expected: tuple[float | None, float]
) -> None:
    found = json.loads(str(evaluate(db, name, *arguments)))
    assert found["type"] == "Point"
    longitude, latitude = expected
    assert found["coordinates"][1] == pytest.approx(latitude, abs=1e-10)
    if longitude is not None:
        assert found["coordinates"][0] == pytest.approx(longitude, abs=1e-10)


@pytest.mark.parametrize(("name", "arguments", "expected"), CASES)
def test_answers(db: duckdb.DuckDBPyConnection, name: str, arguments: tuple[object, ...], expected: object) -> None:
    assert read(evaluate(db, name, *arguments)) == expected


@pytest.mark.parametrize("polygon", NO_POLYGONS)
def test_what_is_no_polygon_is_null(db: duckdb.DuckDBPyConnection, polygon: str) -> None:
    assert [evaluate(db, name, polygon) for name in OF_POLYGONS] == [None] * len(OF_POLYGONS)
    assert evaluate(db, "geo_point_in_polygon", 1, 1, polygon) is None
    assert evaluate(db, "geo_distance_point_to_polygon", 1, 1, polygon) is None


@pytest.mark.parametrize("line", NO_LINES)
def test_what_is_no_line_is_null(db: duckdb.DuckDBPyConnection, line: str) -> None:
    assert [evaluate(db, name, line) for name in OF_LINES] == [None] * len(OF_LINES)
    assert evaluate(db, "geo_distance_point_to_line", 1, 1, line) is None


def test_polygons_side_by_side_are_one(db: duckdb.DuckDBPyConnection) -> None:
    for name in ("geo_polygon_area", "geo_polygon_perimeter"):
        assert evaluate(db, name, SIDE_BY_SIDE) == pytest.approx(evaluate(db, name, AS_ONE), rel=1e-12)


def test_an_edge_on_the_same_side_of_two_polygons_is_one(db: duckdb.DuckDBPyConnection) -> None:
    both = shape("MultiPolygon", [[[[0, 0], [1, 0], [1, 1], [0, 0]]], [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]])
    for name in ("geo_polygon_area", "geo_polygon_perimeter"):
        assert evaluate(db, name, both) == pytest.approx(evaluate(db, name, AS_ONE), rel=1e-12)


def test_a_polygon_twice_is_one(db: duckdb.DuckDBPyConnection) -> None:
    twice = shape("MultiPolygon", [[PARK], [PARK]])
    assert evaluate(db, "geo_polygon_area", twice) == evaluate(db, "geo_polygon_area", CENTRAL_PARK)


def test_a_point_on_an_edge_is_on_one_side(db: duckdb.DuckDBPyConnection) -> None:
    left = shape("Polygon", [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]])
    right = shape("Polygon", [[[1, 0], [2, 0], [2, 1], [1, 1], [1, 0]]])
    inside = [evaluate(db, "geo_point_in_polygon", 1, 0.5, each) for each in (left, right)]
    assert sorted(map(bool, inside)) == [False, True]


def test_the_spheroid_is_refused(db: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.InvalidInputException, match="use_spheroid"):
        evaluate(db, "geo_distance_2points", 1, 1, 2, 2, "SQL:true")


def test_a_cell_has_its_points(db: duckdb.DuckDBPyConnection) -> None:
    """Cells of all levels and faces have the points they are made of inside, and come out of their own middle."""
    dice = random.Random(7)  # noqa: S311 - the same points each time
    for level in (0, 1, 5, 20):
        for _ in range(2):
            place = (dice.uniform(-180, 180), math.degrees(math.asin(dice.uniform(-1, 1))))
            token = str(evaluate(db, "geo_point_to_s2cell", *place, level))
            polygon = str(evaluate(db, "geo_s2cell_to_polygon", token))
            assert evaluate(db, "geo_point_in_polygon", *place, f"SQL:'{polygon}'::JSON") is True
            middle = json.loads(str(evaluate(db, "geo_s2cell_to_central_point", token)))["coordinates"]
            assert evaluate(db, "geo_point_to_s2cell", *middle, level) == token
            around = json.loads(str(evaluate(db, "geo_s2cell_neighbors", token)))
            assert all(token in str(evaluate(db, "geo_s2cell_neighbors", each)) for each in around[:3])


def test_a_geohash_has_its_points(db: duckdb.DuckDBPyConnection) -> None:
    dice = random.Random(8)  # noqa: S311 - the same points each time
    for size in range(1, 19):
        place = (dice.uniform(-180, 180), dice.uniform(-90, 90))
        geohash = str(evaluate(db, "geo_point_to_geohash", *place, size))
        corners = json.loads(str(evaluate(db, "geo_geohash_to_polygon", geohash)))["coordinates"][0]
        for at, value in enumerate(place):
            assert min(each[at] for each in corners) <= value + 1e-12
            assert value - 1e-12 <= max(each[at] for each in corners)
        middle = json.loads(str(evaluate(db, "geo_geohash_to_central_point", geohash)))["coordinates"]
        assert evaluate(db, "geo_point_to_geohash", *middle, min(size, 16)) == geohash[:16]


def test_every_function_is_there() -> None:
    """What is not done says what to use instead."""
    found = {entry.name: entry for entry in ENTRIES if entry.name.startswith("geo_")}
    assert len(found) >= 50
    assert all(len(entry.refused) > 20 for entry in found.values() if entry.refused)
