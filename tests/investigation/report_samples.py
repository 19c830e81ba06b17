"""Triages for the tests of the report, and the report as it is read back."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from huntbook.analytics.process_tree import process_tree
from huntbook.investigation.finding import (
    Decoded,
    Evidence,
    Finding,
    Indicator,
    NotRead,
    ProcessRef,
    QueryRun,
    RemoteRef,
    TableSummary,
    Triage,
)
from huntbook.investigation.report import write_report
from huntbook.investigation.triage import Investigation
from huntbook.query.pack import Severity

if TYPE_CHECKING:
    from pathlib import Path

    from huntbook.sources._connection import Connection

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def finding(**changes: Any) -> Finding:
    """A finding with everything in it."""
    fields: dict[str, Any] = {
        "title": "Memory of LSASS was read",
        "severity": Severity.HIGH,
        "techniques": ["T1003.001"],
        "time": START + timedelta(minutes=5),
        "last": START + timedelta(minutes=6),
        "host": "WS01.corp.example",
        "account": "CORP\\ann",
        "process": ProcessRef(
            id="30", guid=None, path="C:\\Users\\ann\\dump.exe", command_line="dump.exe -a", parent_id="20"
        ),
        "remote": RemoteRef(address="192.0.2.7", port=8080),
        "why": "It holds secrets.",
        "false_positives": ["Security products"],
        "query": "credentials.lsass_memory_read",
        "count": 2,
        "rows": [
            {"TimeGenerated": "2026-03-01T09:05:00+00:00", "Host": "WS01.corp.example", "Access": "0x1410", "_File": "a.evtx", "_Line": 7},
            {"TimeGenerated": "2026-03-01T09:06:00+00:00", "Host": "WS01.corp.example", "Access": "0x1010", "_File": "a.evtx", "_Line": 9},
        ],
    }  # fmt: skip
    return Finding(**(fields | changes))


def triage(findings: list[Finding] | None = None, **changes: Any) -> Triage:
    """A triage with something in each of its parts."""
    table = TableSummary(
        name="SecurityEvent", rows=1234, start=START, end=START + timedelta(hours=1), files={"a.evtx": 1234}, recognised=True
    )  # fmt: skip
    odd = TableSummary(name="strange", rows=5, start=None, end=None, files={"s.bin": 5}, recognised=False)
    evidence = Evidence(
        path="/evidence/case 7",
        start=START,
        end=START + timedelta(hours=1),
        tables=[table, odd],
        hosts={"WS01.corp.example": 1234},
        accounts={"CORP\\ann": 40},
        queries=[
            QueryRun(query="credentials.lsass_memory_read", rows=2, findings=1, seconds=0.25),
            QueryRun(query="linux.cron", error="no such column"),
            QueryRun(query="aws.keys", skipped="nothing here is AWSCloudTrail"),
        ],
    )
    parts: dict[str, Any] = {
        "evidence": evidence,
        "findings": [finding()] if findings is None else findings,
        "indicators": [Indicator(kind="ipv4", value="192.0.2.7", count=1, findings=[0])],
        "decoded": [Decoded(encoding="base64", encoded="d2hvYW1p", decoded="whoami", depth=0, host="WS01", time=START)],
        "not_read": [NotRead(file="b.evtx", reason="truncated", position="chunk 3", lost=12)],
    }
    return Triage(**(parts | changes))


def tree(host: str = "WS01.corp.example", command_line: str = "dump.exe -a") -> pl.DataFrame:
    """Three processes: a shell that starts another, which starts what the finding is about."""
    rows = [
        (START, host, "10", "C:\\explorer.exe", "explorer.exe", "4"),
        (START + timedelta(minutes=1), host, "20", "C:\\cmd.exe", "cmd.exe", "10"),
        (START + timedelta(minutes=2), host, "30", "C:\\Users\\ann\\dump.exe", command_line, "20"),
    ]
    names = ["TimeGenerated", "DvcHostname", "TargetProcessId", "TargetProcessName", "TargetProcessCommandLine"]
    return pl.DataFrame(process_tree(pl.DataFrame(rows, schema=[*names, "ActingProcessId"], orient="row")))


def write(folder: Path, of: Triage, processes: pl.DataFrame | None = None) -> str:
    """Write the report of a triage and read it back."""
    # The report reads what was found; it asks the logs nothing.
    found = Investigation(cast("Connection", None), of, pl.DataFrame() if processes is None else processes)
    return write_report(found, folder / "report.html").read_text(encoding="utf-8")


class Parsed(HTMLParser):
    """What a reader of HTML finds in a page: elements, ids, links, visible text, and what its scripts and styles are."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.attributes: Counter[str] = Counter()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self.scripts: dict[str, list[str]] = {"run": [], "data": []}
        self._inside = ""
        self.feed(page)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.elements[tag] += 1
        self.attributes.update(f"{tag} {name}" for name in given)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [given["href"] or ""] if "href" in given else []
        if tag in ("script", "style"):
            self._inside = "style" if tag == "style" else "data" if "type" in given else "run"

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in self.scripts:
            self.scripts[self._inside].append(data)
        elif not self._inside:
            self.texts.append(data)
