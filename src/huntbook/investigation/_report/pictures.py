"""The pictures of the report: findings and process starts along time, and the process trees of the hosts concerned."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from huntbook.investigation._report.attack import OTHER, technique
from huntbook.investigation._report.facts import aware, hosts
from huntbook.investigation._report.marked import find_marks
from huntbook.investigation._report.markup import Html, h
from huntbook.investigation._report.words import section
from huntbook.investigation.finding import short_host
from huntbook.plots.process_tree import ProcessTree, process_tree
from huntbook.plots.timeline import Timeline, timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from huntbook.investigation.finding import Finding
    from huntbook.plots._base import Plot

_EVENT: dict[str, pl.DataType | type[pl.DataType]] = {
    "Time": pl.Datetime("us", "UTC"), "Lane": pl.String, "Host": pl.String, "Severity": pl.String, "Finding": pl.String,
    "Process": pl.String, "CommandLine": pl.String, "Account": pl.String,
}  # fmt: skip
_NO_HOST = "no host"
_HOSTS = 12  # of findings; with more than that the least concerned share a lane
_LANES = 8  # of process starts; with more hosts than that they share one
_TOOLTIP = ["Finding", "Host", "Account", "Process", "CommandLine"]


def findings_timeline(found: Sequence[Finding], tree: pl.DataFrame) -> Timeline | None:
    """Draw the rows of the findings on lanes, in the colours of their severities, above the process starts."""
    events = pl.DataFrame(list(_events(found, _lane(found))), schema=_EVENT, orient="row")
    if events.is_empty():
        return None
    starts = _starts(tree)
    tables = {"Findings": events} if starts.is_empty() else {"Findings": events, "Processes": starts}
    said = "The rows that findings rest on" + ("" if starts.is_empty() else ", and every process start (no severity)")
    return timeline(tables, time="Time", lane="Lane", color="Severity", tooltip=_TOOLTIP, title=said)


def findings_tree(found: Sequence[Finding], tree: pl.DataFrame) -> ProcessTree | None:
    """Draw the processes of the hosts concerned, those that findings are about marked."""
    if tree.is_empty() or "process_key" not in tree.columns:
        return None
    return process_tree(tree, marks=find_marks(tree, found))


def timeline_section(plot: Timeline | None) -> Html:
    """Write the section of the timeline."""
    return _section("timeline", "Timeline", plot, "There is no finding with a time to draw.")


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


def _lane(found: Sequence[Finding]) -> Callable[[Finding], str]:
    """Choose the lanes: on several hosts a lane for each of the gravest; on one alone the tactics tell more."""
    names = [short_host(each.name) for each in hosts(found)]
    if len(names) > 1:
        few = names if len(names) <= _HOSTS else names[: _HOSTS - 1]
        lanes = {"": _NO_HOST} | {name: name for name in few}
        return lambda finding: lanes.get(short_host(finding.host), f"… {len(names) - len(few)} other hosts")
    return lambda finding: technique(finding.techniques[0]).tactic if finding.techniques else OTHER


def _events(found: Iterable[Finding], lane: Callable[[Finding], str]) -> Iterator[tuple[Any, ...]]:
    for finding in found:
        process = finding.process
        for time in dict.fromkeys(_times(finding)):
            yield (
                time,
                lane(finding),
                finding.host,
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
    """Process starts as events, on a lane for each host; parents that no log recorded have no time and are no events."""
    if not {"TimeGenerated", "DvcHostname", "TargetProcessName"} <= set(tree.columns):
        return pl.DataFrame(schema=_EVENT)
    names = {name: short_host(name) for name in tree["DvcHostname"].unique() if name}
    if len(set(names.values())) > _LANES:
        names = dict.fromkeys(names, "all hosts")
    command = pl.col("TargetProcessCommandLine") if "TargetProcessCommandLine" in tree.columns else pl.lit(None)
    return tree.drop_nulls("TimeGenerated").select(
        Time=pl.col("TimeGenerated"),
        Lane=pl.col("DvcHostname").replace_strict(names, default=_NO_HOST, return_dtype=pl.String),
        Process=pl.col("TargetProcessName"),
        CommandLine=command.cast(pl.String),
    )
