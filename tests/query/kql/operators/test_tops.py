"""`top-hitters` and `top-nested`."""

from __future__ import annotations

from tests.query.kql.operators._answers import answer, rows, some

SALES = """datatable(region:string, who:string, n:long)
["N", "a", 10, "N", "b", 5, "N", "b", 1, "S", "c", 8, "S", "d", 7, "W", "a", 2, "", "e", 1]"""


def test_hitters_are_counted_or_summed() -> None:
    assert answer(f"{SALES} | top-hitters 2 of region") == (
        ["region", "approximate_count_region"],
        [("N", 3), ("S", 2)],
    )
    assert answer(f"{SALES} | top-hitters 1 of who by n") == (["who", "approximate_sum_n"], [("a", 12)])
    assert rows("datatable(a:string)[] | top-hitters 3 of a") == []


def test_one_level() -> None:
    assert answer(f"{SALES} | top-nested 1 of region by sum(n)") == (["region", "aggregated_region"], [("N", 16)])
    assert rows(f"{SALES} | top-nested 1 of region by s = sum(n) asc") == [("", 1)]


def test_levels_are_inside_of_each_other() -> None:
    query = f"{SALES} | top-nested 2 of region by sum(n), top-nested 1 of who by sum(n)"
    assert answer(query)[0] == ["region", "aggregated_region", "who", "aggregated_who"]
    assert some(query) == {("N", 16, "a", 10), ("S", 15, "c", 8)}


def test_without_a_number_all_values_are_taken() -> None:
    query = f"{SALES} | where region == 'N' | top-nested of region by x = max(1), top-nested of who by count()"
    assert answer(query)[0] == ["region", "x", "who", "aggregated_who"]
    assert some(query) == {("N", 1, "a", 1), ("N", 1, "b", 2)}


def test_others_are_one_more_value_of_a_level() -> None:
    assert some(f"{SALES} | top-nested 1 of region with others='rest' by sum(n)") == {("N", 16), ("rest", 18)}
    query = f"{SALES} | top-nested 1 of region by sum(n), top-nested 1 of who with others='rest' by sum(n)"
    assert some(query) == {("N", 16, "a", 10), ("N", 16, "rest", 6)}


def test_below_others_a_level_without_them_is_empty_and_one_with_them_has_all() -> None:
    levels = "top-nested 1 of region with others='rest' by sum(n), top-nested 1 of who by sum(n)"
    assert some(f"{SALES} | {levels}") == {("N", 16, "a", 10), ("rest", 18, "", None)}
    levels += ", top-nested 1 of n with others=-1 by count()"
    assert some(f"{SALES} | {levels}") == {("N", 16, "a", 10, 10, 1), ("rest", 18, "", None, -1, 4)}


def test_a_value_that_is_called_like_the_others_is_not_one_of_them() -> None:
    query = "datatable(a:string, n:long)['rest', 5, 'x', 1, 'y', 2] | top-nested 1 of a with others='rest' by sum(n)"
    assert sorted(rows(query), key=str) == [("rest", 3), ("rest", 5)]


def test_nulls_and_case_are_values_of_their_own() -> None:
    query = "datatable(a:long, b:string)[long(null), 'x', long(null), 'X', 1, 'x'] | top-nested of a by count(), top-nested of b by count()"
    assert some(query) == {(None, 2, "x", 1), (None, 2, "X", 1), (1, 1, "x", 1)}


def test_expressions_and_empty_input() -> None:
    query = "range x from 1 to 5 step 1 | top-nested 1 of m = x % 2 by count(), top-nested 1 of x by max(x)"
    assert answer(query) == (["m", "aggregated_m", "x", "aggregated_x"], [(1, 3, 5, 5)])
    assert rows("datatable(a:string)[] | top-nested 2 of a with others='o' by count()") == []


def test_on_parts() -> None:
    query = f"{SALES} | where region in ('N', 'S') | partition by region (top-nested 1 of who by sum(n))"
    assert {row[:2] for row in rows(query)} == {("a", 10), ("c", 8)}
