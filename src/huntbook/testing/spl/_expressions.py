"""The expressions of `eval` and `where`, for one event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from huntbook.query.spl import tree
from huntbook.testing.spl._functions import FUNCTIONS
from huntbook.testing.spl._values import Event, Refused, compared, items, number, single, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_COMPARE: Final[dict[str, Callable[[int], bool]]] = {
    "=": lambda sign: sign == 0,
    "!=": lambda sign: sign != 0,
    "<": lambda sign: sign < 0,
    "<=": lambda sign: sign <= 0,
    ">": lambda sign: sign > 0,
    ">=": lambda sign: sign >= 0,
}
_ARITHMETIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b else None,
    "%": lambda a, b: a % b if b else None,
}


def value(expression: tree.Expression, event: Event) -> Any:
    """What an expression is for an event; None is null."""
    match expression:
        case tree.Constant(value=constant):
            return constant
        case tree.Field(name=name):
            return event.get(name)
        case tree.Unary(operator="NOT", operand=operand):
            holds = value(operand, event)
            return None if holds is None else not holds
        case tree.Unary(operator=operator, operand=operand):
            size = number(value(operand, event))
            return None if size is None else -size if operator == "-" else size
        case tree.Binary():
            return _binary(expression, event)
        case tree.Call(name=name, arguments=arguments):
            return _call(name, arguments, event)
    raise Refused("Error in 'eval' command: subsearches and macros are not run by this fake service.")


def _binary(expression: tree.Binary, event: Event) -> Any:
    operator = expression.operator
    left, right = value(expression.left, event), value(expression.right, event)
    if operator in ("AND", "OR", "XOR"):
        both = (left is True, right is True)
        return all(both) if operator == "AND" else any(both) if operator == "OR" else both[0] != both[1]
    if left is None or right is None:
        return None
    if operator in _COMPARE:
        return any(_COMPARE[operator](compared(each, right)) for each in items(left))
    if operator == ".":
        return text(left) + text(right)
    return _counted(operator, left, right)


def _counted(operator: str, left: Any, right: Any) -> Any:
    a, b = number(left), number(right)
    if a is None or b is None:
        return text(left) + text(right) if operator == "+" else None
    try:
        return _ARITHMETIC[operator](a, b)
    except OverflowError:  # of whole numbers that are larger than any fraction
        return None


def _call(name: str, arguments: tuple[tree.Expression, ...], event: Event) -> Any:
    if name == "if":
        condition, yes, no = arguments
        return value(yes if value(condition, event) is True else no, event)
    if name in ("case", "validate"):
        wanted = name == "case"
        pairs = zip(arguments[::2], arguments[1::2], strict=False)
        return next((value(then, event) for when, then in pairs if (value(when, event) is True) == wanted), None)
    if name == "mvfilter":
        return _filtered(arguments[0], event)
    if name not in FUNCTIONS:
        raise Refused(f"Error in 'EvalCommand': The '{name}' function is not run by this fake service.")
    try:
        return FUNCTIONS[name](*(value(each, event) for each in arguments))
    except (ValueError, TypeError, OverflowError) as error:
        raise Refused(f"Error in 'EvalCommand': The arguments to the '{name}' function are invalid.") from error


def _filtered(condition: tree.Expression, event: Event) -> Any:
    """Those values of the one field that the condition is about for which it is true."""
    names = set(_fields(condition))
    if len(names) != 1:
        raise Refused(
            "Error in 'EvalCommand': The arguments to the 'mvfilter' function are invalid: it is about one field."
        )
    name = names.pop()
    return single([each for each in items(event.get(name)) if value(condition, {name: each}) is True])


def _fields(expression: tree.Expression) -> Iterator[str]:
    match expression:
        case tree.Field(name=name):
            yield name
        case tree.Unary(operand=operand):
            yield from _fields(operand)
        case tree.Binary(left=left, right=right):
            yield from _fields(left)
            yield from _fields(right)
        case tree.Call(arguments=arguments):
            for each in arguments:
                yield from _fields(each)
