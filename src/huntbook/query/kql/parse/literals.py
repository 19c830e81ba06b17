"""Reading constants, names and types where they stand."""

from __future__ import annotations

import json
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.parse.constants import NotReadable, integer_value, real_value, string_value, typed_value
from huntbook.query.kql.parse.cursor import Cursor
from huntbook.query.kql.parse.times import count_ticks, datetime_text, timespan_text
from huntbook.query.kql.tokens import BOOL, GIVEN_NAMES, GUID, LONG, NAMES, REAL, STRING, TIMESPAN, TYPED
from huntbook.query.kql.types import NAMES as TYPES
from huntbook.query.kql.types import Type, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Container

CONSTANTS = frozenset((STRING, LONG, REAL, TIMESPAN, BOOL, TYPED, GUID))
_TYPES = TYPES | {
    "int8": Type.INT,
    "int16": Type.INT,
    "uint8": Type.INT,
    "uint16": Type.INT,
    "uint": Type.LONG,
    "char": Type.INT,
}
_TYPES |= {"uint32": Type.LONG, "uint64": Type.LONG, "ulong": Type.LONG, "float": Type.REAL, "byte": Type.INT}


class Literals(Cursor):
    """Constants, names and types."""

    __slots__ = ()

    def constant(self) -> tree.Literal:
        """The constant that is here; one of `CONSTANTS` has to be."""
        kind, start = self.kind, self.start
        if kind == STRING:
            value: Value = self.string()
            return tree.Literal(self.span(start), Type.STRING, value)
        word = self.word()
        if kind == GUID:
            self.fail("A guid cannot stand alone", f"Write guid({word}).")
        try:
            type_, value = self._constant(kind, word)
        except NotReadable:
            self._not_readable(kind, word)
        self.advance()
        return tree.Literal(self.span(start), type_, value)

    def _constant(self, kind: str, word: str) -> tuple[Type, Value]:
        if kind == LONG:
            if word == "9223372036854775808" and self.position and self.kinds[self.position - 1] == "-":
                return Type.LONG, 2**63
            return Type.LONG, integer_value(word)
        if kind == REAL:
            return Type.REAL, real_value(word)
        if kind == BOOL:
            return Type.BOOL, word.lower() == "true"
        if kind == TYPED:
            return typed_value(word)
        number = word.rstrip("abcdefghijklmnopqrstuvwxyz")
        whole, _, fraction = number.partition(".")
        ticks = count_ticks(whole[:40], fraction[:40], word[len(number) :])
        if ticks is None or ticks >= 2**63 or len(whole) > 40:
            raise NotReadable(word)
        return Type.TIMESPAN, ticks

    def _not_readable(self, kind: str, word: str) -> None:
        if kind != TYPED:
            self.fail("This number is too large")
        name, _, rest = word.partition("(")
        hint = f"To convert a value, use to{TYPES[name]}(…)." if rest[:1].isalpha() else ""
        self.fail(f"This is no {TYPES[name]}: {rest[:-1][:60]!r}", hint)

    def signed_constant(self) -> tree.Literal:
        """A constant, perhaps with a sign, as in a datatable."""
        if self.kind == "dynamic" and self.ahead() == "(":
            return self.dynamic()
        if self.kind in CONSTANTS:
            return self.constant()
        if self.kind not in ("-", "+") or self.ahead() not in (LONG, REAL, TIMESPAN):
            self.unexpected("a constant")
        start, minus = self.start, self.kind == "-"
        self.advance()
        number = self.constant()
        value = number.value
        if minus and isinstance(value, int | float):
            value = -value
        return tree.Literal(self.span(start), number.type, value)

    def string(self) -> str:
        """The value of the string that is here; strings one after the other are one."""
        value = string_value(self.word())
        self.advance()
        if self.kind != STRING:
            return value
        values = [value]
        while self.kind == STRING:
            values.append(string_value(self.word()))
            self.advance()
        return "".join(values)

    def dynamic(self) -> tree.Literal:
        """`dynamic(…)`: JSON that may have KQL's constants in it."""
        start = self.start
        self.advance()
        opened = self.open("(")
        value = None if self.kind == "null" else self.json()
        if value is None:
            self.advance()
        self.close(")", opened)
        return tree.Literal(self.span(start), Type.DYNAMIC, value)

    def json(self) -> str:
        """The JSON text of the value that is here."""
        kind = self.kind
        if kind == "{":
            return self._json_of("{", "}", self._pair)
        if kind == "[":
            return self._json_of("[", "]", self.json)
        if kind == "null":
            self.advance()
            return "null"
        if kind == "dynamic" and self.ahead() == "(":
            inner = self.dynamic().value
            return "null" if inner is None else str(inner)
        if kind not in CONSTANTS and kind != "-":
            self.unexpected("a JSON value")
        return _json_text(self.signed_constant())

    def _json_of(self, bracket: str, closing: str, item: Callable[[], str]) -> str:
        opened = self.open(bracket)
        items = self.any_number(item, closing)
        self.close(closing, opened)
        return f"{bracket}{','.join(items)}{closing}"

    def _pair(self) -> str:
        if self.kind != STRING:
            self.unexpected("a key in quotes")
        key = json.dumps(string_value(self.word()), ensure_ascii=False)
        self.advance()
        self.expect(":", "the key")
        return f"{key}:{self.json()}"

    # Names

    def name(self, kinds: Container[str] = NAMES, what: str = "a name") -> tree.Name:
        """The name that has to be here, as it stands or in brackets: `['a name']`."""
        start = self.start
        if self.kind in kinds:
            name = tree.Name(tree.Span(start, self.ends[self.position]), self.word())
            self.advance()
            return name
        if self.kind == "[" and self.ahead() == STRING:
            self.advance()
            text = self.string()
            self.expect("]", "the name")
            return tree.Name(self.span(start), text)
        if self.kind == "{" and self.ahead() in NAMES and self.ahead(2) == "}":
            text = f"{{{self.word(1)}}}"  # a parameter of the client that asks
            for _ in range(3):
                self.advance()
            return tree.Name(self.span(start), text)
        return self.unexpected(what)

    def given_name(self) -> tree.Name:
        """A name where one is given: more keywords may be it."""
        return self.name(GIVEN_NAMES)

    def pattern(self) -> tree.Pattern | tree.Star | None:
        """A name with stars in it, or a star alone, if there is one here; its parts have no space between them."""
        if self.kind != "*":
            if (
                self.ahead() != "*"
                or self.kind not in GIVEN_NAMES
                or self.ends[self.position] != self.starts[self.position + 1]
            ):
                return None
        elif self.ahead() not in GIVEN_NAMES and self.ahead() not in ("*", LONG):
            return self.star()
        start = self.start
        self.advance()
        while (self.kind in GIVEN_NAMES or self.kind in ("*", LONG)) and self.ends[self.position - 1] == self.start:
            self.advance()
        span = self.span(start)
        text = self.text[span.start : span.end]
        return tree.Star(span) if text == "*" else tree.Pattern(span, text)

    def star(self) -> tree.Star:
        """`*`, which is here."""
        span = tree.Span(self.start, self.ends[self.position])
        self.advance()
        return tree.Star(span)

    def column(self) -> tree.Name | tree.Pattern | tree.Star:
        """A column's name, a pattern of names, or a star."""
        return self.pattern() or self.name(what="the name of a column")

    # Types

    def type(self) -> Type:
        """The name of a type."""
        if (type_ := _TYPES.get(self.word())) is None:
            if self.kind not in GIVEN_NAMES:
                self.unexpected("a type")
            self.unknown("type", TYPES)
        self.advance()
        return type_

    def schema(self, after: str = "") -> tree.Schema:
        """`(a:long, b:string)` or `(*)`."""
        start = self.start
        opened = self.open("(", after)
        self.accept(",")
        columns: list[tuple[tree.Name, Type]] = []
        is_open = False
        while self.kind != ")":
            if self.kind == "*":
                self.advance()
                is_open = True
            else:
                name = self.given_name()
                self.expect(":", "the name of a column")
                columns.append((name, self.type()))
            if not self.accept(","):
                break
        self.close(")", opened)
        return tree.Schema(self.span(start), tuple(columns), is_open)

    def type_of(self) -> tree.TypeLiteral | tree.Schema:
        """`typeof(long)`, or of a row."""
        start = self.start
        self.expect("typeof")
        if self.kind == "(" and self.ahead(2) == ")" and self.ahead() != "*":
            self.advance()
            type_ = self.type()
            self.advance()
            return tree.TypeLiteral(self.span(start), type_)
        return self.schema("typeof")


def _json_text(of: tree.Literal) -> str:
    """A constant as Kusto writes it in JSON."""
    value = of.value
    if value is None:
        return "null"
    if of.type is Type.DATETIME and isinstance(value, int):
        return f'"{datetime_text(value)}"'
    if of.type is Type.TIMESPAN and isinstance(value, int):
        return f'"{timespan_text(value)}"'
    if isinstance(value, float) and not isfinite(value):
        return '"NaN"' if value != value else '"Infinity"' if value > 0 else '"-Infinity"'  # noqa: PLR0124
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)
