"""What is asked of the compiler: SQL that is ready to run, with the caller's clock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import duckdb
import pytest

from huntbook.core.timespan import TimeSpan
from huntbook.errors import KqlError
from huntbook.query.kql import Type, compile_kql, prepare

TABLES = {
    "Logons": {"Time": Type.DATETIME, "Computer": Type.STRING},
    "Processes": {"Time": Type.DATETIME, "Computer": Type.STRING, "Path": Type.STRING},
}


def _one(query: str, *, now: datetime | None = None) -> Any:
    compiled = compile_kql(query, {}, now=now)
    with duckdb.connect() as database:
        prepare(database, compiled)
        [[value]] = database.execute(compiled.sql, dict(compiled.values)).fetchall()
    return value


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


def test_only_the_columns_that_are_asked_for_are_written() -> None:
    written = compile_kql("Processes | extend a = 1 | join kind=inner Logons on Computer | project Path", TABLES).sql
    assert '"Time"' not in written
    assert '"a"' not in written


def test_threads_translate_as_one_does() -> None:
    queries = [f"Logons | where Time > ago({hours}h) | take {hours}" for hours in range(1, 25)]
    now = datetime(2026, 3, 2, tzinfo=UTC)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda query: compile_kql(query, TABLES, now=now).sql, queries))
    assert together == [compile_kql(query, TABLES, now=now).sql for query in queries]


@pytest.mark.parametrize("text", ["", "  \n", "// nothing"])
def test_an_empty_query_is_refused(text: str) -> None:
    with pytest.raises(KqlError):
        compile_kql(text, TABLES)


@pytest.mark.parametrize(
    ("query", "said", "place", "hint"),
    [
        ("Logons\n| where Comptuer == 'x'", "no column 'Comptuer'", (2, 9), "Did you mean 'Computer'?"),
        ("Logons | summarize n = count() by Comptuer", "no column 'Comptuer'", (1, 35), "Did you mean 'Computer'?"),
        ("Logons | project ['Comptuer']", "no column 'Comptuer'", (1, 18), "Did you mean 'Computer'?"),
        ("Logins | take 1", "no table 'Logins'", (1, 1), "Did you mean 'Logons'?"),
        ("Logons // Proceses\n| join Proceses on Computer", "no table 'Proceses'", (2, 8), "Did you mean 'Processes'?"),
        ("Logons | join zzz on Computer", "no table 'zzz'", (1, 15), "There are: Logons, Processes"),
    ],
)
def test_an_unknown_name_is_told_with_its_place(query: str, said: str, place: tuple[int, int], hint: str) -> None:
    with pytest.raises(KqlError) as caught:
        compile_kql(query, TABLES)
    assert said in str(caught.value)
    assert (caught.value.line, caught.value.column) == place
    assert caught.value.hint.startswith(hint)


@pytest.mark.parametrize(
    ("rendered", "kind", "properties"),
    [
        ("render timechart", "timechart", {}),
        ("render columnchart with (kind=stacked, title='Of a day', ycolumns=a)", "columnchart", {"kind": "stacked", "title": "Of a day", "ycolumns": ["a"]}),
        ("render piechart with (xcolumn=Computer, series=a, b, legend=hidden)", "piechart", {"xcolumn": "Computer", "series": ["a", "b"], "legend": "hidden"}),
        ("render barchart title='Older'", "barchart", {"title": "Older"}),
    ],
)  # fmt: skip
def test_what_render_asks_for_is_carried(rendered: str, kind: str, properties: dict[str, object]) -> None:
    chart = compile_kql(f"Logons | summarize a = count(), b = 1 by Computer | {rendered}", TABLES).chart
    assert chart is not None
    assert (chart.kind, chart.properties) == (kind, properties)


def test_without_render_there_is_no_chart() -> None:
    assert compile_kql("Logons", TABLES).chart is None


@pytest.mark.parametrize(
    ("expression", "size"),
    [
        ("array_length(repeat('x', 1000000000))", 1_048_576),
        ("array_length(range(1, 1000000000, 1))", 1_048_576),
        ("strlen(strrep('ab', 1000000000))", 2048),
    ],
)
def test_a_number_makes_no_more_than_memory_holds(expression: str, size: int) -> None:
    assert _one(f"print {expression}") == size


def test_a_key_is_a_string() -> None:
    with pytest.raises(KqlError, match="A key is a string, not long"):
        compile_kql("print bag_pack(1, 2)", {})
    assert _one("print bag_pack(tostring(1), 2, todynamic('k'), 3)") == '{"1":2,"k":3}'


def test_a_range_without_an_end_is_refused() -> None:
    with pytest.raises(KqlError, match="rows here"):
        compile_kql("range x from -9223372036854775808 to 5 step 1", {})
    assert _one("range x from 1 to 10000000000 step 1 | count") == 10_000_000_000
    assert _one("range x from 5 to 1 step 1 | count") == 0
    assert _one("range x from datetime(2026-01-01) to datetime(2026-01-02) step 1h | count") == 25


def test_a_span_of_time_is_of_the_tables_that_have_a_time() -> None:
    span = TimeSpan.of(start="2026-03-01", end="2026-03-02")
    tables = {
        "T": {"TimeGenerated": Type.DATETIME, "n": Type.LONG},
        "D": {"Timestamp": Type.DATETIME, "n": Type.LONG},
        "L": {"n": Type.LONG},
    }
    written = compile_kql("union T, D, L | summarize sum(n)", tables, span=span).sql
    for column in ("TimeGenerated", "Timestamp"):
        assert f'("{column}" >= TIMESTAMP \'2026-03-01' in written
        assert f'("{column}" < TIMESTAMP \'2026-03-02' in written
