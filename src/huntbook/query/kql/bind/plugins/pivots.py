"""`pivot`: a column for each value of a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from huntbook.query.kql import tree
from huntbook.query.kql.bind.naming import Names
from huntbook.query.kql.bind.operators.groups import aggregate
from huntbook.query.kql.bind.plugins._arguments import MOST_COLUMNS, column_of, text
from huntbook.query.kql.plan import Column, Const, Group, Limit, Op, Ref, Select
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from collections.abc import Callable

    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Expr, Relation

_AGGREGATES = (
    "min",
    "max",
    "take_any",
    "any",
    "sum",
    "dcount",
    "avg",
    "stdev",
    "variance",
    "make_list",
    "make_bag",
    "make_set",
    "count",
)
_ZERO = ("count", "sum", "dcount")  # what they are over no rows
_EMPTY = {"make_list": "[]", "make_set": "[]", "make_bag": "{}"}


def pivot(node: tree.Evaluate, of: Relation, scope: Scope) -> Relation:
    """One row for each combination of the other columns, with a column for each value of the pivoted one.

    The columns come in the order of the values. Declared columns that no row has are there as well.
    """
    first, *rest = node.call.arguments or (None,)
    turned = column_of(first, node, scope)
    call: tree.Call | None = None
    if rest and isinstance(rest[0], tree.Call):
        call, *rest = rest  # type: ignore[assignment]
    value, used = _aggregate(call, scope)
    keys = [column_of(each, node, scope) for each in rest] or [
        column for column in of.columns if column is not turned and column.name not in used
    ]
    label = Column(" label", Type.STRING)
    cell = Column(" cell", value.type, value.sparse, value.fine)
    grouped = Group(of, (*keys, label, cell), (*map(Ref, keys), text(Ref(turned))), (value,))
    shown = _declared(node, keys, value, scope) if node.schema else _found(node, of, turned, keys, scope)
    columns = tuple(Column(called, value.type, value.sparse, value.fine) for called, _ in shown)
    cells = tuple(_cell(Ref(cell), label, name) for _, name in shown)
    wide = Group(grouped, (*keys, *columns), tuple(map(Ref, keys)), cells)
    missing = _missing(call, value)
    return _in_order(node, Select(wide, (*keys, *columns), (*map(Ref, keys), *(missing(each) for each in columns))))


def _aggregate(call: tree.Call | None, scope: Scope) -> tuple[Expr, set[str]]:
    """The aggregate, and the names of the columns that it is of."""
    if call is None:
        return Op("count", (), Type.LONG), set()
    if call.name.name not in _AGGREGATES:
        raise scope.error(
            f"pivot() does not take {call.name.name}().", call, hint=f"It takes {', '.join(_AGGREGATES)}."
        )
    return aggregate(call, scope), {each.name for each in call.arguments if isinstance(each, tree.Name)}


def _found(
    node: tree.Evaluate, of: Relation, turned: Column, keys: list[Column], scope: Scope
) -> list[tuple[str, str]]:
    """The columns that the data give: how each is called, and for which value it is."""
    if scope.ask is None:
        raise scope.error(
            "Which columns pivot() gives depends on the data.",
            node,
            hint="Declare them: evaluate pivot(…) : (key:string, value:long, …).",
        )
    label = Column("label", Type.STRING)
    group = Group(of, (label,), (text(Ref(turned)),), ())
    rows = scope.ask(Limit(group, Const(Type.LONG, MOST_COLUMNS + 1)))
    if len(rows) > MOST_COLUMNS:
        raise scope.error(f"{turned.name!r} has more than {MOST_COLUMNS:,} values.", node, hint="Filter them first.")
    labels = sorted(cast("str | None", row[0]) or "" for row in rows)
    names = Names(tuple(key.name for key in keys))
    found = [(names.free(name) if name else names.column(), name) for name in labels]
    if not all(labels):
        scope.cautions[f"rows where {turned.name!r} is empty are in the column {found[0][0]!r} of the pivot"] = None
    return found


def _declared(node: tree.Evaluate, keys: list[Column], value: Expr, scope: Scope) -> list[tuple[str, str]]:
    """The columns that the schema says."""
    kinds = {key.name: key.type for key in keys}
    declared = node.schema.columns if node.schema is not None else ()
    missing = [name for name in kinds if name not in {each.name for each, _ in declared}]
    if missing:
        raise scope.error(f"The schema has no column {missing[0]!r}, which pivot() gives.", node.schema or node)
    for name, kind in declared:
        gives = kinds.get(name.name, value.type)
        if kind is not gives:
            raise scope.error(f"{name.name!r} is a {gives.value}, and the schema says {kind.value}.", name)
    return [(name.name, name.name) for name, _ in declared if name.name not in kinds]


def _cell(cell: Expr, label: Column, name: str) -> Expr:
    """The aggregate of the rows with one value: there is one at most for each key."""
    at = Op("==", (Ref(label), Const(Type.STRING, name)), Type.BOOL)
    return Op("take_where", (cell, at), cell.type, fine=cell.fine, sparse=cell.type is Type.STRING)


def _missing(call: tree.Call | None, value: Expr) -> Callable[[Column], Expr]:
    """What stands where there is no row with a value: what the aggregate is over no rows."""
    name = call.name.name if call is not None else "count"
    empty = _EMPTY.get(name, 0 if name in _ZERO else None)

    def filled(column: Column) -> Expr:
        of = Ref(column)
        return of if empty is None else Op("coalesce", (of, Const(value.type, empty)), value.type, fine=value.fine)

    return filled


def _in_order(node: tree.Evaluate, wide: Relation) -> Relation:
    """The columns in the order of the schema, where there is one."""
    if node.schema is None:
        return wide
    by_name = {column.name: column for column in wide.columns}
    columns = tuple(by_name[name.name] for name, _ in node.schema.columns)
    return Select(wide, columns, tuple(map(Ref, columns)))
