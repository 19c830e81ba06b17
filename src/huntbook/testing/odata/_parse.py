"""Filters of OData as trees: from their text to what holds what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^']|'')*+')
      | (?P<moment>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?)(?![\w-])
      | (?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?![\w-])
      | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])
      | (?P<word>[A-Za-z_$@][\w.$]*)
      | (?P<mark>[(),:/])
    )""",
    re.VERBOSE | re.ASCII,
)
_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d))?(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)?)?")
COMPARISONS: Final = ("gt", "ge", "lt", "le")
TEXTS: Final = ("startswith", "endswith", "contains")
_CONSTANTS: Final = {"true": True, "false": False, "null": None}


class FilterError(ValueError):
    """A filter that is none."""


@dataclass(frozen=True)
class Moment:
    """A point in time, in nanoseconds since 1970."""

    nanoseconds: int


@dataclass(frozen=True)
class Literal:
    """A value."""

    value: Any


@dataclass(frozen=True)
class Path:
    """A property, or one inside another; `$count` at the end is how many there are."""

    parts: tuple[str, ...]


@dataclass(frozen=True)
class Compare:
    """`left operator right`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Both:
    """`left and right`, or `left or right`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Not:
    """`not of`."""

    of: Node


@dataclass(frozen=True)
class In:
    """`of in (items)`."""

    of: Node
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Call:
    """`function(text, part)`."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Each:
    """`path/any(name: condition)` or `path/all(…)`."""

    of: Path
    quantifier: str
    name: str
    condition: Node | None


Node = Literal | Path | Compare | Both | Not | In | Call | Each


def parse(text: str) -> Node:
    """Read a filter.

    Raises:
        FilterError: if it is none.
    """
    parser = _Parser(list(_tokens(text)))
    found = parser.either()
    if parser.at < len(parser.tokens):
        raise FilterError(f"Syntax error: '{parser.tokens[parser.at][1]}' is unexpected.")
    return found


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise FilterError(f"Syntax error: character '{text[at : at + 1]}' is not valid at position {at}.")
        yield match.lastgroup, match[match.lastgroup]
        at = match.end()


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.at = 0

    def _next(self, *wanted: str) -> bool:
        """Whether one of these words or marks is next; then it is taken."""
        if self.at < len(self.tokens) and self.tokens[self.at][1].lower() in wanted:
            self.at += 1
            return True
        return False

    def _need(self, mark: str) -> None:
        if not self._next(mark):
            raise FilterError(f"Syntax error: '{mark}' is expected.")

    def either(self) -> Node:
        left = self._all()
        while self._next("or"):
            left = Both("or", left, self._all())
        return left

    def _all(self) -> Node:
        left = self._condition()
        while self._next("and"):
            left = Both("and", left, self._condition())
        return left

    def _condition(self) -> Node:
        if self._next("not"):
            return Not(self._condition())
        if self._next("("):
            inside = self.either()
            self._need(")")
            return inside
        left = self._value()
        if self._next("in"):
            self._need("(")
            items = [self._value()]
            while self._next(","):
                items.append(self._value())
            self._need(")")
            return In(left, tuple(items))
        for name in ("eq", "ne", *COMPARISONS):
            if self._next(name):
                return Compare(name, left, self._value())
        return left

    def _value(self) -> Node:  # noqa: PLR0911 - one for each kind
        if self.at >= len(self.tokens):
            raise FilterError("Syntax error: the expression is not complete.")
        kind, text = self.tokens[self.at]
        self.at += 1
        match kind:
            case "text":
                return Literal(text[1:-1].replace("''", "'"))
            case "moment":
                return Literal(moment(text))
            case "guid":
                return Literal(text)
            case "number":
                return Literal(float(text) if re.search(r"[.eE]", text) else int(text))
            case "word" if text in _CONSTANTS:
                return Literal(_CONSTANTS[text])
            case "word" if text.lower() in {*TEXTS, "tolower", "toupper"} and self._next("("):
                return self._call(text.lower())
            case "word":
                return self._path(text)
        raise FilterError(f"Syntax error: '{text}' is unexpected.")

    def _call(self, name: str) -> Call:
        arguments = [self._value()]
        while self._next(","):
            arguments.append(self._value())
        self._need(")")
        if len(arguments) != (2 if name in TEXTS else 1):
            raise FilterError(f"No function signature for the function with name '{name}' matches the arguments.")
        return Call(name, tuple(arguments))

    def _path(self, first: str) -> Node:
        parts = [first]
        while self._next("/"):
            if self._next("any", "all"):
                return self._each(Path(tuple(parts)), self.tokens[self.at - 1][1].lower())
            kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
            if kind != "word":
                raise FilterError("Syntax error: a property is expected after '/'.")
            self.at += 1
            parts.append(text)
        return Path(tuple(parts))

    def _each(self, of: Path, quantifier: str) -> Each:
        self._need("(")
        if quantifier == "any" and self._next(")"):
            return Each(of, quantifier, "", None)
        kind, name = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        self.at += 1
        if kind != "word":
            raise FilterError("Syntax error: a name is expected.")
        self._need(":")
        condition = self.either()
        self._need(")")
        return Each(of, quantifier, name, condition)


def moment(text: str) -> Moment | None:
    """A point in time, to the nanosecond; None if the text is none."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    day, clock, second, fraction, zone = found.groups()
    try:
        at = datetime.fromisoformat(f"{day}T{clock or '00:00'}:{second or '00'}{zone or 'Z'}")
    except ValueError:
        return None
    whole = (at - datetime(1970, 1, 1, tzinfo=UTC)) // datetime.resolution
    return Moment(whole * 1000 + int((fraction or "").ljust(9, "0")))
