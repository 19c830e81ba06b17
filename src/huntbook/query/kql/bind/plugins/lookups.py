"""`ipv4_lookup` and `ipv6_lookup`: rows of a table of networks, by an address that is in them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.bind.naming import Names
from huntbook.query.kql.bind.plugins._arguments import applied, column_of, truth_of
from huntbook.query.kql.plan import Column, Filter, Group, Joined, Kept, Numbered, Op, Ref, Select
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Expr, Relation


def _family(node: tree.Evaluate) -> str:
    return node.call.name.name[:4]


def ipv4_lookup(node: tree.Evaluate, of: Relation, scope: Scope) -> Relation:
    """The rows, and beside each the rows of a table in whose network its address is; several, where several networks have it."""
    return _looked_up(node, of, scope)


def ipv6_lookup(node: tree.Evaluate, of: Relation, scope: Scope) -> Relation:
    """The same by IPv6 addresses, IPv4 ones among them; the table's columns come first."""
    return _looked_up(node, of, scope)


def _looked_up(node: tree.Evaluate, of: Relation, scope: Scope) -> Relation:
    from huntbook.query.kql.bind.query import relation_of  # noqa: PLC0415 - they need each other

    named = [each for each in node.call.arguments if isinstance(each, tree.Named)]
    given = [each for each in node.call.arguments if not isinstance(each, tree.Named)]
    if len(given) > 3 and isinstance(given[-1], tree.Literal) and given[-1].type is Type.BOOL and not named:
        named = [tree.Named(given[-1].span, (tree.Name(given[-1].span, "return_unmatched"),), given.pop())]
    if len(given) < 3 or any(each.names[0].name != "return_unmatched" for each in named):
        raise scope.error(
            f"{node.call.name.name}() takes a table, the column of addresses, the table's column of networks, more columns to "
            "match, and return_unmatched.",
            node.call,
        )
    table = relation_of(given[0], scope.over(()))
    there = scope.over(table.columns)
    address, network = column_of(given[1], node, scope), column_of(given[2], node, there)
    for column, argument in ((address, given[1]), (network, given[2])):
        if column.type is not Type.STRING:
            raise scope.error(f"{column.name!r} is a {column.type.value}, not a string.", argument)
    more = [(column_of(each, node, scope), column_of(each, node, there)) for each in given[3:]]
    unmatched = truth_of(named[0].value if named else None, scope)
    row = Column(" row", Type.LONG)
    numbered = Kept(Numbered(of, row))
    found = _matches(numbered, table, (row, address, network, more), node, scope)
    shared = {column for _, column in more}
    left = [("left", column) for column in of.columns]
    right = [("right", column) for column in table.columns if column not in shared]
    shown = left + right if _family(node) == "ipv4" else right + left
    names = Names()
    columns = tuple(
        replace(column, name=names.free(column.name), sparse=column.type is Type.STRING) for _, column in shown
    )
    kind = "left" if unmatched else "inner"
    return Joined(kind, numbered, found, ((Ref(row), Ref(row)),), columns, tuple(shown))  # type: ignore[arg-type]


_Wanted = tuple[Column, Column, Column, list[tuple[Column, Column]]]


def _matches(numbered: Relation, table: Relation, wanted: _Wanted, node: tree.Evaluate, scope: Scope) -> Relation:
    """The table's rows, with the number of the row that they belong to.

    For each size of network that the table has, an address is cut to it: then what is equal belongs together.
    """
    family = _family(node)
    row, address, network, more = wanted
    size, start = Column(" size", Type.LONG), Column(" start", Type.STRING)
    measured = Select(
        table, (*table.columns, size), (*map(Ref, table.columns), Op(f"{family}_size", (Ref(network),), Type.LONG))
    )
    begins = _cut(Ref(network), Ref(size), node, scope)
    ready = Kept(Select(measured, (*measured.columns, start), (*map(Ref, measured.columns), begins)))
    each_size = Column(" each", Type.LONG)
    sizes = Group(ready, (each_size,), (Ref(size),), ())
    needed = tuple(dict.fromkeys((row, address, *(column for column, _ in more))))
    shown = (*(("left", column) for column in needed), ("right", each_size))
    crossed = Joined("inner", numbered, sizes, (), (*needed, each_size), shown)  # type: ignore[arg-type]
    own = Op(f"{family}_size", (Ref(address),), Type.LONG)
    inside = Filter(crossed, Op(">=", (own, Ref(each_size)), Type.BOOL))
    pairs: list[tuple[Expr, Expr]] = [
        (_cut(Ref(address), Ref(each_size), node, scope), Ref(start)),
        (Ref(each_size), Ref(size)),
        *((Ref(here), Ref(there)) for here, there in more),
    ]
    values = (("left", row), *(("right", column) for column in table.columns))
    return Joined("inner", inside, ready, tuple(pairs), (row, *table.columns), values)  # type: ignore[arg-type]


def _cut(of: Expr, size: Expr, node: tree.Evaluate, scope: Scope) -> Expr:
    """An address cut to its first bits, as a text; null where it is none."""
    family = _family(node)
    cut = applied(f"parse_{family}_mask", (of, size), node, scope)
    return Op("cast", (cut,), Type.STRING, sparse=True) if family == "ipv4" else cut
