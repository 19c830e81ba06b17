"""One prepared question to two stores of different languages, each in its own."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import huntbook as hb
from huntbook.query.kql import Type
from huntbook.query.pack import Example, Query, packs
from huntbook.testing import FakeSentinel, FakeSplunk
from huntbook.testing.examples._run import tables_of
from huntbook.testing.examples._splunk import store_of

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
KINDS: dict[Type, pl.DataType] = {
    Type.DATETIME: pl.Datetime("us", "UTC"),
    Type.BOOL: pl.Boolean(),
    Type.INT: pl.Int32(),
    Type.LONG: pl.Int64(),
}


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


@pytest.mark.parametrize(
    "name",
    [
        "aws.events",
        "azure.activity",
        "dns.lookups_by_client",
        "email.by_recipient",
        "files.events",
        "identity.authentications",
        "linux.logon_counts",
        "network.sessions",
        "office365.activity_counts",
        "processes.prevalence",
        "registry.events",
        "web.requests",
        "windows.logons",
    ],
)
def test_the_answers_are_one_table(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUNTBOOK_CACHE", str(tmp_path))
    pack, _, lookup = name.partition(".")
    query = packs[pack][lookup]
    of_kql, of_spl = (query.examples(dialect)[0] for dialect in ("kql", "spl"))
    values = {key: value for key, value in of_kql.values.items() if query.parameters[key].required}
    with FakeSentinel(tables=_tables(query, of_kql)) as workspace, FakeSplunk(tables={}) as splunk:
        splunk.indexes.update(store_of(of_spl.rows)[0])
        asked = [workspace.connect(), splunk.connect()]
        answer = hb.ask(asked, name, start="2026-03-02", end="2026-03-03", **values)
    source, time, *others = answer.to_polars().columns
    assert answer.origin.completeness.complete
    assert answer.origin.completeness.notes == ()
    assert (source, time) in {("_Source", "TimeGenerated"), ("_Source", "Timestamp")}
    assert answer[source].n_unique() == 2
    assert answer[time].dtype == pl.Datetime("us", "UTC")
    assert answer[time].null_count() == 0
    assert [each for each in others if each in {"_time", "host", "user", "src", "dest", "EventCode", "first"}] == []


def _tables(query: Query, example: Example) -> dict[str, pl.DataFrame]:
    """The rows of an example, in tables that have all columns that the query asks."""
    made = {}
    for table, columns in tables_of(query, example).items():
        frame = pl.DataFrame(example.rows.get(table, []))
        absent = {name: KINDS.get(kind, pl.String()) for name, kind in columns.items() if name not in frame.columns}
        frame = frame.with_columns(pl.lit(None, kind).alias(name) for name, kind in absent.items())
        told = pl.col("Timestamp" if "Timestamp" in columns else "TimeGenerated")
        made[table] = frame.with_columns(told.alias("TimeGenerated"))
    return made
