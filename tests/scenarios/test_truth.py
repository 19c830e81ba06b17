"""What the answers say is in the logs, and what one log says agrees with the others."""

from __future__ import annotations

import base64
import json
import re
from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from huntbook.scenarios._intrusion import attack
from huntbook.scenarios._world import World

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scenarios.conftest import Practice

STAGES = {
    "initial access", "execution", "persistence", "discovery", "credential access", "lateral movement",
    "collection", "command and control", "exfiltration", "defense evasion",
}  # fmt: skip


def _time(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["time"])


def _short(event: dict[str, Any]) -> str:
    return str(event["host"]).partition(".")[0]


def test_every_stage_is_planted(case: Practice) -> None:
    planted = case.answers.planted
    assert {fact.stage for fact in planted} >= STAGES
    techniques = {fact.technique for fact in planted}
    assert {
        "T1566.001",
        "T1059.001",
        "T1071.001",
        "T1003.001",
        "T1021.004",
        "T1560.001",
        "T1562.008",
        "T1530",
    } <= techniques
    assert techniques & {"T1569.002", "T1047", "T1053.005", "T1021.006"}
    assert techniques & {"T1110.003", "T1621"}
    assert [fact.time for fact in planted] == sorted(fact.time for fact in planted)
    assert all(case.answers.start <= fact.time < case.answers.end for fact in planted)


def test_seeds_differ_in_people_places_and_ways(tmp_path: Path) -> None:
    """Thirty stories, told without the noise: each has every stage, and between them all the ways are taken."""
    stories = [attack(World(tmp_path, seed, 0.01)) for seed in range(100, 130)]
    assert all({fact.stage for fact in story.facts} >= STAGES for story in stories)
    assert len({story.command.address for story in stories}) > 25
    assert len({story.patient.upn for story in stories}) > 20
    taken = {fact.technique for story in stories for fact in story.facts}
    assert taken >= {
        "T1003.001", "T1003.002", "T1569.002", "T1047", "T1053.005", "T1021.006", "T1547.001", "T1053.003",
        "T1098.004", "T1136.001", "T1110.003", "T1621", "T1114.003", "T1564.008", "T1098.001", "T1136.003", "T1070.001",
    }  # fmt: skip
    dumps = [f.process for story in stories for f in story.facts if f.technique == "T1003.001" and f.process]
    assert len({process.path.rpartition("\\")[2] for process in dumps}) > 5


def test_planted_processes_are_in_the_files_named(case: Practice) -> None:
    started = {(_short(event), int(event["NewProcessId"], 16)): event for event in case.events if event["id"] == 4688}
    audited = "".join(text for name, text in case.texts.items() if name.endswith("audit.log"))
    for fact in case.answers.planted:
        process = fact.process
        if process is None:
            continue
        if fact.source == "auditd":
            assert f" ppid={process.parent_id} pid={process.id} " in audited
            assert f'exe="{process.path}"' in audited
            continue
        event = started[fact.host, process.id]
        assert event["CommandLine"] == process.command_line
        assert event["NewProcessName"] == process.path
        assert int(event["ProcessId"], 16) == process.parent_id


def test_planted_indicators_and_remotes_are_in_the_files_named(case: Practice) -> None:
    for fact in case.answers.planted:
        plain = "".join(case.plain[name] for name in fact.files)
        for indicator in [*fact.indicators, *([fact.remote.address] if fact.remote else [])]:
            assert indicator in plain, (fact.technique, indicator)


def test_decoys_are_in_the_files_named(case: Practice) -> None:
    assert len(case.answers.decoys) > 10
    for decoy in case.answers.decoys:
        assert any(decoy.match in case.plain[name] for name in decoy.files), decoy


def test_the_attacker_is_nowhere_in_the_noise_before_the_attack(case: Practice) -> None:
    first = min(fact.time for fact in case.answers.planted)
    places = {*case.answers.attacker_addresses, *case.answers.attacker_domains}
    for row in case.zeek("conn"):
        if row["id.resp_h"] in places or row["id.orig_h"] in places:
            assert float(row["ts"]) > first.timestamp()


def test_sysmon_and_security_tell_of_the_same_processes(case: Practice) -> None:
    """Where both are exported, 1 and 4688 have the same ids, and so do 5 and 4689."""
    for sysmon, security, pid in ((1, 4688, "NewProcessId"), (5, 4689, "ProcessId")):
        left, right = defaultdict(list), defaultdict(list)
        for event in case.events:
            if event["id"] == sysmon and "Sysmon" in event["Channel"]:
                left[_short(event), int(event["ProcessId"])].append(event["time"])
            elif event["id"] == security and "TenantId" not in event:
                right[_short(event), int(event[pid], 16)].append(event["time"])
        assert left == right
        assert left


