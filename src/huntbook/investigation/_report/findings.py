"""The ranked findings: a card for each, with the rows it rests on, and what chooses among them."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from huntbook.investigation._report.attack import TACTICS, tactics
from huntbook.investigation._report.card import card
from huntbook.investigation._report.facts import by_severity, by_tactic, counted, hosts, listed
from huntbook.investigation._report.markup import Html, h, written
from huntbook.investigation._report.words import fold, section, severity
from huntbook.investigation.finding import short_host
from huntbook.plots._base import shown
from huntbook.query.pack import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from huntbook.investigation.finding import Finding, Triage

_ALIKE = 4  # findings of one query, one after the other: from so many on they are folded
_SEEN = 2  # of these
_GROUPS = 24  # of findings of one query, of one severity, before the rest is folded
_SLIGHT = 8  # findings of low or informational severity, from more on they are folded
_HOSTS = 200

_Numbered = tuple[int, "Finding"]


def findings(triage: Triage) -> Html:
    """Write the section of findings."""
    found = triage.findings
    if not found:
        return section("findings", "Findings", h("p.empty", _nothing(triage)), note="0")
    levels = groupby(enumerate(found), key=lambda numbered: numbered[1].severity)
    cards = [_level(level, list(each), found) for level, each in levels]
    none = h("p.empty.js", {"id": "none-chosen", "hidden": True}, "No finding is like that.")
    return section(
        "findings", "Findings", _strip(found), _filters(found), h("div.cards", cards), none, note=f"{len(found):,}"
    )


def _nothing(triage: Triage) -> str:
    if not any(table.rows for table in triage.evidence.tables):
        return "No findings, since there was nothing to search: see what was not read, and whether this is the right folder."
    return "No findings. The queries and what they could not ask are listed below; an absence here is not proof of absence."


def _strip(found: Sequence[Finding]) -> Html:
    """Write the tactics in their order, with how many findings serve each; pressing one chooses these."""
    counts = by_tactic(found)
    worst: dict[str, str] = {}
    for finding in found:  # most severe first
        for tactic in tactics(finding.techniques):
            worst.setdefault(tactic, finding.severity.value)
    steps = [
        h(
            f"button.tactic.{worst.get(tactic, 'unseen')}",
            {"type": "button", "data-tactic": tactic, "aria-pressed": "false", "disabled": not counts[tactic]},
            h("b", f"{counts[tactic]:,}" if counts[tactic] else "0"),
            h("span", tactic),
        )
        for tactic in TACTICS
        if counts[tactic] or tactic in TACTICS[2:14]
    ]
    return h("div.strip", {"role": "group", "aria-label": "ATT&CK tactics"}, steps)


def _filters(found: Sequence[Finding]) -> Html:
    levels = [
        h(
            "button.level",
            {"type": "button", "data-severity": level.value, "aria-pressed": "true"},
            severity(level, count),
        )
        for level, count in by_severity(found).items()
        if count
    ]
    names = [(short_host(each.name), each) for each in hosts(found)[:_HOSTS]]
    options = (h("option", {"value": key}, f"{shown(each.name, limit=60)} ({each.total})") for key, each in names)
    return h(
        "div.filters.js",
        h(
            "input",
            {"id": "words", "type": "search", "placeholder": "Filter findings by any text …", "aria-label": "Text"},
        ),
        h("select", {"id": "host", "aria-label": "Host"}, h("option", {"value": ""}, "All hosts"), options)
        if len(names) > 1
        else None,
        h("span.levels", levels),
        h("span.count", {"id": "chosen", "aria-live": "polite"}),
        h("button", {"type": "button", "id": "reset", "hidden": True}, "Show all"),
        h("button", {"type": "button", "id": "unfold"}, "Unfold all"),
    )


def _level(level: Severity, listed: Sequence[_Numbered], found: Sequence[Finding]) -> Html:
    """Write the findings of one severity; what comes after the first dozens is folded."""
    groups = [list(alike) for _, alike in groupby(listed, key=_same)]
    # Below what has to be looked at, what does not have to be is one line.
    slight = level.rank >= Severity.LOW.rank and found[0].severity.rank < Severity.LOW.rank and len(listed) > _SLIGHT
    first, rest = ([], groups) if slight else (groups[:_GROUPS], groups[_GROUPS:])
    cards = [_group(alike, found) for alike in first]
    if not rest:
        return written(cards)
    label, kind = (
        (counted(len(listed), "finding"), "alike.slight") if slight else (f"{sum(map(len, rest)):,} more", "alike")
    )
    folded = fold(f"{label} of {level.value} severity", (_group(alike, found) for alike in rest), kind=kind)
    return written((cards, folded))


def _same(numbered: _Numbered) -> str:
    return numbered[1].query


def _group(alike: Sequence[_Numbered], found: Sequence[Finding]) -> Html:
    """Write findings of one query that follow one another; of many, all but the first are folded."""
    cards = [card(number, found) for number, _ in alike]
    if len(cards) < _ALIKE:
        return written(cards)
    rest = [finding for _, finding in alike[_SEEN:]]
    names = [shown(each.name, limit=60) for each in hosts(rest)]
    where = f" on {listed(names[:3] + ([f'{len(names) - 3:,} more'] if len(names) > 3 else []))}" if names else ""
    label = f"{len(rest):,} more of “{shown(rest[0].title, limit=120)}”{where}"
    return written((cards[:_SEEN], fold(label, cards[_SEEN:], kind="alike")))
