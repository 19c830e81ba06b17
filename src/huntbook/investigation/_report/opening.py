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
    is_whole,
    listed,
    remotes,
    severe,
    span,
    without_kind,
)
from huntbook.investigation._report.markup import Html, h, written
from huntbook.investigation._report.story import certainty, course, headline
from huntbook.investigation._report.words import between, moment, pairs, severity
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
    """Write title, the story in short, its course, and how complete all this is."""
    evidence = triage.evidence
    when = ("Evidence from ", between(evidence.start, evidence.end), " UTC") if evidence.start else "No times in it"
    about = h(
        "p.about",
        h("span.log.path", evidence.path),
        h("span", when),
        h("span", "Made ", moment(made, seconds=False), f" UTC by huntbook {__version__}"),
    )
    told = h(
        "div.told",
        headline(triage.findings),
        _tiles(triage),
        h("div.summary", h("p", _sentences(triage)), pairs(list(_facts(triage)))),
        _complete(triage),
    )
    both = h("div.head", told, course(triage.findings))
    return h("header", {"id": "summary"}, h("h1", title(triage)), about, both)


def _tiles(triage: Triage) -> Html:
    counts = by_severity(triage.findings)
    return h(
        "p.tiles",
        (h(f"span.tile.{'some' if count else 'zero'}", severity(level, count)) for level, count in counts.items()),
    )


def _sentences(triage: Triage) -> str:
    tables = triage.evidence.tables
    rows = sum(table.rows for table in tables)
    if not rows:
        return "There was nothing to search: no record of a known kind was read from this evidence."
    ran = sum(not run.skipped and not run.error for run in triage.evidence.queries)
    asked = f"{counted(ran, 'query', 'queries')} ran over {rows:,} rows in {counted(len(tables), 'table')}"
    if not any(table.recognised for table in tables):
        return f"{asked}, but none of these tables was recognised: the queries could see next to nothing of them."
    if not triage.findings:
        return f"{asked}, and none found anything. That does not prove that nothing happened: it says what these queries, on these logs, did not see."
    where = counted(len(hosts(triage.findings)), "host or service", "hosts and services")
    found = f"{asked} and made {counted(len(triage.findings), 'finding')} on {where}."
    return found + (
        "" if severe(triage.findings) else " None is of high or medium severity: this may be ordinary work."
    )


def _facts(triage: Triage) -> Iterator[tuple[str, Html | str | None]]:
    """What the findings of high and medium severity say together; if there are none, what all of them say."""
    chosen = severe(triage.findings) or triage.findings
    yield "How sure", certainty(triage.findings)
    signs = span(chosen)
    yield "First to last sign", written((between(*signs), " UTC")) if signs else None
    concerned = (("Hosts", hosts(chosen)), ("Accounts", accounts(chosen)), ("Remote ends", remotes(chosen)))
    yield from ((label, _named(concerns)) for label, concerns in concerned if concerns)
    counts = by_tactic(chosen)
    yield "ATT&CK", ", ".join(tactic for tactic in TACTICS if counts[tactic] and tactic != OTHER)


def _named(concerns: Sequence[Concern]) -> Html:
    first = [(", " if number else None, _concern(concern)) for number, concern in enumerate(concerns[:_NAMED])]
    rest = len(concerns) - len(first)
    return written((first, f" and {rest} more" if rest else None))


def _concern(concern: Concern) -> Html:
    ports = f" port {listed([str(port) for port in sorted(concern.ports)[:5]])}" if concern.ports else ""
    return written(
        (
            h("span.log.name", shown(without_kind(concern.name), limit=80)),
            f"{ports} ({counted(concern.total, 'finding')})",
        )
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
    # That a query had nothing to ask is usual; only what was there and is not here warns.
    kind = "p.complete" if is_whole(triage) else "p.complete.partly"
    return h(kind, h("b", "Completeness"), ": ", "; ".join(missing), ". ", links)
