"""A time span put into the text of a query, for services that take none beside it.

Every place where the query reads a table becomes `(Table | where …)`, at its exact position in the text; what the query binds itself (`let`,
parameters, `as`) is left alone, since the tables that it is made of are bounded already.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Final

from huntbook.query.kql import tree
from huntbook.query.kql.parse import parse
from huntbook.query.kql.shape import walk

if TYPE_CHECKING:
    from collections.abc import Mapping

    Bound = frozenset[str]

_TAKE_TABLES: Final = frozenset({"materialize", "toscalar", "view"})
_ELSEWHERE: Final = frozenset({"cluster", "database", "workspace", "app", "resource", "adx", "arg"})


@dataclass(frozen=True)
class Conditions:
    """What stands after `where`: by table, None for one that has no time; for tables that nobody knows; for rows of several tables together."""

    known: Mapping[str, str | None]
    unknown: str
    mixed: str


@dataclass(frozen=True)
class Spanned:
    """A query with a condition at every table, the tables that have one, and functions of the service, whose tables nobody sees here."""

    text: str
    tables: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    problem: str = ""
    """Why the text is as it was: something in it cannot be bounded, so that nothing was."""


def spanned(text: str, conditions: Conditions) -> Spanned:
    """Put a condition at every table that a query reads.

    Raises:
        KqlError: if the text is no KQL.

    Example:
        >>> conditions = Conditions({"T": "x > 1"}, unknown="true", mixed="true")
        >>> spanned("let bad = T | take 5; T | join (bad) on k", conditions).text
        'let bad = (T | where x > 1) | take 5; (T | where x > 1) | join (bad) on k'
    """
    found = _Places(text, conditions)
    found.read(parse(text))
    if found.problem:
        return Spanned(text, problem=found.problem)
    written = text
    for place, new in sorted(found.edits, key=lambda edit: edit[0].start, reverse=True):
        written = written[: place.start] + new + written[place.end :]
    tables = [text[place.start : place.end] for place, _ in sorted(found.edits, key=lambda edit: edit[0].start)]
    return Spanned(written, tuple(dict.fromkeys(tables)), tuple(dict.fromkeys(found.functions)))


class _Places:
    """Where tables are read, and what is to stand there. Nothing recurses: queries come from outside."""

    def __init__(self, text: str, conditions: Conditions) -> None:
        self.edits: list[tuple[tree.Span, str]] = []
        self.functions: list[str] = []
        self.problem = ""
        self._text = text
        self._conditions = conditions
        self._left: list[tuple[object, Bound]] = []

    def read(self, query: tree.Query) -> None:
        """Find all of them."""
        named = frozenset(node.name.name for node in walk(query) if isinstance(node, tree.As))
        self._left = [(query, named)]
        while self._left:
            node, bound = self._left.pop()
            if isinstance(node, tree.Query):
                self._query(node, bound)
            elif isinstance(node, tree.Function):
                self._left.append((node.body, bound | {each.name.name for each in node.parameters}))
            elif isinstance(node, tree.Pipe):
                self._source(node.source, bound)
                self._left.append((node.operators, bound))
            elif isinstance(node, tree.Union):
                self._union(node, bound)
            elif isinstance(node, tree.Find):
                self.problem = "find chooses its columns by its own condition, and can have no other"
            else:
                self._other(node, bound)

    def _query(self, node: tree.Query, bound: Bound) -> None:
        """Each statement sees the names that were bound before it: `let T = T | …` reads the table T."""
        for statement in node.statements:
            if isinstance(statement, tree.Let):
                self._rows(statement.value, bound)
            else:
                self._left.append((statement, bound))
            if isinstance(statement, (tree.Let, tree.LetFunction)):
                bound |= {statement.name.name}
            elif isinstance(statement, tree.Declare):
                bound |= {each.name.name for each in statement.parameters}
        for body in (node.body, *node.more):
            self._rows(body, bound)

    def _source(self, node: tree.Source, bound: Bound) -> None:
        """What a pipe begins with."""
        if isinstance(node, tree.Search):
            self._mixture(node.span)
        elif isinstance(node, tree.Union) and node.source is not None:
            self._naming_union(node, bound)
        else:
            if isinstance(node, tree.Call) and node.name.name not in _TAKE_TABLES | {"table"} | bound:
                self.functions.append(node.name.name)
            self._rows(node, bound)

    def _rows(self, node: object, bound: Bound) -> None:
        """What stands where rows are meant, or a value in the place of rows."""
        if isinstance(node, tree.Name):
            if node.name not in bound:
                self._table(node.span, node.name)
        elif isinstance(node, tree.Member) and _elsewhere(node):
            self._table(node.span, node.name.name)
        elif isinstance(node, tree.Call) and node.name.name == "table":
            first = node.arguments[0] if node.arguments else None
            self._table(node.span, str(first.value) if isinstance(first, tree.Literal) else "")
        elif isinstance(node, tree.Call) and node.name.name == "materialize" and node.arguments:
            self._rows(node.arguments[0], bound)
        else:
            self._left.append((node, bound))

    def _union(self, node: tree.Union, bound: Bound) -> None:
        if node.source is not None:
            self.problem = "union withsource, after other operators, names tables that have to stand alone there"
        for each in node.tables:
            if isinstance(each, tree.Pattern):
                self._mixture(each.span, "union ")
            else:
                self._left.append((each, bound))

    def _naming_union(self, node: tree.Union, bound: Bound) -> None:
        """A union that says of which table a row is: in brackets a table would lose its name, so all rows are bounded together."""
        read = [each for each in node.tables if _reads(each, bound)]
        if not read:
            self._left.append((node.tables, bound))
        elif len(read) < len(node.tables):
            self.problem = "union withsource names tables that have to stand alone, and has more beside them"
        else:
            self._mixture(node.span)

    def _other(self, node: object, bound: Bound) -> None:
        """What else there is; a name in it is a column or a value, unless it stands where a table may."""
        if isinstance(node, tuple):
            self._left.extend((each, bound) for each in node)
        elif isinstance(node, tree.In):
            self._left.append((node.of, bound))
            self._arguments(node.items, bound)
        elif isinstance(node, tree.Call) and node.name.name in _TAKE_TABLES | bound:
            self._arguments(node.arguments, bound)
        elif is_dataclass(node) and not isinstance(node, (type, tree.Span)):
            self._left.extend((getattr(node, field.name), bound) for field in fields(node))

    def _arguments(self, nodes: tuple[tree.Argument, ...], bound: Bound) -> None:
        """What may be tables or values: a name is a table if it is known as one."""
        for each in nodes:
            node = each.value if isinstance(each, tree.Named) else each
            if isinstance(node, tree.Name) and node.name in self._conditions.known:
                self._rows(node, bound)
            else:
                self._left.append((node, bound))

    def _table(self, place: tree.Span, name: str) -> None:
        condition = self._conditions.known.get(name, self._conditions.unknown)
        if condition is not None:
            self.edits.append((place, f"({self._text[place.start : place.end]} | where {condition})"))

    def _mixture(self, place: tree.Span, keyword: str = "") -> None:
        """Rows of several tables together."""
        text = self._text[place.start : place.end]
        self.edits.append((place, f"({keyword}{text} | where {self._conditions.mixed})"))


def _reads(node: tree.Pipe | tree.Pattern, bound: Bound) -> bool:
    """Whether a member of a union is a table, or a pattern of tables, and nothing is done to it."""
    if isinstance(node, tree.Pattern):
        return True
    if node.operators:
        return False
    return node.source.name not in bound if isinstance(node.source, tree.Name) else isinstance(node.source, tree.Member)


def _elsewhere(node: tree.Expression) -> bool:
    """Whether a path leads to a table: `database("…").T`, and not `parsed.member`."""
    while isinstance(node, tree.Member):
        node = node.of
    while isinstance(node, tree.Call) and node.of is not None:
        node = node.of
    return isinstance(node, tree.Call) and node.name.name in _ELSEWHERE
