"""Translating KQL: what was translated is kept, the clock is the caller's, and an error says where."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import duckdb
import pytest

from huntbook.errors import KqlError
from huntbook.query.kql import _compile, compile_kql, not_run
from huntbook.query.kql._place import place_of

TABLES = {"Logons": ["Time", "Computer"], "Processes": ["Time", "Computer", "Path"]}


@pytest.fixture
def translations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queries that were translated and not only remembered."""
    made: list[str] = []

    def translate(text: str, *given: Any, real: Any = _compile._translate) -> Any:
        made.append(text)
        return real(text, *given)

    monkeypatch.setattr(_compile, "_translate", translate)
    monkeypatch.setattr(_compile, "_kept", type(_compile._kept)())
    return made


class TestKept:
    def test_a_query_is_translated_once(self, translations: list[str]) -> None:
        assert compile_kql("Logons | take 1", TABLES) == compile_kql("Logons | take 1", TABLES)
        assert translations == ["Logons | take 1"]

    def test_other_columns_are_another_translation(self) -> None:
        query = "Logons | join kind=inner Processes on Computer"
        more = {**TABLES, "Processes": [*TABLES["Processes"], "Parent"]}
        assert '"Parent"' not in compile_kql(query, TABLES).sql
        assert '"Parent"' in compile_kql(query, more).sql

    def test_a_table_that_is_not_meant_makes_no_other_translation(self, translations: list[str]) -> None:
        query = 'Logons | where Computer matches regex @".*" and Time > 1'
        assert compile_kql(query, TABLES) == compile_kql(query, {**TABLES, "Odd *.json": ["a"], "More": ["b"]})
        assert len(translations) == 1

    @pytest.mark.parametrize(
        "query",
        ["union *", "union withsource=T Log*", "union Logo*, Processes", "search 'x'", "find where Path == 'x'"],
    )
    def test_a_query_may_mean_tables_that_it_does_not_name(self, query: str) -> None:
        assert _compile._concerned(query, TABLES) == TABLES

    @pytest.mark.parametrize(
        ("query", "tables"),
        [
            ("Logons", ["Logons"]),
            ("Logons | join Processes on Computer", ["Logons", "Processes"]),
            ("table('Processes') | take 1", ["Processes"]),
            ("print 2 // *", []),
            ("print '*'", []),
            ("['a b.json'] | take 1", ["a b.json"]),
            ("logons", []),
        ],
    )
    def test_the_tables_that_a_query_means(self, query: str, tables: list[str]) -> None:
        assert list(_compile._concerned(query, {**TABLES, "a b.json": ["x"]})) == tables

    @pytest.mark.parametrize("other", [{"a": ["b", "c"]}, {"a": ["b"], "c": []}, {"a": ["b', 'c"]}])
    def test_catalogues_are_told_apart(self, other: dict[str, list[str]]) -> None:
        assert _compile._key("a", other) != _compile._key("a", {"a": ["bc"]})
        assert _compile._key("a", other) != _compile._key("a", {"a": ["b"], "c": ["d"]})

    def test_those_not_used_for_long_go(self, translations: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_compile, "KEPT", 2)
        for text in ("Logons", "Processes", "Logons", "Logons | take 1", "Logons", "Processes"):
            compile_kql(text, TABLES)
        assert translations == ["Logons", "Processes", "Logons | take 1", "Processes"]

    def test_an_error_is_not_kept(self, translations: list[str]) -> None:
        for _ in range(2):
            with pytest.raises(KqlError):
                compile_kql("Logons | whre 1", TABLES)
        assert len(translations) == 2

    def test_threads_translate_as_one_does(self) -> None:
        queries = [f"Logons | where Time > ago({hours}h) | take {hours}" for hours in range(1, 25)]
        now = datetime(2026, 3, 2, tzinfo=UTC)
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(lambda query: compile_kql(query, TABLES, now=now), queries))
        _compile._kept.clear()
        assert together == [compile_kql(query, TABLES, now=now) for query in queries]


