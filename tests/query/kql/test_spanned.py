"""A time span in the text of a query gives the answer that the same query gives where only the rows of that time are there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huntbook.core.timespan import TimeSpan
from huntbook.errors import KqlError
from huntbook.query.dialects import dialects
from huntbook.query.kql.parse import parse
from huntbook.query.kql.shape import tables_read
from huntbook.query.kql.spanned import Conditions, spanned
from huntbook.query.pack import packs
from huntbook.query.parameters import Kind
from huntbook.query.query import Query
from huntbook.query.template import HOLE
from huntbook.sources._base import Question
from huntbook.sources._kql.database import KqlDatabase
from huntbook.testing import kql

DAY = datetime(2026, 3, 1, tzinfo=UTC)
NAMED = Conditions({"A": "a", "B": "b", "S": None}, unknown="u", mixed="m")


@pytest.mark.parametrize(
    ("text", "bounded"),
    [
        ("A", "(A | where a)"),
        ("['A'] | count", "(['A'] | where a) | count"),
        ("A // A\n| where y == 'A'; B", "(A | where a) // A\n| where y == 'A'; (B | where b)"),
        ("let A = A | take 1; A | join A on k", "let A = (A | where a) | take 1; A | join A on k"),
        ("let a = A; let b = a; b | count", "let a = (A | where a); let b = a; b | count"),
        ("union A, (B | take 1), C*", "union (A | where a), ((B | where b) | take 1), (union C* | where m)"),
        ("union withsource=From A, B | count", "(union withsource=From A, B | where m) | count"),
        ("let x = A; union withsource=From x", "let x = (A | where a); union withsource=From x"),
        ("search in (A, B) 'x' | count", "(search in (A, B) 'x' | where m) | count"),
        ("A | search 'x'", "(A | where a) | search 'x'"),
        ("A | join kind=inner (B) on k", "(A | where a) | join kind=inner ((B | where b)) on k"),
        ("A | lookup S on k", "(A | where a) | lookup S on k"),
        ("S | where k in (B) or k in (k2)", "S | where k in ((B | where b)) or k in (k2)"),
        ("print x = toscalar(A | count), y = toscalar(B)", None),
        ("let f = (A:(k:long)) { A | join B on k }; f(B)", None),
        ("materialize(U) | count", "materialize((U | where u)) | count"),
        ("table('A') | count", "(table('A') | where a) | count"),
        ("database('d').A | count", "(database('d').A | where a) | count"),
        ("let v = parse_json('{}').a; let w = ago(1d); A | where k == v", None),
        ("A | as B | join B on k", "(A | where a) | as B | join B on k"),
        ("A | make-graph x --> y with B on id", "(A | where a) | make-graph x --> y with (B | where b) on id"),
        ("S | count", "S | count"),
        ("print 1", "print 1"),
        ("range i from 1 to 3 step 1", "range i from 1 to 3 step 1"),
    ],
)
def test_places(text: str, bounded: str | None) -> None:
    found = spanned(text, NAMED)
    assert not found.problem
    assert bounded is None or found.text == bounded
    parse(found.text)


def test_a_function_of_the_query_s_own_gets_bounded_tables() -> None:
    found = spanned("let f = (A:(k:long)) { A | join B on k }; f(B)", NAMED)
    assert found.text == "let f = (A:(k:long)) { A | join (B | where b) on k }; f((B | where b))"
    assert found.tables == ("B",)


@pytest.mark.parametrize(
    "text",
    [
        "find in (A) where x == 1",
        "A | union withsource=From B",
        "union withsource=From A, (B | take 1)",
        "let x = B; union withsource=From A, x",
    ],
)
def test_what_cannot_be_bounded_is_left_as_it_is(text: str) -> None:
    found = spanned(text, NAMED)
    assert (found.text, found.tables) == (text, ())
    assert found.problem


def test_functions_of_the_service_are_named() -> None:
    found = spanned("union A, Saved(1) | invoke FileProfile('SHA1') | where k in (ago(1d))", NAMED)
    assert found.functions == ("Saved",)
    assert found.tables == ("A",)


def test_no_kql_is_told() -> None:
    with pytest.raises(KqlError):
        spanned("A | where", NAMED)


def test_it_does_not_recurse() -> None:
    text = "A | where " + " or ".join(f"k == {number}" for number in range(5_000))
    assert spanned(text, NAMED).tables == ("A",)


def conditions(span: TimeSpan) -> Conditions:
    """As Defender's tables have them: T is the time; some tables have none."""
    start = dialects["kql"].literal(span.start, Kind.DATETIME)
    between = f"between ({start} .. {dialects['kql'].end(span.end)})"
    absent = "column_ifexists('Timestamp', datetime(null))"
    return Conditions(
        {"A": f"Timestamp {between}", "B": f"Timestamp {between}", "S": None},
        unknown=f"column_ifexists('Timestamp', {start}) {between}",
        mixed=f"isnull({absent}) or {absent} {between}",
    )


