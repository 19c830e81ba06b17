"""Every search for Splunk has an example, and a fake Splunk answers it over HTTP as it is asked of any Splunk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from huntbook.query.pack import Example, Query, packs
from huntbook.query.spl import check_spl
from huntbook.testing.examples._rows import DAY, aware
from huntbook.testing.examples._splunk import answer, store_of
from huntbook.testing.splunk import FakeSplunk

SEARCHES = [query for query in packs.queries() if "spl" in query.texts]
EXAMPLES = [
    pytest.param(query, example, id=f"{query.full_name}-{number}")
    for query in SEARCHES
    for number, example in enumerate(query.examples("spl"))
]


@pytest.fixture(scope="module")
def service() -> Iterator[FakeSplunk]:
    with FakeSplunk(tables={}) as fake:
        yield fake


@pytest.mark.parametrize("query", SEARCHES, ids=lambda query: query.full_name)
def test_every_search_is_spl_and_has_an_example(query: Query) -> None:
    assert query.examples("spl")
    assert query.about.endswith((".", "?"))
    assert query.tags
    for example in query.examples("spl"):
        check_spl(query.write("spl", example.bound(query)))


def test_most_lookups_of_what_splunk_knows_too_are_written_for_both() -> None:
    both = {query.full_name for query in packs.queries() if {"kql", "spl"} <= query.texts.keys()}
    assert len(both) >= 67
    assert {"windows.processes", "linux.logons", "identity.authentications", "network.sessions", "aws.events"} <= both


@pytest.mark.parametrize(("query", "example"), EXAMPLES)
def test_is_answered_over_http(query: Query, example: Example, service: FakeSplunk) -> None:
    indexes, service.endpoints = store_of(example.rows)
    service.indexes.clear()
    service.indexes.update(indexes)
    start, end = map(aware, example.span or DAY)
    asked = getattr(getattr(service.connect().queries, query.pack), query.name)
    found = asked(**example.values, start=start, end=end, cache="off")
    assert len(found) == len(answer(query, example, example.rows)) == len(example.returns)
    assert found.origin.completeness.complete
