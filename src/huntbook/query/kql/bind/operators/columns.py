"""Operators that change columns and keep rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from huntbook.query.kql import tree
from huntbook.query.kql.bind.expressions import is_parsed_text
from huntbook.query.kql.bind.naming import Names
from huntbook.query.kql.bind.several import Part, apart, named, parts_of
from huntbook.query.kql.plan import Apply, Column, Const, Ref, Rows, Select, Serialized
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Expr, Relation


def column_for(name: str, value: Expr) -> Column:
    """The column that an expression becomes: the same one, where it is a column that keeps its name."""
    if isinstance(value, Ref) and value.column.name == name:
        return value.column
    return Column(name, value.type, value.sparse, value.fine, value if is_parsed_text(value) else None)


def named_values(nodes: Sequence[tree.Argument], scope: Scope) -> tuple[tuple[Column, ...], tuple[Expr, ...]]:
    """Bind a list of columns; those without a name get one."""
    names, said = Names((), scope.unnamed), set[str]()
    bound: list[tuple[str, Expr]] = []
    for node in nodes:
        for part in parts_of(node, scope):
            value = itself(part.value)
            if _is_said(node, part, value):
                say(part.name, said, node, scope)
            bound.append((names.free(part.name) if part.name else names.column(), value))
    return tuple(column_for(name, value) for name, value in bound), tuple(value for _, value in bound)


def _is_said(node: tree.Argument, part: Part, value: Expr) -> bool:
    """Whether the query says what a column is called: it does where it names a column, and nothing is done to it."""
    itself_named = isinstance(value, Ref) and value.column.name == part.name
    return not part.made and (isinstance(node, (tree.Named, tree.Name)) or itself_named)


def say(name: str, said: set[str], node: tree.Node, scope: Scope) -> None:
    """Note that the query gives a column this name: it cannot give it to another as well."""
    if name in said:
        raise scope.error(f"There are two columns {name!r}.", node, hint="Give one of them another name: name = ….")
    said.add(name)


def solid(values: Sequence[Expr], nodes: Sequence[tree.Node], what: str, scope: Scope) -> None:
    """Refuse dynamics where rows are told apart or put in order: KQL does not say when two are the same.

    One among several columns of one call is let through.
    """
    if len(values) != len(nodes):
        return
    for value, node in zip(values, nodes, strict=True):
        if value.type is Type.DYNAMIC:
            raise scope.error(f"{what} takes no dynamic.", node, hint="tostring(…) or tolong(…) makes a value of it.")


_TO_ITSELF = frozenset(
    f"to{kind}"
    for kind in ["bool", "boolean", "datetime", "decimal", "double", "int", "long", "real", "string", "timespan"]
)


def itself(value: Expr) -> Expr:
    """The column that a value is: a string by `tostring()` is still that column."""
    if isinstance(value, Apply) and value.entry.name in _TO_ITSELF and len(value.arguments) == 1:
        [of] = value.arguments
        return of if isinstance(of, Ref) and of.type is value.type else value
    return value


def project(node: tree.Project, of: Relation, scope: Scope) -> Relation:
    """These columns and no others."""
    columns, values = named_values(node.columns, scope)
    per = tuple(column for column in scope.per if column not in columns)
    return apart(Select(of, (*columns, *per), (*values, *map(Ref, per))))


def extend(node: tree.Extend, of: Relation, scope: Scope) -> Relation:
    """More columns; one whose name is there takes its place."""
    return with_columns(of, _added(node.columns, of, scope), scope)


def _added(nodes: Sequence[tree.Argument], of: Relation, scope: Scope) -> list[tuple[str, Expr]]:
    """Columns that are added to those there are, with their names."""
    said: set[str] = set()
    for node in nodes:
        for name in node.names if isinstance(node, tree.Named) else (node,):
            if isinstance(name, tree.Name):
                say(name.name, said, node, scope)
    return named(nodes, (column.name for column in of.columns), scope)


def with_columns(of: Relation, added: Sequence[tuple[str, Expr]], scope: Scope) -> Relation:
    """A relation and more columns."""
    found: dict[str, tuple[Column, Expr]] = {column.name: (column, Ref(column)) for column in of.columns}
    for name, value in added:
        called = name or Names(tuple(found), scope.unnamed).column()
        found[called] = (column_for(called, value), value)
    return apart(Select(of, tuple(column for column, _ in found.values()), tuple(value for _, value in found.values())))


def serialize(node: tree.Serialize, of: Relation, scope: Scope) -> Relation:
    """The rows in the order that they have, perhaps with more columns."""
    rows = Serialized(of)
    return with_columns(rows, _added(node.columns, of, scope), scope) if node.columns else rows


def only(of: Relation, columns: Iterable[Column], scope: Scope) -> Relation:
    """Some columns of a relation."""
    kept = tuple(dict.fromkeys((*columns, *scope.per)))
    return Select(of, kept, tuple(map(Ref, kept)))


def matching(node: Any, scope: Scope) -> list[Column]:
    """The columns that a name, a pattern or a star means."""
    if isinstance(node, tree.Star):
        return list(scope.columns)
    if isinstance(node, tree.Pattern):
        like = re.compile(".*".join(map(re.escape, node.pattern.split("*"))), re.DOTALL)
        return [column for column in scope.columns if like.fullmatch(column.name)]
    if not isinstance(node, tree.Name):
        raise scope.error("This must be the name of a column.", node)
    column = scope.column(node.name)
    if column is None:
        raise scope.unknown("column", node, [each.name for each in scope.columns])
    return [column]


def project_away(node: tree.ProjectAway, of: Relation, scope: Scope) -> Relation:
    """All columns but these."""
    gone = {column for each in node.columns for column in matching(each, scope)}
    return only(of, (column for column in of.columns if column not in gone), scope)


def project_keep(node: tree.ProjectKeep, of: Relation, scope: Scope) -> Relation:
    """These columns, in the order that they have."""
    kept = {column for each in node.columns for column in matching(each, scope)}
    return only(of, (column for column in of.columns if column in kept), scope)


def project_rename(node: tree.ProjectRename, of: Relation, scope: Scope) -> Relation:
    """Other names for some columns."""
    new: dict[Column, str] = {}
    said = {column.name for column in of.columns}
    for each in node.columns:
        [column] = matching(each.value, scope)
        new[column] = each.names[0].name
        if new[column] != column.name:
            say(new[column], said, each, scope)
    columns = tuple(column_for(new.get(column, column.name), Ref(column)) for column in of.columns)
    return Select(of, columns, tuple(map(Ref, of.columns)))


def project_reorder(node: tree.ProjectReorder, of: Relation, scope: Scope) -> Relation:
    """These columns first, then the others."""
    first: list[Column] = []
    for each, order in node.columns:
        found = [column for column in matching(each, scope) if column not in first]
        first += _arranged(found, order)
    return only(of, [*first, *(column for column in of.columns if column not in first)], scope)


def _arranged(columns: list[Column], order: str) -> list[Column]:
    if not order:
        return columns
    key = _granny if order.startswith("granny") else lambda column: column.name
    return sorted(columns, key=key, reverse=order.endswith("desc"))


def _granny(column: Column) -> list[tuple[int, int, str]]:
    """Numbers in names count as numbers."""
    parts = re.split(r"(\d+)", column.name)
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts]


_DOTNET = {
    Type.BOOL: "System.SByte",
    Type.INT: "System.Int32",
    Type.LONG: "System.Int64",
    Type.REAL: "System.Double",
    Type.DECIMAL: "System.Data.SqlTypes.SqlDecimal",
    Type.STRING: "System.String",
    Type.DATETIME: "System.DateTime",
    Type.TIMESPAN: "System.TimeSpan",
    Type.GUID: "System.Guid",
    Type.DYNAMIC: "System.Object",
    Type.UNKNOWN: "System.Object",
}


def getschema(_: tree.GetSchema, of: Relation, __: Scope) -> Relation:
    """The columns of a relation as rows."""
    names = ("ColumnName", "ColumnOrdinal", "DataType", "ColumnType")
    kinds = (Type.STRING, Type.LONG, Type.STRING, Type.STRING)
    rows = tuple(
        (
            Const(Type.STRING, column.name),
            Const(Type.LONG, number),
            Const(Type.STRING, _DOTNET[column.type]),
            Const(Type.STRING, column.type.value),
        )
        for number, column in enumerate(of.columns)
    )
    return Rows(tuple(map(Column, names, kinds)), rows)
