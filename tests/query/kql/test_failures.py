"""What goes wrong while a query runs is told in words of KQL, and what can be null is null."""

from __future__ import annotations

import duckdb
import pytest
from tests.query.kql.score.engines import ENGINES, NO_TABLES, run

from huntbook.errors import KqlError
from huntbook.query.kql.duckdb.failures import is_foreseen, told

MOST = "datatable(l: long)[9223372036854775807]"
LEAST = "datatable(l: long)[-9223372036854775807] | extend l = l - 1"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (f"{MOST} | project l * 2", "beyond what a long holds"),
        (f"{MOST} | project l + 1", "beyond what a long holds"),
        (f"{LEAST} | project l - 1", "beyond what a long holds"),
        (f"{LEAST} | project l / -1", "beyond what a long holds"),
        (f"{LEAST} | project abs(l)", "beyond what a long holds"),
        (f"union ({MOST}), (print l = 1) | summarize sum(l)", "beyond what a long holds"),
        ("datatable(p: timespan)[10000000d] | project p * 1000", "beyond what a long holds"),
        ("datatable(m: decimal)[decimal(1e19)] | project m * m", "beyond what a decimal holds"),
        (
            "datatable(d: datetime, z: string)[datetime(2024-01-01), '('] | project datetime_local_to_utc(d, z)",
            "no such time zone",
        ),
        ("datatable(r: real)[1e300] | project todecimal(r) + 1", ""),
        ("datatable(s: string)['('] | where 'a' matches regex s", "A regular expression is none"),
        ("datatable(s: string)['[a'] | project extract(s, 0, 'a')", "A regular expression is none"),
    ],
)
def test_is_told(query: str, words: str) -> None:
    if not words:  # what is no such number is null
        assert run(ENGINES["huntbook"], query).rows == [(None,)]
        return
    with pytest.raises(duckdb.Error) as failed:
        run(ENGINES["huntbook"], query)
    error = told(failed.value)
    assert isinstance(error, KqlError)
    assert words in str(error)
    assert "INT64" not in str(error)
    assert is_foreseen(failed.value)


@pytest.mark.parametrize(
    "query",
    [
        "datatable(d: datetime)[datetime(9999-12-31)] | project d + 1d",
        "datatable(d: datetime)[datetime(0001-01-01)] | project d - 1d",
        "datatable(d: datetime)[datetime(9999-12-31)] | extend d = 1d + d | project d",
        "datatable(d: datetime)[datetime(9999-12-31 23:59:59.9999999)] | project d + 1tick",
        "print datetime(9999-12-31) + 365d",
    ],
)
def test_datetimes_beyond_the_years_are_null(query: str) -> None:
    assert run(ENGINES["huntbook"], query).rows == [(None,)]


