"""Which finding to look at first."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from huntbook.investigation.finding import Finding, Findings
from huntbook.query.pack import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

REPEATED = 2  # findings of one query that keep their whole score
START = 2.0  # what a finding gains that names both a process and who it talks to: one can begin there


def rank(findings: Iterable[Finding]) -> Findings:
    """Order findings: by severity, then by how well other findings support them.

    Support is the number of other techniques seen with the same process or the same remote address, and half the number of
    those seen elsewhere on the same host; a finding that names both a process and a remote end gains a little. The third finding of one query and those after it keep a falling share of it,
    so that one noisy query does not fill the first page.
    """
    listed = list(findings)
    for finding in listed:
        finding.score = _support(finding, listed)
    supported = sorted(listed, key=lambda finding: (finding.severity.rank, -finding.score, _time(finding)))
    seen: Counter[str] = Counter()
    for finding in supported:
        seen[finding.query] += 1
        finding.score *= min(1.0, REPEATED / seen[finding.query])
    return Findings(sorted(supported, key=lambda finding: (finding.severity.rank, -finding.score)))


def _support(finding: Finding, others: Sequence[Finding]) -> float:
    """Count techniques of other findings that share the process or the remote address, and half those on the same host."""
    close: set[str] = set()
    near: set[str] = set()
    for other in others:
        if other is finding or other.severity.rank > Severity.LOW.rank:
            continue
        if shares(finding, other):
            close.update(other.techniques)
        elif finding.host and finding.host == other.host:
            near.update(other.techniques)
    own = set(finding.techniques)
    whole = finding.process is not None and finding.process.id is not None and finding.remote is not None
    return len(close - own) + len(near - close - own) / 2 + (START if whole else 0)


def shares(one: Finding, other: Finding) -> bool:
    """Whether two findings are about the same remote address, or about one process of a host, its parent or its child."""
    same_remote = one.remote and other.remote and one.remote.address and one.remote.address == other.remote.address
    if same_remote:
        return True
    if not (one.process and other.process and one.host == other.host):
        return False
    ids = {one.process.id, one.process.parent_id} - {None}
    return bool(ids & ({other.process.id, other.process.parent_id} - {None}))


def _time(finding: Finding) -> str:
    return finding.time.isoformat() if finding.time else "9999"
