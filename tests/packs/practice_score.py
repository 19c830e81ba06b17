"""How many of the planted facts of practice evidence are among the findings, and which findings are about none of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from huntbook.investigation.finding import Finding
from huntbook.query.pack import Severity
from huntbook.scenarios._answers import Answers, Decoy, Fact

NEAR = timedelta(minutes=30)  # windows of counting queries begin before what they count


@dataclass(frozen=True)
class PracticeScore:
    """What became of one folder of practice evidence."""

    found: list[Fact]
    named: list[Fact]
    """Those found of which a finding has the technique itself or one of the same family, not only the process or account."""
    missed: list[Fact]
    beside: list[Finding]
    """Findings of medium severity and more that are about no planted fact."""
    fooled: list[tuple[Decoy, Finding]]
    """Decoys that are reported as high."""

    @property
    def high_beside(self) -> list[Finding]:
        return [finding for finding in self.beside if finding.severity == Severity.HIGH]


def score(answers: Path, findings: Sequence[Finding]) -> PracticeScore:
    """Compare findings with `answers.json`."""
    truth = Answers.model_validate_json(answers.read_text(encoding="utf-8"))
    weighty = [finding for finding in findings if finding.severity.rank <= Severity.MEDIUM.rank]
    found = [fact for fact in truth.planted if any(tells(finding, fact) for finding in weighty)]
    named = [fact for fact in found if any(tells(finding, fact) and _same_family(finding, fact) for finding in weighty)]
    beside = [finding for finding in weighty if not is_about(finding, truth)]
    fooled = [
        (decoy, finding)
        for finding in beside
        if finding.severity == Severity.HIGH
        for decoy in truth.decoys
        if rests_on(finding, decoy)
    ]
    missed = [fact for fact in truth.planted if fact not in found]
    return PracticeScore(found, named, missed, beside, fooled)


def tells(finding: Finding, fact: Fact) -> bool:
    """Whether a finding at that time and place has the fact's technique or names its process, account or remote end."""
    if not _at_that_time(finding, fact.time):
        return False
    if not (
        _same_place(finding, fact) or _same_remote(finding, fact) or (not finding.host and _same_process(finding, fact))
    ):
        return False
    return _same_family(finding, fact) or _names(finding, fact)


def _same_family(finding: Finding, fact: Fact) -> bool:
    return fact.technique[:5] in {technique[:5] for technique in finding.techniques}


def is_about(finding: Finding, truth: Answers) -> bool:
    """Whether a finding is about the intrusion: a planted fact, an address of the intruder's, or a taken account on a taken host."""
    if any(tells(finding, fact) for fact in truth.planted):
        return True
    taken = _short(finding.account) in truth.compromised_users and finding.host is not None
    hosts = {_short(host) for host in truth.compromised_hosts}
    if taken and _short(finding.host) in hosts and (finding.last or truth.start) >= truth.planted[0].time:
        return True
    if any(_near(finding, fact) for fact in truth.planted):
        return True
    remote = finding.remote.address if finding.remote else None
    marks = [*truth.attacker_addresses, *truth.attacker_domains]
    return remote in truth.attacker_addresses or any(mark in _text([finding]) for mark in marks)


def _near(finding: Finding, fact: Fact) -> bool:
    """Whether a finding is about the parent, the child or a sibling of a planted process on its host."""
    if not (fact.process and finding.process and _same_place(finding, fact)):
        return False
    planted = {str(fact.process.id), str(fact.process.parent_id)}
    return bool(planted & {finding.process.id, finding.process.parent_id})


def rests_on(finding: Finding, decoy: Decoy) -> bool:
    """Whether the rows of a finding hold the text that marks a decoy, at its time."""
    return decoy.match.lower() in _text([finding]) and (decoy.time is None or _at_that_time(finding, decoy.time))


def _text(findings: Iterable[Finding]) -> str:
    rows = [row for finding in findings for row in finding.rows]
    return json.dumps(rows, default=str).lower().replace("\\\\", "\\")


def _at_that_time(finding: Finding, time: datetime) -> bool:
    if finding.time is None:
        return False
    return finding.time - NEAR <= time <= (finding.last or finding.time) + NEAR


def _same_place(finding: Finding, fact: Fact) -> bool:
    return _short(finding.host) == _short(fact.host) or _short(finding.account) == _short(fact.account)


def _same_remote(finding: Finding, fact: Fact) -> bool:
    return bool(fact.remote and finding.remote and finding.remote.address == fact.remote.address)


def _names(finding: Finding, fact: Fact) -> bool:
    same_account = _short(finding.account) == _short(fact.account)
    return same_account or _same_process(finding, fact) or _same_remote(finding, fact)


def _same_process(finding: Finding, fact: Fact) -> bool:
    return bool(fact.process and finding.process and finding.process.id == str(fact.process.id))


def _short(name: str | None) -> str:
    """A host or account without its domain, lower case; `arn:…:user/name` as `name`."""
    last = (name or "").lower().rsplit("\\", 1)[-1].rsplit("/", 1)[-1]
    return last if "@" in last else last.split(".", 1)[0]
