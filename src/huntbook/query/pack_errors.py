"""What is wrong with a pack, said with file and line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from huntbook.errors import SchemaError
from huntbook.query.query import DIALECTS, Example, Parameter, Query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from huntbook.core.marked_yaml import Marked

_SHOWN = 5  # mistakes that are named besides the first
_PACK = ["about", "parameters", "queries"]
_QUERY = [*(name for name in Query.model_fields if name not in ("name", "pack", "texts")), *DIALECTS]


def told(error: ValidationError, marked: Marked, path: Path) -> SchemaError:
    """Say the first mistake, in the order of the file, as the error, and the next ones as its hint."""
    found = sorted(dict.fromkeys(_mistakes(error, marked)))
    line, said = found[0]
    others = [f"line {other}: {what}" for other, what in found[1 : 1 + _SHOWN]]
    more = len(found) - 1 - len(others)
    hint = f"Also {' | '.join(others)}{f' | and {more} more' if more > 0 else ''}" if others else ""
    return SchemaError(said, path=path, line=line, hint=hint)


def _mistakes(error: ValidationError, marked: Marked) -> Iterator[tuple[int, str]]:
    for detail in error.errors(include_url=False):
        place = place_in(detail["loc"], marked.value)
        found = detail.get("ctx", {}).get("problems")
        if found:
            for problem in found:
                whole = place_in((*detail["loc"], *problem.place), marked.value)
                yield marked.line(whole, problem.line), _said(whole, problem.said)
        else:
            yield marked.line(place), _said(place, _worded(detail, place))


def place_in(steps: Sequence[str | int], value: Any) -> tuple[str | int, ...]:
    """The place in the file; a step that the file has not, such as a list's of one, is the model's own."""
    place: list[str | int] = []
    for step in steps:
        inside = isinstance(value, Mapping) and step in value
        inside = inside or (isinstance(value, list) and isinstance(step, int) and step < len(value))
        if inside:
            place.append(step)
            value = value[step]
    return tuple(place)


def _said(place: Sequence[str | int], what: str) -> str:
    """Name the part without `queries` and `parameters`, which everything stands under."""
    return f"{'.'.join(map(str, place))}: {what}" if place else what


def _worded(detail: ErrorDetails, place: Sequence[str | int]) -> str:
    name = str(detail["loc"][-1]) if detail["loc"] else ""
    if detail["type"] == "missing":
        return f"{name} is missing."
    if detail["type"] == "extra_forbidden":
        known = _known(detail["loc"])
        close = get_close_matches(name, known, n=1, cutoff=0.5)
        guess = f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(known)}."
        return f"there is no {name!r}. {guess}"
    given = detail.get("input")
    said = detail["msg"][:1].lower() + detail["msg"][1:]
    return f"{said} (it is {given!r:.80})" if isinstance(given, (str, int, float, bool)) and place else said


def _known(loc: Sequence[str | int]) -> list[str]:
    """What may stand where something unknown stands."""
    if "parameters" in loc[:-1]:
        return list(Parameter.model_fields)
    if "example" in loc[:-1]:
        return list(Example.model_fields)
    return _QUERY if "queries" in loc[:-1] else _PACK
