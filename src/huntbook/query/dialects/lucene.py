"""Lucene: the query string of Elasticsearch and OpenSearch.

A string is a phrase in quotes, where only quotes and backslashes mean something; what stands without quotes has every special character
escaped. See org.apache.lucene.queryparser.classic. A list is written with OR between its values: `host:({{hosts}})`.
"""

from __future__ import annotations

import re
from typing import ClassVar

from huntbook.errors import ParameterError
from huntbook.query.dialects import _values
from huntbook.query.dialects._base import Dialect, iso

_IN_QUOTES = str.maketrans({"\\": "\\\\", '"': '\\"'})
_SPECIAL = re.compile(r'[+\-&|!(){}\[\]^"~?:\\/<>=\s]')
_WORDS = frozenset(("AND", "OR", "NOT", "TO"))


class Lucene(Dialect):
    """The query string syntax."""

    name = "lucene"
    separator = " OR "
    # An escaped character outside of quotes is one as well: what it escapes begins nothing.
    quoted: ClassVar[re.Pattern[str]] = re.compile(r'\\[\s\S]|"(?:[^"\\]|\\[\s\S])*+"?|/(?:[^/\\]|\\[\s\S])*+/?')

    def column(self, name: str) -> str:
        """Write a field's name; a `*` in it would stand for more than one field, and has no other spelling."""
        if not name or not name.isprintable() or "*" in name:
            raise ParameterError(f"{_values.shown(name)} is no name of a field.")
        return f"\\{name}" if name in _WORDS else _escaped(name)

    def _string(self, text: str) -> str:
        return f'"{text.translate(_IN_QUOTES)}"'

    def _moment(self, nanoseconds: int) -> str:
        return _escaped(iso(nanoseconds))  # without quotes: it may stand behind `>=`

    def _integer(self, number: int) -> str:
        return _escaped(super()._integer(number))

    def _real(self, number: float) -> str:
        return _escaped(super()._real(number))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)
