"""`hb.process_tree` on 4688 events against the least that finds parents, roots and depths.

The floor is one `join_asof` on host, process id and time, and pointer jumping for root and depth. It gives row numbers;
it knows no other table, no images, no parents that were not recorded, no duplicates, no cycles and no keys.
"""

from __future__ import annotations

import random
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from benchmarks._measure import Figure, measure
from huntbook.analytics.process_tree import process_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = (10_000, 100_000, 1_000_000)
_IMAGES = [rf"C:\Windows\System32\tool{number:02d}.exe" for number in range(60)]
_HEX = "0x"


def events(count: int) -> pl.DataFrame:
    """Make 4688 events of hosts with 2,000 processes each; process ids are used again, some parents are not recorded."""
    chance = random.Random(20260105)
    alive: list[deque[tuple[str, str]]] = [deque(maxlen=60) for _ in range(max(2, count // 2000))]
    now, rows = 1_700_000_000_000_000, []
    for _ in range(count):
        now += chance.randrange(1, 100_000)
        number = chance.randrange(len(alive))
        recent = alive[number]
        unseen = (hex(chance.randrange(1, 9000) * 4), chance.choice(_IMAGES))
        parent = chance.choice(recent) if recent and chance.random() < 0.97 else unseen
        child = (hex(chance.randrange(1, 9000) * 4), chance.choice(_IMAGES))
        recent.append(child)
        rows.append((now, f"HOST{number:05d}.corp.example", *child, *parent, f'"{child[1]}" /c run'))
    names = (
        "TimeGenerated",
        "Computer",
        "NewProcessId",
        "NewProcessName",
        "ProcessId",
        "ParentProcessName",
        "CommandLine",
    )
    frame = pl.DataFrame(rows, schema=names, orient="row")
    return frame.with_columns(pl.from_epoch("TimeGenerated", "us").dt.replace_time_zone("UTC"), EventID=pl.lit(4688))


def floor(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the number of the parent's row, of the root's row, and the depth."""

    def pid(name: str) -> pl.Expr:
        return pl.col(name).str.strip_prefix(_HEX).str.to_integer(base=16)

    starts = frame.select("Computer", at="TimeGenerated", pid=pid("NewProcessId"), ppid=pid("ProcessId"))
    starts = starts.with_row_index("row").sort("at")
    parents = starts.select("Computer", "at", ppid="pid", parent="row")
    linked = starts.join_asof(parents, on="at", by=["Computer", "ppid"], check_sortedness=False).sort("row")
    each = pl.int_range(frame.height, dtype=pl.UInt32, eager=True)
    ancestor = pl.select(pl.coalesce(linked["parent"], each)).to_series()
    depth = (ancestor != each).cast(pl.UInt32)
    while not ((further := ancestor.gather(ancestor)) == ancestor).all():
        depth = depth + depth.gather(ancestor)
        ancestor = further
    return frame.with_columns(linked["parent"], root=ancestor, depth=depth)


def figures() -> Iterator[Figure]:
    for size in SIZES:
        prepare = partial(events, size)
        # Below a million the difference is a fixed 25 ms, for a table is recognised and merged before it is linked.
        yield Figure(
            "process_tree",
            f"{size:,} events",
            measure(process_tree, prepare),
            "join_asof and pointer jumping",
            measure(floor, prepare),
            limit=2.0 if size == max(SIZES) else None,
        )
