"""What a connection has that a query may name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.parse import parse

if TYPE_CHECKING:
    from huntbook.query.kql.types import Type

Tables = Mapping[str, Mapping[str, "Type"]]  # table → its columns, in order, and their types


@dataclass(frozen=True)
class Functions:
    """Functions that are stored with a connection, as the `let` statements of a text."""

    text: str = ""
    also: Mapping[str, str] = field(default_factory=dict)  # another name → the name in the text

    def get(self, name: str) -> tree.Function | None:
        """The function of a name, if there is one."""
        return _read(self.text).get(self.also.get(name, name)) if self.text else None

    def names(self) -> list[str]:
        """All names that can be called."""
        return [*_read(self.text), *self.also] if self.text else []


@dataclass(frozen=True)
class Catalogue:
    """The tables of a connection, those that are known and not there, and the functions that are stored with it."""

    tables: Tables
    known: Callable[[], Tables] = dict  # asked only where a query names what is not there
    functions: Functions = field(default_factory=Functions)
    views: frozenset[str] = (
        frozenset()
    )  # of the tables, those that show rows of others again: asked by their names alone
    span: tuple[int, int] | None = (
        None  # of the tables' rows, those from a time up to another are there: microseconds since 1970
    )


@cache
def _read(text: str) -> Mapping[str, tree.Function]:
    """The functions of a text.

    Raises:
        KqlError: if it is no KQL.
    """
    query = parse(f"{text}\nprint 0")
    return {each.name.name: each.function for each in query.statements if isinstance(each, tree.LetFunction)}
