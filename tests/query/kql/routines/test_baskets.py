"""Frequent patterns: against a count of all of them, weights, wildcards, bounds, and what `basket` does not take."""

from __future__ import annotations

import json
from itertools import combinations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.query.kql.operators._answers import answer, rows

from huntbook.errors import KqlError
from huntbook.query.kql.routines import baskets

STORMS = """datatable(State:string, Type:string, Damage:string, Crops:int)['T', 'Hail', 'NO', 0, 'T', 'Hail', 'NO', 0, 'A', 'Hail', 'NO', 0,
    'B', 'Wind', 'YES', 5, 'C', 'Wind', 'YES', 0, 'T', 'Hail', 'YES', 7] | evaluate """


def test_patterns_with_what_always_goes_with_them() -> None:
    names, found = answer(STORMS + "basket(0.4)")
    assert names == ["SegmentId", "Count", "Percent", "State", "Type", "Damage", "Crops"]
    assert found == [
        (0, 4, 66.7, "", "Hail", "", None),
        (1, 4, 66.7, "", "", "", 0),
        (2, 3, 50.0, "T", "Hail", "", None),
        (3, 3, 50.0, "", "Hail", "NO", 0),
        (4, 3, 50.0, "", "", "YES", None),
    ]


def test_wildcards_weights_and_what_is_usual() -> None:
    found = rows(STORMS + "basket(0.6, '~', '~', '*', int(-1))")
    assert found == [(0, 4, 66.7, "*", "Hail", "*", -1), (1, 4, 66.7, "*", "*", "*", 0)]
    weighed = "datatable(a:string, w:long)['x', 10, 'y', 30] | evaluate basket('~', w)"
    assert rows(weighed) == [(0, 30, 75.0, "y"), (1, 10, 25.0, "x")]


def test_values_of_every_type_come_back() -> None:
    query = """datatable(a:datetime, b:timespan, c:guid, d:real, e:bool, f:dynamic, g:decimal, h:long)[
        datetime(2020-01-01), 1d, guid(74be27de-1e4e-49d9-b579-fe0b331d3642), 1.5, true, dynamic({"a":[1,"x"]}), decimal(2.5), 7]
        | evaluate basket() | project a == datetime(2020-01-01), b, c, d, e, f, toreal(g), h"""
    value = (True, 864_000_000_000, "74be27de-1e4e-49d9-b579-fe0b331d3642", 1.5, True, {"a": [1, "x"]}, 2.5, 7)
    assert rows(query) == [value]


def test_of_nothing_comes_nothing() -> None:
    assert rows("datatable(a:string)[] | evaluate basket()") == []
    assert rows("datatable(a:long)[long(null)] | evaluate basket()") == []


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(*[st.sampled_from("ab")] * 3), min_size=1, max_size=12), st.floats(0.05, 1))
def test_every_closed_pattern_is_found_and_no_other(table: list[tuple[str, ...]], ratio: float) -> None:
    items = {(column, value) for row in table for column, value in enumerate(row)}
    expected = {}
    for size in (1, 2, 3):
        for pattern in map(frozenset, combinations(sorted(items), size)):
            having = [set(enumerate(row)) for row in table if pattern <= set(enumerate(row))]
            if having and len(having) >= ratio * len(table) and frozenset(set.intersection(*having)) == pattern:
                expected[pattern] = len(having)
    told = json.loads(baskets.baskets([json.dumps(row) for row in table], [1.0] * len(table), ratio, 5) or "")
    found = {
        frozenset((column, value) for column, value in enumerate(one["v"]) if one["m"][column]): one["n"]
        for one in told
    }
    assert found == expected


def test_too_many_patterns_are_an_error() -> None:
    columns = ", ".join(f"c{at} = binary_and(x, {1 << at})" for at in range(12))
    with pytest.raises(duckdb.InvalidInputException, match="too many patterns"):
        rows(f"range x from 1 to 4095 step 1 | project {columns} | evaluate basket(0.015, '~', 12)")


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("basket(0.001)", "0.015 to 1"),
        ("basket('a')", "must be a number"),
        ("basket(0.1, Type)", "not a number"),
        ("basket(0.1, nothing)", "no column 'nothing'"),
        ("basket(0.1, Crops, '~', Type)", "no value 'Type'"),
        ("autocluster()", "Use basket"),
    ],
)
def test_what_it_does_not_take(call: str, why: str) -> None:
    with pytest.raises(KqlError) as refused:
        rows(STORMS + call)
    assert why in str(refused.value)
