"""Damaged and made-up queries: whatever is asked, the compiler answers with SQL or a `KqlError`, and before long.

The SQL is run on generated rows as well: what DuckDB then says must be foreseen (a number that no long holds), and told in words of KQL.

    python -m tests.query.kql.score.fuzz                     30 seconds
    python -m tests.query.kql.score.fuzz --seconds 600 --seed 7 --engine huntbook

Prints each kind of failure once, with the shortest query that brought it about, and exits with 1 if there is one.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from tests.conftest import EVIDENCE
from tests.query.kql.score import documentation, hunting
from tests.query.kql.score._generated import generated
from tests.query.kql.score._small import SMALL_TABLES
from tests.query.kql.score.engines import ENGINES, Engine, Refused, Sql, Tables, execute

from huntbook.query.kql.duckdb.failures import is_foreseen
from huntbook.query.kql.known_tables import known_tables

SLOW = 5.0  # seconds that compiling one query may take, and running it
LONGEST = 200_000  # characters of SQL that are run
_TOKEN = re.compile(
    r"""\s+|//[^\n]*|@?"[^"\n]*"|@?'[^'\n]*'|\d+[.\w]*|[\w$]+|==|!=|=~|!~|<=|>=|=>|-->|\.\.|.""", re.DOTALL
)
_LITERAL = re.compile(r"""@?["'].*["']|\d.*""", re.DOTALL)
_HOSTILE = (
    "''", '"', "'", '@"', "```", "h'x'", '"\\u0000"', '"\\ud800"', '"\\"', "9223372036854775808", "-9223372036854775808", "1e999", "0x", "0xffffffffffffffff1",
    "1.", ".5", "1d1h", "99999999999d", "datetime(0000-00-00)", "datetime(9999-12-31T23:59:59.9999999)", "datetime(null)", "datetime()", "time(1.2.3)",
    "dynamic({)", "dynamic([[[[", "dynamic(null)", "guid(x)", "long(null)", "real(nan)", "real(+inf)", "decimal(1e50)", "typeof(x)", "bool(2)", "ünïcode",
    "['']", "[\"a'b\"]", "['a\\'b']", "\x00", "\ufeff", "\u2028", "🦊", "/*", "*", "**", "$left", "$right.x", "~", "#", "\\", "`", "%%", "--", ";;",
    "'" + "x" * 5000 + "'", "9" * 400, "a" * 3000,
)  # fmt: skip
_WORDS = (
    "|", "(", ")", "[", "]", "{", "}", ",", ";", "by", "on", "let", "where", "extend", "summarize", "join", "union", "project", "mv-expand", "make-series",
    "parse", "with", "kind=inner", "in", "!in", "between", "..", "has_any", "and", "not", "order by", "scan", "graph-match", "invoke", "evaluate",
    "count()", "toscalar(", "materialize(", "range", "print", "datatable(a:long)[1]", "as", "render", "typeof(", "=", "=>", ":", "-", "!",
)  # fmt: skip
Tokens = list[str]


@dataclass(frozen=True)
class Failure:
    """Something that is not a `KqlError`, and the shortest query that brought it about."""

    kind: str
    query: str
    trace: str


@dataclass(frozen=True)
class Found:
    """Each kind of failure, and how many queries came to what."""

    failures: list[Failure]
    counted: Counter[str]


def fuzz(
    engine: Engine, seeds: Sequence[str], *, seconds: float, seed: int, tables: Tables | None = None, runs: bool = False
) -> Found:
    """Ask damaged queries and, where they are run, made-up ones for so long; return each kind of failure once."""
    tables = {**known_tables(), **SMALL_TABLES} if tables is None else tables
    kinds: dict[str, Failure] = {}
    counted: Counter[str] = Counter()
    with hunting.Stage.opened(tables, hunting.ROWS) as stage:
        ends = time.monotonic() + seconds
        stage.limit("2GB")
        made = generated(seed) if runs else damaged(seeds, seed + 1)
        for pair in zip(damaged(seeds, seed), made, strict=True):
            for query in pair:
                if time.monotonic() >= ends:
                    return Found(sorted(kinds.values(), key=lambda failure: failure.kind), counted)
                failure = attempt(engine, query, tables, counted, stage if runs else None)
                if failure and (failure.kind not in kinds or len(query) < len(kinds[failure.kind].query)):
                    kinds[failure.kind] = failure
    raise AssertionError  # there is no end to queries


def attempt(
    engine: Engine, query: str, tables: Tables, counted: Counter[str], stage: hunting.Stage | None = None
) -> Failure | None:
    """Compile one query, and run it if there is a stage; return what went wrong."""
    began = time.monotonic()
    counted["asked"] += 1
    try:
        compiled = engine(query, tables)
    except Refused:
        counted["refused"] += 1
        return None
    except duckdb.Error as error:  # of a part that had to be asked first
        return _of_duckdb(error, query, counted)
    except Exception as error:  # noqa: BLE001 - any of them is a finding
        return _failure(error, query)
    taken = time.monotonic() - began
    if taken > SLOW:
        return Failure("slow", query, f"{taken:.1f} seconds")
    return None if stage is None else _run(query, compiled, counted, stage)


