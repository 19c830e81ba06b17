"""`rolling_percentile`: a percentile of the values in a bin and those before it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from huntbook.query.kql.bind.plugins._arguments import column_of, constant
from huntbook.query.kql.bind.plugins._written import asked, renamed
from huntbook.query.kql.plan import Column, Const, Ref, Select
from huntbook.query.kql.types import NUMBERS, Type

if TYPE_CHECKING:
    from huntbook.query.kql import tree
    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Relation

_MOST_BINS = 10_000  # of a window
_MEASURED = (*NUMBERS, Type.DATETIME, Type.TIMESPAN)


def rolling_percentile(node: tree.Evaluate, of: Relation, scope: Scope) -> Relation:
    """For each bin that has rows, a percentile of the values in it and in the bins before it, so many in all; by the nearest rank."""
    if len(node.call.arguments) < 5:
        raise scope.error(
            "rolling_percentile() takes a column of values, the percentile, the column to go along, the size of a bin, and how many "
            "bins a window has.",
            node.call,
        )
    value_node, share_node, index_node, size_node, bins_node, *slice_nodes = node.call.arguments
    value, index = column_of(value_node, node, scope), column_of(index_node, node, scope)
    for column, argument in ((value, value_node), (index, index_node)):
        if column.type not in _MEASURED:
            raise scope.error(f"{column.name!r} is a {column.type.value}, which cannot be measured.", argument)
    share, size, bins = (constant(each, scope) for each in (share_node, size_node, bins_node))
    length = Type.TIMESPAN if index.type in (Type.DATETIME, Type.TIMESPAN) else None
    if size.type is not length and (length or size.type not in NUMBERS):
        raise scope.error(
            f"The size of a bin is a {'timespan' if length else 'number'} here, not a {size.type.value}.", size_node
        )
    if not isinstance(bins.value, int) or not 1 <= bins.value <= _MOST_BINS:
        raise scope.error(f"A window has 1 to {_MOST_BINS:,} bins.", bins_node)
    slices = [column_of(each, node, scope) for each in slice_nodes]
    by = "".join(f", _d{at}" for at in range(len(slices)))
    shown = {"_v": value, "_at": index} | {f"_d{at}": each for at, each in enumerate(slices)}
    every = Column("_all", Type.BOOL)
    columns = (*(replace(column, name=name) for name, column in shown.items()), every)
    rows = Select(of, columns, (*map(Ref, shown.values()), Const(Type.BOOL, value=True)))
    text = f"""
        let _digests = materialize(_rows | where isnotnull(_at) | summarize _digest = tdigest(_v) by _b = bin(_at, _size), _all{by});
        _digests
        | mv-expand _at = range(_b, _b + (_bins - 1) * _size, _size) to typeof({index.type.value})
        | join kind=inner (_digests | project _at = _b, _all{by}) on _at, _all{by}
        | summarize _digest = tdigest_merge(_digest) by _at{by}
        | project _at{by}, _found = percentile_tdigest(_digest, _share, typeof({value.type.value}))
        | sort by _at asc{by}"""
    found = asked(text, {"_rows": rows, "_size": size, "_bins": bins, "_share": share}, node, scope)
    called = f"rolling_{bins.value}_percentile_{value.name}_{_written(share)}"
    names = {"_at": index.name} | {f"_d{at}": each.name for at, each in enumerate(slices)}
    return renamed(found, names | {"_found": called})


def _written(share: Const) -> str:
    """A percentile as it stands in the column's name."""
    return str(share.value).replace(".", "_")
