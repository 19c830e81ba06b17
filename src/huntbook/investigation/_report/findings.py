"""The ranked findings: a card for each, with the rows it rests on, and what chooses among them."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING

from huntbook.investigation._report.attack import TACTICS, tactics, technique
from huntbook.investigation._report.facts import by_severity, by_tactic, counted, hosts, listed, short_host
from huntbook.investigation._report.markup import Html, h, written
from huntbook.investigation._report.rows import rows
from huntbook.investigation._report.words import between, code, fold, pairs, section, severity, text
from huntbook.plots._base import shown
from huntbook.query.pack import packs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from huntbook.investigation.finding import Finding, ProcessRef, RemoteRef, Triage
    from huntbook.query.pack import Query, Severity

_ALIKE = 4  # findings of one query, one after the other: from so many on they are folded
_SEEN = 2  # of these
_GROUPS = 24  # of findings of one query, of one severity, before the rest is folded
_ROWS = ((100, 25), (300, 12))  # up to so many findings, so many rows of each are in the page
_FEWEST_ROWS = 6
_RELATED = 12
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
        if names
        else None,
        h("span.levels", levels),
        h("span.count", {"id": "chosen", "aria-live": "polite"}),
        h("button", {"type": "button", "id": "reset", "hidden": True}, "Show all"),
        h("button", {"type": "button", "id": "unfold"}, "Unfold all"),
    )


def _level(level: Severity, listed: Sequence[_Numbered], found: Sequence[Finding]) -> Html:
    """Write the findings of one severity; what comes after the first dozens is folded."""
    groups = [list(alike) for _, alike in groupby(listed, key=_same)]
    first, rest = groups[:_GROUPS], groups[_GROUPS:]
    cards = [_group(alike, found) for alike in first]
    if not rest:
        return written(cards)
    label = f"{sum(map(len, rest)):,} more of {level.value} severity"
    return written((cards, fold(label, (_group(alike, found) for alike in rest), kind="alike")))


def _same(numbered: _Numbered) -> str:
    return numbered[1].query


def _group(alike: Sequence[_Numbered], found: Sequence[Finding]) -> Html:
    """Write findings of one query that follow one another; of many, all but the first are folded."""
    cards = [_card(number, finding, found) for number, finding in alike]
    if len(cards) < _ALIKE:
        return written(cards)
    rest = [finding for _, finding in alike[_SEEN:]]
    names = [shown(each.name, limit=60) for each in hosts(rest)]
    where = f" on {listed(names[:3] + ([f'{len(names) - 3:,} more'] if len(names) > 3 else []))}" if names else ""
    label = f"{len(rest):,} more of “{shown(rest[0].title, limit=120)}”{where}"
    return written((cards[:_SEEN], fold(label, cards[_SEEN:], kind="alike")))


def _card(number: int, finding: Finding, found: Sequence[Finding]) -> Html:
    about = {
        "id": f"f{number + 1}",
        "data-severity": finding.severity.value,
        "data-host": short_host(finding.host),
        "data-tactics": "|".join(tactics(finding.techniques)),
    }
    return h(
        f"details.finding.{finding.severity.value}", about, _head(number, finding), h("div.body", _body(finding, found))
    )


def _head(number: int, finding: Finding) -> Html:
    process, remote = finding.process, finding.remote
    facts = [
        finding.host and h("span.log.host", shown(finding.host, limit=80)),
        finding.account and h("span.log", shown(finding.account, limit=80)),
        process and h("span.log", _short(process)),
        remote and h("span.log.remote", _end(remote)),
        h("span", counted(finding.count, "row")) if finding.count > 1 else None,
    ]
    line = process and process.command_line
    return h(
        "summary",
        h("span.rank", f"{number + 1}"),
        severity(finding.severity),
        h("span.title", shown(finding.title, limit=300)),
        h("span.when", between(finding.time, finding.last)),
        h("span.facts", [fact for fact in facts if fact]),
        h("span.line", shown(line, limit=400)) if line else None,
        h("span.techniques", (h("span.technique", shown(each, limit=20)) for each in finding.techniques[:8])),
    )


def _short(process: ProcessRef) -> str:
    """Name a process by its file's name and its id."""
    name = (
        PureWindowsPath(process.path or "").name
        if "\\" in (process.path or "")
        else (process.path or "").rpartition("/")[2]
    )
    return shown(f"{name or 'process'} [{process.id or '?'}]", limit=100)


def _end(remote: RemoteRef) -> str:
    port = "" if remote.port is None else f":{remote.port}"
    return shown(f"→ {remote.address or '?'}{port}", limit=120)


def _body(finding: Finding, found: Sequence[Finding]) -> Iterator[Html | None]:
    yield h("p.why", text(finding.why, head=2000))
    if finding.process and finding.process.command_line:
        yield code(finding.process.command_line, head=1200)
    yield pairs(list(_facts(finding)))
    yield h("h4", "Rows that it rests on", h("span.count", f"{finding.count:,}"))
    yield rows(finding, _rows_kept(len(found)))
    yield _question(finding)
    yield _related(finding, found)


def _facts(finding: Finding) -> Iterator[tuple[str, Html | None]]:
    process = finding.process
    yield "ATT&CK", h("span.named", (_technique(each) for each in finding.techniques))
    yield "Process", text(process.path) if process and process.path else None
    yield "Process id", _ids(process) if process else None
    yield "Remote end", text(_end(finding.remote).removeprefix("→ ")) if finding.remote else None
    doubts = h("ul.plain", (h("li", text(each)) for each in finding.false_positives))
    yield "Known false positives", doubts if finding.false_positives else None


def _ids(process: ProcessRef) -> Html | None:
    parts = [
        process.id and h("span", h("span.log", process.id)),
        process.parent_id and h("span", "parent ", h("span.log", process.parent_id)),
        process.guid and h("span.none", h("span.log", shown(process.guid, limit=80))),
    ]
    return h("span.dots", [part for part in parts if part]) if any(parts) else None


def _technique(number: str) -> Html:
    known = technique(number)
    label = f"{shown(number, limit=20)} {known.name}".strip()
    link = h("a", {"href": known.link, "rel": "noreferrer"}, label) if known.link else h("span", label)
    return h("span", link, h("span.none", f" {known.tactic}"))


def _rows_kept(number: int) -> int:
    """How many rows of each finding are in the page, so that many findings do not make it endless."""
    return next((kept for most, kept in _ROWS if number <= most), _FEWEST_ROWS)


def _question(finding: Finding) -> Html:
    query = _queries().get(finding.query)
    label = written(("Query ", h("span.log", shown(finding.query, limit=120))))
    return fold(label, code(query.kql.strip(), head=20_000), kind="kql") if query else h("p.none", label)


@cache
def _queries() -> dict[str, Query]:
    return {query.full_name: query for query in packs.queries()}


def _related(finding: Finding, found: Sequence[Finding]) -> Html | None:
    numbers = [number for number in finding.related if 0 <= number < len(found)]
    if not numbers:
        return None
    links = (
        h("li", h("a", {"href": f"#f{number + 1}"}, f"{number + 1}. {shown(found[number].title, limit=160)}"))
        for number in numbers[:_RELATED]
    )
    more = h("li.none", f"and {len(numbers) - _RELATED} more") if len(numbers) > _RELATED else None
    return h("div", h("h4", "Related"), h("ul.plain", links, more))
