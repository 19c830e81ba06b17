"""Reading the expressions of `eval` and `where`: NOT before AND before OR before XOR, as Splunk documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.spl import tree
from huntbook.query.spl.cursor import FIELD, MACRO, NAME, NUMBER, STRING, Token, unescaped_constant
from huntbook.query.spl.names import AGGREGATES, FUNCTIONS
from huntbook.query.spl.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Callable

_COMPARISONS = {"=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_CONSTANTS = {"true": True, "false": False, "null": None}
_OPERATORS = frozenset(("AND", "OR", "XOR", "NOT"))


class Expressions(Terms):
    """Expressions."""

    aggregates = False  # whether functions of stats may be called: in `chart eval(avg(x) * 2)`

    def expression(self) -> tree.Expression:
        """An expression, up to what cannot belong to it."""
        self.deeper()
        found = self._joined("XOR", lambda: self._joined("OR", lambda: self._joined("AND", self._not)))
        self.shallower()
        return found

    def _joined(self, operator: str, part: Callable[[], tree.Expression]) -> tree.Expression:
        left = part()
        while self.peek_expression().says(operator):
            self.take(self.peek_expression())
            left = self._binary(operator, left, part())
        return left

    def _binary(self, operator: str, left: tree.Expression, right: tree.Expression) -> tree.Binary:
        return tree.Binary(self.span(left.span.start), operator, left, right)

    def _not(self) -> tree.Expression:
        token = self.peek_expression()
        if not token.says("NOT", "!"):
            return self._compared()
        self.take(token)
        self.deeper()
        operand = self._not()
        self.shallower()
        return tree.Unary(self.span(token.start), "NOT", operand)

    def _compared(self) -> tree.Expression:
        left = self._sum()
        while True:
            token = self.peek_expression()
            if token.text in _COMPARISONS:
                self.take(token)
                left = self._binary(_COMPARISONS[token.text], left, self._sum())
            elif token.says("LIKE"):
                self.take(token)
                right = self._sum()
                left = tree.Call(self.span(left.span.start), "like", (left, right))
            elif token.says("IN", "NOT"):
                left = self._among_values(left, token)
            else:
                return left

    def _among_values(self, operand: tree.Expression, token: Token) -> tree.Expression:
        """`x IN (1, 2)` and `x NOT IN (1, 2)`."""
        start = operand.span.start
        self.take(token)
        negated = token.says("NOT")
        if negated:
            inner = self.take(self.peek_expression())
            if not inner.says("IN"):
                self.unexpected("an operator", token)
        values = self._arguments(self.peek_expression(), "IN")
        found = tree.Call(self.span(start), "in", (operand, *values))
        return tree.Unary(found.span, "NOT", found) if negated else found

    def _sum(self) -> tree.Expression:
        left = self._product()
        while (token := self.peek_expression()).says("+", "-", "."):
            self.take(token)
            left = self._binary(token.text, left, self._product())
        return left

    def _product(self) -> tree.Expression:
        left = self._signed()
        while (token := self.peek_expression()).says("*", "/", "%"):
            self.take(token)
            left = self._binary(token.text, left, self._signed())
        return left

    def _signed(self) -> tree.Expression:
        token = self.peek_expression()
        if not token.says("-", "+"):
            return self._primary()
        self.take(token)
        self.deeper()
        operand = self._signed()
        self.shallower()
        return tree.Unary(self.span(token.start), token.text, operand)

    def _primary(self) -> tree.Expression:
        token = self.peek_expression()
        if token.says("("):
            self.take(token)
            inner = self.expression()
            self._closed(token)
            return inner
        if token.says("["):
            return self.subsearch()
        if token.kind == MACRO:
            return self.macro()
        if token.kind == NAME and token.text.upper() not in _OPERATORS:
            return self._named(self.take(token))
        if token.kind not in (STRING, NUMBER, FIELD):
            self.unexpected("a value", token, "Texts stand in double quotes, names with signs in them in single ones.")
        return self._constant(self.take(token))

    def _constant(self, token: Token) -> tree.Expression:
        span = tree.Span(token.start, token.end)
        if token.kind == STRING:
            return tree.Constant(span, unescaped_constant(token.text[1:-1]))
        if token.kind == FIELD:
            return tree.Field(span, unescaped_constant(token.text[1:-1]))
        return tree.Constant(span, int(token.text) if token.text.isdecimal() else float(token.text))

    def _named(self, token: Token) -> tree.Expression:
        if self.peek_expression().says("("):
            return self._called(token)
        span = tree.Span(token.start, token.end)
        if token.text.lower() in _CONSTANTS:
            return tree.Constant(span, _CONSTANTS[token.text.lower()])
        return tree.Field(span, token.text)

    def _called(self, name: Token) -> tree.Call:
        function = name.text.lower()
        known = FUNCTIONS.get(function)
        if known is None and not (self.aggregates and function in AGGREGATES):
            self.unknown("function", name, name.text, FUNCTIONS)
        values = self._arguments(self.peek_expression(), f"{name.text}()")
        least, most = known or (0, 1000)
        if not least <= len(values) <= most:
            wanted = f"{least}" if least == most else f"at least {least}" if most == 1000 else f"{least} to {most}"
            raise self.error(f"{function}() takes {wanted} arguments, not {len(values)}.", name.start, name.end)
        return tree.Call(self.span(name.start), function, values)

    def _arguments(self, opened: Token, what: str) -> tuple[tree.Expression, ...]:
        if not opened.says("("):
            self.unexpected(f"'(' after {what}", opened)
        self.take(opened)
        if self.peek_expression().says(")"):
            self.take(self.peek_expression())
            return ()
        values = [self.expression()]
        while self.peek_expression().says(","):
            self.take(self.peek_expression())
            values.append(self.expression())
        self._closed(opened)
        return tuple(values)

    def _closed(self, opened: Token) -> None:
        token = self.peek_expression()
        if not token.says(")"):
            if token.kind in (NAME, STRING, NUMBER, FIELD):
                self.unexpected("an operator, a comma or ')'", token)
            raise self.error("This '(' is not closed.", opened.start, opened.end)
        self.take(token)
