"""`rows_near`: the rows around those for which something is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql.bind.expressions import predicate_of
from huntbook.query.kql.bind.operators.rows import count_of
from huntbook.query.kql.plan import Column, Filter, Numbered, Op, Ref, Select, serialized
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from huntbook.query.kql import tree
    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Relation


def rows_near(node: tree.Evaluate, of: Relation, scope: Scope) -> Relation:
    """The rows that are near one for which a condition is true, each once, in the order that they have."""
    if not 2 <= len(node.call.arguments) <= 3:
        raise scope.error("rows_near() takes a condition, how many rows before, and how many after.", node.call)
    if not serialized(of):
        raise scope.error(
            "rows_near() needs rows in an order.", node.call, hint="Put `sort by …` or `serialize` before it."
        )
    condition = predicate_of(node.call.arguments[0], scope)
    before, *after = (count_of(each, scope) for each in node.call.arguments[1:])  # type: ignore[arg-type]
    number, near = Column(" number", Type.LONG), Column(" near", Type.BOOL)
    numbered = Numbered(of, number)
    found = Op("near", (condition, Ref(number), before, after[0] if after else before), Type.BOOL)
    marked = Select(numbered, (*of.columns, near), (*map(Ref, of.columns), found))
    return Select(Filter(marked, Ref(near)), of.columns, tuple(map(Ref, of.columns)))
