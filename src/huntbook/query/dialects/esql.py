"""ES|QL: Elasticsearch's piped language.

What ends a string, a name and a comment is in its grammar, github.com/elastic/elasticsearch, x-pack/plugin/esql/src/main/antlr. Times and
addresses are written as strings: a comparison with a column of dates or of addresses reads them as such.
"""

from __future__ import annotations

import re
from typing import ClassVar

from huntbook.errors import ParameterError
from huntbook.query.dialects import _values
from huntbook.query.dialects._base import Dialect, iso

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_PLAIN = re.compile(r"[A-Za-z@_]\w*(?:\.[A-Za-z@_]\w*)*", re.ASCII)
_SECOND, _MILLISECOND = 1_000_000_000, 1_000_000
_KEYWORDS = frozenset(
    """
    and as asc by desc dissect drop enrich eval explain false first fork from fuse grok in inline inlinestats is join keep last like limit
    lookup metadata mv_expand not null nulls on or rename rlike row sample show sort stats true ts where with
    """.split()  # noqa: SIM905 - a list of words is read more easily than a list of strings
)

_COMMAND = re.compile(r"\|\s*+(\w*+)")
_OF_STORED_ROWS = frozenset(("from", "ts"))
_ROW_BY_ROW = frozenset(("dissect", "drop", "enrich", "eval", "grok", "keep", "mv_expand", "rename", "sort", "where"))


class Esql(Dialect):
    """Elasticsearch Query Language."""

    name = "esql"
    quoted: ClassVar[re.Pattern[str]] = re.compile(
        r'"""[\s\S]*?(?:"""|\Z)|"(?:[^"\\\r\n]|\\[^\r\n])*+"?|`(?:[^`]|``)*+`?|//[^\r\n]*+|/\*[\s\S]*?(?:\*/|\Z)'
    )

    def needs_all(self, text: str) -> str | None:
        """The command that has to see all rows at once, or makes its own; `sort` has not, since the rows are the same ones."""
        source, *commands = [str(found).lower() for found in _COMMAND.findall("|" + self.quoted.sub(" ", text))]
        if source not in _OF_STORED_ROWS:
            return source
        return next((command for command in commands if command not in _ROW_BY_ROW), None)

    def column(self, name: str) -> str:
        """Write a column's name, in backquotes if it is no plain one or a keyword."""
        if not name or not name.isprintable():
            raise ParameterError(f"{_values.shown(name)} is no name of a column.")
        if _PLAIN.fullmatch(name) and not _KEYWORDS & set(name.lower().split(".")):
            return name
        return f"`{name.replace('`', '``')}`"

    def _string(self, text: str) -> str:
        return f'"{text.translate(_ESCAPES)}"'

    def _moment(self, nanoseconds: int) -> str:
        return f'"{iso(nanoseconds)}"'

    def _duration(self, nanoseconds: int) -> str:
        if nanoseconds % _MILLISECOND:
            self._has_no("timespan that is finer than a millisecond", "Round it.")
        if nanoseconds % _SECOND:
            return f"{nanoseconds // _MILLISECOND} milliseconds"
        return f"{nanoseconds // _SECOND} seconds"
