"""Whatever text or number it is: the compiled query says what Python computes of the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import duckdb
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as some
from tests.query.kql.differential._ask import compiled
from tests.query.kql.score.engines import opened

from huntbook.query.kql.types import Type

SOME = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LAST = 3_155_378_975_999_999_999  # 9999-12-31T23:59:59.9999999 in ticks since the year 1
DAY = 864_000_000_000
FIRST = datetime(1, 1, 1)  # noqa: DTZ001 - KQL's are naive
texts = some.text(some.characters(exclude_categories=["Cs"]), max_size=20)
moments = some.integers(0, LAST) | some.sampled_from(
    [0, 1, 9, 10, DAY - 1, DAY, LAST - 1, LAST, 621_355_968_000_000_000]
)
spans = some.integers(-LAST, LAST) | some.integers(-10, 10) | some.integers(-4000, 4000).map(lambda days: days * DAY)


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with opened() as connection:
        connection.execute("CREATE TABLE one (s VARCHAR, t VARCHAR, n BIGINT)")
        yield connection


def asked(database: duckdb.DuckDBPyConnection, query: str) -> tuple[object, ...]:
    """The only row that a query gives."""
    [row] = compiled(database, query, {"one": {"s": Type.STRING, "t": Type.STRING, "n": Type.LONG}}).rows
    return row


def escaped(text: str, quote: str) -> str:
    """A string literal of KQL with escapes."""
    known = {
        "\\": "\\\\",
        quote: f"\\{quote}",
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\0": "\\u0000",
    }  # `\0` may be the first of three octal digits
    return quote + "".join(known.get(each, each) for each in text) + quote


@SOME
@given(texts)
@example('it\'s "q" \\ %_ \0 🦊 {0} {{}} $1 {')
def test_any_text_comes_back_from_a_literal(database: duckdb.DuckDBPyConnection, text: str) -> None:
    forms = [escaped(text, "'"), escaped(text, '"'), "h" + escaped(text, "'")]
    if not re.search(r"[\r\n]", text):
        forms += ["@'" + text.replace("'", "''") + "'", '@"' + text.replace('"', '""') + '"']
    forms += [f"{fence}{text}{fence}" for fence in ("```", "~~~") if fence[0] not in text]
    assert asked(database, f"print {', '.join(forms)}") == (text,) * len(forms)


@SOME
@given(texts)
def test_any_text_equals_itself(database: duckdb.DuckDBPyConnection, text: str) -> None:
    literal = escaped(text, "'")
    query = f"print s = {literal} | extend a = s == {literal}, b = s in ({literal}), c = s contains {literal} | project a, b, c"
    assert asked(database, query) == (True, True, True)
    assert asked(database, f"datatable(s: string)[{literal}] | where s == {literal}") == (text,)


# Terms

WORDS = ("a", "A", "ab", "b1", "1", "é", "É", "_", "-", " ", ".", "\\", "'", "%", "[", "(", "🦊", "\n")
pieces = some.lists(some.sampled_from(WORDS), max_size=8).map("".join)


def term_found(text: str, term: str, *, before: bool = True, after: bool = True) -> bool:
    """Whether a term is in a text: where it begins (ends) with a letter or digit, none may stand before (after) it."""
    at = text.find(term)
    while at >= 0:
        end = at + len(term)
        begins = not before or not term[0].isalnum() or at == 0 or not text[at - 1].isalnum()
        ends = not after or not term[-1].isalnum() or end == len(text) or not text[end].isalnum()
        if begins and ends:
            return True
        at = text.find(term, at + 1)
    return False


@SOME
@given(pieces, pieces)
@example("cmd.exe /c", "exe")
@example("aa a", "a")
@example("a.b.ab", "b.a")
def test_terms(database: duckdb.DuckDBPyConnection, text: str, term: str) -> None:
    assume(term)
    low, sought = text.lower(), term.lower()
    expected = (
        term_found(low, sought),
        term_found(text, term),
        term_found(low, sought, after=False),
        term_found(text, term, after=False),
        term_found(low, sought, before=False),
        not term_found(low, sought),
    )
    operators = ("has", "has_cs", "hasprefix", "hasprefix_cs", "hassuffix", "!has")
    literal = escaped(term, '"')
    constant = ", ".join(f"s {operator} {literal}" for operator in operators)
    column = ", ".join(f"s {operator} t" for operator in operators)
    source = f"datatable(s: string, t: string)[{escaped(text, chr(39))}, {literal}]"
    assert asked(database, f"{source} | project {constant}") == expected
    assert asked(database, f"{source} | project {column}") == expected
    kept = ", ".join(f"toscalar(rows | where s {operator} {literal} | count) == 1" for operator in operators)
    assert asked(database, f"let rows = {source}; print {kept}") == expected


# Times, in ticks


def moment(ticks: int) -> str:
    """A datetime literal."""
    at = FIRST + timedelta(microseconds=ticks // 10)
    return f"datetime({at.year:04}-{at:%m-%d %H:%M:%S}.{at.microsecond:06}{ticks % 10})"


def span(ticks: int) -> str:
    """A timespan, as a number of ticks."""
    return f"{'-' if ticks < 0 else ''}{abs(ticks)}tick"


def written(ticks: int) -> str:
    """A datetime as tostring() gives it."""
    at = FIRST + timedelta(microseconds=ticks // 10)
    return f"{at.year:04}-{at:%m-%dT%H:%M:%S}.{at.microsecond:06}{ticks % 10}Z"


@SOME
@given(moments, moments)
def test_datetimes(database: duckdb.DuckDBPyConnection, one: int, other: int) -> None:
    query = f"print a = {moment(one)}, b = {moment(other)} | project a - b, a < b, a == b, tostring(a), tolong(b)"
    assert asked(database, query) == (one - other, one < other, one == other, written(one), other)


@SOME
@given(moments, moments)
@example(0, 1)
@example(LAST, LAST - 1)
@example(0, LAST)
def test_a_datetime_and_a_timespan(database: duckdb.DuckDBPyConnection, ticks: int, end: int) -> None:
    by = end - ticks
    query = f"print a = {moment(ticks)}, b = {span(by)} | extend c = a + b | project tostring(c), c - a, c - b == a, c - a == b"
    assert asked(database, query) == (written(end), by, True, True)


@SOME
@given(moments, some.sampled_from([1, 10, 7, 10_000_000, 36_000_000_000, DAY, 7 * DAY, 123_456_789]))
def test_bins_of_datetimes(database: duckdb.DuckDBPyConnection, ticks: int, size: int) -> None:
    assert asked(database, f"print tostring(bin({moment(ticks)}, {span(size)}))") == (written(ticks - ticks % size),)


@SOME
@given(some.integers(-(10**15), 10**15), some.integers(1, 10**13))
def test_bins_of_timespans_and_numbers(database: duckdb.DuckDBPyConnection, value: int, size: int) -> None:
    query = f"print bin({span(value)}, {span(size)}), bin({value}, {size})"
    assert asked(database, query) == (value // size * size,) * 2


@SOME
@given(some.integers(6 * DAY, LAST) | some.sampled_from([6 * DAY, 58 * DAY, 59 * DAY, LAST - 1, LAST]))
def test_starts(database: duckdb.DuckDBPyConnection, ticks: int) -> None:
    at = FIRST + timedelta(microseconds=ticks // 10)
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    week = day - timedelta(days=(day.weekday() + 1) % 7)
    starts = (day, week, day.replace(day=1), day.replace(month=1, day=1))
    calls = (f"tostring(startof{unit}({moment(ticks)}))" for unit in ("day", "week", "month", "year"))
    expected = tuple(written((each - FIRST) // timedelta(microseconds=1) * 10) for each in starts)
    assert asked(database, f"print {', '.join(calls)}") == expected


@SOME
@given(moments)
def test_parts(database: duckdb.DuckDBPyConnection, ticks: int) -> None:
    at = FIRST + timedelta(microseconds=ticks // 10)
    query = f"print a = {moment(ticks)} | project getyear(a), monthofyear(a), dayofmonth(a), hourofday(a), dayofyear(a), dayofweek(a)"
    weekday = (at.weekday() + 1) % 7 * DAY
    assert asked(database, query) == (at.year, at.month, at.day, at.hour, at.timetuple().tm_yday, weekday)


def shown(ticks: int) -> str:
    """A timespan as tostring() gives it."""
    days, rest = divmod(abs(ticks), DAY)
    seconds, part = divmod(rest, 10_000_000)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{'-' if ticks < 0 else ''}{f'{days}.' if days else ''}{clock}{f'.{part:07}' if part else ''}"


@SOME
@given(spans, spans)
def test_timespans(database: duckdb.DuckDBPyConnection, one: int, other: int) -> None:
    query = f"print a = {span(one)}, b = {span(other)} | project tostring(a), a + b, a - b, a < b, a == b, -a"
    assert asked(database, query) == (shown(one), one + other, one - other, one < other, one == other, -one)


# Membership

numbers = some.integers(-(2**63) + 1, 2**63 - 1) | some.integers(-5, 5)


@SOME
@given(some.none() | numbers, numbers, numbers)
def test_between(database: duckdb.DuckDBPyConnection, value: int | None, low: int, high: int) -> None:
    written_value = "long(null)" if value is None else str(value)
    found = None if value is None else low <= value <= high
    query = f"datatable(n: long)[{written_value}] | extend a = n between ({low} .. {high}) | extend b = n !between ({low} .. {high})"
    _, inside, outside = asked(database, query)
    assert inside == found
    assert outside == (None if found is None else not found)


@SOME
@given(moments, moments, moments)
def test_between_datetimes(database: duckdb.DuckDBPyConnection, value: int, low: int, high: int) -> None:
    query = f"print a = {moment(value)} | project a between ({moment(low)} .. {moment(high)})"
    assert asked(database, query) == (low <= value <= high,)


@SOME
@given(some.none() | numbers, some.lists(numbers, min_size=1, max_size=6))
def test_in(database: duckdb.DuckDBPyConnection, value: int | None, items: list[int]) -> None:
    written_value = "long(null)" if value is None else str(value)
    inside = ", ".join(map(str, items))
    query = f"datatable(n: long)[{written_value}] | project n in ({inside}), n !in ({inside})"
    assert asked(database, query) == (value in items, value not in items)


@SOME
@given(pieces, some.lists(pieces, min_size=1, max_size=5))
def test_in_texts(database: duckdb.DuckDBPyConnection, value: str, items: list[str]) -> None:
    inside = ", ".join(escaped(item, "'") for item in items)
    query = (
        f"datatable(s: string)[{escaped(value, chr(39))}] | project s in ({inside}), s !in ({inside}), s in~ ({inside})"
    )
    folded = [item.lower() for item in items]
    assert asked(database, query) == (value in items, value not in items, value.lower() in folded)
