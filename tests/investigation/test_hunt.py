from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import polars as pl
import pytest

import huntbook as hb
from huntbook.core import runtime
from huntbook.core.result import Completeness, Origin, Result
from huntbook.errors import KqlError, QueryError, ServiceError
from huntbook.investigation.finding import ProcessRef, RemoteRef
from huntbook.investigation.hunt import AT_ONCE, FINDINGS_KEPT, ROWS_KEPT, _run_all, hunt, make_findings, run_queries
from huntbook.query.pack import Query
from huntbook.sources._connection import Connection
from huntbook.sources.local import Local
from huntbook.testing import FakeSentinel

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def query(name: str = "found", *, needs: tuple[str, ...] = ("SecurityEvent",), **given: Any) -> Query:
    fields = {
        "about": "Something happened",
        "severity": "high",
        "techniques": ["T1003"],
        "why": "It matters.",
        "kql": name,
    }
    return Query.model_validate({**fields, "name": name, "pack": "test", "needs": list(needs), **given})


def answer(frame: pl.DataFrame, completeness: Completeness | None = None) -> Result:
    origin = Origin("logs", "", "", "kql", START, timedelta(0), frame.height, completeness or Completeness())
    return Result(frame, origin)


class Logs:
    """A connection of which only what hunting uses is there; a query's text is the name of its answer."""

    def __init__(
        self, answers: Mapping[str, pl.DataFrame | Exception], tables: tuple[str, ...] = ("SecurityEvent",)
    ) -> None:
        self.answers = answers
        self.tables = dict.fromkeys(tables)
        self.asked: list[str] = []
        self.completeness = Completeness()
        self.running = 0
        self.most_running = 0

    async def atables(self) -> Mapping[str, None]:
        return self.tables

    async def aask(self, query: Query) -> Result:
        return await self.aquery(query.kql)

    async def aquery(self, text: str) -> Result:
        self.asked.append(text)
        self.running += 1
        self.most_running = max(self.running, self.most_running)
        await asyncio.sleep(0.001)
        self.running -= 1
        found = self.answers.get(text, pl.DataFrame({"TimeGenerated": [START]}))
        if isinstance(found, Exception):
            raise found
        return answer(found, self.completeness)


def connection(answers: Mapping[str, pl.DataFrame | Exception], *tables: str) -> Connection:
    return cast("Connection", Logs(answers, tables or ("SecurityEvent",)))


def rows(**columns: list[Any]) -> pl.DataFrame:
    height = len(next(iter(columns.values())))
    times = [START + timedelta(minutes=number) for number in range(height)]
    return pl.DataFrame({"TimeGenerated": times, **columns}, strict=False)


class TestGrouping:
    def test_rows_that_agree_make_one_finding(self) -> None:
        answer = rows(Host=["a", "b", "a"], Account=["x", "x", "x"])
        found = make_findings(query(group=["Host", "Account"]), answer)
        assert [(finding.host, finding.count) for finding in found] == [("a", 2), ("b", 1)]
        assert (found[0].time, found[0].last) == (START, START + timedelta(minutes=2))

    def test_case_and_volume_of_a_path_make_no_difference(self) -> None:
        paths = [
            r"C:\Windows\a.exe",
            r"\Device\HarddiskVolume2\Windows\A.EXE",
            r"c:\windows\A.exe",
            r"\\?\D:\Windows\a.exe",
        ]
        assert len(make_findings(query(group=["ProcessPath"]), rows(ProcessPath=paths))) == 1

    def test_another_folder_makes_another_finding(self) -> None:
        assert len(make_findings(query(group=["ProcessPath"]), rows(ProcessPath=[r"C:\a\x.exe", r"C:\b\x.exe"]))) == 2

    def test_without_group_columns_all_rows_are_one(self) -> None:
        assert make_findings(query(group=["Nowhere"]), rows(Host=["a", "b"]))[0].count == 2

    def test_what_is_beyond_the_limit_is_one_finding_that_says_so(self) -> None:
        hosts = [f"h{number}" for number in range(FINDINGS_KEPT + 7)]
        found = make_findings(query(group=["Host"]), rows(Host=hosts))
        assert len(found) == FINDINGS_KEPT + 1
        assert found[-1].title == "Something happened (7 more of the same kind)"
        assert sum(finding.count for finding in found) == len(hosts)

    def test_only_the_first_rows_are_kept_and_all_are_counted(self) -> None:
        [finding] = make_findings(query(group=["Host"]), rows(Host=["a"] * (ROWS_KEPT + 5)))
        assert (len(finding.rows), finding.count) == (ROWS_KEPT, ROWS_KEPT + 5)

    def test_an_empty_answer_makes_none(self) -> None:
        assert make_findings(query(), rows(Host=[]).clear()) == []


