"""Reading pipelines and their commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.spl import tree
from huntbook.query.spl.aggregates import Aggregates
from huntbook.query.spl.cursor import END, FIELD, MACRO, MARK, STRING, WORD, Token, unescaped
from huntbook.query.spl.names import COMMANDS, GENERATING, OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_STATS = frozenset(
    (
        "chart",
        "eventstats",
        "geostats",
        "mstats",
        "sichart",
        "sistats",
        "sitimechart",
        "stats",
        "streamstats",
        "timechart",
        "tstats",
    )
)
_SIGNS = "+-"
_HOW = frozenset(("auto", "num", "str", "ip"))
_DEFAULT_ROWS = 10  # of head
_SORTED_ROWS = 10_000  # that sort gives where it is told no number


class Parser(Aggregates):
    """A whole query."""

    def __init__(self, text: str, commands: Iterable[str] = ()) -> None:
        super().__init__(text)
        self._commands = COMMANDS | set(commands)
        self._readers: dict[str, Callable[[str, int], tree.Command]] = {
            **dict.fromkeys(_STATS, self.stats),
            "search": self._search,
            "where": self._where_true,
            "eval": self._eval,
            "fieldformat": self._eval,
            "table": self._fields,
            "fields": self._fields,
            "head": self._head,
            "sort": self._sort,
            "dedup": self._dedup,
            "rename": self._rename,
            "top": self._top,
            "rare": self._top,
        }

    def query(self) -> tree.Pipeline:
        """The query, whole."""
        first = self.peek()
        if first.kind == END:
            raise self.error("There is no query.", first.start)
        piped = self.accept("|")
        command = self._first(first) if not piped else self._generating()
        found = self._piped([command])
        if not self.at_end() or self.peek().kind != END:
            self.unexpected("a pipe or the end of the query", self.peek())
        return tree.Pipeline(self.span(first.start), tuple(found))

    def _first(self, token: Token) -> tree.Command:
        """The command that no pipe stands before: `search`, said or not, or one that makes rows."""
        if token.kind == WORD and token.text.lower() in GENERATING and not self._compares(token):
            return self.command()
        return tree.Search(self.span(token.start), "search", self.terms())

    def _compares(self, token: Token) -> bool:
        """Whether the word is a field, as in `search=x`."""
        kept = self.position
        self.position = token.end
        compares = self.peek().kind == MARK and self.peek().text in ("=", "!=", "<", ">", "<=", ">=")
        self.position = kept
        return compares

    def _generating(self) -> tree.Command:
        token = self.peek()
        name = token.text.lower()
        if token.kind == WORD and name in COMMANDS - GENERATING and name not in ("append", "appendcols", "join", "map"):
            raise self.error(
                f"{name} cannot come first: it makes no rows.",
                token.start,
                token.end,
                hint="Begin with a search, or with | makeresults.",
            )
        return self.command()

    def _piped(self, found: list[tree.Command]) -> list[tree.Command]:
        while self.accept("|"):
            found.append(self.command())
        return found

    def subsearch(self) -> tree.Subsearch:
        """`[search …]`: in brackets, the first word is a command, with a pipe before it or without."""
        opened = self.take(self.peek())
        clauses, self.clauses = self.clauses, False
        self.deeper()
        self.accept("|")
        start = self.peek().start
        found = self._piped([self.command()])
        pipeline = tree.Pipeline(self.span(start), tuple(found))
        if not self.accept("]"):
            if self.peek().kind == END:
                raise self.error("This '[' is not closed.", opened.start, opened.end)
            self.unexpected("a pipe or ']'", self.peek())
        self.shallower()
        self.clauses = clauses
        return tree.Subsearch(self.span(opened.start), pipeline)

    def command(self) -> tree.Command:
        """The command that is here, up to the next pipe."""
        token = self.peek()
        if token.kind == MACRO:
            arguments = self._arguments_of("", [self.macro()])
            return tree.Other(self.span(token.start), "", arguments)
        if token.kind != WORD:
            self.unexpected("a command", token)
        name = token.text.lower()
        if name not in self._commands:
            self.unknown("command", token, token.text, self._commands)
        self.take(token)
        command = self._readers.get(name, self._other)(name, token.start)
        if not self.at_end():
            self.unexpected("a pipe or the end of the query", self.peek())
        return command

    def _search(self, name: str, start: int) -> tree.Search:
        terms = None if self.at_end() else self.terms()
        return tree.Search(self.span(start), name, terms)

    def _where_true(self, name: str, start: int) -> tree.Where:
        condition = self.expression()
        self._ended()
        return tree.Where(self.span(start), name, condition)

    def _eval(self, name: str, start: int) -> tree.Eval:
        found = [self._assignment(name)]
        while self.accept(","):
            found.append(self._assignment("a comma"))
        self._ended()
        return tree.Eval(self.span(start), name, tuple(found))

    def _assignment(self, after: str) -> tuple[str, tree.Expression]:
        target = self.field(after)
        sign = self.peek_expression()
        if not sign.says("="):
            self.unexpected(f"'=' after {target!r}", sign)
        self.take(sign)
        return target, self.expression()

    def _ended(self) -> None:
        """Refuse what follows an expression and is no part of it."""
        if not self.at_end():
            self.unexpected("an operator, a pipe or the end of the query", self.peek())

    def _fields(self, name: str, start: int) -> tree.Fields:
        keep = True
        token = self.peek()
        if name == "fields" and token.kind == WORD and token.text[0] in _SIGNS:
            keep = token.text[0] == "+"
            self.position = token.start + 1
        found = self.names(name)
        return tree.Fields(self.span(start), name, found, keep)

    def _head(self, name: str, start: int) -> tree.Head:
        options: list[tree.Option] = []
        count, condition = _DEFAULT_ROWS, None
        while not self.at_end():
            self.options("head", options)
            token = self.peek()
            if token.says("("):
                self.take(token)
                condition = self.expression()
                self._closed(token)
            elif token.kind == WORD:
                count = self._number(self.take(token))
            elif not self.at_end():
                self.unexpected("a number or a condition in brackets", token)
        limit = [option for option in options if option.name.lower() == "limit"]
        if limit:
            count = self._number(Token(WORD, limit[-1].value, *limit[-1].span))
        return tree.Head(self.span(start), name, count, condition, tuple(options))

    def _number(self, token: Token) -> int:
        if not (token.text.isascii() and token.text.isdecimal() and len(token.text) < 10):
            self.unexpected("a number", token)
        return int(token.text)

    def _sort(self, name: str, start: int) -> tree.Sort:
        count = _SORTED_ROWS
        option = self.option()
        if option is not None:
            if option.name.lower() != "limit":
                self.unknown("option of sort", Token(WORD, option.name, *option.span), option.name, ["limit"])
            count = self._number(Token(WORD, option.value, *option.span))
        elif (token := self.peek()).kind == WORD and token.text.isdecimal():
            count = self._number(self.take(token))
        keys = self._keys()
        if not keys:
            self.unexpected("a field to sort by", self.peek())
        return tree.Sort(self.span(start), name, keys, count)

    def _keys(self) -> tuple[tree.Key, ...]:
        found: list[tree.Key] = []
        while not self.at_end():
            token = self.peek()
            if found and token.says("D", "DESC") and self._ends_behind(token):
                self.take(token)
                return tuple(tree.Key(key.span, key.field, not key.descending, key.how) for key in found)
            self.accept(",")
            found.append(self._key())
        return tuple(found)

    def _ends_behind(self, token: Token) -> bool:
        """Whether the command ends behind the token."""
        kept = self.position
        self.position = token.end
        ends = self.at_end()
        self.position = kept
        return ends

    def _key(self) -> tree.Key:
        start = self.peek().start
        descending = False
        token = self.peek()
        if token.kind == WORD and token.text[0] in _SIGNS:
            descending = token.text[0] == "-"
            self.position = token.start + 1
        field, how = self.field("sort"), ""
        if field.lower() in _HOW and self.accept("("):
            field, how = self.field("("), field.lower()
            self.expect(")", "the field")
        return tree.Key(self.span(start), field, descending, how)

    def _dedup(self, name: str, start: int) -> tree.Dedup:
        options: list[tree.Option] = []
        count = 1
        token = self.peek()
        if token.kind == WORD and token.text.isdecimal():
            count = self._number(self.take(token))
        self.options("dedup", options)
        found = self.names("dedup", "SORTBY")
        self.options("dedup", options)
        keys = self._keys() if self.accept("SORTBY") else ()
        return tree.Dedup(self.span(start), name, found, count, tuple(options), keys)

    def _rename(self, name: str, start: int) -> tree.Rename:
        pairs: list[tuple[str, str]] = []
        while not pairs or not self.at_end():
            self.accept(",")
            old = self.field("rename")
            if not self.accept("AS"):
                self.unexpected(f"AS after {old!r}", self.peek())
            pairs.append((old, self.field("AS")))
        return tree.Rename(self.span(start), name, tuple(pairs))

    def _top(self, name: str, start: int) -> tree.Top:
        options: list[tree.Option] = []
        token = self.peek()
        if token.kind == WORD and token.text.isdecimal():
            options.append(tree.Option(tree.Span(token.start, token.end), "limit", self.take(token).text))
        self.options(name, options)
        found = self.names(name, "BY")
        self.options(name, options)
        by = self.names("BY") if self.accept("BY") else ()
        self.options(name, options)
        return tree.Top(self.span(start), name, found, by, tuple(options))

    def _other(self, name: str, start: int) -> tree.Other:
        arguments = self._arguments_of(name, [])
        return tree.Other(self.span(start), name, arguments)

    def _arguments_of(self, name: str, found: list[tree.Argument]) -> tuple[tree.Argument, ...]:
        """Whatever stands behind a command that has no rules of its own here: brackets are closed, options are known."""
        opened: list[Token] = []
        while not self.at_end():
            token = self.peek_name()
            if token.says("["):
                found.append(self.subsearch())
            elif token.kind == MACRO:
                found.append(self.macro())
            elif options := self._known_options(name):
                found.extend(options)
            else:
                self._bracket(self.take(token), opened)
                text = token.text[1:-1] if token.kind in (STRING, FIELD) else token.text
                found.append(tree.Word(tree.Span(token.start, token.end), unescaped(text), token.kind == STRING))
        if opened:
            raise self.error("This '(' is not closed.", opened[-1].start, opened[-1].end)
        return tuple(found)

    def _known_options(self, name: str) -> list[tree.Option]:
        """Those that stand here, one after the other."""
        if not self._option_follows():
            return []
        kept, last = self.position, self.last
        self.take(self.peek())
        self.take(self.peek())
        plain = self.peek().kind in (WORD, STRING)
        self.position, self.last = kept, last
        options: list[tree.Option] = []
        if plain and name in OPTIONS:
            self.options(name, options)
        elif plain and (option := self.option()) is not None:
            options.append(option)
        return options

    def _bracket(self, token: Token, opened: list[Token]) -> None:
        if token.says("("):
            opened.append(token)
        elif token.says(")"):
            if not opened:
                raise self.error("This ')' closes nothing.", token.start, token.end)
            opened.pop()
