"""The pictures of the report: findings and process starts along time, and the process trees of the hosts concerned."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from huntbook.investigation._report.facts import aware, short_host
from huntbook.investigation._report.marked import find_marks
from huntbook.investigation._report.markup import Html, h
from huntbook.investigation._report.words import section
from huntbook.plots.process_tree import ProcessTree, process_tree
from huntbook.plots.timeline import Timeline, timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from huntbook.investigation.finding import Finding
    from huntbook.plots._base import Plot

_EVENT: dict[str, pl.DataType | type[pl.DataType]] = {
    "Time": pl.Datetime("us", "UTC"), "Host": pl.String, "Severity": pl.String, "Finding": pl.String,
    "Process": pl.String, "CommandLine": pl.String, "Account": pl.String,
}  # fmt: skip
_TOOLTIP = ["Finding", "Account", "Process", "CommandLine"]


def findings_timeline(found: Sequence[Finding], tree: pl.DataFrame) -> Timeline | None:
    """Draw the rows of the findings on a lane for each host, in the colours of their severities, above process starts."""
    events = pl.DataFrame(list(_events(found)), schema=_EVENT, orient="row")
    if events.is_empty():
        return None
    tables = {"Findings": events}
    starts = _starts(tree)
    if not starts.is_empty():
        tables["Process starts"] = starts
    return timeline(
        tables, time="Time", lane="Host", color="Severity", tooltip=_TOOLTIP, title="What the findings rest on, by host"
    )


def findings_tree(found: Sequence[Finding], tree: pl.DataFrame) -> ProcessTree | None:
    """Draw the processes of the hosts concerned, those that findings are about marked."""
    if tree.is_empty() or "process_key" not in tree.columns:
        return None
    return process_tree(tree, marks=find_marks(tree, found))


def timeline_section(plot: Timeline | None) -> Html:
    """Write the section of the timeline."""
    return _section("timeline", "Timeline", plot, "No finding has a time, so there is nothing to draw.")


def tree_section(plot: ProcessTree | None) -> Html:
    """Write the section of the process trees."""
    nothing = "The hosts concerned have no record of process starts, so there is no tree to draw."
    return _section("processes", "Processes", plot, nothing)


def _section(key: str, title: str, plot: Plot | None, nothing: str) -> Html:
    if plot is None:
        return section(key, title, h("p.empty", nothing))
    # The plot's own words ask for JavaScript where there is none; here its still picture stands in.
    still = h("noscript", h("div.still", Html(plot.svg())))
    return section(key, title, Html(plot.fragment()), still)


def _events(found: Iterable[Finding]) -> Iterator[tuple[Any, ...]]:
    for finding in found:
        process = finding.process
        for time in dict.fromkeys(_times(finding)):
            yield (
                time,
                short_host(finding.host) or "no host",
                finding.severity.value,
                finding.title,
                process.path if process else None,
                process.command_line if process else None,
                finding.account,
            )


def _times(finding: Finding) -> Iterator[datetime]:
    """The times of a finding's rows; of those that are not kept at least the last is known."""
    for row in finding.rows:
        try:
            yield aware(datetime.fromisoformat(str(row.get("TimeGenerated"))))
        except ValueError:  # a row without a time, or with one that is none
            continue
    yield from (aware(time) for time in (finding.time, finding.last) if time)


def _starts(tree: pl.DataFrame) -> pl.DataFrame:
    """Process starts as events, on the lanes that their hosts' findings have."""
    if not {"TimeGenerated", "DvcHostname", "TargetProcessName"} <= set(tree.columns):
        return pl.DataFrame(schema=_EVENT)
    names = {name: short_host(name) for name in tree["DvcHostname"].unique() if name}
    return tree.select(
        Time=pl.col("TimeGenerated"),
        Host=pl.col("DvcHostname").replace_strict(names, default="no host", return_dtype=pl.String),
        Severity=pl.lit("process start"),
        Process=pl.col("TargetProcessName"),
        **({"CommandLine": pl.col("TargetProcessCommandLine")} if "TargetProcessCommandLine" in tree.columns else {}),
    )
