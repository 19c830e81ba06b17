"""Operators that take rows apart, put them together, or have operators inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as Choice

from huntbook.query.kql.tree.base import Node

if TYPE_CHECKING:
    from huntbook.query.kql.tree.operators import Operator
    from huntbook.query.kql.tree.rows import Key
    from huntbook.query.kql.tree.sources import Argument, Hole, Option, Pipe
    from huntbook.query.kql.tree.values import Call, Expression, Literal, Name, Named, Schema, Star
    from huntbook.query.kql.types import Type


@dataclass(frozen=True)
class Parse(Node):
    """`parse` or `parse-where`: literals (in regex mode expressions), columns and stars, in order."""

    keyword: Choice["parse", "parse-where"]
    kind: str  # "simple", "regex", "relaxed"
    flags: str
    of: Expression
    pattern: tuple[Literal | Hole | Star, ...]


@dataclass(frozen=True)
class ParseKv(Node):
    """`parse-kv of as (columns) with (options)`."""

    of: Expression
    columns: Schema
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Expanded:
    """What `mv-expand` or `mv-apply` expands: `name = value to typeof(type)`."""

    value: Argument
    type: Type | None


@dataclass(frozen=True)
class MvExpand(Node):
    """`mv-expand`."""

    items: tuple[Expanded, ...]
    kind: str = "bag"  # or "array"
    item_index: Name | None = None
    limit: Expression | None = None


@dataclass(frozen=True)
class MvApply(Node):
    """`mv-apply items on (operators)`."""

    items: tuple[Expanded, ...]
    body: tuple[Operator, ...]
    item_index: Name | None = None
    limit: Expression | None = None


@dataclass(frozen=True)
class MakeSeries(Node):
    """`make-series aggregates on axis from start to stop step by by keys`; each aggregate with the value for empty bins."""

    aggregates: tuple[tuple[Argument, Expression | None], ...]
    axis: Argument
    start: Expression | None
    stop: Expression | None
    step: Expression
    by: tuple[Argument, ...]
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Partition(Node):
    """`partition by key (operators)`; with braces, the body is a whole pipe."""

    by: Expression
    body: tuple[Operator, ...] | Pipe
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Step:
    """`step name optional output=… : condition => a = b, …`."""

    name: Name
    condition: Expression
    assignments: tuple[Named, ...]
    optional: bool = False
    output: str = "all"  # or "last", "none"


@dataclass(frozen=True)
class Scan(Node):
    """`scan with_match_id=… declare (…) with (steps)`; a declared column may have a default."""

    steps: tuple[Step, ...]
    declared: tuple[tuple[Name, Type, Expression | None], ...] = ()
    match_id: Name | None = None
    order_by: tuple[Key, ...] = ()
    partition_by: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class Fork(Node):
    """`fork name = (operators) …`."""

    branches: tuple[tuple[Name | None, tuple[Operator, ...]], ...]


@dataclass(frozen=True)
class Facet(Node):
    """`facet by columns with (operators)`."""

    by: tuple[Expression, ...]
    body: tuple[Operator, ...] = ()


@dataclass(frozen=True)
class Invoke(Node):
    """`invoke function(arguments)`."""

    call: Call


@dataclass(frozen=True)
class Reduce(Node):
    """`reduce by value with threshold=…, characters=…`."""

    by: Expression
    options: tuple[Option, ...] = ()
