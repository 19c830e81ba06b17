"""Every query returns, of the rows of its examples, what its pack says, and leaves alone what only looks like it."""

from __future__ import annotations

import pytest

from huntbook.query.pack import Query, packs
from huntbook.testing.examples import Bench, run_examples

QUERIES = [query for query in packs.queries() if {"kql", "spl"} & query.texts.keys()]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.full_name)
def test_its_examples_hold(query: Query, bench: Bench) -> None:
    assert query.example
    assert run_examples(query, bench) == []


@pytest.mark.parametrize("query", packs.hunting(), ids=lambda query: query.full_name)
def test_a_hunting_query_has_cases_of_both_kinds(query: Query) -> None:
    assert any(example.finds and example.ignores for example in query.example)
