"""What names mean at some place of a query, and how to complain of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from huntbook.errors import KqlError
from huntbook.query.kql.catalogue import Catalogue, Tables
from huntbook.query.kql.plan import Column, Expr, Relation

if TYPE_CHECKING:
    from huntbook.query.kql import tree
Ask = Callable[[Relation], list[tuple[object, ...]]]  # the rows of a relation, for what depends on data


@dataclass(frozen=True)
class Closure:
    """A function of the query, and where it was written."""

    function: tree.Function
    scope: Scope


OF_PART = " value"  # the column of what a name means in a query for each value (`partition`)
NOW = " now"  # what the query itself says of the time


@dataclass
class Counter:
    """The number of the last column that was given none of a name: they count through the whole query."""

    last: int = 0


Meaning = Expr | Relation | Closure


@dataclass(frozen=True)
class Scope:
    """Where an expression or a pipe stands: the query's own names, the rows at hand, the tables of the connection."""

    text: str
    tables: Tables
    meanings: Mapping[str, Meaning] = field(default_factory=dict)
    columns: tuple[Column, ...] = ()
    sides: Mapping[str, tuple[Column, ...]] = field(default_factory=dict)  # of a join: `$left` and `$right`
    scanned: dict[str, Relation] = field(default_factory=dict)  # tables that were spoken of
    catalogue: Catalogue = field(default_factory=lambda: Catalogue({}))
    words: frozenset[str] = frozenset()  # of the whole query, names among them
    cautions: dict[str, None] = field(default_factory=dict)  # what whoever reads the answer has to know, each once
    lost: Mapping[str, int] = field(
        default_factory=dict
    )  # columns that were there before, and the line that left them out
    depth: int = 0
    unnamed: Counter = field(default_factory=Counter)
    ask: Ask | None = None  # the data, of what columns there are
    per: tuple[
        Column, ...
    ] = ()  # what tells the parts apart that each operator works on alone (`partition`, `mv-apply`)
    parts: Relation | None = None  # a row for each part, with the columns of `per`: some may have no rows

    def over(self, columns: Sequence[Column]) -> Scope:
        """The same place, over other rows."""
        return replace(self, columns=tuple(columns), sides={})

    def knowing(self, name: str, meaning: Meaning) -> Scope:
        """The same place, where a name means something more."""
        return replace(self, meanings={**self.meanings, name: meaning})

    def is_table(self, name: str) -> bool:
        """Whether a name is that of a table that the connection has, or that is known."""
        return name in self.tables or name in self.catalogue.known()

    def own_tables(self) -> list[str]:
        """The tables that `search`, `find` and patterns of names look into: no views, which would show rows twice."""
        return [name for name in self.tables if name not in self.catalogue.views]

    def column(self, name: str) -> Column | None:
        """The column of a name."""
        return next((column for column in self.columns if column.name == name), None)

    def error(self, message: str, node: tree.Node, *, hint: str = "") -> KqlError:
        """Say what is wrong with a part of the query, and where it stands."""
        start, end = node.span.start, node.span.end
        line = self.text.count("\n", 0, start) + 1
        column = start - (self.text.rfind("\n", 0, start) + 1) + 1
        near = self.text[start : min(end, start + 40)].partition("\n")[0]
        return KqlError(message, line=line, column=column, near=near, hint=hint)

    def unknown(self, what: str, name: tree.Name, known: Sequence[str]) -> KqlError:
        """Say that there is nothing of a name, and what was probably meant."""
        if re.search(rf"\blet\s+{re.escape(name.name)}\s*=", self.text[name.span.end :]):
            hint = f"{name.name!r} is defined only later: put its let before this."
        elif name.name in self.lost:
            hint = f"Line {self.lost[name.name]} leaves {name.name!r} out. There are: {_few(known)}"
        else:
            hint = meant(name.name, known)
        return self.error(f"There is no {what} {name.name!r} here.", name, hint=hint)


def meant(name: str, known: Sequence[str]) -> str:
    """What was probably meant by a name that nothing has, as a hint."""
    folded = {each.lower(): each for each in known}
    close = get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    if close:
        return f"Did you mean {folded[close[0]]!r}?"
    return f"There are: {few}" if (few := _few(known)) else ""


def _few(known: Sequence[str]) -> str:
    return f"{', '.join(list(known)[:30])}{' …' if len(known) > 30 else '.'}" if known else ""


Bound = Callable[["Scope", "tree.Node"], Expr]
