"""`schema_merge`: one schema of several, each as `getschema` gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql.bind.plugins._arguments import by_name, constant
from huntbook.query.kql.bind.plugins._written import asked
from huntbook.query.kql.plan import Const
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from huntbook.query.kql import tree
    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Relation

_COLUMNS = ("ColumnName", "ColumnOrdinal", "DataType", "ColumnType")
_MERGED = """
    _schemas
    | summarize _least = min(ColumnOrdinal), _most = max(ColumnOrdinal), _types = dcount(ColumnType),
        DataType = take_any(DataType), ColumnType = take_any(ColumnType) by ColumnName
    | extend _moved = _in_order and _least != _most
    | where not(op_stops(_types > 1, strcat("schema_merge() has several types for ", ColumnName, ", and which are made one is not documented")))
    | extend ColumnOrdinal = toint(iff(_moved, -1, _most))
    | sort by _moved asc, ColumnOrdinal asc
    | where not(op_stops(not(_moved) and prev(ColumnOrdinal) == ColumnOrdinal,
        strcat("schema_merge() has several columns at the place of ", ColumnName, ", and which comes first is not documented")))
    | project ColumnName, ColumnOrdinal,
        DataType = iff(_moved, "ERROR(unknown CSL type:ERROR(columns are out of order))", DataType),
        ColumnType = iff(_moved, "ERROR(columns are out of order)", ColumnType)"""


def schema_merge(node: tree.Evaluate, of: Relation, scope: Scope) -> Relation:
    """The columns of several schemas, each once; one that has moved is an error, where their order counts.

    Two types of one column, and two columns in one place, end the query: what becomes of them is not documented.
    """
    missing = [name for name in _COLUMNS if name not in {column.name for column in of.columns}]
    if missing:
        raise scope.error(
            f"schema_merge() takes schemas, which have a column {missing[0]!r}.",
            node.call,
            hint="union of … | getschema.",
        )
    given = by_name(node, ("PreserveOrder",), scope)
    order = constant(given["PreserveOrder"], scope) if "PreserveOrder" in given else Const(Type.BOOL, value=True)
    if order.type is not Type.BOOL:
        raise scope.error("PreserveOrder is true or false.", node.call)
    return asked(_MERGED, {"_schemas": of, "_in_order": order}, node, scope)