def test_what_nobody_foresaw_keeps_its_words() -> None:
    with pytest.raises(duckdb.Error) as failed:
        duckdb.sql("SELECT nothing_such()")
    assert not is_foreseen(failed.value)
    assert "nothing_such" in str(told(failed.value))
    assert "SELECT" not in str(told(failed.value))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("print bag_pack('a', 1, 'b')", "keys and values in turn"),
        ("print decimal(1e50)", "20 digits before the point"),
        (
            "range d from datetime(2024-01-01) to datetime(2024-01-02) step 1h | make-series counts() on d step 1h",
            "aggregate 'counts'",
        ),
    ],
)
def test_is_refused_before_it_runs(query: str, words: str) -> None:
    with pytest.raises(Exception, match=words):
        ENGINES["huntbook"](query, NO_TABLES)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("long", "x"),
        ("int", "1h"),
        ("real", "1,5"),
        ("bool", "yes"),
        ("datetime", "soon"),
        ("guid", "5f0c1e9a"),
        ("timespan", "day"),
    ],
)
def test_a_text_that_is_nothing_of_its_column_is_refused(kind: str, text: str) -> None:
    with pytest.raises(Exception, match=f"This is no {kind}"):
        ENGINES["huntbook"](f"datatable(a: {kind})['{text}']", NO_TABLES)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("long", "12", 12),
        ("long", " 0x1F ", 31),
        ("real", "1e3", 1000.0),
        ("bool", "TRUE", True),
        ("int", "", None),
        ("string", "x", "x"),
    ],
)
def test_a_text_that_can_be_read_is_read(kind: str, text: str, value: object) -> None:
    assert run(ENGINES["huntbook"], f"datatable(a: {kind})['{text}']").rows == [(value,)]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("s has_any (j)", [1, 4]),
        ("s has_any (j, 'bar')", [1, 2, 3, 4]),
        ("s has_all (j)", [1, 3]),
        ("s has_any ((datatable(t: string)['foo', 'nothing']))", [1, 2, 4]),
        ("s has_all ((datatable(t: string)['foo', 'bar']))", [2]),
        ("s has_any (split('nothing,foo', ','))", [1, 2, 4]),
    ],
)
def test_terms_that_are_no_constants(condition: str, found: list[int]) -> None:
    rows = """datatable(n: long, s: string, j: dynamic)[1, 'a foo', dynamic(['foo']), 2, 'foo bar', dynamic(['fo', 'a']),
        3, 'a bar', dynamic([]), 4, 'Foo!', dynamic(['x', 'foo'])]"""
    answer = run(ENGINES["huntbook"], f"{rows} | where {condition} | project n | sort by n asc")
    assert [row[0] for row in answer.rows] == found


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        (
            "datatable(b: long, a: long)[1, 2, 2, 1] | sort by 2 asc, a asc | project a",
            [(1,), (2,)],
        ),  # no column's place
        ("print a = 1 | sort by now() | sort by true", [(1,)]),
        ("print a = 1 | top 1 by 1", [(1,)]),
        ("print a = 1 | sort by dynamic_to_json('(') asc, a", [(1,)]),
        ("print 'a' in (dynamic({}))", [(False,)]),
        ("print tostring(-9223372036854775808), strcat(-1.5, -5)", [("-9223372036854775808", "-1.5-5")]),
        ("datatable(a: string)[-5]", [("-5",)]),
        ("print make_string(dynamic(['x'])), strcat_array(dynamic([1, null]), '-')", [("", "1-")]),
        ("datatable(i: int)[2147483647] | project i + 1, i * i", [(2147483648, 4611686014132420609)]),
        ("print '{}' in (dynamic({}))", [(True,)]),
        (
            "datatable(a: dynamic, b: dynamic)[dynamic({'x': 1}), dynamic({'y': 2})] | summarize make_bag(bag_merge(a, b))",
            [({"x": 1, "y": 2},)],
        ),
        ("print array_shift_right(dynamic([1, 2]), -9223372036854775808)", [([None, None],)]),
        ("print array_shift_right(dynamic([1, 2]), long(null))", [(None,)]),
        (
            "datatable(m: decimal)[decimal(-12345678901234567890)] | summarize make_list(make_datetime(2024, 1, 1, m, 0, 0))",
            [([],)],
        ),
        (
            "datatable(s: string)['no geohash, and far too long for one'] | summarize make_set(geo_geohash_neighbors(s))",
            [([],)],
        ),
        ("print has_any_ipv4('a 10.0.0.1', dynamic({}))", [(None,)]),
    ],
)
def test_odd_values(query: str, rows: list[tuple[object, ...]]) -> None:
    assert run(ENGINES["huntbook"], query).rows == rows


def test_shares_with_braces_are_no_template() -> None:
    query = "datatable(x: long)[1, 2, 3] | summarize percentiles_array(x, 50, toint(dynamic({'a': 1}).a) * 100)"
    assert run(ENGINES["huntbook"], query).rows == [([2, 3],)]


@pytest.mark.parametrize(
    "error",
    [
        duckdb.BinderException("Binder Error: subqueries in lambda expressions are not supported"),
        duckdb.InternalException("INTERNAL Error: BoundReferenceExpression should not be used here yet!"),
    ],
)
def test_functions_that_duckdb_cannot_nest_say_what_to_do(error: duckdb.Error) -> None:
    assert "with extend, in a step before" in told(error).hint
