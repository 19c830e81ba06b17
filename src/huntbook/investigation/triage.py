"""The main job: evidence in, a finished investigation out."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from huntbook.analytics.decode import decode
from huntbook.analytics.iocs import iocs
from huntbook.analytics.process_tree import process_tree
from huntbook.core import sql
from huntbook.core.progress import stage
from huntbook.investigation.finding import (
    Decoded,
    Evidence,
    Finding,
    Findings,
    Indicator,
    NotRead,
    QueryRun,
    TableSummary,
    Triage,
    short_host,
)
from huntbook.investigation.hunt import run_queries
from huntbook.investigation.ranking import rank
from huntbook.query.pack import packs
from huntbook.session import connect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from huntbook.sources._connection import Connection

_HOSTS = 200  # named in the report
_PROCESSES = 200_000  # in the trees of the hosts concerned
_PROCESS_COLUMNS = (
    "TimeGenerated, DvcHostname, TargetProcessId, TargetProcessGuid, TargetProcessName, TargetProcessCommandLine, "
    "TargetUsername, ActingProcessId, ActingProcessGuid, ActingProcessName, ActingProcessCommandLine, _File, _Line"
)


class Investigation:
    """A finished triage: the connection to go on from, the findings, and what the report is made of.

    Example:
        found = hb.triage("evidence/")
        found.findings[0]
        found.save("report/")
        found.logs.query("_Im_ProcessCreate | where CommandLine has 'lsass'")
    """

    def __init__(self, logs: Connection, triage: Triage, tree: pl.DataFrame) -> None:
        self.logs = logs
        self.triage = triage
        self.tree = tree

    @property
    def findings(self) -> Findings:
        """The findings, most severe first."""
        return Findings(self.triage.findings, self.triage.evidence.queries)

    @property
    def paths(self) -> list[str]:
        """The paths that the evidence was read from."""
        return [str(Path(path).absolute()) for path in self.logs.driver.paths]  # type: ignore[attr-defined]

    def to_json(self) -> str:
        """`findings.json` as text."""
        return self.triage.model_dump_json(indent=2)

    def save(self, folder: str | Path) -> Path:
        """Write `report.html`, `findings.json`, its schema and `investigation.ipynb`, and return the report's path."""
        from huntbook.investigation.notebook import write_notebook  # noqa: PLC0415
        from huntbook.investigation.report import write_report  # noqa: PLC0415

        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        (place / "findings.json").write_text(self.to_json(), encoding="utf-8")
        schema = json.dumps(Triage.model_json_schema(), indent=2)
        (place / "findings.schema.json").write_text(schema, encoding="utf-8")
        write_notebook(self, place / "investigation.ipynb")
        return write_report(self, place / "report.html")

    def __repr__(self) -> str:
        return f"{len(self.findings)} findings in {self.triage.evidence.path}\n{self.findings!r}"

    def _repr_html_(self) -> str:
        return self.findings._repr_html_()


def triage(
    path: str | Path | Sequence[str | Path],
    *,
    cache: str | Path | None = None,
    refresh: bool = False,
    progress: bool | None = None,
) -> Investigation:
    """Read evidence, hunt in it with the built-in packs, and put together what a report needs.

    Args:
        path: a folder, a file, a glob, or several of them.
        cache: where what was read is kept.
        refresh: read anew, whatever is kept.
        progress: whether to draw a bar for each stage; by default where somebody is likely to look.

    Raises:
        EvidenceError: if there is nothing at the path.

    Example:
        found = hb.triage("evidence/")
        found.save("report/")
    """
    with stage("Reading the evidence", show=progress, in_bytes=True) as step:
        logs = connect("local", path, cache=cache, refresh=refresh, progress=step)
    with stage("Hunting", show=progress) as step:
        found, runs = run_queries(logs, packs.hunting(), step)
        findings = rank(found)
    with stage("Process trees", show=progress) as step:
        tree = grow_tree(logs, findings)
        step(1, 1, "")
    with stage("Payloads and indicators", show=progress) as step:
        decoded = decode_payloads(findings)
        indicators = find_indicators(findings, decoded)
        step(1, 1, "")
    summary = describe(logs, runs)
    not_read = [NotRead(**loss.model_dump()) for loss in logs.driver.not_read]  # type: ignore[attr-defined]
    whole = Triage(evidence=summary, findings=findings, indicators=indicators, decoded=decoded, not_read=not_read)
    return Investigation(logs, whole, tree)


