"""Calls that give several columns: what they are called, and how many there are. Names are as Microsoft's parser has them."""

from __future__ import annotations

import pytest
from tests.query.kql.operators._answers import answer, rows

from huntbook.errors import KqlError
from huntbook.query.kql import Type, compile_kql

LINE = ("rsquare", "slope", "variance", "rvariance", "interception", "line_fit")
TABLE = {"T": {"x": Type.DYNAMIC, "n": Type.LONG, "w": Type.LONG, "d": Type.DATETIME}}


def columns(query: str) -> list[str]:
    return [column.name for column in compile_kql(query, TABLE).columns]


def made(name: str, *parts: str) -> list[str]:
    return [f"{name}_{part}" for part in parts]


@pytest.mark.parametrize("operator", ["project", "distinct", "summarize by"])
def test_names_are_made_of_the_function_and_what_it_is_of(operator: str) -> None:
    assert columns(f"T | {operator} series_fit_line(x)") == made("series_fit_line_x", *LINE)


def test_what_has_no_name_leaves_a_gap() -> None:
    assert columns("T | project series_fit_line(series_add(x, 1))") == made("series_fit_line_", *LINE)
    assert columns("T | project series_fit_line(x.a.b)") == made("series_fit_line_x_a_b", *LINE)


@pytest.mark.parametrize("names", ["a", "(a)"])
def test_a_name_is_that_of_the_first(names: str) -> None:
    assert columns(f"T | project x | extend {names} = series_fit_line(x)") == [
        "x",
        "a",
        *made("series_fit_line_x", *LINE[1:]),
    ]


def test_names_in_brackets_are_those_of_the_first_and_may_take_the_place_of_others() -> None:
    found = columns("T | project x, n | extend (n, b) = series_fit_line(x)")
    assert found == ["x", "n", "b", *made("series_fit_line_x", *LINE[2:])]


def test_a_name_that_is_made_up_takes_the_place_of_none() -> None:
    twice = columns("T | project x | extend series_fit_line(x), series_fit_line(x)")
    assert twice == ["x", *made("series_fit_line_x", *LINE), *(f"{each}1" for each in made("series_fit_line_x", *LINE))]
    assert columns("T | project series_stats_x_min = 1, x | extend series_stats(x)")[2] == "series_stats_x_min1"


def test_print_shows_those_that_are_named() -> None:
    assert columns("print (a, b) = series_stats(dynamic([1, 2]))") == ["a", "b"]
    assert len(columns("print series_stats(dynamic([1, 2]))")) == 7


def test_within_mv_apply() -> None:
    query = "print x = dynamic([[1, 2, 3], [3, 5, 7]]) | mv-apply x on (extend (r, slope) = series_fit_line(x) | project slope)"
    assert {row[-1] for row in rows(query)} == {1.0, 2.0}


def test_types_are_those_of_the_parts() -> None:
    assert rows("print x = dynamic([1, 2, 6]) | project (least, at) = series_stats(x) | project least + 1, at + 1") == [
        (2.0, 1)
    ]


def test_it_is_computed_once() -> None:
    sql = compile_kql("T | project series_fit_line(x)", TABLE).sql
    assert sql.count("kql_series_fit_line") == 1


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("T | extend (a, b, c, d, e, f, g) = series_fit_line(x)", "This gives 6 columns, and there are 7 names."),
        ("T | extend (a, b) = series_sum(x)", "This gives one column, and there are 2 names."),
        ("T | extend (a, b, a) = series_fit_line(x)", "There are two columns 'a'."),
        ("T | extend (a, b) = n", "This gives one column, and there are 2 names."),
        ("T | summarize (a, b) = count()", "This gives one column, and there are 2 names."),
        ("T | summarize (a, b, c) = percentiles(n, 5, 50)", "This gives 2 columns, and there are 3 names."),
        ("T | where series_stats(x) > 1", "series_stats() gives several columns, and here is room for one value."),
        ("T | extend a = tostring(series_stats(x))", "series_stats() gives several columns"),
        ("T | sort by series_stats(x)", "series_stats() gives several columns"),
        ("T | top-hitters 2 of series_stats(x)", "series_stats() gives several columns"),
        ("T | sample-distinct 2 of series_stats(x)", "sample-distinct takes the name of a column."),
        ("T | mv-expand series_fit_line(x)", "series_fit_line() gives several columns"),
        ("T | summarize percentiles(n, dynamic([5, 7]))", "A percentile is a number, and this is a dynamic."),
        ("T | summarize q = percentiles(n, 5, 6) + 1", "This gives several columns, and here is room for one value."),
    ],
)
def test_what_does_not_go(query: str, said: str) -> None:
    with pytest.raises(KqlError) as raised:
        compile_kql(query, TABLE)
    assert said in str(raised.value)