def test_process_guids_are_unique_and_parents_agree(case: Practice) -> None:
    started = {event["ProcessGuid"]: event for event in case.events if event["id"] == 1}
    assert len(started) == sum(1 for event in case.events if event["id"] == 1)
    linked = 0
    for event in started.values():
        parent = started.get(event["ParentProcessGuid"])
        if parent is not None:
            linked += 1
            assert parent["host"] == event["host"]
            assert parent["ProcessId"] == event["ParentProcessId"]
            assert parent["Image"] == event["ParentImage"]
            assert parent["CommandLine"] == event["ParentCommandLine"]
            assert _time(parent) <= _time(event)
    assert linked > len(started) / 5


def test_a_process_id_is_not_given_while_it_is_taken(case: Practice) -> None:
    """Ids are reused, as on any machine, but never by two processes at once."""
    running: dict[tuple[str, str], datetime | None] = {}
    overlaps = 0
    for event in sorted((e for e in case.events if "Sysmon" in e["Channel"] and e["id"] in {1, 5}), key=_time):
        key = (event["host"], event["ProcessId"])
        if event["id"] == 5:
            running.pop(key, None)
        else:
            overlaps += key in running
            running[key] = _time(event)
    assert overlaps == 0


def test_sysmon_and_zeek_see_the_same_connections(case: Practice) -> None:
    ends = ("id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p")
    seen = defaultdict(list)
    for row in case.zeek("conn"):
        seen[tuple(row[end] for end in ends)].append(float(row["ts"]))
    checked = 0
    for event in case.events:
        if event["id"] == 3 and "Sysmon" in event["Channel"]:
            checked += 1
            stamps = seen[event["SourceIp"], event["SourcePort"], event["DestinationIp"], event["DestinationPort"]]
            assert min(abs(stamp - _time(event).timestamp()) for stamp in stamps) < 1
    assert checked > 100


def test_network_logons_have_their_connection(case: Practice) -> None:
    seen = {(row["id.orig_h"], row["id.orig_p"]) for row in case.zeek("conn")}
    logons = [event for event in case.events if event["id"] == 4624 and event["LogonType"] == "3"]
    assert logons
    assert {(event["IpAddress"], event["IpPort"]) for event in logons} <= seen


def test_logons_and_what_is_done_in_them_share_their_id(case: Practice) -> None:
    opened = {(event["host"], event["TargetLogonId"]): _time(event) for event in case.events if event["id"] == 4624}
    for event in case.events:
        if event["id"] in {4634, 5140, 5145}:
            logon = event["TargetLogonId"] if event["id"] == 4634 else event["SubjectLogonId"]
            assert opened[event["host"], logon] <= _time(event) + timedelta(seconds=1)


def test_people_work_in_the_session_they_logged_on_to(case: Practice) -> None:
    opened = {(event["host"], event["TargetLogonId"]) for event in case.events if event["id"] == 4624}
    people = set(case.answers.users)
    for event in case.events:
        if event["id"] == 4688 and event["SubjectUserName"] in people:
            assert (event["host"], event["SubjectLogonId"]) in opened


def test_the_script_is_encoded_as_powershell_wants_it(case: Practice) -> None:
    fact = next(fact for fact in case.answers.planted if fact.technique == "T1059.001")
    assert fact.process
    text = max(re.findall(r"[A-Za-z0-9+/=]{40,}", fact.process.command_line), key=len)
    script = base64.b64decode(text, validate=True).decode("utf-16-le")
    assert "http" in script
    blocks = [event["ScriptBlockText"] for event in case.events if event["id"] == 4104]
    assert script in blocks


def test_the_sign_in_comes_after_those_that_fail(case: Practice) -> None:
    address = next(f.remote.address for f in case.answers.planted if f.host == "Azure AD" and f.remote)
    records = [json.loads(line) for line in case.texts["azure/signins.json"].splitlines()]
    codes = [record["resultType"] for record in records if record["callerIpAddress"] == address]
    assert len(codes) > 5
    assert codes[-1] == "0"
    assert "0" not in codes[:-1]
    assert all(record["properties"]["ipAddress"] == record["callerIpAddress"] for record in records)


def test_large_uploads_show_in_bytes(case: Practice) -> None:
    """What is carried off is no more than what the backup sends each night, so size alone does not tell."""
    fact = next(fact for fact in case.answers.planted if fact.stage == "exfiltration" and fact.host != "AWS")
    assert fact.remote
    rows = [row for row in case.zeek("conn") if row["orig_bytes"] != "-" and row["proto"] == "tcp"]
    taken = sum(int(row["orig_bytes"]) for row in rows if row["id.resp_h"] == fact.remote.address)
    assert taken > 400_000_000
    others = [int(row["orig_bytes"]) for row in rows if row["id.resp_h"] != fact.remote.address]
    assert max(others) > 600_000_000
