"""From the text of a query to its tree: a parser written by hand, so that every error says what is wrong and where.

Each class adds its part to the one before: a cursor over tokens, constants and names, expressions, sources, operators by kind,
statements. It accepts what Microsoft's own parser accepts; where that takes what cannot mean anything, it says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql.parse.cursor import DEPTH
from huntbook.query.kql.parse.statements import Parser

if TYPE_CHECKING:
    from huntbook.query.kql import tree

__all__ = ["parse"]


def parse(text: str) -> tree.Query:
    """Read a query.

    Raises:
        KqlError: it is no KQL, or a management command; line, column and the text there are in the error.
    """
    parser = Parser(text)
    try:
        return parser.query()
    except RecursionError:
        raise parser.error(
            f"Nested too deeply; {DEPTH} levels are the most, fewer where the caller is deep itself"
        ) from None
