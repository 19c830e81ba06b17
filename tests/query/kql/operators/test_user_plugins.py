"""Plug-ins that count users over time: the documentation's examples, slices, units of the calendar, and what they do not take."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.query.kql.operators._answers import answer, rows

from huntbook.errors import KqlError


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _table(year_and_month: str, *days: tuple[int, str]) -> str:
    cells = ", ".join(f"'{who}', datetime({year_and_month}-{day:02})" for day, names in days for who in names)
    return f"let T = datatable(user:string, at:datetime)[{cells}];\n"


SLIDING = _table("2017-08", (1, "BDDJB"), (2, "NAJ"), (3, "NAAJB"), (4, "E"), (5, "B"))
COUNTED = _table("2017-08", (1, "ADJB"), (2, "CTJ"), (3, "HTTJBS"), (3, "S"), (4, "S"))
FANS = """let T = datatable(user:string, at:datetime)['B', datetime(2018-06-29), 'B', datetime(2018-06-30), 'A', datetime(2018-07-02),
    'B', datetime(2018-07-04), 'B', datetime(2018-07-08), 'A', datetime(2018-07-10), 'A', datetime(2018-07-14),
    'A', datetime(2018-07-17), 'A', datetime(2018-07-20), 'B', datetime(2018-07-24)];
"""
COHORTS = _table("2019-11", (1, "0234"), (2, "01345"), (3, "0245"), (4, "0123"), (5, "01234"))


def test_sliding_window_counts() -> None:
    call = "T | evaluate sliding_window_counts(user, at, datetime(2017-08-01), datetime(2017-08-07), 3d, 1d)"
    names, found = answer(SLIDING + call + " | extend at = tostring(at)")
    assert names == ["at", "Count", "Dcount"]
    assert [row[1:] for row in found] == [(5, 3), (8, 5), (13, 5), (9, 5), (7, 5), (2, 2), (1, 1)]
    before = rows(SLIDING + call.replace("2017-08-01", "2017-08-03"))
    assert [row[1:] for row in before][:2] == [(13, 5), (9, 5)]  # rows before the start are in its windows


def test_sliding_windows_over_numbers_and_by_slices() -> None:
    query = "datatable(u:long, t:long, d:string)[1, 1, 'x', 2, 2, 'x', 1, 3, 'y'] | evaluate sliding_window_counts(u, t, 1, 4, 2, 1, d)"
    assert (
        rows(query)
        == rows(query.replace("t:long", "t:int"))
        == [(1, "x", 1, 1), (2, "x", 2, 2), (3, "y", 1, 1), (3, "x", 1, 1), (4, "y", 1, 1)]
    )


def test_active_users_count() -> None:
    call = "T | evaluate active_users_count(user, at, datetime(2018-07-01), datetime(2018-07-31), 8d, 1d, 3, 7d)"
    assert answer(FANS + call) == (["at", "dcount"], [(_day("2018-07-01"), 1), (_day("2018-07-15"), 1)])


def test_activity_counts_metrics() -> None:
    call = "T | evaluate activity_counts_metrics(user, at, datetime(2017-08-01), datetime(2017-08-04), 1d)"
    names, found = answer(
        COUNTED.replace("'S', datetime(2017-08-03), 'S', datetime(2017-08-03),", "'S', datetime(2017-08-03),") + call
    )
    assert names == ["at", "count", "dcount", "new_dcount", "aggregated_dcount"]
    assert [row[1:] for row in found] == [(4, 4, 4, 4), (3, 3, 2, 6), (6, 5, 2, 8), (1, 1, 0, 8)]


def test_activity_metrics() -> None:
    call = "T | where at < datetime(2017-08-03) | evaluate activity_metrics(user, at, datetime(2017-08-01), datetime(2017-08-04), 1d)"
    names, found = answer(COUNTED + call + " | project-away at | extend a = isnan(retention_rate)")
    assert names == ["dcount_values", "dcount_newvalues", "retention_rate", "churn_rate", "a"]
    assert [(row[:2], row[4]) for row in found] == [((4, 4), True), ((3, 2), False)]
    assert found[1][2:4] == (0.25, 0.75)


@pytest.mark.parametrize(("unit", "windows"), [("week", 3), ("month", 2), ("year", 1)])
def test_windows_may_be_of_the_calendar(unit: str, windows: int) -> None:
    table = "let T = datatable(u:string, t:datetime)['a', datetime(2024-01-02), 'a', datetime(2024-02-10), 'a', datetime(2024-02-11)];\n"
    call = f"T | evaluate activity_metrics(u, t, datetime(2024-01-01), datetime(2024-12-31), '{unit}')"
    assert len(rows(table + call)) == windows


def test_new_activity_metrics() -> None:
    call = "T | evaluate new_activity_metrics(user, at, datetime(2019-11-01), datetime(2019-11-07) - 1tick, 1d)"
    names, found = answer(COHORTS + call + " | project-away from_at, to_at")
    assert names[:3] == ["dcount_new_values", "dcount_retained_values", "dcount_churn_values"]
    assert [row[:3] for row in found] == [
        *((4, 4, 0), (2, 3, 1), (1, 3, 1), (1, 3, 1), (1, 4, 0), (0, 0, 4)),
        *((2, 2, 0), (0, 1, 1), (0, 1, 1), (0, 1, 1), (0, 0, 2)),
    ]
    assert [row[3:] for row in found][:2] == [(1.0, 0.0), (0.75, 0.25)]


def test_a_cohort_and_users_who_were_there_before() -> None:
    before = "let K = datatable(user:string, more:long)['0', 1, '1', 1];\n"
    call = "T | evaluate new_activity_metrics(user, at, datetime(2019-11-01), datetime(2019-11-02), 1d, datetime(2019-11-02), K)"
    assert [row[2:5] for row in rows(before + COHORTS + call)] == [(1, 1, 0)]


def test_rolling_percentile() -> None:
    table = "let T = range i from 0 to 239 step 1 | project at = datetime(2018-01-01) + 1h * i, val = i + 1;\n"
    names, found = answer(table + "T | evaluate rolling_percentile(val, 50, at, 1d, 3) | extend at = tostring(at)")
    assert names == ["at", "rolling_3_percentile_val_50"]
    assert [row[1] for row in found] == [12, 24, 36, 60, 84, 108, 132, 156, 180, 204]
    sliced = "T | extend odd = val % 2 == 1 | evaluate rolling_percentile(val, 50, at, 1d, 3, odd) | where odd"
    assert [row[2] for row in rows(table + sliced)] == [11, 23, 35, 59, 83, 107, 131, 155, 179, 203]


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("sliding_window_counts(u)", "takes the columns of ids and times"),
        ("sliding_window_counts(u, d, 1, 2, 3, 4)", "Times are datetimes or numbers"),
        ("sliding_window_counts(u, t, 1, 2, 3d, 1d)", "Start must be of the type datetime"),
        ("sliding_window_counts(u, t, now(), now(), 3d, 'week')", "of one length"),
        ("sliding_window_counts(u, t, now(), now(), 100000d, 1s)", "more than 10,000 steps"),
        ("activity_metrics(u, t, now(), now(), 'fortnight')", "'week', 'month' or 'year'"),
        ("activity_metrics(u, t, t, now(), 1d)", "no value 't'"),
        ("activity_metrics(u, t, now(), now(), 1d, x)", "no column 'x'"),
        ("active_users_count(u, t, now(), now(), 1d, 1d, 'a', 1d)", "ActivePeriods must be of the type long"),
        ("rolling_percentile(u, 50, t, 1d, 3)", "cannot be measured"),
        ("rolling_percentile(n, 50, t, 1d, 0)", "1 to 10,000 bins"),
        ("rolling_percentile(n, 50, t, 1d)", "how many"),
        ("rolling_percentile(n, 50, t, 'a', 3)", "a timespan here, not a string"),
        ("rolling_percentile(n, 50, n, 1d, 3)", "a number here, not a timespan"),
        ("session_count(u, t, now(), now(), 1d, 1d)", "row_window_session"),
        ("preview(5)", "two tables"),
        ("dax_request('a', 'b')", "reads from the network"),
    ],
)
def test_what_they_do_not_take(call: str, why: str) -> None:
    with pytest.raises(KqlError) as refused:
        rows(f"datatable(u:string, t:datetime, d:dynamic, n:long)[] | evaluate {call}")
    assert why in str(refused.value)


@pytest.mark.parametrize(
    "call",
    [
        "sliding_window_counts(u, t, datetime(2024-01-01), datetime(2024-02-01), 2d, 1d, d)",
        "active_users_count(u, t, datetime(2024-01-01), datetime(2024-02-01), 8d, 1d, 3, 7d, d)",
        "activity_counts_metrics(u, t, datetime(2024-01-01), datetime(2024-02-01), 1d, d)",
        "activity_metrics(u, t, datetime(2024-01-01), datetime(2024-02-01), 1d, d)",
        "new_activity_metrics(u, t, datetime(2024-01-01), datetime(2024-02-01), 1d, d)",
        "rolling_percentile(n, 50, t, 1d, 3, d)",
    ],
)
def test_of_nothing_comes_nothing_and_nulls_do_no_harm(call: str) -> None:
    table = "datatable(u:string, t:datetime, d:string, n:long)"
    assert rows(f"{table}[] | evaluate {call}") == []
    assert rows(f"{table}['', datetime(null), '', long(null)] | evaluate {call}") == []
    assert rows(f"{table}['', datetime(2024-01-05), '', 5] | evaluate {call} | take 1 | project t = 1") in ([], [(1,)])


SCHEMAS = """let A = datatable(Uri:string, HttpStatus:int)[] | getschema;
    let B = datatable(Uri:string, HttpStatus:int, Referrer:string)[] | getschema;
    let C = datatable(Uri:string, Referrer:string, HttpStatus:int)[] | getschema;
