"""The way through the compiler: text → tree → plan → SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.errors import KqlError
from huntbook.query.kql.bind import bind
from huntbook.query.kql.catalogue import Catalogue
from huntbook.query.kql.duckdb import Written, write
from huntbook.query.kql.parse import parse
from huntbook.query.kql.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from huntbook.query.kql.catalogue import Tables


def compile_query(
    text: str, tables: Tables | Catalogue, ask: Callable[[Written], list[tuple[object, ...]]] | None = None
) -> Written:
    """Compile a query to SQL for DuckDB.

    Args:
        text: the query.
        tables: the tables that it may name, their columns in order, and the columns' types; or what else a connection has.
        ask: runs a part of the query where the columns that come out depend on the data (`evaluate pivot`, `bag_unpack`); it has
            to make the macros first. Without it, such a query must declare its schema.

    Raises:
        KqlError: with line and column, and what was probably meant.
    """
    catalogue = tables if isinstance(tables, Catalogue) else Catalogue(tables)
    try:
        return write(bind(parse(text), text, catalogue, None if ask is None else lambda of: ask(write(Plan(of)))))
    except RecursionError as error:
        raise KqlError("The query is nested too deeply.") from error
