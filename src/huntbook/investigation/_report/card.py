"""One finding as a card: what happened in its head; why it matters, and the rows it rests on, where it unfolds."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from huntbook.investigation._report.attack import tactics, technique
from huntbook.investigation._report.facts import counted, short_account
from huntbook.investigation._report.gist import gist, process_name, remote_end
from huntbook.investigation._report.markup import Html, h, written
from huntbook.investigation._report.rows import rows
from huntbook.investigation._report.words import between, code, fold, pairs, severity, text
from huntbook.investigation.finding import short_host
from huntbook.plots._base import shown
from huntbook.query.pack import packs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from huntbook.investigation.finding import Finding, ProcessRef
    from huntbook.query.pack import Query

_ROWS = ((100, 25), (300, 12))  # up to so many findings, so many rows of each are in the page
_FEWEST_ROWS = 6
_RELATED = 12


def card(number: int, found: Sequence[Finding]) -> Html:
    """Write one finding: its position among all of them is its name in the page, and what it is related to by."""
    finding = found[number]
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
    process, remote = process_name(finding.process), remote_end(finding.remote)
    facts = [
        finding.host and h("span.log.host", shown(finding.host, limit=80)),
        finding.account and h("span.log", shown(short_account(finding.account), limit=80)),
        process and h("span.log", process),
        remote and h("span.log.remote", remote),
        h("span", counted(finding.count, "row")) if finding.count > 1 else None,
    ]
    return h(
        "summary",
        h("span.rank", f"{number + 1}"),
        severity(finding.severity),
        h("h3.title", shown(finding.title, limit=300)),
        h("span.when", between(finding.time, finding.last), " UTC" if finding.time or finding.last else None),
        h("span.facts", [fact for fact in facts if fact]),
        gist(finding),
        h("span.techniques", (h("span.technique", shown(each, limit=20)) for each in finding.techniques[:8])),
    )


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
    yield "Account", text(finding.account) if finding.account else None
    yield "Remote end", text(remote_end(finding.remote).removeprefix("→ ")) if remote_end(finding.remote) else None
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
