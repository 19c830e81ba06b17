"""What can be wrong with a prepared query that is well-formed: holes, names, and what a hunting query must say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from huntbook.errors import ParameterError
from huntbook.query import cases
from huntbook.query.bound import default
from huntbook.query.dialects import dialects
from huntbook.query.parameters import Kind
from huntbook.query.template import holes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from huntbook.query.dialects import Dialect
    from huntbook.query.query import Query

SPAN = ("start", "end")  # holes that the time span of the question fills
OPTIONS = ("last", "start", "end", "split", "on_partial", "cache", "add_query_items")  # what every query takes
_NEARLY = re.compile(r"\{\{\s*+([\w-]*+)\s*+\}\}")
_BEFORE_END = re.compile(r"<\s*\{\{end\}\}(?!\s*[-+])|\{\{end\}\}\s*>(?!=)")


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where in the query: `place` names its parts, `line` counts the lines of a text from 0."""

    said: str
    place: tuple[str | int, ...] = ()
    line: int = 0


def problems(query: Query) -> Iterator[Problem]:
    """Find everything that is wrong."""
    if not query.texts:
        yield Problem("it has no text: write `kql:`, or another dialect's.")
    yield from _needs(query)
    yield from _names(query)
    yield from _holes(query)
    yield from _values(query)
    if query.hunts:
        yield from _hunting(query)


def _hunting(query: Query) -> Iterator[Problem]:
    """A hunting query explains itself, and is asked of everything as it stands."""
    for field in ("techniques", "why"):
        if field not in query.model_fields_set:
            yield Problem(f"{field} is missing; a query with a severity has it.")
    if not query.kql:
        yield Problem("a hunting query has a KQL text.")
    if not query.tables():
        yield Problem("needs is missing; a query with a severity says which tables it asks.")
    if query.parameters or holes(query.kql):
        yield Problem("a hunting query is asked as it stands: it has no parameters and no holes.")


def _needs(query: Query) -> Iterator[Problem]:
    for dialect, tables in query.needs.items():
        if dialect not in query.texts:
            yield Problem(f"needs names tables of {dialect}, in which the query is not written.", ("needs", dialect))
        if not tables:
            yield Problem("needs names no table; leave it out if there is none to name.", ("needs", dialect))


def _names(query: Query) -> Iterator[Problem]:
    """Parameters and their aliases are all different, and none is an option of every query."""
    seen: set[str] = set()
    for name, parameter in query.parameters.items():
        for one in (name, *parameter.aliases):
            if one in OPTIONS:
                yield Problem(f"{one!r} is an option of every query and cannot be a parameter.", ("parameters", name))
            if one in seen:
                yield Problem(f"{one!r} is the name of two parameters.", ("parameters", name))
            seen.add(one)


def _values(query: Query) -> Iterator[Problem]:
    """Defaults and the values of examples are of their kinds, and their rows are rows."""
    wrong = False
    for name, parameter in query.parameters.items():
        if parameter.type is Kind.LIST and parameter.of in (Kind.LIST, Kind.CLAUSE):
            yield Problem(f"a list cannot hold a {parameter.of}.", ("parameters", name, "of"))
            wrong = True
        elif not parameter.required:
            try:
                default(name, parameter)
            except ParameterError as error:
                yield Problem(f"the default: {error.message}", ("parameters", name, "default"))
                wrong = True
    for number, example in enumerate(query.example):
        if example.dialect and example.dialect not in query.texts:
            said = f"the example is of {example.dialect}, in which the query is not written."
            yield Problem(said, ("example", number, "dialect"))
        if example.finds and query.dialect_of(example) not in ("", "kql"):
            yield Problem("cases that it `finds` are of KQL: write `rows` and `returns`.", ("example", number, "finds"))
        yield from (
            Problem(said, ("example", number, *place)) for said, place in cases.mistakes(example, query.tables())
        )
        try:
            if not wrong:
                example.bound(query)
        except ParameterError as error:
            yield Problem(f"{error.message} {error.hint}".strip(), ("example", number, "values"))


def _holes(query: Query) -> Iterator[Problem]:
    """Every hole is a parameter's, every parameter has a hole, one that must be given in every text."""
    wrong = [problem for dialect, text in query.texts.items() for problem in _wrong_holes(query, dialect, text)]
    yield from wrong
    if wrong:  # a hole that is misspelt is missing besides, which says nothing new
        return
    asked = {dialect: {hole.name for hole in holes(text)} for dialect, text in query.texts.items()}
    for name, parameter in query.parameters.items():
        lacking = [dialect for dialect, names in asked.items() if name not in names]
        if lacking and parameter.required:
            said = f"the {' and the '.join(lacking)} text has no {{{{{name}}}}}, which must be given."
            yield Problem(said, ("parameters", name))
        elif len(lacking) == len(asked):
            yield Problem(f"no text has {{{{{name}}}}}.", ("parameters", name))


def _wrong_holes(query: Query, dialect: str, text: str) -> Iterator[Problem]:
    known = {*query.parameters, *SPAN}
    found = {hole.name: hole for hole in reversed(holes(text))}
    for name, hole in found.items():
        if name not in known:
            yield Problem(f"{{{{{name}}}}} is no parameter.{_guess(name, query)}", (dialect,), hole.line - 1)
    for match in _NEARLY.finditer(text):
        if match[0] != f"{{{{{match[1]}}}}}" or match[1] not in found:
            yield Problem(f"{match[0]} is no hole: it is `{{{{name}}}}`.", (dialect,), _line(text, match))
    if dialect in dialects:
        yield from _wrong_places(dialects[dialect], text)


def _wrong_places(dialect: Dialect, text: str) -> Iterator[Problem]:
    for hole in dialect.holes_in_quotes(text):
        said = f"{{{{{hole.name}}}}} stands in quotes or a comment: a hole is a whole literal and has its own quotes."
        yield Problem(said, (dialect.name,), hole.line - 1)
    for hole in dialect.holes_that_touch(text):
        said = f"{{{{{hole.name}}}}} touches a word, a quote or another hole: a hole is a whole literal."
        yield Problem(said, (dialect.name,), hole.line - 1)
    for match in _BEFORE_END.finditer(text) if dialect.end_included else ():
        said = "`< {{end}}` loses the last instant: write `<= {{end}}`, or `between ({{start}} .. {{end}})`."
        yield Problem(said, (dialect.name,), _line(text, match))


def _line(text: str, match: re.Match[str]) -> int:
    return text.count("\n", 0, match.start())


def _guess(name: str, query: Query) -> str:
    close = get_close_matches(name, [*query.parameters, *SPAN], n=1, cutoff=0.5)
    return f" Did you mean {{{{{close[0]}}}}}?" if close else ""
