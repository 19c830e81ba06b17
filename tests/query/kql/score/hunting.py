"""Hunting queries that others wrote for Sentinel and Defender: do they compile, and does what comes of it run?"""

from __future__ import annotations

import json
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import duckdb
from tests.query.kql.score._rows import fill, looked_for
from tests.query.kql.score.engines import Answer, Engine, Refused, Sql, Tables, execute, opened

from huntbook.query.kql.known_tables import known_tables

FILE = Path("kql", "corpus_reprise99.jsonl")
ROWS = 40
_EVERY_TABLE = re.compile(r"\b(?:search|find|union)\b")


class Outcome(StrEnum):
    """What became of a query."""

    COMPILED = "compiled"
    REFUSED = "refused"
    ERROR = "error"  # always a bug


@dataclass(frozen=True)
class Scored:
    """A query and what became of it."""

    id: str
    query: str
    outcome: Outcome
    seconds: float
    why: str = ""
    empty: Answer | str = ""
    """The answer on tables without rows, or what DuckDB said."""
    rows: Answer | str = ""
    """The answer on generated rows, or what DuckDB said."""


@dataclass(frozen=True)
class Score:
    """The figures of all of them."""

    outcomes: Counter[Outcome]
    run_empty: int
    run_rows: int
    with_rows: int
    """Those whose answer on generated rows has any."""
    milliseconds: float
    """The median of compiling."""


def queries(evidence: Path) -> dict[str, str]:
    """Each query of the corpus, by its file and number."""
    lines = map(json.loads, (evidence / FILE).read_text(encoding="utf-8").splitlines())
    return {f"{read['src']}#{read['i']}": read["query"] for read in lines}


def score(engine: Engine, asked: Mapping[str, str], tables: Tables | None = None) -> list[Scored]:
    """Compile each query and run what comes of it, on empty tables and on generated rows."""
    tables = known_tables() if tables is None else tables
    with Stage.opened(tables, rows=0) as empty, Stage.opened(tables, rows=ROWS) as filled:
        filled.sought = looked_for(asked.values())
        return [_score_one(engine, name, query, tables, (empty, filled)) for name, query in asked.items()]


def figures(scored: Iterable[Scored]) -> Score:
    """Count."""
    scored = list(scored)
    return Score(
        Counter(one.outcome for one in scored),
        sum(isinstance(one.empty, Answer) for one in scored),
        sum(isinstance(one.rows, Answer) for one in scored),
        sum(isinstance(one.rows, Answer) and bool(one.rows.rows) for one in scored),
        statistics.median([one.seconds for one in scored] or [0]) * 1000,
    )


def _score_one(engine: Engine, name: str, query: str, tables: Tables, stages: tuple[Stage, Stage]) -> Scored:
    began = time.perf_counter()
    try:
        compiled = engine(query, tables)
    except Refused as error:
        return Scored(name, query, Outcome.REFUSED, time.perf_counter() - began, str(error))
    except Exception as error:  # noqa: BLE001 - any of them is the score
        why = f"{type(error).__name__}: {error}"
        return Scored(name, query, Outcome.ERROR, time.perf_counter() - began, why)
    taken = time.perf_counter() - began
    answers = [stage.run(query, compiled) for stage in stages]
    return Scored(name, query, Outcome.COMPILED, taken, "", *answers)


class Stage:
    """A database with the tables that the queries name; each is made when it is first needed."""

    def __init__(self, database: duckdb.DuckDBPyConnection, tables: Tables, rows: int) -> None:
        self._database, self._tables, self._rows = database, tables, rows
        self._made: set[str] = set()
        self.sought: Mapping[str, list[str]] = {}

    @classmethod
    @contextmanager
    def opened(cls, tables: Tables, rows: int) -> Iterator[Stage]:
        with opened() as database:
            yield cls(database, tables, rows)

    def run(self, query: str, compiled: Sql) -> Answer | str:
        """Return the answer, or what went wrong."""
        self.ready(query, compiled)
        try:
            return execute(self._database, compiled)
        except Exception as error:  # noqa: BLE001 - any of them is the score
            return f"{type(error).__name__}: {error}"

    def limit(self, memory: str) -> None:
        """Let queries take no more memory than this, and nothing of the disk: they would leave files in the working folder."""
        self._database.execute(f"SET memory_limit = '{memory}'; SET temp_directory = ''")

    def ready(self, query: str, compiled: Sql) -> duckdb.DuckDBPyConnection:
        """Make the tables that a query may ask, and return where they are."""
        words = set(re.findall(r"\w+", query)) | set(re.findall(r"\w+", compiled.text))
        for name in self._tables if _EVERY_TABLE.search(query) and "*" in query else words & self._tables.keys():
            self._make(name)
        return self._database

    def _make(self, name: str) -> None:
        if name not in self._made:
            self._made.add(name)
            fill(self._database, name, self._tables[name], self._rows, self.sought)
