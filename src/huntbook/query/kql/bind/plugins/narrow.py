"""`narrow`: a row for each cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql.bind.plugins._arguments import text
from huntbook.query.kql.plan import Column, Const, Numbered, Op, Ref, Select, Unnested
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from huntbook.query.kql import tree
    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Relation


def narrow(node: tree.Evaluate, of: Relation, scope: Scope) -> Relation:
    """A row for each cell: the number of its row, from 0, the name of its column, and its value as a text."""
    if node.call.arguments:
        raise scope.error("narrow() takes nothing.", node.call.arguments[0])
    row, pair = Column("Row", Type.LONG), Column("pair", Type.DYNAMIC)
    cells = tuple(
        Op("array", (Const(Type.STRING, column.name), text(Ref(column))), Type.DYNAMIC) for column in of.columns
    )
    unnested = Unnested(Numbered(of, row), (row, pair), (row,), (Op("array", cells, Type.DYNAMIC),))
    names = (Column("Column", Type.STRING, sparse=True), Column("Value", Type.STRING, sparse=True))
    parts = (text(Op("member", (Ref(pair), Const(Type.LONG, at)), Type.DYNAMIC)) for at in (0, 1))
    return Select(unnested, (row, *names), (Ref(row), *parts))
