"""The typed plan of a KQL query: what is to be computed, with every name and type resolved, for whatever engine.

A relation has columns; an expression speaks of columns of the relation that it stands over. Nothing here knows SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from huntbook.query.kql.plan.orders import Assigned, Components, Graph, Reached, Scanned, Serialized, Windowed
from huntbook.query.kql.plan.relations import (
    Filter,
    FirstOf,
    Group,
    Joined,
    Kept,
    Limit,
    Numbered,
    Order,
    Relation,
    Rows,
    Scan,
    Select,
    Sequence,
    Sorted,
    United,
    Unnested,
    is_relation,
    serialized,
)
from huntbook.query.kql.plan.values import APART, Apply, Column, Const, Expr, OneOf, Only, Op, Ref

if TYPE_CHECKING:
    from huntbook.core.chart import Chart

__all__ = [
    "APART",
    "Apply",
    "Assigned",
    "Column",
    "Components",
    "Const",
    "Expr",
    "Filter",
    "FirstOf",
    "Graph",
    "Group",
    "Joined",
    "Kept",
    "Limit",
    "Numbered",
    "OneOf",
    "Only",
    "Op",
    "Order",
    "Plan",
    "Reached",
    "Ref",
    "Relation",
    "Rows",
    "Scan",
    "Scanned",
    "Select",
    "Sequence",
    "Serialized",
    "Sorted",
    "United",
    "Unnested",
    "Windowed",
    "is_relation",
    "serialized",
]


@dataclass(frozen=True)
class Plan:
    """A whole query: the relation that is asked, how it asks to be shown, and what to know of the answer."""

    relation: Relation
    chart: Chart | None = None
    cautions: tuple[str, ...] = ()
