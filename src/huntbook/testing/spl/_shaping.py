"""`bin`, `xyseries` and `fieldsummary`: times and numbers in steps, rows as columns, and what fields hold."""

from __future__ import annotations

import json
import re
from collections import Counter
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any, Final

from huntbook.testing.spl._extracting import options, whole, words
from huntbook.testing.spl._values import Event, Refused, items, named, number, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_SPAN: Final = re.compile(r"(\d{1,9}(?:\.\d+)?)([a-z]*)")
_UNITS: Final = {
    **dict.fromkeys(("", "s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86400),
}
_MOST_SHOWN: Final = 100  # values of a field in its summary, unless another number is told


def bin_(command: Any, rows: Iterable[Event]) -> Iterator[Event]:
    """A time is that of the step in which it lies, in UTC; a number becomes the step itself, `10-20`."""
    told, named = options(command), words(command)
    renamed = len(named) == 3 and named[1].upper() == "AS"
    if not (len(named) == 1 or renamed) or set(told) != {"span"}:
        raise Refused(f"Error in '{command.name}' command: this fake service takes a field with a span.")
    step, target = steps(command.name, told["span"], time=named[0] == "_time"), named[-1]
    for row in rows:
        size = number(row.get(named[0]))
        yield row if size is None else {**row, target: step(size)}


def steps(name: str, span: str, *, time: bool) -> Callable[[float], Any]:
    """What a span makes of a time or a number."""
    found = _SPAN.fullmatch(span.lower())
    size = float(found[1]) * _UNITS.get(found[2], 0) if found and (time or not found[2]) else 0
    if not size:
        raise Refused(f"Error in '{name}' command: The value for option span ({span}) is not run by this fake service.")

    def step(value: float) -> Any:
        start = value // size * size
        return start if time else f"{text(start)}-{text(start + size)}"

    return step


def xyseries(command: Any, rows: Iterable[Event]) -> Iterator[Event]:
    """One row for each value of the first field, with a column for each value of the second that holds the others."""
    told, named = options(command), words(command)
    if len(named) < 3 or set(told) - {"sep", "grouped"}:
        raise Refused(
            "Error in 'xyseries' command: it takes three fields or more; of its options, this fake service runs sep."
        )
    across, down, *data = named
    made: dict[str, Event] = {}
    for row in rows:
        if across not in row or down not in row:
            continue
        series = made.setdefault(text(row[across]), {across: row[across]})
        for name in data:
            column = text(row[down]) if len(data) == 1 else f"{name}{told.get('sep', ': ')}{text(row[down])}"
            if name in row:
                series[column] = row[name]
    yield from made.values()


def fieldsummary(command: Any, rows: Iterable[Event]) -> Iterator[Event]:
    """One row for each field: how many events have it, and what it holds."""
    told = options(command)
    if set(told) - {"maxvals"}:
        raise Refused("Error in 'fieldsummary' command: of its options, this fake service runs maxvals.")
    most = whole("fieldsummary", told, "maxvals", _MOST_SHOWN)
    wanted = [named(each) for each in words(command)]
    held: dict[str, list[Any]] = {}
    for row in rows:
        for name, value in row.items():
            if any(one.fullmatch(name) for one in wanted) if wanted else not name.startswith("_"):
                held.setdefault(name, []).extend(items(value))
    for name in sorted(held):
        yield {"field": name, **_summary(held[name], most)}


def _summary(values: list[Any], most: int) -> Event:
    texts = Counter(map(text, values))
    numbers = [size for size in map(number, values) if size is not None]
    shown = sorted(texts.items(), key=lambda each: (-each[1], each[0]))[: most or None]
    figures = {"max": max(numbers), "mean": fmean(numbers), "min": min(numbers)} if numbers else {}
    return {
        "count": len(values),
        "distinct_count": len(texts),
        "is_exact": 1,
        **figures,
        "numeric_count": len(numbers),
        **({"stdev": stdev(numbers) if len(numbers) > 1 else 0} if numbers else {}),
        "values": json.dumps([{"value": each, "count": times} for each, times in shown], ensure_ascii=False),
    }
