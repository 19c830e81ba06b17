"""Several records of one process start become one process.

The same start may stand in a table twice: exported twice, or recorded by Sysmon and as event 4688. Such rows are one
process: they get one key, and children found through any of them meet at it.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from huntbook.analytics._process_tree.values import PIDS

# Sysmon and the security log stamp one start with times a few milliseconds apart; the second is far above that and far
# below the time in which a system gives the same process id to the same image under the same parent again.
SAME_START = 1_000_000


class Merged(NamedTuple):
    """Processes, one a row in the order of their first record, and the number of the process of each start.

    There are no numbers where nothing had to be merged: each start is then the process of the same number.
    """

    processes: pl.DataFrame
    process_of_start: pl.Series | None


def merge(starts: pl.DataFrame) -> Merged:
    """Merge starts of one host with one GUID, and starts that agree in all they say and in time.

    Two records of the same kind are one start if their times are equal; of different kinds, if they are at most
    `SAME_START` apart. Of different kinds are also one with a GUID and one without: normalised views show records of
    Sysmon and of the Security log alike. They must agree in host, process id, parent's id and image, and not differ in GUID.
    """
    if not _may_repeat(starts):
        return Merged(starts, None)
    first = _by_guid(starts, _by_time(starts))
    kept = first.unique().sort()
    # Whatever any of the records knows, the process knows: a GUID from Sysmon, say, and a time from both.
    known = [pl.col(name).drop_nulls().first() for name in starts.columns]
    processes = starts.group_by(first.alias(_FIRST)).agg(known).sort(_FIRST).drop(_FIRST)
    numbers = pl.int_range(len(kept), dtype=pl.UInt32, eager=True)
    return Merged(processes, first.replace_strict(kept, numbers, return_dtype=pl.UInt32))


_FIRST = "first"


def _may_repeat(starts: pl.DataFrame) -> bool:
    """Tell cheaply that nothing can repeat: distinct sums of host, id and time prove distinct starts; equal ones nothing."""
    if starts["family"].n_unique() > 1:
        return True
    guids = starts["guid"].drop_nulls()
    if guids.n_unique() < len(guids) or 0 < len(guids) < len(starts):
        return True
    mixed = (pl.col("host") * PIDS + pl.col("pid")) * 6364136223846793005 + pl.col("time")
    sums = starts.select(mixed).to_series().drop_nulls()
    return sums.n_unique() < len(sums)


def _by_time(starts: pl.DataFrame) -> pl.Series:
    """Give each start the number of the first that is the same by id and time."""
    ordered = starts.with_row_index("start").sort("host", "pid", "time", "start", nulls_last=True)
    equal = [pl.col(name).eq_missing(pl.col(name).shift()) for name in ("host", "p_pid", "name")]
    gap = pl.col("time") - pl.col("time").shift()
    has_guid = pl.col("guid").is_not_null()
    other_kind = (pl.col("family") != pl.col("family").shift()) | (has_guid != has_guid.shift())
    near = (gap == 0) | ((gap <= SAME_START) & other_kind)
    guid_differs = (pl.col("guid") != pl.col("guid").shift()).fill_null(value=False)
    same = pl.all_horizontal(pl.col("pid") == pl.col("pid").shift(), near, ~guid_differs, *equal).fill_null(value=False)
    groups = ordered.select("start", group=(~same).cum_sum())
    return groups.with_columns(first=pl.col("start").min().over("group")).sort("start")["first"]


def _by_guid(starts: pl.DataFrame, first: pl.Series) -> pl.Series:
    """Move starts of one host and GUID, and all that were the same as them, to the first of them."""
    frame = starts.select("host", "guid").with_columns(first.alias(_FIRST))
    known = pl.col("guid").is_not_null()
    frame = frame.with_columns(target=pl.when(known).then(pl.col(_FIRST).min().over("host", "guid")).otherwise(_FIRST))
    return frame.select(pl.col("target").min().over(_FIRST)).to_series()
