"""The prepared queries for Microsoft Graph are asked of its fake: every one is taken, and finds what is there to be found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from huntbook.query.kql.types import Type
from huntbook.query.pack import packs
from huntbook.query.parameters import Kind
from huntbook.query.query import Parameter, Query
from huntbook.query.template import HOLE
from huntbook.sources._graph.collections import Collection, collections
from huntbook.testing import FakeGraph

QUERIES = [query for query in packs.queries() if "odata" in query.texts]
SPAN: dict[str, Any] = {"start": "2026-03-02", "end": "2026-03-03"}
VALUES: dict[Kind, Any] = {Kind.INT: 1, Kind.BOOL: True, Kind.DATETIME: "2026-03-02T09:00:00Z", Kind.TIMESPAN: "1d"}
VALUES |= {Kind.IP: "192.0.2.7", Kind.GUID: "74be27de-1e4e-49d9-b579-fe0b331d3642"}
SAMPLES: dict[Type, Any] = {Type.BOOL: True, Type.LONG: 1, Type.DATETIME: "2026-03-02T09:00:00Z", Type.DYNAMIC: {}}


def sample(collection: Collection) -> dict[str, Any]:
    """An object with every property that is known."""
    return {name: SAMPLES.get(kind, "x") for name, kind in collection.columns.items()}


def value(parameter: Parameter) -> Any:
    one = VALUES.get(parameter.of if parameter.type is Kind.LIST else parameter.type, "x")
    return [one] if parameter.type is Kind.LIST else one


def inside(query: Query) -> str:
    """The path of what belongs to one object, as it is asked of the object `x`; empty for a collection."""
    path = HOLE.sub("'x'", query.texts["odata"].partition("?")[0].strip())
    of, bracket, behind = path.partition("(")
    known = of.removesuffix("/$count").lower() in collections()
    return path if not known or (bracket and "/" in behind) else ""


@pytest.fixture(scope="module")
def service() -> Iterator[FakeGraph]:
    objects = {each.path: [sample(each)] for each in collections().values()}
    with FakeGraph({**objects, **{path: [{"id": "x"}] for path in map(inside, QUERIES) if path}}) as fake:
        yield fake


def test_there_are_some() -> None:
    assert len(QUERIES) > 20
    assert sum(not inside(query) for query in QUERIES) > len(QUERIES) * 0.5


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.full_name)
def test_each_is_taken(query: Query, service: FakeGraph) -> None:
    values = {name: value(each) for name, each in query.parameters.items() if each.required}
    graph = service.connect()
    answer = getattr(getattr(graph.queries, query.pack), query.name)(cache="off", **values, **SPAN)
    assert answer.columns
