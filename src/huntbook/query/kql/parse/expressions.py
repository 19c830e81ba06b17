"""Expressions: what binds how tightly is a table, and one method climbs it.

As in Kusto, the string operators bind more tightly than `*`, and comparisons do not chain: `a == b == c` is refused.
"""

from __future__ import annotations

from abc import abstractmethod

from huntbook.query.kql import tree
from huntbook.query.kql.parse.literals import CONSTANTS, Literals
from huntbook.query.kql.tokens import GIVEN_NAMES, MATCHES, NAMES, REFERENCES, STRING

Operand = tree.Expression | tree.Pipe
_OR, _AND, _EQUALITY, _RELATION, _SUM, _PRODUCT, _TEXT = range(1, 8)
_ALONE = frozenset((_EQUALITY, _RELATION, _TEXT))  # levels whose operators do not chain
_TEXT_WORDS = """
    has has_cs contains contains_cs startswith startswith_cs endswith endswith_cs hasprefix hasprefix_cs hassuffix
    hassuffix_cs
"""
_TEXTS = _TEXT_WORDS.split()
_TEXT_OPERATORS = {"=~", "!~", ":", MATCHES, *_TEXTS, *(f"!{word}" for word in _TEXTS)} | {
    "containscs", "notcontains", "notcontainscs", "like", "likecs", "notlike", "notlikecs"
}  # fmt: skip
_LISTS = frozenset(("in", "!in", "in~", "!in~", "has_any", "has_all"))
_RANGES = frozenset(("between", "!between"))
_LEVELS = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(("==", "!=", "<>", *_LISTS, *_RANGES), _EQUALITY),
    **dict.fromkeys(("<", "<=", ">", ">="), _RELATION),
    **dict.fromkeys(("+", "-"), _SUM),
    **dict.fromkeys(("*", "/", "%"), _PRODUCT),
    **dict.fromkeys(_TEXT_OPERATORS, _TEXT),
}
BETWEEN = tuple(word for word in _LEVELS if word[0].isalpha())  # the words that stand between two values
_SPELLINGS = {
    "<>": "!=", "containscs": "contains_cs", "notcontains": "!contains", "notcontainscs": "!contains_cs", "notlike": "!like",
    "notlikecs": "!likecs",
}  # fmt: skip
_ENDS = frozenset((",", ")", "|", "]", ";"))
_PIPED = frozenset(("toscalar", "totable", "materialize"))  # calls whose argument is a pipe


