"""`dcount_intersect`: how many values several sets have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql.bind.expressions import value_of
from huntbook.query.kql.bind.plugins._arguments import applied
from huntbook.query.kql.plan import Column, Select
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from huntbook.query.kql import tree
    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Relation

_MOST = 16


def dcount_intersect(node: tree.Evaluate, of: Relation, scope: Scope) -> Relation:
    """How many values the first set has, then the first two in common, and so on. Sets hold their values: this is exact."""
    given = node.call.arguments
    if not 2 <= len(given) <= _MOST:
        raise scope.error(f"dcount_intersect() takes 2 to {_MOST} sets, as hll() makes them.", node.call)
    sets = [value_of(each, scope) for each in given]
    for value, each in zip(sets, given, strict=True):
        if value.type is not Type.DYNAMIC:
            raise scope.error("dcount_intersect() takes sets, as hll() makes them.", each)
    common = [sets[0], *(applied("set_intersect", sets[: n + 1], node, scope) for n in range(1, len(sets)))]
    counts = tuple(applied("array_length", (each,), node, scope) for each in common)
    return Select(of, tuple(Column(f"s{number}", Type.LONG) for number in range(len(counts))), counts)
