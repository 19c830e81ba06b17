"""Expressions: from the tree to typed ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

from huntbook.query.kql import tree
from huntbook.query.kql.bind import calls
from huntbook.query.kql.bind import operators_of_values as operations
from huntbook.query.kql.bind.convert import converted
from huntbook.query.kql.bind.scope import OF_PART, Closure, Scope
from huntbook.query.kql.functions.conversions import PARSES_JSON
from huntbook.query.kql.plan import Apply, Const, Expr, OneOf, Op, Ref
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from collections.abc import Callable

    from huntbook.query.kql.plan import Column


def value_of(node: tree.Argument, scope: Scope) -> Expr:
    """Bind an expression.

    Raises:
        KqlError: if a name means nothing, or types do not go together.
    """
    return _BINDERS[type(node)](node, scope)


def predicate_of(node: tree.Argument, scope: Scope) -> Expr:
    """Bind a condition, which is a bool."""
    return _condition(value_of(node, scope), node, scope)


def _condition(value: Expr, node: tree.Argument, scope: Scope) -> Expr:
    if value.type not in (Type.BOOL, Type.UNKNOWN):
        hint = "tobool(…) makes one of it." if value.type is Type.DYNAMIC else "Compare it with something."
        raise scope.error(f"A condition must be a bool, and this is {_a(value.type)}.", node, hint=hint)
    return value


def _a(kind: Type) -> str:
    return f"an {kind.value}" if kind is Type.INT else f"a {kind.value}"


def _name(node: tree.Name, scope: Scope) -> Expr:
    if (column := scope.column(node.name)) is not None:
        return Ref(column)
    meaning = scope.meanings.get(node.name)
    if isinstance(meaning, Ref) and meaning.column.name == OF_PART and meaning.column not in scope.columns:
        hint = "It may be used in the pipe itself, not in the other table of a join or union."
        raise scope.error(f"{node.name!r} is a value of the parts, and here are no parts.", node, hint=hint)
    if isinstance(meaning, (Ref, Const, Op)) or (meaning is not None and hasattr(meaning, "type")):
        return meaning  # type: ignore[return-value]
    if isinstance(meaning, Closure) and not meaning.function.parameters:
        return calls.value_called(meaning, (), node, scope)
    if meaning is not None:
        raise scope.error(
            f"{node.name!r} is a table, not a value.", node, hint="toscalar(…) takes the first value of a table."
        )
    if scope.is_table(node.name):
        raise scope.error(
            f"{node.name!r} is a table, not a value.", node, hint="toscalar(…) takes the first value of a table."
        )
    if node.name.lower() == "null":
        hint = "isnull(…) and isempty(…) find what is missing; a null is written with its type, as in long(null)."
        raise scope.error("There is no word 'null' in KQL.", node, hint=hint)
    what = "column" if scope.columns else "value"
    raise scope.unknown(what, node, [column.name for column in scope.columns] + list(scope.meanings))


def _literal(node: tree.Literal, _: Scope) -> Expr:
    return Const(node.type, node.value)


def _member(node: tree.Member, scope: Scope) -> Expr:
    if isinstance(node.of, tree.Name) and node.of.name in scope.sides:
        return Ref(_side_column(node.of.name, node.name, scope))
    return _inside(value_of(node.of, scope), Const(Type.STRING, node.name.name), node, scope)


def _side_column(side: str, name: tree.Name, scope: Scope) -> Column:
    columns = scope.sides[side]
    found = next((column for column in columns if column.name == name.name), None)
    if found is None:
        raise scope.unknown("column", name, [column.name for column in columns])
    return found


def _index(node: tree.Index, scope: Scope) -> Expr:
    return _inside(value_of(node.of, scope), value_of(node.index, scope), node, scope)


def _inside(of: Expr, key: Expr, node: tree.Node, scope: Scope) -> Expr:
    if of.type not in (Type.DYNAMIC, Type.STRING, Type.UNKNOWN):
        raise scope.error(f"Only a dynamic has members, and this is {_a(of.type)}.", node)
    if of.type is Type.STRING:
        raise scope.error(
            "Only a dynamic has members, and this is a string.", node, hint="parse_json(…) makes a dynamic of it."
        )
    if key.type not in (Type.INT, Type.LONG, Type.STRING, Type.DYNAMIC, Type.UNKNOWN):
        raise scope.error(f"A member is told by its name or number, not by {_a(key.type)}.", node)
    return Op("member", (_text_of(of, scope), key), Type.DYNAMIC)


def is_parsed_text(value: Expr | None) -> TypeGuard[Apply]:
    """Whether it is the text of a column, read as JSON."""
    return (
        isinstance(value, Apply)
        and value.entry.name in PARSES_JSON
        and isinstance(value.arguments[0], Ref)
        and value.arguments[0].type is Type.STRING
    )


def _text_of(of: Expr, scope: Scope) -> Expr:
    """Where a column is another's text as JSON, and that is there still: the text, which an engine can look into without reading it twice."""
    if isinstance(of, Ref) and is_parsed_text(parsed := of.column.parsed):
        [text] = parsed.arguments
        return parsed if isinstance(text, Ref) and text.column in scope.columns else of
    return of


