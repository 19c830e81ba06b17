"""Relations that look at rows in their order, follow edges, or remember what was before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as Choice

if TYPE_CHECKING:
    from huntbook.query.kql.plan.relations import Relation
    from huntbook.query.kql.plan.values import Column, Expr, Op


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
    output: Choice["all", "last", "none"] = "all"  # `last`: of matches that repeat, the last


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
