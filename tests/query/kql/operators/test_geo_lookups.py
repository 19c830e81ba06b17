"""`geo_polygon_lookup` and `geo_line_lookup`: the documentation's examples, and what they do not take."""

from __future__ import annotations

import pytest
from tests.query.kql.operators._answers import answer, rows

from huntbook.errors import KqlError

PLACES = """let polygons = datatable(name:string, polygon:dynamic)[
    "New York", dynamic({"type":"Polygon", "coordinates":[[[-73.97375470114766,40.74300078124614],[-73.98653921014294,40.75486501361894],
        [-73.99910622331991,40.74112695466084],[-73.97375470114766,40.74300078124614]]]}),
    "Paris", dynamic({"type":"Polygon","coordinates":[[[2.57564669886321,48.769567764921334],[2.420098611499384,49.05163394896812],
        [2.1016783119165723,48.80113794475062],[2.57564669886321,48.769567764921334]]]})];
let roads = datatable(name:string, road:dynamic)[
    "5th Avenue NY", dynamic({"type":"LineString","coordinates":[[-73.97291864770574,40.76428551254824],[-73.99708638113894,40.73145135821781]]}),
    "Palace Ave", dynamic({"type":"LineString","coordinates":[[-0.18756982045002246,51.50245944666557],[-0.18908519740253382,51.50544952706903]]})];
let locations = datatable(name:string, longitude:real, latitude:real)[
    "Empire State Building", -73.98567337898565, 40.74842629977377, "Eiffel Tower", 2.294489426068907, 48.858263476169185,
    "London", -0.13245599272019604, 51.49879464208368, "Grand Central", -73.97713140725149, 40.752730320824895,
    "Kensington Palace", -0.1885272501232862, 51.504906159672316, "Nowhere", real(null), real(null)];
"""


def _found(call: str) -> dict[object, object]:
    return {row[0]: row[1] for row in rows(f"{PLACES} locations | evaluate {call} | project name, name1")}


def test_points_in_polygons() -> None:
    names = answer(PLACES + "locations | evaluate geo_polygon_lookup(polygons, longitude, latitude, polygon)")[0]
    assert names == ["name", "longitude", "latitude", "name1", "polygon"]
    inside = {"Empire State Building": "New York", "Eiffel Tower": "Paris"}
    assert _found("geo_polygon_lookup(polygons, longitude, latitude, polygon)") == inside
    near = _found("geo_polygon_lookup(polygons, longitude, latitude, polygon, radius = 1000)")
    assert near == inside | {"Grand Central": "New York"}


def test_points_near_lines_and_those_that_are_near_none() -> None:
    hundred = _found("geo_line_lookup(roads, longitude, latitude, road, 100)")
    assert hundred == {"Empire State Building": "5th Avenue NY", "Kensington Palace": "Palace Ave"}
    every = _found("geo_line_lookup(roads, longitude, latitude, road, 350, return_unmatched = true)")
    nowhere = dict.fromkeys(("Eiffel Tower", "London", "Nowhere"), "")
    assert every == hundred | {"Grand Central": "5th Avenue NY"} | nowhere


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("geo_line_lookup(roads, longitude, latitude, road)", "radius is not given"),
        ("geo_polygon_lookup(polygons, name, latitude, polygon)", "'name' is a string"),
        ("geo_polygon_lookup(polygons, longitude, latitude, name)", "'name' is a string, not a dynamic"),
        ("geo_polygon_lookup(polygons, longitude, latitude, nothing)", "no column 'nothing'"),
        ("geo_polygon_lookup(polygons, longitude, latitude, polygon, 'a')", "metres"),
    ],
)
def test_what_they_do_not_take(call: str, why: str) -> None:
    with pytest.raises(KqlError, match=why):
        _found(call)
