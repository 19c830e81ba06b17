"""The commands of a pipeline, one after the other, row by row where that is possible."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cmp_to_key
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from huntbook.testing.spl._expressions import value
from huntbook.testing.spl._extracting import rex, spath
from huntbook.testing.spl._shaping import bin_, fieldsummary, xyseries
from huntbook.testing.spl._stats import stats, top
from huntbook.testing.spl._terms import matches
from huntbook.testing.spl._values import Event, Refused, compared, items, named, text

if TYPE_CHECKING:
    from huntbook.query.spl import tree

Rows = Iterable[Event]
INTERNAL: Final = ("_time", "_raw")  # that `fields` keeps unless they are named


def step(command: tree.Command, rows: Rows) -> Iterator[Event]:
    """What a command makes of rows.

    Raises:
        Refused: it is not one of those that are run here.
    """
    found = _STEPS.get(command.name)
    if found is None:
        raise Refused(f"Error in '{command.name or 'macro'}' command: this fake service does not run it.")
    return found(command, rows)


def _search(command: Any, rows: Rows) -> Iterator[Event]:
    return (row for row in rows if matches(command.terms, row))


def _where(command: Any, rows: Rows) -> Iterator[Event]:
    return (row for row in rows if value(command.condition, row) is True)


def _eval(command: Any, rows: Rows) -> Iterator[Event]:
    for row in rows:
        made = dict(row)
        for name, expression in command.assignments:
            found = value(expression, made)
            if isinstance(found, bool):
                raise Refused("Error in 'eval' command: The expression is malformed: a boolean is no field's value.")
            if found is None:
                made.pop(name, None)
            else:
                made[name] = found
        yield made


def _fields(command: Any, rows: Rows) -> Iterator[Event]:
    names = [named(name) for name in command.names]
    for row in rows:
        if not command.keep:
            yield {name: each for name, each in row.items() if not _any(names, name)}
            continue
        always = INTERNAL if command.name == "fields" else ()
        order = [name for one in names for name in row if one.fullmatch(name)] + [
            each for each in always if each in row
        ]
        yield {name: row[name] for name in dict.fromkeys(order)}


def _any(patterns: list[re.Pattern[str]], name: str) -> bool:
    return any(one.fullmatch(name) for one in patterns)


def _head(command: Any, rows: Rows) -> Iterator[Event]:
    if command.condition is not None:
        raise Refused("Error in 'head' command: a condition is not run by this fake service.")
    return islice(iter(rows), command.count)


def _sort(command: Any, rows: Rows) -> Iterator[Event]:
    def order(one: Event, other: Event) -> int:
        for key in command.keys:
            left, right = one.get(key.field), other.get(key.field)
            if left is None or right is None:
                sign = (left is None) - (right is None)
            else:
                sign = compared(items(left)[0], items(right)[0]) * (-1 if key.descending else 1)
            if sign:
                return sign
        return 0

    found = sorted(rows, key=cmp_to_key(order))
    return iter(found[: command.count] if command.count else found)


def _dedup(command: Any, rows: Rows) -> Iterator[Event]:
    if command.options or command.keys:
        raise Refused("Error in 'dedup' command: options and SORTBY are not run by this fake service.")
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        if any(name not in row for name in command.names):
            continue
        key = tuple("\x1f".join(map(text, items(row[name]))) for name in command.names)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= command.count:
            yield row


def _rename(command: Any, rows: Rows) -> Iterator[Event]:
    for row in rows:
        made = row
        for old, new in command.pairs:
            if "*" in old:
                made = {_renamed(name, old, new): each for name, each in made.items()}
            elif old in made:
                made = {new if name == old else name: each for name, each in made.items() if name != new}
        yield made


def _renamed(name: str, old: str, new: str) -> str:
    found = re.fullmatch("(.*)".join(map(re.escape, old.split("*"))), name)
    if found is None:
        return name
    parts = new.split("*")
    return "".join(part + (found[number + 1] if number < len(parts) - 1 else "") for number, part in enumerate(parts))


_STEPS: Final[dict[str, Callable[[Any, Rows], Iterator[Event]]]] = {
    "search": _search,
    "where": _where,
    "eval": _eval,
    "table": _fields,
    "fields": _fields,
    "head": _head,
    "sort": _sort,
    "dedup": _dedup,
    "rename": _rename,
    "stats": stats,
    "top": top,
    "rare": top,
    "rex": rex,
    "spath": spath,
    "bin": bin_,
    "bucket": bin_,
    "xyseries": xyseries,
    "fieldsummary": fieldsummary,
}
RUN: Final = frozenset(_STEPS)