class TestFields:
    def test_roles_become_the_findings_fields(self) -> None:
        answer = rows(
            Host=["h"], Account=["a"], ProcessId=["7"], ParentProcessId=["6"], ProcessPath=["p"], CommandLine=["c"],
            ProcessGuid=["g"], RemoteAddress=["192.0.2.7"], RemotePort=[443],
        )  # fmt: skip
        [finding] = make_findings(query(group=["Host"]), answer)
        assert finding.process == ProcessRef(id="7", guid="g", path="p", command_line="c", parent_id="6")
        assert finding.remote == RemoteRef(address="192.0.2.7", port=443)
        assert (finding.host, finding.account, finding.query) == ("h", "a", "test.found")

    def test_the_first_value_that_is_there_is_taken(self) -> None:
        [finding] = make_findings(query(group=["Host"]), rows(Host=["h", "h"], ProcessId=[None, "7"]))
        assert finding.process is not None
        assert finding.process.id == "7"

    def test_no_process_and_no_remote_end_are_none(self) -> None:
        [finding] = make_findings(query(group=["Host"]), rows(Host=["h"], ProcessId=[None], RemoteAddress=[""]))
        assert (finding.process, finding.remote) == (None, None)

    @pytest.mark.parametrize("port", ["", "abc", "-1", "1e9", "٤", "4.4.4", "99999999999999999999"])
    def test_a_port_that_is_none_does_not_stop_the_hunt(self, port: str) -> None:
        [finding] = make_findings(
            query(group=["Host"]), rows(Host=["h"], RemoteAddress=["192.0.2.7"], RemotePort=[port])
        )
        assert finding.remote is not None
        assert finding.remote.port is None

    def test_times_may_be_missing(self) -> None:
        answer = pl.DataFrame({"TimeGenerated": pl.Series([None], dtype=pl.Datetime("us", "UTC")), "Host": ["h"]})
        [finding] = make_findings(query(group=["Host"]), answer)
        assert (finding.time, finding.last) == (None, None)

    def test_a_counting_querys_last_is_when_it_was_last_seen(self) -> None:
        late = START + timedelta(days=2)
        answer = rows(Host=["h", "h"], Last=[late, START])
        [finding] = make_findings(query(group=["Host"]), answer)
        assert (finding.time, finding.last) == (START, late)

    @pytest.mark.parametrize("value", ["yesterday", 7, None])
    def test_a_last_that_is_no_time_is_left_alone(self, value: object) -> None:
        [finding] = make_findings(query(group=["Host"]), rows(Host=["h"], Last=[value]))
        assert (finding.time, finding.last) == (START, START)

    def test_hostile_values_stay_text_and_rows_can_be_written_as_json(self) -> None:
        nasty = "<script>alert(1)</script>\x00\u202e{{7*7}}'; DROP TABLE x; --" + "A" * 100_000
        answer = rows(
            Host=[nasty],
            Account=["=cmd|' /C calc'!A0"],
            Blob=[b"\xff\xfe"],
            Many=[[START]],
            Span=[timedelta(seconds=3)],
            No=[None],
        )
        [finding] = make_findings(query(group=["Host"]), answer)
        assert finding.host == nasty
        [row] = json.loads(json.dumps(finding.rows, allow_nan=False))
        assert row["Account"] == "=cmd|' /C calc'!A0"
        assert (row["Blob"], row["Span"], row["Many"]) == ("fffe", 3.0, [START.isoformat()])
        assert "No" not in row

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
    def test_numbers_that_json_does_not_know_are_text(self, value: float) -> None:
        [finding] = make_findings(query(group=["Host"]), rows(Host=["h"], Ratio=[value], Some=[[value]]))
        assert json.loads(json.dumps(finding.rows, allow_nan=False)) == [
            {"TimeGenerated": START.isoformat(), "Host": "h", "Ratio": str(value), "Some": [str(value)]}
        ]