def grow_tree(logs: Connection, findings: Sequence[Finding]) -> pl.DataFrame:
    """The process trees of the hosts that the more than informational findings are on."""
    hosts = sorted({short_host(f.host) for f in findings if f.host and f.severity.rank < 3})
    wanted = f"lower(split_part(DvcHostname, '.', 1)) IN ({', '.join(map(sql.text, hosts))})" if hosts else "false"
    rows = logs.sql(
        f"SELECT {_PROCESS_COLUMNS} FROM _Im_ProcessCreate WHERE {wanted} AND TargetProcessId IS NOT NULL "
        f"ORDER BY TargetProcessGuid IS NULL, TimeGenerated LIMIT {_PROCESSES}",
    ).to_polars()
    # Sysmon and the Security log tell of the same start: one row is enough, and that with the GUID says more.
    return pl.DataFrame(process_tree(rows)).unique("process_key", keep="first", maintain_order=True)


def decode_payloads(findings: Sequence[Finding]) -> list[Decoded]:
    """Decode what is encoded in the findings' rows, each payload once."""
    cells = [
        {
            "text": value,
            "host": finding.host,
            "time": finding.time,
            "process_id": finding.process.id if finding.process else None,
        }
        for finding in findings
        for row in finding.rows
        for value in row.values()
        if isinstance(value, str) and len(value) >= 16
    ]
    if not cells:
        return []
    table = pl.DataFrame(cells, infer_schema_length=None).unique("text", maintain_order=True)
    found = pl.DataFrame(decode(table, "text"))
    kept: dict[tuple[str, int], Decoded] = {}
    for hit in found.iter_rows(named=True):
        cell = table.row(hit["row"], named=True)
        payload = {name: hit[name] for name in ("encoding", "encoded", "decoded", "depth")}
        place = {name: cell[name] for name in ("host", "time", "process_id")}
        kept.setdefault((hit["decoded"], hit["depth"]), Decoded(**payload, **place))
    return list(kept.values())


def find_indicators(findings: Sequence[Finding], decoded: Sequence[Decoded]) -> list[Indicator]:
    """Indicators in the rows of findings above informational, and in what was decoded from them, most shared first."""
    cells = [
        {"finding": number, "text": str(value)}
        for number, finding in enumerate(findings)
        if finding.severity.rank < 3
        for row in finding.rows
        for name, value in row.items()
        if isinstance(value, (str, list)) and not name.startswith("_") and name != "TimeGenerated"
    ]
    cells += [{"finding": -1, "text": payload.decoded} for payload in decoded]
    if not cells:
        return []
    table = pl.DataFrame(cells, infer_schema_length=None)
    hits = pl.DataFrame(iocs(table, "text"))
    seen: dict[tuple[str, str], set[int]] = {}
    for hit in hits.iter_rows(named=True):
        seen.setdefault((hit["kind"], hit["value"]), set()).add(table["finding"][hit["row"]])
    listed = [
        Indicator(kind=kind, value=value, count=len(places - {-1}), findings=sorted(places - {-1}))
        for (kind, value), places in seen.items()
    ]
    return sorted(listed, key=lambda indicator: (-indicator.count, indicator.kind, indicator.value))


def describe(logs: Connection, runs: list[QueryRun]) -> Evidence:
    """What the evidence is: tables, span, hosts and accounts with the number of rows that name them."""
    tables = [
        TableSummary(
            name=table.name,
            rows=table.rows or 0,
            start=table.start,
            end=table.end,
            files=dict(table.files or {}),
            recognised=table.recognised,
        )
        for table in logs.tables.values()
    ]
    starts = [table.start for table in tables if table.start]
    ends = [table.end for table in tables if table.end]
    return Evidence(
        path=logs.name,
        start=min(starts, default=None),
        end=max(ends, default=None),
        tables=tables,
        hosts=_tally(logs, ("Computer", "HostName", "DeviceName", "DvcHostname")),
        accounts=_tally(
            logs, ("Account", "TargetUserName", "UserPrincipalName", "UserId", "AccountName", "UserIdentityArn")
        ),
        queries=runs,
    )


def _tally(logs: Connection, columns: Sequence[str]) -> dict[str, int]:
    """Count the values of each table's first column of these names, over the recognised tables."""
    counts: Counter[str] = Counter()
    for table in logs.tables.values():
        column = next((name for name in columns if name in table.columns), None)
        if column is None or not table.recognised:
            continue
        name, source = sql.name(column), sql.name(table.name)
        answer = logs.sql(
            f"SELECT {name} AS value, count(*) AS n FROM {source} WHERE {name} NOT IN ('', '-') "
            f"GROUP BY 1 ORDER BY 2 DESC LIMIT {_HOSTS}",
        )
        rows: list[dict[str, Any]] = answer.to_dicts()
        counts.update({str(row["value"]): int(row["n"]) for row in rows})
    return dict(counts.most_common(_HOSTS))