# Percentiles


@pytest.mark.parametrize(
    ("aggregate", "wanted"),
    [
        ("percentiles(n, 5, 50, 99.5)", ["percentile_n_5", "percentile_n_50", "percentile_n_99_5"]),
        ("percentiles(n * 2, 5)", ["percentile__5"]),
        ("q = percentiles(n, 5, 50)", ["q", "percentile_n_50"]),
        ("(p, q) = percentiles(n, 5, 50, 95)", ["p", "q", "percentile_n_95"]),
        ("percentiles(n, 5), percentiles(n, 5)", ["percentile_n_5", "percentile_n_51"]),
        ("percentilesw(n, w, 5, 50)", ["percentile_n_5", "percentile_n_50"]),
        ("percentilew(n, w, 5), percentile(n, 7.5)", ["percentile_n_5", "percentile_n_7_5"]),
        ("percentilesw_array(n, w, 5, 50), percentiles_array(d, 5)", ["percentiles_n", "percentiles_d"]),
    ],
)
def test_percentiles_have_names(aggregate: str, wanted: list[str]) -> None:
    assert columns(f"T | summarize {aggregate}") == wanted


def test_a_percentile_may_have_a_name() -> None:
    assert columns("let p = 5; T | summarize percentile(n, p), percentiles(n, 50, p)") == [
        "percentile_n_5",
        "percentile_n_50",
        "percentile_n_51",
    ]


def test_percentiles_in_series() -> None:
    found = answer("range n from 1 to 10 step 1 | make-series (p) = percentiles(n, 10, 50) on n from 1 to 11 step 5")
    assert found == (["p", "percentile_n_50", "n"], [([1, 6], [3, 8], [1, 6])])


LATENCIES = "datatable (n: long, bucket: long) [8, 10, 6, 20, 3, 30, 1, 40]"


@pytest.mark.parametrize(
    ("aggregate", "wanted"),
    [
        ("percentilesw(bucket, n, 50, 75, 99.9)", (20, 20, 40)),
        ("percentilesw_array(bucket, n, 50, 75, 99.9)", ([20, 20, 40],)),
        ("percentilesw_array(bucket, n, dynamic([50, 75, 99.9]))", ([20, 20, 40],)),
        ("percentilew(todouble(bucket), n, 0), percentilew(bucket * 1s, n, 100)", (10.0, 400_000_000)),
        ("percentilew(bucket, n - 8, 50), percentilew(bucket, 0, 50)", (None, None)),
    ],
)
def test_percentiles_with_weights(aggregate: str, wanted: tuple[object, ...]) -> None:
    assert rows(f"{LATENCIES} | summarize {aggregate}") == [wanted]


def test_weights_are_repeated_rows() -> None:
    data = "range n from 1 to 40 step 1 | extend v = n * 37 % 23, w = n % 5"
    shares = "1, 7, 25, 50, 50.5, 93, 100"
    assert rows(f"{data} | summarize percentilesw(v, w, {shares})") == rows(
        f"{data} | mv-expand range(1, w, 1) to typeof(long) | where w > 0 | summarize percentiles(v, {shares})"
    )
