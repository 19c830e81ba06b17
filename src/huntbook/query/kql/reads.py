"""What a KQL query reads of a connection: tables, and their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql.bind import bind
from huntbook.query.kql.catalogue import Catalogue
from huntbook.query.kql.duckdb.needs import Needs, read_by
from huntbook.query.kql.parse import parse
from huntbook.query.kql.plan import Scan

if TYPE_CHECKING:
    from huntbook.query.kql.catalogue import Tables


def reads(text: str, tables: Tables | Catalogue) -> dict[str, list[str]]:
    """Return the tables that a query reads, each with those of its columns that the answer depends on.

    Args:
        text: the query.
        tables: what it may name.

    Raises:
        KqlError: it cannot be compiled over these tables.

    Example:
        >>> from huntbook.query.kql import Type
        >>> reads("T | where a == 1 | summarize count() by b", {"T": {"a": Type.LONG, "b": Type.LONG, "c": Type.LONG}})
        {'T': ['a', 'b']}
    """
    catalogue = tables if isinstance(tables, Catalogue) else Catalogue(tables)
    relation = bind(parse(text), text, catalogue).relation
    needs = Needs(relation)
    found: dict[str, list[str]] = {}
    seen: set[int] = set()
    waiting: list[object] = [relation]
    while waiting:
        node = waiting.pop(0)
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Scan):
            found.setdefault(node.table, []).extend(column.name for column in needs.of(node))
        waiting += read_by(node)
    return {table: list(dict.fromkeys(columns)) for table, columns in found.items()}
