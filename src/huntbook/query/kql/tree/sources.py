"""What a pipe begins with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from huntbook.query.kql.tree.base import Node
from huntbook.query.kql.tree.values import Call, Expression, Member, Name, Named, Pattern

if TYPE_CHECKING:
    from huntbook.query.kql.tree.operators import Operator
    from huntbook.query.kql.tree.values import Schema
    from huntbook.query.kql.types import Type


@dataclass(frozen=True)
class Pipe(Node):
    """A source and what is done to its rows, in order. In brackets, it may stand wherever a source may."""

    source: Source
    operators: tuple[Operator, ...]


@dataclass(frozen=True)
class Datatable(Node):
    """`datatable(a:long, …) [values]`, row by row."""

    schema: Schema
    values: tuple[Expression, ...]


@dataclass(frozen=True)
class ExternalData(Node):
    """`externaldata(…) [addresses] with (…)`."""

    schema: Schema
    addresses: tuple[Expression, ...]
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Print(Node):
    """`print a = 1, 2`."""

    columns: tuple[Argument, ...]


@dataclass(frozen=True)
class Range(Node):
    """`range x from start to stop step by`."""

    name: Name
    start: Expression
    stop: Expression
    step: Expression


@dataclass(frozen=True)
class Union(Node):
    """`union`, after a pipe or at its beginning; tables may be patterns."""

    tables: tuple[Pipe | Pattern, ...]
    kind: str = "outer"
    source: Name | None = None  # withsource
    fuzzy: bool = False
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Search(Node):
    """`search`, after a pipe or at its beginning; in the predicate, a string alone means any column that has it."""

    predicate: Expression
    kind: str = "case_insensitive"
    tables: tuple[Name | Pattern, ...] = ()


@dataclass(frozen=True)
class Find(Node):
    """`find withsource=… in (tables) where predicate project …`; `project` is `None` for `project-smart`."""

    predicate: Expression
    tables: tuple[Pipe | Pattern, ...] = ()
    source: Name | None = None
    project: tuple[Expression | Hole, ...] | None = None
    pack: bool = False


@dataclass(frozen=True)
class Evaluate(Node):
    """`evaluate plugin(arguments)`, perhaps with the schema that comes out; may begin a pipe."""

    call: Call
    schema: Schema | None = None
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Option:
    """`name = value` of an operator or a statement, where the value is a word or a literal: `kind=inner`, `hint.strategy=shuffle`."""

    name: Name
    value: Name | Expression


@dataclass(frozen=True)
class Hole:
    """A column of `parse`: `name` or `name:type`."""

    name: Name
    type: Type | None


Source = (
    Name | Pattern | Call | Member | Pipe | Datatable | ExternalData | Print | Range | Union | Search | Find | Evaluate
)
Argument = Expression | Named | Pipe
