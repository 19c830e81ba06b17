"""`bag_unpack`: a column for each member of a bag."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from huntbook.query.kql.bind.convert import converted
from huntbook.query.kql.bind.operators.columns import column_for
from huntbook.query.kql.bind.plugins._arguments import MOST_COLUMNS, by_name, column_of, text, text_of, texts_of
from huntbook.query.kql.plan import Column, Const, Filter, Group, Limit, Op, Ref, Select, Unnested
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from huntbook.query.kql import tree
    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Expr, Relation

_PARAMETERS = ("Column", "OutputColumnPrefix", "columnsConflict", "ignoredProperties")
_CONFLICTS = ("error", "replace_source", "keep_source")
_TYPES = {"string": Type.STRING, "long": Type.LONG, "double": Type.REAL, "bool": Type.BOOL}
_KINDS = 7  # of JSON: a member may be there with each


def bag_unpack(node: tree.Evaluate, of: Relation, scope: Scope) -> Relation:
    """The rows with a column for each member of a bag in place of the bag; members come in the order of their names.

    A member that is always of one type gets a column of it, another a dynamic one.
    """
    given = by_name(node, _PARAMETERS, scope)
    bag = column_of(given.get("Column"), node, scope)
    if bag.type is not Type.DYNAMIC:
        raise scope.error(f"bag_unpack() takes a dynamic column, not a {bag.type.value}.", given["Column"])
    prefix = text_of(given["OutputColumnPrefix"], scope) if "OutputColumnPrefix" in given else ""
    conflict = text_of(given["columnsConflict"], scope) if "columnsConflict" in given else "error"
    if conflict not in _CONFLICTS:
        raise scope.error("There is no such way out of a conflict.", node, hint=f"There are: {', '.join(_CONFLICTS)}.")
    ignored = texts_of(given["ignoredProperties"], scope) if "ignoredProperties" in given else []
    kept = [column for column in of.columns if column is not bag]
    if node.schema is not None:
        return _declared(node.schema, of, bag, kept, prefix)
    found_there = [each for each in _members(node, of, bag, scope) if each[0] not in ignored]
    if any(not name for name, _ in found_there):
        raise scope.error(
            "A bag has a member without a name.", node, hint="Leave it out: ignoredProperties=dynamic([''])."
        )
    members = {prefix + name: (name, kind) for name, kind in found_there}
    twice = {column.name: column for column in kept if column.name in members}
    if twice and conflict == "error":
        name = next(iter(twice))
        raise scope.error(
            f"The bag has a member {name!r}, and there is such a column already.",
            node,
            hint="Give a prefix, or columnsConflict='replace_source' or 'keep_source'.",
        )
    found: list[tuple[str, Expr]] = [(column.name, Ref(column)) for column in kept if column.name not in twice]
    for called, (name, kind) in members.items():
        stays = called in twice and conflict == "keep_source"
        found.append((called, Ref(twice[called]) if stays else _member(bag, name, kind)))
    return _selected(of, found)


def _member(bag: Column, name: str, kind: Type) -> Expr:
    return converted(Op("member", (Ref(bag), Const(Type.STRING, name)), Type.DYNAMIC), kind)


def _selected(of: Relation, found: list[tuple[str, Expr]]) -> Relation:
    return Select(of, tuple(column_for(name, value) for name, value in found), tuple(value for _, value in found))


def _declared(schema: tree.Schema, of: Relation, bag: Column, kept: list[Column], prefix: str) -> Relation:
    """The columns of a schema: those of the source by their names, the others from the bag."""
    source = {column.name: column for column in kept}
    declared = {name.name for name, _ in schema.columns}
    found: list[tuple[str, Expr]] = []
    if schema.open:
        found += [(column.name, Ref(column)) for column in kept if column.name not in declared]
    for name, kind in schema.columns:
        if name.name in source:
            found.append((name.name, converted(Ref(source[name.name]), kind)))
        elif name.name.startswith(prefix):
            found.append((name.name, _member(bag, name.name.removeprefix(prefix), kind)))
        else:
            found.append((name.name, Const(kind, "" if kind is Type.STRING else None)))
    return _selected(of, found)


def _members(node: tree.Evaluate, of: Relation, bag: Column, scope: Scope) -> list[tuple[str, Type]]:
    """The members that the bags of all rows have, and their types."""
    if scope.ask is None:
        raise scope.error(
            "Which columns bag_unpack() gives depends on the data.",
            node,
            hint="Declare them: evaluate bag_unpack(…) : (*, name:string, …).",
        )
    kinds: dict[str, set[str]] = {}
    for row in scope.ask(_asked(of, bag)):
        name, kind = cast("tuple[str | None, str]", row)
        kinds.setdefault(name or "", set()).add(kind)
    if len(kinds) > MOST_COLUMNS:
        raise scope.error(
            f"The bags have more than {MOST_COLUMNS:,} members.",
            node,
            hint="Declare those that are wanted: … : (*, a:long).",
        )
    return [(name, _type(found)) for name, found in sorted(kinds.items())]


def _type(kinds: set[str]) -> Type:
    known = kinds - {"null"}
    return _TYPES.get(next(iter(known)), Type.DYNAMIC) if len(known) == 1 else Type.DYNAMIC


def _asked(of: Relation, bag: Column) -> Relation:
    """A relation of the names of members and their types, each pair once."""
    bags = Filter(of, Op("==", (Op("gettype", (Ref(bag),), Type.STRING), Const(Type.STRING, "dictionary")), Type.BOOL))
    pair = Column("pair", Type.DYNAMIC)
    pairs = Unnested(bags, (pair,), (), (Ref(bag),), as_pairs=True)
    name, value = (Op("member", (Ref(pair), Const(Type.LONG, at)), Type.DYNAMIC) for at in (0, 1))
    there = Filter(pairs, Op("not", (Op("is_null", (name,), Type.BOOL),), Type.BOOL))
    columns = (Column("name", Type.STRING), Column("kind", Type.STRING))
    kinds = Group(there, columns, (text(name), Op("gettype", (value,), Type.STRING)), ())
    return Limit(kinds, Const(Type.LONG, _KINDS * MOST_COLUMNS + 1))
