"""From the tree to the typed plan: names become columns, tables and functions, and every expression has a type."""

from huntbook.query.kql.bind.query import bind

__all__ = ["bind"]
