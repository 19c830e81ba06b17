"""`rex` and `spath`: fields out of the text of an event."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from huntbook.query.spl import tree
from huntbook.testing.spl import _regex
from huntbook.testing.spl._json import all_fields, extracted
from huntbook.testing.spl._values import Event, Refused, items, single, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_SED: Final = re.compile(
    r"s(?P<sign>[^\w\s\\])(?P<old>(?:\\.|(?!(?P=sign))[^\\])*)(?P=sign)(?P<new>(?:\\.|(?!(?P=sign))[^\\])*)(?P=sign)(?P<flags>g?)"
)


def rex(command: Any, rows: Iterable[Event]) -> Iterator[Event]:
    """Named groups of a pattern as fields; with `mode=sed`, text that is replaced."""
    told, patterns = options(command), words(command)
    if len(patterns) != 1 or set(told) - {"field", "max_match", "mode"}:
        raise Refused("Error in 'rex' command: this fake service takes one pattern, field, max_match and mode=sed.")
    pattern, field = patterns[0], told.get("field", "_raw")
    if told.get("mode"):
        return _edited(_sed(pattern), field, rows)
    if not _regex.names(pattern):
        raise Refused(
            f"Error in 'rex' command: The regex '{pattern}' does not extract anything. It should specify at least one named group. "
            "Format: (?<name>...)."
        )
    most = whole("rex", told, "max_match", 1)
    return ({**row, **_taken(pattern, row.get(field), most)} for row in rows)


def _taken(pattern: str, value: Any, most: int) -> dict[str, Any]:
    """The fields that a pattern finds; those that it does not find stay as they are."""
    found: dict[str, list[str]] = {}
    for each in items(value):
        places: list[Mapping[str, str | None]]
        places = [_regex.groups(pattern, text(each))] if most == 1 else _regex.all_groups(pattern, text(each))
        for place in places[: most or None]:
            for name, held in place.items():
                if held:
                    found.setdefault(name, []).append(held)
    return {name: single(held) for name, held in found.items()}


def _sed(expression: str) -> re.Match[str]:
    found = _SED.fullmatch(expression)
    if found is None:
        raise Refused("Error in 'rex' command: of sed, this fake service runs s/pattern/text/ and s/pattern/text/g.")
    return found


def _edited(sed: re.Match[str], field: str, rows: Iterable[Event]) -> Iterator[Event]:
    for row in rows:
        texts = [
            _regex.replaced(sed["old"], text(each), sed["new"], once=not sed["flags"]) for each in items(row.get(field))
        ]
        yield {**row, field: single(texts)} if texts else row


def spath(command: Any, rows: Iterable[Event]) -> Iterator[Event]:
    """The fields of JSON: all of them, or what is at one path."""
    told, named = options(command), words(command)
    path = told.get("path", next(iter(named), ""))
    source, target = told.get("input", "_raw"), told.get("output", path)
    for row in rows:
        if source not in row:
            yield row
            continue
        read = text(items(row[source])[0])
        found = {target: extracted(read, path)} if path else all_fields(read)
        yield {**row, **{name: each for name, each in found.items() if each is not None}}


def options(command: tree.Other) -> dict[str, str]:
    """What is written as `name=value` behind a command."""
    return {each.name.lower(): each.value for each in command.arguments if isinstance(each, tree.Option)}


def words(command: tree.Other) -> list[str]:
    """What is written behind a command besides options."""
    if not all(isinstance(each, (tree.Word, tree.Option)) for each in command.arguments):
        raise Refused(f"Error in '{command.name}' command: subsearches and macros are not run by this fake service.")
    said = [each for each in command.arguments if isinstance(each, tree.Word)]
    return [each.text for each in said if each.quoted or each.text != ","]


def whole(name: str, told: Mapping[str, str], option: str, otherwise: int) -> int:
    """An option that is a whole number."""
    written = told.get(option, str(otherwise))
    if not (written.isascii() and written.isdecimal() and len(written) < 10):
        raise Refused(f"Error in '{name}' command: Invalid value for {option}: '{written}'.")
    return int(written)
