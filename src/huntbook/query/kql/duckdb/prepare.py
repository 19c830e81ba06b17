"""What a query's SQL calls and DuckDB has not: macros, and routines, which are functions of Python."""

from __future__ import annotations

from inspect import signature
from types import NoneType
from typing import TYPE_CHECKING, Any, Protocol, get_args, get_origin, get_type_hints

import duckdb
from duckdb.func import SPECIAL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TYPES = {str: "VARCHAR", int: "BIGINT", float: "DOUBLE", bool: "BOOLEAN"}


class Called(Protocol):
    """SQL that calls what has to be there before."""

    @property
    def macros(self) -> Mapping[str, str]: ...  # noqa: D102 - as the name says, each after those that it uses
    @property
    def routines(self) -> Mapping[str, Callable[..., object]]: ...  # noqa: D102 - as the name says


def prepare(database: duckdb.DuckDBPyConnection, called: Called, made: set[str] | None = None) -> None:
    """Make the routines and macros that a query's SQL calls.

    Args:
        database: where it will run. What is made once is there for all cursors of the database.
        called: the query.
        made: names of what was made before, which is not made again; what is made now is added. Not safe to share between threads.
    """
    made = set() if made is None else made
    for name, routine in called.routines.items():
        if name not in made:
            _register(database, name, routine)
            made.add(name)
    for name, body in called.macros.items():
        if name not in made:
            database.execute(f"CREATE OR REPLACE MACRO {name}{body}")
            made.add(name)


def _register(database: duckdb.DuckDBPyConnection, name: str, routine: Callable[..., object]) -> None:
    """Give DuckDB a function of Python; its annotations say what it takes and gives, and which of its parameters may be NULL."""
    hints = get_type_hints(routine)
    gives = _stored(hints.pop("return"))
    needed = [place for place, hint in enumerate(hints.values()) if NoneType not in get_args(hint)]

    def of_nulls(*arguments: object) -> Any:
        if any(arguments[place] is None for place in needed):
            return None
        return routine(*arguments)

    of_nulls.__signature__ = signature(routine)  # type: ignore[attr-defined]  # DuckDB counts the parameters
    try:
        database.create_function(name, of_nulls, list(map(_stored, hints.values())), gives, null_handling=SPECIAL)
    except duckdb.NotImplementedException as error:
        if "already created" not in str(error):  # by another who prepared this database
            raise


def _stored(hint: object) -> str:
    """DuckDB's type of an annotation. `float | None` is as `float`: anything may be NULL there."""
    parts = [part for part in get_args(hint) if part is not NoneType]
    if get_origin(hint) is list:
        return f"{_stored(parts[0])}[]"
    return _stored(parts[0]) if parts else _TYPES[hint]  # type: ignore[index]