class TestRunning:
    def test_an_absent_table_is_a_reason_to_skip(self) -> None:
        logs = Logs({})
        found, [run] = run_queries(cast("Connection", logs), [query(needs=("AWSCloudTrail",))])
        assert (found, run.skipped, logs.asked) == ([], "nothing here is AWSCloudTrail", [])

    def test_a_view_that_nothing_fills_is_a_reason_to_skip(self) -> None:
        empty = {"_Im_Dns | take 1 | project TimeGenerated": pl.DataFrame({"TimeGenerated": []})}
        found, [run] = run_queries(connection(empty), [query(needs=("_Im_Dns",))])
        assert (found, run.skipped) == ([], "nothing here fills _Im_Dns")

    def test_one_side_of_a_union_may_be_empty(self) -> None:
        answers = {
            "_Im_Dns | take 1 | project TimeGenerated": pl.DataFrame({"TimeGenerated": []}),
            "found": rows(Host=["h"]),
        }
        found, [run] = run_queries(connection(answers), [query(needs=("_Im_Dns", "_Im_ProcessCreate"))])
        assert (len(found), run.skipped, run.rows, run.findings) == (1, "", 1, 1)

    def test_a_query_that_fails_does_not_stop_the_others(self) -> None:
        answers: dict[str, pl.DataFrame | Exception] = {"bad": KqlError("no such column"), "good": rows(Host=["h"])}
        found, runs = run_queries(connection(answers), [query("bad"), query("good")])
        assert [finding.query for finding in found] == ["test.good"]
        assert ("no such column" in runs[0].error, runs[1].error) == (True, "")

    def test_a_service_that_fails_for_one_query_is_noted_and_for_all_is_an_error(self) -> None:
        answers: dict[str, pl.DataFrame | Exception] = {"bad": ServiceError("too much"), "good": rows(Host=["h"])}
        found = hunt(connection(answers), [query("bad"), query("good")])
        assert [(run.query, "too much" in run.error) for run in found.runs] == [
            ("test.bad", True),
            ("test.good", False),
        ]
        assert "2 queries were asked; 1 failed: test.bad (see .runs)" in repr(found)
        assert "1 failed: test.bad" in found._repr_html_()
        with pytest.raises(ServiceError, match="too much"):
            hunt(connection(answers), [query("bad"), query("absent", needs=("SigninLogs",))])

    def test_an_answer_in_part_is_said(self) -> None:
        logs = Logs({"a": rows(Host=["h"])})
        logs.completeness = Completeness(complete=False, notes=("the service gives 10 rows at most",))
        found = hunt(cast("Connection", logs), [query("a")])
        assert "1 answered in part: test.a" in repr(found)
        assert "10 rows at most" in found.runs[0].incomplete

    def test_a_few_are_asked_at_once_and_told_in_order(self) -> None:
        names = [f"q{number}" for number in range(3 * AT_ONCE)]
        logs = Logs({name: rows(Host=[name]) for name in names})
        found, runs = run_queries(cast("Connection", logs), [query(name) for name in names])
        assert [finding.host for finding in found] == names
        assert [run.query for run in runs] == [f"test.{name}" for name in names]
        assert logs.most_running == AT_ONCE

    def test_a_query_that_lacked_memory_is_asked_again_alone(self) -> None:
        logs = Logs({"big": QueryError("Out of Memory Error: could not allocate")})
        names = ["big", "q1", "q2"]
        _, runs = run_queries(cast("Connection", logs), [query(name) for name in names])
        assert logs.asked == [*names, "big"]
        assert "Out of Memory" in runs[0].error

    def test_a_fault_that_is_not_the_querys_ends_the_hunt(self) -> None:
        logs = Logs({"bad": ZeroDivisionError()})
        with pytest.raises(ZeroDivisionError):
            run_queries(cast("Connection", logs), [query("bad"), *[query(f"q{number}") for number in range(50)]])
        assert len(logs.asked) <= 2 * AT_ONCE

    def test_a_view_that_cannot_be_asked_is_left_to_its_queries(self) -> None:
        broken = KqlError("broken")
        answers: dict[str, pl.DataFrame | Exception] = {
            "_Im_Dns | take 1 | project TimeGenerated": broken,
            "found": broken,
        }
        _, [run] = run_queries(connection(answers), [query(needs=("_Im_Dns",))])
        assert (run.skipped, "broken" in run.error) == ("", True)

    def test_progress_is_told_of_every_query_and_of_the_end(self) -> None:
        seen: list[tuple[int, int, str]] = []
        hunt(
            connection({"a": rows(Host=["h"])}),
            [query("a"), query("b", about="Other")],
            progress=lambda *step: seen.append(step),
        )
        assert seen == [(0, 2, "Something happened"), (1, 2, "Other"), (2, 2, "")]


SLOW = """range a from 1 to 1000000 step 1 | extend k = 1
| join kind=inner (range b from 1 to 1000000 step 1 | extend k = 1) on k | summarize Host = tostring(sum(a * b))"""


def test_a_service_whose_tables_nobody_looked_at_is_hunted_in_at_once() -> None:
    rows = [{"TimeGenerated": START.isoformat(), "UserPrincipalName": "anna@contoso.com"}]
    with FakeSentinel(tables={"SigninLogs": rows}).connect() as logs:
        kql = "SigninLogs | project TimeGenerated, Account = UserPrincipalName"
        logs.span = "3650d"
        [found] = hunt(logs, [query(kql=kql, needs=("SigninLogs",))])
    assert found.account == "anna@contoso.com"


def test_a_hunt_that_is_stopped_stops_in_the_database_too(tmp_path: Path) -> None:
    (tmp_path / "app.json").write_text('{"colour": "red"}\n', encoding="utf-8")
    logs = hb.connect("local", tmp_path / "app.json", cache=tmp_path / "cache")
    driver = cast("Local", logs.driver)

    async def impatient() -> None:
        await asyncio.wait_for(
            _run_all(logs, [query(name, kql=SLOW, needs=tuple(logs.tables)) for name in "abc"], None), 2
        )

    with pytest.raises(TimeoutError):
        runtime.run(impatient())
    end = time.monotonic() + 10
    while driver.database.running and time.monotonic() < end:
        time.sleep(0.02)
    assert not driver.database.running
    assert logs.sql("SELECT 1 AS n").to_dicts() == [{"n": 1}]
