"""Operators on names, functions and several tables, and what is refused."""

from __future__ import annotations

import pytest
from tests.query.kql.operators._answers import answer, rows

from huntbook.errors import KqlError

T = "datatable(Name:string, Age:long, City:string)['P', 3, 'X']"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("'City', 'Name'", ["City", "Name"]),
        ("dynamic(['Age', 'Zip'])", ["Age"]),
        ("'*e*'", ["Name", "Age"]),
        ("'city'", []),
        ("column_names_of(U), 'Name', 'Name'", ["City", "Name"]),
        ("pack_array('Age', 'City')", ["Age", "City"]),
    ],
)
def test_project_by_names(names: str, expected: list[str]) -> None:
    assert answer(f"let U = datatable(City:string, Zip:long)[]; {T} | project-by-names {names}")[0] == expected


def test_project_by_names_takes_constants() -> None:
    with pytest.raises(KqlError, match="no value 'Name'"):
        rows(f"{T} | project-by-names strcat(Name, 'x')")


def test_invoke_gives_the_rows_to_a_function() -> None:
    assert rows(
        "let f = (T:(x:long), least:long) { T | where x > least }; range x from 1 to 3 step 1 | invoke f(2)"
    ) == [(3,)]


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("let f = (T:(x:long)) { T }; print y = 1 | invoke f()", "a column 'x'"),
        ("let f = (x:long) { x }; print y = 1 | invoke f()", "not take a table"),
        ("print y = 1 | invoke g()", "no function 'g'"),
        (f"{T} | fork (take 1) (count)", "Ask each by itself: … \\| take 1; … \\| count"),
        (f"{T} | facet by Name, Age", "summarize count\\(\\) by Name; "),
        (f"{T} | reduce by Name", "reduce cannot"),
        (f"{T} | where Name = 'P'", "Did you mean =="),
        (f"{T}; print 1", "several queries"),
        (f"{T} | join ({T})", "needs columns"),
    ],
)
def test_what_is_refused_says_what_to_do(query: str, why: str) -> None:
    with pytest.raises(KqlError, match=why):
        rows(query)


def test_as_names_a_branch_of_a_union() -> None:
    query = "union withsource=S (print x = 1 | as A), (print x = 2 | as B), (print x = 3) | sort by x asc | project S"
    assert rows(query) == [("A",), ("B",), ("union_arg2",)]


def test_consume_gives_no_rows() -> None:
    assert answer(f"{T} | consume") == (["Name", "Age", "City"], [])


def test_ranges_of_decimals_and_timespans() -> None:
    assert [float(str(row[0])) for row in rows("range x from decimal(1) to decimal(2) step decimal(0.5)")] == [
        1,
        1.5,
        2,
    ]
    assert rows("range x from 1h to 3h step 1h | count") == [(3,)]


def test_bags_of_columns() -> None:
    query = "datatable(a:string, b:string, n:long, d:dynamic)['x', '', long(null), dynamic({'k':null})]"
    assert rows(f"{query} | project p = pack_all(true)") == [({"a": "x", "d": {"k": None}},)]
    assert rows(f"{query} | project p = pack_all()") == [({"a": "x", "b": "", "n": None, "d": {"k": None}},)]
    assert rows(f"{query} | project p = bag_pack_columns(b, a)") == [({"b": "", "a": "x"},)]
    assert rows("print a = '', n = long(null) | project p = pack_all(true)") == [({},)]


def test_a_covariance_is_named_after_both() -> None:
    assert answer("datatable(x:real, y:real)[1, 2, 2, 4] | summarize covariance(x, y)")[0] == ["covariance_x_y"]
