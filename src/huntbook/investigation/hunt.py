"""Running the hunting pack and making findings of the answers."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import polars as pl

from huntbook.core import runtime
from huntbook.errors import QueryError, ServiceError
from huntbook.investigation.finding import Finding, Findings, ProcessRef, QueryRun, RemoteRef
from huntbook.investigation.places import hosts_of_files, placed
from huntbook.investigation.ranking import rank
from huntbook.query.pack import Query, Severity, packs

if TYPE_CHECKING:
    from huntbook.sources._connection import Connection

AT_ONCE = 2  # queries: one is translated, which is Python's work, while another runs in the database
NO_MEMORY = "Out of Memory"  # how DuckDB begins to say that a query needs more than it may have
ROWS_KEPT = 25
VIEW = "_Im_"  # how the names of ASIM views begin; they are there even if nothing fills them
FINDINGS_KEPT = 40  # of one query; what is beyond is one finding that says so
_VOLUME = (
    r"^(\\\\\?\\)?([a-z]:|\\device\\harddiskvolume\d+)\\"  # how a path begins: C:\, \Device\HarddiskVolume2\, \\?\C:\
)
_PORT = re.compile(r"([0-9]{1,5})(?:\.0)?")  # a column with gaps may have become one of floats
Step = Callable[[int, int, str], None]
T = TypeVar("T")


def hunt(logs: Connection, queries: Iterable[Query] | None = None, *, progress: Step | None = None) -> Findings:
    """Run hunting queries on a connection and return what they find, most severe first.

    A query that fails or is answered in part spoils nothing of the others; `.runs` of what comes back says so. A service is asked of the
    connection's span, or else of the last day.

    Args:
        logs: a connection that answers KQL over the ASIM views, such as `hb.connect("local", folder)`.
        queries: those of the built-in packs that have a severity if not given; lookups have none, and are not asked.
        progress: called with the number done, the number in all and the query at hand.

    Raises:
        ServiceError: if the service answers none of them.

    Example:
        findings = hb.hunt(hb.connect("local", "evidence/"))
    """
    found, runs = run_queries(logs, list(packs.hunting() if queries is None else queries), progress)
    return Findings(rank(found), runs)


def run_queries(
    logs: Connection, queries: Sequence[Query], progress: Step | None = None
) -> tuple[list[Finding], list[QueryRun]]:
    """Run every query; one that fails is noted and does not stop the others.

    Raises:
        ServiceError: if the service answers none of them.
    """
    runs = runtime.run(_run_all(logs, queries, progress))
    if progress:
        progress(len(queries), len(queries), "")
    return [finding for findings, _ in runs for finding in findings], [run for _, run in runs]


async def _run_all(
    logs: Connection, queries: Sequence[Query], progress: Step | None
) -> list[tuple[list[Finding], QueryRun]]:
    lacking = await find_lacking(logs, queries)
    hosts = await hosts_of_files(logs)
    problems: list[ServiceError] = []

    async def run(number: int, query: Query) -> tuple[list[Finding], QueryRun]:
        if progress:
            progress(number, len(queries), query.about)
        reason = reason_to_skip(query, lacking)
        return (
            ([], QueryRun(query=query.full_name, skipped=reason))
            if reason
            else await _run(logs, query, hosts, problems)
        )

    done = await _few_at_once(partial(run, number, query) for number, query in enumerate(queries))
    for number, (_, first) in enumerate(done):
        if first.error.startswith(NO_MEMORY):  # another one had it: alone there may be enough
            done[number] = await run(number, queries[number])
    if problems and len(problems) == sum(not run.skipped for _, run in done):
        raise problems[0]
    return done


async def _few_at_once(works: Iterable[Callable[[], Awaitable[T]]]) -> list[T]:
    """Do all, begun in order and `AT_ONCE` at a time; the first error stops the others."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def in_turn(work: Callable[[], Awaitable[T]]) -> T:
        async with turns:
            return await work()

    tasks = [asyncio.create_task(in_turn(work)) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


async def find_lacking(logs: Connection, queries: Sequence[Query]) -> frozenset[str]:
    """What queries need and the evidence has no row of: tables that are absent, views that are empty."""
    tables = set(await logs.atables())
    views = {name for query in queries for name in query.tables() if name.startswith(VIEW)}
    asked = {name for query in queries for name in query.tables()} - views
    doubtful = sorted(views - tables)
    empty = await _few_at_once(partial(_is_empty, logs, name) for name in doubtful)
    return frozenset(asked - tables) | {name for name, is_empty in zip(doubtful, empty, strict=True) if is_empty}


async def _is_empty(logs: Connection, view: str) -> bool:
    try:
        answer = await logs.aquery(f"{view} | take 1 | project TimeGenerated")
    except QueryError:
        return False  # the queries that need it will say what is wrong
    return answer.to_polars().is_empty()


def reason_to_skip(query: Query, lacking: frozenset[str]) -> str:
    """Why a query cannot find anything here; empty if it may. A view without rows may be one side of a union."""
    if not query.hunts:
        return "a lookup, which has no severity"
    needs = query.tables()
    tables = [name for name in needs if name in lacking and not name.startswith(VIEW)]
    if tables:
        return f"nothing here is {', '.join(tables)}"
    return f"nothing here fills {', '.join(needs)}" if lacking.issuperset(needs) else ""


async def _run(
    logs: Connection, query: Query, hosts: Mapping[str, str], problems: list[ServiceError]
) -> tuple[list[Finding], QueryRun]:
    began = time.perf_counter()
    try:
        result = await logs.aask(query)
    except (QueryError, ServiceError) as error:
        problems += [error] if isinstance(error, ServiceError) else []
        return [], QueryRun(query=query.full_name, error=str(error), seconds=time.perf_counter() - began)
    answer, completeness = result.to_polars(), result.origin.completeness
    findings = make_findings(query, placed(answer, hosts))
    return findings, QueryRun(
        query=query.full_name,
        rows=answer.height,
        findings=len(findings),
        kept=result.origin.kept,
        incomplete="" if completeness.complete else str(completeness),
        seconds=round(time.perf_counter() - began, 3),
    )


def make_findings(query: Query, answer: pl.DataFrame) -> list[Finding]:
    """Make one finding of the rows that agree in the query's `group` columns."""
    keys = [name for name in query.group if name in answer.columns]
    if answer.is_empty():
        return []
    ordered = answer.sort("TimeGenerated", nulls_last=True) if "TimeGenerated" in answer.columns else answer
    groups = _agreeing(ordered, keys) if keys else [ordered]
    kept, rest = groups[:FINDINGS_KEPT], groups[FINDINGS_KEPT:]
    findings = [_finding(query, rows) for rows in kept]
    if rest:
        findings.append(_finding(query, pl.concat(rest), title=f"{query.about} ({len(rest)} more of the same kind)"))
    return findings


def _agreeing(rows: pl.DataFrame, keys: Sequence[str]) -> list[pl.DataFrame]:
    """Rows that agree in the keys; text without regard to case or volume, since logs write one path in several ways."""
    folded = [_folded(key).alias(f"{key} folded") for key in keys]
    parts = rows.with_columns(folded).partition_by(
        [f"{key} folded" for key in keys], maintain_order=True, include_key=False
    )
    return list(parts)


def _folded(key: str) -> pl.Expr:
    text = pl.col(key).cast(pl.String).str.to_lowercase()
    return text.str.replace(_VOLUME, r"\\") if key.endswith("Path") else text


def _finding(query: Query, rows: pl.DataFrame, *, title: str = "") -> Finding:
    first = rows.row(0, named=True)
    begun, last = _span(rows)
    return Finding(
        title=title or query.about,
        severity=query.severity or Severity.INFORMATIONAL,
        techniques=query.techniques,
        time=begun,
        last=last,
        host=_text(_first(rows, "Host")),
        account=_text(_first(rows, "Account")),
        process=_process(rows),
        remote=_remote(rows),
        why=query.why.strip(),
        false_positives=query.false_positives,
        query=query.full_name,
        count=rows.height,
        rows=[_plain(row) for row in rows.head(ROWS_KEPT).iter_rows(named=True)] if first else [],
    )


def _span(rows: pl.DataFrame) -> tuple[datetime | None, datetime | None]:
    """When it was first and last seen: a query that counts says the latter in a column of its own."""
    columns = [rows[name] for name in ("TimeGenerated", "Last") if isinstance(rows.schema.get(name), pl.Datetime)]
    ends = [end for column in columns for end in (column.min(), column.max()) if isinstance(end, datetime)]
    return min(ends, default=None), max(ends, default=None)


def _first(rows: pl.DataFrame, column: str) -> Any:
    """The first value that is there."""
    if column not in rows.columns:
        return None
    values = rows[column].drop_nulls()
    return values[0] if len(values) else None


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)