"""


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            "union A, B | evaluate schema_merge()",
            [("Uri", 0, "string"), ("HttpStatus", 1, "int"), ("Referrer", 2, "string")],
        ),
        (
            "union A, C | evaluate schema_merge()",
            [("Uri", 0, "string"), ("Referrer", 1, "string"), ("HttpStatus", -1, "ERROR(columns are out of order)")],
        ),
        (
            "union A, C | evaluate schema_merge(PreserveOrder = false)",
            [("Uri", 0, "string"), ("Referrer", 1, "string"), ("HttpStatus", 2, "int")],
        ),
    ],
)
def test_schema_merge(call: str, expected: list[tuple[object, ...]]) -> None:
    assert rows(f"{SCHEMAS}{call} | project ColumnName, ColumnOrdinal, ColumnType") == expected


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("union A, (datatable(Uri:long)[] | getschema) | evaluate schema_merge()", "several types for Uri"),
        ("union A, (datatable(X:long)[] | getschema) | evaluate schema_merge()", "several columns at the place"),
        ("print x = 1 | evaluate schema_merge()", "takes schemas"),
        ("A | evaluate schema_merge(1)", "true or false"),
    ],
)
def test_schemas_that_are_not_merged(call: str, why: str) -> None:
    with pytest.raises(Exception, match=why):
        rows(SCHEMAS + call)
