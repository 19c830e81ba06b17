"""Which processes the findings are about: by host and unique id, or by process id and the time of its last start."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from huntbook.investigation._report.facts import aware
from huntbook.investigation.finding import short_host

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from huntbook.investigation.finding import Finding

_BEFORE = datetime.min.replace(tzinfo=UTC)  # of parents that no log saw start
_NEEDED = ("process_key", "DvcHostname", "TargetProcessId", "TimeGenerated")
_SLACK = timedelta(seconds=2)  # two logs write one start at slightly different times

Marks = dict[str, list[tuple[str, str]]]
_Start = tuple[datetime, str, str]  # time, key, name of the program


def find_marks(tree: pl.DataFrame, findings: Sequence[Finding]) -> Marks:
    """Find the processes of a tree that findings above informational are about.

    A unique id decides where log and finding have one; else it is the latest process with that id which had started by
    the finding's time and whose program, if both are known, has the same file name: ids are given anew.

    Args:
        tree: process starts with `process_key`, `DvcHostname`, `TargetProcessId`, `TimeGenerated` (UTC), and where
            there are such `TargetProcessGuid` and `TargetProcessName`.
        findings: most severe first.

    Returns:
        For each process key the severities and titles of its findings.
    """
    about = [finding for finding in findings if finding.process and finding.severity.rank < 3]
    if not about or not set(_NEEDED) <= set(tree.columns):
        return {}
    guids, starts = _index(tree, {finding.process.id for finding in about if finding.process})
    marks: Marks = {}
    for finding in about:
        key = _key(finding, guids, starts)
        if key is not None:
            marks.setdefault(key, []).append((finding.severity.value, finding.title))
    return marks


def _index(
    tree: pl.DataFrame, wanted: Iterable[str | None]
) -> tuple[dict[str, str], dict[tuple[str, str], list[_Start]]]:
    """Index the processes by unique id, and those with the wanted ids by host and id, in order of their start."""
    identified = pl.col("TargetProcessId").cast(pl.String)
    optional = [
        pl.col(name) if name in tree.columns else pl.lit(None, pl.String).alias(name)
        for name in ("TargetProcessGuid", "TargetProcessName")
    ]
    few = tree.select(*_NEEDED[:2], identified, _NEEDED[3], *optional).drop_nulls("process_key")
    few = few.filter(pl.col("TargetProcessId").is_in([number for number in set(wanted) if number]))
    guids: dict[str, str] = {}
    starts: dict[tuple[str, str], list[_Start]] = {}
    for key, host, number, time, guid, name in few.sort("TimeGenerated", nulls_last=False).iter_rows():
        if guid:
            guids[guid.lower()] = key
        starts.setdefault((short_host(host), number), []).append(
            (aware(time) if time else _BEFORE, key, _program(name))
        )
    return guids, starts


def _key(finding: Finding, guids: dict[str, str], starts: dict[tuple[str, str], list[_Start]]) -> str | None:
    process = finding.process
    if process is None:
        return None
    if process.guid and process.guid.lower() in guids:
        return guids[process.guid.lower()]
    known = starts.get((short_host(finding.host), process.id or ""), [])
    name = _program(process.path)
    alike = [start for start in known if not name or not start[2] or start[2] == name]
    if finding.time is None:
        return alike[-1][1] if alike else None
    before = bisect_right([start[0] for start in alike], aware(finding.time) + _SLACK)
    return alike[before - 1][1] if before else None


def _program(path: str | None) -> str:
    """The file's name, whichever system the path is of, in lower case."""
    return (path or "").replace("\\", "/").rpartition("/")[2].lower()
