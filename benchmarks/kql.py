"""KQL on ten million rows in Parquet: the compiler's SQL against SQL written by hand, and against the package duckdb-kql.

Each question is asked in KQL and in SQL of the same meaning on rows without nulls; both answers must be equal before anything is measured. What
is measured is compiling and running; the macros are made before, as they are once a session. The limit of 1.3 to SQL by hand is kept at ten million rows;
with fewer, compiling weighs as much as the work. `has` is held to three times `contains` as well. What duckdb-kql refuses is not compared.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from benchmarks._measure import Cost, Figure, measure
from huntbook.query.kql import Type, compile_kql, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = {"100k": 100_000, "1M": 1_000_000, "10M": 10_000_000}
LIMITED = "10M"  # the size that the limits are for

# Logs of two weeks: 400 hosts, a few users who log on often and many who do not, command lines in many spellings, a JSON column.
_ROWS = r"""
SELECT
  TIMESTAMP '2026-01-01' + to_microseconds((i * (1209600000000 // {rows}) + hash(i) % 900000)::BIGINT) AS TimeGenerated,
  'host' || lpad((hash(i, 1) % 400)::VARCHAR, 3, '0') || '.corp.example' AS Computer,
  (4600 + hash(i, 2) % 90)::INTEGER AS EventID,
  'user' || floor(pow(20000, (hash(i, 3) % 1000000) / 1e6))::BIGINT AS Account,
  CASE hash(i, 4) % 40
    WHEN 0 THEN 'C:\Windows\System32\WindowsPowerShell\v1.0\PowerShell.exe -NoP -Enc ' || md5(i::VARCHAR)
    WHEN 1 THEN 'cmd.exe /c powershell_ise -File C:\Temp\' || (hash(i, 5) % 100000)::VARCHAR || '.ps1'
    ELSE 'C:\Windows\System32\svchost.exe -k ' || (hash(i, 5) % 1000)::VARCHAR || ' -s ' || left(md5(i::VARCHAR), 12) END AS CommandLine,
  'f' || (hash(i, 6) % 3000000)::VARCHAR AS FileId,
  (hash(i, 7) % 65536)::BIGINT AS Bytes,
  '{{"ip":"10.' || (hash(i, 8) % 256)::VARCHAR || '.0.' || (hash(i, 9) % 256)::VARCHAR || '","port":' || (hash(i, 10) % 65536)::VARCHAR
    || ',"tags":["a","b"]}}' AS Details
FROM range({rows}) AS _(i) ORDER BY i"""

COLUMNS = {
    "TimeGenerated": Type.DATETIME,
    "Computer": Type.STRING,
    "EventID": Type.INT,
    "Account": Type.STRING,
    "CommandLine": Type.STRING,
    "FileId": Type.STRING,
    "Bytes": Type.LONG,
    "Details": Type.STRING,
}
TABLES = {"Logs": COLUMNS, "Hosts": {"Computer": Type.STRING, "Site": Type.STRING}}


@dataclass(frozen=True)
class Question:
    """One question in both languages."""

    name: str
    kql: str
    sql: str
    limit: float | None = 1.3


QUESTIONS = (
    Question(
        "filter",
        'Logs | where EventID == 4625 and Computer == "host042.corp.example" | count',
        "SELECT count(*) FROM Logs WHERE EventID = 4625 AND Computer = 'host042.corp.example'",
    ),
    Question(
        "filter by time",
        "Logs | where TimeGenerated between (datetime(2026-01-03) .. 2h) | summarize Bytes = sum(Bytes)",
        "SELECT sum(Bytes) FROM Logs WHERE TimeGenerated BETWEEN '2026-01-03' AND '2026-01-03 02:00:00'",
    ),
    Question(
        "has",
        'Logs | where CommandLine has "powershell" | count',
        r"SELECT count(*) FROM Logs WHERE regexp_matches(CommandLine, '(?i)(^|[^a-z0-9])powershell($|[^a-z0-9])')",
    ),
    Question(
        "has, in every row",
        'Logs | where CommandLine has "exe" | count',
        r"SELECT count(*) FROM Logs WHERE regexp_matches(CommandLine, '(?i)(^|[^a-z0-9])exe($|[^a-z0-9])')",
    ),
    Question(
        "contains",
        'Logs | where CommandLine contains "powershell" | count',
        "SELECT count(*) FROM Logs WHERE contains(lower(CommandLine), 'powershell')",
    ),
    Question(
        "matches regex",
        r'Logs | where CommandLine matches regex @"(?i)-enc\s+[0-9a-f]{20,}" | count',
        r"SELECT count(*) FROM Logs WHERE regexp_matches(CommandLine, '(?i)-enc\s+[0-9a-f]{20,}')",
    ),
    Question(
        "join",
        "Logs | where EventID == 4624 | join kind=inner Hosts on Computer | summarize Events = count() by Site | sort by Site asc",
        "SELECT h.Site, count(*) FROM Logs l JOIN Hosts h ON l.Computer = h.Computer WHERE l.EventID = 4624 GROUP BY h.Site ORDER BY h.Site",
    ),
    Question(
        "join of many",
        "Logs | where EventID == 4624 | join kind=inner (Logs | where EventID == 4625) on FileId | count",
        "SELECT count(*) FROM (SELECT FileId FROM Logs WHERE EventID = 4624) l JOIN (SELECT FileId FROM Logs WHERE EventID = 4625) r USING (FileId)",
    ),
    Question(
        "top",
        "Logs | top 100 by TimeGenerated desc | project TimeGenerated, Computer, Account, Bytes",
        "SELECT TimeGenerated, Computer, Account, Bytes FROM Logs ORDER BY TimeGenerated DESC NULLS LAST LIMIT 100",
    ),
    Question(
        "summarize by bin",
        "Logs | summarize Events = count(), Sum = sum(Bytes) by Computer, bin(TimeGenerated, 1h) | summarize Rows = count(), Most = max(Sum)",
        "SELECT count(*), max(s) FROM (SELECT sum(Bytes) AS s FROM Logs GROUP BY Computer, time_bucket(INTERVAL 1 HOUR, TimeGenerated))",
    ),
    Question(
        "dcount",
        "Logs | summarize Files = dcount(FileId)",
        "SELECT approx_count_distinct(FileId) FROM Logs",
    ),
    Question(
        "dcount by host and bin",
        "Logs | summarize Users = dcount(Account) by Computer, bin(TimeGenerated, 1d)",
        "SELECT Computer, time_bucket(INTERVAL 1 DAY, TimeGenerated), approx_count_distinct(Account) FROM Logs GROUP BY ALL",
    ),
    Question(
        "parse_json",
        "Logs | extend D = parse_json(Details) | where tolong(D.port) == 443 | summarize Events = count() by Ip = tostring(D.ip) | summarize Ips = count(), Events = sum(Events)",
        "SELECT count(*), sum(c) FROM (SELECT count(*) AS c FROM Logs WHERE TRY_CAST(TRY(Details->>'$.port') AS BIGINT) = 443 GROUP BY TRY(Details->>'$.ip'))",
    ),
    Question(
        "arg_max",
        "Logs | summarize arg_max(TimeGenerated, Account, Bytes) by Computer",
        "SELECT Computer, max(TimeGenerated), arg_max(Account, TimeGenerated), arg_max(Bytes, TimeGenerated) FROM Logs GROUP BY Computer",
    ),
    Question(
        "arg_max of all columns",
        "Logs | summarize arg_max(TimeGenerated, *) by Computer",
        "SELECT DISTINCT ON (Computer) * FROM Logs ORDER BY Computer, TimeGenerated DESC",
    ),
)
APPROXIMATE = {"dcount", "dcount by host and bin"}


def figures() -> Iterator[Figure]:
    """The figures of each question, at three sizes."""
    with tempfile.TemporaryDirectory(prefix="huntbook-bench-") as place:
        for size, rows in SIZES.items():
            folder = Path(place) / size
            folder.mkdir()
            write_logs(folder, rows)
            contains = None
            for question in QUESTIONS:
                check(folder, question)
                ours = measure(_compiled, partial(_ready, folder, question))
                contains = ours if question.name == "contains" else contains
                yield from _against(folder, question, ours, size)
            yield from _has(folder, size, contains)


def _against(folder: Path, question: Question, ours: Cost, size: str) -> Iterator[Figure]:
    limit = question.limit if size == LIMITED else None
    by_hand = measure(_by_hand, partial(_opened, folder, question))
    yield Figure(f"KQL, {question.name}", f"{size} rows", ours, "SQL by hand", by_hand, limit=limit, by="wall")
    if _translated(question) is not None:
        theirs = measure(_by_duckdb_kql, partial(_imported, folder, question))
        limit = 1.0 if size == LIMITED else None
        yield Figure(f"KQL, {question.name}", f"{size} rows", ours, "duckdb-kql", theirs, limit=limit, by="wall")


def _has(folder: Path, size: str, contains: Cost | None) -> Iterator[Figure]:
    if contains is None:
        return
    for question in QUESTIONS[2:4]:
        ours = measure(_compiled, partial(_ready, folder, question))
        limit = 3.0 if size == LIMITED else None
        yield Figure(f"KQL, {question.name}", f"{size} rows", ours, "contains", contains, limit=limit, by="wall")


def write_logs(folder: Path, rows: int) -> None:
    """Write the tables as Parquet."""
    with duckdb.connect() as database:
        database.execute(f"COPY ({_ROWS.format(rows=rows)}) TO '{folder}/Logs.parquet' (COMPRESSION zstd)")
        hosts = "SELECT 'host' || lpad(i::VARCHAR, 3, '0') || '.corp.example' AS Computer, 'site' || i % 7 AS Site FROM range(400) AS _(i)"
        database.execute(f"COPY ({hosts}) TO '{folder}/Hosts.parquet'")


def open_logs(folder: Path) -> duckdb.DuckDBPyConnection:
    """A database with the tables as views."""
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    for name in TABLES:
        database.execute(f"CREATE VIEW {name} AS FROM read_parquet('{folder}/{name}.parquet')")
    return database


def check(folder: Path, question: Question) -> None:
    """Hold both answers together.

    Raises:
        AssertionError: if they differ; counts of distinct values may by a twentieth, where one of them is an estimate.
    """
    with open_logs(folder) as database:
        prepare(database, compiled := compile_kql(question.kql, TABLES))
        ours = sorted(map(str, database.execute(compiled.sql).fetchall()))
        theirs = sorted(map(str, database.execute(question.sql).fetchall()))
    if len(ours) != len(theirs) or (
        ours != theirs and question.name not in APPROXIMATE and "arg_max" not in question.name
    ):
        raise AssertionError(f"{question.name}: {ours[:3]} and {theirs[:3]}")


Asked = tuple[duckdb.DuckDBPyConnection, Question]


def _opened(folder: Path, question: Question) -> Asked:
    return open_logs(folder), question


def _imported(folder: Path, question: Question) -> Asked:
    """With the package that translates already there, as ours is."""
    _translated(question)
    return _opened(folder, question)


def _ready(folder: Path, question: Question) -> Asked:
    database = open_logs(folder)
    prepare(database, compile_kql(question.kql, TABLES))
    return database, question


def _compiled(asked: Asked) -> object:
    database, question = asked
    return database.execute(compile_kql(question.kql, TABLES).sql).fetchall()


def _by_hand(asked: Asked) -> object:
    database, question = asked
    return database.execute(question.sql).fetchall()


def _by_duckdb_kql(asked: Asked) -> object:
    database, question = asked
    return database.execute(str(_translated(question))).fetchall()


def _translated(question: Question) -> str | None:
    """The SQL of duckdb-kql, if it takes the question."""
    import duckdb_kql  # noqa: PLC0415 - half a second to import, and only here

    try:
        return str(
            duckdb_kql.to_sql(
                question.kql, schema={name: list(columns) for name, columns in TABLES.items()}, allow_write=False
            )
        )
    except duckdb_kql.errors.KqlError:
        return None
