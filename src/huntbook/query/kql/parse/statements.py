"""Statements, functions, and the query as a whole."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.parse.cursor import OPERATORS
from huntbook.query.kql.parse.expressions import BETWEEN
from huntbook.query.kql.parse.graphs import Graphs
from huntbook.query.kql.tokens import DIRECTIVE, END, GIVEN_NAMES, NAME, NAMES, STRING
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from collections.abc import Callable

_REFUSED_WORDS = """
    assert-schema macro-expand graph-where-nodes graph-where-edges __partitionby inline_external_table
    materialized-view-combine __executeAndCache
"""
_KNOWN_BUT_REFUSED = frozenset(_REFUSED_WORDS.split())
_DASHED = re.compile(r"\w+(?:-\w+)+")
_UNKNOWN_MARKS = {"=": "KQL compares with '=='.", "?": "coalesce(…) takes the first value that is not null."}
_BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


class Parser(Graphs):
    """A whole query."""

    __slots__ = ()

    def operator(self) -> tree.Operator:
        """The operator that has to be here."""
        if self.ahead() == "-":
            self._misspelt()
        method = _METHODS.get(self.kind)
        if method is not None:
            return method(self)
        if self.kind in _KNOWN_BUT_REFUSED:
            self.fail(f"The operator {self.word()} is not supported")
        if self.kind in GIVEN_NAMES or self.kind == NAME:
            self.unknown("operator", OPERATORS)
        if self.kind == "|" and self.text[self.start - 1] == "|":
            self.fail("Expected an operator after '|', not '|'", "KQL writes 'or'.")
        return self.unexpected("an operator after '|'" if self.position else "an operator")

    def _misspelt(self) -> None:
        """Refuse `project-awy`, which is three tokens, and could be a projection of `-awy`."""
        start = self.start
        found = _DASHED.match(self.text, start)
        if found and get_close_matches(found[0][:60], OPERATORS, n=1, cutoff=0.8):
            while self.ends[self.position] < found.end():
                del self.ends[self.position]
            self.unknown("operator", OPERATORS)

    def query(self) -> tree.Query:
        """The whole text."""
        if self.kind == ".":
            self.fail("This is a management command", "Evidence is only read; only queries can be run.")
        if self.word().lower() == "select" and self.ahead() not in ("|", ";", "=", "(", END):
            self.fail("This is SQL, and only KQL can be run", "KQL says `table | where … | project column, …`.")
        while self.kind == DIRECTIVE:
            self.advance()
        query = self._block(END)
        if self.kind != END:
            self._left_over()
        return query

    def _left_over(self) -> None:
        """Say why the query should have ended before this token."""
        if self.kind in OPERATORS and self.kind not in (")", "]", "}"):
            hint = "A new name stands before what it is for: `new = old`." if self.kind == "as" else ""
            self.fail(f"'|' is missing before {self.word()!r}", hint)
        if self.kind in _BRACKETS:
            self.fail(f"{self.kind!r} closes nothing" if _BRACKETS[self.kind] < 0 else f"{self.kind!r} is unexpected")
        if self.kind in NAMES or self.kind == "let":
            self.fail(f"Expected '|', ';' or the end, not {self.word()[:60]!r}", self._instead())
        self.fail(f"{self.word()[:60]!r} is unexpected here", _UNKNOWN_MARKS.get(self.kind, ""))

    def _instead(self) -> str:
        """What a word that goes on with nothing was probably meant as."""
        between = self.text[self.ends[self.position - 1] : self.start]
        close = get_close_matches(self.word().lower()[:60], BETWEEN, n=1, cutoff=0.75)
        if close and "\n" not in between:
            return f"Did you mean {close[0]!r}?"
        return (
            "isnull(…) and isempty(…) find what is missing."
            if self.word() == "is"
            else "A new statement begins after ';'."
        )

    def _block(self, end: str) -> tree.Query:
        """Statements and what is asked, up to the end of the text or of a function."""
        start = self.start
        statements: list[tree.Statement] = []
        asked: list[tree.Argument] = []
        while self.kind not in (end, ";"):
            statement = self.statement()
            if statement is not None:
                statements.append(statement)
            elif asked and end != END:
                self.fail("A function gives one result", "What comes before it has to be let.")
            else:
                asked.append(self.pipe())
            if not self.accept(";"):
                break
        if not asked:
            if self.kind != end:
                self._left_over()
            self.fail("Nothing is asked", "After the statements comes a query, such as the name of a table.")
        return tree.Query(self.span(start), tuple(statements), asked[0], tuple(asked[1:]))

    def statement(self) -> tree.Statement | None:  # noqa: PLR0911 - one for each statement
        """A statement that is no query, if one is here."""
        ahead = self.ahead()
        match self.kind:
            case "let" if ahead in NAMES or ahead == "[":
                return self._let()
            case "let" if ahead in GIVEN_NAMES or ahead not in ("|", END, ";", ".", "("):
                self.advance()
                self.unexpected("a name after let")
            case "set":
                return self._set()
            case "declare" if ahead == "query_parameters":
                return self._declare()
            case "declare" if ahead == "pattern":
                return self._other("pattern")
            case "alias" if ahead == "database":
                return self._other("alias")
            case "restrict" if ahead == "access":
                return self._other("restrict")
            case "inline_external_table" if ahead in ("(", "kind"):
                self.fail("inline_external_table reads from outside, which is not supported")
        return None

    def _let(self) -> tree.Let | tree.LetFunction:
        start = self.start
        self.advance()
        name = self.name()
        self.expect("=", f"let {name.name[:60]}")
        if self._function_here():
            function = self._function()
            return tree.LetFunction(self.span(start), name, function)
        if self.kind == "entity_group" and self.ahead() in ("[", "("):
            self.fail("Groups of entities are not supported")
        value = self.pipe()
        return tree.Let(self.span(start), name, value)

    def _function_here(self) -> bool:
        by = 1 if self.kind == "view" else 0
        if self.ahead(by) != "(" if by else self.kind != "(":
            return False
        after = self.ahead(by + 1)
        if after in (")", "*"):
            return after == "*" or self.ahead(by + 2) == "{"
        if after in GIVEN_NAMES:
            return self.ahead(by + 2) == ":"
        return after == "[" and self.ahead(by + 2) == STRING and self.ahead(by + 4) == ":"

    def _function(self) -> tree.Function:
        start = self.start
        view = self.accept("view")
        parameters = self._parameters()
        opened = self.open("{", "the parameters")
        body = self._block("}")
        self.close("}", opened)
        return tree.Function(self.span(start), parameters, body, view)

    def _parameters(self) -> tuple[tree.Parameter, ...]:
        opened = self.open("(")
        parameters = self.any_number(self._parameter, ")")
        self.close(")", opened)
        return parameters

    def _parameter(self) -> tree.Parameter:
        name = self.given_name()
        self.expect(":", "the name of a parameter")
        type_: Type | tree.Schema = self.schema() if self.kind == "(" else self.type()
        return tree.Parameter(name, type_, self.default_value())

    def _declare(self) -> tree.Declare:
        start = self.start
        self.advance()
        self.advance()
        parameters = self._parameters()
        return tree.Declare(self.span(start), parameters)

    def _set(self) -> tree.Set:
        start = self.start
        self.advance()
        name = self.name()
        value: tree.Expression = self.scalar() if self.accept("=") else tree.Literal(name.span, Type.BOOL, value=True)
        return tree.Set(self.span(start), tree.Option(name, value))

    def _other(self, keyword: str) -> tree.OtherStatement:
        """A statement that is only recognized: up to a semicolon that is in no brackets."""
        start = self.start
        depth = 0
        while self.kind != END and (depth or self.kind != ";"):
            depth += _BRACKETS.get(self.kind, 0)
            self.advance()
        return tree.OtherStatement(self.span(start), keyword)


_METHODS: dict[str, Callable[[Parser], tree.Operator]] = {
    "as": Parser.as_,
    "consume": Parser.consume,
    "count": Parser.count,
    "distinct": Parser.distinct,
    "evaluate": Parser.evaluate,
    "extend": Parser.extend,
    "facet": Parser.facet,
    "filter": Parser.where,
    "fork": Parser.fork,
    "getschema": Parser.get_schema,
    "graph-mark-components": Parser.graph_mark,
    "graph-match": Parser.graph_match,
    "graph-shortest-paths": Parser.graph_match,
    "graph-to-table": Parser.graph_to_table,
    "invoke": Parser.invoke,
    "join": Parser.join,
    "limit": Parser.take,
    "lookup": Parser.join,
    "make-graph": Parser.make_graph,
    "make-series": Parser.make_series,
    "mv-apply": Parser.mv_apply,
    "mv-expand": Parser.mv_expand,
    "mvapply": Parser.mv_apply,
    "mvexpand": Parser.mv_expand,
    "order": Parser.sort,
    "parse": Parser.parse,
    "parse-kv": Parser.parse_kv,
    "parse-where": Parser.parse,
    "partition": Parser.partition,
    "project": Parser.project,
    "project-away": Parser.project_away,
    "project-by-names": Parser.project_by_names,
    "project-keep": Parser.project_keep,
    "project-rename": Parser.project_rename,
    "project-reorder": Parser.project_reorder,
    "reduce": Parser.reduce,
    "render": Parser.render,
    "sample": Parser.sample,
    "sample-distinct": Parser.sample_distinct,
    "scan": Parser.scan,
    "search": Parser.search,
    "serialize": Parser.serialize,
    "sort": Parser.sort,
    "summarize": Parser.summarize,
    "take": Parser.take,
    "top": Parser.top,
    "top-hitters": Parser.top_hitters,
    "top-nested": Parser.top_nested,
    "union": Parser.union,
    "where": Parser.where,
}
