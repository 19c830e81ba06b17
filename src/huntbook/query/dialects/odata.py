"""OData: Microsoft Graph and what else is asked by URL.

The text of a query is the part of a URL, so what is written here is percent-encoded: a value's `&`, `#`, `+` or `%` would otherwise end the
parameter or become another character. Literals: docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html, 5.1.1.
A guid is written as a string, which is what the ids of Microsoft Graph are.
"""

from __future__ import annotations

import re
from typing import ClassVar
from urllib.parse import quote

from huntbook.errors import ParameterError
from huntbook.query.dialects import _values
from huntbook.query.dialects._base import Dialect, decimals, iso

_PATH = re.compile(r"[A-Za-z_]\w{0,127}(?:/[A-Za-z_]\w{0,127})*", re.ASCII)
_WORDS = frozenset(("and", "or", "not", "eq", "ne", "gt", "ge", "lt", "le", "in", "has", "null", "true", "false"))
_COUNTING = re.compile(r"[?&](\$(?:apply|skip))=")
_SECOND = 1_000_000_000


class Odata(Dialect):
    """The filter language of OData 4."""

    name = "odata"
    longest = 8000  # what every server takes of a request line: RFC 9112, 3
    quoted: ClassVar[re.Pattern[str]] = re.compile(r"(?:'|%27)[\s\S]*?(?:'|%27|\Z)")

    def needs_all(self, text: str) -> str | None:
        """The option that counts over all rows. `$top` is none: it is the size of a page."""
        found = _COUNTING.search(text)
        return found[1] if found else None

    def column(self, name: str) -> str:
        """Write a property's name, or a path of them: `user/id`. There are no quotes for names."""
        if not _PATH.fullmatch(name) or name in _WORDS:
            raise ParameterError(f"{_values.shown(name)} is no name of a property.")
        return name

    def _string(self, text: str) -> str:
        if "\x00" in text:
            self._has_no("string with a NUL in it")
        doubled = text.replace("'", "''")
        return "'" + quote(doubled, safe="'@:") + "'"

    def _moment(self, nanoseconds: int) -> str:
        return iso(nanoseconds)

    def _duration(self, nanoseconds: int) -> str:
        seconds = decimals(abs(nanoseconds), _SECOND)
        return f"duration'{'-' if nanoseconds < 0 else ''}PT{seconds}S'"
