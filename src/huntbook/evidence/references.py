"""Which fields an SQL expression speaks of, by DuckDB's own parser."""

from __future__ import annotations

import json
import threading
from functools import cache
from typing import TYPE_CHECKING

import duckdb

from huntbook.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_PARSING = threading.Lock()  # workers share the parser, and what it found
_known: dict[str, frozenset[str]] = {}


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """A database that only parses; to open one takes longer than all that it parses here."""
    return duckdb.connect()


def open_parser() -> None:
    """Open the parser before it is needed."""
    with _PARSING:
        _parser()


def references(expressions: Iterable[str]) -> tuple[frozenset[str], ...]:
    """The field names that each SQL expression speaks of.

    Raises:
        SchemaError: if one is not SQL.
    """
    asked = list(expressions)
    with _PARSING:
        if new := [expression for expression in dict.fromkeys(asked) if expression not in _known]:
            _known.update(zip(new, _parsed(new), strict=True))
        return tuple(_known[expression] for expression in asked)


def _parsed(expressions: Sequence[str]) -> list[frozenset[str]]:
    statement = "SELECT " + ", ".join(f"({expression})" for expression in expressions)
    tree = json.loads(_parser().execute("SELECT json_serialize_sql(?)", [statement]).fetchall()[0][0])
    if tree.get("error", True):
        raise SchemaError(f"not SQL: {tree.get('error_message')} in {statement[:300]}")
    return [frozenset(_columns_in(item)) for item in tree["statements"][0]["node"]["select_list"]]


def _columns_in(node: object) -> Iterable[str]:
    if isinstance(node, dict):
        if node.get("class") == "COLUMN_REF":
            yield node["column_names"][-1]
        for value in node.values():
            yield from _columns_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from _columns_in(value)
