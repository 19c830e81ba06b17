"""Expressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from huntbook.query.kql.tree.base import Node

if TYPE_CHECKING:
    from huntbook.query.kql.tree.sources import Argument
    from huntbook.query.kql.types import Type, Value


@dataclass(frozen=True)
class Name(Node):
    """A name, as it is meant: without the brackets and quotes of `['a name']`."""

    name: str


@dataclass(frozen=True)
class Pattern(Node):
    """A name with `*` in it, of columns or tables; `of` is the database, where one is named."""

    pattern: str
    of: Expression | None = None


@dataclass(frozen=True)
class Star(Node):
    """`*` alone."""


@dataclass(frozen=True)
class Literal(Node):
    """A constant; `None` is the null of its type. What `dynamic(…)` holds is kept as JSON text."""

    type: Type
    value: Value


@dataclass(frozen=True)
class Member(Node):
    """`of.name`."""

    of: Expression
    name: Name


@dataclass(frozen=True)
class Index(Node):
    """`of[index]`."""

    of: Expression
    index: Expression


@dataclass(frozen=True)
class Call(Node):
    """`name(arguments)`; `Named` arguments are given by name. `of` is what stands before the point of `of.name(arguments)`."""

    name: Name
    arguments: tuple[Argument, ...]
    of: Expression | None = None


@dataclass(frozen=True)
class Unary(Node):
    """`-of` or `+of`."""

    operator: str
    of: Expression


@dataclass(frozen=True)
class Binary(Node):
    """`left operator right`: arithmetic, comparisons, `and`, `or`, and string operators (`has`, `!startswith_cs`, `matches regex`)."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class In(Node):
    """`of operator (items)`: `in`, `!in`, `in~`, `!in~`, `has_any`, `has_all`; an item may be a pipe."""

    operator: str
    of: Expression
    items: tuple[Argument, ...]


@dataclass(frozen=True)
class Between(Node):
    """`of between (low .. high)`; the operator is `between` or `!between`."""

    operator: str
    of: Expression
    low: Expression
    high: Expression


@dataclass(frozen=True)
class Named(Node):
    """`name = value`; `(a, b) = value` has several names."""

    names: tuple[Name, ...]
    value: Argument


@dataclass(frozen=True)
class TypeLiteral(Node):
    """`typeof(long)`; of a row, `typeof(a:long, b:string)` or `typeof(*)`, see `Schema`."""

    type: Type


@dataclass(frozen=True)
class Schema(Node):
    """`(a:long, b:string)`; `*` for what else there is."""

    columns: tuple[tuple[Name, Type], ...]
    open: bool = False


Expression = (
    Name | Pattern | Star | Literal | Member | Index | Call | Unary | Binary | In | Between | TypeLiteral | Schema
)
