"""One prepared question to two stores of different languages, each in its own."""

from __future__ import annotations

from pathlib import Path

import pytest

import huntbook as hb
from huntbook.testing import FakeSentinel, FakeSplunk

TIME = "2026-03-01T10:00:00Z"
EVENTS = [
    {
        "_time": TIME,
        "index": "win",
        "source": "XmlWinEventLog:Security",
        "EventCode": code,
        "host": host,
        "user": user,
        "src_ip": ip,
    }
    for code, host, user, ip in (
        ("4624", "ws01.contoso.com", "anna", "192.0.2.1"),
        ("4624", "WS02", "bo", "192.0.2.2"),
        ("4625", "ws01", "cy", "192.0.2.3"),
    )
]
ROWS = [
    {
        "TimeGenerated": TIME,
        "EventID": event,
        "Computer": computer,
        "Account": account,
        "TargetAccount": account,
        "IpAddress": ip,
    }
    for event, computer, account, ip in (
        (4624, "WS01", "CONTOSO\\anna", "192.0.2.1"),
        (4624, "WS02", "CONTOSO\\bo", "192.0.2.2"),
        (4625, "WS01", "CONTOSO\\cy", "192.0.2.3"),
    )
]
SPAN = {"start": "2026-03-01", "end": "2026-03-02"}


@pytest.mark.parametrize(
    ("query", "values", "users"),
    [
        ("windows.logons", {"host": "WS01"}, ["anna"]),
        ("windows.logons", {"account": "CONTOSO\\bo"}, ["bo"]),
        ("windows.logons", {"host": 'WS01" OR 1=1 //'}, []),
        ("windows.failed_logons", {"host": "WS01"}, ["cy"]),
        ("windows.logons", {}, ["anna", "bo"]),
        ("windows.logons", {"host": "WS01.contoso.com"}, ["anna"]),
        ("windows.logon_attempts", {"host": "ws01", "ip": "192.0.2.0/24"}, ["anna", "cy"]),
        ("windows.events", {"ids": [4625]}, ["cy"]),
    ],
)
def test_each_is_asked_in_its_own_language(
    query: str, values: dict[str, str], users: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUNTBOOK_CACHE", str(tmp_path))
    with FakeSentinel(tables={"SecurityEvent": ROWS}) as workspace, FakeSplunk(tables={"win": EVENTS}) as splunk:
        answer = hb.ask([workspace.connect(), splunk.connect()], query, **SPAN, **values)
    found = answer.to_polars()
    assert answer.origin.completeness.complete
    assert answer.origin.dialect == "kql, spl"
    told = [str(row["Account"]).rpartition("\\")[2] for row in found.to_dicts()]
    assert sorted(told) == sorted([*users, *users])
