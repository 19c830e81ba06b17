"""What a query's parameters may be: the kinds of values, and a value with its kind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a parameter takes, and so how its value is written in a query."""

    STRING = "string"
    LIST = "list"
    INT = "int"
    REAL = "real"
    DATETIME = "datetime"
    TIMESPAN = "timespan"
    IP = "ip"
    GUID = "guid"
    BOOL = "bool"
    COLUMN = "column"
    CLAUSE = "clause"


class Clause(str):
    """Query text that is inserted as it stands. Only code makes one: a value that comes from a table is a plain `str`, and is refused.

    Example:
        >>> Clause("| where EventID == 4624")
        '| where EventID == 4624'
    """

    __slots__ = ()


@dataclass(frozen=True)
class Value:
    """A value and what kind of value it is; `of` is what a list holds.

    `excluded` marks the end of a time span, which the span does not include: a dialect whose ranges include their end writes the last
    instant before it.
    """

    kind: Kind
    value: object
    of: Kind = Kind.STRING
    excluded: bool = False
