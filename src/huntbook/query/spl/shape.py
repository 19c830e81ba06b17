"""What can be told of a search without running it: whether its answer can be put together of parts."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from huntbook.errors import SplError
from huntbook.query.spl import parse_spl
from huntbook.query.spl.tree import (
    Both,
    Command,
    Comparison,
    Either,
    Macro,
    Negated,
    Option,
    Other,
    Pipeline,
    Search,
    Sort,
    Span,
    Stats,
    Subsearch,
    Term,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# Commands that look at one row at a time, so that the rows of two spans of time are the answers to both, one after the other.
_ROW_BY_ROW = frozenset(
    """
    addinfo convert erex eval extract fieldformat fields foreach fromjson highlight iplocation kv lookup makejson makemv multikv mvexpand
    nomv rangemap regex reltime rename replace rex scrub search setfields spath strcat table tags tojson typer where xmlkv xmlunescape xpath
    """.split()  # noqa: SIM905 - words are read more easily than a list of strings
)
_TIMES = frozenset(
    ("earliest", "latest", "starttime", "endtime", "startdaysago", "enddaysago", "daysago", "hoursago", "minutesago")
)
_BINS = ("bin", "bucket", "discretize")


@lru_cache(maxsize=64)
def needs_all(text: str) -> str | None:
    """What in a search has to see all rows at once; None if its answer about two spans of time is that about each, joined.

    A subsearch is, since it sees the same span as the search around it, and a macro may be anything. So is `sort`, which gives 10,000 rows
    unless it is told `sort 0`.

    Example:
        >>> needs_all("index=main | where x > 1 | stats count by y")
        'stats'
        >>> needs_all("index=main | where x > 1 | table x") is None
        True
    """
    try:
        pipeline = parse_spl(text)
    except (SplError, RecursionError):
        return "a query that cannot be read here"
    return next(_whole(pipeline), None)


@lru_cache(maxsize=64)
def own_time(text: str) -> str | None:
    """The term by which a search says itself of which time it is, which goes before the time that it is asked of; None if it does not.

    Example:
        >>> own_time("index=main earliest=-1h | stats count")
        'earliest=-1h'
    """
    try:
        first = parse_spl(text).commands[0]
    except (SplError, RecursionError):
        return None
    terms = first.terms if isinstance(first, Search) else first.where if isinstance(first, Stats) else None
    for term in comparisons(terms):
        if term.field.lower() in _TIMES:
            return text[term.span.start : term.span.end]
    return None


def comparisons(terms: Term | None) -> Iterator[Comparison]:
    """The comparisons of a search, however they are combined; not those of its subsearches."""
    left: list[Term | None] = [terms]
    while left:
        term = left.pop()
        if isinstance(term, Comparison):
            yield term
        elif isinstance(term, (Both, Either)):
            left.extend(reversed(term.parts))
        elif isinstance(term, Negated):
            left.append(term.part)


def _whole(pipeline: Pipeline) -> Iterator[str]:
    for number, command in enumerate(pipeline.commands):
        if (number == 0 and not isinstance(command, Search)) or not _by_row(command):
            yield command.name or "a macro"
        elif command.name == "foreach" and isinstance(command, Other):
            inner = [each.pipeline for each in command.arguments if isinstance(each, Subsearch)]
            yield from (step.name for each in inner for step in each.commands if step.name not in _ROW_BY_ROW)
        else:
            yield from _within(command)


def _by_row(command: Command) -> bool:
    if isinstance(command, Sort):
        return command.count == 0
    if command.name in _BINS and isinstance(command, Other):
        return any(isinstance(each, Option) and each.name.lower() == "span" for each in command.arguments)
    return command.name in _ROW_BY_ROW


def _within(command: Command) -> Iterator[str]:
    """Subsearches and macros among what a command is told; without recursion, since queries come from outside."""
    left: list[object] = [command]
    while left:
        each = left.pop()
        if isinstance(each, (Subsearch, Macro)):
            yield "a subsearch" if isinstance(each, Subsearch) else "a macro"
        elif isinstance(each, tuple):
            left.extend(each)
        elif is_dataclass(each) and not isinstance(each, (type, Span)):
            left.extend(getattr(each, field.name) for field in fields(each))
