"""What Azure Resource Graph can be asked: its tables, and its part of KQL.

Operators and limits: https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language#supported-tabulartop-level-operators
"""

from __future__ import annotations

import re

import pytest

from huntbook.query.kql import Type
from huntbook.query.kql.known_tables import known_tables
from huntbook.query.kql.resource_graph_tables import resource_graph_tables
from huntbook.query.pack import Query, packs

QUERIES = [query for query in packs.queries() if set(query.tables()) & set(resource_graph_tables())]
OPERATORS = {
    "count", "distinct", "extend", "join", "limit", "mv-expand", "order", "parse", "project", "project-away", "sort",
    "summarize", "take", "top", "union", "where",
}  # fmt: skip
AT_MOST = {"join": 3, "mv-expand": 2, "union": 3}
JOINS = {"inner", "innerunique", "leftouter", "fullouter"}
STRING = re.compile(r'@?"(?:[^"]|"")*"|@?\'(?:[^\']|\'\')*\'')


@pytest.fixture(params=QUERIES, ids=lambda query: query.full_name)
def text(request: pytest.FixtureRequest) -> str:
    query: Query = request.param
    return STRING.sub('""', query.kql)


def test_there_are_queries() -> None:
    assert len(QUERIES) >= 30


def test_a_query_keeps_to_the_operators_that_there_are(text: str) -> None:
    used = re.findall(r"\|\s*([a-z][a-z-]*)", text)
    assert set(used) <= OPERATORS
    assert all(used.count(operator) <= most for operator, most in AT_MOST.items())
    assert set(re.findall(r"kind\s*=\s*(\w+)", text)) <= JOINS
    assert not re.search(r"^\s*let\b", text, re.MULTILINE)


def test_a_list_is_not_cut_at_128(text: str) -> None:
    """Which is where `mv-expand` ends if it is not told otherwise."""
    assert text.count("mv-expand") == len(re.findall(r"mv-expand [^|]* limit 400", text))


def test_no_table_is_anybody_elses() -> None:
    assert not set(resource_graph_tables()) & set(known_tables())


def test_every_table_has_the_columns_of_a_resource() -> None:
    for columns in resource_graph_tables().values():
        assert columns["id"] is Type.STRING
        assert columns["properties"] is Type.DYNAMIC


def test_nothing_in_it_can_be_changed() -> None:
    with pytest.raises(TypeError):
        resource_graph_tables()["Resources"]["id"] = Type.LONG  # type: ignore[index]
