"""The functions of `eval` and `where`, of values: several in one field are a list, and None is null."""

from __future__ import annotations

import hashlib
import re
import time
from typing import TYPE_CHECKING, Any, Final

from huntbook.testing.spl import _regex
from huntbook.testing.spl._json import extracted
from huntbook.testing.spl._values import compared, in_network, items, number, single, text

if TYPE_CHECKING:
    from collections.abc import Callable


def _substr(given: Any, start: Any, length: Any = None) -> Any:
    if given is None:
        return None
    whole, begin = text(given), int(start)
    begin = begin - 1 if begin > 0 else max(len(whole) + begin, 0)
    return whole[begin:] if length is None else whole[begin : begin + int(length)]


def _match(given: Any, wanted: Any) -> Any:
    return None if given is None else any(_regex.found(text(wanted), text(each)) for each in items(given))


def _like(given: Any, wanted: Any) -> Any:
    if given is None:
        return None
    spelled = "".join(".*" if sign == "%" else "." if sign == "_" else re.escape(sign) for sign in text(wanted))
    return any(re.fullmatch(spelled, text(each), re.DOTALL) is not None for each in items(given))


def _in(given: Any, *wanted: Any) -> Any:
    return None if given is None else any(compared(each, one) == 0 for each in items(given) for one in wanted)


def _cidrmatch(network: Any, address: Any) -> Any:
    return any(in_network(text(each), text(network)) for each in items(address))


def _replace(given: Any, old: Any, new: Any) -> Any:
    return (
        None if given is None else single([_regex.replaced(text(old), text(each), text(new)) for each in items(given)])
    )


def _split(given: Any, by: Any) -> Any:
    """The parts of a text; its characters where nothing stands between the parts."""
    if given is None:
        return None
    return single(text(given).split(text(by)) if text(by) else list(text(given)))


def _trim(work: Callable[[str, str | None], str]) -> Callable[..., Any]:
    """A function that takes spaces and tabs off the ends, or the characters that it is told."""

    def trimmed(given: Any, signs: Any = " \t") -> Any:
        return None if given is None else single([work(text(each), text(signs)) for each in items(given)])

    return trimmed


def _round(given: Any, places: Any = 0) -> Any:
    size = number(given)
    return None if size is None else round(size, int(places)) if places else round(size)


def _tonumber(given: Any, base: Any = 10) -> Any:
    """A number as it is written with a base from 2 to 36; what is none is null."""
    if not 2 <= int(base) <= 36:
        raise ValueError(base)
    if int(base) == 10:
        return number(given)
    try:
        return int(text(given), int(base))
    except ValueError:
        return None


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


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
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
    "trim": _trim(str.strip),
    "ltrim": _trim(str.lstrip),
    "rtrim": _trim(str.rstrip),
    "len": _on_text(len),
    "md5": _on_text(lambda given: hashlib.md5(given.encode(), usedforsecurity=False).hexdigest()),
    "sha256": _on_text(lambda given: hashlib.sha256(given.encode()).hexdigest()),
    "substr": _substr,
    "replace": _replace,
    "match": _match,
    "like": _like,
    "in": _in,
    "cidrmatch": _cidrmatch,
    "round": _round,
    "floor": lambda given: None if number(given) is None else int((number(given) or 0) // 1),
    "abs": lambda given: None if number(given) is None else abs(number(given) or 0),
    "tonumber": _tonumber,
    "tostring": _tostring,
    "split": _split,
    "spath": lambda given, path: None if given is None else extracted(text(given), text(path)),
    "mvcount": lambda given: len(items(given)) or None,
    "mvindex": _index,
    "mvjoin": lambda given, by: None if given is None else text(by).join(map(text, items(given))),
    "mvappend": lambda *given: single([each for one in given for each in items(one)]),
}