def _run(query: str, compiled: Sql, counted: Counter[str], stage: hunting.Stage) -> Failure | None:
    if len(compiled.text) > LONGEST:
        counted["too long to run"] += 1
        return None
    try:
        execute(stage.ready(query, compiled), compiled, patience=SLOW)
    except duckdb.InterruptException:
        counted["interrupted"] += 1
    except duckdb.Error as error:
        return _of_duckdb(error, query, counted)
    except Exception as error:  # noqa: BLE001 - any of them is a finding
        return _failure(error, query)
    else:
        counted["answered"] += 1
    return None


def _of_duckdb(error: duckdb.Error, query: str, counted: Counter[str]) -> Failure | None:
    if is_foreseen(error):
        counted["told in words of KQL"] += 1
        return None
    said = re.sub(r"[\"'(].*|\d+", "", str(error).partition("\n")[0])[:80]
    return Failure(f"{type(error).__name__}: {said}", query, str(error)[:600])


def _failure(error: Exception, query: str) -> Failure:
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(last.filename).name}:{last.lineno}"
    return Failure(f"{type(error).__name__} at {place}", query, "".join(traceback.format_exception(error)))


def damaged(seeds: Sequence[str], seed: int) -> Iterator[str]:
    """Queries with one to four damages each, without end; the same ones for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - seeded on purpose
    while True:
        tokens = _TOKEN.findall(chance.choice(seeds))
        for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
            tokens = chance.choice(_DAMAGES)(tokens or [""], chance, seeds)
        yield "".join(tokens)


def _place(tokens: Tokens, chance: random.Random) -> int:
    return chance.randrange(len(tokens))


def _delete(tokens: Tokens, chance: random.Random, _: Sequence[str]) -> Tokens:
    at = _place(tokens, chance)
    return tokens[:at] + tokens[at + chance.choice((1, 1, 1, 2, 5)) :]


def _swap(tokens: Tokens, chance: random.Random, _: Sequence[str]) -> Tokens:
    one, other = _place(tokens, chance), _place(tokens, chance)
    tokens[one], tokens[other] = tokens[other], tokens[one]
    return tokens


def _double(tokens: Tokens, chance: random.Random, _: Sequence[str]) -> Tokens:
    start = _place(tokens, chance)
    part = tokens[start : start + chance.choice((1, 1, 3, 10))]
    return tokens[:start] + part * chance.choice((2, 2, 3, 20)) + tokens[start + len(part) :]


def _insert(tokens: Tokens, chance: random.Random, _: Sequence[str]) -> Tokens:
    at = _place(tokens, chance)
    return [*tokens[:at], " ", chance.choice(chance.choice((_WORDS, _HOSTILE))), " ", *tokens[at:]]


def _literal(tokens: Tokens, chance: random.Random, _: Sequence[str]) -> Tokens:
    places = [at for at, token in enumerate(tokens) if _LITERAL.fullmatch(token)]
    if places:
        tokens[chance.choice(places)] = chance.choice(_HOSTILE)
    return tokens


def _name(tokens: Tokens, chance: random.Random, _: Sequence[str]) -> Tokens:
    """Put one name of the query in another's place: types that do not fit."""
    places = [at for at, token in enumerate(tokens) if re.match(r"[A-Za-z_]", token)]
    if places:
        tokens[chance.choice(places)] = tokens[chance.choice(places)]
    return tokens


def _cut(tokens: Tokens, chance: random.Random, _: Sequence[str]) -> Tokens:
    return tokens[: _place(tokens, chance)]


def _graft(tokens: Tokens, chance: random.Random, seeds: Sequence[str]) -> Tokens:
    """Go on with another query's operators."""
    other = _TOKEN.findall(chance.choice(seeds))
    bars = [at for at, word in enumerate(other) if word == "|"]
    return tokens + (other[chance.choice(bars) :] if bars else other)


def _nest(tokens: Tokens, chance: random.Random, _: Sequence[str]) -> Tokens:
    at, times = _place(tokens, chance), chance.choice((3, 30, 300, 3000))
    opening, closing = chance.choice((("(", ")"), ("not(", ")"), ("-", ""), ("[", "]"), ("dynamic([", "])"), ("iff(true,", ",1)"), ("a.", ""), ("1+", "")))  # fmt: skip
    closed = closing * (times if chance.random() < 0.7 else times - 1)
    return [*tokens[:at], opening * times, tokens[at], closed, *tokens[at + 1 :]]


_DAMAGES: Sequence[Callable[[Tokens, random.Random, Sequence[str]], Tokens]] = (
    _delete, _delete, _delete, _swap, _swap, _double, _insert, _insert, _literal, _literal, _name, _name, _cut, _graft, _nest,
)  # fmt: skip


def seeds_of(evidence: Path) -> list[str]:
    """The queries of the documentation and of the hunting corpus."""
    return [*(example.query for example in documentation.examples(evidence)), *hunting.queries(evidence).values()]


def main(arguments: Iterable[str] | None = None) -> int:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=ENGINES, default="huntbook")
    parser.add_argument("--evidence", type=Path, default=EVIDENCE)
    asked = parser.parse_args(None if arguments is None else list(arguments))
    found = fuzz(ENGINES[asked.engine], seeds_of(asked.evidence), seconds=asked.seconds, seed=asked.seed, runs=True)
    for failure in found.failures:
        sys.stdout.write(f"== {failure.kind}\n{failure.query[:2000]!r}\n{failure.trace[-1500:]}\n")
    counted = ", ".join(f"{number:,} {what}" for what, number in found.counted.items())
    sys.stdout.write(f"{counted}; {len(found.failures)} kinds of failure\n")
    return 1 if found.failures else 0


if __name__ == "__main__":
    sys.exit(main())
