"""The page of what KQL can be run on local evidence, from the compiler's own tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from _docstrings import first_line, join, table

from huntbook.query.kql.bind.operators import OPERATORS
from huntbook.query.kql.bind.plugins import PLUGINS, REFUSED
from huntbook.query.kql.bind.query import STATEMENTS
from huntbook.query.kql.bind.sources import SOURCES
from huntbook.query.kql.bind.specials import SPECIAL
from huntbook.query.kql.bind.windows import CALLS
from huntbook.query.kql.functions import _registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_OPENING = """A query is compiled to SQL of DuckDB; `logs.explain(kql)` shows it. What is not done is refused with its place in the query, and with
what to use instead. Strings are never null, datetimes and timespans count 100 nanoseconds, and `now()` is the connection's clock. Where figures may differ from
Kusto's, or where something is not in the evidence and counts as empty, the result says so."""


def kql() -> str:
    """Operators, plugins and functions: done, or refused and why."""
    return join(
        [
            _OPENING,
            "## Statements",
            table(("statement", "what is made of it"), _each(STATEMENTS)),
            "## Where a query begins",
            table(("source", "what is made of it"), _each(SOURCES)),
            "## Operators",
            table(("operator", "what is made of it"), _each(OPERATORS)),
            "## Plugins of evaluate",
            table(("plugin", "done, or why not"), _plugins()),
            "## Functions that see more than their arguments",
            ", ".join(f"`{name}`" for name in sorted({*SPECIAL, *CALLS})) + ".",
            "## Scalar functions",
            table(("function", "done, or why not"), _functions("SCALARS")),
            "## Aggregates",
            "Beside these, `arg_max`, `arg_min` and `take_any` give several columns.",
            table(("function", "done, or why not"), _functions("AGGREGATES")),
        ]
    )


def _each(bound: Mapping[type, Callable[..., object]]) -> list[tuple[str, str]]:
    return sorted((first_line(node), first_line(bind)) for node, bind in bound.items())


def _plugins() -> Iterator[tuple[str, str]]:
    for name in sorted({*PLUGINS, *REFUSED}):
        yield f"`{name}`", "done" if name in PLUGINS else f"refused: {REFUSED[name]}"


def _functions(kind: str) -> Iterator[tuple[str, str]]:
    """Each name once, with its overloads; operators, which are functions inside, left out."""
    for name, entries in sorted(_registry.names(kind).items()):
        if name.startswith("op_"):
            continue
        done = [entry.signature for entry in entries if not entry.refused]
        why = " ".join(dict.fromkeys(entry.refused for entry in entries if entry.refused))
        if done:
            cautions = " ".join(dict.fromkeys(entry.caution for entry in entries if entry.caution))
            told = f"done; otherwise refused: {why}" if why else f"done. {cautions}" if cautions else "done"
            yield _shown(done), told
        else:
            yield f"`{name}`", f"refused: {why}"


def _shown(signatures: Iterable[str]) -> str:
    short = (re.sub(r"\s+", " ", each) for each in signatures)
    return " ".join(f"`{each}`" for each in short)
