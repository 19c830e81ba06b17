"""An answer of 200,000 rows streams in bounded memory, and a thousand small ones leave no task, thread, socket or file behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from huntbook.sources._kql.database import KqlDatabase
from huntbook.testing import FakeSentinel
from huntbook.testing.service import Answer, Seen
from huntbook.testing.serving import program

ROWS = 200_000
PEAK = "next(int(line.split()[1]) / 1024 for line in Path('/proc/self/status').read_text().splitlines() if line.startswith('VmHWM'))"
STREAM = f"""
from pathlib import Path
with sentinel.stream("SecurityEvent | project TimeGenerated, Computer, EventID, CommandLine", start="2026-03-01", end="2026-03-02") as frames:
    first = next(frames)
    before = {PEAK}
    rows, largest = first.height, first.estimated_size()
    for frame in frames:
        rows, largest = rows + frame.height, max(largest, frame.estimated_size())
    print(rows, frames.completeness.complete, round(largest / 1e6, 1), round({PEAK} - before, 1))
"""
MANY = """
import gc, os, threading, asyncio
from huntbook.core import runtime

async def tasks():
    return len(asyncio.all_tasks())

def counted():
    gc.collect()
    return runtime.run(tasks()), threading.active_count(), len(os.listdir("/proc/self/fd"))

def ask(times):
    for _ in range(times):
        sentinel.query("SecurityEvent | take 1", cache="off")

ask(50)
before = counted()
ask(1000)
print([after - earlier for after, earlier in zip(counted(), before)])
sentinel.close()
"""


class Quick(FakeSentinel):
    """Answers at once."""

    def _query(self, seen: Seen, database: KqlDatabase, *, body_has_span: bool) -> Answer:
        return Answer(
            json={"tables": [{"name": "PrimaryResult", "columns": [{"name": "n", "type": "long"}], "rows": [[1]]}]}
        )


def run(service: FakeSentinel, code: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program(service) + code],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert not ran.stderr
    return ran.stdout


pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="reads the memory of a process as Linux tells it"
)


def test_a_large_answer_streams_in_bounded_memory() -> None:
    events = pl.select(
        TimeGenerated=pl.lit("2026-03-01T00:00:00Z").str.to_datetime(time_unit="us", time_zone="UTC")
        + pl.duration(milliseconds=400 * pl.int_range(ROWS)),
        Computer=pl.format("WS{}", pl.int_range(ROWS) % 97),
        EventID=pl.lit(4688),
        CommandLine=pl.format(
            "powershell.exe -File C:\\Scripts\\job{}.ps1 -Verbose -NoProfile -ExecutionPolicy Bypass",
            pl.int_range(ROWS),
        ),
    )
    with FakeSentinel(tables={"SecurityEvent": events}) as service:
        rows, complete, largest, grown = run(service, STREAM).split()
    assert (int(rows), complete) == (ROWS, "True")
    assert float(largest) < 5  # megabytes of one frame
    assert float(grown) < 40  # where all rows together are some 25 MB, and their JSON 33


def test_a_thousand_small_questions_leave_nothing_behind() -> None:
    with Quick() as service:
        tasks, threads, files = (int(each) for each in run(service, MANY).strip("[]\n").split(","))
    assert (tasks, threads) == (0, 0)
    assert files <= 2  # a connection that was made anew