def rows(name: str, number: int) -> pl.DataFrame:
    times = [DAY + timedelta(hours=step) for step in range(0, 48, number)]
    return pl.DataFrame(
        {
            "Timestamp": times,
            "k": [step % 5 for step in range(len(times))],
            "x": [f"{name}{step % 3}" for step in range(len(times))],
        }
    )


@pytest.fixture(scope="module")
def database() -> KqlDatabase:
    tables = {"A": rows("a", 3), "B": rows("b", 5), "U": rows("u", 7), "S": rows("s", 9).drop("Timestamp")}
    return kql.given(tables, DAY)[0]


TABLES = st.sampled_from(["A", "B", "U", "S", "['A']", "table('B')", "(A | where k != 2)", "(B | where x has 'b1')"])
WITHIN = st.sampled_from(["A", "B", "U", "S", "x1", "x2"])
OPERATORS = st.one_of(
    st.sampled_from(
        [
            "where k > 1",
            "extend y = k + 1",
            "summarize n = count() by k",
            "where k in (A | where x == 'a1' | project k)",
            "where k in ((B | project k))",
            "where k <= toscalar(U | summarize max(k))",
            "summarize k = max(k)",
            "distinct k",
            "as Kept",
            "sort by k asc",
        ]
    ),
    st.builds("join kind={0} ({1}) on k".format, st.sampled_from(["inner", "leftouter", "leftanti"]), WITHIN),
    st.builds("lookup {0} on k".format, st.sampled_from(["B", "S"])),
    st.builds("union {0}, {1}".format, WITHIN, TABLES),
)
SOURCES = st.one_of(
    TABLES,
    st.sampled_from(
        ["x1", "x2", "f(B)", "g()", "materialize(A)", "union A, B, U", "union S, A", "union withsource=W A, B"]
    ),
    st.sampled_from(
        ["search in (A, B) 'a1' | project k, x", "search in (A, S) 'a1' or 's1' | project k, x", "union A*, U"]
    ),
)
LETS = (
    "let f = (T:(k:long)) {{ T | where k > 0 | union (A | project k) }};\nlet g = () {{ U | where k < 4 }};\n"
    "let x1 = {0};\nlet x2 = materialize({1} | where k != 3);\n"
)


@st.composite
def queries(draw: st.DrawFn) -> str:
    lets = LETS.format(draw(TABLES), draw(TABLES))
    return lets + " | ".join([draw(SOURCES), *draw(st.lists(OPERATORS, max_size=4))])


def answer(database: KqlDatabase, text: str, span: TimeSpan | None) -> object:
    try:
        compiled = database.compile(Question(text, "kql", span))
    except KqlError:
        return None
    frames = list(database.frames(compiled))
    return frames[0].columns, sorted(map(repr, pl.concat(frames).rows()))


@settings(deadline=None, max_examples=150)
@given(text=queries(), start=st.integers(0, 40), hours=st.integers(1, 48))
def test_the_answer_is_that_of_the_rows_of_that_time(database: KqlDatabase, text: str, start: int, hours: int) -> None:
    span = TimeSpan(DAY + timedelta(hours=start), DAY + timedelta(hours=start + hours))
    expected = answer(database, text, span)
    found = spanned(text, conditions(span))
    parse(found.text)
    assert set(tables_read(found.text)) >= set(tables_read(text))
    if not found.problem:
        assert answer(database, found.text, None) == expected


def test_most_of_these_queries_run(database: KqlDatabase) -> None:
    seen = []

    @settings(deadline=None, max_examples=60, database=None)
    @given(text=queries())
    def look(text: str) -> None:
        seen.append(answer(database, text, None))

    look()
    assert sum(each is not None for each in seen) > len(seen) * 0.6


@pytest.mark.parametrize("query", [each for each in packs.queries() if each.kql], ids=lambda each: each.full_name)
def test_every_pack_query_is_bounded(query: Query) -> None:
    clauses = {name: str(each.default or "") for name, each in query.parameters.items() if each.type is Kind.CLAUSE}
    text = HOLE.sub(lambda hole: clauses.get(hole[1], f"p_{hole[1]}"), query.kql)
    found = spanned(text, Conditions({}, unknown="isnotempty(Timestamp)", mixed="true"))
    assert set(tables_read(found.text)) >= set(tables_read(text))
    assert found.text.count("isnotempty(Timestamp)") >= len(found.tables) or found.problem