class TestNow:
    def test_each_asking_has_its_own(self) -> None:
        for year in (2024, 2025):
            now = datetime(year, 5, 1, 9, tzinfo=timezone(timedelta(hours=2)))
            assert _one("print ago(1h)", now=now) == datetime(year, 5, 1, 6)  # noqa: DTZ001 - KQL's times are naive

    def test_without_one_it_is_the_present(self) -> None:
        answered = _one("print now()")
        assert isinstance(answered, datetime)
        assert abs(answered.replace(tzinfo=UTC) - datetime.now(UTC)) < timedelta(minutes=1)

    def test_the_query_may_set_it(self) -> None:
        query = "set query_now = datetime(2020-01-01); print now()"
        assert _one(query, now=datetime(2026, 1, 1, tzinfo=UTC)) == datetime(2020, 1, 1)  # noqa: DTZ001

    def test_a_query_without_a_clock_has_no_value_to_bind(self) -> None:
        assert compile_kql("print 1", {}, now=datetime(2026, 1, 1, tzinfo=UTC)).values == {}


def _one(query: str, *, now: datetime | None = None) -> Any:
    compiled = compile_kql(query, {}, now=now)
    with duckdb.connect() as database:
        [[value]] = database.execute(compiled.sql, dict(compiled.values)).fetchall()
    return value


class TestErrors:
    def test_an_unknown_table_is_named_with_its_place(self) -> None:
        with pytest.raises(KqlError) as caught:
            compile_kql('Logons // Proceses\n| where Computer == "Proceses"\n| join Proceses on Computer', TABLES)
        error = caught.value
        assert (error.line, error.column, error.near) == (3, 8, "Proceses")
        assert error.hint == "Did you mean 'Processes'?"

    def test_what_there_is_is_listed_where_nothing_is_close(self) -> None:
        with pytest.raises(KqlError) as caught:
            compile_kql("Logons | join zzz on Computer", TABLES)
        assert caught.value.hint == "There are: Logons, Processes."

    def test_two_columns_of_one_name_are_not_called_a_missing_table(self) -> None:
        with pytest.raises(KqlError) as caught:
            compile_kql("Logons | extend Path = 1, Path = 2", TABLES)
        assert "two columns 'Path'" in str(caught.value)
        assert "no table" not in str(caught.value)


@pytest.mark.parametrize(
    ("query", "said", "place", "hint"),
    [
        ("Logons\n| where Comptuer == 'x'", "no column 'Comptuer'", (2, 9), "Computer"),
        ("Logons | summarize n = count() by Comptuer", "no column 'Comptuer'", (1, 35), "Computer"),
        ("Logons | where Time > 1 | project ['Comptuer']", "no column 'Comptuer'", (1, 35), "Computer"),
        ("Logins | take 1", "no table 'Logins'", (1, 1), "Logons"),
    ],
)
def test_a_name_that_the_database_does_not_know_has_its_place(
    query: str, said: str, place: tuple[int, int], hint: str
) -> None:
    with duckdb.connect() as database:
        database.execute("CREATE TABLE Logons (Time BIGINT, Computer VARCHAR)")
        with pytest.raises(duckdb.Error) as caught:
            database.sql(compile_kql(query, {"Logons": ["Time", "Computer"]}).sql)
    error = not_run(str(caught.value), query, TABLES)
    assert said in str(error)
    assert (error.line, error.column) == place
    assert error.hint == f"Did you mean {hint!r}?"


def test_another_error_of_the_database_is_told_as_it_is() -> None:
    error = not_run("Conversion Error: Could not convert string 'x'\n\nLINE 1: SELECT", "Logons", TABLES)
    assert (str(error), error.line) == ("Conversion Error: Could not convert string 'x'", 0)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("x", (1, 1)),
        ("T | where x", (1, 11)),
        ("T\r\n| where\tx", (2, 9)),
        ('T | where a == "x" and x', (1, 24)),
        (r'T | where a == "\"x" and x', (1, 26)),
        (r'T | where a == @"\" and x', (1, 25)),
        ("T | where a == 'x' // x\n| where x", (2, 9)),
        ("T | extend b = ```x\nx```, x", (2, 7)),
        ("T | where ['x'] == 1", (1, 11)),
        ("T | where xx == x_x", (0, 0)),
        ("", (0, 0)),
    ],
)
def test_the_place_of_a_name(text: str, place: tuple[int, int]) -> None:
    assert place_of("x", text) == place


def test_a_name_that_is_no_word_has_a_place() -> None:
    assert place_of("a b.json", "union ['a b.json']") == (1, 7)
