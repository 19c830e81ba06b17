"""`search`, `find`, and `where * has`."""

from __future__ import annotations

import pytest
from tests.query.kql.operators._answers import Tables, answer, rows, some

from huntbook.errors import KqlError
from huntbook.query.kql import Catalogue
from huntbook.query.kql.compiler import compile_query
from huntbook.query.kql.types import Type

T = 'datatable(a:string, b:long, d:dynamic)["Foo bar", 1, dynamic({"x":1}), "bazfoo", 2, dynamic(null), "", long(null), dynamic("foo")]'
TABLES: Tables = {
    "Logs1": ({"a": Type.STRING, "n": Type.LONG}, [("foo", 1), ("bar", 2), (None, None)]),
    "Logs2": ({"a": Type.STRING, "m": Type.LONG}, [("FOO x", 3)]),
    "Other": ({"n": Type.STRING}, [("foo",)]),
}


@pytest.mark.parametrize(
    ("predicate", "found"),
    [
        ("'foo'", {1, None}),
        ("'FOO'", {1, None}),
        ("'fo*'", {1, None}),
        ("'*foo'", {1, 2, None}),
        ("'*azf*'", {2}),
        ("'f*r'", {1}),
        ("*", {1, 2, None}),
        ("'foo' and b == 1", {1}),
        ("'foo' or b == 2", {1, 2, None}),
        ("not('foo')", {2}),
        ("a:'foo'", {1}),
        ("a:'baz*'", {2}),
        ("a == 'Foo bar'", {1}),
        ("kind=case_sensitive 'foo'", {None}),
        ("kind=case_sensitive 'Fo*'", {1}),
        ("kind=case_sensitive a has 'foo'", set()),
        ("'1'", {1}),
        ("'.*'", set()),
    ],
)
def test_search_after_a_pipe(predicate: str, found: set[int | None]) -> None:
    assert {row[0] for row in rows(f"{T} | search {predicate} | project b")} == found


def test_search_gives_the_table_and_all_columns() -> None:
    assert answer("search in (Logs*) 'foo'", TABLES)[0] == ["$table", "a", "n", "m"]
    assert some("search in (Logs*) 'foo'", TABLES) == {("Logs1", "foo", 1, None), ("Logs2", "FOO x", None, 3)}
    assert answer("Logs1 | search 'bar'", TABLES) == (["$table", "a", "n"], [("Logs1", "bar", 2)])


def test_search_of_all_tables_keeps_columns_of_two_types_apart() -> None:
    names, found = answer("search 'foo'", TABLES)
    assert names == ["$table", "a", "n_long", "n_string", "m"]
    assert len(found) == 3


def test_a_column_that_a_table_does_not_have_is_empty_there() -> None:
    assert some("search in (Logs1, Logs2) m > 1 or n == 2 | project a", TABLES) == {("FOO x",), ("bar",)}
    assert rows("search in (Logs1, Logs2) not(m > 1) | count", TABLES) == [(0,)]
    with pytest.raises(KqlError, match="no column 'zz'"):
        rows("search in (Logs1, Logs2) zz == 1", TABLES)


def test_where_any_column_has() -> None:
    assert {row[1] for row in rows(f"{T} | where * has 'foo' and b > 0")} == {1}
    assert {row[1] for row in rows(f"{T} | where * contains 'ZF' or b == 1")} == {1, 2}
    with pytest.raises(KqlError, match="star cannot stand"):
        rows(f"{T} | where * == 'foo'")


def test_find_gives_the_columns_that_all_have_and_packs_the_others() -> None:
    assert answer("find in (Logs1, Logs2) where a has 'foo'", TABLES)[0] == ["source_", "a", "pack_"]
    found = rows("find in (Logs1, Logs2) where a has 'foo'", TABLES)
    assert sorted(found, key=str) == [("Logs1", "foo", {"n": 1}), ("Logs2", "FOO x", {"m": 3})]


def test_find_leaves_out_tables_that_have_none_of_the_columns() -> None:
    assert answer("find m == 3", TABLES) == (["source_", "m", "a"], [("Logs2", 3, "FOO x")])
    assert {row[0] for row in rows("find 'foo'", TABLES)} == {"Logs1", "Logs2", "Other"}


def test_find_projects() -> None:
    query = "find withsource=S in (Logs1, Other) where 'foo' project a, n:string"
    assert answer(query, TABLES)[0] == ["S", "a", "n"]
    assert some(query, TABLES) == {("Logs1", "foo", "1"), ("Other", "", "foo")}
    with pytest.raises(KqlError, match="long and string"):
        rows("find in (Logs1, Other) where 'foo' project n", TABLES)


def test_find_packs_what_it_does_not_project() -> None:
    assert answer("find in (Logs1, Other) where 'foo' project a, pack(*)", TABLES) == (
        ["source_", "a", "pack_"],
        [("Logs1", "foo", {"n": 1}), ("Other", "", {"n": "foo"})],
    )
    assert rows("find in (Logs1) where n == 1 project pack_all()", TABLES) == [("Logs1", {"a": "foo", "n": 1})]
    with pytest.raises(KqlError, match="last"):
        rows("find in (Logs1) where n == 1 project pack(*), a", TABLES)


def test_hostile_terms() -> None:
    for term in ("'", "\\0", "%", "_", "(", "\\\\", "x" * 500):
        assert rows(f'print a = "<{term}>" | search "*{term}*" | count') == [(1,)]
        assert rows(f'print a = "b" | search "*{term}*" | count') == [(0,)]


def test_no_rows() -> None:
    assert rows("datatable(a:string)[] | search 'x'") == []


@pytest.mark.parametrize(
    ("term", "counts"),
    [
        ("12", [1]),
        ("2026", [1]),
        ("02T10", [1]),
        ("true", [1]),
        ("ab-cd", [0]),
        ("1.5", [1]),
        ("e", [0]),
        ("NaN", [1]),
        ("x", [1]),
        ("5f", [0]),
    ],
)
def test_a_term_is_looked_for_in_columns_of_any_type(term: str, counts: list[int]) -> None:
    """What cannot be in the texts of a type is not looked for there, which nobody must notice."""
    row = 'print a = 12, b = datetime(2026-01-02 10:00:00), c = true, d = 1.5, e = real(nan), f = dynamic({"k":"x"}), g = 5m'
    assert rows(f'{row} | search "{term}" | count') == [tuple(counts)]


def test_a_term_is_in_one_column() -> None:
    assert rows('print a = "foo", b = "bar" | search "*oob*" | count') == [(0,)]
    assert rows('print a = "foo", b = "bar" | where * has "foo bar" | count') == [(0,)]
    assert rows('print a = "foo-", b = "-bar" | where * contains "--" | count') == [(0,)]


def test_views_are_not_looked_into_with_the_tables_that_they_show() -> None:
    kinds = {name: schema for name, (schema, _) in TABLES.items()}
    catalogue = Catalogue(kinds, views=frozenset({"Logs2"}))
    for query in ('search "foo" | summarize count() by $table', 'find "foo"', "union * | count", "union Log* | count"):
        assert '"Logs1"' in compile_query(query, catalogue).sql
        assert '"Logs2"' not in compile_query(query, catalogue).sql
    assert '"Logs2"' in compile_query("union Logs1, Logs2 | count", catalogue).sql
