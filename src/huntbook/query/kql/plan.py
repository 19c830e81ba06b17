"""The typed plan of a KQL query: what is to be computed, with every name and type resolved, for whatever engine.

A relation has columns; an expression speaks of columns of the relation that it stands over. Nothing here knows SQL.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeGuard
from typing import Literal as Choice

from huntbook.query.kql.types import Type, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from huntbook.query.kql.functions._base import Entry


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column of a relation; what an expression means by a name is this very object.

    `sparse` is a string that the engine may hold as null, which KQL does not know (it is empty); `fine` a datetime or timespan
    that may need the last of KQL's seven digits.
    """

    name: str
    type: Type
    sparse: bool = False
    fine: bool = False


# Expressions


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
    """A function or operator applied; `over` says what window it looks at, where it is one that does."""

    entry: Entry
    takes: tuple[str, ...]  # what it takes each argument as: a type, `ticks`, `any` …
    arguments: tuple[Expr, ...]
    type: Type
    fine: bool = False
    sparse: bool = False


@dataclass(frozen=True, slots=True)
class Op:
    """What every engine must know by itself: comparisons, arithmetic, logic, access to dynamics, conversions, `now`.

    A name is one of those in `duckdb/operations.py`.
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


# Relations


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """A table of the connection; those of its columns that are wanted."""

    table: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows that stand in the query."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Expr, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """`range`: values from one to another by a step, as one column."""

    columns: tuple[Column, ...]
    start: Expr
    stop: Expr
    step: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Select:
    """The rows of a relation with other columns, each computed."""

    of: Relation
    columns: tuple[Column, ...]
    values: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    """Those rows for which a predicate is true."""

    of: Relation
    predicate: Expr

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns."""
        return self.of.columns


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """One row for each combination of the keys; without keys, one row in all."""

    of: Relation
    columns: tuple[Column, ...]  # of the keys, then of the aggregates
    keys: tuple[Expr, ...]
    aggregates: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """One key of a sort."""

    value: Expr
    descending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True, eq=False)
class Sorted:
    """The rows in an order, which operators that keep rows apart keep."""

    of: Relation
    keys: tuple[Order, ...]
    limit: Expr | None = None
    per: tuple[Column, ...] = ()  # the limit is of each part alone

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns."""
        return self.of.columns


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """So many rows, the first that there are."""

    of: Relation
    rows: Expr
    random: bool = False
    per: tuple[Column, ...] = ()  # of each part alone

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns."""
        return self.of.columns


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """Pairs of rows of two relations; kinds as in SQL. `columns` are those of both sides, `values` which of theirs they are."""

    kind: Choice["inner", "left", "right", "full", "semi", "anti"]
    left: Relation
    right: Relation
    pairs: tuple[tuple[Expr, Expr], ...]  # equal, or both null
    columns: tuple[Column, ...]
    values: tuple[tuple[Choice["left", "right"], Column], ...]


@dataclass(frozen=True, slots=True, eq=False)
class United:
    """The rows of several relations, one after the other; each gives expressions for columns, the others are null (or empty)."""

    columns: tuple[Column, ...]
    branches: tuple[tuple[Relation, tuple[Expr, ...] | Mapping[Column, Expr]], ...]

    def given(self, exprs: tuple[Expr, ...] | Mapping[Column, Expr]) -> Mapping[Column, Expr]:
        """What a branch gives, by column."""
        return dict(zip(self.columns, exprs, strict=True)) if isinstance(exprs, tuple) else exprs


@dataclass(frozen=True, slots=True, eq=False)
class Unnested:
    """A row for each element of the arrays (or members of the bags) of some columns, in step; `index` counts from 0."""

    of: Relation
    columns: tuple[Column, ...]  # those kept, then what is expanded, then the index
    kept: tuple[Column, ...]
    arrays: tuple[Expr, ...]
    index: Column | None = None
    limit: Expr | None = None
    as_pairs: bool = False
    keep_empty: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class FirstOf:
    """One row, any, for each combination of the keys: the left side of `innerunique`, and `arg_max` with all columns."""

    of: Relation
    keys: tuple[Expr, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns."""
        return self.of.columns


@dataclass(frozen=True, slots=True, eq=False)
class Numbered:
    """The rows, each with its number in the order that they have, from 0."""

    of: Relation
    number: Column

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns."""
        return (*self.of.columns, self.number)


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A relation that is computed once, however often it is asked: `materialize`."""

    of: Relation

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns."""
        return self.of.columns


@dataclass(frozen=True, slots=True, eq=False)
class Serialized:
    """The rows in the order that they happen to have, which counts from here on: `serialize`."""

    of: Relation

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns."""
        return self.of.columns


@dataclass(frozen=True, slots=True, eq=False)
class Windowed:
    """The rows, each with what is computed of those around it, in the order of `number`; apart for each part."""

    of: Relation
    added: tuple[Column, ...]
    values: tuple[Op, ...]  # of those in `bind/windows.py`
    number: Column
    per: tuple[Column, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns."""
        return (*self.of.columns, *self.added)


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """The rows, each with whether it is reached: the first of a part is, and the next whose value is so much greater.

    The value of a row that is reached is greater than all before it in its part; null is in no part.
    """

    of: Relation
    value: Expr
    step: Expr
    reached: Column
    number: Column
    per: tuple[Expr, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns."""
        return (*self.of.columns, self.reached)


@dataclass(frozen=True, slots=True)
class Assigned:
    """One step of a `scan`: for the state of an earlier step that it speaks of, there are columns in `Scanned.states`."""

    condition: Expr
    values: tuple[Expr, ...]  # of the declared columns, in order
    shown: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Scanned:
    """`scan`: rows in the order of `number` go through steps; each match gives a row, with what is declared.

    `states` has for each step what is kept of the row that matched it: the input's columns, or declared ones, by their place.
    """

    of: Relation
    number: Column
    per: tuple[Column, ...]
    steps: tuple[Assigned, ...]
    states: tuple[tuple[tuple[Column, Column], ...], ...]  # of each step: (as it is spoken of, what it is of)
    declared: tuple[Column, ...]
    defaults: tuple[Expr, ...]
    match_id: Column | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns."""
        return (*self.of.columns, *self.declared, *((self.match_id,) if self.match_id else ()))


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """The nodes of a graph, each with the number of the component that it is in; edges count in both directions."""

    of: Relation
    id: Column
    edges: Relation
    source: Column
    target: Column
    component: Column

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns."""
        return (*self.of.columns, self.component)


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Nodes and edges: what graph operators work on. It has no columns, and no other operator takes it."""

    nodes: Relation
    id: Column
    shown: tuple[Column, ...]  # the properties of a node
    edges: Relation
    edge: Column  # the edge's number
    source: Column
    target: Column
    properties: tuple[Column, ...]  # of an edge
    directed: bool = True

    @property
    def columns(self) -> tuple[Column, ...]:
        """None."""
        return ()


Relation = (
    Scan
    | Rows
    | Sequence
    | Select
    | Filter
    | Group
    | Sorted
    | Limit
    | Joined
    | United
    | Unnested
    | FirstOf
    | Numbered
    | Kept
    | Serialized
    | Windowed
    | Reached
    | Scanned
    | Components
    | Graph
)


def is_relation(found: object) -> TypeGuard[Relation]:
    """Whether something bound is a table, and not a value or a function."""
    return hasattr(found, "columns")


@dataclass(frozen=True)
class Plan:
    """A whole query: the relation that is asked, and what `render` says of how to show it."""

    relation: Relation
    chart: Mapping[str, object] = field(default_factory=dict)
