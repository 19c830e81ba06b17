"""A finding: what was found, where, by whom, and the rows that it rests on. These models are `findings.json`."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from huntbook.core.display import html_text, table_html, visible
from huntbook.query.pack import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NAMED: Final = 5  # queries that a caption names
_ADDRESS = re.compile(r"^[0-9.]{7,15}$|:")


def short_host(name: str | None) -> str:
    """Name a host as people do: without its domain, in lower case; addresses stay whole."""
    text = (name or "").strip().lower()
    return text if _ADDRESS.search(text) else text.split(".")[0]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProcessRef(_Model):
    """A process that a finding is about."""

    id: str | None = Field(None, description="Process id, decimal.")
    guid: str | None = Field(None, description="Identifier that is unique beyond reuse of ids, where the log has one.")
    path: str | None = Field(None, description="The program's file.")
    command_line: str | None = None
    parent_id: str | None = Field(None, description="Process id of the parent, decimal.")


class RemoteRef(_Model):
    """The other end of a connection or sign-in."""

    address: str | None = None
    port: int | None = None


class Finding(_Model):
    """Something that a lead should look at."""

    title: str
    severity: Severity
    techniques: list[str] = Field(description="ATT&CK technique ids.")
    time: datetime | None = Field(None, description="When it was first seen, UTC.")
    last: datetime | None = Field(None, description="When it was last seen, UTC.")
    host: str | None = Field(
        None,
        description="The machine; of an audit log that names none, that which the other logs in its folder name. `AWS …` and `Azure …` are accounts.",
    )
    account: str | None = None
    process: ProcessRef | None = None
    remote: RemoteRef | None = None
    why: str = Field(description="Why it matters.")
    false_positives: list[str] = []
    query: str = Field(description="The query that found it: pack.name.")
    count: int = Field(description="How many rows it rests on; `rows` may hold the first of them only.")
    rows: list[dict[str, Any]] = Field(description="The rows that it rests on.")
    related: list[int] = Field(
        [],
        description="Positions in `findings` of the first 50 findings on the same process, its parent or its children.",
    )
    score: float = Field(
        0, description="How well other findings support it. The third finding of one query on a host waits its turn."
    )


class Findings(list[Finding]):
    """Findings, most severe first; a list that shows itself as a table.

    `runs` says what became of each query that was asked for them.
    """

    def __init__(self, found: Iterable[Finding] = (), runs: Sequence[QueryRun] = ()) -> None:
        super().__init__(found)
        self.runs = runs

    def to_polars(self) -> pl.DataFrame:
        """One row per finding: `severity`, `title`, `techniques`, `time` (UTC), `host`, `account`, the process, the remote end, `count`."""
        return pl.DataFrame([_row(finding) for finding in self], infer_schema_length=None)

    def __repr__(self) -> str:
        lines = [visible(_line(finding)) for finding in self] or ["no findings"]
        return "\n".join([*lines, *filter(None, (visible(self.caption()),))])

    def _repr_html_(self) -> str:
        """A table in which every cell is text, whatever a log may hold."""
        rows = [_row(finding) for finding in self]
        if not rows:
            return f"<p>no findings{html_text(f'; {self.caption()}' if self.runs else '')}</p>"
        return table_html(list(rows[0]), [list(row.values()) for row in rows], caption=self.caption())

    def caption(self) -> str:
        """How many queries were asked, which of them failed or were answered in part; empty where that is not known."""
        if not self.runs:
            return ""
        skipped = sum(bool(run.skipped) for run in self.runs)
        failed = [run.query for run in self.runs if run.error]
        partly = [run.query for run in self.runs if run.incomplete]
        told = [
            f"{len(self.runs) - skipped} queries were asked"
            + (f", {skipped} have nothing to ask here" if skipped else "")
        ]
        kept = [run.query for run in self.runs if run.kept]
        for names, what in ((failed, "failed"), (partly, "answered in part"), (kept, "not asked anew")):
            if names:
                more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
                told.append(f"{len(names)} {what}: {', '.join(names[:_NAMED])}{more} (see .runs)")
        return "; ".join(told)


def _row(finding: Finding) -> dict[str, Any]:
    process, remote = finding.process or ProcessRef(), finding.remote or RemoteRef()
    return {
        "severity": finding.severity.value,
        "title": finding.title,
        "techniques": ", ".join(finding.techniques),
        "time": finding.time,
        "host": finding.host,
        "account": finding.account,
        "process_id": process.id,
        "command_line": process.command_line or process.path,
        "remote": remote.address,
        "port": remote.port,
        "count": finding.count,
    }


def _line(finding: Finding) -> str:
    when = f"{finding.time:%Y-%m-%d %H:%M:%S}" if finding.time else "?"
    return f"{finding.severity.value:<14}{when:<20}  {finding.host or '':<24}  {finding.title}"


class Indicator(_Model):
    """An indicator seen in the findings' rows."""

    kind: str
    value: str
    count: int = Field(description="In how many findings it was seen.")
    findings: list[int] = Field(description="Positions in `findings`.")


class Decoded(_Model):
    """A payload that was decoded."""

    encoding: str
    encoded: str
    decoded: str
    depth: int
    host: str | None = None
    time: datetime | None = None
    process_id: str | None = None


class NotRead(_Model):
    """Something in the evidence that could not be read."""

    file: str
    reason: str
    position: str = ""
    lost: int = 0
    unit: str = "records"


class TableSummary(_Model):
    """A table of the evidence."""

    name: str
    rows: int
    start: datetime | None
    end: datetime | None
    files: dict[str, int]
    recognised: bool


class QueryRun(_Model):
    """What became of one query of the pack."""

    query: str
    rows: int = 0
    findings: int = 0
    error: str = ""
    incomplete: str = Field("", description="What is missing of its answer, and why.")
    kept: datetime | None = Field(None, description="When it was answered, if it was not asked anew.")
    skipped: str = Field("", description="Why it was not run: what it asks is not in the evidence.")
    seconds: float = 0


class Evidence(_Model):
    """What the evidence is."""

    path: str
    start: datetime | None
    end: datetime | None
    tables: list[TableSummary]
    hosts: dict[str, int]
    accounts: dict[str, int]
    queries: list[QueryRun]


class Triage(_Model):
    """All of `findings.json`."""

    evidence: Evidence
    findings: list[Finding]
    indicators: list[Indicator]
    decoded: list[Decoded]
    not_read: list[NotRead]
