"""Operators on graphs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as Choice

from huntbook.query.kql.tree.base import Node

if TYPE_CHECKING:
    from huntbook.query.kql.tree.sources import Argument, Option, Pipe
    from huntbook.query.kql.tree.values import Expression, Name


@dataclass(frozen=True)
class MakeGraph(Node):
    """`make-graph source --> target with nodes on id, …`, or `with_node_id=name`; with `--`, edges have no direction."""

    source: Expression
    target: Expression
    nodes: tuple[tuple[Pipe, Name], ...] = ()
    node_id: Name | None = None
    options: tuple[Option, ...] = ()
    directed: bool = True


@dataclass(frozen=True)
class GraphNode:
    """`(name)` of a graph pattern."""

    name: Name | None


@dataclass(frozen=True)
class GraphEdge:
    """`-[name*1..3]->` of a graph pattern; direction is "out", "in" or "any"; lengths are 1 and 1 without a star."""

    name: Name | None
    direction: str
    least: Expression | None = None
    most: Expression | None = None


@dataclass(frozen=True)
class GraphMatch(Node):
    """`graph-match` or `graph-shortest-paths`: patterns, where, project."""

    keyword: Choice["graph-match", "graph-shortest-paths"]
    patterns: tuple[tuple[GraphNode | GraphEdge, ...], ...]
    where: Expression | None
    project: tuple[Argument, ...]
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class GraphToTable(Node):
    """`graph-to-table nodes as N with_node_id=…, edges as E …`."""

    outputs: tuple[tuple[str, Name | None, tuple[Option, ...]], ...]


@dataclass(frozen=True)
class GraphMark(Node):
    """`graph-mark-components kind=… with_component_id=…`."""

    options: tuple[Option, ...] = ()
