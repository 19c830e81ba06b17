"""What a walk over a graph is made of: joins, copies of relations, paths and what is gathered along them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from huntbook.query.kql.plan import (
    Column,
    Const,
    Expr,
    Joined,
    Op,
    Ref,
    Relation,
    Select,
)
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from huntbook.query.kql.bind.graphs.functions import Gathered


def joined(left: Relation, right: Relation, *pairs: tuple[Expr, Expr], kind: Any = "inner") -> Joined:
    """Two relations side by side."""
    shown = (*(("left", each) for each in left.columns), *(("right", each) for each in right.columns))
    return Joined(kind, left, right, pairs, (*left.columns, *right.columns), shown)  # type: ignore[arg-type]


def copied(relation: Relation) -> tuple[Relation, dict[Column, Column]]:
    """The relation with columns of its own, so that it can stand beside itself."""
    own = {column: replace(column) for column in relation.columns}
    return Select(relation, tuple(own.values()), tuple(map(Ref, own))), own


def negated(value: Expr) -> Expr:
    """What is true where the value is not."""
    return Op("not", (value,), Type.BOOL)


@dataclass
class Path:
    """Where the walk along an edge of variable length is: what leads on, and what was gathered."""

    of: Relation
    end: Column
    edges: Column
    nodes: Column
    gathered: tuple[Column, ...]

    def like(self, of: Relation) -> Path:
        """Another of that kind, with columns of its own."""
        end, edges, nodes, *gathered = map(replace, self.own)
        return Path(of, end, edges, nodes, tuple(gathered))

    @property
    def own(self) -> tuple[Column, ...]:
        """The columns beside those that were there before."""
        return (self.end, self.edges, self.nodes, *self.gathered)


def gathering(wanted: Sequence[Gathered]) -> tuple[Column, ...]:
    """The columns that are gathered along a path."""
    return tuple(Column(each.name, Type.UNKNOWN if each.how == "map" else Type.BOOL) for each in wanted)


def bag(columns: Iterable[Column]) -> Expr:
    """Columns as one bag."""
    pairs = (part for column in columns for part in (Const(Type.STRING, column.name), Ref(column)))
    return Op("pack", tuple(pairs), Type.DYNAMIC)
