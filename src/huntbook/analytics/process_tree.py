"""Process trees from any table of process starts: who started whom, on which host."""

from __future__ import annotations

import warnings
from typing import Any

import polars as pl

from huntbook.analytics._process_tree.families import Chosen, recognise
from huntbook.analytics._process_tree.forest import grow
from huntbook.analytics._process_tree.keys import process_keys
from huntbook.analytics._process_tree.merge import merge
from huntbook.analytics._process_tree.starts import read_starts
from huntbook.analytics._process_tree.unseen import complete, unseen_rows
from huntbook.core.frames import Table, like, to_polars
from huntbook.errors import ParameterError

_ADDED = ("process_key", "parent_key", "root_key", "depth", "inferred")


class ProcessTreeWarning(UserWarning):
    """Processes that, by their records, are their own ancestors; it says where the circle was cut."""


def process_tree(
    table: Table,
    *,
    time: str | None = None,
    pid: str | None = None,
    parent_pid: str | None = None,
    host: str | None = None,
    image: str | None = None,
    command_line: str | None = None,
    guid: str | None = None,
    parent_guid: str | None = None,
    terminated: str | None = None,
) -> Any:
    """Find the parent, the root and the depth of every process in a table of process starts.

    Sysmon event 1, Windows event 4688, Defender's DeviceProcessEvents, ASIM's process events, auditd and plain tables
    are recognised by their columns, also several kinds in one table; a column that is named here is used instead. Rows
    that are no process starts (another `EventID`, another system call) are kept and get no key.

    A parent is found by GUID where both sides have one; else it is the latest process of the same host with the id
    that the child names, started no later than the child. The image, the GUID and the start time that the child's
    record gives for its parent must agree. Without them an id that was used again between two records that are in the
    table is told apart by time alone. Hosts are never mixed; their names are compared without case, and a short name
    is the host of the only fully qualified name that starts with it.

    A parent that was never recorded becomes a row of its own (`inferred`), filled with what its children's records
    tell, at the end of the table: siblings meet there. Where the records run in a circle, the process that started
    first becomes a root, and a `ProcessTreeWarning` names it. Several records of one start (exported twice, or by
    Sysmon and as 4688 within a second) are one process: their rows share a key.

    Args:
        table: any table (of pandas, Polars, pyarrow or DuckDB, a `Result`, a list of dicts) with at least a process id, its
            parent's id and a time; ids are numbers, or text in decimal or `0x…`.
        time: when the process started: dates, ISO 8601 text or Unix times of any unit; without a zone they are taken as UTC.
        pid: the process id; naming it or `parent_pid` makes the table a plain one, of no recognised kind.
        parent_pid: the id of the process that started it.
        host: the machine; without one all rows are of one machine.
        image: the program, as a path or a name.
        command_line: with what it was called.
        guid: an id that is never used again.
        parent_guid: the same of the parent.
        terminated: when the process ended.

    Returns:
        The same kind of table (a Polars frame for a relation of DuckDB, a `Result` or a list of dicts) with the same rows in
        the same order, the inferred ones appended, and these columns:

        - `process_key` (str): `host/guid` or `host/pid@start`, the start in microseconds since 1970 in UTC; the same in every
          table that the process is in. A parent of which only a child tells is `host/pid@<time`: it started before that.
        - `parent_key` (str): null at a root; `root_key` (str): of the root above it, its own at a root.
        - `depth` (int): steps to the root, 0 at a root.
        - `inferred` (bool): whether the row was added for a parent that was not recorded.

    Raises:
        ColumnMissing: if the process id, the parent's id or the time is not found, or a named column is not there.
        ParameterError: if the only column of ids or of times is of a type that can hold none, or if the table has some of
            the columns that are added; if it has all of them, they are computed anew.

    Example:
        >>> import huntbook as hb
        >>> rows = [
        ...     {"time": "2026-01-05T09:00:00Z", "pid": 10, "ppid": 4, "image": "explorer.exe"},
        ...     {"time": "2026-01-05T09:00:07Z", "pid": 20, "ppid": 10, "image": "powershell.exe"},
        ... ]
        >>> hb.process_tree(rows).select("pid", "image", "depth", "inferred").rows()
        [(10, 'explorer.exe', 1, False), (20, 'powershell.exe', 2, False), (4, None, 0, True)]
    """
    frame = _without_earlier_answer(to_polars(table))
    chosen = Chosen(time, pid, parent_pid, host, image, command_line, guid, parent_guid, terminated)
    return like(_tree(frame, chosen), table)


def _tree(frame: pl.DataFrame, chosen: Chosen) -> pl.DataFrame:
    readings = recognise(frame, chosen)
    starts, hosts = read_starts(frame, readings)
    recorded, process_of_start = merge(starts)
    processes, parent = complete(recorded)
    parent, root, depth, cut = grow(parent, processes["time"])
    keys = process_keys(processes, hosts)
    _warn_of_cycles(keys.gather(cut))
    added = pl.DataFrame(
        {
            "process_key": keys,
            "parent_key": keys.gather(parent),
            "root_key": keys.gather(root),
            "depth": depth,
            "inferred": processes["level"] > 0,
        }
    )
    known = _at_rows(added, process_of_start, starts["row"], frame.height)
    if recorded.height == processes.height:
        return frame.hstack(known)
    unseen = unseen_rows(frame, processes, readings).hstack(added.slice(recorded.height))
    return pl.concat([frame.hstack(known), unseen], rechunk=False)


def _at_rows(added: pl.DataFrame, process_of_start: pl.Series | None, row: pl.Series, height: int) -> pl.DataFrame:
    """Bring what was found from the processes to the rows that record them."""
    if process_of_start is None and len(row) == height:
        return added.head(height)
    each = pl.int_range(len(row), dtype=pl.UInt32, eager=True)
    nobody = pl.Series([None], dtype=pl.UInt32).new_from_index(0, height)
    found = added.select(pl.all().gather(nobody.scatter(row, each if process_of_start is None else process_of_start)))
    return found.with_columns(pl.col("inferred").fill_null(value=False))


def _without_earlier_answer(frame: pl.DataFrame) -> pl.DataFrame:
    there = [name for name in _ADDED if name in frame.columns]
    if len(there) == len(_ADDED):
        inferred = frame["inferred"].cast(pl.String, strict=False).str.to_lowercase().is_in(["true", "1"])
        return frame.filter(~inferred.fill_null(value=False)).drop(there)
    if there:
        raise ParameterError(
            f"The table already has a column {there[0]!r}, which is to be added.", hint="Rename or drop it first."
        )
    return frame


def _warn_of_cycles(cut: pl.Series) -> None:
    if not len(cut):
        return
    named = ", ".join(ascii(key[:120]) for key in cut.head(5))
    more = f" and {len(cut) - 5} more" if len(cut) > 5 else ""
    warnings.warn(
        f"By their records these processes are their own ancestors; each was made a root: {named}{more}.",
        ProcessTreeWarning,
        stacklevel=4,
    )
