"""A folder of logs, asked like a SIEM."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.config.showing import in_frames

import huntbook as hb
from huntbook.errors import ConfigError, EvidenceError, KqlError, QueryError, UnknownName
from huntbook.sources._connection import Connection

Folder = Callable[..., Connection]


def security(number: int, **fields: Any) -> dict[str, Any]:
    at = datetime(2024, 5, 1, 8, 0, tzinfo=UTC) + timedelta(seconds=number)
    return {
        "TimeCreated": at.isoformat().replace("+00:00", "Z"),
        "Hostname": "WS01.corp.example",
        "Channel": "Security",
        "SourceName": "Microsoft-Windows-Security-Auditing",
        "EventID": 4688,
        "NewProcessId": hex(1000 + number),
        "NewProcessName": "C:\\Windows\\System32\\cmd.exe",
        "CommandLine": "cmd.exe /c whoami",
        "SubjectUserName": "alice",
        "SubjectDomainName": "CORP",
        **fields,
    }


def write_lines(path: Path, records: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


@pytest.fixture
def logs(tmp_path: Path) -> Connection:
    folder = tmp_path / "evidence"
    folder.mkdir()
    write_lines(folder / "security.json", [security(number) for number in range(10)])
    (folder / "app.json").write_text('{"colour": "red", "size": 3}\n{"colour": "blue", "size": 4}\n', encoding="utf-8")
    return hb.connect("local", folder, cache=tmp_path / "cache")


def test_tables_say_what_is_there(logs: Connection) -> None:
    table = logs.tables["SecurityEvent"]
    assert table.rows == 10
    assert table.start == datetime(2024, 5, 1, 8, 0, tzinfo=UTC)
    assert table.files == {"security.json": 10}
    assert "SecurityEvent" in repr(logs.tables)
    assert "security.json" in logs.tables._repr_html_()
    assert logs.tables.to_polars()["rows"].to_list() == [10, 2]
    assert "SecurityEvent" in logs.tables
    assert "SigninLogs" not in logs.tables
    with pytest.raises(UnknownName, match="SecurityEvent"):
        logs.tables["SecurityEvnt"]


def test_what_is_not_recognised_is_still_a_table(logs: Connection) -> None:
    assert not logs.tables["app"].recognised
    assert logs.sql("SELECT colour, size FROM app ORDER BY size").to_dicts() == [
        {"colour": "red", "size": "3"},
        {"colour": "blue", "size": "4"},
    ]


def test_kql_and_sql_answer_with_aware_utc_times(logs: Connection) -> None:
    for answer in (
        logs.query("SecurityEvent | top 1 by TimeGenerated asc | project TimeGenerated, Hour = bin(TimeGenerated, 1h)"),
        logs.sql(
            "SELECT min(TimeGenerated) AS TimeGenerated, date_trunc('hour', min(TimeGenerated)) AS Hour FROM SecurityEvent"
        ),
    ):
        [row] = answer.to_dicts()
        assert row["TimeGenerated"] == row["Hour"] == datetime(2024, 5, 1, 8, tzinfo=UTC)
        assert row["TimeGenerated"].tzinfo is not None


def test_an_answer_remembers_its_question(logs: Connection) -> None:
    answer = logs.query("SecurityEvent | count")
    assert answer.to_dicts() == [{"Count": 10}]
    assert answer.origin.query == "SecurityEvent | count"
    assert "SELECT" in answer.origin.native
    assert answer.origin.completeness.complete
    assert "1 rows" in repr(answer)


def test_an_answer_says_how_it_is_to_be_seen(logs: Connection) -> None:
    answer = logs.query(
        "SecurityEvent | summarize n = count() by bin(TimeGenerated, 1h) | render timechart with (title='<b>')"
    )
    assert answer.chart is not None
    assert (answer.chart.kind, answer.chart.properties) == ("timechart", {"title": "<b>"})
    assert "to be seen as timechart" in repr(answer)
    assert logs.query("SecurityEvent | where false | render table").chart is not None
    assert logs.query("SecurityEvent | count").chart is None
    assert logs.sql("SELECT 1").chart is None


def test_the_asim_view_holds_the_same_processes(logs: Connection) -> None:
    answer = logs.query("_Im_ProcessCreate | summarize n = count() by DvcHostname, ActorUsername, EventType, Type")
    assert answer.to_dicts() == [
        {
            "DvcHostname": "WS01.corp.example",
            "ActorUsername": "CORP\\alice",
            "EventType": "ProcessCreated",
            "Type": "SecurityEvent",
            "n": 10,
        },
    ]
    assert logs.query("_Im_ProcessCreate | take 1 | project TargetProcessId")["TargetProcessId"][0].isdigit()
    assert logs.query("imProcessCreate | count").to_dicts() == [{"Count": 10}]


def test_views_without_rows_answer_with_none(logs: Connection) -> None:
    assert len(logs.query("_Im_Dns | where DnsQuery has 'example' | project DnsQuery, SrcIpAddr")) == 0


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SecurityEvnt | take 1", "SecurityEvent"),
        ("SecurityEvent | where Comptuer == 'x'", "Comptuer"),
        ("SecurityEvent | whre x", "line 1, column"),
        ("", "empty"),
        ("SecurityEvent | where (", "line 1"),
        (".drop table SecurityEvent", "line 1"),
        ("SecurityEvent | extend x = no_such_function(1)", "no_such_function"),
    ],
)
def test_a_wrong_query_says_what_and_where(logs: Connection, query: str, said: str) -> None:
    with pytest.raises(KqlError) as caught:
        logs.query(query)
    assert said in str(caught.value)


def test_now_goes_by_the_clock_that_was_given(logs: Connection, tmp_path: Path) -> None:
    then = datetime(2024, 5, 1, 9, tzinfo=UTC)
    past = hb.connect("local", tmp_path / "evidence", cache=tmp_path / "cache", now=then)
    assert len(past.query("SecurityEvent | where TimeGenerated > ago(2h)")) == 10
    assert len(logs.query("SecurityEvent | where TimeGenerated > ago(2h)")) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/hostname')",
        "COPY SecurityEvent TO '/tmp/huntbook-stolen.csv'",
        "INSTALL httpfs",
        "ATTACH '/tmp/huntbook-other.db'",
        "SET enable_external_access = true",
    ],
)
def test_a_query_reaches_nothing_but_the_evidence(logs: Connection, statement: str) -> None:
    with pytest.raises(QueryError):
        logs.sql(statement)


def test_the_async_face_gives_the_same(logs: Connection) -> None:
    async def ask() -> tuple[int, int]:
        return len(await logs.aquery("SecurityEvent | take 3")), len(await logs.asql("SELECT 1 AS one"))

    assert asyncio.run(ask()) == (3, 1)


def test_a_query_works_inside_a_running_loop(logs: Connection) -> None:
    async def cell() -> int:
        return len(logs.query("SecurityEvent | take 4"))

    assert asyncio.run(cell()) == 4


def test_stream_gives_all_rows_in_frames(logs: Connection) -> None:
    assert pl.concat(logs.stream("SecurityEvent | project EventID")).height == 10


def test_explain_shows_the_sql_without_running_it(logs: Connection) -> None:
    assert "SecurityEvent" in logs.explain("SecurityEvent | take 1")


def test_an_unknown_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="local"):
        hb.connect("locl", tmp_path)


def test_nothing_at_the_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError):
        hb.connect("local", tmp_path / "nowhere", cache=tmp_path / "cache")


def test_an_empty_folder_has_no_tables(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    empty = hb.connect("local", tmp_path / "empty", cache=tmp_path / "cache")
    assert len(empty.tables) == 0
    assert len(empty.query("_Im_ProcessCreate")) == 0


def test_several_paths_and_globs_are_one_evidence(tmp_path: Path) -> None:
    write_lines(tmp_path / "one.json", [security(0)])
    write_lines(tmp_path / "two.jsonl", [security(1)])
    (tmp_path / "three.json.gz").write_bytes(gzip.compress(json.dumps(security(2)).encode()))
    both = hb.connect("local", [tmp_path / "one.json", tmp_path / "two.jsonl"], cache=tmp_path / "cache")
    assert both.tables["SecurityEvent"].rows == 2
    globbed = hb.connect("local", str(tmp_path / "*.json*"), cache=tmp_path / "cache")
    assert globbed.tables["SecurityEvent"].rows == 3


def test_broken_records_are_counted_with_file_and_line(tmp_path: Path) -> None:
    lines = [json.dumps(security(number)) for number in range(4)]
    lines[2] = lines[2][:50]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("logs/x.json", "\n".join(lines))
    logs = hb.connect("local", tmp_path / "a.zip", cache=tmp_path / "cache")
    assert logs.tables["SecurityEvent"].rows == 3
    [loss] = logs.driver.not_read  # type: ignore[attr-defined]
    assert (loss.file, loss.reason, loss.position, loss.lost) == ("a.zip!logs/x.json", "broken JSON", "line 3", 1)


def test_what_could_not_be_read_is_shown_and_does_nothing(tmp_path: Path) -> None:
    hostile = "\x1b[2J<img src=x onerror=alert(1)>.json"
    write_lines(tmp_path / "x.json", [security(0)])
    (tmp_path / hostile.replace("/", "_")).write_text(json.dumps(security(1)) + "\n{broken\n" + json.dumps(security(2)))
    losses = hb.connect("local", tmp_path, cache=tmp_path / "cache").driver.not_read  # type: ignore[attr-defined]
    assert repr(losses).endswith(".json at line 2: broken JSON; records lost: 1")
    assert "\x1b" not in repr(losses)
    assert "<img" not in losses._repr_html_()
    assert "broken JSON" in losses._repr_html_()
    assert list(losses) == [losses[0]]


def test_all_that_was_read_is_said_to_be(tmp_path: Path) -> None:
    write_lines(tmp_path / "x.json", [security(0)])
    losses = hb.connect("local", tmp_path / "x.json", cache=tmp_path / "cache").driver.not_read  # type: ignore[attr-defined]
    assert losses == []
    assert repr(losses) == "Everything was read."
    assert "Everything was read." in losses._repr_html_()


def test_a_value_of_another_type_is_kept_and_counted(tmp_path: Path) -> None:
    write_lines(
        tmp_path / "x.json",
        [security(0), security(1, EventID="four thousand"), security(2, TimeCreated="9999-12-31T00:00:00Z")],
    )
    logs = hb.connect("local", tmp_path / "x.json", cache=tmp_path / "cache")
    rows = logs.sql(
        "SELECT EventID, TimeGenerated, _Unparsed ->> '$.EventID' AS e, _Unparsed ->> '$.TimeGenerated' AS t FROM SecurityEvent ORDER BY _Line"
    ).to_dicts()
    assert rows[1]["EventID"] is None
    assert rows[1]["e"] == "four thousand"
    assert rows[2]["TimeGenerated"] is None
    assert rows[2]["t"] == "9999-12-31T00:00:00Z"
    reasons = [loss.reason for loss in logs.driver.not_read]  # type: ignore[attr-defined]
    assert len(reasons) == 2
    assert all("_Unparsed" in reason for reason in reasons)


def test_the_zone_that_a_time_was_written_in_is_kept(tmp_path: Path) -> None:
    write_lines(tmp_path / "x.json", [security(0, TimeCreated="2024-05-01T10:00:00+02:00")])
    logs = hb.connect("local", tmp_path / "x.json", cache=tmp_path / "cache")
    [row] = logs.sql("SELECT TimeGenerated, _Zone FROM SecurityEvent").to_dicts()
    assert row["_Zone"] == "+02:00"
    assert row["TimeGenerated"] == datetime(2024, 5, 1, 8, tzinfo=UTC)


HOSTILE = [
    "'; DROP TABLE x; --",
    '" onmouseover="alert(1)',
    "</script><script>alert(1)</script>",
    "${jndi:ldap://x}",
    "\x00\x01",
    "a\nb\r\nc",
    "$1 \\u0022",
    "' OR 1=1",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_and_names_stay_text(tmp_path: Path, value: str) -> None:
    folder = tmp_path / "evidence"
    folder.mkdir()
    write_lines(folder / "x.json", [security(0, CommandLine=value)])
    write_lines(folder / 'it\'s "odd" $1.json', [{value: value, "other": 1}])
    logs = hb.connect("local", folder, cache=tmp_path / "cache")
    assert logs.query("SecurityEvent | project CommandLine")["CommandLine"].to_list() == [value]
    [odd] = [table for table in logs.tables.values() if not table.recognised]
    assert logs.sql(f'SELECT * FROM "{odd.name}"').to_polars().height == 1
    assert "<script>" not in logs.query("SecurityEvent")._repr_html_()
    assert "<script>" not in logs._repr_html_()


@pytest.mark.skipif(os.name == "nt", reason="names of files on Windows cannot hold these characters")
def test_a_file_name_never_becomes_sql(tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    folder.mkdir()
    write_lines(folder / "x' OR '1'='1.json", [{"strange": "thing"}])
    write_lines(folder / "y.json", [{"strange": "other"}])
    logs = hb.connect("local", folder, cache=tmp_path / "cache")
    counts = [len(logs.sql(f'SELECT * FROM "{name}"')) for name in logs.tables]
    assert counts == [1, 1]


def test_times_of_seven_digits_and_of_all_years(logs: Connection) -> None:
    """Nanoseconds reach from 1677 to 2262: where they do, no digit is lost, and where not, no time is."""
    near = logs.query("print endofday(datetime(2020-01-01)), 1tick").to_polars()
    assert near.dtypes == [pl.Datetime("ns", "UTC"), pl.Duration("ns")]
    assert near["print_0"].dt.nanosecond().to_list() == [999_999_900]
    assert near["print_1"].dt.total_nanoseconds().to_list() == [100]
    far = logs.query("print endofday(datetime(9999-12-31)), datetime(0001-01-01) + 1tick").to_polars()
    assert far["print_0"].dt.to_string("%Y-%m-%d %H:%M:%S%.6f").to_list() == ["9999-12-31 23:59:59.999999"]
    assert far["print_1"].dt.year().to_list() == [1]


def test_columns_that_depend_on_the_rows(logs: Connection) -> None:
    rows = "datatable(a: string, b: dynamic)['x', dynamic({'n': 1}), 'y', dynamic({'n': 2, 'm': 'z'})]"
    assert logs.query(f"{rows} | evaluate bag_unpack(b)").to_polars().columns == ["a", "m", "n"]
    assert logs.query(f"{rows} | evaluate pivot(a)").to_polars().columns[-2:] == ["x", "y"]


def test_what_fails_in_a_part_that_is_asked_first_is_told_as_the_query_s(logs: Connection) -> None:
    part = "print s = 'x', n = 9223372036854775807 | extend n = n * 2"
    with pytest.raises(KqlError):
        logs.query(f"{part} | evaluate pivot(n)")


def test_a_result_says_where_its_figures_may_differ_from_kustos(logs: Connection) -> None:
    series = "SecurityEvent | make-series n = count() on TimeGenerated step 1s | extend s = {}(n)"
    assert "Kusto" in repr(logs.query(series.format("series_outliers")))
    plain = logs.query(series.format("series_sum")).origin.completeness
    assert (plain.complete, plain.notes) == (True, ())


def test_what_would_be_passed_over_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="splunk takes nothing by position") as caught:
        hb.connect("splunk", "splunk.example", token="s3cret-token")
    assert "host" in caught.value.hint
    assert "connect: " in in_frames(caught.value)
    assert "s3cret" not in in_frames(caught.value)
    with pytest.raises(ConfigError, match="use='contoso' chooses nothing"):
        hb.connect("local", tmp_path, use="contoso")
