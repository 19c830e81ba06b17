"""The way through the compiler: text → tree → plan → SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.errors import KqlError
from huntbook.query.kql.bind import bind
from huntbook.query.kql.duckdb import Written, write
from huntbook.query.kql.parse import parse

if TYPE_CHECKING:
    from huntbook.query.kql.bind.scope import Tables


def compile_query(text: str, tables: Tables) -> Written:
    """Compile a query to SQL for DuckDB.

    Args:
        text: the query.
        tables: the tables that it may name, their columns in order, and the columns' types.

    Raises:
        KqlError: with line and column, and what was probably meant.
    """
    try:
        return write(bind(parse(text), text, tables))
    except RecursionError as error:
        raise KqlError("The query is nested too deeply.") from error
