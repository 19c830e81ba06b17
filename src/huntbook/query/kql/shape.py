"""What can be told of a query without knowing its tables: which tables it reads, and whether its answer can be put together of parts."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from huntbook.errors import KqlError
from huntbook.query.kql import tree
from huntbook.query.kql.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

# What looks at one row at a time, so that the rows of two spans of time are the answers to both, one after the other.
_ROW_BY_ROW = (
    tree.Where,
    tree.Extend,
    tree.Project,
    tree.ProjectAway,
    tree.ProjectByNames,
    tree.ProjectKeep,
    tree.ProjectRename,
    tree.ProjectReorder,
    tree.Parse,
    tree.ParseKv,
    tree.MvExpand,
    tree.MvApply,
    tree.Union,
    tree.As,
    tree.Render,
    tree.Search,
)
_MAKES_ROWS = (tree.Print, tree.Range, tree.Datatable, tree.ExternalData)  # the same ones whatever time is asked of
_CALLED = "()"  # marks a name that is called; it can be part of no name
_TAKE_TABLES = ("table", "materialize", "toscalar", "view")


def tables_read(text: str, *, called: bool = True) -> list[str]:
    """The tables that a query names where a table is meant, in their order, each once; none if it is no KQL.

    What is written as a call, `_Im_Dns()`, is a function that the service keeps; it is one of them unless `called` is False.

    Example:
        >>> tables_read("let bad = T | where x > 1; SigninLogs | where a in (bad) | join (union B, C) on k")
        ['SigninLogs', 'T', 'B', 'C']
    """
    query = _parsed(text)
    if query is None:
        return []
    nodes = list(walk(query))
    own = {node.name.name for node in nodes if isinstance(node, (tree.Let, tree.LetFunction, tree.As))}
    own |= {
        each.name.name for node in nodes if isinstance(node, (tree.Function, tree.Declare)) for each in node.parameters
    }
    named = (name for node in nodes for name in _named(node) if called or not name.endswith(_CALLED))
    return list(dict.fromkeys(plain for name in named if (plain := name.removesuffix(_CALLED)) not in own))


def needs_all(text: str) -> str | None:
    """What in a query has to see all rows at once, as it is written there; None if its answer about two spans is that about each, joined.

    Sorting is no such thing: the rows are the same ones. What is no KQL is not told apart.

    Example:
        >>> needs_all("T | where x > 1 | summarize count() by y")
        'summarize'
        >>> needs_all("T | where x > 1 | project x") is None
        True
    """
    query = _parsed(text)
    if query is None:
        return "a query that cannot be read here"
    nodes = list(walk(query))
    pipes = {node.name.name for node in nodes if isinstance(node, tree.Let) and isinstance(node.value, tree.Pipe)}
    return next((found for node in nodes for found in _whole(node, pipes)), None)


def _whole(node: object, pipes: set[str]) -> Iterator[str]:
    """What in a node has to see all rows at once; `pipes` are names of what the query has made of tables."""
    if isinstance(node, (tree.Query, tree.Let, tree.Union)):
        yield from (_spelled(source) for source in _sources(node) if isinstance(source, _MAKES_ROWS))
    elif isinstance(node, tree.Pipe):
        for operator in node.operators:
            if not isinstance(operator, (*_ROW_BY_ROW, tree.Sort)):
                yield _spelled(operator)
    elif isinstance(node, tree.Call) and node.name.name in ("toscalar", "materialize"):
        yield f"{node.name.name}()"
    elif isinstance(node, tree.In):
        for item in node.items:
            source = item.source if isinstance(item, tree.Pipe) else item
            if (isinstance(item, tree.Pipe) and item.operators) or (
                isinstance(source, tree.Name) and source.name in pipes
            ):
                yield f"{node.operator} (a table)"


def _sources(node: tree.Query | tree.Let | tree.Union) -> Iterator[object]:
    """What the rows come from that a query, a name or a union stands for."""
    parts: tuple[object, ...] = node.tables if isinstance(node, tree.Union) else ()
    parts += (node.value,) if isinstance(node, tree.Let) else ()
    parts += (node.body, *node.more) if isinstance(node, tree.Query) else ()
    return (part.source if isinstance(part, tree.Pipe) else part for part in parts)


def _spelled(node: object) -> str:
    """`MakeSeries` is `make-series`, and what is one word to KQL stays one."""
    if isinstance(node, tree.Join):
        return node.keyword
    if isinstance(node, (tree.ExternalData, tree.GetSchema)):
        return type(node).__name__.lower()
    name = type(node).__name__
    return "".join(
        f"-{letter.lower()}" if letter.isupper() and place else letter.lower() for place, letter in enumerate(name)
    )


def _named(node: object) -> Iterator[str]:
    """The tables that a node names, where it names any."""
    if isinstance(node, tree.Pipe) and node.operators:
        yield from _table(node.source)
    elif isinstance(node, tree.Query):
        for body in (node.body, *node.more):
            yield from _table(body)
    elif isinstance(node, tree.Let) and not _scalar(node.value):
        yield from _table(node.value)
    elif isinstance(node, (tree.Union, tree.Find, tree.Search)):
        for each in node.tables:
            yield from _table(each)
    elif isinstance(node, tree.Join):
        yield from _table(node.right)


def _scalar(node: object) -> bool:
    """Whether what a name stands for is a value, as that of a function: `let host = tostring(…)` is no table."""
    return isinstance(node, tree.Call) and node.name.name not in _TAKE_TABLES


def _table(node: object) -> Iterator[str]:
    """The name that stands where a table is meant."""
    if isinstance(node, tree.Pipe):
        yield from _table(node.source)
    elif isinstance(node, tree.Name):
        yield node.name
    elif isinstance(node, tree.Member):
        yield from _table(node.name)
    elif isinstance(node, tree.Call) and node.name.name not in _TAKE_TABLES:
        yield f"{node.name.name}{_CALLED}"
    elif isinstance(node, tree.Call) and node.arguments:
        first: Any = node.arguments[0]
        if isinstance(first, tree.Literal) and isinstance(first.value, str):
            yield first.value
        else:
            yield from _table(first)


def walk(node: object) -> Iterator[object]:
    """A node and all that is in it, from the outside in; without recursion, since queries come from outside."""
    left = [node]
    while left:
        each = left.pop()
        if isinstance(each, tuple):
            left.extend(reversed(each))
        elif is_dataclass(each) and not isinstance(each, (type, tree.Span)):
            yield each
            left.extend(reversed([getattr(each, field.name) for field in fields(each)]))


@lru_cache(maxsize=64)
def _parsed(text: str) -> tree.Query | None:
    try:
        return parse(text)
    except (KqlError, RecursionError):
        return None
