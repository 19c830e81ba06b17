"""Expressions, and parts of the tree, with something in them exchanged."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from huntbook.query.kql import tree
from huntbook.query.kql.plan import Apply, OneOf, Op

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from huntbook.query.kql.plan import Expr


def rewritten(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """An expression with each of its parts changed, the innermost first."""
    match expr:
        case Apply() | Op():
            arguments = tuple(rewritten(each, change) for each in expr.arguments)
            if any(new is not old for new, old in zip(arguments, expr.arguments, strict=True)):
                expr = replace(expr, arguments=arguments)
        case OneOf():
            of = rewritten(expr.of, change)
            items = expr.items
            if isinstance(items, tuple):
                items = tuple(rewritten(each, change) for each in items)
            if of is not expr.of or items != expr.items:
                expr = replace(expr, of=of, items=items)
    return change(expr)


def parts(expr: Expr) -> Iterator[Expr]:
    """An expression and all that is in it."""
    yield expr
    if isinstance(expr, (Apply, Op)):
        for each in expr.arguments:
            yield from parts(each)
    elif isinstance(expr, OneOf):
        yield from parts(expr.of)
        if isinstance(expr.items, tuple):
            for each in expr.items:
                yield from parts(each)


def exchanged(node: Any, change: Callable[[tree.Node], tree.Node | None]) -> Any:
    """A part of the tree with what `change` gives for a node, the outermost first; for `None` it is looked into."""
    if isinstance(node, tuple):
        return tuple(exchanged(each, change) for each in node)
    if isinstance(node, tree.Node) and (found := change(node)) is not None:
        return found
    if not is_dataclass(node) or isinstance(node, (tree.Span, type)):
        return node
    inside = {each.name: getattr(node, each.name) for each in fields(node)}
    new = {name: exchanged(value, change) for name, value in inside.items()}
    return replace(node, **new) if any(new[name] is not inside[name] for name in new) else node
