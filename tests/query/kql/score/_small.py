"""Small queries that between them use every function, aggregate and operator, over a table with a column of each type."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.query.kql.score.engines import Tables

from huntbook.query.kql.bind.convert import classes
from huntbook.query.kql.functions import _registry
from huntbook.query.kql.functions._registry import Signature
from huntbook.query.kql.types import Type

LIST = Path(__file__).with_name("small_queries.txt")
_COLUMNS = {
    "b": Type.BOOL,
    "i": Type.INT,
    "l": Type.LONG,
    "r": Type.REAL,
    "m": Type.DECIMAL,
    "s": Type.STRING,
    "d": Type.DATETIME,
    "p": Type.TIMESPAN,
    "g": Type.GUID,
    "j": Type.DYNAMIC,
}
_OTHER = {
    "b": Type.BOOL,
    "i": Type.LONG,
    "l": Type.INT,
    "r": Type.DECIMAL,
    "s": Type.DYNAMIC,
    "k": Type.STRING,
}  # the same names with other types
SMALL_TABLES: Tables = {"T": {**_COLUMNS, "s2": Type.STRING, "j2": Type.DYNAMIC}, "U": _OTHER}
_COLUMN = {kind: name for name, kind in _COLUMNS.items()}
_CONSTANT = {
    Type.BOOL: "true",
    Type.INT: "int(1)",
    Type.LONG: "1",
    Type.REAL: "1.5",
    Type.DECIMAL: "decimal(1)",
    Type.STRING: "'x'",
    Type.DATETIME: "datetime(2020-01-01)",
    Type.TIMESPAN: "1h",
    Type.GUID: "guid(00000000-0000-0000-0000-000000000000)",
    Type.DYNAMIC: "dynamic([1])",
}
_OF_ROWS = ("predicate", "x", "y", "other")  # parameters of aggregates that are no constants


def small_queries() -> Iterator[str]:
    """Calls of all functions with arguments of all the types that they take, and what the list has of operators."""
    found = [line for line in LIST.read_text(encoding="utf-8").splitlines() if line and not line.startswith("//")]
    for kind, verb in (("SCALARS", "project"), ("AGGREGATES", "summarize")):
        for name in sorted(_registry.names(kind)):
            if not name.startswith("op_"):
                found += [f"T | {verb} {call}" for call in _calls(name, kind)]
    yield from dict.fromkeys(found)


def _calls(name: str, kind: str) -> Iterator[str]:
    for signature in _registry.signatures(name, kind):
        if not signature.entry.refused:
            parameters = signature.parameters
            first = classes(parameters[0].type) if parameters else (Type.UNKNOWN,)
            for number in {signature.least, len(parameters), len(parameters) + signature.many}:
                yield from (
                    _call(signature, each, number, kind) for each in dict.fromkeys(first) if _written(each, number)
                )


def _written(kind: Type, arguments: int) -> bool:
    return kind in _COLUMN or not arguments


def _call(signature: Signature, first: Type, number: int, kind: str) -> str:
    """A call with so many arguments; those that are of the first one's type in the signature are so here."""
    arguments = []
    for place in range(number):
        taken = signature.parameters[min(place, len(signature.parameters) - 1)]
        of_first = place == 0 or taken.type == signature.parameters[0].type
        constant = place in signature.entry.constant or (
            place > 0 and kind == "AGGREGATES" and taken.name not in _OF_ROWS
        )
        arguments.append((_CONSTANT if constant else _COLUMN)[first if of_first else classes(taken.type)[0]])
    return f"{signature.entry.name}({', '.join(arguments)})"
