"""The story in short: what happened where, to whom and when, how sure that is, and its course in order of time."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from huntbook.investigation._report.attack import TACTICS, technique
from huntbook.investigation._report.facts import (
    accounts,
    aware,
    brief_host,
    counted,
    hosts,
    listed,
    remotes,
    severe,
    short_account,
    span,
)
from huntbook.investigation._report.gist import gist_line, process_name, remote_end
from huntbook.investigation._report.markup import Html, h, written
from huntbook.investigation._report.words import between, moment
from huntbook.investigation.finding import short_host
from huntbook.plots._base import shown
from huntbook.query.pack import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from huntbook.investigation._report.facts import Concern
    from huntbook.investigation.finding import Finding

_STEPS = 10  # queries whose most severe finding is a step of the course
_TOLD = 3  # tactics that the headline names
# What a lead asks for first: what it may cost, then how far it went, then how it began.
_GRAVE = (
    "Impact", "Exfiltration", "Credential Access", "Lateral Movement", "Command and Control", "Persistence",
    "Privilege Escalation", "Defense Evasion", "Collection", "Execution", "Initial Access", "Discovery",
)  # fmt: skip


def headline(found: Sequence[Finding]) -> Html | None:
    """Say in one sentence what the most severe findings are signs of; None if there are but slight ones."""
    chosen = [each for each in severe(found) if each.severity == found[0].severity]
    if not chosen:
        return None
    signs = span(chosen)
    who = accounts([each for each in chosen if short_host(each.host) == _place(chosen)]) or accounts(chosen)
    parts = (
        "Signs of ",
        _tactics(chosen),
        _concern(" on ", hosts(chosen), "host or service", "hosts and services"),
        _concern(", as ", who, "account", "accounts"),
        (", from ", between(*signs), " UTC") if signs else None,
        _concern(", with ", remotes(chosen), "address", "addresses", after=" at the other end"),
        ".",
    )
    return h("p.headline", parts)


def certainty(found: Sequence[Finding]) -> str | None:
    """Say how well the headline is supported: by how many different queries that point at one host."""
    chosen = severe(found)
    if not chosen:
        return None
    by_host: dict[str, set[str]] = {}
    for each in chosen:
        by_host.setdefault(short_host(each.host), set()).add(each.query)
    place = _place(chosen)
    high = {each.query for each in chosen if each.severity == Severity.HIGH and short_host(each.host) == place}
    kinds = counted(len(by_host.get(place, ())), "kind of sign", "kinds of signs")
    where = "on this host" if len(by_host) < 2 else f"on {shown(hosts(chosen)[0].name, limit=60)}" if place else "there"
    if len(high) > 2:
        return f"Well supported: {kinds} {where}, {len(high)} of high severity. Check the false positives of each."
    if len(by_host) > 3 and max(map(len, by_host.values())) < 3:
        every = counted(len({each.query for each in chosen}), "kind of sign", "kinds of signs")
        return (
            f"Scattered: {every} over {len(by_host)} hosts and services, hardly two on one. Look at the rows of each."
        )
    if high:
        return f"Thinly supported: {kinds} {where}, {len(high)} of high severity. Look at the rows before you act."
    return f"Not certain: {kinds} {where}, none of high severity. It may be ordinary work."


def course(found: Sequence[Finding]) -> Html | None:
    """Tell the most severe finding of each query in order of time; None if nothing is severe."""
    by_query: dict[str, list[int]] = {}
    for number, finding in enumerate(found):
        if finding.severity.rank < Severity.LOW.rank:
            by_query.setdefault(finding.query, []).append(number)
    chosen = [_earliest(found, numbers) for numbers in list(by_query.values())[:_STEPS]]
    if not chosen:
        return None
    timed = sorted((step for step in chosen if found[step[0]].time), key=lambda step: _time(found[step[0]]))
    days = groupby(timed, key=lambda step: _time(found[step[0]])[:10])
    parts = [part for day, steps in days for part in (h("li.day", day), *(_step(found, step) for step in steps))]
    parts += [_step(found, step) for step in chosen if not found[step[0]].time]
    left = len(by_query) - len(chosen)
    note = h("span.count", "UTC", f"; the gravest of {len(by_query)} kinds" if left else None)
    return h("div.course", h("h2", "What happened, in order", note), h("ol.plain", parts))


def _place(chosen: Sequence[Finding]) -> str:
    concerned = hosts(chosen)
    return short_host(concerned[0].name) if concerned else ""


def _tactics(chosen: Sequence[Finding]) -> str:
    """Name the gravest tactics, and count the others."""
    served = {technique(number).tactic for each in chosen for number in each.techniques[:1]}
    every = [tactic for tactic in (*_GRAVE, *TACTICS[:2]) if tactic in served]
    names, rest = every[:_TOLD], len(every[_TOLD:])
    said = [name.lower() for name in names] + ([counted(rest, "more tactic")] if rest > 0 else [])
    return listed(said) or "malice"


def _concern(before: str, concerns: Sequence[Concern], one: str, many: str, *, after: str = "") -> Html | None:
    if not concerns:
        return None
    if len(concerns) > 3 and concerns[0].total * 4 < sum(each.total for each in concerns):
        return written((before, counted(len(concerns), one, many), after))  # none stands out
    ports = f":{next(iter(concerns[0].ports))}" if len(concerns[0].ports) == 1 else ""
    name = h("b", h("span.log", f"{shown(short_account(concerns[0].name), limit=60)}{ports}"))
    rest = len(concerns) - 1
    return written((before, name, f" and {counted(rest, f'more {one}', f'more {many}')}" if rest else None, after))


def _earliest(found: Sequence[Finding], numbers: Sequence[int]) -> tuple[int, int]:
    """Choose the first of those findings of a query that are as grave as its gravest, and on the same host.

    Returns:
        Its number, and how many findings the query has.
    """
    top = found[numbers[0]]
    alike = [n for n in numbers if found[n].severity == top.severity and found[n].host == top.host and found[n].time]
    return min(alike, key=lambda number: _time(found[number]), default=numbers[0]), len(numbers)


def _time(finding: Finding) -> str:
    return aware(finding.time).isoformat(sep=" ") if finding.time else ""


def _step(found: Sequence[Finding], step: tuple[int, int]) -> Html:
    number, times = step
    finding = found[number]
    when = h("time", _time(finding)[11:19]) if finding.time else moment(None)
    link = h("a", {"href": f"#f{number + 1}"}, shown(finding.title, limit=160))
    return h(f"li.{finding.severity.value}", when, h("span", link, h("span.where.dots", _about(finding, times))))


def _about(finding: Finding, times: int) -> Iterator[Html]:
    process, remote = process_name(finding.process), remote_end(finding.remote)
    if finding.host:
        yield h("span.log", shown(brief_host(finding.host), limit=40))
    done = " ".join(part for part in (process or gist_line(finding, 60), remote) if part)
    if done:
        yield h("span.log", done)
    if times > 1:
        yield h("span", f"{times:,} findings")
