"""What a query may name besides the tables that are there: known tables and columns, stored functions, watchlists."""

from __future__ import annotations

import duckdb
import pytest

from huntbook.errors import KqlError
from huntbook.query.kql import Catalogue, Compiled, Functions, Type, compile_kql, prepare
from huntbook.query.kql.known_tables import known_tables

TABLES = {
    "SecurityEvent": {"TimeGenerated": Type.DATETIME, "Computer": Type.STRING},
    "vip": {"User": Type.STRING},
}
STORED = Functions(
    "let Hosts = (name: string = '*', least: int = 0) { SecurityEvent | where name == '*' or Computer has name | take least + 9 };"
    "let SecurityEvent = (name: string) { SecurityEvent | where Computer == name };"
    "let Broken = () { SecurityEvent | where Nowhere == 1 };",
    {"Machines": "Hosts"},
)
CATALOGUE = Catalogue(TABLES, known_tables, STORED)


def _compiled(query: str) -> Compiled:
    return compile_kql(query, CATALOGUE)


def _rows(query: str) -> list[tuple[object, ...]]:
    compiled = _compiled(query)
    with duckdb.connect() as database:
        database.execute(
            "CREATE TABLE SecurityEvent AS SELECT TIMESTAMP '2026-01-01' AS TimeGenerated, unnest(['WS01', 'WS02']) AS Computer"
        )
        database.execute("CREATE TABLE vip AS SELECT 'alice' AS \"User\"")
        prepare(database, compiled)
        return database.execute(compiled.sql).fetchall()


class TestWhatIsKnownAndNotThere:
    def test_a_table_counts_as_empty_and_the_answer_says_so(self) -> None:
        assert _rows("SigninLogs | where ResultType == '0' | count") == [(0,)]
        assert _compiled("SigninLogs | count").cautions == ("there is no SigninLogs here, which counts as empty",)

    def test_a_column_counts_as_empty_and_the_answer_says_so(self) -> None:
        query = "SecurityEvent | where isempty(TargetUserName) | project Computer, LogonType"
        assert _rows(query) == [("WS01", None), ("WS02", None)]
        [caution] = _compiled(query).cautions
        assert "no LogonType and no TargetUserName" in caution

    def test_columns_that_are_not_spoken_of_are_not_made_up(self) -> None:
        assert [column.name for column in _compiled("SecurityEvent").columns] == ["TimeGenerated", "Computer"]
        assert _compiled("SecurityEvent | where Computer == 'x'").cautions == ()

    def test_beside_what_is_there(self) -> None:
        assert _rows("union SecurityEvent, SigninLogs | count") == [(2,)]

    def test_what_nobody_knows_is_an_error(self) -> None:
        with pytest.raises(KqlError, match="Did you mean 'SecurityEvent'"):
            _compiled("SecurityEvnt | count")
        with pytest.raises(KqlError, match="no column 'Nowhere'"):
            _compiled("SecurityEvent | where Nowhere == 1")

    def test_a_fuzzy_union_says_what_it_leaves_out(self) -> None:
        query = "union isfuzzy=true SecurityEvent, Custom_CL | count"
        assert _rows(query) == [(2,)]
        assert _compiled(query).cautions == ("there is no Custom_CL here, which union leaves out (isfuzzy)",)


class TestStoredFunctions:
    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("Hosts() | count", 2),
            ("Hosts('WS02') | count", 1),
            ("Machines(least=3, name='WS01') | count", 1),
            ("SecurityEvent('WS01') | count", 1),  # of the name of the table that it asks
            ("SecurityEvent | count", 2),
            ("let n = 'WS01'; let h = Hosts(n); h | count", 1),
            ("let Hosts = () { vip }; Hosts() | count", 1),  # the query's own comes first
            ("vip | join kind=inner (Hosts() | extend User = 'alice') on User | count", 2),
        ],
    )
    def test_called(self, query: str, count: int) -> None:
        assert _rows(query) == [(count,)]

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("Hosts(nmae='x')", "no parameter 'nmae'.*\n.*name"),
            ("Hosts('a', 1, 2)", "takes 2 arguments"),
            ("Hosts(1)", "is a string"),
            ("vip(1)", "takes no arguments"),
            ("Hsts()", "Did you mean 'Hosts'"),
            ("Broken()", "no column 'Nowhere'"),
        ],
    )
    def test_mistakes_are_said(self, query: str, said: str) -> None:
        with pytest.raises(KqlError, match=said):
            _compiled(query)

    def test_the_querys_names_mean_nothing_inside(self) -> None:
        assert _rows("let SecurityEvent = vip; Hosts() | count") == [(2,)]


class TestPlaces:
    @pytest.mark.parametrize(
        "source",
        [
            "workspace('w').vip",
            "database('d').vip",
            "cluster('c').database('d').vip",
            "table('vip')",
            "_GetWatchlist('vip')",
        ],
    )
    def test_the_connections_own_tables(self, source: str) -> None:
        assert _rows(source) == [("alice",)]

    def test_a_name_that_is_a_constant(self) -> None:
        assert _rows("let t = 'vip'; table(t)") == [("alice",)]

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("app('x').requests", "'app' cannot be asked"),
            ("_GetWatchlist('none')", "none.csv"),
            ("_GetWatchlist(strcat('a', 'b'))", "constant"),
            ("table()", "constant"),
        ],
    )
    def test_others_are_refused(self, query: str, said: str) -> None:
        with pytest.raises(KqlError, match=said):
            _compiled(query)
