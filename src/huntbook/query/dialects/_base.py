"""What a query language is to huntbook: how it writes values, so that a value is one literal whatever it holds."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, NoReturn

from huntbook.errors import ParameterError
from huntbook.query.dialects import _values
from huntbook.query.parameters import Clause, Kind, Value
from huntbook.query.template import HOLE, Hole, holes

if TYPE_CHECKING:
    from collections.abc import Container

_SECOND = 1_000_000_000


def gluing(before: str = "", behind: str = "") -> re.Pattern[str]:
    """The pattern of a hole that touches a word, a quote or another hole, or one of more characters."""
    quotes, hole = "\"'`", f"(?a:{HOLE.pattern})"
    return re.compile(rf"(?:[\w@#$&\\{quotes}{before}]|\d\.|\}}\}}){hole}|{hole}(?:[\w{quotes}{behind}]|\.\d)")


class Dialect(ABC):
    """A query language: how it spells values and names. It has no state; `dialects["kql"]` is all there is of each.

    A dialect says how it spells a string, a moment and a name; the other kinds are written as most languages do unless it says
    otherwise. Every method returns exactly one literal, or raises a ParameterError that says what cannot be written: a value is never
    altered.
    """

    name: ClassVar[str]
    end_included: ClassVar[bool] = False
    """Whether its ranges include their end: the end of a time span is then written as the last instant before it."""
    quoted: ClassVar[re.Pattern[str]]
    """A literal or comment as it stands in a query's text, closed or not."""
    longest: ClassVar[int] = 1_000_000
    """How many characters one value may have in a query."""
    glued: ClassVar[re.Pattern[str]] = gluing()
    """A hole with a neighbour that would become one with the literal: `h{{x}}` would be one of KQL's hidden strings."""
    separator: ClassVar[str] = ", "
    """What stands between the values of a list."""
    empty_list: ClassVar[str] = ""
    """How it writes a list that holds nothing; empty where it cannot."""

    def write(self, value: Value) -> str:
        """Write what stands in a hole for a value of any kind, a column or a clause too.

        Raises:
            ParameterError: it cannot be written in this dialect.
        """
        if value.excluded and self.end_included:
            return self.end(value.value)
        return self.literal(value.value, value.kind, of=value.of)

    def fill(self, value: Value, text: str, hole: Hole) -> str:  # noqa: ARG002 - a dialect may look at the place
        """Write what stands in this hole of this text: as `write`, unless the dialect takes more or less in some places."""
        return self.write(value)

    def literal(self, value: object, kind: Kind = Kind.STRING, *, of: Kind = Kind.STRING) -> str:
        """Write a value as one literal; a list as literals of the kind `of`, with commas between them.

        Raises:
            ParameterError: the value is none of its kind, or cannot be written in this dialect.
        """
        written = self._list(value, of) if kind is Kind.LIST else self._single(value, kind)
        if len(written) > self.longest:
            raise ParameterError(
                f"A value of {len(written):,} characters is too long for {self.name}; {self.longest:,} are the most.",
                hint="Ask for fewer values at a time.",
            )
        return written

    def _list(self, value: object, of: Kind) -> str:
        if of in (Kind.LIST, Kind.CLAUSE):
            raise ParameterError(f"A list cannot hold a {of}.")
        written = self.separator.join(self._single(item, of) for item in _values.items(value)) or self.empty_list
        if not written:
            raise ParameterError(f"An empty list cannot be written in {self.name}.")
        return written

    def _single(self, value: object, kind: Kind) -> str:  # noqa: C901, PLR0911 - one line for each kind
        match kind:
            case Kind.STRING:
                return self._string(_values.string(value))
            case Kind.INT:
                return self._integer(_values.integer(value))
            case Kind.REAL:
                return self._real(_values.real(value))
            case Kind.BOOL:
                return self._boolean(_values.boolean(value))
            case Kind.DATETIME:
                return self._moment(_values.moment(value))
            case Kind.TIMESPAN:
                return self._duration(_values.duration(value))
            case Kind.IP:
                return self._address(_values.address(value))
            case Kind.GUID:
                return self._guid(_values.guid(value))
            case Kind.COLUMN:
                return self.column(_values.string(value))
            case Kind.CLAUSE if isinstance(value, Clause):
                return str(value)
            case Kind.CLAUSE:
                raise ParameterError(
                    "Query text comes from code only, never from a value.",
                    hint='Write hb.Clause("…") if this is your own text.',
                )
        raise ParameterError(f"{kind} is no kind of a single value.")

    def end(self, moment: object) -> str:
        """Write the end of a time span that does not include it."""
        return self.literal(moment, Kind.DATETIME)

    @abstractmethod
    def column(self, name: str) -> str:
        """Write a column's name, in brackets or quotes where it needs them.

        Raises:
            ParameterError: no column can have this name, or the dialect cannot write it.
        """

    def holes_in_quotes(self, text: str) -> list[Hole]:
        """Find the holes that stand inside a literal or a comment, where a literal cannot be: a mistake of the text.

        Example:
            >>> from huntbook.query.dialects import dialects
            >>> [hole.name for hole in dialects["kql"].holes_in_quotes('T | where a == "{{host}}" and b == {{user}}')]
            ['host']
        """
        regions = [match.span() for match in self.quoted.finditer(text)]
        found, at = [], 0
        for hole in holes(text):
            while at < len(regions) and regions[at][1] <= hole.offset:
                at += 1
            if at < len(regions) and regions[at][0] <= hole.offset:
                found.append(hole)
        return found

    def needs_all(self, text: str) -> str | None:  # noqa: ARG002 - a dialect that can tell does
        """What in a query has to see all rows at once, so that its answers about two spans of time are not that about both.

        None if nothing has, or if the language has nothing of the kind.
        """
        return None

    def own_time(self, text: str) -> str | None:  # noqa: ARG002 - a dialect that can tell does
        """What in a query says of which time it is, in place of the time that it is asked of; None if nothing does.

        A query in windows of time would give the same rows for each of them.
        """
        return None

    def holes_that_touch(self, text: str) -> list[Hole]:
        """Find the holes whose literal would grow together with what stands beside it: a mistake of the text as well."""
        found = {hole.offset: hole for hole in holes(text)}
        return [found[match.start(match.lastindex or 0) - 2] for match in self.glued.finditer(text)]

    def check_holes(self, text: str, names: Container[str] | None = None) -> None:
        """Refuse a text in which a value could become more, or something else, than one literal.

        Args:
            text: a query with holes.
            names: the holes that are going to be filled; all of them if not given.

        Raises:
            ParameterError: a hole stands inside quotes or a comment, or touches a word, a quote or another hole.
        """
        quoted = self.holes_in_quotes(text)
        for hole in quoted:
            if names is None or hole.name in names:
                hint = "A hole is a whole literal: take the quotes away."
                raise ParameterError(f"{hole} stands inside quotes or a comment.", hint=hint)
        for hole in self.holes_that_touch(text):
            if (names is None or hole.name in names) and hole not in quoted:
                hint = "A hole is a whole literal: put a space or an operator between."
                raise ParameterError(f"{hole} touches a word, a quote or another hole.", hint=hint)

    # How a dialect spells what has been read already.

    @abstractmethod
    def _string(self, text: str) -> str:
        """One literal for any text without lone surrogates."""

    @abstractmethod
    def _moment(self, nanoseconds: int) -> str:
        """One literal for a time, given since 1970 in UTC."""

    def _duration(self, nanoseconds: int) -> str:  # noqa: ARG002 - a dialect that has them does
        self._has_no("timespan")

    def _integer(self, number: int) -> str:
        if not -(2**63) <= number < 2**63:
            self._has_no("whole number of more than 64 bits")
        return str(number)

    def _real(self, number: float) -> str:
        """Without an exponent, which not every language reads."""
        return f"{Decimal(repr(number)):f}"

    def _boolean(self, value: bool) -> str:
        return "true" if value else "false"

    def _address(self, text: str) -> str:
        return self._string(text)

    def _guid(self, text: str) -> str:
        return self._string(text)

    def _has_no(self, what: str, hint: str = "") -> NoReturn:
        raise ParameterError(f"{self.name} cannot write a {what}.", hint=hint)


def iso(nanoseconds: int, *, separator: str = "T", zone: str = "Z") -> str:
    """A time in ISO 8601, with as many digits after the second as it needs."""
    seconds, fraction = divmod(nanoseconds, _SECOND)
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:
        raise ParameterError("A time before the year 1 or after the year 9999 cannot be written.") from None
    digits = f".{fraction:09}".rstrip("0") if fraction else ""
    return f"{moment.date().isoformat()}{separator}{moment:%H:%M:%S}{digits}{zone}"


def decimals(number: int, unit: int) -> str:
    """How many units a number is, as a decimal fraction and exactly; a unit is a power of ten."""
    whole, rest = divmod(abs(number), unit)
    fraction = f".{rest:0{len(str(unit)) - 1}}".rstrip("0") if rest else ""
    return f"{'-' if number < 0 else ''}{whole}{fraction}"
