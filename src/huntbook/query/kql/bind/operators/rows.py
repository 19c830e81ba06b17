"""Operators that keep rows as they are: which of them, in what order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.bind.convert import converted
from huntbook.query.kql.bind.expressions import predicate_of, value_of
from huntbook.query.kql.bind.operators.columns import named_values, solid
from huntbook.query.kql.plan import (
    Column,
    Const,
    Filter,
    Group,
    Limit,
    Numbered,
    Order,
    Ref,
    Select,
    Sorted,
    serialized,
)
from huntbook.query.kql.types import NUMBERS, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Expr, Relation


def where(node: tree.Where, of: Relation, scope: Scope) -> Relation:
    """Those rows for which a condition is true; one that is false or null leaves a row out."""
    from huntbook.query.kql.bind import searching  # noqa: PLC0415 - they need each other

    if node.name is not None:
        at = scope.text.find("=", node.name.span.end)
        sign = replace(node.name, span=replace(node.name.span, start=at, end=at + 1))
        raise scope.error("A condition compares with '==', and this is '='.", sign, hint="Did you mean ==?")
    if searching.has_star(node.predicate):
        return Filter(of, searching.condition(node.predicate, scope, wild=False))
    return Filter(of, predicate_of(node.predicate, scope))


def count_of(node: tree.Expression, scope: Scope) -> Expr:
    """How many rows: a constant."""
    value = value_of(node, scope.over(()))
    if value.type not in NUMBERS:
        raise scope.error("How many rows is a number.", node)
    return converted(value, Type.LONG)


def take(node: tree.Take, of: Relation, scope: Scope) -> Relation:
    """So many rows."""
    rows = count_of(node.rows, scope)
    if not scope.per or not serialized(of):
        return Limit(of, rows, per=scope.per)
    number = Column(" number", Type.LONG)  # the first of each part, by the order that they have
    first = Sorted(Numbered(of, number), (Order(Ref(number), descending=False, nulls_first=True),), rows, scope.per)
    return Select(first, of.columns, tuple(map(Ref, of.columns)))


def orders(keys: Sequence[tree.Key], scope: Scope) -> tuple[Order, ...]:
    """Bind the keys of a sort."""
    return tuple(Order(value_of(key.value, scope), key.descending, key.nulls_first) for key in keys)


def sort(node: tree.Sort, of: Relation, scope: Scope) -> Relation:
    """The rows in an order."""
    keys = orders(node.keys, scope)
    solid([key.value for key in keys], [key.value for key in node.keys], "sort by", scope)
    return Sorted(of, keys)


def top(node: tree.Top, of: Relation, scope: Scope) -> Relation:
    """The first rows of an order."""
    return Sorted(of, orders(node.keys, scope), count_of(node.rows, scope), scope.per)


def consume(_: tree.Consume, of: Relation, __: Scope) -> Relation:
    """No rows: `consume` only has them computed."""
    return Limit(of, Const(Type.LONG, 0))


def sample(node: tree.Sample, of: Relation, scope: Scope) -> Relation:
    """So many rows, at random."""
    return Limit(of, count_of(node.rows, scope), random=True, per=scope.per)


def sample_distinct(node: tree.SampleDistinct, of: Relation, scope: Scope) -> Relation:
    """So many different values."""
    if not isinstance(node.value, tree.Name):
        raise scope.error("sample-distinct takes the name of a column.", node.value)
    columns, values = named_values((node.value,), scope)
    solid(values, (node.value,), "sample-distinct", scope)
    return Limit(Group(of, columns, values, ()), count_of(node.rows, scope))
