"""What the report says in words, counted from the findings: which hosts, accounts and addresses, from when to when."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from huntbook.investigation._report.attack import tactics
from huntbook.investigation.finding import short_host
from huntbook.query.pack import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from huntbook.investigation.finding import Finding, Triage

# Accounts of the system itself: they do what the attacker makes them do, and are not whom a lead asks about first.
_SYSTEM = re.compile(
    r"(?i)^(nt authority\\.{0,40}|nt service\\.{0,60}|nt virtual machine\\.{0,60}|window manager\\.{0,20}|"
    r"font driver host\\.{0,20}|(.{0,80}\\)?(system|local service|network service|anonymous logon)|.{1,120}\$|-|root)$"
)
_ARN = re.compile(r"^arn:aws[a-z-]{0,20}:(iam|sts)::([0-9]{0,12}):")
_WEIGHT = {Severity.HIGH: 1_000_000, Severity.MEDIUM: 1_000, Severity.LOW: 1, Severity.INFORMATIONAL: 0}


@dataclass
class Concern:
    """A host, an account or an address, and how many findings of which severity are about it."""

    name: str
    severities: Counter[Severity] = field(default_factory=Counter)
    ports: set[int] = field(default_factory=set)

    @property
    def weight(self) -> int:
        """Order concerns: one severe finding outweighs many slight ones."""
        return sum(_WEIGHT[severity] * min(count, 900) for severity, count in self.severities.items())

    @property
    def total(self) -> int:
        """How many findings are about it."""
        return self.severities.total()


def brief_host(name: str) -> str:
    """Name a host as people do: without its domain; addresses stay whole."""
    text = name.strip()
    return text[: len(short_host(text))]


def short_account(name: str) -> str:
    """Name an account without what stands with its host anyway: the number of an AWS account."""
    return _ARN.sub("", name, count=1)


def without_kind(name: str) -> str:
    """Name an account of AWS without the words that all of them begin with, but with its number."""
    return _ARN.sub(r"\2:", name, count=1)


def hosts(findings: Iterable[Finding]) -> list[Concern]:
    """Hosts that findings are about, those with the most severe first; spellings of one host are one."""
    return _concerns((short_host(finding.host), finding.host, finding) for finding in findings if finding.host)


def accounts(findings: Iterable[Finding]) -> list[Concern]:
    """Accounts of people that findings are about; accounts of the system and of machines are left out."""
    return _concerns(
        (finding.account.lower(), finding.account, finding)
        for finding in findings
        if finding.account and not is_system(finding.account)
    )


def remotes(findings: Iterable[Finding]) -> list[Concern]:
    """Remote addresses of findings, with their ports."""
    return _concerns(
        (finding.remote.address, finding.remote.address, finding)
        for finding in findings
        if finding.remote and finding.remote.address
    )


def is_system(account: str) -> bool:
    """Tell the accounts of the system and of machines from those of people."""
    return _SYSTEM.match(account[:200]) is not None


def severe(findings: Iterable[Finding]) -> list[Finding]:
    """The findings of high and medium severity."""
    return [finding for finding in findings if finding.severity.rank < Severity.LOW.rank]


def by_severity(findings: Iterable[Finding]) -> dict[Severity, int]:
    """How many findings each severity has, all four of them."""
    counts = Counter(finding.severity for finding in findings)
    return {severity: counts[severity] for severity in Severity}


def by_tactic(findings: Iterable[Finding]) -> Counter[str]:
    """How many findings serve each tactic; a finding may serve several."""
    return Counter(tactic for finding in findings for tactic in tactics(finding.techniques))


def span(findings: Sequence[Finding]) -> tuple[datetime, datetime] | None:
    """From the first sign to the last, UTC."""
    times = [aware(time) for finding in findings for time in (finding.time, finding.last) if time]
    return (min(times), max(times)) if times else None


def gaps(triage: Triage) -> list[str]:
    """What a reader must know is not in this report, in words; empty if nothing is known to be missing."""
    lost: Counter[str] = Counter()
    for loss in triage.not_read:
        lost[loss.unit] += loss.lost
    amounts = listed([lost_of(number, unit) for unit, number in lost.items() if number])
    runs = triage.evidence.queries
    failed, skipped = sum(bool(run.error) for run in runs), sum(bool(run.skipped) for run in runs)
    odd = [table for table in triage.evidence.tables if not table.recognised]
    said = [
        triage.not_read
        and f"{counted(len(triage.not_read), 'part')} of the evidence could not be read in full"
        + (f" ({amounts} lost)" if lost.total() else ""),
        odd
        and f"{counted(len(odd), 'table')} with {sum(table.rows for table in odd):,} rows "
        f"{'was' if len(odd) == 1 else 'were'} not recognised and hardly searched",
        failed and f"{counted(failed, 'query', 'queries')} failed",
        skipped and f"{counted(skipped, 'query', 'queries')} had nothing to ask, since the evidence holds no such logs",
    ]
    return [text for text in said if text]


def is_whole(triage: Triage) -> bool:
    """Tell whether all of the evidence was read and recognised, and no query failed."""
    failed = any(run.error for run in triage.evidence.queries)
    return not triage.not_read and not failed and all(table.recognised for table in triage.evidence.tables)


def aware(time: datetime) -> datetime:
    """Take a time without a zone as UTC, as the whole library does."""
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def counted(number: int, one: str, many: str = "") -> str:
    """Write a number and what it counts: `1 query`, `2 queries`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def lost_of(number: int, unit: str) -> str:
    """Write how much was lost: `1 record`, `2 parts of files`, or a word for nothing."""
    one = {"parts of files": "part of a file"}.get(unit, unit.removesuffix("s"))
    return counted(number, one, unit) if number else "nothing"


def listed(items: Sequence[str]) -> str:
    """Write a list as a sentence has it."""
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1]))) if items else ""


def _concerns(named: Iterable[tuple[str, str, Finding]]) -> list[Concern]:
    found: dict[str, Concern] = {}
    for key, name, finding in named:
        concern = found.setdefault(key, Concern(name))
        concern.severities[finding.severity] += 1
        if finding.remote and finding.remote.port is not None and finding.remote.address == name:
            concern.ports.add(finding.remote.port)
    return sorted(found.values(), key=lambda concern: (-concern.weight, concern.name))
