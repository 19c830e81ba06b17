"""SQL as the standard has it, and as DuckDB, PostgreSQL, SQLite and Trino read it.

Not for MySQL, BigQuery and Databricks: there a backslash in a string escapes, unless the server is told to keep to the standard.
"""

from __future__ import annotations

import re
from typing import ClassVar

from huntbook.core import sql
from huntbook.errors import ParameterError
from huntbook.query.dialects import _values
from huntbook.query.dialects._base import Dialect, decimals, iso
from huntbook.query.dialects._sql_rows import needs_all

_SECOND, _MICROSECOND = 1_000_000_000, 1000


class Sql(Dialect):
    """Structured Query Language."""

    name = "sql"
    quoted: ClassVar[re.Pattern[str]] = re.compile(
        r"""'(?:[^']|'')*+'? | "(?:[^"]|"")*+"? | --[^\r\n]*+
        | /\*(?:/\*[\s\S]*?(?:\*/|\Z)|[\s\S])*?(?:\*/|\Z)
        | \$(\w*)\$[\s\S]*?(?:\$\1\$|\Z)""",
        re.VERBOSE | re.ASCII,
    )

    def needs_all(self, text: str) -> str | None:
        """What is not certain to look at one row at a time: aggregates, DISTINCT, LIMIT, joins, functions that are not known here."""
        return needs_all(text, self.quoted)

    def column(self, name: str) -> str:
        """Write a column's name, always in quotes."""
        if not name or not name.isprintable():
            raise ParameterError(f"{_values.shown(name)} is no name of a column.")
        return sql.name(name)

    def _string(self, text: str) -> str:
        if "\x00" in text:
            self._has_no("string with a NUL in it")
        return sql.text(text)

    def _moment(self, nanoseconds: int) -> str:
        self._whole(nanoseconds, "time")
        return f"TIMESTAMP '{iso(nanoseconds, separator=' ', zone='+00:00')}'"

    def _duration(self, nanoseconds: int) -> str:
        self._whole(nanoseconds, "timespan")
        return f"INTERVAL '{decimals(nanoseconds, _SECOND)}' SECOND"

    def _whole(self, nanoseconds: int, what: str) -> None:
        if nanoseconds % _MICROSECOND:
            self._has_no(f"{what} that is finer than a microsecond", "Round it.")

    def _integer(self, number: int) -> str:
        return _in_brackets(super()._integer(number))

    def _real(self, number: float) -> str:
        return _in_brackets(super()._real(number))


def _in_brackets(number: str) -> str:
    """Behind a minus, another one would begin a comment."""
    return f"({number})" if number.startswith("-") else number
