"""A query in SQL that is said to look at one row at a time gives, about windows of time, what it gives about all of it: DuckDB is asked."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import duckdb
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from huntbook.query.dialects import dialects

START = datetime(2026, 3, 1)  # noqa: DTZ001 - as DuckDB has it
NEEDS_ALL = dialects["sql"].needs_all
COLUMNS = [
    "*",
    "a",
    '"limit"',
    "b + 1",
    "lower(a)",
    "'count(*)'",
    "CASE WHEN b > 2 THEN a ELSE 'x' END",
    "cast(b AS varchar(3))",
]
OF_ALL = [
    "count(*)",
    "sum(b) OVER ()",
    "max (b)",
    '"max"(b)',
    "DISTINCT a",
    "row_number() OVER (ORDER BY time)",
    "(SELECT max(b) FROM logs)",
    "b - (FROM logs SELECT min(b))",
    "list(b)",
    "unnest([1, (SELECT count(*) FROM logs)])",
    "lag(b) OVER w",
    "b.max()",
]
CONDITIONS = [
    "a = 'x'",
    "b IN (1, 2, 3)",
    "a LIKE '%LIMIT 1%' OR b > 1",
    "(b > 1 AND NOT (a = 'GROUP BY'))",
    "time IS NOT NULL",
    "b = (SELECT max(b) FROM logs)",
    "b >= ALL (FROM logs SELECT b)",
    "EXISTS (FROM logs WHERE b > 7)",
    "contains(a, 'x')",
]
BEHIND = [
    "",
    "ORDER BY time",
    "LIMIT 2",
    "GROUP BY ALL",
    "USING SAMPLE 1",
    "QUALIFY row_number() OVER () = 1",
    "OFFSET 1",
    "UNION SELECT 1, 2",
    ";",
]
TABLES = [
    "logs",
    "logs AS l",
    '"logs"',
    "logs, logs AS m",
    "logs JOIN logs AS m USING (b)",
    "(FROM logs LIMIT 1)",
    "range(3) AS t(b)",
]
NOISE = ["", " ", "\n", " -- LIMIT 5\n", " /* GROUP BY /* a */ */ ", " --'\n"]


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    made.execute('CREATE TABLE events (time TIMESTAMP, a VARCHAR, b BIGINT, "limit" BIGINT)')
    texts = ["x", "y", "LIMIT 1", "x y"]
    rows = [(START + timedelta(hours=hour), texts[hour % 4], hour % 5, hour) for hour in range(12)]
    made.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", rows)
    return made


def asked(database: duckdb.DuckDBPyConnection, text: str, first: int, last: int) -> Counter[str]:
    database.execute(
        f"CREATE OR REPLACE TEMP VIEW logs AS SELECT * FROM events WHERE time >= '{START + timedelta(hours=first)}' "
        f"AND time < '{START + timedelta(hours=last)}'"
    )
    return Counter(map(repr, database.execute(text).fetchall()))


@st.composite
def queries(draw: st.DrawFn) -> str:
    columns = draw(st.lists(st.sampled_from(COLUMNS * 3 + OF_ALL), min_size=1, max_size=3))
    table = draw(st.sampled_from(["logs"] * 8 + TABLES))
    where = draw(st.lists(st.sampled_from(CONDITIONS), max_size=2))
    behind = draw(st.sampled_from(["", "ORDER BY time"] * 4 + BEHIND))
    parts = ["SELECT", ", ".join(columns), "FROM", table, f"WHERE {' AND '.join(where)}" if where else "", behind]
    return " ".join(part + draw(st.sampled_from(NOISE)) for part in parts)


@settings(max_examples=400, deadline=None)
@given(queries(), st.integers(1, 11))
def test_windows_together_are_the_whole(database: duckdb.DuckDBPyConnection, text: str, border: int) -> None:
    assume(NEEDS_ALL(text) is None)
    try:
        whole = asked(database, text, 0, 12)
    except duckdb.Error:
        return  # it is no query at all
    assert asked(database, text, 0, border) + asked(database, text, border, 12) == whole


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("noise", NOISE)
def test_plain_queries_are_of_one_row_at_a_time(column: str, noise: str) -> None:
    assert NEEDS_ALL(f"SELECT {column}{noise} FROM logs{noise} WHERE a = 'DISTINCT' ORDER BY time") is None


@pytest.mark.parametrize("column", OF_ALL)
def test_what_looks_at_other_rows_needs_all(column: str) -> None:
    assert NEEDS_ALL(f"SELECT {column} FROM logs") is not None


@given(st.text(alphabet="SELECT FROMlogs'\"(-*/$;\x00,é", max_size=60))
def test_any_text_is_judged(text: str) -> None:
    found = NEEDS_ALL(text)
    assert found is None or found
