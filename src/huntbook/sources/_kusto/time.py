"""Which column of Kusto tables a span of time is about: the service has to be told, and nothing in a database says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from huntbook.errors import ParameterError, QueryRejected
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

USUAL: Final = ("TimeGenerated", "Timestamp")  # Sentinel's and Defender's, which archives of them have as well
_HINT: Final = "Say which: time_column='…' where you connect, or compare it with {{start}} and {{end}} in the query."
_ELSEWHERE: Final = f"Check the name. A function, or a table of another database, is fine too. {_HINT}"


def time_column(named: Collection[str], tables: Mapping[str, Mapping[str, Type]]) -> str:
    """Find the column that a span is about, for the tables that a query names; for all tables if none is known to be named.

    It is never guessed: a column of two would give rows of another time than was asked for, and nobody would see it.

    Raises:
        QueryRejected: if no table of the query is known.
        ParameterError: if it is not plain which column it is.

    Example:
        >>> time_column(["A"], {"A": {"Seen": Type.DATETIME, "Host": Type.STRING}, "B": {}})
        'Seen'
    """
    asked = [name for name in named if name in tables]
    absent = [name for name in named if name not in tables]
    if absent and not asked:
        told = (
            f"This database has no table {' and no '.join(absent)}, so that it is not known which column has the time."
        )
        raise QueryRejected(told, service="Kusto", hint=_ELSEWHERE)
    found = {name: _of_one(name, tables[name]) for name in asked or tables if asked or _times(tables[name])}
    columns = dict.fromkeys(found.values())
    if len(columns) == 1:
        return next(iter(columns))
    told = ", ".join(f"{column} of {name}" for name, column in found.items())
    raise ParameterError(
        f"A span is about one column, and there are several: {told}." if told else "No table here has a time.",
        hint=_HINT,
    )


def _times(columns: Mapping[str, Type]) -> list[str]:
    return [name for name, kind in columns.items() if kind is Type.DATETIME]


def _of_one(table: str, columns: Mapping[str, Type]) -> str:
    times = _times(columns)
    usual = next((name for name in USUAL if name in times), "")
    if usual or len(times) == 1:
        return usual or times[0]
    told = f"could be {' or '.join(times)}" if times else "is missing: it has none"
    raise ParameterError(f"The time of {table} {told}.", hint=_HINT)
