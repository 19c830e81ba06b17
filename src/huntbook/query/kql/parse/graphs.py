"""Operators of graphs."""

from __future__ import annotations

import re
from typing import Literal

from huntbook.query.kql import tree
from huntbook.query.kql.parse.shaping import Shaping
from huntbook.query.kql.parse.sources import taken_name
from huntbook.query.kql.tokens import NAMES

_EDGE = re.compile(r"-->|<--|--|<-\[|-\[")
_END_OF_EDGE = re.compile(r"\]->|\]-")
_IDS = frozenset(("with_node_id", "with_source_id", "with_target_id", "with_component_id"))
_PLAIN = {"-->": "out", "<--": "in", "--": "any"}
_ENDS = {("-[", "]->"): "out", ("<-[", "]-"): "in", ("-[", "]-"): "any", ("<-[", "]->"): "any"}

_Matches = Literal["graph-match", "graph-shortest-paths"]


class Graphs(Shaping):
    """`make-graph`, `graph-match` and the like."""

    __slots__ = ()

    def make_graph(self) -> tree.MakeGraph:
        """`make-graph`."""
        start = self.start
        self.advance()
        options = self.options()
        source = self.name()
        arrow = self._arrow(_EDGE)
        if arrow not in ("-->", "--"):
            self.unexpected("'-->' or '--' between the columns")
        target = self.name()
        nodes: tuple[tuple[tree.Pipe, tree.Name], ...] = ()
        node_id, _ = taken_name(self.options(("with_node_id",)), "with_node_id")
        if node_id is None and self.accept("with"):
            nodes = self.several(self._nodes)
        if self.kind == "partitioned-by":
            self.fail("partitioned-by is not supported")
        return tree.MakeGraph(self.span(start), source, target, nodes, node_id, options, arrow == "-->")

    def _nodes(self) -> tuple[tree.Pipe, tree.Name]:
        table = self.as_pipe(self.path())
        self.expect("on", "the table of nodes")
        return table, self.name()

    def _arrow(self, form: re.Pattern[str]) -> str:
        """A mark that is several tokens, or nothing if it is not here."""
        found = form.match(self.text, self.start)
        if not found:
            return ""
        while self.start < found.end():
            self.advance()
        return found[0]

    def graph_match(self) -> tree.GraphMatch:
        """`graph-match` or `graph-shortest-paths`."""
        start = self.start
        keyword: _Matches = "graph-match" if self.kind == "graph-match" else "graph-shortest-paths"
        self.advance()
        options = self.options()
        patterns = self.several(self._graph_pattern)
        where = self.scalar() if self.accept("where") else None
        project = self.several(self.named) if self.accept("project") else ()
        return tree.GraphMatch(self.span(start), keyword, patterns, where, project, options)

    def _graph_pattern(self) -> tuple[tree.GraphNode | tree.GraphEdge, ...]:
        parts: list[tree.GraphNode | tree.GraphEdge] = [self._node()]
        while self.kind in ("-", "<"):
            parts.append(self._edge())
            parts.append(self._node())
        return tuple(parts)

    def _node(self) -> tree.GraphNode:
        opened = self.open("(")
        name = None if self.kind == ")" else self.name()
        self.close(")", opened)
        return tree.GraphNode(name)

    def _edge(self) -> tree.GraphEdge:
        begun = self._arrow(_EDGE)
        if not begun:
            self.unexpected("an edge such as -[name]->")
        if begun in _PLAIN:
            return tree.GraphEdge(None, _PLAIN[begun])
        name = self.name() if self.kind in NAMES or self.kind == "[" else None
        least = most = None
        if self.accept("*"):
            least = self._not_rows(self.unary())
            self.expect("..", "the least length")
            most = self._not_rows(self.unary())
        ended = self._arrow(_END_OF_EDGE)
        if not ended:
            self.unexpected("']-' or ']->'")
        return tree.GraphEdge(name, _ENDS[begun, ended], least, most)

    def graph_to_table(self) -> tree.GraphToTable:
        """`graph-to-table`."""
        start = self.start
        self.advance()
        outputs = self.several(self._output)
        return tree.GraphToTable(self.span(start), outputs)

    def _output(self) -> tuple[str, tree.Name | None, tuple[tree.Option, ...]]:
        what = self.kind
        if what not in ("nodes", "edges"):
            self.unexpected("'nodes' or 'edges'")
        self.advance()
        name = self.name() if self.accept("as") else None
        return what, name, self.options(_IDS)

    def graph_mark(self) -> tree.GraphMark:
        """`graph-mark-components`."""
        start = self.start
        self.advance()
        options = self.options(_IDS)
        return tree.GraphMark(self.span(start), options)
