"""Edges made geodesics: the documentation's examples, and how far the ways are apart."""

from __future__ import annotations

import json
import math
from itertools import pairwise

import duckdb
import pytest
from tests.query.kql.operators._answers import rows

from huntbook.query.kql.routines import geodesics

ROAD = "[[-73.949247,40.796860],[-73.973017,40.764323]]"
PARK = "[[[-73.958244,40.800719],[-73.949146,40.79695],[-73.973093,40.764226],[-73.982062,40.768159],[-73.958244,40.800719]]]"
SQUARE = "[[[10,10],[11,10],[11,11],[10,11],[10,10]]]"
ANSWERS: list[tuple[str, object]] = [
    (f'geo_line_densify(dynamic({{"type":"LineString","coordinates":{ROAD}}})).coordinates', json.loads(ROAD)),
    (
        'geo_line_densify(dynamic({"type":"LineString","coordinates":[[50, 50], [51, 51]]})).coordinates',
        [[50 + eighth / 8] * 2 for eighth in range(9)],
    ),
    (f'geo_polygon_densify(dynamic({{"type":"Polygon","coordinates":{PARK}}})).coordinates', json.loads(PARK)),
    (
        f'geo_polygon_densify(dynamic({{"type":"Polygon","coordinates":{SQUARE}}})).coordinates[0]',
        [
            *([10 + quarter / 4, 10] for quarter in range(5)),
            *([11 - quarter / 4, 11] for quarter in range(5)),
            [10, 10],
        ],
    ),
    ('geo_line_densify(dynamic({"type":"MultiLineString","coordinates":[[[0,0],[0,80]]]})).type', "MultiLineString"),
    ('geo_line_densify(dynamic({"type":"LineString","coordinates":[[300,1],[1,1]]}))', None),
    ('geo_line_densify(dynamic({"type":"LineString","coordinates":[[1,1],[2,2]]}), 0)', None),
    ('geo_line_densify(dynamic({"type":"LineString","coordinates":[[1,1],[2,2]]}), real(null))', None),
    (
        'geo_polygon_densify(dynamic({"type":"Polygon","coordinates":[[[10,900],[11,10],[11,11],[10,11],[10,10]]]}))',
        None,
    ),
    (f'geo_polygon_densify(dynamic({{"type":"Polygon","coordinates":{SQUARE}}}), 0)', None),
    (f'geo_polygon_densify(dynamic({{"type":"LineString","coordinates":{ROAD}}}))', None),
    ("geo_line_densify(dynamic(1))", None),
    ("geo_line_densify(dynamic(null))", None),
]


@pytest.mark.parametrize(("call", "answer"), ANSWERS, ids=[call[:70] for call, _ in ANSWERS])
def test_answer(call: str, answer: object) -> None:
    assert rows(f"print a = {call}") == [(answer,)]


def test_an_edge_over_the_antimeridian_is_an_error() -> None:
    with pytest.raises(duckdb.InvalidInputException, match="antimeridian"):
        rows('print geo_line_densify(dynamic({"type":"LineString","coordinates":[[170,1],[-170,1]]}))')


@pytest.mark.parametrize("tolerance", [0.1, 10, 10_000])
def test_the_ways_are_no_farther_apart_than_asked(tolerance: float) -> None:
    shape = '{"type":"LineString","coordinates":[[-70,40],[30,75]]}'
    points = json.loads(geodesics.densified(shape, tolerance) or "")["coordinates"]
    for here, there in pairwise(points):
        a, b = geodesics._vector(here), geodesics._vector(there)
        for step in range(1, 20):
            on_map = geodesics._vector(geodesics._on_map(here, there, step / 20))
            assert _distance_to_way(a, b, on_map) <= tolerance * 1.0001


def _distance_to_way(a: geodesics._Vector, b: geodesics._Vector, point: geodesics._Vector) -> float:
    normal = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
    return math.asin(abs(geodesics._dot(normal, point)) / math.sqrt(geodesics._dot(normal, normal))) * 6_371_010


def test_points_have_a_most() -> None:
    zigzag = ",".join(f"[{at % 2 * 80},{at % 2 * 60}]" for at in range(1000))
    assert geodesics.densified(f'{{"type":"LineString","coordinates":[{zigzag}]}}', 0.1) == geodesics.TOO_MANY
