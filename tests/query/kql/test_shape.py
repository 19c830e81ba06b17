"""What is told of a query without its tables agrees with what the compiler finds out."""

from __future__ import annotations

import pytest

from huntbook.query.kql.shape import needs_all, tables_read
from huntbook.query.pack import packs
from huntbook.query.query import Query


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("SecurityEvent", ["SecurityEvent"]),
        ("let T = SecurityEvent; T | count", ["SecurityEvent"]),
        ("let f = (T:(x:long)) { T | where x > 1 }; f(Heartbeat) | count", []),
        ("union A, B, (C | take 1) | where x in (D | project y)", ["A", "B", "C", "D"]),
        ("workspace('w').SigninLogs | join kind=inner (table('AuditLogs') | take 1) on k", ["SigninLogs", "AuditLogs"]),
        ("_Im_Dns(starttime=ago(1d)) | take 1", ["_Im_Dns"]),
        ("let host = tostring('a'); let n = iff(true, 1, 2); A | where x == host", ["A"]),
        ("let T = table('B'); let U = materialize(C); let V = view(D); T", ["B", "C", "D"]),
        ("A | where toscalar(B | count) > 1", ["A", "B"]),
        ("search in (A, B) 'x'", ["A", "B"]),
        ("let t = A | where x > 1; let most = toscalar(t | count); B | where x > most", ["B", "A"]),
        ("let most = toscalar(A); B | where x > most", ["B", "A"]),
        ("print 1", []),
        ("this is | not", []),
        ("(" * 5_000, []),
    ],
)
def test_tables(text: str, tables: list[str]) -> None:
    assert tables_read(text) == tables


def test_what_is_called_can_be_left_out() -> None:
    assert tables_read("_Im_Dns(starttime=ago(1d)) | join table('A') on k", called=False) == ["A"]


@pytest.mark.parametrize("query", [each for each in packs.queries() if each.hunts], ids=lambda query: query.full_name)
def test_the_tables_of_the_packs_are_those_that_they_say_they_need(query: Query) -> None:
    assert set(tables_read(query.kql)) == set(query.tables("kql"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("T | where x > 1 | extend y = x | project y | sort by y", None),
        ("T | mv-expand x | parse z with * 'a' b | project-away x", None),
        ("union A, B | where x > 1", None),
        ("T | summarize count()", "summarize"),
        ("T | take 5", "take"),
        ("T | join (U) on k", "join"),
        ("T | lookup (U) on k", "lookup"),
        ("T | make-series count() on t step 1d", "make-series"),
        ("union A, (B | distinct x)", "distinct"),
        ("T | where x > toscalar(T | count)", "toscalar()"),
        ("T | where x in (U | project y)", "in (a table)"),
        ("let bad = U | where y > 1; T | where x !in (bad)", "!in (a table)"),
        ("let bad = dynamic([1, 2]); T | where x in (bad)", None),
        ("let t = materialize(T); t | where x > 1", "materialize()"),
        ("print x = 1", "print"),
        ("range x from 1 to 3 step 1", "range"),
        ("union T, (datatable(a:long)[1] | where a > 0)", "datatable"),
        ("let more = externaldata(a:string)['https://a.example']; union T, more", "externaldata"),
        ("T | where x in (datatable(a:long)[1])", None),
        ("T | getschema", "getschema"),
        ("T | where", "a query that cannot be read here"),
    ],
)
def test_what_needs_all_rows(text: str, why: str | None) -> None:
    assert needs_all(text) == why
