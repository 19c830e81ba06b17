"""Which finding to look at first, and which findings are of one process."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from huntbook.investigation.finding import Finding, Findings, ProcessRef, short_host
from huntbook.query.pack import Severity

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

REPEATED = 2  # findings of one query that keep their whole score, and their turn if they are on one host
START = 2.0  # what a finding gains that names both a process and who it talks to: one can begin there
RELATED = 50  # findings on the same process that one names; what trips hundreds of rules is known by the first
# What many share without knowing each other: accounts of the system and of machines, and names that every machine has.
_NOBODY = re.compile(
    r"(?i)(^|\\)(system|local service|network service|anonymous logon|root|administrator|admin|guest|ubuntu|ec2-user|"
    r"nobody|www-data|-|\?)$|\$$|^s-1-5-(18|19|20)$"
)


def rank(findings: Iterable[Finding]) -> Findings:
    """Order findings: by severity, then by turns, then by how well other findings support them.

    Support is the number of other techniques seen with the same process or the same remote address, and half the number of
    those seen elsewhere on the same host or with the same person; a finding that names both a process and a remote end gains
    a little. The third finding of one query and those after it keep a falling share of it. The third on one host has to
    wait besides: it comes when every query has shown two of that host, so that one burst does not fill the first page.
    """
    listed = list(findings)
    support = _Support(listed)
    for finding in listed:
        finding.score = support.of(finding)
    ranked = _in_turns(sorted(listed, key=lambda finding: (finding.severity.rank, -finding.score, _time(finding))))
    _relate(ranked)
    return ranked


def _in_turns(supported: Sequence[Finding]) -> Findings:
    of_query: Counter[str] = Counter()
    of_host: Counter[tuple[str, str]] = Counter()
    turned: list[tuple[int, int, Finding]] = []
    for finding in supported:
        place = (finding.query, short_host(finding.host))
        of_query[finding.query] += 1
        of_host[place] += 1
        finding.score *= min(1.0, REPEATED / of_query[finding.query])
        turned.append((finding.severity.rank, (of_host[place] - 1) // REPEATED, finding))
    turned.sort(key=lambda item: (item[0], item[1], -item[2].score))
    return Findings(finding for _, _, finding in turned)


class _Support:
    """The techniques of all findings above informational, by what findings can have in common."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._close: dict[Hashable, set[str]] = defaultdict(set)
        self._near: dict[Hashable, set[str]] = defaultdict(set)
        for finding in findings:
            if finding.severity.rank <= Severity.LOW.rank:
                for key in _close_keys(finding):
                    self._close[key].update(finding.techniques)
                for key in _near_keys(finding):
                    self._near[key].update(finding.techniques)

    def of(self, finding: Finding) -> float:
        """Count the techniques of other findings that share the process or the remote address, and half those near by."""
        own = set(finding.techniques)
        close = set[str]().union(*(self._close[key] for key in _close_keys(finding))) - own
        near = set[str]().union(*(self._near[key] for key in _near_keys(finding))) - own - close
        whole = finding.process is not None and finding.process.id is not None and finding.remote is not None
        return len(close) + len(near) / 2 + (START if whole else 0)


def _close_keys(finding: Finding) -> Iterator[Hashable]:
    if finding.remote and finding.remote.address:
        yield "remote", finding.remote.address
    if finding.process:
        for number in {finding.process.id, finding.process.parent_id} - {None}:
            yield "process", short_host(finding.host), number


def _near_keys(finding: Finding) -> Iterator[Hashable]:
    if finding.host:
        yield "host", short_host(finding.host)
    if person(finding.account):
        yield "person", person(finding.account)


def person(account: str | None) -> str:
    r"""Name a person as a lead does: `CORP\ana`, `ana@corp.example` and `arn:…:user/ana` are `ana`; empty if it is nobody."""
    if not account or _NOBODY.search(account):
        return ""
    if ":assumed-role/" in account:  # the last part is a session's name, and many roles have one of that name
        return account.lower()
    return re.split(r"[\\/]", account)[-1].split("@")[0].lower()


def shares(one: Finding, other: Finding) -> bool:
    """Whether two findings are about the same remote address, or about one process of a host, its parent or its child."""
    return not set(_close_keys(one)).isdisjoint(_close_keys(other))


def _relate(ranked: Findings) -> None:
    """Say of each finding at which positions those on the same process stand, its parent and its children."""
    of_id: dict[tuple[str, str], list[int]] = defaultdict(list)
    of_parent: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, finding in enumerate(ranked):
        process, host = finding.process or ProcessRef(), short_host(finding.host)
        of_id[host, process.id or ""].append(number)
        of_parent[host, process.parent_id or ""].append(number)
    for number, finding in enumerate(ranked):
        process, host = finding.process or ProcessRef(), short_host(finding.host)
        same = [*of_id[host, process.id], *of_parent[host, process.id]] if process.id else []
        parents = of_id[host, process.parent_id] if process.parent_id else []
        finding.related = sorted({*same, *parents} - {number})[:RELATED]


def _time(finding: Finding) -> str:
    return finding.time.isoformat() if finding.time else "9999"