def _process(rows: pl.DataFrame) -> ProcessRef | None:
    process = ProcessRef(
        id=_text(_first(rows, "ProcessId")),
        guid=_text(_first(rows, "ProcessGuid")),
        path=_text(_first(rows, "ProcessPath")),
        command_line=_text(_first(rows, "CommandLine")),
        parent_id=_text(_first(rows, "ParentProcessId")),
    )
    return process if any(process.model_dump().values()) else None


def _remote(rows: pl.DataFrame) -> RemoteRef | None:
    address, port = _text(_first(rows, "RemoteAddress")), _text(_first(rows, "RemotePort"))
    if address is None and port is None:
        return None
    return RemoteRef(address=address, port=_port(port))


def _port(text: str | None) -> int | None:
    """A port's number; none if the log wrote something else there."""
    number = _PORT.fullmatch(text or "")
    return int(number[1]) if number and int(number[1]) <= 65535 else None


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON can hold it, without empty cells."""
    return {name: _plain_value(value) for name, value in row.items() if value is not None and value != ""}


def _plain_value(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain_value(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain_value(item) for name, item in value.items()}
    for kind, as_json in _AS_JSON.items():
        if isinstance(value, kind):
            return as_json(value)
    return value


def _number(value: float) -> float | str:
    """JSON has no infinity and no NaN."""
    return value if math.isfinite(value) else str(value)


_AS_JSON: dict[type, Callable[[Any], Any]] = {
    date: lambda value: value.isoformat(),
    timedelta: timedelta.total_seconds,
    bytes: bytes.hex,
    float: _number,
}
