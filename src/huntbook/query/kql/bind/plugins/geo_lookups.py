"""`geo_polygon_lookup` and `geo_line_lookup`: rows of a table of shapes, by a point that is in them or near."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from huntbook.query.kql.bind.convert import fitting
from huntbook.query.kql.bind.naming import Names
from huntbook.query.kql.bind.plugins._arguments import applied, by_name, column_of, constant, truth_of
from huntbook.query.kql.plan import Column, Filter, Joined, Kept, Numbered, Op, Ref
from huntbook.query.kql.types import NUMBERS, Type

if TYPE_CHECKING:
    from huntbook.query.kql import tree
    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Expr, Relation

_HINTS = ("join_hint", "lookup_area_radius", "return_lookup_key")  # how the service goes about it


def geo_polygon_lookup(node: tree.Evaluate, of: Relation, scope: Scope) -> Relation:
    """The rows, and beside each the rows of a table whose polygon its point is in; with a radius, those it is so near to."""
    return _looked_up("LookupPolygonKey", node, of, scope)


def geo_line_lookup(node: tree.Evaluate, of: Relation, scope: Scope) -> Relation:
    """The rows, and beside each the rows of a table whose line its point is near to."""
    return _looked_up("LookupLineKey", node, of, scope)


def _looked_up(key: str, node: tree.Evaluate, of: Relation, scope: Scope) -> Relation:
    from huntbook.query.kql.bind.query import relation_of  # noqa: PLC0415 - they need each other

    names = ("LookupTable", "SourceLongitude", "SourceLatitude", key, "radius", "return_unmatched", *_HINTS)
    given = by_name(node, names, scope)
    needed = names[: 4 if key == "LookupPolygonKey" else 5]
    if missing := [name for name in needed if name not in given]:
        raise scope.error(f"{node.call.name.name}() takes {', '.join(needed)}: {missing[0]} is not given.", node.call)
    table = relation_of(given["LookupTable"], scope.over(()))
    point = tuple(column_of(given[name], node, scope) for name in names[1:3])
    for column, name in zip(point, names[1:3], strict=True):
        if column.type not in NUMBERS:
            raise scope.error(f"{column.name!r} is a {column.type.value}, not a number.", given[name])
    shape = column_of(given[key], node, scope.over(table.columns))
    if shape.type is not Type.DYNAMIC:
        raise scope.error(f"{shape.name!r} is a {shape.type.value}, not a dynamic.", given[key])
    radius = _radius(given.get("radius"), scope)
    row = Column(" row", Type.LONG)
    numbered = Kept(Numbered(of, row))
    needed_columns = (row, *dict.fromkeys(point))
    there = tuple(replace(column) for column in table.columns)
    values = (*(("left", column) for column in needed_columns), *(("right", column) for column in table.columns))
    crossed = Joined("inner", numbered, table, (), (*needed_columns, *there), values)  # type: ignore[arg-type]
    at = there[table.columns.index(shape)]
    found = Filter(crossed, _near(point, at, radius, node, scope))
    shown = [*(("left", column) for column in of.columns), *(("right", column) for column in there)]
    free = Names()
    columns = tuple(
        replace(column, name=free.free(column.name), sparse=column.type is Type.STRING) for _, column in shown
    )
    kind = "left" if truth_of(given.get("return_unmatched"), scope) else "inner"
    return Joined(kind, numbered, found, ((Ref(row), Ref(row)),), columns, tuple(shown))  # type: ignore[arg-type]


def _radius(node: tree.Argument | None, scope: Scope) -> Expr | None:
    if node is None:
        return None
    fitted = fitting(constant(node, scope), "real")
    if fitted is None:
        raise scope.error("The radius is a number of metres.", node)
    return fitted


def _near(point: tuple[Column, ...], shape: Column, radius: Expr | None, node: tree.Evaluate, scope: Scope) -> Expr:
    """Whether a point is in a polygon, or within a radius of a shape."""
    of = tuple(fitting(Ref(column), "real") or Ref(column) for column in point)
    if radius is None:
        return applied("geo_point_in_polygon", (*of, Ref(shape)), node, scope)
    kind = "polygon" if node.call.name.name == "geo_polygon_lookup" else "line"
    distance = applied(f"geo_distance_point_to_{kind}", (*of, Ref(shape)), node, scope)
    return Op("<=", (distance, radius), Type.BOOL)
