"""Print how well KQL is compiled: the examples of the documentation, hunting queries, and Microsoft's parser on both.

python -m tests.query.kql.score                                   both engines, side by side
python -m tests.query.kql.score --engine huntbook --why           each example that is not exact, and each query that is not compiled
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.conftest import EVIDENCE
from tests.query.kql.score import documentation, hunting, oracle, schemas
from tests.query.kql.score.engines import ENGINES, Answer

from huntbook.query.kql.known_tables import known_tables

Line = tuple[str, ...]


def main(arguments: Iterable[str] | None = None) -> None:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=ENGINES, action="append", help="one engine; again for another")
    parser.add_argument("--evidence", type=Path, default=EVIDENCE)
    parser.add_argument("--why", action="store_true", help="what became of each, with the reason")
    parser.add_argument("--only", choices=("documentation", "hunting"))
    asked = parser.parse_args(None if arguments is None else list(arguments))
    engines = asked.engine or list(ENGINES)
    if asked.only != "hunting":
        answered = {
            name: documentation.score(ENGINES[name], documentation.examples(asked.evidence)) for name in engines
        }
        _show("Examples of the documentation", documentation_table(answered))
        if asked.why:
            _why(answered)
    if asked.only != "documentation":
        queries = hunting.queries(asked.evidence)
        hunted = {name: hunting.score(ENGINES[name], queries) for name in engines}
        _show("Hunting queries", hunting_table(hunted))
        if asked.why:
            _why_not_run(hunted)
        _judged(queries, hunted)
    if asked.only is None and "huntbook" in engines:
        _schemas(asked.evidence, why=asked.why)


def documentation_table(answered: Mapping[str, Sequence[documentation.Scored]]) -> list[Line]:
    """A line for each engine and kind of example."""
    lines: list[Line] = [("engine", "kind", "examples", *documentation.Outcome, "misprinted")]
    for name, scored in answered.items():
        for kind in documentation.Kind:
            these = [one for one in scored if one.example.kind is kind]
            counted = documentation.counts(these)
            misprinted = sum(bool(one.example.misprint) for one in these)
            cells = (len(these), *(counted[outcome] for outcome in documentation.Outcome), misprinted)
            lines.append((name, kind, *map(str, cells)))
    return lines


def hunting_table(hunted: Mapping[str, Sequence[hunting.Scored]]) -> list[Line]:
    """A line for each engine."""
    heads = ("run on empty tables", "run on rows", "answer with rows", "compiling, ms")
    lines: list[Line] = [("engine", "queries", *hunting.Outcome, *heads)]
    for name, scored in hunted.items():
        figures = hunting.figures(scored)
        counted = (len(scored), *(figures.outcomes[outcome] for outcome in hunting.Outcome))
        ran = (figures.run_empty, figures.run_rows, figures.with_rows)
        lines.append((name, *map(str, (*counted, *ran)), f"{figures.milliseconds:.1f}"))
    return lines


def agreement_table(
    verdicts: Mapping[str, oracle.Verdict], hunted: Mapping[str, Sequence[hunting.Scored]]
) -> list[Line]:
    """A line for each engine."""
    lines: list[Line] = [("engine", *oracle.Agreement)]
    for name, scored in hunted.items():
        counted = Counter(agreement_of(one, verdicts[one.id]) for one in scored)
        lines.append((name, *(str(counted[each]) for each in oracle.Agreement)))
    return lines


def agreement_of(scored: hunting.Scored, verdict: oracle.Verdict) -> oracle.Agreement:
    """Compare one query; the columns are those of the answer on empty tables."""
    if scored.outcome is not hunting.Outcome.COMPILED:
        return oracle.agreement(verdict, None)
    if isinstance(scored.empty, Answer):
        return oracle.agreement(verdict, list(zip(scored.empty.columns, scored.empty.types, strict=True)))
    return oracle.Agreement.NOT_RUN if verdict.accepted else oracle.Agreement.TOO_LENIENT


def _judged(queries: Mapping[str, str], hunted: Mapping[str, Sequence[hunting.Scored]]) -> None:
    try:
        verdicts = oracle.ask(queries, known_tables())
    except oracle.NoOracle as absent:
        _print(f"Microsoft's parser was not asked: {absent}\n")
    else:
        _show("Hunting queries and Microsoft's parser", agreement_table(verdicts, hunted))


def _schemas(evidence: Path, *, why: bool) -> None:
    try:
        compared = {name: schemas.compare(queries, tables) for name, queries, tables in schemas.sets(evidence)}
    except oracle.NoOracle:
        return  # said already
    _show("Columns of answers, names and types, and Microsoft's parser", schemas.table(compared))
    for name, several in compared.items() if why else ():
        for one in schemas.differing(several):
            _print(f"{name}: {schemas.told(one)}")


def _why(answered: Mapping[str, Sequence[documentation.Scored]]) -> None:
    for name, scored in answered.items():
        for one in scored:
            if one.outcome is not documentation.Outcome.EXACT:
                misprint = f" [{one.example.misprint}]" if one.example.misprint else ""
                page = one.example.page.rsplit("/", 1)[-1]
                _print(f"{name}: {one.outcome}: {one.example.id} {page}: {one.why}{misprint}")
    _print("")


def _why_not_run(hunted: Mapping[str, Sequence[hunting.Scored]]) -> None:
    for name, scored in hunted.items():
        for one in scored:
            told = {str(one.outcome): one.why, "empty": one.empty, "rows": one.rows}
            for what, why in told.items():
                if isinstance(why, str) and why:
                    _print(f"{name}: {what}: {one.id}: {' '.join(why.split())[:300]}")
    _print("")


def _show(title: str, lines: Sequence[Line]) -> None:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    _print(title)
    for line in lines:
        _print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    _print("")


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
