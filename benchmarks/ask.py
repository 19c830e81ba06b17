"""Asking a service: what huntbook adds to the service's own time, and what reading a large answer costs.

The service is a canned one in the parent process: it answers at once with the same bytes, so that all of the time is the client's.
The alternative is the shortest program that does the same: urllib, json and Polars.
"""

from __future__ import annotations

import json
import os
import tempfile
import urllib.request
from collections.abc import Iterator
from typing import ClassVar

import polars as pl

import huntbook as hb
import huntbook.sources.sentinel
from benchmarks._measure import Figure, measure
from huntbook.testing.service import Answer, FakeService, FixedCredential, Seen

SIZES = (2_000, 20_000, 200_000)
WORKSPACE = "00000000-0000-0000-0000-000000000001"
COLUMNS = [
    ("TimeGenerated", "datetime"),
    ("Computer", "string"),
    ("EventID", "int"),
    ("Account", "string"),
    ("CommandLine", "string"),
    ("Elevated", "bool"),
    ("Details", "dynamic"),
]


class Canned(FakeService):
    """Answers every question with the same rows."""

    source: ClassVar[str] = "sentinel"

    def __init__(self, rows: int) -> None:
        lines = (
            [f"2026-03-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}.{number % 10_000_000:07}Z", f"WS{number % 50:02}",
             4688, "CONTOSO\\anna", f'powershell.exe -File "C:\\Scripts\\job{number}.ps1" -Verbose', number % 7 == 0, f'{{"id":{number}}}']
            for number in range(rows)
        )  # fmt: skip
        columns = [{"name": name, "type": kind} for name, kind in COLUMNS]
        self.body = json.dumps(
            {"tables": [{"name": "PrimaryResult", "columns": columns, "rows": list(lines)}]}
        ).encode()
        super().__init__()

    def allowed(self, _: Seen) -> Answer | None:
        """Everybody."""
        return None

    def answer(self, _: Seen) -> Answer:
        """The same for all."""
        return Answer(body=[self.body[at : at + 65_536] for at in range(0, len(self.body), 65_536)])


def address() -> str:
    """Where the service is; what both need is imported by now."""
    os.environ["HUNTBOOK_CACHE"] = tempfile.mkdtemp()
    return os.environ["HUNTBOOK_BENCH_URL"]


def ours(url: str) -> int:
    """Connect, ask, and take the answer as a table."""
    sentinel = hb.connect("sentinel", workspace=WORKSPACE, endpoint=url, credential=FixedCredential("x"))
    return len(sentinel.query("SecurityEvent", cache="off"))


def streamed(url: str) -> int:
    """Connect, ask, and take the answer frame by frame."""
    sentinel = hb.connect("sentinel", workspace=WORKSPACE, endpoint=url, credential=FixedCredential("x"))
    return sum(frame.height for frame in sentinel.stream("SecurityEvent"))


def shortest(url: str) -> int:
    """The same without huntbook: one request, json, a frame whose times are times."""
    request = urllib.request.Request(  # noqa: S310 - the canned service
        f"{url}/v1/workspaces/{WORKSPACE}/query",
        json.dumps({"query": "SecurityEvent"}).encode(),
        {"Authorization": "Bearer x"},
    )
    with urllib.request.urlopen(request) as reply:  # noqa: S310 - the canned service
        table = json.load(reply)["tables"][0]
    names = [column["name"] for column in table["columns"]]
    frame = pl.DataFrame(table["rows"], schema=names, orient="row")
    return frame.with_columns(
        pl.col("TimeGenerated").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="ns", time_zone="UTC")
    ).height


def figures() -> Iterator[Figure]:
    """Small, middle and large answers: as a table, and frame by frame."""
    for rows in SIZES:
        with Canned(rows) as service:
            os.environ["HUNTBOOK_BENCH_URL"] = service.url
            size = f"{rows:,} rows, {len(service.body) / 1e6:.1f} MB"
            theirs = measure(shortest, address, runs=5)
            yield Figure(
                "an answer as a table",
                size,
                measure(ours, address, runs=5),
                "urllib, json and Polars",
                theirs,
                by="wall",
            )
            yield Figure(
                "an answer frame by frame",
                size,
                measure(streamed, address, runs=5),
                "urllib, json and Polars",
                theirs,
                by="wall",
            )
