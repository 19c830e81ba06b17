"""The main findings in a few lines, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.core.display import printable

if TYPE_CHECKING:
    from huntbook.investigation.finding import Finding
    from huntbook.investigation.triage import Investigation

_SHOWN = 12
_WIDTH = 150


def summary(found: Investigation) -> str:
    """Say what the evidence is and what was found first; control characters of the log are shown, not obeyed."""
    findings = found.findings
    lines = [_evidence(found), *_not_read(found), ""]
    for number, finding in enumerate(findings[:_SHOWN], 1):
        lines += _finding(number, finding)
    if len(findings) > _SHOWN:
        lines.append(f"     … and {len(findings) - _SHOWN} more in the report")
    return "\n".join(printable(line) for line in lines)


def _evidence(found: Investigation) -> str:
    evidence = found.triage.evidence
    rows = sum(table.rows for table in evidence.tables)
    span = (
        f", {evidence.start:%Y-%m-%d %H:%M} to {evidence.end:%Y-%m-%d %H:%M} UTC"
        if evidence.start and evidence.end
        else ""
    )
    return f"{rows:,} events in {len(evidence.tables)} tables, {len(evidence.hosts)} hosts{span}; {len(found.findings)} findings"


def _not_read(found: Investigation) -> list[str]:
    losses = found.triage.not_read
    lost = sum(loss.lost for loss in losses)
    failed = [run for run in found.triage.evidence.queries if run.error]
    lines = (
        [f"Not everything was read: {lost:,} lost, {len(losses)} remarks; the report says what and where."]
        if losses
        else []
    )
    return lines + ([f"{len(failed)} queries could not be run; the report says why."] if failed else [])


def _finding(number: int, finding: Finding) -> list[str]:
    when = f"{finding.time:%m-%d %H:%M:%S}" if finding.time else ""
    head = f"{number:>3}. {finding.severity:<14}{when:<16}{finding.host or '':<26} {finding.title}"
    detail = _detail(finding)
    return [head, f"     {detail[:_WIDTH]}"] if detail else [head]


def _detail(finding: Finding) -> str:
    parts = []
    if finding.process:
        parts.append(f"[{finding.process.id or '?'}] {finding.process.command_line or finding.process.path or ''}")
    elif finding.account:
        parts.append(finding.account)
    if finding.remote and finding.remote.address:
        parts.append(f"-> {finding.remote.address}" + (f":{finding.remote.port}" if finding.remote.port else ""))
    return "  ".join(parts)
