"""`basket`: values of columns that many rows have in common."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.bind.plugins._arguments import column_of, constant
from huntbook.query.kql.bind.plugins._written import asked, renamed
from huntbook.query.kql.plan import Const, Ref, Select
from huntbook.query.kql.types import NUMBERS, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Column, Expr, Relation

_MOST_COLUMNS = 64
_LEAST, _USUAL = 0.015, 0.05  # how great a part of the rows a pattern has
_DIMENSIONS = 5
_OF_DYNAMIC = {Type.REAL: "toreal({})", Type.DYNAMIC: "{}"}


def basket(node: tree.Evaluate, of: Relation, scope: Scope) -> Relation:
    """The patterns that a part of the rows has, with how many rows: each has values in some columns, and in the others anything."""
    given = dict(enumerate(node.call.arguments))
    ratio = _number(given.get(0), _USUAL, scope)
    weight = None if _is_usual(given.get(1)) else column_of(given[1], node, scope)
    dimensions = _number(given.get(2), _DIMENSIONS, scope)
    if not _LEAST <= float(ratio) <= 1:
        raise scope.error(f"The part of the rows is {_LEAST} to 1.", given[0])
    if weight is not None and weight.type not in NUMBERS:
        raise scope.error(f"{weight.name!r} is a {weight.type.value}, not a number.", given[1])
    columns = [column for column in of.columns if column is not weight]
    if not 1 <= len(columns) <= _MOST_COLUMNS:
        raise scope.error(
            f"basket() looks at 1 to {_MOST_COLUMNS} columns.", node.call, hint="project those that are wanted."
        )
    wild = _wildcards(node.call.arguments[3:], columns, scope)
    shown = {f"_c{at}": column for at, column in enumerate(columns)} | ({"_w": weight} if weight else {})
    rows = Select(of, tuple(replace(each, name=name) for name, each in shown.items()), tuple(map(Ref, shown.values())))
    cells = ", ".join(f"_c{at}" for at in range(len(columns)))
    told = ", ".join(
        f"_t{at} = iff(tobool(_found.m[{at}]), {_read(f'_found.v[{at}]', column)}, _any{at})"
        for at, column in enumerate(columns)
    )
    text = f"""
        _rows | summarize _n = todouble({"sum(_w)" if weight else "count()"}) by _row = tostring(pack_array({cells}))
        | summarize _found = op_baskets(_row, _n, _ratio, _dimensions)
        | mv-expand _found | where isnotnull(_found)
        | project SegmentId = tolong(_found.i), Count = tolong(_found.n), Percent = toreal(_found.p), {told}
        | sort by SegmentId asc"""
    values: dict[str, Expr] = {f"_any{at}": each for at, each in enumerate(wild)}
    values |= {"_ratio": Const(Type.REAL, float(ratio)), "_dimensions": Const(Type.LONG, int(dimensions))}
    found = asked(text, {**values, "_rows": rows}, node, scope)
    names = {name: name for name in ("SegmentId", "Count", "Percent")}
    return renamed(found, names | {f"_t{at}": column.name for at, column in enumerate(columns)})


def _read(member: str, column: Column) -> str:
    """KQL: a member of a dynamic as the type of a column."""
    return _OF_DYNAMIC.get(column.type, f"to{column.type.value}({{}})").format(member)


def _is_usual(node: tree.Argument | None) -> bool:
    """Whether an argument is left out, or a tilde in its place."""
    return node is None or (isinstance(node, tree.Literal) and node.value == "~")


def _number(node: tree.Argument | None, usual: float, scope: Scope) -> float:
    if node is None or _is_usual(node):
        return usual
    value = constant(node, scope)
    if value.type not in NUMBERS or value.value is None:
        raise scope.error("This must be a number.", node)
    return float(str(value.value))


def _wildcards(given: Sequence[tree.Argument], columns: Sequence[Column], scope: Scope) -> list[Const]:
    """What stands for anything, by the type of each column."""
    found: dict[Type, Const] = {}
    for node in given:
        if not _is_usual(node):
            value = constant(node, scope)
            found[value.type] = value
    return [
        found.get(column.type, Const(column.type, "" if column.type is Type.STRING else None)) for column in columns
    ]
