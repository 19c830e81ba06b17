"""Functions that look at the rows around one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.query.kql.operators._asking import ask, table

from huntbook.errors import KqlError

ROWS = 'datatable(g:string, x:long) ["a", 1, "a", 1, "a", 4, "b", 4, "b", long(null), "b", 2]'


def test_numbers_begin_where_they_are_told_and_again_at_a_restart() -> None:
    asked = ask(
        f"{ROWS} | extend n = row_number(), z = row_number(0), r = row_number(10, g != prev(g)) | project n, z, r"
    )
    assert asked == [(1, 0, 10), (2, 1, 11), (3, 2, 12), (4, 3, 10), (5, 4, 11), (6, 5, 12)]


def test_neighbours_have_defaults_where_there_are_none() -> None:
    asked = ask(f"{ROWS} | project p = prev(x), q = prev(x, 2, -1), n = next(g), m = next(x, 1, 0)")
    assert asked == [
        (None, -1, "a", 1),
        (1, -1, "a", 4),
        (1, 1, "b", 4),
        (4, 1, "b", None),
        (4, 4, "b", 2),
        (None, 4, None, 0),
    ]


def test_sums_take_null_for_nothing_and_begin_again() -> None:
    asked = ask(f"{ROWS} | project s = row_cumsum(x), r = row_cumsum(x, g != prev(g)), e = row_cumsum(x * 0.5)")
    assert asked == [(1, 1, 0.5), (2, 2, 1.0), (6, 6, 3.0), (10, 4, 5.0), (10, 4, 5.0), (12, 6, 6.0)]


def test_ranks_go_up_where_the_value_changes() -> None:
    asked = ask(
        f"{ROWS} | project d = row_rank_dense(x), m = row_rank_min(x), e = row_rank_dense(x, g != prev(g)), "
        "f = row_rank_min(x, g != prev(g))"
    )
    assert asked == [(1, 1, 1, 1), (1, 1, 1, 1), (2, 3, 2, 3), (2, 3, 1, 1), (3, 5, 2, 2), (4, 6, 3, 3)]


def test_documented_ranks() -> None:
    rows = """datatable (Airport:string, Airline:string, Departures:long) [
        "SEA", "LH", 3, "SEA", "LY", 100, "SEA", "UA", 3, "SEA", "BA", 2, "SEA", "EL", 3, "AMS", "EL", 1, "AMS", "BA", 1]
        | sort by Airport desc, Departures asc"""
    asked = ask(f"{rows} | project Airport, Departures, Rank=row_rank_dense(Departures, prev(Airport) != Airport)")
    assert asked == [
        ("SEA", 2, 1),
        ("SEA", 3, 2),
        ("SEA", 3, 2),
        ("SEA", 3, 2),
        ("SEA", 100, 3),
        ("AMS", 1, 1),
        ("AMS", 1, 1),
    ]


def test_they_stand_in_conditions_and_in_each_other() -> None:
    assert ask(f"{ROWS} | where x != prev(x) or row_number() == 1 | project x") == [(1,), (4,), (None,), (2,)]
    asked = ask(f"{ROWS} | project y = prev(row_cumsum(row_number())) + next(row_number(), 1, 100)")
    assert asked == [(None,), (4,), (7,), (11,), (16,), (115,)]
    assert ask(f"{ROWS} | summarize n = count() by part = row_cumsum(toint(g != prev(g))) | sort by part asc") == [
        (1, 3),
        (2, 3),
    ]
    assert ask(f"{ROWS} | sort by row_number() desc | take 1 | project x") == [(2,)]


def test_each_part_is_alone() -> None:
    asked = ask(
        f"{ROWS} | partition by g (sort by x asc | extend n = row_number(), p = prev(x), c = row_cumsum(x)) "
        "| project g, x, n, p, c | sort by g asc, n asc"
    )
    assert asked == [
        ("a", 1, 1, None, 1),
        ("a", 1, 2, 1, 2),
        ("a", 4, 3, 1, 6),
        ("b", None, 1, None, 0),
        ("b", 2, 2, None, 2),
        ("b", 4, 3, 2, 6),
    ]


def test_elements_of_a_row_are_alone() -> None:
    asked = ask(
        "datatable(i:long, a:dynamic) [1, dynamic([5, 7, 6]), 2, dynamic([1, 2]), 3, dynamic([])] "
        "| mv-apply a to typeof(long) on (extend d = a - prev(a), n = row_number() | where n > 1) | project i, a, d "
        "| sort by i asc, a asc"
    )
    assert asked == [(1, 6, -1), (1, 7, 2), (2, 2, 1)]


def test_the_first_rows_of_each_part_are_those_of_its_order() -> None:
    rows = "range x from 1 to 100000 step 1 | extend g = x % 7, y = hash(x) % 1000 * 1000000 + x | sort by y asc"
    by_take = ask(f"{rows} | partition by g (take 3) | sort by g asc, y asc, x asc")
    assert by_take == ask(f"{rows} | partition by g (top 3 by y asc) | sort by g asc, y asc, x asc")
    assert len(by_take) == 21


def test_nothing_gives_nothing() -> None:
    assert not ask(f"{ROWS} | where x > 9 | extend n = row_number(), s = row_rank_min(x), p = prev(g)")
    assert not ask(
        "datatable(t:datetime) [] | extend s = row_window_session(t, 1h, 5m), c = row_cumsum(1), d = row_rank_dense(t)"
    )


@pytest.mark.parametrize("before", ["summarize by x", "distinct x", "join (print x = 1) on x", "sample 2"])
def test_rows_in_no_order_are_refused(before: str) -> None:
    with pytest.raises(KqlError, match="need rows in an order"):
        ask(f"{ROWS} | {before} | extend n = row_number()")
    assert ask(f"{ROWS} | {before} | serialize | extend n = row_number() | summarize min(n)") == [(1,)]
    assert ask(f"{ROWS} | {before} | serialize n = row_number() | summarize min(n)") == [(1,)]
    assert ask(f"{ROWS} | {before} | sort by x | where x > -1 | extend n = row_number() | summarize min(n)") == [(1,)]


def test_where_there_are_no_rows_around_they_are_refused() -> None:
    for text in ("print row_number()", f"{ROWS} | join ({ROWS}) on $left.x == $right.x and prev(g) == g"):
        with pytest.raises(KqlError):
            ask(text)
    with pytest.raises(KqlError, match="constant timespans"):
        ask(
            "range t from datetime(2024-01-01) to datetime(2024-01-02) step 1h | extend row_window_session(t, t - t, 1h)"
        )
    with pytest.raises(KqlError, match="over a datetime"):
        ask(f"{ROWS} | extend row_window_session(x, 1h, 1h)")


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_many_rows_keep_the_order_of_a_sort(threads: int) -> None:
    asked = ask(
        "range x from 1 to 1000000 step 1 | extend k = hash(x) % 1000, g = tostring(x % 5) | sort by k asc, x asc "
        "| where g != '3' | project-rename y = x | extend w = y + 1 | where w % 7 != 0 "
        "| extend n = row_number(), p = prev(y), q = prev(k), c = row_cumsum(1), r = row_number(1, k != prev(k)) "
        "| extend m = row_number() | where m > 1 "
        "| summarize wrong = countif(n != m or k < q or (k == q and y <= p) or c != n or (k != q and r != 1)), n = count()",
        threads=threads,
    )
    expected = sum(x % 5 != 3 and (x + 1) % 7 != 0 for x in range(1, 1_000_001)) - 1
    assert asked == [(0, expected)]


_VALUES = st.lists(
    st.tuples(st.sampled_from("ab"), st.none() | st.integers(-3, 3), st.none() | st.booleans()), max_size=25
)


@settings(max_examples=60, deadline=None)
@given(rows=_VALUES)
def test_sums_and_ranks_are_those_of_a_loop(rows: list[tuple[str, int | None, bool | None]]) -> None:
    text = table({"g": "string", "x": "long", "r": "bool"}, rows)
    asked = ask(
        f"{text} | project row_cumsum(x, r), row_rank_dense(x, r), row_rank_min(x, r), row_number(5, r), "
        "prev(x, 2, 9), next(g, 1, 'z')"
    )
    total = dense = least = number = 0
    expected = []
    for at, (_, x, restart) in enumerate(rows):
        if restart:
            total = dense = number = 0
        number += 1
        total += x or 0
        if number == 1 or x != rows[at - 1][1]:
            dense, least = dense + 1, number
        before = rows[at - 2][1] if at > 1 else 9
        after = rows[at + 1][0] if at + 1 < len(rows) else "z"
        expected.append((total, dense, least, number + 4, before, after))
    assert asked == expected


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.tuples(st.none() | st.integers(0, 40), st.booleans()), max_size=30),
    ascending=st.booleans(),
    longest=st.integers(1, 12),
    gap=st.integers(1, 12),
)
def test_sessions_are_those_of_a_loop(
    rows: list[tuple[int | None, bool]], ascending: bool, longest: int, gap: int
) -> None:
    if ascending:
        rows = sorted(rows, key=lambda row: -1 if row[0] is None else row[0])
    text = table({"t": "datetime", "r": "bool"}, rows)
    asked = ask(
        f"{text} | project row_window_session(t, {longest}s, {gap}s, r), row_window_session(t, {longest}s, {gap}s)"
    )
    for column in (0, 1):
        expected, start, before = [], None, None
        for moment, restart in rows:
            if (
                start is None
                or (restart and not column)
                or moment is None
                or moment >= start + longest
                or (before is not None and moment >= before + gap)
            ):
                start = moment
            before = moment
            expected.append(None if start is None else datetime(2024, 1, 1) + timedelta(seconds=start))  # noqa: DTZ001 - KQL's are UTC without saying so
        assert [row[column] for row in asked] == expected
