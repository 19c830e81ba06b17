"""What Microsoft's own parser says of a query: its errors, and the columns of its answer.

The parser is the npm package @kusto/language-service-next (MIT), run by node. `npm install @kusto/language-service-next` in a folder, and
name that folder in KQL_ORACLE. Without it there are recorded verdicts on syntax in the evidence, see `recorded`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.query.kql.score.engines import Tables

SCRIPT = Path(__file__).with_name("oracle.cjs")
PATIENCE = 600  # seconds


class NoOracle(Exception):
    """Microsoft's parser is not there; the message says what is missing."""


@dataclass(frozen=True)
class Verdict:
    """What the parser says of one query."""

    syntax: tuple[str, ...]
    semantic: tuple[str, ...]
    columns: tuple[tuple[str, str], ...] | None
    """Names and types; `None` where there is no table, "unknown" where the parser cannot tell."""

    @property
    def accepted(self) -> bool:
        return not self.syntax and not self.semantic


def ask(queries: Mapping[str, str], tables: Tables) -> dict[str, Verdict]:
    """Let Microsoft's parser judge queries, by their ids, against these tables.

    Raises:
        NoOracle: node or the package is not there.
    """
    node = shutil.which("node")
    if node is None:
        raise NoOracle("no node on the path")
    given = json.dumps({"tables": {name: dict(columns) for name, columns in tables.items()}, "queries": dict(queries)})
    done = subprocess.run([node, SCRIPT], input=given, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if "Cannot find module" in done.stderr:
        where = os.environ.get("KQL_ORACLE", "the working folder (KQL_ORACLE names another)")
        raise NoOracle(f"no @kusto/language-service-next in {where}")
    done.check_returncode()
    return dict(map(_verdict, done.stdout.splitlines()))


def recorded(evidence: Path, name: str) -> dict[str, int]:
    """How many syntax errors Microsoft's parser found in each query of a file: "corpus_reprise99" or "docs_examples_with_output"."""
    path = evidence / "ground_truth" / "kql_oracle" / f"{name}.oracle.jsonl"
    lines: Iterable[dict[str, object]] = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {str(line["id"]): int(str(line["syntax_errors"])) for line in lines}


def _verdict(line: str) -> tuple[str, Verdict]:
    read = json.loads(line)
    if "failed" in read:
        return read["id"], Verdict((f"the parser failed: {read['failed']}",), (), None)
    syntax, semantic = (
        tuple(f"{one['code']} {one['message']} (near {one['near'][:40]!r})" for one in read[kind])
        for kind in ("syntax", "semantic")
    )
    columns = read["columns"] and tuple((name, kind) for name, kind in read["columns"])
    return read["id"], Verdict(syntax, semantic, columns)


class Agreement(StrEnum):
    """How what we say of a query stands to what Microsoft's parser says of it."""

    BOTH_ACCEPT = "both accept"
    BOTH_REFUSE = "both refuse"
    LACKING = "only Microsoft accepts"
    TOO_LENIENT = "only we accept"
    OTHER_COLUMNS = "both accept, other columns"
    NOT_RUN = "both accept, does not run"


def agreement(verdict: Verdict, columns: Sequence[tuple[str, str]] | None) -> Agreement:
    """Compare with the columns of our answer; `None` if the query is refused.

    Types are compared where both tell them; timespans and guids may be stored as numbers and texts, and count as those.
    """
    if columns is None:
        return Agreement.LACKING if verdict.accepted else Agreement.BOTH_REFUSE
    if not verdict.accepted:
        return Agreement.TOO_LENIENT
    same = verdict.columns is None or (
        len(columns) == len(verdict.columns)
        and all(
            name == other and (said in {kind, "unknown"} or (said, kind) in _STORED_AS)
            for (name, kind), (other, said) in zip(columns, verdict.columns, strict=True)
        )
    )
    return Agreement.BOTH_ACCEPT if same else Agreement.OTHER_COLUMNS


_STORED_AS = {("timespan", "long"), ("guid", "string")}
