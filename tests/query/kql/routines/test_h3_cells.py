"""H3 cells: the documentation's examples, what a cell's number tells against the library, and a library that is not there."""

from __future__ import annotations

import sys

import pytest
from tests.query.kql.operators._answers import rows

from huntbook.errors import NotInstalled
from huntbook.query.kql import compile_kql

RING = [
    "861f88947ffffff",
    "861f8895fffffff",
    "861f88867ffffff",
    "861f8d497ffffff",
    "861f8d4b7ffffff",
    "861f8896fffffff",
]
AROUND = [
    "862a10727ffffff",
    "862a10707ffffff",
    "862a1070fffffff",
    "862a10777ffffff",
    "862a100dfffffff",
    "862a100d7ffffff",
]
ANSWERS: list[tuple[str, object]] = [
    ("geo_point_to_h3cell(-74.04450446039874, 40.689250859314974, 6)", "862a1072fffffff"),
    ("geo_point_to_h3cell(-74.04450446039874, 40.689250859314974)", "862a1072fffffff"),
    ("geo_point_to_h3cell(300, 1, 8)", ""),
    ("geo_point_to_h3cell(1, 1, 16)", ""),
    ("geo_point_to_h3cell(1, 1, int(null))", ""),
    ("geo_point_to_h3cell(real(nan), 1)", ""),
    ("geo_h3cell_neighbors('862a1072fffffff')", AROUND),
    ("geo_h3cell_neighbors('abc')", None),
    ("geo_h3cell_neighbors('')", None),
    ("geo_h3cell_rings('861f8894fffffff', 1)", [["861f8894fffffff"], RING]),
    ("array_length(geo_h3cell_rings('861f8894fffffff', 2)[2])", 12),
    ("geo_h3cell_rings('861f8894fffffff', 2)[2][0]", "861f88967ffffff"),
    ("geo_h3cell_rings('861f8894fffffff', 150)", None),
    ("geo_h3cell_rings('861f8894fffffff', -1)", None),
    ("array_length(geo_h3cell_neighbors('85080003fffffff'))", 5),
    ("round(toreal(geo_h3cell_to_central_point('862a1072fffffff').coordinates[0]), 10)", -74.0160084798),
    ("geo_h3cell_to_central_point('@')", None),
    ("array_length(geo_h3cell_to_polygon('862a1072fffffff').coordinates[0])", 7),
    ("round(toreal(geo_h3cell_to_polygon('862a1072fffffff').coordinates[0][6][1]), 10)", 40.7353760262),
    ("geo_h3cell_to_polygon(strcat('8', repeat_a))", None),
    ("geo_h3cell_level(geo_h3cell_parent(geo_point_to_h3cell(1, 1, 10)))", 9),
    ("geo_h3cell_level(geo_h3cell_parent(geo_point_to_h3cell(1, 1, 10), 3))", 3),
]


@pytest.mark.parametrize(("call", "answer"), ANSWERS, ids=[call[:60] for call, _ in ANSWERS])
def test_answer(call: str, answer: object) -> None:
    assert rows(f"print repeat_a = 'ffff' | project a = {call}") == [(answer,)]


def test_every_level_is_known_by_its_number() -> None:
    query = "range at from 0 to 15 step 1 | project at, level = geo_h3cell_level(geo_point_to_h3cell(13.4, 52.5, at))"
    assert rows(query) == [(at, at) for at in range(16)]


def test_without_the_library_a_query_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h3", None)
    with pytest.raises(NotInstalled, match=r"huntbook\[geo\]"):
        compile_kql("print geo_h3cell_neighbors('862a1072fffffff')", {})
    assert compile_kql("print geo_h3cell_level('862a1072fffffff')", {}).sql
