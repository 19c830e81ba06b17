"""Where a parser stands in the tokens, and how it says what is wrong there."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, NoReturn, TypeVar

from huntbook.query.kql.tokens import END, NAMES, WORDS, error_at, tokenize
from huntbook.query.kql.tree import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from huntbook.errors import KqlError

T = TypeVar("T")
DEPTH = 200  # brackets within brackets; Python's own limit may come before


class Cursor:
    """A position in a query's tokens."""

    __slots__ = ("depth", "ends", "kind", "kinds", "position", "starts", "text")

    def __init__(self, text: str) -> None:
        tokens = tokenize(text)
        self.text = text
        self.kinds = tokens.kinds
        self.starts = tokens.starts
        self.ends = tokens.ends
        self.position = 0
        self.kind = self.kinds[0]  # of the token at the position
        self.depth = 0

    def ahead(self, by: int = 1) -> str:
        """The kind of a token after the present one."""
        at = self.position + by
        return self.kinds[at] if at < len(self.kinds) else END

    def word(self, by: int = 0) -> str:
        """The text of the present token, or of one after it."""
        at = min(self.position + by, len(self.kinds) - 1)
        return self.text[self.starts[at] : self.ends[at]]

    def advance(self) -> None:
        """Go to the next token; at the end, stay."""
        if self.position < len(self.kinds) - 1:
            self.position += 1
            self.kind = self.kinds[self.position]

    def accept(self, kind: str) -> bool:
        """Go past a token of this kind, if it is here."""
        if self.kind != kind:
            return False
        self.advance()
        return True

    def expect(self, kind: str, after: str = "") -> None:
        """Go past a token that has to be here."""
        if self.kind != kind:
            self.fail(f"{_quoted(kind)} is missing{after and ' after '}{after}")
        self.advance()

    def open(self, kind: str, after: str = "") -> int:
        """Go past an opening bracket, which has to be here, one level deeper; what comes is for `close`."""
        opened = self.start
        self.expect(kind, after)
        self.deeper()
        return opened

    def close(self, kind: str, opened: int) -> None:
        """Go past the closing bracket of what was opened at an offset."""
        self.depth -= 1
        if self.kind == kind:
            self.advance()
            return
        place = error_at(self.text, opened, opened + 1, "")
        bracket = f"the {self.text[opened]!r} of line {place.line}, column {place.column} is not closed"
        message = f"{kind!r} is missing: {bracket}" if self.kind == END else f"Expected ',' or {kind!r}: {bracket}"
        self.fail(message, "A '|' may be missing." if self.kind in OPERATORS and kind == ")" else "")

    def deeper(self) -> None:
        """Count a level of nesting; whoever calls it takes it back, `close` for brackets."""
        self.depth += 1
        if self.depth > DEPTH:
            self.fail(f"Nested more than {DEPTH} levels deep")

    @property
    def start(self) -> int:
        """The offset at which the present token begins."""
        return self.starts[self.position]

    def span(self, start: int) -> Span:
        """From an offset to the end of the token before this one."""
        return Span(start, max(start, self.ends[self.position - 1]) if self.position else start)

    def error(self, message: str, hint: str = "") -> KqlError:
        """An error at the present token."""
        start = self.start
        ends = self.kind == END
        at = self.ends[self.position - 1] if ends and self.position else start
        where = ", at the end of the query" if ends else ""
        return error_at(self.text, at, self.ends[self.position] if not ends else at, f"{message}{where}.", hint)

    def fail(self, message: str, hint: str = "") -> NoReturn:
        """Refuse the present token; the message is given without its full stop."""
        raise self.error(message, hint)

    def fail_at(self, span: Span, message: str, hint: str = "") -> NoReturn:
        """Refuse a part of the query."""
        raise error_at(self.text, span.start, span.end, f"{message}.", hint)

    def unexpected(self, wanted: str) -> NoReturn:
        """Say what was wanted, and why a keyword is not it."""
        hint = ""
        if self.kind in WORDS and self.kind not in NAMES:
            hint = f"If {self.word()} is the name of a column, write ['{self.word()}']."
        self.fail(f"Expected {wanted}" if self.kind == END else f"Expected {wanted}, not {self.word()[:40]!r}", hint)

    def unknown(self, what: str, known: Iterable[str], at: int = 0) -> NoReturn:
        """Say that a word is none of those that are known, and which was probably meant."""
        word = self.word(at)
        close = get_close_matches(word.casefold()[:60], sorted(known), n=1, cutoff=0.6)
        self.fail(f"There is no {what} {word[:60]!r}", f"Did you mean {close[0]!r}?" if close else "")

    def several(self, item: Callable[[], T]) -> tuple[T, ...]:
        """One or more, between commas."""
        items = [item()]
        while self.kind == ",":
            self.advance()
            items.append(item())
        return tuple(items)

    def any_number(self, item: Callable[[], T], end: str, *, trailing: bool = False) -> tuple[T, ...]:
        """None or more, between commas, up to a token that ends them; perhaps with a comma before that."""
        items: list[T] = []
        while self.kind != end:
            items.append(item())
            if not self.accept(","):
                break
            if self.kind == end and not trailing:
                self.unexpected("something after the comma")
        return tuple(items)


def _quoted(kind: str) -> str:
    return f"{kind[0].upper()}{kind[1:]}" if kind.startswith("a ") or kind == END else repr(kind)


_OPERATOR_WORDS = """
    as consume count distinct evaluate extend facet filter find fork getschema graph-mark-components graph-match
    graph-shortest-paths graph-to-table invoke join limit lookup make-graph make-series mv-apply mv-expand mvapply
    mvexpand order parse parse-kv parse-where partition print project project-away project-by-names project-keep
    project-rename project-reorder range reduce render sample sample-distinct scan search serialize sort summarize
    take top top-hitters top-nested union where
"""
OPERATORS = frozenset(_OPERATOR_WORDS.split())  # the words that begin an operator