def _unary(node: tree.Unary, scope: Scope) -> Expr:
    value = value_of(node.of, scope)
    if node.operator == "+":
        return value
    if isinstance(value, Const) and isinstance(value.value, (int, float)) and not isinstance(value.value, bool):
        return Const(value.type, -value.value)
    return operations.negated(value, node, scope)


def _binary(node: tree.Binary, scope: Scope) -> Expr:
    if node.operator in ("and", "or"):
        left, right = _side(node.left, scope), _side(node.right, scope)
        return Op(node.operator, (left, right), Type.BOOL)
    return operations.binary(node, value_of(node.left, scope), value_of(node.right, scope), scope)


def _side(node: tree.Expression, scope: Scope) -> Expr:
    """A side of `and` and `or`, which take a dynamic as a bool."""
    value = value_of(node, scope)
    return converted(value, Type.BOOL) if value.type is Type.DYNAMIC else _condition(value, node, scope)


def _in(node: tree.In, scope: Scope) -> Expr:
    of = value_of(node.of, scope)
    if node.operator in ("has_any", "has_all"):
        return operations.has_several(node, of, scope)
    negated = node.operator.startswith("!")
    if node.operator.endswith("~") and of.type not in (Type.STRING, Type.DYNAMIC):
        raise scope.error(f"in~ looks for a string, and this is {_a(of.type)}.", node, hint="Use in.")
    found = OneOf(of, _items(node, of, scope), ignore_case=node.operator.endswith("~"))
    return Op("not", (found,), Type.BOOL) if negated else found


def _items(node: tree.In, of: Expr, scope: Scope) -> Any:
    if len(node.items) == 1 and (relation := calls.relation_if_any(node.items[0], scope)) is not None:
        return operations.only_column(relation, of, node, scope)
    values = [value_of(item, scope) for item in node.items]
    return tuple(
        part
        for value, item in zip(values, node.items, strict=True)
        for part in operations.alike(of, value, item, scope)
    )


def _between(node: tree.Between, scope: Scope) -> Expr:
    of, low, high = (value_of(each, scope) for each in (node.of, node.low, node.high))
    if of.type in (Type.BOOL, Type.STRING, Type.GUID):
        raise scope.error(f"What is between others has an order, and {_a(of.type)} has none.", node)
    if of.type is Type.DATETIME and high.type is Type.TIMESPAN:  # `t between (start .. 1h)`: so long after the start
        high = operations.arithmetic("+", low, high, node, scope)
    at_least = operations.compared(">=", of, low, node, scope)
    at_most = operations.compared("<=", of, high, node, scope)
    found = Op("and", (at_least, at_most), Type.BOOL)
    return Op("not", (found,), Type.BOOL) if node.operator.startswith("!") else found


def _named(node: tree.Named, scope: Scope) -> Expr:
    return value_of(node.value, scope)


def _star(node: tree.Star, scope: Scope) -> Expr:
    raise scope.error("A star cannot stand here.", node)


def _pipe(node: tree.Pipe, scope: Scope) -> Expr:
    if not node.operators and isinstance(node.source, (tree.Name, tree.Call, tree.Member)):
        return value_of(node.source, scope)
    raise scope.error("A table cannot stand here.", node, hint="toscalar(…) takes the first value of a table.")


def _type(node: tree.TypeLiteral, _: Scope) -> Expr:
    return Const(Type.STRING, node.type.value)


_BINDERS: dict[type, Callable[[Any, Scope], Expr]] = {
    tree.Name: _name,
    tree.Literal: _literal,
    tree.Member: _member,
    tree.Index: _index,
    tree.Call: calls.call,
    tree.Unary: _unary,
    tree.Binary: _binary,
    tree.In: _in,
    tree.Between: _between,
    tree.Named: _named,
    tree.Star: _star,
    tree.Pattern: _star,
    tree.Pipe: _pipe,
    tree.TypeLiteral: _type,
    tree.Schema: _star,
}
