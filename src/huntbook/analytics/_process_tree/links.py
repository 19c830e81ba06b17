"""Which process started which: by GUID where both sides have one, else by host, process id and time.

A parent is the latest process of the child's host with the id that the child names, started no later than the child.
It is refused if the child's record of its parent says otherwise (another image, another GUID, another start time), or
if it is known to have ended before. Then the latest with the recorded image is taken, if there is one; then, for
clocks that run a little out of order, the first that starts within `SLACK` after the child.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import polars as pl

from huntbook.analytics._process_tree.values import PIDS

SLACK = 1_000_000  # microseconds by which a parent may seem to start after its child, or to end before it
_PAST, _FUTURE = -(1 << 62), 1 << 62  # a process without a time was always there; a child without one comes last
# Sysmon's GUIDs begin with the machine and the second of the start. The rest of them is made of the token's id, and some
# versions write it differently in the child's record: equal beginnings, with equal ids, are one process.
_START_OF_GUID = len("01234567-89ab-cdef")
_FOUND = ("child", "parent", "latest")
_NOBODY = pl.lit(None, dtype=pl.UInt32)


class Links(NamedTuple):
    """For each child the number of its parent, and that of the latest process before it with the parent's id."""

    parent: pl.Series
    latest: pl.Series


def link(children: pl.DataFrame, processes: pl.DataFrame) -> Links:
    """Find the parents of `children` among `processes`, both as in `Starts`; numbers count from 0 in their order."""
    seekers = _seekers(children, processes)
    settled, seekers = _split(seekers, pl.col("parent").is_not_null())
    dated, undated = _split(seekers, pl.col("start").is_not_null())
    candidates = _candidates(processes)
    found = [
        settled.select(_FOUND),
        _started_at(dated, candidates, processes),
        _started_before(undated, candidates, processes),
    ]
    links = pl.concat([part for part in found if part.height] or found)
    links = links if links["child"].is_sorted() else links.sort("child")
    return Links(links["parent"], links["latest"])


def _split(frame: pl.DataFrame, those: pl.Expr) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split a frame in two; mostly it is all of one kind, and then nothing is copied."""
    yes = frame.select(those).to_series()
    if not yes.any():
        return frame.clear(), frame
    return frame.filter(yes), frame.filter(~yes)


def _key(pid: str) -> pl.Expr:
    return pl.col("host") * PIDS + pl.col(pid)


def _seekers(children: pl.DataFrame, processes: pl.DataFrame) -> pl.DataFrame:
    """Give what each child knows of its parent, and the parents that are known by GUID."""
    seekers = children.select(
        "host",
        child=pl.int_range(pl.len(), dtype=pl.UInt32),
        key=_key("p_pid"),
        name="p_name",
        guid="p_guid",
        start="p_time",
        at=pl.col("at").fill_null(_FUTURE),
        latest=_NOBODY,
    )
    if seekers["guid"].null_count() == seekers.height:
        return seekers.with_columns(parent=_NOBODY)
    known = processes.select("host", "guid", parent=pl.int_range(pl.len(), dtype=pl.UInt32)).drop_nulls("guid")
    known = known.unique(["host", "guid"], keep="first", maintain_order=True)
    return seekers.join(known, on=["host", "guid"], how="left", maintain_order="left")


def _candidates(processes: pl.DataFrame) -> pl.DataFrame:
    """Give the processes that can be found by id, in the order of their starts."""
    candidates = processes.select(
        "name",
        key=_key("pid"),
        start="time",
        at=pl.col("time").fill_null(_PAST),
        parent=pl.int_range(pl.len(), dtype=pl.UInt32),
    )
    return candidates.drop_nulls("key").sort("at", maintain_order=True)


def _started_at(seekers: pl.DataFrame, candidates: pl.DataFrame, processes: pl.DataFrame) -> pl.DataFrame:
    """Find the parents whose start the child's record gives; clocks and exports may round it."""
    others = candidates.drop_nulls("start")
    return _search(seekers, others, processes, on="start", strategy="nearest").select(_FOUND)


def _started_before(seekers: pl.DataFrame, candidates: pl.DataFrame, processes: pl.DataFrame) -> pl.DataFrame:
    """Find the latest parents before the children; where the record refuses them, look further."""
    found = _search(seekers, candidates, processes)
    missing = found.filter(pl.col("parent").is_null())
    others = candidates.filter(pl.col("key").is_in(missing["key"].unique().implode()))
    if not others.height:
        return found.select(_FOUND)
    named = _search(missing, others, processes, by=("key", "name")).sort("child")
    after = _search(missing, others, processes, strategy="forward").sort("child")
    missing = missing.sort("child").select("child", pl.coalesce(named["parent"], after["parent"]), "latest")
    return pl.concat([found.select(_FOUND).drop_nulls("parent"), missing])


def _search(
    seekers: pl.DataFrame,
    candidates: pl.DataFrame,
    processes: pl.DataFrame,
    *,
    by: tuple[str, ...] = ("key",),
    on: Literal["at", "start"] = "at",
    strategy: Literal["backward", "forward", "nearest"] = "backward",
) -> pl.DataFrame:
    """Fill in `latest`, the candidate found, and `parent`, the same unless the child's record refuses it."""
    if not seekers.height:
        return seekers
    ordered = seekers if seekers[on].is_sorted() else seekers.sort(on)
    found = ordered.drop("parent", "latest").join_asof(
        candidates.select(on, *by, latest="parent"),
        on=on,
        by=by,
        strategy=strategy,
        tolerance=None if strategy == "backward" else SLACK,
        check_sortedness=False,  # sorted above, which with `by` cannot be checked
    )  # fmt: skip
    parent = pl.when(~_refused(found, processes)).then("latest")
    return found.with_columns(parent=parent).select(seekers.columns)


def _refused(found: pl.DataFrame, processes: pl.DataFrame) -> pl.Expr:
    """Say where the child's record of its parent is not that of the process found."""
    name, guid, end = (
        column.gather(found["latest"]) if column.null_count() < len(column) else None
        for column in (processes["name"], processes["guid"], processes["end"])
    )
    reasons = [pl.lit(value=False)]
    if name is not None:
        reasons.append(pl.col("name") != name)
    if guid is not None:
        reasons.append(pl.col("guid").str.head(_START_OF_GUID) != guid.str.head(_START_OF_GUID))
    if end is not None:
        reasons.append(pl.col("at") > end + SLACK)
    return pl.any_horizontal(reasons).fill_null(value=False)
