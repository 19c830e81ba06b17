"""A query's text with holes, and what stands in them: `where Computer has {{host}}`.

A hole is `{{name}}`, carries no quotes of its own, and is filled with one literal of the dialect, whatever the value holds. What a value
holds is never read as a hole again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from huntbook.errors import ParameterError
from huntbook.query.options import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from huntbook.query.dialects._base import Dialect
    from huntbook.query.parameters import Value

HOLE = re.compile(r"\{\{([A-Za-z_]\w*+)\}\}", re.ASCII)


@dataclass(frozen=True)
class Hole:
    """Where a value goes: `offset` is that of its first brace, `line` counts from 1."""

    name: str
    offset: int
    line: int

    def __str__(self) -> str:
        return f"{{{{{self.name}}}}} in line {self.line}"


def holes(text: str) -> list[Hole]:
    """Find the holes of a text, in their order; a name that stands twice is there twice.

    Example:
        >>> [hole.name for hole in holes("T | where Computer has {{host}} | take {{limit}}")]
        ['host', 'limit']
    """
    found: list[Hole] = []
    line, counted = 1, 0
    for match in HOLE.finditer(text):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        found.append(Hole(match[1], match.start(), line))
    return found


def render(text: str, values: Mapping[str, Value], dialect: Dialect) -> str:
    """Fill every hole of a text with its value, as a literal of the dialect.

    Values that no hole asks for are left alone: see `check_names`. So are holes inside quotes and comments that no value is given for: they
    are text.

    Raises:
        ParameterError: a hole has no value or stands where a literal cannot be, or a value cannot be written in this dialect.
    """
    dialect.check_holes(text, values)
    quoted = {hole.offset for hole in dialect.holes_in_quotes(text)}
    pieces: list[str] = []
    end = 0
    for hole in (hole for hole in holes(text) if hole.offset not in quoted):
        pieces += (text[end : hole.offset], _filled(hole, text, values, dialect))
        end = hole.offset + len(hole.name) + 4
    return "".join((*pieces, text[end:]))


def _filled(hole: Hole, text: str, values: Mapping[str, Value], dialect: Dialect) -> str:
    if hole.name not in values:
        raise ParameterError(f"{hole} has no value.", hint=_guess(hole.name, values))
    try:
        return dialect.fill(values[hole.name], text, hole)
    except ParameterError as error:
        raise ParameterError(f"{hole.name}: {error.message}", hint=error.hint) from error


def check_names(text: str, names: Iterable[str]) -> None:
    """Refuse names that no hole of the text asks for.

    Raises:
        ParameterError: naming the first of them, and the hole that was probably meant.
    """
    known = list(dict.fromkeys(hole.name for hole in holes(text)))
    for name in names:
        if name not in known:
            raise ParameterError(f"The query has no {{{{{name}}}}}.", hint=_meant(name, known, text))


def _meant(name: str, known: Sequence[str], text: str) -> str:
    """What was probably meant: a hole, or an option that every question takes."""
    if re.search(rf"\{{\{{\s++{re.escape(name)}\s*\}}\}}|\{{\{{{re.escape(name)}\s++\}}\}}", text):
        return f"Write {{{{{name}}}}} without spaces."
    if name in OPTIONS:
        return f"There is no {name!r} in this way of asking either."
    if get_close_matches(name, [*known, *OPTIONS], n=1, cutoff=0.5):
        return _guess(name, [*known, *OPTIONS])
    return f"{_guess(name, known)} Options are {', '.join(OPTIONS)}."


def _guess(name: str, names: Iterable[str]) -> str:
    known = sorted(names)
    if close := get_close_matches(name, known, n=1, cutoff=0.5):
        return f"Did you mean {close[0]!r}?"
    return f"There are: {', '.join(known) or 'none'}."
