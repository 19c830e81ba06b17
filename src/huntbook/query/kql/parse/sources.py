"""Where rows come from, options of operators, and the pipe itself."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.parse.expressions import Expressions, Operand
from huntbook.query.kql.parse.literals import CONSTANTS
from huntbook.query.kql.tokens import NAMES, WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

_OPTION_WORDS = """
    bagexpansion bin_legacy __crossCluster __crossDB decodeblocks expandoutput __id isfuzzy __isFuzzy kind
    __noWithSource __packedColumn __sourceColumnIndex cycles with_match_id with_itemindex withsource with_source
    with_step_name force_remote best_effort flags output
"""
_OPTIONS = frozenset(_OPTION_WORDS.split())


class Sources(Expressions):
    """Pipes and what begins them."""

    __slots__ = ()

    @abstractmethod
    def operator(self) -> tree.Operator:
        """The operator that has to be here."""

    @abstractmethod
    def union(self) -> tree.Union:
        """`union`, which is here."""

    @abstractmethod
    def search(self) -> tree.Search:
        """`search`, which is here."""

    @abstractmethod
    def find(self) -> tree.Find:
        """`find`, which is here."""

    @abstractmethod
    def evaluate(self) -> tree.Evaluate:
        """`evaluate`, which is here."""

    def pipe(self) -> Operand:
        """A pipe, or an expression where there is no `|`."""
        start = self.start
        source = self.beginning()
        if source is None:
            value = self.expression()
            if self.kind != "|":
                return value
            if self.depth and not isinstance(value, tree.Pipe | tree.Name | tree.Call | tree.Member):
                self.fail("')' is missing before '|': what stands there is a value, and no rows")
            source = self.as_source(value)
        elif self.kind != "|":
            return tree.Pipe(self.span(start), source, ())
        operators = []
        while self.kind == "|":
            self.advance()
            operators.append(self.operator())
        return tree.Pipe(self.span(start), source, tuple(operators))

    def beginning(self) -> tree.Source | None:  # noqa: PLR0911 - one for each operator
        """An operator that may begin a pipe, if one is here."""
        match self.kind:
            case "print":
                return self.print()
            case "union":
                return self.union()
            case "search":
                return self.search()
            case "find":
                return self.find()
            case "evaluate" if (
                self.ahead() in NAMES or self.ahead() == "[" or (self.ahead() in WORDS and self.ahead(2) == "=")
            ):
                return self.evaluate()
            case "range" if self.ahead() in NAMES or self.ahead() == "[":
                return self.range()
        return None

    def as_source(self, value: tree.Argument) -> tree.Source:
        """What stands before a `|`, if it can be rows."""
        if isinstance(value, tree.Pipe):
            return value if value.operators else value.source
        if not isinstance(value, tree.Name | tree.Call | tree.Member):
            self.fail_at(value.span, "This is a value; rows are expected here", "'print' makes a row of values.")
        return value

    def as_pipe(self, value: tree.Argument) -> tree.Pipe:
        """Rows, as a pipe even if nothing is done to them."""
        return value if isinstance(value, tree.Pipe) else tree.Pipe(value.span, self.as_source(value), ())

    def bracketed_operators(self, after: str) -> tuple[tree.Operator, ...]:
        """`(operator | operator …)`."""
        opened = self.open("(", after)
        operators = self.operators()
        self.close(")", opened)
        return operators

    def operators(self) -> tuple[tree.Operator, ...]:
        """Operators, between `|`."""
        operators = [self.operator()]
        while self.accept("|"):
            operators.append(self.operator())
        return tuple(operators)

    def source(self) -> tree.Pipe | None:
        """A datatable or external data, as a pipe in which nothing is done."""
        if self.kind == "datatable":
            rows: tree.Datatable | tree.ExternalData = self.datatable()
        elif self.kind in ("externaldata", "external_data"):
            rows = self.external_data()
        else:
            return None
        return tree.Pipe(rows.span, rows, ())

    def datatable(self) -> tree.Datatable:
        """`datatable(schema)[values]`, which is here."""
        start = self.start
        self.advance()
        self.options()
        schema = self.schema("datatable")
        opened = self.open("[", "the columns")
        self.accept(",")
        values = self.any_number(self.signed_constant, "]", trailing=True)
        self.close("]", opened)
        return tree.Datatable(self.span(start), schema, values)

    def external_data(self) -> tree.ExternalData:
        """`externaldata(schema)[addresses] with (options)`, which is here."""
        start = self.start
        self.advance()
        self.options()
        schema = self.schema("externaldata")
        opened = self.open("[", "the columns")
        addresses = self.any_number(self.scalar, "]", trailing=True)
        self.close("]", opened)
        options = self.properties() if self.kind == "with" else ()
        return tree.ExternalData(self.span(start), schema, addresses, options)

    def print(self) -> tree.Print:
        """`print`, which is here."""
        start = self.start
        self.advance()
        columns = self.several(self.named)
        return tree.Print(self.span(start), columns)

    def range(self) -> tree.Range:
        """`range name from … to … step …`, which is here."""
        begun = self.start
        self.advance()
        name = self.name()
        self.expect("from", "the name")
        start = self.scalar()
        self.expect("to", "where it starts")
        stop = self.scalar()
        self.expect("step", "where it stops")
        step = self.scalar()
        return tree.Range(self.span(begun), name, start, stop, step)

    def table(self) -> tree.Pipe | tree.Pattern:
        """A table as `union` and `find` take it: a name, a pattern, a path, a call, or a pipe in brackets."""
        start = self.start
        if self.kind == "(":
            opened = self.open("(")
            inside = self.pipe()
            self.close(")", opened)
            return self.as_pipe(inside)
        if pattern := self._table_pattern():
            return pattern
        name = self.name(what="a table")
        of: tree.Expression = self.call(start, name) if self.kind == "(" else name
        while self.accept("."):
            if pattern := self._table_pattern():
                return tree.Pattern(self.span(start), pattern.pattern, of)
            of = self.member(start, of)
        return self.as_pipe(of)

    def _table_pattern(self) -> tree.Pattern | None:
        pattern = self.pattern()
        return tree.Pattern(pattern.span, "*") if isinstance(pattern, tree.Star) else pattern

    # Options

    def options(self, more: Iterable[str] = ()) -> tuple[tree.Option, ...]:
        """Every `name=value` that is here and whose name is one of an option; hints are taken everywhere."""
        found: list[tree.Option] = []
        while self.ahead() == "=" and (self.kind in WORDS) and self._names_an_option(more):
            name = self.word_name()
            self.advance()
            found.append(tree.Option(name, self.option_value()))
        return tuple(found)

    def _names_an_option(self, more: Iterable[str]) -> bool:
        word = self.word()
        return word.startswith("hint.") or word in _OPTIONS or word in more

    def word_name(self) -> tree.Name:
        """Any word, as a name."""
        if self.kind not in WORDS:
            self.unexpected("a word")
        name = tree.Name(tree.Span(self.start, self.ends[self.position]), self.word())
        self.advance()
        return name

    def option_value(self) -> tree.Name | tree.Expression:
        """A word, a constant or a name."""
        if self.kind in CONSTANTS or self.kind in ("-", "+", "dynamic"):
            return self.signed_constant()
        if self.kind in WORDS:
            name: tree.Expression = self.word_name()
            start = name.span.start
            while self.kind == ".":
                self.advance()
                name = self.member(start, name)
            return name
        return self.name(what="a value")

    def properties(self) -> tuple[tree.Option, ...]:
        """`with (name=value, …)`, which is here."""
        self.advance()
        opened = self.open("(", "with")
        self.accept(",")
        options = self.any_number(self.property, ")")
        self.close(")", opened)
        return options

    def property(self) -> tree.Option:
        """`name=value`."""
        name = self.word_name()
        self.expect("=", f"the name {name.name[:60]}")
        return tree.Option(name, self.option_value())


def taken(options: tuple[tree.Option, ...], *names: str) -> tuple[str, tuple[tree.Option, ...]]:
    """The text of the first option of these names, or nothing, and the other options."""
    for option in options:
        if option.name.name in names:
            return text_of(option.value), tuple(each for each in options if each.name.name not in names)
    return "", options


def taken_name(options: tuple[tree.Option, ...], *names: str) -> tuple[tree.Name | None, tuple[tree.Option, ...]]:
    """The name that an option of these names gives, or nothing, and the other options."""
    for option in options:
        if option.name.name in names:
            given = (
                option.value
                if isinstance(option.value, tree.Name)
                else tree.Name(option.value.span, text_of(option.value))
            )
            return given, tuple(each for each in options if each.name.name not in names)
    return None, options


def text_of(value: tree.Expression) -> str:
    """What an option says, as text."""
    if isinstance(value, tree.Name):
        return value.name
    return (
        str(value.value).lower()
        if isinstance(value, tree.Literal) and value.type == "bool"
        else str(getattr(value, "value", ""))
    )
