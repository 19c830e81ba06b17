"""SPL: Splunk's Search Processing Language.

A string stands in double quotes, where a backslash and a quote are escaped and nothing else is: pipes, brackets and macros in quotes are text
(help.splunk.com: search manual, "Backslashes" and "Anatomy of a search"; knowledge manager manual, "Use search macros in searches").
An asterisk is another matter: it is a wildcard in every search term, in quotes too, and has no escape. In `where` and `eval` it is a plain
character. So a value with an asterisk is written there, and refused elsewhere.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from huntbook.errors import ParameterError
from huntbook.query.dialects import _values
from huntbook.query.dialects._base import Dialect, decimals, gluing
from huntbook.query.parameters import Kind
from huntbook.query.spl.shape import needs_all, own_time
from huntbook.query.template import HOLE

if TYPE_CHECKING:
    from huntbook.query.parameters import Value
    from huntbook.query.template import Hole

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"'})
_PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_WORDS = frozenset(
    ("AND", "OR", "NOT", "XOR", "IN", "AS", "BY", "TRUE", "FALSE", "NULL")
)  # which a command may take for its own
_SECOND, _MILLISECOND, _MICROSECOND = 1_000_000_000, 1_000_000, 1000
_LITERAL = frozenset(("where", "eval", "fieldformat"))  # commands to which an asterisk in quotes is an asterisk
_HIDDEN = (
    r"""\\[\s\S] | ```[\s\S]*?(?:```|\Z) | `[^`]*+`? | "(?:[^"\\]|\\[\s\S])*+"?"""  # escapes, comments, macros, strings
)
# What begins a command or a subsearch and what ends one, holes, and whatever may hide these.
_BORDER = re.compile(rf"{_HIDDEN} | (?P<border>[|\[\]])\s*+(?P<command>\w*+) | {HOLE.pattern}", re.VERBOSE | re.ASCII)


class Spl(Dialect):
    """Search Processing Language."""

    name = "spl"
    empty_list = '""'  # SPL has no empty list; an empty text equals no value that an event has
    glued = gluing(before="*", behind="*")
    # The argument of searchmatch() is a search of its own, so a value is not safe in it.
    quoted: ClassVar[re.Pattern[str]] = re.compile(rf"{_HIDDEN} | \bsearchmatch\s*\([^)]*+\)?", re.VERBOSE)

    def literal(self, value: object, kind: Kind = Kind.STRING, *, of: Kind = Kind.STRING) -> str:
        """Write a value that may stand in a search term: without an asterisk, which would be a wildcard there.

        Raises:
            ParameterError: the value is none of its kind, or cannot be written.
        """
        written = super().literal(value, kind, of=of)
        if "*" in written and kind is not Kind.CLAUSE:
            raise ParameterError(
                f"{_values.shown(value)} holds an asterisk, which is a wildcard in a search of Splunk and cannot be escaped.",
                hint="Compare in `| where field={{name}}`, where it is an asterisk; write a wildcard into the query's text.",
            )
        return written

    def fill(self, value: Value, text: str, hole: Hole) -> str:
        """Write what stands in this hole: in `where` and `eval`, with asterisks too."""
        if hole.offset in _literal_places(text):
            return super().literal(value.value, value.kind, of=value.of)
        return self.write(value)

    def needs_all(self, text: str) -> str | None:
        """The command that has to see all rows at once."""
        return needs_all(text)

    def own_time(self, text: str) -> str | None:
        """The term that goes before the job's time, such as `earliest=-1h`."""
        return own_time(text)

    def column(self, name: str) -> str:
        """Write a field's name; only a plain one means the same in every command, so no other is written."""
        if not _PLAIN.fullmatch(name) or name.upper() in _WORDS:
            raise ParameterError(
                f"{_values.shown(name)} is no plain name of a field.",
                hint="What quotes a field needs differs by command: write it into the query's text.",
            )
        return name

    def _string(self, text: str) -> str:
        if "\x00" in text:
            self._has_no("string with a NUL in it")
        return f'"{text.translate(_ESCAPES)}"'

    def _moment(self, nanoseconds: int) -> str:
        """Seconds since 1970, which is what `_time` holds and `earliest=` takes."""
        return decimals(nanoseconds, _SECOND)

    def _duration(self, nanoseconds: int) -> str:
        """As `span=` takes it."""
        for unit, size in (("s", _SECOND), ("ms", _MILLISECOND), ("us", _MICROSECOND)):
            if nanoseconds % size == 0:
                return f"{nanoseconds // size}{unit}"
        return self._has_no("timespan that is finer than a microsecond", "Round it.")

    def _boolean(self, value: bool) -> str:
        """As an event's field holds it: a word alone would be a field in `where`."""
        return '"true"' if value else '"false"'


@lru_cache(maxsize=64)
def _literal_places(text: str) -> frozenset[int]:
    """The holes of a query to which an asterisk is an asterisk. A subsearch in brackets has a command of its own."""
    within, found = ["search"], set()
    for match in _BORDER.finditer(text):
        if match["border"] == "]":
            within = within[:-1] or within
        elif match["border"]:
            if match["border"] == "[":
                within.append("search")
            within[-1] = match["command"].lower() or "search"
        elif match.lastindex and within[-1] in _LITERAL:
            found.add(match.start())
    return frozenset(found)
