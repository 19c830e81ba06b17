"""Graphs out of tables, and tables out of graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.bind.convert import converted, widest
from huntbook.query.kql.plan import (
    Column,
    Components,
    Const,
    Expr,
    Filter,
    Graph,
    Group,
    Kept,
    Numbered,
    Op,
    Ref,
    Relation,
    Select,
    United,
)
from huntbook.query.kql.types import NUMBERS, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from huntbook.query.kql.bind.scope import Scope

_IDS = (Type.STRING, Type.GUID, Type.INT, Type.LONG)


def make_graph(node: tree.MakeGraph, of: Relation, scope: Scope) -> Graph:
    """A graph whose edges are the rows; nodes are those of tables, and all that edges begin or end at."""
    from huntbook.query.kql.bind.query import relation_of  # noqa: PLC0415 - they need each other

    ends = [_column(each, of, scope) for each in (node.source, node.target)]
    tables = [relation_of(table, scope.over(())) for table, _ in node.nodes]
    ids = [_column(name, table, scope) for (_, name), table in zip(node.nodes, tables, strict=True)]
    kind = _kind([*ends, *ids], node, scope)
    edge = Column(" edge", Type.LONG)
    source, target = (Column(name, kind, sparse=kind is Type.STRING) for name in (" source", " target"))
    values = (Ref(edge), *(converted(Ref(each), kind) for each in ends), *map(Ref, of.columns))
    edges = Kept(Select(Numbered(of, edge), (edge, source, target, *of.columns), values))
    nodes, key, shown = _nodes(tables, ids, edges, (source, target))
    if node.node_id is not None:
        named = Column(node.node_id.name, kind)
        nodes, shown = Kept(Select(nodes, (key, named), (Ref(key), Ref(key)))), (named,)
    return Graph(nodes, key, shown, edges, edge, source, target, of.columns, node.directed)


def _column(node: tree.Expression, of: Relation, scope: Scope) -> Column:
    found = next((each for each in of.columns if isinstance(node, tree.Name) and each.name == node.name), None)
    if found is None:
        if not isinstance(node, tree.Name):
            raise scope.error("This must be the name of a column.", node)
        raise scope.unknown("column", node, [each.name for each in of.columns])
    return found


def _kind(columns: Sequence[Column], node: tree.Node, scope: Scope) -> Type:
    """The type of what tells nodes apart: one for all."""
    kinds = list(dict.fromkeys(column.type for column in columns))
    kind = widest(kinds) if all(each in NUMBERS for each in kinds) else kinds[0]
    if kind not in _IDS or (len(kinds) > 1 and kind not in NUMBERS):
        found = " and ".join(each.value for each in kinds)
        raise scope.error(
            f"Nodes are told apart by strings, guids or whole numbers, all of one type, and here are {found}.", node
        )
    return kind


def _nodes(
    tables: Sequence[Relation], ids: Sequence[Column], edges: Relation, ends: Sequence[Column]
) -> tuple[Relation, Column, tuple[Column, ...]]:
    """One row for each node: what tables have of the same node is put together, any of it where they contradict."""
    kind = ends[0].type
    found: dict[tuple[str, Type], Column] = {}
    for table in tables:
        for each in table.columns:
            known = found.get((each.name, each.type))
            fine = each.fine or (known is not None and known.fine)
            found[each.name, each.type] = Column(each.name, each.type, each.type is Type.STRING, fine)
    named = {(each.name, each.type) for each in ids}
    rows, known = Column(" id", kind, sparse=kind is Type.STRING), Column(" known", Type.BOOL)
    given = Const(Type.BOOL, value=True)
    branches: list[tuple[Relation, tuple[Expr, ...]]] = []
    for table, own in zip(tables, ids, strict=True):
        there = {(each.name, each.type): each for each in table.columns}
        values = (_given(there.get(key), column) for key, column in found.items())
        branches.append((table, (converted(Ref(own), kind), given, *values)))
    for end in ends:
        nothing = (Const(each.type, None) for each in found.values())
        branches.append((edges, (Ref(end), Const(Type.BOOL, None), *nothing)))
    united: Relation = United((rows, known, *found.values()), tuple(branches))
    if kind is not Type.STRING:
        united = Filter(united, Op("not", (Op("is_null", (Ref(rows),), Type.BOOL),), Type.BOOL))
    key, is_known = Column(" id", kind), Column(" known", Type.BOOL)
    merged = {each: Column(each.name, each.type, each.sparse, each.fine) for each in found.values()}
    taken = [Op("take_any", (Ref(each),), each.type, each.fine, each.sparse) for each in (known, *found.values())]
    grouped = Group(united, (key, is_known, *merged.values()), (Ref(rows),), tuple(taken))
    shown, values_shown = [], []
    for (name, of_type), column in zip(found, merged.values(), strict=True):
        value: Expr = Ref(column)
        if (name, of_type) in named:  # of a node that no table has, all that is known is what it is told by
            own_id = converted(Ref(key), of_type)
            has = Op("coalesce", (Ref(is_known), Const(Type.BOOL, value=False)), Type.BOOL)
            value = Op("case", (has, value, own_id), of_type, column.fine, column.sparse)
        shown.append(Column(name, of_type, column.sparse, column.fine))
        values_shown.append(value)
    return Kept(Select(grouped, (key, *shown), (Ref(key), *values_shown))), key, tuple(shown)


def _given(column: Column | None, wanted: Column) -> Expr:
    if column is None:
        return Const(wanted.type, None)
    value: Expr = Ref(column)
    if wanted.fine and not column.fine and column.type is Type.DATETIME:
        return Op("fine", (value,), column.type, fine=True)
    return value


def to_table(node: tree.GraphToTable, of: Graph, scope: Scope) -> Relation:
    """The nodes or the edges of a graph."""
    if len(node.outputs) != 1:
        raise scope.error(
            "graph-to-table gives one table here.", node, hint="Ask for nodes and for edges in two queries."
        )
    [(what, _, options)] = node.outputs
    for option in options:
        raise scope.error(
            f"{option.name.name}= asks for the numbers that the service gives to nodes, which are not known here.",
            node,
            hint="The columns that nodes are told apart by are in the table.",
        )
    relation, shown = (of.nodes, of.shown) if what == "nodes" else (of.edges, of.properties)
    return Select(relation, shown, tuple(map(Ref, shown)))


def mark_components(node: tree.GraphMark, of: Graph, scope: Scope) -> Graph:
    """A graph whose nodes know which component they are in."""
    options = {each.name.name: getattr(each.value, "name", getattr(each.value, "value", "")) for each in node.options}
    kind = options.get("kind", "weak")
    if kind != "weak":
        raise scope.error(
            f"graph-mark-components kind={kind} cannot be run on local evidence yet.", node, hint="kind=weak can."
        )
    component = Column(str(options.get("with_component_id", "ComponentId")), Type.LONG)
    nodes = Kept(Components(of.nodes, of.id, of.edges, of.source, of.target, component))
    shown = (*(each for each in of.shown if each.name != component.name), component)
    return Graph(nodes, of.id, shown, of.edges, of.edge, of.source, of.target, of.properties, of.directed)
