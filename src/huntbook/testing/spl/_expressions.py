"""The expressions of `eval` and `where`, for one event."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import time
from typing import TYPE_CHECKING, Any, Final

from huntbook.query.spl import tree
from huntbook.testing.spl._values import Event, Refused, compared, items, number, single, text

if TYPE_CHECKING:
    from collections.abc import Callable

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
    a, b = number(left), number(right)
    if a is None or b is None:
        return text(left) + text(right) if operator == "+" else None
    return _ARITHMETIC[operator](a, b)


def _call(name: str, arguments: tuple[tree.Expression, ...], event: Event) -> Any:
    if name == "if":
        condition, yes, no = arguments
        return value(yes if value(condition, event) is True else no, event)
    if name in ("case", "validate"):
        wanted = name == "case"
        pairs = zip(arguments[::2], arguments[1::2], strict=False)
        return next((value(then, event) for when, then in pairs if (value(when, event) is True) == wanted), None)
    if name not in _FUNCTIONS:
        raise Refused(f"Error in 'EvalCommand': The '{name}' function is not run by this fake service.")
    return _FUNCTIONS[name](*(value(each, event) for each in arguments))


def _substr(given: Any, start: Any, length: Any = None) -> Any:
    if given is None:
        return None
    whole, begin = text(given), int(start)
    begin = begin - 1 if begin > 0 else max(len(whole) + begin, 0)
    return whole[begin:] if length is None else whole[begin : begin + int(length)]


def _match(given: Any, wanted: Any) -> Any:
    return None if given is None else any(re.search(text(wanted), text(each)) is not None for each in items(given))


def _like(given: Any, wanted: Any) -> Any:
    if given is None:
        return None
    spelled = "".join(".*" if sign == "%" else "." if sign == "_" else re.escape(sign) for sign in text(wanted))
    return any(re.fullmatch(spelled, text(each), re.DOTALL) is not None for each in items(given))


def _in(given: Any, *wanted: Any) -> Any:
    return None if given is None else any(compared(each, one) == 0 for each in items(given) for one in wanted)


def _cidrmatch(network: Any, address: Any) -> Any:
    try:
        wanted = ipaddress.ip_network(text(network), strict=False)
        return any(ipaddress.ip_address(text(each)) in wanted for each in items(address))
    except ValueError:
        return False


def _round(given: Any, places: Any = 0) -> Any:
    size = number(given)
    return None if size is None else round(size, int(places)) if places else round(size)


def _tostring(given: Any, _form: Any = None) -> Any:
    return None if given is None else text(given)


def _index(given: Any, start: Any, end: Any = None) -> Any:
    found, begin = items(given), int(start)
    if end is None:
        return found[begin] if -len(found) <= begin < len(found) else None
    last = int(end)
    return single(found[begin:] if last == -1 else found[begin : last + 1])


def _on_text(work: Callable[[str], Any]) -> Callable[[Any], Any]:
    return lambda given: None if given is None else single([work(text(each)) for each in items(given)])


_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "true": lambda: True,
    "false": lambda: False,
    "null": lambda: None,
    "now": lambda: int(time.time()),
    "time": time.time,
    "isnull": lambda given: given is None,
    "isnotnull": lambda given: given is not None,
    "isnum": lambda given: number(given) is not None,
    "coalesce": lambda *given: next((each for each in given if each is not None), None),
    "nullif": lambda given, other: None if compared(given, other) == 0 else given,
    "lower": _on_text(str.lower),
    "upper": _on_text(str.upper),
    "trim": _on_text(str.strip),
    "len": _on_text(len),
    "md5": _on_text(lambda given: hashlib.md5(given.encode(), usedforsecurity=False).hexdigest()),
    "sha256": _on_text(lambda given: hashlib.sha256(given.encode()).hexdigest()),
    "substr": _substr,
    "replace": lambda given, old, new: None if given is None else re.sub(text(old), text(new), text(given)),
    "match": _match,
    "like": _like,
    "in": _in,
    "cidrmatch": _cidrmatch,
    "round": _round,
    "floor": lambda given: None if number(given) is None else int((number(given) or 0) // 1),
    "abs": lambda given: None if number(given) is None else abs(number(given) or 0),
    "tonumber": lambda given, base=10: int(text(given), int(base)) if int(base) != 10 else number(given),
    "tostring": _tostring,
    "split": lambda given, by: None if given is None else single(text(given).split(text(by))),
    "mvcount": lambda given: len(items(given)) or None,
    "mvindex": _index,
    "mvjoin": lambda given, by: None if given is None else text(by).join(map(text, items(given))),
    "mvappend": lambda *given: single([each for one in given for each in items(one)]),
}
