"""Filters of OData, as a fake service applies them to objects: comparisons, `and`, `or`, `not`, `in`, functions of text, `any` and `all`.

Language: docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html, 5.1.1. As in Microsoft Graph, letters are compared
without their size.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

from huntbook.testing.odata._parse import (
    COMPARISONS,
    TEXTS,
    Both,
    Call,
    Compare,
    Each,
    FilterError,
    In,
    Literal,
    Moment,
    Node,
    Not,
    Path,
    moment,
    parse,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = [
    "Both",
    "Compare",
    "FilterError",
    "Literal",
    "Moment",
    "Node",
    "Path",
    "bounds",
    "holds",
    "moment",
    "parse",
    "properties",
]

_COMPARED: Final[dict[str, Callable[[Any, Any], bool]]] = {name: getattr(operator, name) for name in COMPARISONS}
_TEXTS: Final[dict[str, Callable[[str, str], bool]]] = dict(
    zip(TEXTS, (str.startswith, str.endswith, operator.contains), strict=True)
)


def holds(node: Node, row: Mapping[str, Any], names: Mapping[str, Any] | None = None) -> bool:
    """Whether a filter holds for an object."""
    return _value(node, row, names or {}) is True


def _value(node: Node, row: Mapping[str, Any], names: Mapping[str, Any]) -> Any:  # noqa: C901, PLR0911 - one for each kind
    match node:
        case Literal(value):
            return value
        case Path(parts):
            return _property(parts, row, names)
        case Both("and", left, right):
            return holds(left, row, names) and holds(right, row, names)
        case Both(_, left, right):
            return holds(left, row, names) or holds(right, row, names)
        case Not(of):
            return not holds(of, row, names)
        case In(of, items):
            value = _value(of, row, names)
            return any(_compared("eq", value, _value(item, row, names)) for item in items)
        case Compare(name, left, right):
            return _compared(name, _value(left, row, names), _value(right, row, names))
        case Call(name, arguments):
            return _called(name, [_value(each, row, names) for each in arguments])
        case Each(of, quantifier, name, condition):
            items = _property(of.parts, row, names) or ()
            if condition is None:
                return bool(items)
            held = (holds(condition, row, {**names, name: item}) for item in items)
            return any(held) if quantifier == "any" else all(held)


def _property(parts: tuple[str, ...], row: Mapping[str, Any], names: Mapping[str, Any]) -> Any:
    value: Any = names[parts[0]] if parts[0] in names else row.get(parts[0])
    for part in parts[1:]:
        if part == "$count":
            value = len(value or ())
        elif "." not in part:  # `evidence/microsoft.graph.security.userEvidence/…` only says of which type it is
            value = value.get(part) if isinstance(value, dict) else None
    return value


def _compared(name: str, left: Any, right: Any) -> bool:
    left, right = _alike(left, right), _alike(right, left)
    if name in ("eq", "ne"):
        return bool(left == right) is (name == "eq")
    try:
        return left is not None and right is not None and _COMPARED[name](left, right)
    except TypeError:
        return False


def _alike(value: Any, other: Any) -> Any:
    """Times are compared as times, texts without the size of letters."""
    if isinstance(other, Moment) and isinstance(value, str):
        value = moment(value)
    if isinstance(value, Moment):
        return value.nanoseconds
    return value.lower() if isinstance(value, str) else value


def _called(name: str, values: list[Any]) -> Any:
    texts = [str(value).lower() if value is not None else None for value in values]
    if name in _TEXTS:
        return None not in texts and _TEXTS[name](texts[0] or "", texts[1] or "")
    return texts[0] if name == "tolower" or texts[0] is None else texts[0].upper()


def bounds(node: Node, names: frozenset[str]) -> Iterator[tuple[str, Moment]]:
    """What a filter says of a time, where all of it has to hold: `ge`, `lt` … and the time."""
    if isinstance(node, Both) and node.operator == "and":
        yield from bounds(node.left, names)
        yield from bounds(node.right, names)
        return
    match node:
        case Compare(name, Path(parts), Literal(Moment() as value)) if parts[0] in names:
            yield name, value


def properties(node: Node, names: frozenset[str] = frozenset()) -> Iterator[str]:
    """The properties of the object that a filter names."""
    match node:
        case Path(parts) if parts[0] not in names:
            yield parts[0]
        case Both(_, left, right) | Compare(_, left, right):
            yield from properties(left, names)
            yield from properties(right, names)
        case Not(of):
            yield from properties(of, names)
        case In(of, items):
            for each in (of, *items):
                yield from properties(each, names)
        case Call(_, arguments):
            for each in arguments:
                yield from properties(each, names)
        case Each(of, _, name, condition):
            yield from properties(of, names)
            if condition is not None:
                yield from properties(condition, names | {name})
