"""Timeline: a table of events to one page, against the least that any binned chart has to do.

The alternative groups by lane and bin in Polars, as many bins as a wide screen has pixels, fetches the rows of the bins
with few events, and puts both into a page as JSON: nothing that draws, no adaptation, no word on what is missing. Both
start with the table in memory and end with a page as text. With 1,000 events, fixed costs of milliseconds are all that
there is, so no limit is set there.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from benchmarks._measure import Figure, measure
from huntbook.plots.timeline import timeline

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = {"1k": 1_000, "100k": 100_000, "1M": 1_000_000, "10M": 10_000_000}
MOST_BYTES = 1_000_000
_START = 1_767_225_600_000_000  # 2026-01-01 in microseconds
_SPAN = 3 * 86_400_000_000
_PIXELS = 1_920
_SINGLE = 8_000


def events(rows: int) -> pl.DataFrame:
    """Make events of three days on twelve hosts and thirty kinds, unevenly, in order of time, one host nearly silent."""
    number = pl.int_range(rows)
    jitter = number.hash(1) % 1_000_000
    host = pl.when(number % max(rows // 40, 1) == 7).then(pl.lit("HOST-99")).otherwise(
        pl.format("HOST-{}", (number.hash(2) % 144).cast(pl.Float64).sqrt().cast(pl.Int32))
    )  # fmt: skip
    return pl.select(
        TimeGenerated=(_START + number * (_SPAN // rows) + jitter).cast(pl.Datetime("us", "UTC")),
        Computer=host,
        EventID=(number.hash(3) % 30).cast(pl.Int64) + 4600,
        CommandLine=pl.format("C:\\Windows\\System32\\cmd.exe /c task {}", number.hash(4) % 5_000),
    )


def ours(table: pl.DataFrame) -> str:
    """Draw the timeline and write its page."""
    page = timeline(table, lane="Computer").html()
    if len(page.encode()) >= MOST_BYTES:
        raise AssertionError(f"The page of {table.height:,} events has {len(page.encode()):,} bytes.")
    return page


def least(table: pl.DataFrame) -> str:
    """Bin to the pixels and write down the counts, and the rows where they are few."""
    binned = table.with_columns(bin=pl.col("TimeGenerated").to_physical() // (_SPAN // _PIXELS))
    bins = binned.group_by("Computer", "bin").len()
    few = binned.join(bins.filter(pl.col("len") <= 3), on=["Computer", "bin"], how="semi")[:_SINGLE]
    rows = few.with_columns(pl.col("TimeGenerated").to_physical()).rows()
    return f"<!doctype html><script>const bins = {json.dumps(bins.rows())}, rows = {json.dumps(rows)}</script>"


def figures() -> Iterator[Figure]:
    """Compare at four sizes; printed with the size of our page."""
    for name, rows in SIZES.items():
        prepare = partial(_prepared, rows)
        size = len(ours(events(rows)).encode())
        yield Figure(
            what=f"timeline to HTML, {size / 1000:.0f} kB",
            size=f"{name} events",
            ours=measure(ours, prepare),
            alternative="Polars: bins by lane and pixel, rows where few, JSON",
            theirs=measure(least, prepare),
            limit=2.0 if rows > 20_000 else None,
        )


def _prepared(rows: int) -> pl.DataFrame:
    """Make the events, and have both sides' modules loaded: importing is measured elsewhere."""
    ours(events(10))
    return events(rows)
