"""Expressions: values of one row, with their types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from huntbook.query.kql.functions._base import Entry
    from huntbook.query.kql.plan.relations import Relation
    from huntbook.query.kql.types import Value


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column of a relation; what an expression means by a name is this very object.

    `sparse` is a string that the engine may hold as null, which KQL does not know (it is empty); `fine` a datetime or timespan
    that may need the last of KQL's seven digits; `parsed` is what a dynamic is of, where it is another column's text as JSON.
    """

    name: str
    type: Type
    sparse: bool = False
    fine: bool = False
    parsed: Apply | None = None


# Expressions

APART = "\ufdd0"  # a character that no text has, and that is neither letter nor digit


@dataclass(frozen=True, slots=True)
class Ref:
    """The value of a column."""

    column: Column

    @property
    def type(self) -> Type:
        """The column's type."""
        return self.column.type

    @property
    def sparse(self) -> bool:
        """Whether the engine may hold it as null where it is an empty text."""
        return self.column.sparse

    @property
    def fine(self) -> bool:
        """Whether the last of seven digits may count."""
        return self.column.fine


@dataclass(frozen=True, slots=True)
class Const:
    """A constant."""

    type: Type
    value: Value

    @property
    def sparse(self) -> bool:
        """Whether the engine may hold it as null where it is an empty text."""
        return False

    @property
    def fine(self) -> bool:
        """Whether the last of seven digits may count."""
        return isinstance(self.value, int) and self.type in (Type.DATETIME, Type.TIMESPAN) and self.value % 10 != 0


@dataclass(frozen=True, slots=True)
class Apply:
    """A function or operator of the tables of functions, applied."""

    entry: Entry
    takes: tuple[str, ...]  # what it takes each argument as: a type, `ticks`, `any` …
    arguments: tuple[Expr, ...]
    type: Type
    fine: bool = False
    sparse: bool = False


@dataclass(frozen=True, slots=True)
class Op:
    """What every engine must know by itself: comparisons, arithmetic, logic, access to dynamics, conversions, `now`.

    A name is one of those in `duckdb/operations.py`. `texts` are several in one, with `APART` between them.
    """

    name: str
    arguments: tuple[Expr, ...]
    type: Type
    fine: bool = False
    sparse: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """Whether the first value is among others, or among the values of a relation's only column."""

    of: Expr
    items: tuple[Expr, ...] | Relation
    ignore_case: bool = False
    type: Type = Type.BOOL
    fine: bool = False
    sparse: bool = False


@dataclass(frozen=True, slots=True)
class Only:
    """The first value of a relation's first column: `toscalar`."""

    relation: Relation
    type: Type
    fine: bool = False
    sparse: bool = True


Expr = Ref | Const | Apply | Op | OneOf | Only
