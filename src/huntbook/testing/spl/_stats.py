"""`stats` and `top`: figures of groups of events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from huntbook.testing.spl._expressions import value
from huntbook.testing.spl._values import Event, Refused, compared, items, number, single, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from huntbook.query.spl import tree

_MOST_LISTED: Final = 100  # values that list() gives


def stats(command: tree.Stats, rows: Iterable[Event]) -> Iterator[Event]:
    """One row for each group; without `BY`, one row."""
    for each in command.aggregates:
        if each.function not in _FUNCTIONS:
            raise Refused(f"Error in 'stats' command: '{each.function}' is not run by this fake service.")
    groups = _grouped(command.by, rows)
    if not command.by:
        groups.setdefault((), [])
    for key in sorted(groups):
        row: Event = {name: _key(name, held) for name, held in zip(command.by, key, strict=True)}
        for each in command.aggregates:
            found = _FUNCTIONS[each.function](_values(each, groups[key]))
            if found is not None:
                row[each.alias] = found
        yield row


def _key(name: str, held: str) -> Any:
    """What a group is of; a time stays one."""
    size = number(held) if name == "_time" else None
    return held if size is None else float(size)


def _grouped(by: Sequence[str], rows: Iterable[Event]) -> dict[tuple[str, ...], list[Event]]:
    """Rows that lack a field of the key are in no group; one with several values is in several."""
    groups: dict[tuple[str, ...], list[Event]] = {}
    for row in rows:
        keys: list[tuple[str, ...]] = [()]
        for name in by:
            keys = [(*key, text(each)) for key in keys for each in items(row.get(name))]
        for key in keys:
            groups.setdefault(key, []).append(row)
    return groups


def _values(aggregate: tree.Aggregate, rows: list[Event]) -> list[Any]:
    argument = aggregate.argument
    if argument is None:
        return [1] * len(rows)
    if aggregate.function in ("earliest", "latest"):
        rows = sorted(rows, key=lambda row: -(number(row.get("_time")) or 0))
    if isinstance(argument, str):
        return [each for row in rows for each in items(row.get(argument))]
    found = [value(argument, row) for row in rows]
    return [each for each in found if each is not None and each is not False]


def top(command: tree.Top, rows: Iterable[Event]) -> Iterator[Event]:
    """The most or the least common values, with how often, and the share of all in percent."""
    if command.by:
        raise Refused(f"Error in '{command.name}' command: BY is not run by this fake service.")
    limit = next((int(each.value) for each in command.options if each.name.lower() == "limit"), 10)
    groups = _grouped(command.names, rows)
    total = sum(map(len, groups.values()))
    ordered = sorted(
        groups.items(), key=lambda each: (-len(each[1]) if command.name == "top" else len(each[1]), each[0])
    )
    for key, group in ordered[: limit or None]:
        share = {"count": len(group), "percent": f"{100 * len(group) / total:.6f}"}
        yield {**dict(zip(command.names, key, strict=True)), **share}


def _numbers(given: list[Any]) -> list[Any]:
    return [found for found in map(number, given) if found is not None]


def _extreme(sign: int) -> Callable[[list[Any]], Any]:
    def found(given: list[Any]) -> Any:
        best = None
        for each in given:
            if best is None or compared(each, best) * sign > 0:
                best = each
        return best

    return found


def _average(given: list[Any]) -> Any:
    found = _numbers(given)
    return sum(found) / len(found) if found else None


def _distinct(given: list[Any]) -> list[str]:
    return sorted(set(map(text, given)))


_FUNCTIONS: Final[dict[str, Callable[[list[Any]], Any]]] = {
    "count": len,
    "c": len,
    "sum": lambda given: sum(_numbers(given)) if _numbers(given) else None,
    "avg": _average,
    "mean": _average,
    "min": _extreme(-1),
    "max": _extreme(1),
    "dc": lambda given: len(_distinct(given)),
    "distinct_count": lambda given: len(_distinct(given)),
    "values": lambda given: single(_distinct(given)),
    "list": lambda given: single([text(each) for each in given[:_MOST_LISTED]]),
    "first": lambda given: given[0] if given else None,
    "last": lambda given: given[-1] if given else None,
    "latest": lambda given: given[0] if given else None,  # of events that are put newest first
    "earliest": lambda given: given[-1] if given else None,
}
