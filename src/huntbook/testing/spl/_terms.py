"""Whether an event is what a search looks for."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from huntbook.query.spl import tree
from huntbook.testing.spl._values import Event, Refused, compared, in_network, items, network_of, number, pattern, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TIMES: Final = ("earliest", "latest")  # terms that say of which time
_HOLDS: Final[dict[str, Callable[[int], bool]]] = {
    "<": lambda sign: sign < 0,
    "<=": lambda sign: sign <= 0,
    ">": lambda sign: sign > 0,
    ">=": lambda sign: sign >= 0,
}


def matches(term: tree.Term | None, event: Event) -> bool:  # noqa: PLR0911 - one for each kind of term
    """Whether an event is found by a term; times are somebody else's."""
    match term:
        case None:
            return True
        case tree.Both(parts=parts):
            return all(matches(part, event) for part in parts)
        case tree.Either(parts=parts):
            return any(matches(part, event) for part in parts)
        case tree.Negated(part=part):
            return not matches(part, event)
        case tree.Among(field=field, values=values):
            return any(_equal(event.get(field), value.text) for value in values)
        case tree.Comparison(field=field, operator=operator, value=tree.Word() as value):
            return field in TIMES or _compares(event.get(field), operator, value.text)
        case tree.Word():
            return term.text == "*" or _word(term.text).search(event.get("_raw", "")) is not None
    raise Refused("Error in 'search' command: subsearches and macros are not run by this fake service.")


def _compares(value: object, operator: str, wanted: str) -> bool:
    if operator == "=":
        return _equal(value, wanted)
    if operator == "!=":
        return value is not None and not _equal(value, wanted)
    return any(_HOLDS[operator](compared(each, wanted)) for each in items(value))


def _equal(value: object, wanted: str) -> bool:
    """Whether one of a field's values is the wanted one: by its text, as a number, or as an address in a network."""
    like, size = pattern(wanted), number(wanted)
    network = wanted if "/" in wanted and network_of(wanted) else ""
    return any(
        like.fullmatch(text(each)) is not None
        or (size is not None and number(each) == size)
        or (network != "" and in_network(text(each), network))
        for each in items(value)
    )


@lru_cache(maxsize=256)
def _word(wanted: str) -> re.Pattern[str]:
    """A word or phrase within an event's text: it begins and ends where words do."""
    before = "" if wanted.startswith("*") or not wanted[:1].isalnum() else r"(?<!\w)"
    behind = "" if wanted.endswith("*") or not wanted[-1:].isalnum() else r"(?!\w)"
    inside = r"\w*".join(map(re.escape, wanted.strip("*").split("*")))
    return re.compile(f"{before}{inside}{behind}", re.IGNORECASE)


def parts(term: tree.Term | None) -> Iterator[tree.Term]:
    """The terms that all must hold, one by one."""
    if isinstance(term, tree.Both):
        for part in term.parts:
            yield from parts(part)
    elif term is not None:
        yield term
