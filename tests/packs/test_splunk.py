"""The searches for Splunk, run by a fake that runs a part of SPL: what each finds among the events of a small company.

Every event ends with its name in `_raw`; a search that shows events finds those, one that counts finds rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from huntbook.query.pack import packs
from huntbook.sources._connection import Connection
from huntbook.testing.splunk import FakeSplunk

AUTH: dict[str, Any] = {"tag": "authentication", "app": "sshd"}
MAIL: dict[str, Any] = {"tag": "email"}
PROCESS: dict[str, Any] = {"tag": ["process", "report"], "dest": "ws01.contoso.com"}
NET: dict[str, Any] = {"tag": ["network", "communicate"]}
WINDOWS: dict[str, Any] = {"source": "WinEventLog:Security"}
EVENTS: dict[str, dict[str, Any]] = {
    "failed1": {**AUTH, "dest": "ws01.contoso.com", "user": "anna", "src": "10.0.0.5", "action": "failure"},
    "failed2": {**AUTH, "dest": "ws01.contoso.com", "user": "anna", "src": "10.0.0.5", "action": "failure"},
    "signed": {**AUTH, "dest": "WS01", "user": "Anna", "src": "10.0.0.5", "action": "success"},
    "elsewhere": {**AUTH, "dest": "ws011", "user": "bo", "src": "10.0.0.50", "action": "success"},
    "v6": {**AUTH, "dest": "srv01", "user": "cy", "src": "2001:db8::7", "action": "success"},
    "alert": {"tag": "alert", "signature": "Miner", "severity": "high", "src": "10.0.0.5", "dest": "192.0.2.7", "user": "anna", "host": "ws01.contoso.com"},
    "quiet": {"tag": "alert", "signature": "Odd", "severity": "low", "src": "10.0.0.50", "dest": "192.0.2.70", "user": "joanna", "host": "ws011"},
    "encoded": {**PROCESS, "user": "anna", "process_name": "powershell.exe", "process_id": 7, "process": 'powershell -enc "A|B"', "parent_process_id": 3, "process_hash": "MD5=AB01,SHA256=CD01"},
    "plain": {**PROCESS, "dest": "ws011", "user": "bo", "process_name": "pwsh.exe", "process_id": 8, "process": "pwsh", "parent_process_id": 7},
    "child": {**PROCESS, "user": "bo", "process_name": "whoami.exe", "process": "whoami", "parent_process_id": 7},
    "smb": {**NET, "src": "10.0.0.5", "dest": "10.0.0.9", "dest_port": 445, "bytes_out": 300_000_000},
    "tls": {**NET, "src": "10.0.0.50", "dest": "192.0.2.7", "dest_port": 443, "bytes_out": 10},
    "lookup": {"tag": ["dns", "resolution"], "src": "10.0.0.5", "query": "www.Example.com.", "answer": "192.0.2.7"},
    "lookalike": {"tag": ["dns", "resolution"], "src": "10.0.0.50", "query": "wwwexample.com", "answer": "192.0.2.70"},
    "download": {"tag": "web", "src": "10.0.0.5", "user": "anna", "url": "https://cdn.example.com/a.exe?x=1", "url_domain": "cdn.example.com", "http_user_agent": "Odd/1.0"},
    "other_site": {"tag": "web", "src": "10.0.0.50", "user": "bo", "url": "https://other.test/?u=example.com", "url_domain": "other.test", "http_user_agent": "Mozilla"},
    "invoice": {**MAIL, "src_user": "a@x.example", "recipient": "anna@contoso.com", "subject": "Your Invoice"},
    "lunch": {**MAIL, "src_user": "bo@contoso.com", "recipient": "cy@contoso.com", "subject": "Lunch"},
    "written": {"tag": ["endpoint", "filesystem"], "file_path": r"C:\Users\Public\a.exe", "file_name": "a.exe"},
    "read": {"tag": ["endpoint", "filesystem"], "file_path": r"C:\Users\anna\b.txt", "file_name": "b.txt"},
    "run_key": {"tag": ["endpoint", "registry"], "registry_path": r"HKCU\Software\Run\Updater", "registry_value_data": r"C:\a.exe"},
    "run_mru": {"tag": ["endpoint", "registry"], "registry_path": r"HKCU\Software\Other", "registry_value_data": "1"},
    "changed": {"tag": ["change", "account"], "user": "helper", "src_user": "anna", "action": "created"},
    "logon_4624": {**WINDOWS, "EventCode": 4624, "ComputerName": "WS01.contoso.com", "user": "anna"},
    "cleared_1102": {**WINDOWS, "EventCode": 1102, "ComputerName": "ws011", "user": "bo"},
    "service_4697": {**WINDOWS, "EventCode": 4697, "ComputerName": "ws01", "Service_Name": "PSEXESVC"},
    "group_4728": {**WINDOWS, "EventCode": 4728, "ComputerName": "dc01", "user": "helper"},
    "aws": {"sourcetype": "aws:cloudtrail", "sourceIPAddress": "192.0.2.7", "user": "ci", "eventName": "GetCallerIdentity"},
    "aws_other": {"sourcetype": "aws:cloudtrail", "sourceIPAddress": "192.0.2.70", "user": "ops", "eventName": "ListBuckets"},
    "o365": {"sourcetype": "o365:management:activity", "UserId": "anna@contoso.com", "ClientIP": "192.0.2.7"},
    "o365_other": {"sourcetype": "o365:management:activity", "UserId": "bo@contoso.com", "ClientIP": "192.0.2.70"},
}  # fmt: skip
SHOWN: list[tuple[str, dict[str, Any], set[str]]] = [
    ("alerts", {}, {"alert", "quiet"}),
    ("alerts_by_severity", {"severities": ["high"]}, {"alert"}),
    ("alerts_by_src", {"ip": "10.0.0.5"}, {"alert"}),
    ("alerts_by_dest", {"ip": "192.0.2.7"}, {"alert"}),
    ("alerts_by_account", {"user": "Anna"}, {"alert"}),
    ("logons_by_host", {"host": "ws01"}, {"failed1", "failed2", "signed"}),
    ("logons_by_ip", {"ip": "10.0.0.5"}, {"failed1", "failed2", "signed"}),
    ("logons_by_ip", {"ip": "2001:db8::7"}, {"v6"}),
    ("logons_by_account", {"user": "anna"}, {"failed1", "failed2", "signed"}),
    ("account_changes", {}, {"changed"}),
    ("changes_by_account", {"user": "anna"}, {"changed"}),
    ("processes_by_host", {"host": "ws01"}, {"encoded", "child"}),
    ("processes_by_account", {"user": "anna"}, {"encoded"}),
    ("processes_by_name", {"process_name": "PowerShell.exe"}, {"encoded"}),
    ("processes_by_command_line", {"text": '-ENC "a|b'}, {"encoded"}),
    ("processes_by_hash", {"hash": "cd01"}, {"encoded"}),
    ("children", {"host": "ws01", "process_id": 7}, {"child"}),
    ("files_by_name", {"path": "\\users\\public\\"}, {"written"}),
    ("registry", {"text": r"software\run"}, {"run_key"}),
    ("connections_by_ip", {"ip": "10.0.0.9"}, {"smb"}),
    ("dns_by_ip", {"ip": "192.0.2.7"}, {"lookup"}),
    ("web_by_domain", {"domain": "example.com"}, {"download"}),
    ("web_by_url", {"url": "A.exe?x="}, {"download"}),
    ("web_by_src", {"ip": "10.0.0.5"}, {"download"}),
    ("web_by_account", {"user": "anna"}, {"download"}),
    ("mail_by_address", {"address": "Anna@contoso.com"}, {"invoice"}),
    ("mail_by_subject", {"subject": "invoice"}, {"invoice"}),
    ("windows_events", {"host": "ws01"}, {"logon_4624", "service_4697"}),
    ("windows_events_by_id", {"ids": [4624, 4697]}, {"logon_4624", "service_4697"}),
    ("windows_events_by_id", {"ids": [1102, 4624], "host": "ws011"}, {"cleared_1102"}),
    ("windows_logons", {"host": "ws01"}, {"logon_4624"}),
    ("windows_account_changes", {"user": "helper"}, {"group_4728"}),
    ("services_installed", {}, {"service_4697"}),
    ("logs_cleared", {}, {"cleared_1102"}),
    ("aws_by_ip", {"ip": "192.0.2.7"}, {"aws"}),
    ("aws_by_account", {"user": "ci"}, {"aws"}),
    ("office365_by_account", {"user": "anna@contoso.com"}, {"o365"}),
    ("office365_by_ip", {"ip": "192.0.2.7"}, {"o365"}),
    ("malware_detections", {}, set()),
]
COUNTED: list[tuple[str, dict[str, Any], list[dict[str, Any]]]] = [
    ("logon_failures", {"failures": 2}, [{"user": "anna", "src": "10.0.0.5", "failures": 2}]),
    ("guessed_passwords", {"failures": 2}, [{"user": "anna", "src": "10.0.0.5", "failures": 2}]),
    ("alert_counts", {}, [{"signature": "Miner", "count": 1}, {"signature": "Odd", "count": 1}]),
    ("connections_by_port", {"port": 445}, [{"src": "10.0.0.5", "dest": "10.0.0.9", "count": 1}]),
    ("bytes_sent", {}, [{"src": "10.0.0.5", "bytes_out": 300_000_000}]),
    ("rare_user_agents", {"machines": 1}, [{"http_user_agent": "Odd/1.0"}, {"http_user_agent": "Mozilla"}]),
    ("everywhere", {"text": "10.0.0.9"}, [{"index": "main", "count": 1}]),
]


def _event(number: int, name: str, fields: dict[str, Any]) -> dict[str, Any]:
    tags = fields.get("tag", [])
    said = " ".join(str(value) for key, value in fields.items() if key != "tag")
    told = {**fields, "tag": [tags] if isinstance(tags, str) else tags}
    return {"_time": f"2026-03-02T10:{number:02}:00Z", **told, "_raw": f"{said} #{name}"}


@pytest.fixture(scope="module")
def splunk() -> Iterator[Connection]:
    rows = [_event(number, name, fields) for number, (name, fields) in enumerate(EVENTS.items())]
    names = dict.fromkeys(name for row in rows for name in row)
    with FakeSplunk(tables={"main": [{name: row.get(name) for name in names} for row in rows]}) as service:
        yield service.connect()


def _asked(splunk: Connection, name: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    found = getattr(splunk.queries.splunk, name)(**values, start="2026-03-02T00:00:00Z", end="2026-03-03T00:00:00Z")
    rows: list[dict[str, Any]] = found.to_polars().to_dicts()
    return rows


@pytest.mark.parametrize(("name", "values", "expected"), SHOWN, ids=[f"{one[0]}-{one[1]}" for one in SHOWN])
def test_finds_the_events_that_it_says(
    splunk: Connection, name: str, values: dict[str, Any], expected: set[str]
) -> None:
    rows = _asked(splunk, name, values)
    assert {re.search(r"#(\w+)$", str(row["_raw"]))[1] for row in rows} == expected  # type: ignore[index]
    assert len(rows) == len(expected)


@pytest.mark.parametrize(("name", "values", "expected"), COUNTED, ids=[one[0] for one in COUNTED])
def test_counts_what_it_says(
    splunk: Connection, name: str, values: dict[str, Any], expected: list[dict[str, Any]]
) -> None:
    rows = _asked(splunk, name, values)
    told = [{key: str(row[key]) for key in one} for row, one in zip(rows, expected, strict=True)]
    assert sorted(told, key=str) == sorted(
        ({key: str(value) for key, value in one.items()} for one in expected), key=str
    )


def test_little_is_left_untried() -> None:
    """But for what the fake does not run, what is about Splunk itself, and what needs events as systems write them."""
    tried = {name for name, *_ in (*SHOWN, *COUNTED)}
    beyond = re.compile(
        r"\| (rest|rex|bin|spath|fieldsummary|xyseries|tstats)\b|\b(mvfilter|rtrim)\(|index=(_audit|risk)\b"
    )
    untried = {name for name, query in packs["splunk"].queries.items() if not beyond.search(query.texts["spl"])} - tried
    assert len(tried) >= 40
    assert untried <= {
        "events",
        "new_logons",
        "intrusion_detections",
        "kerberos_tickets",
        "script_blocks",
        "rare_processes",
        "files_by_hash",
        "linux_accounts",
        "linux_commands",
    }
