"""Regular expressions of SPL, which are PCRE's, by an engine that takes time in proportion to the text, whatever the pattern.

The engine is that of Polars. What only backtracking can do - references back, looking around, atomic groups, possessive repeats - is
refused; where the same signs mean different things to the two, the pattern is spelled anew.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from huntbook.testing.spl._values import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NAMED: Final = re.compile(r"\(\?P?<([A-Za-z_]\w*)>")
_OUTSIDE: Final = re.compile(
    r"(?P<escape>\\[xpP]\{[^}]*\}|\\[\s\S])|(?P<count>\{\d+(?:,\d*)?\})|(?P<brace>\{)|(?P<end>\$)|(?P<class>\[\^?\]?)"
    r"|(?P<repeat>[*+?])|[\s\S]"
)
_INSIDE: Final = re.compile(r"(?P<whole>\\[\s\S]|\[:\^?\w+:\])|(?P<close>\])|(?P<sign>[\[&~]|-(?=-))|[\s\S]")
_LAST: Final = r"(?:\n?\z)"  # the end, or before the line break there
_ESCAPES: Final = {r"\<": "<", r"\>": ">", r"\Z": _LAST, r"\h": r"[ \t]", r"\R": r"(?:\r\n|\n|\r)"}
_GROUP: Final = re.compile(r"\\(\d)")
_LINES: Final = re.compile(r"\(\?[a-z]*m")  # where an end is that of a line
_PRIVATE: Final = range(0xE000, 0xF8FF)


def names(pattern: str) -> list[str]:
    """The names of a pattern's groups."""
    return _NAMED.findall(pattern)


def found(pattern: str, text: str) -> bool:
    """Whether a pattern is found in a text.

    Raises:
        Refused: it is no pattern, or one that cannot be run here.
    """
    return bool(_run(pattern, pl.Series([text]).str.contains))


def groups(pattern: str, text: str) -> Mapping[str, str | None]:
    """What the named groups of the first place hold; None where it is not found.

    Raises:
        Refused: as `found` does.
    """
    held: Mapping[str, str | None] = _run(pattern, pl.Series([text]).str.extract_groups)
    return {name: held[name] for name in names(pattern)}


def all_groups(pattern: str, text: str) -> list[Mapping[str, str | None]]:
    """What the named groups of every place hold.

    Raises:
        Refused: as `found` does.
    """
    begin, between, end = islice((chr(each) for each in _PRIVATE if chr(each) not in text), 3)
    known = names(pattern)
    shown = begin + between.join(f"${{{name}}}" for name in known) + end
    marked = str(_run(pattern, lambda spelled: pl.Series([text]).str.replace_all(spelled, shown)))
    places = [piece.partition(end)[0] for piece in marked.split(begin)[1:]]
    return [dict(zip(known, place.split(between), strict=True)) for place in places]


def replaced(pattern: str, text: str, by: str, *, once: bool = False) -> str:
    r"""A text in which something stands for what is found; `\1` in it is a group.

    Raises:
        Refused: as `found` does.
    """
    shown = _GROUP.sub(r"${\1}", by.replace("$", "$$"))
    if once:
        return str(_run(pattern, lambda spelled: pl.Series([text]).str.replace(spelled, shown)))
    return str(_run(pattern, lambda spelled: pl.Series([text]).str.replace_all(spelled, shown)))


def _run(pattern: str, work: Callable[[str], pl.Series]) -> Any:
    try:
        return work(_spelled(pattern)).item()
    except pl.exceptions.ComputeError as error:
        raise Refused(
            f"Error in regex: '{pattern}' is no pattern, or needs to go back in the text, which this fake service does not do."
        ) from error


@lru_cache(maxsize=256)
def _spelled(pattern: str) -> str:
    """A pattern of PCRE as the engine takes it."""
    made: list[str] = []
    inside, repeated, position = False, False, 0
    lines = _LINES.search(pattern) is not None
    while position < len(pattern):
        piece = (_INSIDE if inside else _OUTSIDE).match(pattern, position)
        if piece is None:
            break
        kind, text, position = piece.lastgroup, piece[0], piece.end()
        if kind == "repeat" and text == "+" and repeated:
            raise Refused(f"Error in regex: '{pattern}' has a possessive repeat, which this fake service does not run.")
        repeated = kind in ("repeat", "count") and not (repeated and text == "?")
        inside = kind == "class" or (inside and kind != "close")
        made.append(_piece(kind, text, lines=lines))
    return "".join(made)


def _piece(kind: str | None, text: str, *, lines: bool) -> str:
    if kind == "escape":
        return _ESCAPES.get(text, text)
    if kind == "end":
        return text if lines else _LAST
    return rf"\{text}" if kind in ("brace", "sign") else text
