"""The examples of the KQL documentation: is the answer the one that is printed there?"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from tests.query.kql.score._misprints import MISPRINTS
from tests.query.kql.score.compare import agrees, name_of
from tests.query.kql.score.engines import Answer, Engine, Refused, run

FILE = Path("kql", "docs_examples_with_output.jsonl")


class Kind(StrEnum):
    """What an example needs."""

    LANGUAGE = "language"
    GEOSPATIAL = "geospatial"
    STORED = "stored functions"  # that a database of the documentation's has: they cannot be answered without it


class Outcome(StrEnum):
    """What became of an example."""

    EXACT = "exact"
    DIFFERENT = "different"
    REFUSED = "refused"
    ERROR = "error"  # always a bug


@dataclass(frozen=True)
class Example:
    """A query of the documentation and the cells that it prints as its answer."""

    id: str
    page: str
    query: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def kind(self) -> Kind:
        if re.search(r"\bgeo_\w+\s*\(", self.query):
            return Kind.GEOSPATIAL
        return Kind.STORED if re.search(r"\b\w+_fl\s*\(", self.query) else Kind.LANGUAGE

    @property
    def misprint(self) -> str:
        """Why no right answer can be what the page shows; empty if one can."""
        return MISPRINTS.get(self.id, "")


@dataclass(frozen=True)
class Scored:
    """An example, what became of it and why."""

    example: Example
    outcome: Outcome
    why: str = ""


def examples(evidence: Path) -> Iterator[Example]:
    """Those that can be run: they bring their data, and the whole answer is printed and always the same."""
    for line in (evidence / FILE).read_text(encoding="utf-8").splitlines():
        read = json.loads(line)
        without = ("output_truncated", "maybe_nondeterministic", "mgmt")
        if read["self_contained"] and not any(read[flag] for flag in without):
            columns, rows = tuple(map(name_of, read["columns"])), tuple(map(tuple, read["rows"]))
            yield Example(read["id"], read["page"], read["query"], columns, rows)


def queries(evidence: Path) -> dict[str, str]:
    """Every query of the documentation's examples, by its id: those that cannot be run too."""
    lines = map(json.loads, (evidence / FILE).read_text(encoding="utf-8").splitlines())
    return {read["id"]: read["query"] for read in lines}


def score(engine: Engine, asked: Iterable[Example]) -> list[Scored]:
    """Run examples and compare."""
    return [score_one(engine, example) for example in asked]


def score_one(engine: Engine, example: Example) -> Scored:
    """Run one example and compare."""
    try:
        answer = run(engine, example.query)
    except Refused as error:
        return Scored(example, Outcome.REFUSED, _first_line(error))
    except Exception as error:  # noqa: BLE001 - any of them is the score
        return Scored(example, Outcome.ERROR, f"{type(error).__name__}: {_first_line(error)}")
    why = difference(example, answer)
    return Scored(example, Outcome.DIFFERENT if why else Outcome.EXACT, why)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0]


def counts(scored: Sequence[Scored], kind: Kind | None = None) -> Counter[Outcome]:
    """How many there are of each outcome."""
    return Counter(one.outcome for one in scored if kind in (None, one.example.kind))


def difference(example: Example, answer: Answer) -> str:
    """What is not as printed, in words; empty if all of it is."""
    if answer.columns != example.columns:
        return f"columns: {list(answer.columns)} instead of {list(example.columns)}"
    if len(answer.rows) != len(example.rows):
        return f"{len(answer.rows)} rows instead of {len(example.rows)}"
    sets = [name in _of_sets(example) for name in example.columns]
    if any(sets):
        answer = replace(answer, rows=[tuple(map(_unordered, sets, row)) for row in answer.rows])
        rows = tuple(tuple(map(_unordered_text, sets, row)) for row in example.rows)
        example = replace(example, rows=rows)
    if is_ordered(example.query):
        pairs = zip(example.rows, answer.rows, strict=True)
        return next((_cell(printed, row, answer) for printed, row in pairs if not _same(printed, row, answer)), "")
    left = list(answer.rows)
    for printed in example.rows:
        found = next((row for row in left if _same(printed, row, answer)), None)
        if found is None:
            return _cell(printed, max(left, key=lambda row: _alike(printed, row, answer)), answer)
        left.remove(found)
    return ""


def _of_sets(example: Example) -> set[str]:
    """The columns that `make_set` makes: it does not say in which order."""
    named = re.findall(r"(\w+)\s*=\s*make_set", example.query)
    return {name for name in example.columns if name in named or name.startswith("set_")}


def _unordered(is_set: bool, value: object) -> object:
    return sorted(value, key=json.dumps) if is_set and isinstance(value, list) else value


def _unordered_text(is_set: bool, printed: str) -> str:
    if not is_set:
        return printed
    try:
        return json.dumps(_unordered(is_set, json.loads(printed.replace("<br>", " "))))
    except ValueError:
        return printed


def _same(printed: Sequence[str], row: Sequence[object], answer: Answer) -> bool:
    return all(map(agrees, printed, answer.types, row))


def _alike(printed: Sequence[str], row: Sequence[object], answer: Answer) -> int:
    return sum(map(agrees, printed, answer.types, row))


def _cell(printed: Sequence[str], row: Sequence[object], answer: Answer) -> str:
    wrong = [
        f"{name}: {value!r} ({kind}) instead of {text!r}"
        for name, kind, text, value in zip(answer.columns, answer.types, printed, row, strict=True)
        if not agrees(text, kind, value)
    ]
    return "; ".join(wrong)


_KEEP_ORDER = {"where", "filter", "extend", "serialize", "as", "render", "take", "limit", "consume", "scan"}
_GIVE_ORDER = {"sort", "order", "top"}


def is_ordered(query: str) -> bool:
    """Whether the order of the answer's rows is said by the query: sorted, and nothing after it that may mix them."""
    for operator in reversed(_operators(query)):
        word = operator.split(maxsplit=1)[0] if operator.split() else ""
        if word in _GIVE_ORDER:
            return True
        if word not in _KEEP_ORDER and not word.startswith(("project", "mv-expand")):
            return False
    return False


_TOKEN = re.compile(
    r"""//[^\n]*|@"[^"]*"|@'[^']*'|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[][(){};|]|[^][(){};|"'/@]+|.""", re.DOTALL
)


def _operators(query: str) -> list[str]:
    """The parts between the bars of the last statement, what is in brackets left out."""
    parts, depth = [""], 0
    for part in _TOKEN.findall(query.rstrip().rstrip(";")):
        depth += (part in {"(", "[", "{"}) - (part in {")", "]", "}"})
        if part == ";" and not depth:
            parts = [""]
        elif part == "|" and not depth:
            parts.append("")
        elif not depth and not part.startswith("//"):
            parts[-1] += part
    return [each.strip() for each in parts]
