"""The head of the report: what this is, and what a lead has to know if they read nothing else."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from huntbook import __version__
from huntbook.investigation._report.attack import OTHER, TACTICS
from huntbook.investigation._report.facts import (
    accounts,
    by_severity,
    by_tactic,
    counted,
    gaps,
    hosts,
    listed,
    remotes,
    severe,
    span,
)
from huntbook.investigation._report.markup import Html, h, written
from huntbook.investigation._report.words import between, moment, severity
from huntbook.plots._base import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from huntbook.investigation._report.facts import Concern
    from huntbook.investigation.finding import Triage

_NAMED = 4  # hosts, accounts or addresses that the summary names


def title(triage: Triage) -> str:
    """Name the report after its evidence."""
    return f"Triage of {name(triage)}"


def name(triage: Triage) -> str:
    """The last part of the evidence's path, whichever system wrote it."""
    path = triage.evidence.path
    return PurePath(path.replace("\\", "/")).name or path or "evidence"


def opening(triage: Triage, made: datetime) -> Html:
    """Write title, summary and completeness."""
    evidence = triage.evidence
    when = between(evidence.start, evidence.end) if evidence.start else "no times in it"
    about = h(
        "p.about",
        h("span.log.path", evidence.path),
        h("span", "Evidence from ", when, " UTC" if evidence.start else None),
        h("span", "Made ", moment(made, seconds=False), f" UTC by huntbook {__version__}"),
    )
    return h(
        "header", {"id": "summary"}, h("h1", title(triage)), about, _tiles(triage), _summary(triage), _complete(triage)
    )


def _tiles(triage: Triage) -> Html:
    counts = by_severity(triage.findings)
    return h("p.tiles", (severity(level, count) for level, count in counts.items()))


def _summary(triage: Triage) -> Html:
    return h("div.summary", (h("p", sentence) for sentence in _sentences(triage)))


def _sentences(triage: Triage) -> Iterator[Html]:
    tables = triage.evidence.tables
    if not any(table.rows for table in tables):
        yield h("span", "There was nothing to search: no record of a known kind was read from this evidence.")
        return
    rows = sum(table.rows for table in tables)
    ran = sum(not run.skipped and not run.error for run in triage.evidence.queries)
    yield written(f"{counted(ran, 'query', 'queries')} ran over {rows:,} rows in {counted(len(tables), 'table')}.")
    if not triage.findings:
        yield written(
            "None of them found anything. That is no proof that nothing happened: it says what these queries, on these logs, did not see."
        )
        return
    yield from _found(triage)


def _found(triage: Triage) -> Iterator[Html]:
    bad = severe(triage.findings)
    signs = span(bad)
    if signs:
        yield written(("Signs of high or medium severity lie in ", between(*signs), " UTC."))
    if not bad:
        yield written("Nothing of high or medium severity was found; what there is may be ordinary work.")
    chosen = bad or triage.findings
    for label, concerns in (
        ("Most concerned", hosts(chosen)),
        ("Accounts", accounts(chosen)),
        ("Remote ends", remotes(chosen)),
    ):
        if concerns:
            yield written((h("b", label), ": ", _named(concerns)))
    counts = by_tactic(triage.findings)
    covered = [tactic for tactic in TACTICS if counts[tactic] and tactic != OTHER]
    if covered:
        yield written((h("b", "ATT&CK"), f": {listed(covered)}."))


def _named(concerns: Sequence[Concern]) -> Html:
    first = [(", " if number else None, _concern(concern)) for number, concern in enumerate(concerns[:_NAMED])]
    rest = len(concerns) - len(first)
    return written((first, f" and {rest} more." if rest else "."))


def _concern(concern: Concern) -> Html:
    ports = f" port {listed([str(port) for port in sorted(concern.ports)[:5]])}" if concern.ports else ""
    return written(
        (h("span.log.name", shown(concern.name, limit=80)), f"{ports} ({counted(concern.total, 'finding')})")
    )


def _complete(triage: Triage) -> Html:
    missing = gaps(triage)
    if not missing:
        return h("p.complete", h("b", "Complete"), ": everything was read, and every query ran.")
    links = h(
        "span.links",
        h("a", {"href": "#evidence"}, "what was not read"),
        " · ",
        h("a", {"href": "#queries"}, "what was not asked"),
    )
    return h("p.complete.partly", h("b", "Completeness"), ": ", "; ".join(missing), ". ", links)
