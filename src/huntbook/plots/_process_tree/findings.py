"""Marks from a table of findings: which process each is about, by host, process id and the time of its last start."""

from __future__ import annotations

import polars as pl

from huntbook.analytics._process_tree.families import Chosen, candidates
from huntbook.analytics._process_tree.starts import read_shown
from huntbook.core.frames import need
from huntbook.plots._timeline.times import read_times

_NEEDED = ("host", "process_id")
_SLACK = 2_000_000  # microseconds: two logs write one start at slightly different times
_ALWAYS = 2**62  # of findings without a time, which are about the last process with the id


def read_findings(tree: pl.DataFrame, findings: pl.DataFrame, chosen: Chosen) -> dict[str, list[tuple[str, str]]]:
    """Find the processes that findings above informational are about.

    Process ids are given anew: it is the latest process of that host with that id which had started by the time of the
    finding. Hosts are compared without case and domain.

    Args:
        tree: what `hb.process_tree` returned.
        findings: `host`, `process_id`, and where there are such `time`, `severity` and `title`.
        chosen: the columns of the tree that the caller named.

    Returns:
        For each process key the severities and titles of its findings.

    Raises:
        ColumnMissing: if the findings have no hosts or process ids.
    """
    need(findings, list(_NEEDED))
    shown = read_shown(tree, candidates(tree, chosen))
    starts = tree.select("process_key").with_row_index("row").join(shown, on="row").drop_nulls(["process_key", "pid"])
    starts = starts.select("process_key", "pid", _short(starts["host"]), pl.col("time").fill_null(-_ALWAYS))
    about = findings.select(
        pl.col("process_id").cast(pl.String).cast(pl.Int64, strict=False).alias("pid"),
        _short(findings["host"].cast(pl.String)),
        time=_times(findings),
        severity=pl.col("severity") if "severity" in findings.columns else pl.lit("medium"),
        title=pl.col("title") if "title" in findings.columns else pl.lit("marked"),
    )
    about = about.drop_nulls("pid").filter(pl.col("severity") != "informational").with_row_index("place")
    found = about.sort("time").join_asof(starts.sort("time"), on="time", by=["host", "pid"], check_sortedness=False)
    marks: dict[str, list[tuple[str, str]]] = {}
    ordered = found.drop_nulls("process_key").sort("place").select("process_key", "severity", "title")
    for key, severity, title in ordered.iter_rows():
        marks.setdefault(key, []).append((severity, title))
    return marks


def _times(findings: pl.DataFrame) -> pl.Series:
    if "time" not in findings.columns:
        return pl.repeat(_ALWAYS, findings.height, dtype=pl.Int64, eager=True)
    return (read_times(findings["time"]).micros + _SLACK).fill_null(_ALWAYS)


def _short(hosts: pl.Series) -> pl.Series:
    """Write hosts without their domain, in small letters; addresses stay whole."""
    names = hosts.fill_null("").str.strip_chars().str.to_lowercase()
    address = names.str.contains(r"^[0-9.]{7,15}$|:")
    return names.zip_with(address, names.str.split(".").list.first().fill_null("")).rename("host")
