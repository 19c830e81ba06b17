"""`make-series`: a value for each step of an axis, also where there is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.bind.convert import converted
from huntbook.query.kql.bind.expressions import value_of
from huntbook.query.kql.bind.naming import Names, aggregate_name, own_name
from huntbook.query.kql.bind.operators.columns import named_values
from huntbook.query.kql.bind.operators.groups import aggregate, repeated
from huntbook.query.kql.bind.several import check_names, given_names
from huntbook.query.kql.plan import Column, Const, Filter, Group, Kept, Only, Op, Ref, Select
from huntbook.query.kql.types import NUMBERS, Type

if TYPE_CHECKING:
    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Expr, Relation


def make_series(node: tree.MakeSeries, of: Relation, scope: Scope) -> Relation:
    """One row for each combination of the keys, with an array of values for each aggregate and one of the axis."""
    axis = value_of(node.axis, scope)
    axis_name = own_name(node.axis) or "Column1"
    kind = axis.type
    step = converted(value_of(node.step, scope.over(())), Type.TIMESPAN if kind is Type.DATETIME else kind)
    start = _edge(node.start, "least", axis, of, scope)
    stop = _edge(node.stop, "greatest", axis, of, scope)
    within = Op("and", (Op(">=", (axis, start), Type.BOOL), Op("<", (axis, stop), Type.BOOL)), Type.BOOL)
    keys, key_values = named_values(node.by, scope)
    number = Column(" bin", Type.LONG)
    found = [
        (name, aggregate(call, scope), missing)
        for each, missing in node.aggregates
        for name, call in _calls(each, scope)
    ]
    columns = [Column(f" a{at}", value.type, fine=value.fine) for at, (_, value, _) in enumerate(found)]
    binned = Group(
        Filter(of, within),
        (*keys, number, *columns),
        (*key_values, Op("bin_number", (axis, start, step), Type.LONG)),
        tuple(value for _, value, _ in found),
    )
    bins = Op("bins", (start, stop, step), Type.LONG)
    names = Names(tuple(key.name for key in keys))
    missing = [_missing(each, value, scope) for _, value, each in found]
    series = tuple(
        Op("series", (Ref(number), Ref(column), bins, default), Type.DYNAMIC)
        for column, default in zip(columns, missing, strict=True)
    )
    out = tuple(Column(names.free(name), Type.DYNAMIC) for name, _, _ in found)
    grouped = Group(binned, (*keys, *out), tuple(map(Ref, keys)), series)
    along = Column(names.free(axis_name), Type.DYNAMIC)
    shown: tuple[Expr, ...] = (*map(Ref, keys), *map(Ref, out), Op("axis", (start, step, bins), Type.DYNAMIC))
    return Select(grouped, (*keys, *out, along), shown)


def _calls(node: tree.Argument, scope: Scope) -> list[tuple[str, tree.Call]]:
    """The aggregates that are written as one, and the names of their columns."""
    call, given = (node.value if isinstance(node, tree.Named) else node), given_names(node)
    if not isinstance(call, tree.Call):
        raise scope.error("make-series computes aggregates, such as count().", call)
    found = repeated(call, scope)
    check_names(node, len(found), scope)
    return [(given[at] if at < len(given) else aggregate_name(each), each) for at, each in enumerate(found)]


def _missing(node: tree.Expression | None, value: Expr, scope: Scope) -> Expr:
    if node is not None:
        return converted(value_of(node, scope.over(())), value.type)
    return Const(value.type, 0) if value.type in NUMBERS else Const(value.type, None)


def _edge(node: tree.Expression | None, name: str, axis: Expr, of: Relation, scope: Scope) -> Expr:
    """Where the axis begins or ends: as it is written, or where the rows do."""
    if node is not None:
        return converted(value_of(node, scope.over(())), axis.type)
    column = Column(" edge", axis.type, fine=axis.fine)
    edge = Only(Kept(Group(of, (column,), (), (Op(name, (axis,), axis.type, fine=axis.fine),))), axis.type, axis.fine)
    if name == "least":
        return edge
    after = "later" if axis.type is Type.DATETIME else "+"
    return Op(after, (edge, Const(Type.TIMESPAN if axis.type is Type.DATETIME else axis.type, 1)), axis.type, fine=True)
