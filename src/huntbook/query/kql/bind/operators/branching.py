"""Operators that give several tables, or the rows of a function: `fork`, `facet`, `invoke`, and `reduce`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.bind import calls
from huntbook.query.kql.bind.scope import Closure
from huntbook.query.kql.plan import is_relation

if TYPE_CHECKING:
    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Relation

_INVOKED = " invoked"


def fork(node: tree.Fork, _: Relation, scope: Scope) -> Relation:
    """Refused: it gives several tables, and a query here gives one. The error says what to ask in its place."""
    asked = [f"… | {scope.text[body[0].span.start : body[-1].span.end]}" for _, body in node.branches]
    raise scope.error("fork gives several tables, and a query here gives one.", node, hint=_each(asked))


def facet(node: tree.Facet, _: Relation, scope: Scope) -> Relation:
    """Refused: it gives several tables, and a query here gives one. The error says what to ask in its place."""
    asked = [f"… | summarize count() by {scope.text[each.span.start : each.span.end]}" for each in node.by]
    if node.body:
        asked.append(f"… | {scope.text[node.body[0].span.start : node.body[-1].span.end]}")
    raise scope.error("facet gives several tables, and a query here gives one.", node, hint=_each(asked))


def _each(asked: list[str]) -> str:
    return f"Ask each by itself: {'; '.join(asked)}."


def reduce(node: tree.Reduce, _: Relation, scope: Scope) -> Relation:
    """Refused: the documented examples cannot all come out of one method. Replace what differs with replace_regex(), and count."""
    raise scope.error(
        "reduce cannot be run on local evidence.",
        node,
        hint="Replace what differs, and count: | summarize count() by replace_regex(…, @'\\d+', '*').",
    )


def invoke(node: tree.Invoke, of: Relation, scope: Scope) -> Relation:
    """Call a function of the query with the rows as its first argument."""
    name = node.call.name
    function = scope.meanings.get(name.name)
    if not isinstance(function, Closure):
        known = [each for each in scope.meanings if isinstance(scope.meanings[each], Closure)]
        raise scope.unknown("function", name, known)
    if scope.per:
        raise scope.error("invoke cannot be run on parts of a table.", node)
    parameters = function.function.parameters
    if not parameters or not isinstance(parameters[0].type, tree.Schema):
        raise scope.error(f"{name.name}() does not take a table first.", name)
    missing = [each for each, _ in parameters[0].type.columns if all(each.name != column.name for column in of.columns)]
    if missing:
        raise scope.error(f"{name.name}() takes a table with a column {missing[0].name!r}, and here is none.", name)
    given = (tree.Name(node.span, _INVOKED), *node.call.arguments)
    found = calls.called(function, given, node.call, scope.knowing(_INVOKED, of))
    if not is_relation(found):
        raise scope.error(f"{name.name}() gives a value, not a table.", name)
    return found
