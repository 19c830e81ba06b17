"""Reading `stats` and its kin: functions of fields, what they are called, and what they are grouped by."""

from __future__ import annotations

import re

from huntbook.query.spl import tree
from huntbook.query.spl.cursor import FIELD, STRING, WORD, Token, unescaped
from huntbook.query.spl.expressions import Expressions
from huntbook.query.spl.names import AGGREGATES, OPTIONS, PERCENTILES

_PERCENTILE = re.compile(r"([a-z]+)(\d{1,3}(?:\.\d+)?)", re.IGNORECASE)
_SEARCHING = frozenset(("tstats", "mstats"))
_CHARTS = frozenset(("chart", "timechart", "sichart", "sitimechart"))
_FIELDS = (WORD, STRING, FIELD)


class Aggregates(Expressions):
    """The commands that count."""

    def stats(self, name: str, start: int) -> tree.Stats:
        """`stats count, sum(x) AS y BY z`, and the same with more options."""
        options: list[tree.Option] = []
        found: list[tree.Aggregate] = []
        by: tuple[str, ...] = ()
        over, source, where = "", "", None
        while not self.at_end():
            self.options(name, options)
            if self.at_end():
                break
            if self.accept("BY", "GROUPBY"):
                by = self._by(name, options)
            elif name in _SEARCHING and self.accept("FROM"):
                source = self._source(options)
            elif name in _SEARCHING and self.accept("WHERE"):
                where = self._where()
            elif name in _CHARTS and self.accept("OVER"):
                over = self.field("OVER")
            elif name in _CHARTS and self.accept("WHERE"):
                self._skip()  # which series are shown
            elif not self.accept(","):
                found.append(self._aggregate())
        if not found:
            raise self.error(f"{name} needs a function, such as count.", start, start + len(name))
        return tree.Stats(self.span(start), name, tuple(found), by, tuple(options), over, source, where)

    def options(self, command: str, into: list[tree.Option]) -> None:
        """Read `name=value` as long as there are any; an option that the command does not have is refused."""
        known = OPTIONS.get(command)
        while (option := self.option()) is not None:
            if known is not None and option.name.lower() not in known:
                token = Token(WORD, option.name, option.span.start, option.span.start + len(option.name))
                self.unknown(f"option of {command}", token, option.name, known)
            into.append(option)

    def option(self) -> tree.Option | None:
        """`name=value`, if that is what stands here."""
        token = self.peek()
        if token.kind != WORD:
            return None
        kept, last = self.position, self.last
        self.take(token)
        if not self.accept("="):
            self.position, self.last = kept, last
            return None
        value = self.peek()
        if value.kind not in (WORD, STRING):
            self.unexpected(f"a value of {token.text}", value)
        written = self.word().text
        return tree.Option(self.span(token.start), token.text, written)

    def field(self, after: str) -> str:
        """The name of a field, in quotes or not, perhaps with wildcards."""
        token = self.peek_name()
        if token.kind not in _FIELDS:
            self.unexpected(f"the name of a field after {after}", token)
        self.take(token)
        return unescaped(token.text[1:-1] if token.kind in (STRING, FIELD) else token.text)

    def names(self, after: str, *stops: str) -> tuple[str, ...]:
        """Names of fields, with commas or spaces between; one at least."""
        found = [self.field(after)]
        while not self.at_end():
            token = self.peek_name()
            if token.says(*stops) or self._option_follows():
                break
            if self.accept(","):
                found.append(self.field("a comma"))
            elif token.kind in _FIELDS:
                found.append(self.field(after))
            else:
                self.unexpected("the name of a field", token)
        return tuple(found)

    def _option_follows(self) -> bool:
        token = self.peek()
        if token.kind != WORD:
            return False
        kept, last = self.position, self.last
        self.take(token)
        follows = self.peek().says("=")
        self.position, self.last = kept, last
        return follows

    def _by(self, name: str, options: list[tree.Option]) -> tuple[str, ...]:
        found: list[str] = []
        while not self.at_end():
            found += self._group() if name in _SEARCHING else self.names("BY", "WHERE", "FROM", "OVER")
            self.options(name, options)  # `_time span=1h` has one of its own
            if not self.accept(",") and (
                self.peek_name().kind not in _FIELDS or self.peek().says("WHERE", "FROM", "OVER")
            ):
                break
        if not found:
            self.unexpected("the name of a field after BY", self.peek())
        return tuple(found)

    def _group(self) -> tuple[str, ...]:
        """What tstats groups by: a field, or `PREFIX(text)`."""
        token = self.peek()
        found = self.field("BY")
        if found != "PREFIX" or not self.peek().says("("):
            return (found,)
        return (f"PREFIX({self.verbatim(token)})",)

    def _source(self, options: list[tree.Option]) -> str:
        option = self.option()
        if option is None:
            return self.field("FROM")
        if option.name.lower() not in ("datamodel", "sid"):
            options.append(option)
        return option.value

    def _where(self) -> tree.Term:
        self.clauses = True
        found = self.terms()
        self.clauses = False
        return found

    def _skip(self) -> None:
        """Go to the end of the command."""
        while not self.at_end():
            self.take(self.peek())

    def _aggregate(self) -> tree.Aggregate:
        token = self.peek()
        if token.kind != WORD:
            self.unexpected("a function such as count or sum(x)", token)
        self.take(token)
        function = token.text.lower()
        argument: str | tree.Expression | None = None
        if function == "eval":
            argument = self._evaluated(self.peek(), several=True)
        else:
            function = self._known(token)
            if self.peek().says("("):
                argument = self._argument(self.take(self.peek()))
        alias = ""
        if self.accept("AS"):
            alias = self.field("AS")
        return tree.Aggregate(self.span(token.start), function, argument, alias or self._spelled(token))

    def _spelled(self, token: Token) -> str:
        """What a column is called that nobody gave a name: as it is written."""
        return "".join(self.text[token.start : self.last].split())

    def _known(self, token: Token) -> str:
        function = token.text.lower()
        percentile = _PERCENTILE.fullmatch(function)
        if function not in AGGREGATES and not (percentile and percentile[1] in PERCENTILES):
            self.unknown("function of stats", token, token.text, [*AGGREGATES, "perc95"])
        return function

    def _argument(self, opened: Token) -> str | tree.Expression | None:
        token = self.peek()
        argument: str | tree.Expression | None = None
        if token.kind == WORD and token.text.lower() == "eval":
            self.take(token)
            argument = self._evaluated(self.peek(), several=False)
        elif token.kind == WORD and token.text == "PREFIX":
            argument = self._group()[0]
        elif self.peek_name().kind in _FIELDS:
            argument = self.field("(")
            if self.accept("("):  # sparkline(sum(x), 1h)
                argument = f"{argument}({self.field('(')})"
                self.expect(")", "the field")
            if self.accept(","):
                argument = f"{argument}, {self.field('a comma')}"
        if not self.accept(")"):
            closed = self.peek()
            if self.at_end():
                raise self.error("This '(' is not closed.", opened.start, opened.end)
            self.unexpected("')' after the field", closed, "For more than a field, write count(eval(…)).")
        return argument

    def _evaluated(self, opened: Token, *, several: bool) -> tree.Expression:
        """`eval(expression)`; by itself, its expression may call functions of stats."""
        if not opened.says("("):
            self.unexpected("'(' after eval", opened)
        self.take(opened)
        self.aggregates = several
        found = self.expression()
        self.aggregates = False
        self._closed(opened)
        return found
