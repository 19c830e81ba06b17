"""Reading SPL from left to right: each command has words of its own, so the text is cut as it is read.

In a search, `web-01.example` is one word; in an expression, it is three fields with operators between.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from huntbook.errors import SplError
from huntbook.query.spl.tree import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

DEPTH = 60
STRING, FIELD, NUMBER, NAME, WORD, MACRO, MARK, END = (
    "a string",
    "a field in quotes",
    "a number",
    "a name",
    "a word",
    "a macro",
    "a mark",
    "the end of the query",
)
_SPACE = re.compile(r"(?:\s|```[\s\S]*?```)*+")
_SHARED = r'(?P<string>"(?:[^"\\]|\\[\s\S])*+")|(?P<macro>`[^`]*+`)'
# In a search and in the arguments of most commands. A backslash takes what follows it into the word.
_WORDS = re.compile(
    rf"""{_SHARED}|(?P<word>(?:\\[\s\S]|<<\w+>>|[^\s"`\[\]|(),=<>!\\]|!(?!=))++)|(?P<mark>!=|<=|>=|[=<>\[\]|(),])|(?P<end>\Z)"""
)
# Where names of fields stand: single quotes hold one together.
_NAMES = re.compile(rf"(?P<field>'[^'\n]*+')|{_WORDS.pattern}")
_EXPRESSION = re.compile(
    rf"""{_SHARED}|(?P<field>'(?:[^'\\]|\\[\s\S])*+')|(?P<name>(?:[A-Za-z_@]|<<\w+>>)(?:\w|<<\w+>>|::?(?=\w)|\{{\}})*+)
    |(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w]))|(?P<mark>==|!=|<>|<=|>=|[=<>+\-*/%.,()\[\]|])|(?P<end>\Z)""",
    re.VERBOSE,
)
_KINDS = {
    "string": STRING,
    "macro": MACRO,
    "mark": MARK,
    "word": WORD,
    "field": FIELD,
    "name": NAME,
    "number": NUMBER,
    "end": END,
}
_SAYING = (MARK, WORD, NAME)
_UNCLOSED = {'"': "The string", "`": "The macro or comment", "'": "The name of a field"}
_ESCAPE = re.compile(r"\\([\"\\|])")
_CONTROL = re.compile(r"\\([\"\\|'tnr])")
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r"}


class Token(NamedTuple):
    """A piece of the text: its kind, what is written, and where."""

    kind: str
    text: str
    start: int
    end: int

    def says(self, *words: str) -> bool:
        """Whether it is one of these marks or words, whatever their case; a string is none."""
        return self.kind in _SAYING and self.text.upper() in words


def unescaped(text: str) -> str:
    """What a word or the inside of a string in a search means: a backslash is one unless a quote, a pipe or another follows."""
    return _ESCAPE.sub(r"\1", text)


def unescaped_constant(text: str) -> str:
    """What the inside of a string in an expression means: tabs and new lines may be written as well."""
    return _CONTROL.sub(lambda found: _CONTROLS.get(found[1], found[1]), text)


class Cursor:
    """A place in a query's text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.last = 0  # where what was read last ends
        self._depth = 0
        self._seen: tuple[int, re.Pattern[str], Token] | None = None

    def peek(self) -> Token:
        """The next token, read as in a search."""
        return self._look(_WORDS)

    def peek_name(self) -> Token:
        """The next token, read as the name of a field."""
        return self._look(_NAMES)

    def peek_expression(self) -> Token:
        """The next token, read as in an expression."""
        return self._look(_EXPRESSION)

    def _look(self, pattern: re.Pattern[str]) -> Token:
        if self._seen and self._seen[:2] == (self.position, pattern):
            return self._seen[2]
        space = _SPACE.match(self.text, self.position)
        start = space.end() if space else self.position
        match = pattern.match(self.text, start)
        if match is None or self.text.startswith("```", start):
            self._no_token(start)
        token = Token(_KINDS[match.lastgroup or "end"], match[0], start, match.end())
        self._seen = (self.position, pattern, token)
        return token

    def _no_token(self, start: int) -> NoReturn:
        near = self.text[start : start + 20]
        if near[0] in _UNCLOSED:
            raise self.error(f"{_UNCLOSED[near[0]]} that begins here is not closed.", start)
        if near[0].isdigit():
            raise self.error(
                "A field whose name begins with a digit needs quotes here.",
                start,
                hint="Write '5minutes' in single quotes.",
            )
        raise self.error(f"{near[0]!r} has no meaning here.", start)

    def take(self, token: Token) -> Token:
        """Go behind a token."""
        self.position = self.last = token.end
        return token

    def accept(self, *words: str) -> Token | None:
        """Take the next token if it is one of these marks or words."""
        token = self.peek()
        return self.take(token) if token.says(*words) else None

    def expect(self, mark: str, after: str) -> Token:
        """Take the mark that has to come next."""
        return self.accept(mark) or self.unexpected(f"{mark!r} after {after}", self.peek())

    def at_end(self) -> bool:
        """Whether the command ends here."""
        token = self.peek()
        return token.kind == END or (token.kind == MARK and token.text in "|]")

    def span(self, start: int) -> Span:
        """From a place to the end of what was read last."""
        return Span(start, self.last)

    def deeper(self) -> None:
        """Go into brackets; `shallower` comes out of them.

        Raises:
            SplError: there are too many.
        """
        self._depth += 1
        if self._depth > DEPTH:
            raise self.error(f"Nested too deeply; {DEPTH} levels are the most.", self.position)

    def shallower(self) -> None:
        """Come out of brackets."""
        self._depth -= 1

    def unexpected(self, wanted: str, token: Token, hint: str = "") -> NoReturn:
        """Say what should have been here."""
        found = token.kind if token.kind == END else repr(token.text[:40])
        raise self.error(f"Expected {wanted}, not {found}.", token.start, token.end, hint=hint)

    def unknown(self, what: str, token: Token, name: str, known: Iterable[str]) -> NoReturn:
        """Say that there is no such name, and which was probably meant."""
        close = get_close_matches(name.lower(), sorted(known), n=1, cutoff=0.6)
        hint = f"Did you mean {close[0]!r}?" if close else ""
        raise self.error(f"There is no {what} {name[:40]!r}.", token.start, token.end, hint=hint)

    def error(self, message: str, start: int, end: int = 0, *, hint: str = "") -> SplError:
        """An error at a place."""
        line_start = self.text.rfind("\n", 0, start) + 1
        near = self.text[start : min(max(end, start + 1), start + 40)]
        line = self.text.count("\n", 0, start) + 1
        return SplError(message, line=line, column=start - line_start + 1, near=near, hint=hint)