class Expressions(Literals):
    """Scalars, and calls and names that may be tables."""

    __slots__ = ()

    @abstractmethod
    def pipe(self) -> Operand:
        """A pipe, or an expression where there is no `|`."""

    @abstractmethod
    def source(self) -> tree.Pipe | None:
        """A source of rows that begins with a keyword, if one is here."""

    def scalar(self) -> tree.Expression:
        """An expression that is not a pipe in brackets."""
        return self._not_rows(self.expression())

    def _not_rows(self, value: Operand) -> tree.Expression:
        if isinstance(value, tree.Pipe):
            self.fail_at(value.span, "Rows cannot stand where a value is expected", "toscalar(…) makes them one value.")
        return value

    def expression(self, floor: int = _OR) -> Operand:
        """Whatever has operators that bind at least as tightly as the floor."""
        start = self.start
        left = self.unary()
        ceiling = _TEXT
        while True:
            operator = self.kind
            if operator in _ENDS:
                return left
            level = _LEVELS.get(operator, 0)
            if not floor <= level <= ceiling or (operator == "in" and self.ahead() == "range"):
                return left
            ceiling = level - 1 if level in _ALONE else level
            left = self._not_rows(left)
            self.advance()
            if operator in _LISTS:
                left = self._in(start, operator, left)
            elif operator in _RANGES:
                left = self._between(start, operator, left)
            else:
                right = self.expression(level + 1) if level < _TEXT else self.unary()
                operator = _SPELLINGS.get(operator, operator)
                left = tree.Binary(
                    tree.Span(start, self.ends[self.position - 1]), operator, left, self._not_rows(right)
                )

    def _in(self, start: int, operator: str, left: tree.Expression) -> tree.In:
        opened = self.open("(", operator)
        items: list[tree.Argument] = [self.pipe()]
        while self.accept(","):
            items.append(self.expression())
        self.close(")", opened)
        return tree.In(self.span(start), operator, left, tuple(items))

    def _between(self, start: int, operator: str, left: tree.Expression) -> tree.Between:
        opened = self.open("(", operator)
        low = self.scalar()
        if self.kind in (",", "and"):
            self.fail("Expected '..' between the bounds")
        self.expect("..", "the lower bound")
        high = self.scalar()
        self.close(")", opened)
        return tree.Between(self.span(start), operator, left, low, high)

    def unary(self) -> Operand:
        """An operand, perhaps with a sign."""
        sign = self.kind
        if sign in ("-", "+"):
            start = self.start
            self.advance()
            of = self._not_rows(self.path())
            return tree.Unary(self.span(start), sign, of)
        if sign == "*" and (_LEVELS.get(self.ahead()) == _TEXT or self.ahead() == "=="):
            return self.star()
        return self.path()

    def path(self) -> Operand:
        """A primary expression and what follows it with points and brackets: `a.b[0].c`."""
        start = self.start
        of = self.primary()
        while True:
            kind = self.kind
            if kind == ".":
                self.advance()
                of = self.member(start, self._not_rows(of))
            elif kind == "[":
                of = self.index(start, self._not_rows(of))
            else:
                return of

    def member(self, start: int, of: tree.Expression) -> tree.Expression:
        """What comes after a point: a name, a call, or brackets."""
        if self.kind == "[" and self.ahead() != STRING:
            return self.index(start, of)
        name = self.name(REFERENCES, "a name after '.'")
        if self.kind == "(":
            return self.call(start, name, of)
        return tree.Member(self.span(start), of, name)

    def index(self, start: int, of: tree.Expression) -> tree.Index:
        """`[index]`, which is here."""
        opened = self.open("[")
        index = self.scalar()
        self.close("]", opened)
        return tree.Index(self.span(start), of, index)

    def primary(self) -> Operand:  # noqa: PLR0911 - one for each kind of operand
        """A constant, a name, a call, or something in brackets."""
        kind = self.kind
        if kind in NAMES:
            if kind == "typeof" and self.ahead() == "(":
                return self.type_of()
            start = self.start
            name = tree.Name(tree.Span(start, self.ends[self.position]), self.word())
            self.advance()
            return self.call(start, name) if self.kind == "(" else name
        if kind in CONSTANTS:
            return self.constant()
        if kind == "(":
            opened = self.open("(")
            inside = self.pipe()
            self.close(")", opened)
            return inside
        if kind in _PIPED and self.ahead() == "(":
            return self.piped()
        if kind == "dynamic" and self.ahead() == "(":
            return self.dynamic()
        return self._rarer()

    def _rarer(self) -> Operand:
        if rows := self.source():
            return rows
        if self.kind == "*" and self.ahead() in (")", ","):
            return self.star()
        start = self.start
        name = self.name(REFERENCES, "an expression")
        return self.call(start, name) if self.kind == "(" else name

    def piped(self) -> tree.Call:
        """`toscalar(pipe)`, `totable(pipe)` or `materialize(pipe)`, which is here."""
        start = self.start
        name = tree.Name(tree.Span(start, self.ends[self.position]), self.kind)
        self.advance()
        opened = self.open("(", name.name)
        argument = self.pipe()
        self.close(")", opened)
        return tree.Call(self.span(start), name, (argument,))

    def call(self, start: int, name: tree.Name, of: tree.Expression | None = None) -> tree.Call:
        """The arguments of a call, of which the name was read."""
        opened = self.open("(")
        arguments = self.any_number(self.named, ")")
        self.close(")", opened)
        return tree.Call(self.span(start), name, arguments, of)

    def function_call(self) -> tree.Call:
        """A call that has to be here."""
        start = self.start
        name = self.name(what="a call")
        if self.kind != "(":
            self.fail(f"'(' is missing after {name.name[:60]}")
        return self.call(start, name)

    def named(self) -> tree.Argument:
        """An expression, perhaps with a name for it: `name = value` or `(a, b) = value`."""
        start = self.start
        if self.kind in GIVEN_NAMES:
            if self.ahead() != "=":
                return self.expression()
            names: tuple[tree.Name, ...] = (self.given_name(),)
        elif self.kind == "[" and self.ahead() == STRING and self._named_in_brackets():
            names = (self.given_name(),)
        elif self.kind == "(" and self._names_in_brackets():
            opened = self.open("(")
            names = self.several(self.given_name)
            self.close(")", opened)
        else:
            return self.expression()
        self.expect("=")
        value = self.expression()
        return tree.Named(self.span(start), names, value)

    def _named_in_brackets(self) -> bool:
        """Whether `['name'] =` is here."""
        by = 2
        while self.ahead(by) == STRING:
            by += 1
        return self.ahead(by) == "]" and self.ahead(by + 1) == "="

    def _names_in_brackets(self) -> bool:
        """Whether `(a, ['b']) =` is here."""
        by = 1
        while True:
            if self.ahead(by) in GIVEN_NAMES:
                by += 1
            elif self.ahead(by) == "[" and self.ahead(by + 1) == STRING and self.ahead(by + 2) == "]":
                by += 3
            else:
                return False
            if self.ahead(by) != ",":
                return self.ahead(by) == ")" and self.ahead(by + 1) == "="
            by += 1
