"""Too many events to draw one by one: count them by pixel, and keep single those that stand where few are.

The picture must not grow with the table. So time is cut into bins, finer than the pixels of a screen by an order, and
only the counts are kept: one sort of small integers and a run-length encoding. What a hunter looks for is rare,
though, and a rare event must stay an event: short lanes, and bins at the scale of the screen with next to nothing in
them, keep their rows. Every row is either kept or counted, never both and never neither.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

ALL_SINGLE = 20_000  # up to so many events each is drawn by itself
SINGLE = 8_000  # beyond that, so many at most
MOST_CELLS = 60_000
FEW = 3  # of a series side by side on the screen
_FINE = 16_384  # bins to begin with, over the stretch of time that holds almost everything
_COARSE = 400  # how many marks fit side by side on a screen

# Each width divides the next, so that cells can be added up; all are whole parts of a day up to a day.
WIDTHS = tuple(
    milliseconds * 1_000
    for milliseconds in (
        *(1, 2, 10, 20, 100, 200, 1_000, 2_000, 10_000, 30_000),
        *(60_000, 120_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000),
        *(86_400_000, 864_000_000, 8_640_000_000, 86_400_000_000, 864_000_000_000),
    )
)


@dataclass(frozen=True)
class Thinned:
    """What is drawn of a table.

    Attributes:
        single: the rows drawn one by one: `row`, `micros`, `code`; ordered by code and time.
        cells: the others, counted: `code`, `bin`, `count`; ordered by code and bin.
        width: of a bin, in microseconds: bin b is from b·width up to (b+1)·width. 0 if there are none.
    """

    single: pl.DataFrame
    cells: pl.DataFrame
    width: int


def thin(micros: pl.Series, code: pl.Series, codes: int) -> Thinned:
    """Thin out the events.

    Args:
        micros: the time of each, Int64, without nulls.
        code: which series each belongs to, from 0.
        codes: how many series there are.
    """
    events = pl.DataFrame({"micros": micros, "code": code})
    if events.height <= ALL_SINGLE:
        return Thinned(_ordered(events.with_row_index("row")), _no_cells(), 0)
    cells, width = _cells(events, codes)
    coarse = _at_least(_span(micros) // _COARSE, width)
    cells = cells.with_columns(coarse=pl.col("bin") // (coarse // width) * codes + pl.col("code"))
    sparse = _sparse(cells)
    keys = micros // coarse * codes + code
    rows = keys.is_in(sparse.implode()).arg_true()
    counted = cells.filter(~pl.col("coarse").is_in(sparse.implode())).select("code", "bin", "count")
    single = events[rows].with_columns(row=rows.cast(pl.UInt32)).select("row", "micros", "code")
    return Thinned(_ordered(single), counted.sort("code", "bin"), width)


def _cells(events: pl.DataFrame, codes: int) -> tuple[pl.DataFrame, int]:
    """Count the events by bin and series, in the finest bins of which there are not too many."""
    step = max(events.height // 50_000, 1)
    sample = events["micros"].gather_every(step).sort()
    core = sample[int(len(sample) * 0.995)] - sample[int(len(sample) * 0.005)]
    width = _at_least(core // _FINE, 0)
    keys = events["micros"] // width * codes + events["code"]
    runs = keys.sort().rle().struct.unnest()
    cells = runs.select(bin=pl.col("value") // codes, code=pl.col("value") % codes, count=pl.col("len"))
    while cells.height > MOST_CELLS and width < WIDTHS[-1]:
        wider = WIDTHS[WIDTHS.index(width) + 1]
        cells = cells.group_by(pl.col("bin") // (wider // width), "code").agg(pl.col("count").sum())
        width = wider
    return cells, width


def _sparse(cells: pl.DataFrame) -> pl.Series:
    """Choose the coarse cells whose events stay single: all of the rarest series, then the emptiest of the others."""
    series = cells.group_by("code").agg(pl.col("count").sum()).sort("count", "code")
    rare = series.filter(pl.col("count").cum_sum() <= SINGLE * 3 // 4)["code"]
    coarse = cells.group_by("coarse", "code").agg(pl.col("count").sum())
    rank = pl.when(pl.col("code").is_in(rare.implode())).then(0).otherwise(pl.col("count"))
    ranked = coarse.with_columns(rank=rank).filter(pl.col("rank") <= FEW).sort("rank", "coarse")
    return ranked.filter(pl.col("count").cum_sum() <= SINGLE)["coarse"]


def _at_least(wanted: int, least: int) -> int:
    return next((width for width in WIDTHS if width >= max(wanted, least, 1)), WIDTHS[-1])


def _ordered(single: pl.DataFrame) -> pl.DataFrame:
    return single.sort("code", "micros", maintain_order=True)


def _no_cells() -> pl.DataFrame:
    return pl.DataFrame(schema={"code": pl.Int64, "bin": pl.Int64, "count": pl.UInt32})


def _span(micros: pl.Series) -> int:
    first, last = micros.min(), micros.max()
    return last - first if isinstance(first, int) and isinstance(last, int) else 0
