"""Operators that make many rows of one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.bind.convert import converted
from huntbook.query.kql.bind.expressions import value_of
from huntbook.query.kql.bind.naming import own_name
from huntbook.query.kql.bind.operators.columns import column_for, matching, only, solid
from huntbook.query.kql.bind.operators.rows import count_of
from huntbook.query.kql.bind.rewrite import parts
from huntbook.query.kql.bind.scope import OF_PART
from huntbook.query.kql.plan import Column, Group, Joined, Kept, Numbered, Only, Ref, Select, Unnested
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Expr, Relation


def mv_expand(node: tree.MvExpand, of: Relation, scope: Scope) -> Relation:
    """A row for each element of arrays; of a bag, for each member."""
    arrays = [_array(item, scope) for item in node.items]
    names = [own_name(item.value) or f"Column{number + 1}" for number, item in enumerate(node.items)]
    kept = tuple(column for column in of.columns if column.name not in names)
    expanded = tuple(Column(name, Type.DYNAMIC) for name in names)
    index = Column(node.item_index.name, Type.LONG) if node.item_index else None
    limit = count_of(node.limit, scope) if node.limit else None
    inside = (*kept, *expanded, *((index,) if index else ()))
    unnested = Unnested(*_computed(of, inside, kept, arrays), index, limit, node.kind == "array")
    return _typed(node, unnested, of, names)


def _array(item: tree.Expanded, scope: Scope) -> Expr:
    value = value_of(item.value, scope)
    if value.type not in (Type.DYNAMIC, Type.UNKNOWN):
        raise scope.error(f"Only a dynamic can be expanded, and this is {value.type.value}.", item.value)
    return value


def _computed(
    of: Relation, inside: tuple[Column, ...], kept: tuple[Column, ...], arrays: Sequence[Expr]
) -> tuple[Relation, tuple[Column, ...], tuple[Column, ...], tuple[Expr, ...]]:
    """What is expanded: an array that another relation gives (`toscalar`) is a column first, as it has to be there once."""
    if not any(isinstance(part, Only) for array in arrays for part in parts(array)):
        return of, inside, kept, tuple(arrays)
    columns = tuple(Column(f" array{at}", Type.DYNAMIC) for at in range(len(arrays)))
    return Select(of, (*of.columns, *columns), (*map(Ref, of.columns), *arrays)), inside, kept, tuple(map(Ref, columns))


def _as(column: Column, kind: Type | None) -> Expr:
    return Ref(column) if kind is None else converted(Ref(column), kind)


def _typed(node: tree.MvExpand | tree.MvApply, unnested: Unnested, of: Relation, names: list[str]) -> Relation:
    """The elements as the types that were asked for, in the places of the columns that they come from."""
    by_name = {column.name: column for column in unnested.columns}
    kinds = {name: item.type for name, item in zip(names, node.items, strict=True)}
    order = [column.name for column in of.columns]
    order += [name for name in by_name if name not in order]
    values = [_as(by_name[name], kinds.get(name)) for name in order]
    return Select(
        unnested, tuple(column_for(name, value) for name, value in zip(order, values, strict=True)), tuple(values)
    )


def mv_apply(node: tree.MvApply, of: Relation, scope: Scope) -> Relation:
    """Operators on the elements of each row's arrays, alone; a row of which nothing comes out is left out."""
    from huntbook.query.kql.bind.query import through  # noqa: PLC0415 - they need each other

    row = Column(f" row{len(of.columns)}", Type.LONG)  # one within another has its own
    numbered = Kept(Numbered(of, row))
    arrays = tuple(_array(item, scope) for item in node.items)
    names = [own_name(item.value) or f"Column{number + 1}" for number, item in enumerate(node.items)]
    index = Column(node.item_index.name, Type.LONG) if node.item_index else None
    limit = count_of(node.limit, scope) if node.limit else None
    outer = tuple(column for column in of.columns if column.name not in names)
    expanded = tuple(Column(name, Type.DYNAMIC) for name in names)
    inside = (row, *outer, *expanded, *((index,) if index else ()))
    unnested = Unnested(*_computed(numbered, inside, (row, *outer), arrays), index, limit)
    typed = _typed(node, unnested, numbered, names)
    body = through(typed, node.body, replace(scope.over(typed.columns), per=(row,), parts=numbered))
    found = [column for column in body.columns if column is not row and column not in outer]
    gone = {item.value.name for item in node.items if isinstance(item.value, tree.Name)}
    kept = [column for column in numbered.columns if column is not row and column.name not in gone]
    return _beside(numbered, (row, kept), found, body, scope.per)


def _beside(
    numbered: Relation,
    rows: tuple[Column, list[Column]],
    found: list[Column],
    body: Relation,
    per: tuple[Column, ...],
) -> Relation:
    """The rows, and beside each what came out of it; a column of the same name takes the place of what is kept."""
    row, kept = rows
    new = {column.name: column for column in found}
    there = {column.name for column in kept}
    shown = [("right", new[column.name]) if column.name in new else ("left", column) for column in kept]
    shown += [("right", column) for column in found if column.name not in there]
    columns = tuple(column if column in per else replace(column) for _, column in shown)
    pair = (Ref(row), Ref(row))
    return Joined("inner", numbered, body, (pair,), columns, tuple(shown))  # type: ignore[arg-type]


def partition(node: tree.Partition, of: Relation, scope: Scope) -> Relation:
    """Operators on the rows of each value of a column, alone; or, in braces, a query for each value."""
    from huntbook.query.kql.bind.query import through  # noqa: PLC0415

    if not isinstance(node.by, tree.Name):
        raise scope.error("partition by a column.", node.by, hint="Make one of it with extend.")
    [column] = matching(node.by, scope)
    solid((Ref(column),), (node.by,), "partition by", scope)
    if isinstance(node.body, tree.Pipe):
        return _for_each_value(column, node.body, of, scope)
    apart = Column(" part", column.type, fine=column.fine)
    parted = Select(of, (*of.columns, apart), (*map(Ref, of.columns), Ref(column)))
    parts = Group(parted, (apart,), (Ref(apart),), ())
    body = through(parted, node.body, replace(scope.over(parted.columns), per=(apart,), parts=parts))
    return only(body, (each for each in body.columns if each is not apart), scope)


def _for_each_value(column: Column, body: tree.Pipe, of: Relation, scope: Scope) -> Relation:
    """The rows of a query for each value of a column; in the query, the column's name means the value."""
    from huntbook.query.kql.bind.query import relation_of, through  # noqa: PLC0415

    if scope.per:
        raise scope.error("partition with a query in braces cannot stand within another's parts.", body)
    value = Column(OF_PART, column.type, column.sparse, column.fine)
    source = relation_of(body.source, scope)
    each = Group(of, (value,), (Ref(column),), ())
    shown = (*(("left", there) for there in source.columns), ("right", value))
    copies = tuple(replace(there) for there in source.columns)
    rows = Joined("inner", source, each, (), (*copies, value), shown)  # type: ignore[arg-type]
    inside = replace(scope.knowing(column.name, Ref(value)).over(rows.columns), per=(value,), parts=each)
    found = through(rows, body.operators, inside)
    return only(found, (there for there in found.columns if there is not value), scope)
