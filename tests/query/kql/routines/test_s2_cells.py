"""Covers of S2 cells: the documentation's examples, that no point of a shape is outside of its cover, and bounds."""

from __future__ import annotations

import itertools
import json
import random

import pytest
from tests.query.kql.operators._answers import rows

from huntbook.errors import KqlError
from huntbook.query.kql.routines import s2_cells

BIG = 'dynamic({"type":"Polygon","coordinates":[[[0,0],[0,50],[100,50],[0,0]]]})'
CITY = [[-73.85, 40.857], [-74.16, 40.843], [-74.19, 40.599], [-73.83, 40.618], [-73.85, 40.857]]
HOLE = [[-74.05, 40.75], [-73.95, 40.75], [-73.95, 40.7], [-74.05, 40.7], [-74.05, 40.75]]
ANSWERS: list[tuple[str, object]] = [
    (f"array_length(geo_polygon_to_s2cells({BIG}, 5))", 286),
    (f"isnull(geo_polygon_to_s2cells({BIG}, 30))", True),
    (f"isnull(geo_polygon_to_s2cells({BIG}, 31))", True),
    (f"isnull(geo_polygon_to_s2cells({BIG}, int(null)))", True),
    ("geo_polygon_to_s2cells(dynamic(1))", None),
    ('geo_polygon_to_s2cells(dynamic({"type":"LineString","coordinates":[[0,0],[1,1]]}), 5)', None),
    ('geo_line_to_s2cells(dynamic({"type":"LineString","coordinates":[[0,900],[1,1]]}), 5)', None),
    ('geo_line_to_s2cells(dynamic({"type":"LineString","coordinates":[[1,1],[1.1,1.1]]}), 4)', ["101"]),
    (
        'geo_line_to_s2cells(dynamic({"type":"MultiLineString","coordinates":[[[1,1],[1.1,1.1]],[[91,1],[91.1,1.1]]]}), 4)',
        ["101", "301"],
    ),
    (f"array_length(geo_polygon_to_s2cells({BIG}, 0))", 2),
]


@pytest.mark.parametrize(("call", "answer"), ANSWERS, ids=[call[:70] for call, _ in ANSWERS])
def test_answer(call: str, answer: object) -> None:
    assert rows(f"print a = {call}") == [(answer,)]


@pytest.mark.parametrize("level", [8, 11, 13])
@pytest.mark.parametrize("rings", [[CITY], [CITY[::-1]], [CITY, HOLE]])
def test_no_point_of_a_polygon_is_outside_of_its_cover(level: int, rings: list[list[list[float]]]) -> None:
    shape = json.dumps({"type": "Polygon", "coordinates": rings})
    cover = set(json.loads(s2_cells.of_polygons(shape, level) or ""))
    draw = random.Random(level)  # noqa: S311 - points of a test
    cells = ", ".join(f"{draw.uniform(-74.2, -73.8)}, {draw.uniform(40.58, 40.88)}" for _ in range(300))
    query = f"""datatable(lng:real, lat:real)[{cells}] | where geo_point_in_polygon(lng, lat, dynamic({shape}))
        | distinct cell = geo_point_to_s2cell(lng, lat, {level})"""
    inside = {row[0] for row in rows(query)}
    assert inside
    assert inside <= cover


def test_every_cell_of_a_cover_touches_the_polygon() -> None:
    shape = json.dumps({"type": "Polygon", "coordinates": [CITY, HOLE]})
    cells = json.loads(s2_cells.of_polygons(shape, 12) or "")
    query = f"""print c = dynamic({json.dumps(cells)}) | mv-expand c to typeof(string)
        | where not(geo_intersects_2polygons(geo_s2cell_to_polygon(c), dynamic({shape}))) | count"""
    assert rows(query) == [(0,)]


def test_a_fine_line_has_a_fine_cover() -> None:
    line = json.dumps({"type": "LineString", "coordinates": [[1.0001, 1.0002], [1.0002, 1.0001]]})
    counts = [len(json.loads(s2_cells.of_lines(line, level) or "")) for level in (16, 20, 24, 28)]
    assert counts[0] <= 2
    assert all(later / earlier < 20 for earlier, later in itertools.pairwise(counts))


def test_a_shape_of_very_many_edges_is_an_error() -> None:
    zigzag = ",".join(f"[{at % 2 * 80 + at / 1000},{at % 2 * 60}]" for at in range(3000))
    shape = f'{{"type":"LineString","coordinates":[{zigzag}]}}'
    assert s2_cells.of_lines(shape, 9) == s2_cells.TOO_MUCH


def test_a_radius_is_refused() -> None:
    with pytest.raises(KqlError, match="cannot be run"):
        rows(f"print geo_polygon_to_s2cells({BIG}, 5, 100)")
