"""`join` and `lookup`: all of KQL's kinds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.bind.convert import converted
from huntbook.query.kql.bind.naming import Names
from huntbook.query.kql.bind.scope import meant
from huntbook.query.kql.plan import FirstOf, Joined, Ref
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Expr, Relation

_KINDS = {
    "innerunique": "inner",
    "inner": "inner",
    "leftouter": "left",
    "rightouter": "right",
    "fullouter": "full",
    "leftsemi": "semi",
    "rightsemi": "semi",
    "leftanti": "anti",
    "leftantisemi": "anti",
    "anti": "anti",
    "rightanti": "anti",
    "rightantisemi": "anti",
}


_OF_SQL = {"left": "leftouter", "right": "rightouter", "full": "fullouter", "outer": "fullouter", "semi": "leftsemi"}


def join(node: tree.Join, of: Relation, scope: Scope) -> Relation:
    """Rows of two tables that belong together."""
    from huntbook.query.kql.bind.query import relation_of  # noqa: PLC0415 - they need each other

    if node.kind not in _KINDS:
        raise _no_kind(node, scope)
    if not node.on:
        raise scope.error(f"{node.keyword} needs columns to join on.", node, hint="Put `on column` at the end.")
    left, right = of, relation_of(node.right, scope.over(()))
    pairs = _pairs(node, left, right, scope)
    if node.kind == "innerunique":
        left = FirstOf(left, tuple(pair[0] for pair in pairs))
    if node.kind.startswith("right") and node.kind != "rightouter":
        left, right, pairs = right, left, [(after, before) for before, after in pairs]
    kind = _KINDS[node.kind]
    shown = [("left", column) for column in left.columns]
    if kind not in ("semi", "anti"):
        shared = {pair[1].column for pair in pairs if isinstance(pair[1], Ref)} if node.keyword == "lookup" else set()
        shown += [("right", column) for column in right.columns if column not in shared]
    names = Names()
    columns = tuple(
        column
        if column in scope.per
        else replace(column, name=names.free(column.name), sparse=column.type is Type.STRING)
        for _, column in shown
    )
    return Joined(kind, left, right, tuple(pairs), columns, tuple(shown))  # type: ignore[arg-type]


def _no_kind(node: tree.Join, scope: Scope) -> Exception:
    at = scope.text.find(node.kind, scope.text.find("=", node.span.start))
    word = tree.Name(tree.Span(at, at + len(node.kind)), node.kind)
    hint = f"Did you mean {_OF_SQL[node.kind]!r}?" if node.kind in _OF_SQL else meant(node.kind, list(_KINDS))
    return scope.error(f"There is no kind of join {node.kind!r}.", word, hint=hint)


def _pairs(node: tree.Join, left: Relation, right: Relation, scope: Scope) -> list[tuple[Expr, Expr]]:
    within = replace(scope, columns=left.columns, sides={"$left": left.columns, "$right": right.columns})
    found: list[tuple[Expr, Expr]] = []
    for condition in node.on:
        found += _condition(condition, right, within)
    return found


def _condition(node: tree.Expression, right: Relation, scope: Scope) -> list[tuple[Expr, Expr]]:
    from huntbook.query.kql.bind.expressions import value_of  # noqa: PLC0415

    if isinstance(node, tree.Name):
        there = scope.over(right.columns)
        for side, columns in (("left", scope), ("right", there)):
            if columns.column(node.name) is None and node.name not in scope.meanings:
                hint = meant(node.name, [column.name for column in columns.columns])
                raise scope.error(f"There is no column {node.name!r} on the {side} side of the join.", node, hint=hint)
        return [_alike(value_of(node, scope.over(scope.columns)), value_of(node, there), node, scope)]
    if isinstance(node, tree.Binary) and node.operator == "and":
        return [*_condition(node.left, right, scope), *_condition(node.right, right, scope)]
    if isinstance(node, tree.Binary) and node.operator == "==":
        sides = {_side(node.left): node.left, _side(node.right): node.right}
        if set(sides) == {"$left", "$right"}:
            return [_alike(value_of(sides["$left"], scope), value_of(sides["$right"], scope), node, scope)]
    hint = ""
    if isinstance(node, tree.Binary) and isinstance(node.left, tree.Name) and isinstance(node.right, tree.Name):
        hint = f"Write $left.{node.left.name} == $right.{node.right.name}."
    raise scope.error("Join on a column's name, or on $left.a == $right.b.", node, hint=hint)


def _side(node: tree.Expression) -> str:
    return node.of.name if isinstance(node, tree.Member) and isinstance(node.of, tree.Name) else ""


def _alike(left: Expr, right: Expr, node: tree.Node, scope: Scope) -> tuple[Expr, Expr]:
    if Type.DYNAMIC is left.type is right.type:
        raise scope.error("Dynamics cannot be joined on.", node, hint="Convert them first: | extend … = tostring(…).")
    if left.type is right.type:
        return left, right
    if {left.type, right.type} == {Type.INT, Type.LONG} and not isinstance(node, tree.Name):
        return converted(left, Type.LONG), converted(right, Type.LONG)
    kind = next(each.type.value for each in (right, left) if each.type is not Type.DYNAMIC)
    raise scope.error(
        f"Columns of types {left.type.value} and {right.type.value} cannot be joined on.",
        node,
        hint=f"Convert one of them first: | extend … = to{kind}(…).",
    )
