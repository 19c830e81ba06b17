"""What every dialect keeps to: a value is one literal whatever it holds, and what cannot be written is said."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from ipaddress import ip_address, ip_network
from pathlib import Path
from time import process_time
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.query.dialects.readers import LANGUAGES
from tests.query.dialects.values import HOSTILE, STARRED, TEXT, TEXTS

import huntbook.query.dialects as package
from huntbook.errors import ParameterError, UnknownName
from huntbook.query.dialects import Dialect, dialects
from huntbook.query.parameters import Clause, Kind, Value
from huntbook.query.template import render

EVERY = pytest.mark.parametrize("dialect", list(dialects.values()), ids=lambda dialect: dialect.name)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
# What a dialect says it cannot write, and may: an error is right for these, another value never is.
UNWRITABLE = {"spl": "\x00*", "sql": "\x00", "odata": "\x00"}


def text(value: object) -> Value:
    return Value(Kind.STRING, value)


def texts(value: object) -> Value:
    return Value(Kind.LIST, value)


def filled(name: str, one: str, many: list[str], two: str) -> str:
    values = {"one": text(one), "many": texts(many), "two": text(two)}
    return render(LANGUAGES[name].template, values, dialects[name])


def test_there_is_a_language_to_test_each_dialect() -> None:
    assert set(LANGUAGES) == set(dialects)


def test_a_dialect_has_one_name_everywhere() -> None:
    assert package.__file__
    files = {path.stem for path in Path(package.__file__).parent.glob("[!_]*.py")}
    assert files == set(dialects) == {"kql", "spl", "odata", "esql", "lucene", "sql"}
    for name, dialect in dialects.items():
        assert dialect.name == name
        assert isinstance(dialect, Dialect)
        assert not vars(dialect)
    with pytest.raises(UnknownName, match="Did you mean 'kql'"):
        dialects["kqll"]
    assert "kql" in repr(dialects)
    assert len(dialects) == 6
    assert dialects["kql"] is dialects["kql"]


@EVERY
@settings(deadline=None)
@given(one=TEXT, many=TEXTS, two=TEXT)
def test_hostile_values_are_one_literal_each(dialect: Dialect, one: str, many: list[str], two: str) -> None:
    assume(not set("".join((one, *many, two))) & set(UNWRITABLE.get(dialect.name, "")))
    language = LANGUAGES[dialect.name]
    harmless = language.read(filled(dialect.name, "a", ["b"] * len(many), "c"))
    read = language.read(filled(dialect.name, one, many, two))
    assert read.rest == harmless.rest
    expected = [*harmless.literals]
    first = expected.index("a")
    expected[first : first + len(many) + 2] = [one, *many, two]
    assert read.literals == expected


@EVERY
@pytest.mark.parametrize("value", [*HOSTILE, *STARRED, "a\x00b"])
def test_known_attacks_stay_values_or_are_refused(dialect: Dialect, value: str) -> None:
    language = LANGUAGES[dialect.name]
    if set(value) & set(UNWRITABLE.get(dialect.name, "")):
        with pytest.raises(ParameterError):
            dialect.literal(value)
        return
    read = language.read(filled(dialect.name, value, [value, value], value))
    assert read.literals.count(value) == 4
    assert read.rest == language.read(filled(dialect.name, "a", ["b", "b"], "c")).rest


@EVERY
def test_half_a_character_is_refused_and_not_replaced(dialect: Dialect) -> None:
    with pytest.raises(ParameterError, match="surrogate"):
        dialect.literal("a\ud800b")
    with pytest.raises(ParameterError, match="surrogate"):
        dialect.literal(["fine", "\udfff"], Kind.LIST)
    assert dialect.literal("😀")  # which is one character and no pair


@EVERY
def test_very_long_values_are_refused_and_long_ones_written_quickly(dialect: Dialect) -> None:
    with pytest.raises(ParameterError, match="too long"):
        dialect.literal("x" * 2_000_000)
    with pytest.raises(ParameterError, match="too long"):
        dialect.literal(["x" * 100] * 20_000, Kind.LIST)
    began = process_time()
    for mark in "\"'\\{":
        value = mark * min(400_000, dialect.longest // 8)
        assert dialect.literal(value)
    assert process_time() - began < 2


@EVERY
@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        (None, Kind.STRING, "no text"),
        (1.5, Kind.STRING, "no text"),
        (True, Kind.STRING, "no text"),
        (b"a", Kind.STRING, "no text"),
        (["a"], Kind.STRING, "no text"),
        (float("nan"), Kind.STRING, "no text"),
        ("a", Kind.LIST, "no list"),
        ({"a": 1}, Kind.LIST, "no list"),
        (7, Kind.LIST, "no list"),
        ([None], Kind.LIST, "no text"),
        ([["a"]], Kind.LIST, "no text"),
        ("12; drop", Kind.INT, "no whole number"),
        ("١٢", Kind.INT, "no whole number"),
        (1.0, Kind.INT, "no whole number"),
        (True, Kind.INT, "no whole number"),
        (np.True_, Kind.INT, "no whole number"),
        (2**63, Kind.INT, "64 bits"),
        (float("inf"), Kind.REAL, "no number"),
        (float("nan"), Kind.REAL, "no number"),
        ("1.5", Kind.REAL, "no number"),
        (2**60 + 1, Kind.REAL, "no number"),
        (1, Kind.BOOL, "neither"),
        ("yes", Kind.BOOL, "neither"),
        (NOON.replace(tzinfo=None), Kind.DATETIME, "no time zone"),
        (date(2026, 3, 2), Kind.DATETIME, "no time zone"),
        ("2026-03-02T12:00:00", Kind.DATETIME, "no time zone"),
        ("yesterday", Kind.DATETIME, "no datetime"),
        (0, Kind.DATETIME, "no datetime"),
        (pd.NaT, Kind.DATETIME, "time"),
        ("10.0.0.1 or 1==1", Kind.IP, "no IP address"),
        ("10.0.0.1/33", Kind.IP, "no IP address"),
        (1, Kind.IP, "no IP address"),
        ("", Kind.IP, "no IP address"),
        ("74be27de", Kind.GUID, "no guid"),
        ("74be27de-1e4e-49d9-b579-fe0b331d3642'", Kind.GUID, "no guid"),
        ("where x", Kind.CLAUSE, "from code only"),
        ("", Kind.COLUMN, "no name|no plain name"),
        ("a\nb", Kind.COLUMN, "no name|no plain name"),
        (None, Kind.COLUMN, "no text"),
    ],
)
def test_what_is_none_of_its_kind_is_refused(dialect: Dialect, value: object, kind: Kind, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        dialect.literal(value, kind)


@EVERY
@pytest.mark.parametrize("of", [Kind.LIST, Kind.CLAUSE])
def test_a_list_holds_single_values(dialect: Dialect, of: Kind) -> None:
    with pytest.raises(ParameterError, match="cannot hold"):
        dialect.literal([Clause("x")], Kind.LIST, of=of)


@EVERY
def test_a_clause_is_written_as_it_stands(dialect: Dialect) -> None:
    clause = Clause('| where x == "*"')
    assert dialect.write(Value(Kind.CLAUSE, clause)) == clause


@EVERY
def test_lists_of_any_make(dialect: Dialect) -> None:
    written = dialect.literal(["a", "b"], Kind.LIST)
    pieces = [dialect.literal("a"), dialect.literal("b")]
    assert written == dialect.separator.join(pieces)
    makes: list[Any] = [("a", "b"), {"b", "a"}, iter(["a", "b"]), pd.Series(["a", "b"]), pl.Series(["a", "b"])]
    for make in [*makes, np.array(["a", "b"]), {"a": 1, "b": 2}.keys()]:
        assert dialect.literal(make, Kind.LIST) == written
    numbers = dialect.literal([1, 2], Kind.LIST, of=Kind.INT)
    for make in [np.array([1, 2]), pd.Series([1, 2]), pl.Series([1, 2]), ["1", "+2"]]:
        assert dialect.literal(make, Kind.LIST, of=Kind.INT) == numbers


@EVERY
def test_an_empty_list_is_refused_or_has_a_spelling(dialect: Dialect) -> None:
    if dialect.empty_list:
        assert dialect.literal([], Kind.LIST) == dialect.empty_list
    else:
        with pytest.raises(ParameterError, match="empty list"):
            dialect.literal([], Kind.LIST)


@EVERY
def test_times_are_the_same_moment_however_they_are_given(dialect: Dialect) -> None:
    written = dialect.literal(NOON, Kind.DATETIME)
    east = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    for same in (east, "2026-03-02T12:00:00Z", "2026-03-02T17:30:00+05:30", pd.Timestamp(NOON)):
        assert dialect.literal(same, Kind.DATETIME) == written
    assert dialect.literal(NOON + timedelta(microseconds=1), Kind.DATETIME) != written


@EVERY
def test_times_and_spans_keep_every_digit_or_are_refused(dialect: Dialect) -> None:
    fine = pd.Timestamp("2026-03-02T12:00:00.123456789Z")
    if dialect.name in {"kql", "sql"}:
        with pytest.raises(ParameterError, match="finer than"):
            dialect.literal(fine, Kind.DATETIME)
    else:
        assert "123456789" in dialect.literal(fine, Kind.DATETIME)
    assert "123456" in dialect.literal(fine.floor("us"), Kind.DATETIME)


@EVERY
@settings(deadline=None)
@given(st.datetimes(timezones=st.just(UTC)))
def test_every_time_has_a_literal_of_its_own(dialect: Dialect, moment: datetime) -> None:
    assert not set("{};|\n") & set(dialect.literal(moment, Kind.DATETIME))


@EVERY
def test_spans_are_written_or_refused(dialect: Dialect) -> None:
    if dialect.name == "lucene":
        with pytest.raises(ParameterError, match="lucene cannot write a timespan"):
            dialect.literal("2d", Kind.TIMESPAN)
        return
    written = dialect.literal(timedelta(days=2), Kind.TIMESPAN)
    for same in ("2d", "48h", "2.00:00:00", pd.Timedelta(days=2)):
        assert dialect.literal(same, Kind.TIMESPAN) == written
    assert dialect.literal("1.02:03:04", Kind.TIMESPAN) == dialect.literal(
        timedelta(days=1, hours=2, minutes=3, seconds=4), Kind.TIMESPAN
    )
    for wrong in ("2", "2 fortnights", "2d; drop", "", 2, None, "15 nano", pd.NaT):
        with pytest.raises(ParameterError):
            dialect.literal(wrong, Kind.TIMESPAN)


@EVERY
def test_addresses_and_guids_are_checked_texts(dialect: Dialect) -> None:
    for value in ("10.0.0.1", "10.0.0.0/8", "2001:db8::1", "2001:db8::/32"):
        assert dialect.literal(value, Kind.IP) == dialect.literal(value)
        made = ip_network(value) if "/" in value else ip_address(value)
        assert dialect.literal(made, Kind.IP) == dialect.literal(value)
    guid = "74be27de-1e4e-49d9-b579-fe0b331d3642"
    for same in (guid, guid.upper(), f"{{{guid}}}", UUID(guid)):
        assert dialect.literal(same, Kind.GUID) == dialect.literal(guid)


@EVERY
def test_a_zone_of_an_address_is_no_way_in(dialect: Dialect) -> None:
    value = "fe80::1%x\"' | y"
    try:
        written = dialect.literal(value, Kind.IP)
    except ParameterError:
        return
    assert written == dialect.literal(value)


@EVERY
@pytest.mark.parametrize("quote", ['"{{host}}"', "'{{host}}'"])
def test_a_hole_in_quotes_is_found_and_never_filled(dialect: Dialect, quote: str) -> None:
    if quote[0] not in {"kql": "\"'", "odata": "'", "sql": "\"'"}.get(dialect.name, '"'):
        return
    query = f"a = {{{{ok}}}} and b = {quote}\nand c = {{{{fine}}}}"
    found = dialect.holes_in_quotes(query)
    assert [(hole.name, hole.line, query[hole.offset : hole.offset + 2]) for hole in found] == [("host", 1, "{{")]
    with pytest.raises(ParameterError, match=r"\{\{host\}\} in line 1 stands inside quotes"):
        render(query, {"ok": text("a"), "host": text("b"), "fine": text("c")}, dialect)


@EVERY
@pytest.mark.parametrize("around", ["h{}", "@{}", "{}x", "{}{}", "\\{}", "{}'", "`{}", "1.{}", "{}.5", "é{}"])
def test_a_hole_that_would_grow_together_with_something_is_refused(dialect: Dialect, around: str) -> None:
    query = "a = " + around.replace("{}", "{{host}}")
    with pytest.raises(ParameterError, match=r"\{\{host\}\} in line 1 (touches|stands)"):
        render(query, {"host": text("b")}, dialect)


@EVERY
def test_holes_that_touch_something_are_listed(dialect: Dialect) -> None:
    found = dialect.holes_that_touch("a = {{one}} b = x{{two}}\nc = {{three}}y d = {{four}}")
    assert [(hole.name, hole.line) for hole in found] == [("two", 1), ("three", 2)]
    dialect.check_holes("a = x{{one}} b = {{two}}", {"two"})
    with pytest.raises(ParameterError, match="one"):
        dialect.check_holes("a = x{{one}} b = {{two}}", {"one"})


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("spl", "index=a b=c | where d=1 | eval e=2 | rex f | table g | sort 0 h | bin i span=1h", None),
        ("spl", "index=a | stats count by b", "stats"),
        ("spl", "index=a | sort b", "sort"),
        ("spl", "index=a | head 5", "head"),
        ("spl", "index=a | bin _time bins=5", "bin"),
        ("spl", "| tstats count", "tstats"),
        ("spl", "index=a [search b] | table c", "a subsearch"),
        ("spl", "index=a | where b IN ([search c | return d])", "a subsearch"),
        ("spl", "index=a `m`", "a macro"),
        ("spl", "index=a | `m`", "a macro"),
        ("spl", "index=a | foreach b* [eval c=1]", None),
        ("spl", "index=a | foreach b* [eventstats sum(c)]", "eventstats"),
        ("spl", "index=a | appmade b", "a query that cannot be read here"),
        ("odata", "users?$filter=a eq 'b'&$top=5", None),
        ("odata", "users?$filter=a eq 'b'&$apply=aggregate(c)", "$apply"),
        ("esql", 'FROM a | WHERE b == "| STATS" // | LIMIT 5\n | KEEP c', None),
        ("esql", "FROM a | where b | Stats COUNT(*)", "stats"),
        ("lucene", "a:b", None),
        ("esql", "ROW a = 1 | WHERE a > 0", "row"),
        ("esql", "SHOW INFO", "show"),
        ("esql", "SET a = 1; FROM b", "set"),
        ("esql", "// of a\n FROM a, b METADATA _id", None),
        ("sql", "SELECT * FROM logs WHERE a = 'LIMIT 5' -- GROUP BY b\n ORDER BY time;", None),
        (
            "sql",
            "SELECT lower(a), CAST(b AS varchar(10)), extract(year FROM time) FROM s.logs AS l WHERE b IN (1, 2)",
            None,
        ),
        ("sql", "SELECT \"limit\" FROM logs WHERE (a LIKE '%count(*)%' OR b IS NULL)", None),
        ("sql", "SELECT count(*) FROM logs", "count()"),
        ("sql", 'SELECT "count"(*) FROM logs', "a function"),
        ("sql", "SELECT arg_max(a, time) FROM logs", "arg_max()"),
        ("sql", "SELECT DISTINCT a FROM logs", "DISTINCT"),
        ("sql", "SELECT a FROM logs limit 5", "LIMIT"),
        ("sql", "SELECT a, lag(a) OVER w FROM logs", "OVER"),
        ("sql", "SELECT a FROM logs, users", "a query in SQL of several tables or none"),
        ("sql", "SELECT a FROM logs JOIN users ON true", "JOIN"),
        ("sql", "SELECT a FROM logs WHERE a IN (FROM users)", "a query within a query"),
        ("sql", "WITH l AS (SELECT 1) SELECT * FROM l", "a query in SQL that is not one plain SELECT"),
        ("sql", "SELECT a FROM logs; SELECT b FROM logs", "a query in SQL that is not one plain SELECT"),
        ("sql", "SELECT a FROM logs WHERE a = E'\\' LIMIT 5 --'", "a query in SQL with a string of its own kind"),
        ("sql", "SELECT 1", "a query in SQL of several tables or none"),
    ],
)
def test_what_has_to_see_all_rows_is_told(name: str, text: str, said: str | None) -> None:
    assert dialects[name].needs_all(text) == said


@EVERY
def test_what_is_between_quotes_is_no_quote(dialect: Dialect) -> None:
    query = LANGUAGES[dialect.name].template
    assert dialect.holes_in_quotes(query) == []
    dialect.check_holes(query)


@EVERY
def test_names_of_columns(dialect: Dialect) -> None:
    assert dialect.column("EventID").strip('"') == "EventID"
    assert dialect.write(Value(Kind.COLUMN, "EventID")) == dialect.column("EventID")
    for name in ("a] | x [", 'a" | x', "a' x", "a b", "where", "a:b OR c", "a\\"):
        try:
            written = dialect.column(name)
        except ParameterError:
            continue
        assert written != name or re.fullmatch(r"\w+", name)


def test_kinds_are_those_of_the_issue() -> None:
    assert ", ".join(Kind) == "string, list, int, real, datetime, timespan, ip, guid, bool, column, clause"
