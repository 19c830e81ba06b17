"""Reading what a search looks for: words, phrases, comparisons, and how they are combined."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from huntbook.query.spl import tree
from huntbook.query.spl.cursor import MACRO, MARK, STRING, WORD, Cursor, Token, unescaped

if TYPE_CHECKING:
    from collections.abc import Callable

_OPERATORS = ("=", "!=", "<", "<=", ">", ">=")
_MATCHES = ("TERM", "CASE")
# Operators that are misspelt, as Splunk sees it, and what to write; who wants the word puts it into quotes.
_WORDS_FOR = {word: f"Operators have capitals: {word}." for word in ("AND", "OR", "NOT")} | {
    "IN": "Write field IN (…) or NOT field IN (…)."
}


class Terms(Cursor):
    """Search terms."""

    @abstractmethod
    def subsearch(self) -> tree.Subsearch:
        """The pipeline in brackets that begins here."""

    def terms(self) -> tree.Term:
        """Terms up to the end of the command, or to a closing bracket. OR binds more tightly than AND, as Splunk documents."""
        start = self.peek().start
        parts = [self._either()]
        while not self.at_end() and not self.peek().says(")") and not self._is_clause():
            if not self._operator("AND") and not self.accept(","):
                parts.append(self._either())
            elif self.at_end() or self.peek().says(")"):
                self.unexpected("a term after AND", self.peek())
        return parts[0] if len(parts) == 1 else tree.Both(self.span(start), tuple(parts))

    def _is_clause(self) -> bool:
        """Whether what follows belongs to tstats again, not to its search."""
        token = self.peek()
        return token.kind == WORD and token.text.lower() in ("by", "groupby") and self.clauses

    clauses = False

    def _either(self) -> tree.Term:
        start = self.peek().start
        parts = [self._negated()]
        while self._operator("OR"):
            parts.append(self._negated())
        return parts[0] if len(parts) == 1 else tree.Either(self.span(start), tuple(parts))

    def _negated(self) -> tree.Term:
        token = self.peek()
        if not (token.kind == WORD and token.text == "NOT"):
            return self._term()
        self.take(token)
        self.deeper()
        part = self._negated()
        self.shallower()
        return tree.Negated(self.span(token.start), part)

    def _term(self) -> tree.Term:  # noqa: PLR0911 - one for each kind of term
        token = self.peek()
        if token.says("("):
            return self._in_brackets(self.terms)
        if token.says("["):
            return self.subsearch()
        if token.kind == MACRO:
            return self.macro()
        if token.kind not in (WORD, STRING) or token.text in ("AND", "OR"):
            self.unexpected("a search term", token)
        self._no_operator(token)
        word = self.word()
        following = self.peek()
        if following.kind == MARK and following.text in _OPERATORS:
            return self._comparison(word)
        if following.text == "IN" and self._opens_behind(following):
            return self._among(word)
        if token.kind == WORD and token.text in _MATCHES and following.says("(") and following.start == token.end:
            return self._exact(token)
        return word

    def _operator(self, word: str) -> bool:
        """Take an operator, which has capitals."""
        token = self.peek()
        found = token.kind == WORD and token.text == word
        if found:
            self.take(token)
        return found

    def _no_operator(self, token: Token) -> None:
        """Refuse what looks like an operator and would be searched for as a word."""
        if token.kind != WORD or token.text.upper() not in _WORDS_FOR:
            return
        if token.text.upper() != "IN" or self._opens_behind(token):
            hint = _WORDS_FOR[token.text.upper()]
            raise self.error(f"{token.text!r} would be searched for as a word here.", token.start, token.end, hint=hint)

    def _in_brackets(self, read: Callable[[], tree.Term]) -> tree.Term:
        opened = self.take(self.peek())
        self.deeper()
        term = read()
        self._close(opened)
        self.shallower()
        return term

    def _close(self, opened: Token) -> None:
        if not self.accept(")"):
            raise self.error("This '(' is not closed.", opened.start, opened.end)

    def _opens_behind(self, token: Token) -> bool:
        """Whether an opening bracket follows the token."""
        kept = self.position
        self.position = token.end
        opens = self.peek().says("(")
        self.position = kept
        return opens

    def _comparison(self, field: tree.Word) -> tree.Term:
        operator = self.take(self.peek()).text
        if self.peek().says("(") and operator == "=":
            return self._in_brackets(lambda: self._each(field))
        value = self._value(operator)
        return tree.Comparison(self.span(field.span.start), field.text, operator, value)

    def _each(self, field: tree.Word) -> tree.Term:
        """`host=(a OR b)`: the field is compared with each."""
        start = field.span.start
        values = [self._value("=")]
        while self._operator("OR"):
            values.append(self._value("OR"))
        parts: list[tree.Term] = [tree.Comparison(self.span(start), field.text, "=", value) for value in values]
        return parts[0] if len(parts) == 1 else tree.Either(self.span(start), tuple(parts))

    def _value(self, after: str) -> tree.Word | tree.Subsearch | tree.Macro:
        token = self.peek()
        if token.says("["):
            return self.subsearch()
        if token.kind == MACRO:
            return self.macro()
        if token.kind not in (WORD, STRING):
            self.unexpected(f"a value after {after!r}", token)
        return self.word()

    def _among(self, field: tree.Word) -> tree.Among:
        self.take(self.peek())
        opened = self.take(self.peek())
        values: list[tree.Word] = []
        while not values or self.accept(","):
            token = self.peek()
            if token.kind not in (WORD, STRING):
                self.unexpected("a value in the list of IN", token)
            values.append(self.word())
        if self.peek().kind in (WORD, STRING):
            self.unexpected("a comma between the values of IN", self.peek())
        self._close(opened)
        return tree.Among(self.span(field.span.start), field.text, tuple(values))

    def _exact(self, name: Token) -> tree.Word:
        """`TERM(10.0.0.1)`: what is in the brackets is one word, whatever breaks words elsewhere."""
        inside = self.verbatim(name)
        return tree.Word(self.span(name.start), unescaped(inside.strip('"')), inside.startswith('"'), name.text)

    def verbatim(self, name: Token) -> str:
        """What stands in the brackets behind a name, as it is written."""
        self.take(self.peek())
        end = self.text.find(")", self.position)
        inside = self.text[self.position : end].strip()
        if end < 0 or not inside:
            raise self.error(f"{name.text}() needs a word in its brackets.", name.start, name.end)
        self.position = self.last = end + 1
        return inside

    def word(self) -> tree.Word:
        """The word or the string that is here."""
        token = self.take(self.peek())
        quoted = token.kind == STRING
        return tree.Word(
            tree.Span(token.start, token.end), unescaped(token.text[1:-1] if quoted else token.text), quoted
        )

    def macro(self) -> tree.Macro:
        """The macro that is here."""
        token = self.take(self.peek())
        return tree.Macro(tree.Span(token.start, token.end), token.text[1:-1])
