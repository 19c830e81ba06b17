"""The appendix: which queries ran, what became of each, and which had nothing to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.investigation._report.facts import counted
from huntbook.investigation._report.markup import Html, h
from huntbook.investigation._report.words import fold, section, table, text
from huntbook.plots._base import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from huntbook.investigation.finding import QueryRun, Triage


def queries(triage: Triage) -> Html:
    """Write the section of queries."""
    runs = triage.evidence.queries
    failed = [run for run in runs if run.error]
    skipped = [run for run in runs if run.skipped]
    partly = [run for run in runs if run.incomplete]
    hits = sorted((run for run in runs if run.findings), key=lambda run: -run.findings)
    silent = [run for run in runs if not (run.error or run.skipped or run.findings)]
    seconds = sum(run.seconds for run in runs)
    parts = [
        _part("failed", failed, ("Query", "Why"), is_open=True),
        _part("answered in part", partly, ("Query", "Why"), is_open=True),
        _part("found something", hits, ("Query", "Findings", "Rows", "Seconds")),
        _part("found nothing", silent, ("Query", "Seconds")),
        _part("were not asked: the evidence holds no such logs", skipped, ("Query", "Why")),
    ]
    nothing = None if runs else h("p.empty", "No query was run.")
    return section("queries", "Queries", nothing, parts, note=f"{len(runs):,} in {seconds:,.1f} s")


def _part(what: str, runs: Sequence[QueryRun], heads: Sequence[str], *, is_open: bool = False) -> Html | None:
    if not runs:
        return None
    rows = [(h("span.log", shown(run.query, limit=120)), *(_cell(run, head) for head in heads[1:])) for run in runs]
    numeric = [number for number, head in enumerate(heads) if head in ("Findings", "Rows", "Seconds")]
    return fold(
        f"{counted(len(runs), 'query', 'queries')} {what}", table(heads, rows, numeric=numeric), is_open=is_open
    )


def _cell(run: QueryRun, head: str) -> Html | str:
    if head == "Why":
        return text(run.error or run.incomplete or run.skipped)
    return f"{run.seconds:.2f}" if head == "Seconds" else f"{run.findings if head == 'Findings' else run.rows:,}"
