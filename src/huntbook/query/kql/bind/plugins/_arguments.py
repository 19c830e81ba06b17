"""What plugins are given, and the functions that they are made of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.bind import calls
from huntbook.query.kql.bind.convert import converted
from huntbook.query.kql.bind.expressions import value_of
from huntbook.query.kql.functions import _registry
from huntbook.query.kql.plan import Const, Op
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Column, Expr

MOST_COLUMNS = 1000


def by_name(node: tree.Evaluate, names: Sequence[str], scope: Scope) -> Mapping[str, tree.Argument]:
    """The arguments of a call under the parameters' names, whether they were given by name or in order."""
    found: dict[str, tree.Argument] = {}
    for number, each in enumerate(node.call.arguments):
        if isinstance(each, tree.Named):
            name = next((name for name in names if name.lower() == each.names[0].name.lower()), None)
        else:
            name = names[number] if number < len(names) else None
        if name is None or name in found:
            raise scope.error(
                f"{node.call.name.name}() does not take this.", each, hint=f"It takes {', '.join(names)}."
            )
        found[name] = each.value if isinstance(each, tree.Named) else each
    return found


def column_of(node: tree.Argument | None, plugin: tree.Evaluate, scope: Scope) -> Column:
    """The column that an argument names."""
    if not isinstance(node, tree.Name):
        raise scope.error(f"{plugin.call.name.name}() takes the name of a column here.", node or plugin.call)
    column = scope.column(node.name)
    if column is None:
        raise scope.unknown("column", node, [each.name for each in scope.columns])
    return column


def constant(node: tree.Argument, scope: Scope) -> Const:
    """The constant that an argument is."""
    value = value_of(node, scope.over(()))
    if not isinstance(value, Const):
        raise scope.error("This must be a constant.", node)
    return value


def text_of(node: tree.Argument, scope: Scope) -> str:
    """The text that an argument is."""
    value = constant(node, scope)
    if value.type is not Type.STRING:
        raise scope.error("This must be a text.", node)
    return str(value.value or "")


def texts_of(node: tree.Argument, scope: Scope) -> list[str]:
    """The texts that an array holds, or the one that it is."""
    value = value_of(node, scope.over(()))
    if isinstance(value, Op) and value.name == "array":
        found: object = [getattr(each, "value", None) for each in value.arguments]
    elif isinstance(value, Const) and value.type is Type.DYNAMIC:
        found = json.loads(str(value.value)) if value.value is not None else []
    elif isinstance(value, Const) and value.type is Type.STRING:
        found = [value.value]
    else:
        raise scope.error("This must be constant: names, or an array of names.", node)
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise scope.error("This must be an array of names.", node)
    return found


def truth_of(node: tree.Argument | None, scope: Scope) -> bool:
    """The bool that an argument is; false where it is left out."""
    if node is None:
        return False
    value = constant(node, scope)
    if value.type is not Type.BOOL:
        raise scope.error("This must be true or false.", node)
    return bool(value.value)


def applied(name: str, values: Sequence[Expr], node: tree.Node, scope: Scope) -> Expr:
    """Apply one of KQL's functions."""
    call = tree.Call(node.span, tree.Name(node.span, name), ())
    return calls.apply(_registry.signatures(name), call, values, scope)


def text(value: Expr) -> Expr:
    """A value as a text."""
    return converted(value, Type.STRING)
