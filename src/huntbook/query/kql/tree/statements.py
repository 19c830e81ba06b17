"""Statements, and the query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from huntbook.query.kql.tree.base import Node

if TYPE_CHECKING:
    from huntbook.query.kql.tree.sources import Argument, Option
    from huntbook.query.kql.tree.values import Expression, Name, Schema
    from huntbook.query.kql.types import Type


@dataclass(frozen=True)
class Parameter:
    """A parameter of a function: a scalar with its type and perhaps a default, or a table with its columns."""

    name: Name
    type: Type | Schema
    default: Expression | None = None


@dataclass(frozen=True)
class Let(Node):
    """`let name = value`."""

    name: Name
    value: Argument


@dataclass(frozen=True)
class Function(Node):
    """`(parameters) { statements; body }`, as the value of a `let`; `view () {…}` is a view."""

    parameters: tuple[Parameter, ...]
    body: Query
    view: bool = False


@dataclass(frozen=True)
class LetFunction(Node):
    """`let name = (parameters) { … }`."""

    name: Name
    function: Function


@dataclass(frozen=True)
class Declare(Node):
    """`declare query_parameters (name:type = default, …)`."""

    parameters: tuple[Parameter, ...]


@dataclass(frozen=True)
class Set(Node):
    """`set option` or `set option = value`."""

    option: Option


@dataclass(frozen=True)
class OtherStatement(Node):
    """`declare pattern`, `alias database`, `restrict access to`: understood, and refused when it is bound."""

    keyword: str


@dataclass(frozen=True)
class Query(Node):
    """Statements, and the pipe or expression that is asked; a function's body may be a scalar. A batch asks `more`, in order."""

    statements: tuple[Statement, ...]
    body: Argument
    more: tuple[Argument, ...] = ()


Statement = Let | LetFunction | Declare | Set | OtherStatement
