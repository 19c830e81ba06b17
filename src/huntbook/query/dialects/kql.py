"""KQL: Microsoft Sentinel, Defender, Azure Data Explorer, Azure Resource Graph, and huntbook's own evidence.

Strings: learn.microsoft.com/kusto/query/scalar-data-types/string, names: …/kusto/query/schema-entities/entity-names.
"""

from __future__ import annotations

import re
from typing import ClassVar

from huntbook.errors import ParameterError
from huntbook.query.dialects import _values
from huntbook.query.dialects._base import Dialect, iso
from huntbook.query.kql.parse.times import timespan_text
from huntbook.query.kql.shape import needs_all
from huntbook.query.kql.tokens import WORDS

_TICK = 100  # nanoseconds
# What ends a literal or a line, what a terminal or a page would act on, and what turns the direction of text around.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_NAMED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SPELLED = re.compile(rf'[\\"]|{_UNSEEN.pattern}')
_PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_LONGEST_NAME = 1024


class Kql(Dialect):
    """Kusto Query Language."""

    name = "kql"
    end_included = True  # `between (a .. b)` includes b
    empty_list = "dynamic([])"
    quoted: ClassVar[re.Pattern[str]] = re.compile(
        r"""(?s://[^\r\n]*+
        | (?:```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z))
        | @"(?:[^"\r\n]|"")*+"? | @'(?:[^'\r\n]|'')*+'?
        | "(?:[^"\\\r\n]|\\[^\r\n])*+"? | '(?:[^'\\\r\n]|\\[^\r\n])*+'?
        | (?<!\w)(?:bool|date|datetime|decimal|double|guid|int|int32|int64|long|real|time|timespan)\([^)\r\n]*+\)?)""",
        re.VERBOSE | re.ASCII,
    )

    def end(self, moment: object) -> str:
        """Write the last tick before a moment: KQL's ranges include their end, and its times count 100 nanoseconds."""
        return self._moment((_values.moment(moment) - 1) // _TICK * _TICK)

    def column(self, name: str) -> str:
        """Write a column's name, in brackets if it is no plain one or a keyword."""
        if not name or len(name) > _LONGEST_NAME or _UNSEEN.search(name):
            raise ParameterError(f"{_values.shown(name)} is no name of a column.")
        if _PLAIN.fullmatch(name) and name not in WORDS and name.lower() not in {"true", "false"}:
            return name
        return f"[{self._string(name)}]"

    def needs_all(self, text: str) -> str | None:
        """The operator that has to see all rows at once."""
        return needs_all(text)

    def _string(self, text: str) -> str:
        return f'"{_SPELLED.sub(_escaped, text)}"'

    def _moment(self, nanoseconds: int) -> str:
        if nanoseconds % _TICK:
            self._has_no("time that is finer than 100 nanoseconds", "Round it.")
        return f"datetime({iso(nanoseconds)})"

    def _duration(self, nanoseconds: int) -> str:
        if nanoseconds % _TICK:
            self._has_no("timespan that is finer than 100 nanoseconds", "Round it.")
        return f"timespan({timespan_text(nanoseconds // _TICK)})"

    def _integer(self, number: int) -> str:
        written = super()._integer(number)
        return f"long({written})" if number < 0 else written

    def _real(self, number: float) -> str:
        return f"real({number!r})"


def _escaped(found: re.Match[str]) -> str:
    return _NAMED.get(found[0]) or f"\\u{ord(found[0]):04x}"
