"""Relations: rows, and what is done to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard
from typing import Literal as Choice

from huntbook.query.kql.plan.orders import Components, Graph, Reached, Scanned, Serialized, Windowed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from huntbook.query.kql.plan.values import Column, Expr


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
    pairs: tuple[tuple[Expr, Expr], ...]  # that are equal
    columns: tuple[Column, ...]
    values: tuple[tuple[Choice["left", "right"], Column], ...]
    nulls_match: bool = False  # whether null equals null


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


_KEEP_ORDER = (Select, Filter, Unnested, Numbered, Kept, Windowed, Reached)


def serialized(relation: Relation) -> bool:
    """Whether the order of the rows is certain, by KQL's rules."""
    if isinstance(relation, (Rows, Sequence, Sorted, Serialized, Scanned)):
        return True
    if isinstance(relation, Limit):
        return not relation.random and serialized(relation.of)
    return isinstance(relation, _KEEP_ORDER) and serialized(relation.of)
