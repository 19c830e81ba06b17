"""What the expressions of a `graph-match` say of nodes, edges and paths: turned into what can be bound like any other.

A node or an edge stands for its columns. What is said of the parts of a path (`map`, `any`, `all`) is gathered while the path is
walked, so it becomes a name here.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from huntbook.query.kql import tree
from huntbook.query.kql.bind.rewrite import exchanged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from huntbook.query.kql.bind.scope import Scope

IN, OUT = " degree_in", " degree_out"
_DEGREES = {"node_degree_in": IN, "node_degree_out": OUT}


@dataclass(frozen=True)
class Gathered:
    """What is gathered along a path: of its edges, or of the nodes between its first and its last."""

    name: str
    path: str
    how: str  # "map", "any", "all"
    of_nodes: bool
    value: tree.Argument | None  # all properties, if there is none


class Functions:
    """Rewrites expressions over the variables of a pattern."""

    def __init__(self, scope: Scope, fixed: set[str], paths: set[str]) -> None:
        self.scope = scope
        self.fixed = fixed
        self.paths = paths
        self.gathered: list[Gathered] = []
        self.degrees = False

    def rewritten(self, node: Any) -> Any:
        """An expression in which names stand for what is said of paths."""
        return exchanged(node, self._changed)

    def _changed(self, node: tree.Node) -> Any:  # noqa: PLR0911 - a form each
        match node:
            case tree.Pipe():
                return node
            case tree.Named():
                return replace(node, value=self.rewritten(node.value))
            case tree.Call():
                return self._call(node)
            case tree.Member(of=tree.Name() as of) if of.name in self.paths:
                return self._gather(node, of.name, "map", node.name, of_nodes=False)
            case tree.Member():
                return replace(node, of=self.rewritten(node.of))
            case tree.Name() if node.name in self.paths:
                return self._gather(node, node.name, "map", None, of_nodes=False)
        return None

    def _call(self, node: tree.Call) -> Any:
        name, arguments = node.name.name, node.arguments
        if name in ("map", "any", "all") and len(arguments) == 2:
            found = self._path(arguments[0])
            if found is not None:
                path, of_nodes = found
                return self._gather(node, path, name, self._inside(arguments[1]), of_nodes=of_nodes)
            if name in ("map", "all"):
                raise self.scope.error(f"{name}() takes an edge of variable length, or its inner_nodes().", node)
        if name in _DEGREES:
            return self._degree(node)
        self._refuse(node)
        return replace(node, arguments=tuple(map(self.rewritten, arguments)))

    def _refuse(self, node: tree.Call) -> None:
        if node.name.name == "labels":
            raise self.scope.error("labels() is of graphs that the service keeps: a graph made here has none.", node)
        if node.name.name == "inner_nodes":
            raise self.scope.error("inner_nodes() stands in map(), any() or all().", node)

    def _degree(self, node: tree.Call) -> tree.Expression:
        [of] = node.arguments if len(node.arguments) == 1 else (None,)
        if not isinstance(of, tree.Name) or of.name not in self.fixed:
            raise self.scope.error(f"{node.name.name}() takes a node of the pattern.", node)
        self.degrees = True
        return tree.Member(node.span, of, tree.Name(node.span, _DEGREES[node.name.name]))

    def _path(self, node: tree.Argument) -> tuple[str, bool] | None:
        match node:
            case tree.Name() if node.name in self.paths:
                return node.name, False
            case tree.Call(arguments=(tree.Name() as of,)) if node.name.name == "inner_nodes" and of.name in self.paths:
                return of.name, True
        return None

    def _inside(self, node: tree.Argument) -> Any:
        """An expression over one part of a path: `node_degree_in()` is of that node."""

        def change(part: tree.Node) -> tree.Node | None:
            if isinstance(part, tree.Call):
                self._refuse(part)
                if part.name.name in _DEGREES and not part.arguments:
                    self.degrees = True
                    return tree.Name(part.span, _DEGREES[part.name.name])
            return None

        return exchanged(node, change)

    def _gather(self, node: tree.Node, path: str, how: str, value: Any, *, of_nodes: bool) -> tree.Name:
        for each in self.gathered:
            if (each.path, each.how, each.of_nodes, each.value) == (path, how, of_nodes, value):
                return tree.Name(node.span, each.name)
        name = f" gathered{len(self.gathered)}"
        self.gathered.append(Gathered(name, path, how, of_nodes, value))
        return tree.Name(node.span, name)


def conjuncts(node: tree.Expression | None) -> Iterator[tree.Expression]:
    """The parts of a condition that must all be true."""
    if isinstance(node, tree.Binary) and node.operator == "and":
        yield from conjuncts(node.left)
        yield from conjuncts(node.right)
    elif node is not None:
        yield node


def names_in(node: Any) -> set[str]:
    """All names that stand in an expression."""
    if isinstance(node, tuple):
        return {name for each in node for name in names_in(each)}
    if isinstance(node, tree.Name):
        return {node.name}
    if is_dataclass(node) and not isinstance(node, (type, tree.Span)):
        return {name for each in fields(node) for name in names_in(getattr(node, each.name))}
    return set()
