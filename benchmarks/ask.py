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
from benchmarks._measure import Cost, Figure, measure
from huntbook.testing import FakeSentinel
from huntbook.testing.service import Answer, FakeService, FixedCredential, Seen

SIZES = (2_000, 20_000, 200_000)
TIMES = 20
ONE = "SigninLogs | take 1"
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

    def settings(self) -> dict[str, str]:
        """Where it is."""
        return {"endpoint": self.url}

    def allowed(self, _: Seen) -> Answer | None:
        """Everybody."""
        return None

    def answer(self, _: Seen) -> Answer:
        """The same for all."""
        return Answer(body=[self.body[at : at + 65_536] for at in range(0, len(self.body), 65_536)])


class Open(FakeSentinel):
    """A workspace that asks nobody who they are."""

    def allowed(self, _: Seen) -> Answer | None:
        """Everybody."""
        return None


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


def asked(url: str, query: str) -> urllib.request.Request:
    """The request that asks, written by hand."""
    return urllib.request.Request(  # noqa: S310 - the canned service, or the fake one
        f"{url}/v1/workspaces/{WORKSPACE}/query",
        json.dumps({"query": query}).encode(),
        {"Authorization": "Bearer x", "Content-Type": "application/json"},
    )


def shortest(url: str) -> int:
    """The same without huntbook: one request, json, a frame whose times are times."""
    with urllib.request.urlopen(asked(url, "SecurityEvent")) as reply:  # noqa: S310 - the canned service
        table = json.load(reply)["tables"][0]
    names = [column["name"] for column in table["columns"]]
    frame = pl.DataFrame(table["rows"], schema=names, orient="row")
    return frame.with_columns(
        pl.col("TimeGenerated").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="ns", time_zone="UTC")
    ).height


def first_row(url: str) -> None:
    """Connect anew and ask for one row, as often as `TIMES` says."""
    for _ in range(TIMES):
        with hb.connect("sentinel", workspace=WORKSPACE, endpoint=url, credential=FixedCredential("x")) as sentinel:
            sentinel.query(ONE, cache="off")


def first_row_alone(url: str) -> None:
    """The same by a request alone, whose answer nobody reads into a table: the service's own time."""
    for _ in range(TIMES):
        with urllib.request.urlopen(asked(url, ONE)) as reply:  # noqa: S310 - the fake service
            reply.read()


def first_row_again() -> str:
    """Have it done once: what a process does the first time (imports) is not what connecting costs."""
    url = address()
    first_row(url)
    return url


def connecting() -> Figure:
    """What is added to the time of a service that runs the query: from `connect` to the first row."""
    rows = [{"TimeGenerated": "2026-03-01T01:00:00Z", "UserPrincipalName": "anna@contoso.com"}]
    with Open(tables={"SigninLogs": rows}) as service:
        service.workspaces["contoso"] = WORKSPACE
        os.environ["HUNTBOOK_BENCH_URL"] = service.url
        ours, theirs = (each(measure(work, first_row_again, runs=5)) for work in (first_row, first_row_alone))
    return Figure("connect to the first row", "1 row", ours, "the service alone", theirs, by="wall", more=0.020)


def each(cost: Cost) -> Cost:
    """The cost of one of `TIMES` questions."""
    return Cost(cost.wall / TIMES, cost.cpu / TIMES, cost.memory)


def figures() -> Iterator[Figure]:
    """The first row; then small, middle and large answers: as a table, and frame by frame."""
    yield connecting()
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
