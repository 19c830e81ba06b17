"""Every file is in the form that it claims, in order of time, within the span."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import jsonschema

from huntbook.scenarios import Answers

if TYPE_CHECKING:
    from tests.scenarios.conftest import Practice

Times = list[datetime]


def test_answers_follow_their_schema(case: Practice) -> None:
    answers = json.loads((case.folder / "answers.json").read_text())
    jsonschema.validate(answers, Answers.model_json_schema())


def _within(times: Times, case: Practice) -> None:
    assert times == sorted(times)
    assert case.answers.start <= times[0]
    assert times[-1] < case.answers.end


def _iso(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def test_windows_events_are_in_order_and_numbered(case: Practice) -> None:
    files: dict[str, Times] = defaultdict(list)
    numbers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for event in case.events:
        shape = "flat" if "Hostname" in event else "table" if "TenantId" in event else "beat"
        files[shape].append(_iso(event["time"]))
        numbers[event["host"], event["Channel"]].append(int(event.get("RecordNumber") or event["EventRecordId"]))
    assert set(files) == {"flat", "table", "beat"}
    for times in files.values():
        _within(times, case)
    for series in numbers.values():
        assert series == list(range(series[0], series[0] + len(series)))


def test_cloud_records_are_in_order(case: Practice) -> None:
    def times(name: str, field: str) -> Times:
        return [_iso(json.loads(line)[field]) for line in case.texts[name].splitlines()]

    _within(times("azure/signins.json", "time"), case)
    _within(times("m365/audit.json", "CreationTime"), case)
    for name, text in case.texts.items():
        if name.startswith("aws/") and (records := json.loads(text)["Records"]):
            _within([_iso(record["eventTime"]) for record in records], case)
            assert {record["awsRegion"] for record in records} == {name.split("/")[4]}
            assert "/".join(name.split("/")[5:8]) == records[0]["eventTime"][:10].replace("-", "/")


def test_zeek_rows_have_their_columns_and_types(case: Practice) -> None:
    for log in ("conn", "dns", "http", "ssl"):
        rows = case.zeek(log)
        assert all(re.fullmatch(r"\d+\.\d{6}", row["ts"]) for row in rows)
        _within([datetime.fromtimestamp(int(row["ts"][:10]), tz=UTC) for row in rows], case)
        assert all(0 < int(row[port]) < 65536 for row in rows for port in ("id.orig_p", "id.resp_p"))
    connections = {row["uid"]: row for row in case.zeek("conn")}
    assert len(connections) == len(case.zeek("conn"))
    for log in ("dns", "http", "ssl"):
        for row in case.zeek(log):
            assert row["id.resp_h"] == connections[row["uid"]]["id.resp_h"]


def test_syslog_is_of_its_kind(case: Practice) -> None:
    old = re.compile(r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [\w-]+ \w+(\[\d+\])?: .+")
    new = re.compile(r"<\d{1,3}>1 (\S+Z) \S+ \w+ [\d-]+ - - .+")
    kinds = set()
    for name, text in case.texts.items():
        if name.startswith("linux/") and not name.endswith("audit.log"):
            pattern = new if name.endswith("messages") else old
            kinds.add(pattern)
            found = [pattern.fullmatch(line) for line in text.splitlines()]
            assert all(found)
            if pattern is new:
                _within([_iso(match[1]) for match in found if match], case)
    assert kinds == {old, new}


def test_records_of_one_audit_event_share_time_and_serial(case: Practice) -> None:
    stamp = re.compile(r"type=(\w+) msg=audit\((\d+)\.(\d{3}):(\d+)\): ")
    for name, text in case.texts.items():
        if not name.endswith("audit.log"):
            continue
        events: dict[int, list[re.Match[str]]] = defaultdict(list)
        for line in text.splitlines():
            match = stamp.match(line)
            assert match, line
            events[int(match[4])].append(match)
        assert list(events) == list(range(min(events), max(events) + 1))
        times = [datetime.fromtimestamp(int(records[0][2]), tz=UTC) for records in events.values()]
        _within(times, case)
        for records in events.values():
            assert len({(record[2], record[3]) for record in records}) == 1
            kinds = [record[1] for record in records]
            assert kinds[0] != "SYSCALL" or {"CWD", "PATH"} <= set(kinds)


def test_files_are_dated_to_their_end(case: Practice) -> None:
    """RFC 3164 has no year: readers that guess it go by the date of the file."""
    for path in (case.folder / "evidence").rglob("*"):
        if path.is_file():
            assert datetime.fromtimestamp(path.stat().st_mtime, tz=UTC) == case.answers.end


def test_the_number_of_events_is_told(case: Practice) -> None:
    audits = sum(
        len(set(re.findall(r"audit\([\d.]+:(\d+)\)", text)))
        for name, text in case.texts.items()
        if name.endswith("audit.log")
    )
    lines = sum(
        len([line for line in text.splitlines() if not line.startswith("#")])
        for name, text in case.texts.items()
        if not name.startswith(("aws/", "windows/SecurityEvent")) and not name.endswith("audit.log")
    )
    rows = sum(1 for event in case.events if "TenantId" in event)
    assert audits + lines + rows + sum(1 for _ in case.trail()) == case.answers.events


def test_noise_follows_the_office(practices: dict[int, Practice]) -> None:
    """Most sign-ins are made on working days in working hours, and there are days without much of anything."""
    busy = quiet = 0
    for practice in practices.values():
        for line in practice.texts["azure/signins.json"].splitlines():
            moment = _iso(json.loads(line)["time"])
            if moment.weekday() < 5 and 7 <= moment.hour < 18:
                busy += 1
            else:
                quiet += 1
    assert busy > 3 * quiet


def test_beacon_is_regular_with_jitter(case: Practice) -> None:
    """Within a day the program calls home at intervals that differ, but by no more than a quarter each way."""
    fact = next(fact for fact in case.answers.planted if fact.technique == "T1071.001")
    assert fact.remote
    times = [
        datetime.fromtimestamp(float(row["ts"]), tz=UTC)
        for row in case.zeek("conn")
        if row["id.resp_h"] == fact.remote.address and row["service"] in {"ssl", "http"}
    ]
    gaps = [
        later - earlier
        for earlier, later in pairwise(times)
        if timedelta(seconds=30) < later - earlier < timedelta(hours=1)
    ]
    assert len(gaps) > 60
    middle = sorted(gaps)[len(gaps) // 2]
    assert len(set(gaps)) > len(gaps) / 2
    assert sum(0.7 * middle < gap < 1.35 * middle for gap in gaps) > 0.9 * len(gaps)
