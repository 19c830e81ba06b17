"""Graphs: made of tables, matched with patterns, and made tables again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huntbook.query.kql import tree
from huntbook.query.kql.bind.graphs.make import make_graph, mark_components, to_table
from huntbook.query.kql.bind.graphs.match import match
from huntbook.query.kql.plan import Graph

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Relation

__all__ = ["OF_GRAPHS", "check", "make_graph"]

OF_GRAPHS: Mapping[type, Callable[[Any, Any, Scope], Relation]] = {
    tree.GraphMatch: match,
    tree.GraphToTable: to_table,
    tree.GraphMark: mark_components,
}


def check(node: tree.Node, of: Relation, scope: Scope) -> None:
    """Complain of an operator on tables that meets a graph, or the other way round."""
    if isinstance(of, Graph) and type(node) not in OF_GRAPHS:
        raise scope.error(
            "This works on a table, and here is a graph.",
            node,
            hint="graph-match or graph-to-table make a table of it.",
        )
    if type(node) in OF_GRAPHS and not isinstance(of, Graph):
        raise scope.error("This works on a graph, and here is a table.", node, hint="make-graph makes a graph of it.")
