"""From a template of `str.format` to a text with our holes, and what each hole was found to stand for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from string import Formatter
from typing import TYPE_CHECKING

from huntbook.query.parameters import Kind
from huntbook.query.template import HOLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from huntbook.query.msticpy.source import Given

_OPEN, _CLOSE = "\ue000", "\ue001"  # around the name of a hole that is decided: characters for private use
_SURE = (Kind.DATETIME, Kind.TIMESPAN, Kind.INT, Kind.REAL, Kind.GUID, Kind.BOOL)
ITEMS = "add_query_items"  # the hole for text at the end, which every query of ours takes as an option


class NotConverted(Exception):
    """A query that cannot be converted, and why."""


@dataclass
class Draft:
    """A text that is being converted."""

    text: str
    given: Mapping[str, Given]
    roles: dict[str, Kind] = field(default_factory=dict)
    """What the holes of each parameter stand for."""
    numbers: set[str] = field(default_factory=set)
    """Lists that hold whole numbers."""
    escaped: set[str] = field(default_factory=set)
    """Parameters that stood in a string with escapes, so that `\\\\` in their defaults is one backslash."""
    notes: list[str] = field(default_factory=list)
    """What is not quite as it was."""

    def role(self, name: str, kind: Kind) -> str:
        """Note what a hole stands for, and return it as one that is decided. The same parameter cannot stand for different things."""
        before = self.roles.setdefault(name, kind)
        if before is not kind:
            raise NotConverted(f"{{{name}}} stands for a {before} here and for a {kind} there.")
        return f"{_OPEN}{name}{_CLOSE}"

    def decide(self, kind_of: Callable[[str, str, str], Kind]) -> None:
        """Decide what each hole stands for that is not decided yet; `kind_of` is given its name, and what is before and after it."""
        pieces, end = [], 0
        for found in HOLE.finditer(self.text):
            pieces.append(self.text[end : found.start()])
            end = found.end()
            name = found[1]
            kind = kind_of(name, self.text[: found.start()], self.text[end:])
            # What a call such as `datetime({x})` has told is surer than what stands around another hole of that name.
            pieces.append(self.role(name, self.roles[name] if self.roles.get(name) in _SURE else kind))
        self.text = "".join([*pieces, self.text[end:]])

    def finish(self) -> None:
        """Make holes of our templates of all that are decided."""
        self.text = self.text.replace(_OPEN, "{{").replace(_CLOSE, "}}")

    def note(self, said: str) -> None:
        """Note once what is not quite as it was."""
        if said not in self.notes:
            self.notes.append(said)


def hole(name: str) -> str:
    """A hole of our templates."""
    return f"{{{{{name}}}}}"


def drafted(template: str, given: Mapping[str, Given]) -> Draft:
    """Read a template: doubled braces become single ones, holes become ours.

    Raises:
        NotConverted: it is no template, has a hole that is no parameter, or a text that would read as a hole of ours.
    """
    pieces: list[str] = []
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as error:
        raise NotConverted(f"it is no template: {error}.") from error
    plain = HOLE.search("".join(literal if name is None else f"{literal} {_OPEN}" for literal, name, _, _ in parsed))
    if plain:
        raise NotConverted(f"its text holds {plain[0]}, which would be a hole here.")
    for literal, name, spec, conversion in parsed:
        if _OPEN in literal or _CLOSE in literal:
            raise NotConverted("its text holds characters for private use.")
        pieces.append(literal)
        if name is None:
            continue
        if spec or conversion:
            raise NotConverted(f"{{{name}}} is formatted by {spec or conversion!r}, which a literal is not.")
        if name not in given:
            raise NotConverted(f"{{{name}}} is no parameter of it.")
        pieces.append(hole(name))
    text = re.sub(r"\n\s*\n", "\n", "".join(pieces)).strip()
    return Draft(text, given)


def without_items(draft: Draft) -> None:
    """Take out the hole for text at the end, since every query takes `add_query_items`; elsewhere it becomes a clause of its own."""
    item = hole(ITEMS)
    if ITEMS not in draft.given or item not in draft.text:
        return
    default = str(draft.given[ITEMS].default or "").strip()
    head, _, tail = draft.text.rpartition(item)
    if tail.strip():
        draft.note("add_query_items stands within the text: what the option adds comes at the end instead.")
    if default:
        draft.note(f"the default of add_query_items, {default!r}, stays whatever is added.")
    draft.text = f"{head}{default}{tail}".replace(item, "").strip()
