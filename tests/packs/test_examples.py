"""Every query finds what it is for, and leaves alone what only looks like it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.packs.tables import answer, case, examples

from huntbook.query.pack import Query, packs

QUERIES = {query.full_name: query for query in packs.hunting()}
HUNTING = sorted({query.pack for query in QUERIES.values()})


def _cases(kind: str) -> list[Any]:
    return [
        pytest.param(QUERIES[f"{pack}.{name}"], written, id=f"{pack}.{name}-{number}")
        for pack in HUNTING
        for name, both in examples(pack).items()
        if f"{pack}.{name}" in QUERIES
        for number, written in enumerate(both[kind])
    ]


@pytest.mark.parametrize(("query", "written"), _cases("finds"))
def test_finds(query: Query, written: Any) -> None:
    assert answer(query, case(query, written))


@pytest.mark.parametrize(("query", "written"), _cases("ignores"))
def test_ignores(query: Query, written: Any) -> None:
    assert answer(query, case(query, written)) == []


@pytest.mark.parametrize("query", packs.hunting(), ids=lambda query: query.full_name)
def test_every_query_has_examples_of_both_kinds(query: Query) -> None:
    both = examples(query.pack)[query.name]
    assert both["finds"]
    assert both["ignores"]


def test_no_example_is_left_without_its_query() -> None:
    assert {f"{pack}.{name}" for pack in HUNTING for name in examples(pack)} == set(QUERIES)
