"""Writing names and values into SQL. A value is bound where it can be; where it cannot, it becomes a literal here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def name(identifier: str) -> str:
    """Quote an identifier of DuckDB."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """Write a string literal of DuckDB."""
    return "'" + value.replace("'", "''") + "'"


def names(identifiers: Iterable[str]) -> str:
    """Quote identifiers, with commas between them."""
    return ", ".join(map(name, identifiers))


def texts(values: Iterable[str]) -> str:
    """Write a list literal of strings."""
    return "[" + ", ".join(map(text, values)) + "]"
