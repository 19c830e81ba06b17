"""A lookup that is written for Sentinel and for Splunk gives one table: the same names, in the same order, of types that go together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Final

import pytest

from huntbook.query.kql import Catalogue, Type, compile_kql
from huntbook.query.kql.types import NUMBERS
from huntbook.query.pack import Query, packs
from huntbook.query.spl import parse_spl, tree
from huntbook.sources._splunk.text import numbers, times
from huntbook.sources.local import stored_functions
from huntbook.testing.examples._run import tables_of, text_of
from huntbook.testing.examples._tables import columns_of

BOTH = [query for query in packs.queries() if {"kql", "spl"} <= query.texts.keys()]
SPLUNKS_OWN: Final = ("_raw", "sourcetype", "source", "index")  # what no table of Sentinel has; it stands last
SEVERAL: Final = ("list", "values")  # functions that give several values where there are several


@pytest.mark.parametrize("query", BOTH, ids=lambda query: query.full_name)
def test_both_answers_have_the_same_columns(query: Query) -> None:
    shown, kinds = _shown(_search(query)), _kinds(query)
    named = list(takewhile(lambda name: name not in SPLUNKS_OWN, shown))
    assert set(shown) - set(named) <= set(SPLUNKS_OWN)
    assert [name for name in named if name not in kinds] == []
    assert named == sorted(named, key=list(kinds).index)
    assert named[:1] == [name for name, kind in kinds.items() if kind is Type.DATETIME][:1]


@pytest.mark.parametrize("query", BOTH, ids=lambda query: query.full_name)
def test_their_types_go_together(query: Query) -> None:
    search, kinds = _search(query), _kinds(query)
    named = [name for name in _shown(search) if name in kinds]
    assert {name for name in named if kinds[name] is Type.DATETIME} == times(search) & set(named)
    assert {name for name in named if kinds[name] in NUMBERS} == numbers(search) & set(named)
    several = {name for name in _several(search) if name in named}
    assert {name for name in several if kinds[name] is not Type.DYNAMIC} == set()


def _search(query: Query) -> str:
    return query.write("spl", query.examples("spl")[0].bound(query))


def _shown(search: str) -> Sequence[str]:
    last = parse_spl(search).commands[-1]
    assert isinstance(last, tree.Fields)
    assert last.name == "table"
    return last.names


def _several(search: str) -> Iterator[str]:
    """What a function makes that gives several values."""
    for command in parse_spl(search).commands:
        if isinstance(command, tree.Stats):
            yield from (each.alias for each in command.aggregates if each.function in SEVERAL)


def _kinds(query: Query) -> Mapping[str, Type]:
    """The columns of the answer in KQL, of whole tables."""
    example = query.examples("kql")[0]
    whole = {table: dict(columns_of(table) or columns) for table, columns in tables_of(query, example).items()}
    compiled = compile_kql(text_of(query, example), Catalogue(whole, functions=stored_functions()))
    return {column.name: column.type for column in compiled.columns}
