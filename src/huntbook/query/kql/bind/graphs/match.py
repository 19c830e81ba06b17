"""`graph-match` and `graph-shortest-paths`: a pattern is walked from one end to the other, with a join for each step.

Conditions are put where all they speak of is known, and a pattern is walked from the end of which more is said. An edge of variable
length is a join for each length.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from huntbook.query.kql import tree
from huntbook.query.kql.bind.expressions import predicate_of, value_of
from huntbook.query.kql.bind.graphs.functions import IN, OUT, Functions, Gathered, conjuncts, names_in
from huntbook.query.kql.bind.graphs.pieces import Path, bag, copied, gathering, joined, negated
from huntbook.query.kql.bind.naming import Names, own_name
from huntbook.query.kql.plan import (
    Column,
    Const,
    Expr,
    Filter,
    Graph,
    Group,
    Kept,
    Op,
    Order,
    Ref,
    Relation,
    Rows,
    Select,
    Sorted,
    United,
)
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from huntbook.query.kql.bind.scope import Scope

LONGEST = 16
_CYCLES = ("unique_edges", "none", "all")
_TURNED = {"out": "in", "in": "out", "any": "any"}
_TRUE = Const(Type.BOOL, value=True)


def match(node: tree.GraphMatch, of: Graph, scope: Scope) -> Relation:
    """A row for each place of the graph that the patterns fit."""
    from huntbook.query.kql.bind.operators.columns import column_for  # noqa: PLC0415 - they need each other

    if not node.project:
        raise scope.error(f"{node.keyword} needs `project`.", node)
    found = _Matching(node, of, scope)
    for pattern in node.patterns:
        found.walk(pattern)
    found.filter_ready(last=True)
    relation = found.of
    if node.keyword == "graph-shortest-paths":
        relation = found.shortest()
    names, columns, values = Names((), scope.unnamed), [], []
    for each in node.project:
        value = value_of(found.functions.rewritten(each), found.scope())
        wanted = own_name(each)
        values.append(value)
        columns.append(column_for(names.free(wanted) if wanted else names.column(), value))
    return Select(relation, tuple(columns), tuple(values))


class _Matching:
    """The rows that fit so far, and which of their columns the variables of the pattern are."""

    def __init__(self, node: tree.GraphMatch, graph: Graph, scope: Scope) -> None:
        self.node, self.graph, self.outer = node, graph, scope
        self.of: Relation = Rows((), ((),))
        self.cycles = self._cycles()
        self.fixed: dict[str, dict[Column, Column]] = {}  # nodes and edges → their columns
        self.meanings: dict[str, Expr] = {}
        self.ids: dict[str, Column] = {}  # of nodes
        self.edges: list[Column] = []
        self.paths: list[tuple[Column, Column]] = []  # the edges and the nodes of each
        self.visited: list[Column] = []
        self.ends: tuple[Column, ...] = ()  # of the last pattern
        self.functions = self._functions()
        self.waiting = [self.functions.rewritten(each) for each in conjuncts(node.where)]
        for each in node.project:
            self.functions.rewritten(each)  # so that it is known what is to be gathered
        self.nodes, self.shown = graph.nodes, graph.shown
        if self.functions.degrees:
            self._with_degrees()

    def _cycles(self) -> str:
        options = {
            each.name.name: getattr(each.value, "name", getattr(each.value, "value", "")) for each in self.node.options
        }
        found = str(options.get("cycles", "unique_edges"))
        if found not in _CYCLES:
            raise self.outer.error(f"There is no cycles={found}.", self.node, hint=f"There are: {', '.join(_CYCLES)}.")
        if found == "none" and len(self.node.patterns) > 1:
            raise self.outer.error("cycles=none with several patterns cannot be run on local evidence yet.", self.node)
        self.output = str(options.get("output", "any"))
        if self.node.keyword == "graph-shortest-paths":
            if len(self.node.patterns) > 1 or not any(_is_path(each) for each in self.node.patterns[0]):
                raise self.outer.error("A shortest path is one pattern with an edge of variable length.", self.node)
            if self.output not in ("any", "all"):
                raise self.outer.error(f"There is no output={self.output}.", self.node, hint="There are: any, all.")
        return found

    def _functions(self) -> Functions:
        nodes: set[str] = set()
        edges: list[str] = []
        paths: list[str] = []
        for part in (part for pattern in self.node.patterns for part in pattern):
            if part.name is not None:
                if isinstance(part, tree.GraphNode):
                    nodes.add(part.name.name)
                else:
                    (paths if _is_path(part) else edges).append(part.name.name)
                if len({*edges, *paths}) < len(edges) + len(paths) or nodes & {*edges, *paths}:
                    raise self.outer.error(f"{part.name.name!r} stands for two things.", part.name)
        return Functions(self.outer, {*nodes, *edges}, set(paths))

    def _with_degrees(self) -> None:
        graph = self.graph
        if not graph.directed:
            raise self.outer.error("The edges of this graph have no direction: nodes have no such degrees.", self.node)
        found, degrees = graph.nodes, []
        for name, end in ((IN, graph.target), (OUT, graph.source)):
            key, count = Column(" end", end.type), Column(name, Type.LONG)
            counted = Group(graph.edges, (key, count), (Ref(end),), (Op("count", (), Type.LONG),))
            found = joined(found, counted, (Ref(graph.id), Ref(key)), kind="left")
            degrees.append(count)
        whole = tuple(Column(each.name, Type.LONG) for each in degrees)
        values = (Op("coalesce", (Ref(each), Const(Type.LONG, 0)), Type.LONG) for each in degrees)
        before = graph.nodes.columns
        self.nodes = Kept(Select(found, (*before, *whole), (*map(Ref, before), *values)))

    # What names mean

    def scope(self) -> Scope:
        """Where the variables that are known mean their columns."""
        sides = {name: tuple(columns.values()) for name, columns in self.fixed.items()}
        meanings = {**self.outer.meanings, **self.meanings}
        return replace(self.outer, columns=(), sides=sides, meanings=meanings)

    def filter_ready(self, *, last: bool = False) -> None:
        """Apply the conditions of which all is known by now."""
        known = {*self.fixed, *self.meanings}
        unknown = {*self.functions.fixed, *(each.name for each in self.functions.gathered)} - known
        for each in list(self.waiting):
            if last or not names_in(each) & unknown:
                self.waiting.remove(each)
                self.of = Filter(self.of, predicate_of(each, self.scope()))

    # Walking

    def walk(self, pattern: Sequence[tree.GraphNode | tree.GraphEdge]) -> None:
        """One pattern, from the end that is known or of which more is said."""
        backward = self._said(pattern[-1]) > self._said(pattern[0])
        parts = list(reversed(pattern)) if backward else list(pattern)
        here = first = self._begin(parts[0])
        for edge, node in zip(parts[1::2], parts[2::2], strict=True):
            direction = _TURNED[edge.direction] if backward else edge.direction  # type: ignore[union-attr]
            direction = direction if self.graph.directed else "any"
            if _is_path(edge):
                here = self._along(edge, here, direction, backward=backward)
            else:
                here = self._step(edge, here, direction)
            here = self._arrive(node, here)
            self.filter_ready()
        self.ends = (here, first) if backward else (first, here)

    def _said(self, node: Any) -> int:
        """How much is known of a node, before anything of the others."""
        name = node.name.name if node.name else ""
        if name in self.ids:
            return 1000
        others = {*self.functions.fixed, *(each.name for each in self.functions.gathered)} - {name}
        return sum(name in found and not found & others for found in map(names_in, self.waiting))

    def _begin(self, node: Any) -> Column:
        name = node.name.name if node.name else ""
        if name in self.ids:
            self.visited = [self.ids[name]]
            return self.ids[name]
        relation, own = copied(self.nodes)
        self.of = joined(self.of, relation) if self.of.columns else relation
        self._know(name, own)
        here = own[self.graph.id]
        self.visited = [here]
        self.filter_ready()
        return here

    def _know(self, name: str, own: dict[Column, Column]) -> None:
        if not name:
            return
        shown = (*self.shown, *(each for each in self.nodes.columns if each.name in (IN, OUT)))
        self.fixed[name] = {each: own[each] for each in shown}
        self.ids[name] = own[self.graph.id]
        self.meanings[name] = bag(own[each] for each in self.shown)

    def _edges_from(self, direction: str) -> tuple[Relation, dict[Column, Column], Column, Column]:
        """Edges with columns of their own, and where each begins and ends if it is walked in a direction."""
        graph = self.graph
        if direction != "any":
            relation, own = copied(graph.edges)
            ends = own[graph.source], own[graph.target]
            return relation, own, *(ends if direction == "out" else ends[::-1])
        columns = graph.edges.columns
        own = {column: replace(column) for column in columns}
        turned = {graph.source: graph.target, graph.target: graph.source}
        loop = Op("==", (Ref(graph.source), Ref(graph.target)), Type.BOOL)
        both = (
            (graph.edges, tuple(map(Ref, columns))),
            (Filter(graph.edges, negated(loop)), tuple(Ref(turned.get(column, column)) for column in columns)),
        )
        return United(tuple(own.values()), both), own, own[graph.source], own[graph.target]

    def _step(self, edge: Any, here: Column, direction: str) -> Column:
        """Over one edge."""
        relation, own, near, far = self._edges_from(direction)
        self.of = joined(self.of, relation, (Ref(here), Ref(near)))
        for condition in (*self._new_edge(own[self.graph.edge]), *self._new_node(far)):
            self.of = Filter(self.of, condition)
        self.edges.append(own[self.graph.edge])
        self.visited.append(far)
        if edge.name is not None:
            self.fixed[edge.name.name] = {each: own[each] for each in self.graph.properties}
            self.meanings[edge.name.name] = bag(own[each] for each in self.graph.properties)
        return far

    def _arrive(self, node: Any, here: Column) -> Column:
        """At a node: the one that is known, or any."""
        name = node.name.name if node.name else ""
        if name in self.ids:
            self.of = Filter(self.of, Op("==", (Ref(here), Ref(self.ids[name])), Type.BOOL))
        elif name:
            relation, own = copied(self.nodes)
            self.of = joined(self.of, relation, (Ref(here), Ref(own[self.graph.id])))
            self._know(name, own)
        return here

    def _new_edge(self, edge: Column) -> Iterable[Expr]:
        """That an edge was not walked before, in the whole match."""
        if self.cycles == "all":
            return
        for each in self.edges:
            yield negated(Op("==", (Ref(edge), Ref(each)), Type.BOOL))
        for edges, _ in self.paths:
            yield negated(Op("path_has", (Ref(edges), Ref(edge)), Type.BOOL))

    def _new_node(self, node: Column) -> Iterable[Expr]:
        """That a node was not come by before."""
        if self.cycles != "none":
            return
        for each in self.visited:
            yield negated(Op("==", (Ref(node), Ref(each)), Type.BOOL))
        for _, nodes in self.paths:
            yield negated(Op("path_has", (Ref(nodes), Ref(node)), Type.BOOL))

    # Along edges of variable length

    def _along(self, edge: Any, here: Column, direction: str, *, backward: bool) -> Column:
        least, most = (self._length(each) for each in (edge.least, edge.most))
        if not 0 <= least <= most or most > LONGEST:
            raise self.outer.error(
                f"Edges of variable length have lengths from 0 to {LONGEST} here, the lesser first.", edge.least
            )
        name = edge.name.name if edge.name else ""
        wanted = [each for each in self.functions.gathered if each.path == name]
        before: Relation = Kept(self.of)
        paths = [self._start(before, here, wanted)]
        for _ in range(most):
            paths.append(self._longer(paths[-1], wanted, direction, before.columns, backward=backward))
        out = paths[0].like(before)
        branches = tuple((path.of, tuple(map(Ref, (*before.columns, *path.own)))) for path in paths[least:])
        self.of = United((*before.columns, *out.own), branches)
        self.paths.append((out.edges, out.nodes))
        for each, column in zip(wanted, out.gathered, strict=True):
            self.meanings[each.name] = (
                Op("values_json", (Ref(column),), Type.DYNAMIC) if each.how == "map" else Ref(column)
            )
        return out.end

    def _length(self, node: tree.Expression) -> int:
        value = value_of(node, self.outer.over(()))
        if not isinstance(value, Const) or not isinstance(value.value, int) or value.type not in (Type.INT, Type.LONG):
            raise self.outer.error("A length is a whole number.", node)
        return value.value

    def _start(self, before: Relation, here: Column, wanted: Sequence[Gathered]) -> Path:
        """The path that has no edges yet."""
        end = Column(" end", here.type, here.sparse)
        path = Path(before, end, Column(" edges", Type.UNKNOWN), Column(" nodes", Type.UNKNOWN), gathering(wanted))
        nothing: list[Expr] = [
            Op("values", (), Type.DYNAMIC) if each.how == "map" else Const(Type.BOOL, each.how == "all")
            for each in wanted
        ]
        values = (Ref(here), Op("ids", (), Type.LONG), Op("ids", (), here.type), *nothing)
        path.of = Kept(Select(before, (*before.columns, *path.own), (*map(Ref, before.columns), *values)))
        return path

    def _longer(
        self, path: Path, wanted: Sequence[Gathered], direction: str, before: tuple[Column, ...], *, backward: bool
    ) -> Path:
        """The paths that have an edge more."""
        relation, own, near, far = self._edges_from(direction)
        found: Relation = joined(path.of, relation, (Ref(path.end), Ref(near)))
        number = own[self.graph.edge]
        conditions = [*self._new_edge(number), *self._new_node(far)]
        if self.cycles != "all":
            conditions.append(negated(Op("path_has", (Ref(path.edges), Ref(number)), Type.BOOL)))
        if self.cycles == "none":
            conditions.append(negated(Op("path_has", (Ref(path.nodes), Ref(far)), Type.BOOL)))
        for condition in conditions:
            found = Filter(found, condition)
        inner = [each for each in wanted if each.of_nodes]
        node: dict[Column, Column] = {}
        if inner:
            nodes, node = copied(self.nodes)
            found = joined(found, nodes, (Ref(path.end), Ref(node[self.graph.id])))
        longer = path.like(found)
        longer.end = replace(far)
        values: list[Expr] = [
            Ref(far),
            Op("path_add", (Ref(path.edges), Ref(number)), Type.UNKNOWN),
            Op("path_add", (Ref(path.nodes), Ref(far)), Type.UNKNOWN),
        ]
        for each, column in zip(wanted, path.gathered, strict=True):
            values.append(self._gather(each, column, path, node if each.of_nodes else own, backward=backward))
        relation = Select(found, (*before, *longer.own), (*map(Ref, before), *values))
        for each, column in zip(wanted, longer.gathered, strict=True):
            if each.how == "all" and self._must(each):
                relation = Filter(relation, Ref(column))
        longer.of = Kept(relation)
        return longer

    def _must(self, wanted: Gathered) -> bool:
        """Whether a path of which this is not true cannot become one that fits."""
        return any(isinstance(each, tree.Name) and each.name == wanted.name for each in self.waiting)

    def _gather(
        self, wanted: Gathered, so_far: Column, path: Path, own: dict[Column, Column], *, backward: bool
    ) -> Expr:
        """What is gathered, with one part of the path more; the node that a path begins at is none of its inner nodes."""
        known = self.graph.properties
        if wanted.of_nodes:
            known = (*self.shown, *(each for each in self.nodes.columns if each.name in (IN, OUT)))
        scope = self.outer.over([own[each] for each in known])
        if wanted.how == "map":
            value = value_of(wanted.value, scope) if wanted.value is not None else bag(own[each] for each in known)
            more: Expr = Op("values_put" if backward else "values_add", (Ref(so_far), value), Type.DYNAMIC)
        else:
            value = predicate_of(wanted.value, scope)  # type: ignore[arg-type]
            more = Op(
                "or" if wanted.how == "any" else "and",
                (Ref(so_far), Op("coalesce", (value, negated(_TRUE)), Type.BOOL)),
                Type.BOOL,
            )
        if not wanted.of_nodes:
            return more
        begins = Op("==", (Op("path_length", (Ref(path.edges),), Type.LONG), Const(Type.LONG, 0)), Type.BOOL)
        return Op("case", (begins, Ref(so_far), more), more.type)

    # Shortest paths

    def shortest(self) -> Relation:
        """Of the paths between two nodes, the shortest: one of them, or all."""
        length: Expr = Const(Type.LONG, len(self.edges))
        for edges, _ in self.paths:
            length = Op("+", (length, Op("path_length", (Ref(edges),), Type.LONG)), Type.LONG)
        size = Column(" length", Type.LONG)
        found = Kept(Select(self.of, (*self.of.columns, size), (*map(Ref, self.of.columns), length)))
        if self.output == "any":
            walked = (Ref(size), *map(Ref, self.edges), *(Ref(edges) for edges, _ in self.paths))
            keys = tuple(Order(each, descending=False, nulls_first=True) for each in walked)
            return Sorted(found, keys, Const(Type.LONG, 1), self.ends)
        ends = tuple(replace(each) for each in self.ends)
        least = Column(" least", Type.LONG)
        shortest = Group(found, (*ends, least), tuple(map(Ref, self.ends)), (Op("least", (Ref(size),), Type.LONG),))
        pairs = zip((*self.ends, size), (*ends, least), strict=True)
        return joined(found, shortest, *((Ref(one), Ref(other)) for one, other in pairs))


def _is_path(part: tree.GraphNode | tree.GraphEdge) -> bool:
    return isinstance(part, tree.GraphEdge) and part.least is not None
