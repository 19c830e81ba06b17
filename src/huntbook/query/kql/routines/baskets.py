"""Frequent patterns: values of columns that many rows have in common, as the Apriori algorithm finds them.

A pattern that all of its rows extend by one more value is not told, the longer one is: what goes together always is told together. Counted
exactly, over all rows.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from huntbook.query.kql.routines._json import NotJson, read, scalar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOO_MANY = '"too many"'  # in place of an answer: patterns, or values to look at for them
_MOST = 10_000  # patterns
_LARGEST = 20_000_000  # rows by values
_MOST_WORK = 300_000_000  # values that are looked at
_Item = tuple[int, str]  # a column, and a value in it as JSON


def baskets(rows: list[str], weights: list[float], ratio: float, dimensions: int) -> str | None:
    """The patterns that so great a part of the weight has, the heaviest first, or `TOO_MANY`.

    Args:
        rows: each row once, as an array in JSON; null is no value.
        weights: of each row.
        ratio: how great a part a pattern must have, 0 to 1.
        dimensions: how many values may have to be said for a pattern; others that always go with them do not count.

    Returns:
        An array of bags in JSON: "n" is the weight, "p" the percentage, "v" has the value of each column, "m" whether it is one.
    """
    import numpy as np

    pairs = [
        (row, weight) for row, weight in zip(rows, weights, strict=False) if row is not None and weight is not None
    ]
    read_rows = _arrays([row for row, _ in pairs])
    if read_rows is None:
        return None
    weighed = np.array([weight for _, weight in pairs], dtype=np.float64)
    least = ratio * float(weighed.sum())
    if not least > 0:
        return "[]"
    items, numbers = _items(read_rows, weighed, least)
    merged = _merged(numbers, len(read_rows), weighed)
    if len(items) * len(merged) > _LARGEST:
        return TOO_MANY
    has = np.zeros((len(items), len(merged)), dtype=np.float64)
    for place, row in enumerate(merged):
        has[list(row), place] = 1
    found = _patterns(has, np.array(list(merged.values()), dtype=np.float64), least, dimensions)
    if found is None:
        return TOO_MANY
    width = max(map(len, read_rows))
    told = sorted(((weight, sorted(pattern)) for pattern, weight in found.items()), key=lambda one: (-one[0], one[1]))
    total = float(weighed.sum())
    written = (
        _written(at, weight, total, [items[item] for item in pattern], width)
        for at, (weight, pattern) in enumerate(told)
    )
    return f"[{','.join(written)}]"


def _arrays(rows: list[str]) -> list[list[Any]] | None:
    """Each row's array; nothing where one is none."""
    try:
        found = [read(row) for row in rows]
    except NotJson:
        return None
    return found if all(isinstance(row, list) for row in found) else None


def _items(rows: list[Any], weights: NDArray[np.float64], least: float) -> tuple[list[_Item], list[list[int]]]:
    """The values that are frequent by themselves, and the rows that have each."""
    where: dict[_Item, list[int]] = {}
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None:
                where.setdefault((column, _json(value)), []).append(number)
    kept = sorted(item for item, numbers in where.items() if float(weights[numbers].sum()) >= least)
    return kept, [where[item] for item in kept]


def _merged(numbers: list[list[int]], count: int, weights: NDArray[np.float64]) -> dict[tuple[int, ...], float]:
    """Rows by the frequent values that they have, and the weight of those that have the same."""
    rows: list[list[int]] = [[] for _ in range(count)]
    for item, having in enumerate(numbers):
        for number in having:
            rows[number].append(item)
    merged: dict[tuple[int, ...], float] = {}
    for row, weight in zip(rows, weights, strict=True):
        merged[tuple(row)] = merged.get(tuple(row), 0.0) + float(weight)
    return merged


def _patterns(
    has: NDArray[np.float64], weights: NDArray[np.float64], least: float, dimensions: int
) -> dict[frozenset[int], float] | None:
    """The closed patterns that can be said with so many values, and their weights."""
    import numpy as np

    found: dict[frozenset[int], float] = {}
    work, level = 0, [frozenset[int]()]
    for _ in range(dimensions):
        following: list[frozenset[int]] = []
        for pattern in level:
            heavy = weights * has[list(pattern)].min(axis=0) if pattern else weights
            together = has @ heavy
            for item in np.flatnonzero(together >= least):
                if item in pattern:
                    continue
                work += has.size
                if work > _MOST_WORK or len(found) > _MOST:
                    return None
                weight = float(together[item])
                beside = has @ (heavy * has[item])
                closed = frozenset(map(int, np.flatnonzero(beside >= weight * (1 - 1e-12))))
                if closed not in found:
                    found[closed] = weight
                    following.append(closed)
        if not following:
            break
        level = following
    return found


def _written(at: int, weight: float, total: float, items: list[_Item], width: int) -> str:
    values, there = ["null"] * width, ["false"] * width
    for column, value in items:
        values[column], there[column] = value, "true"
    count = int(weight) if weight.is_integer() else weight
    percent = round(weight / total * 100, 1)
    return f'{{"i":{at},"n":{json.dumps(count)},"p":{percent!r},"v":[{",".join(values)}],"m":[{",".join(there)}]}}'


def _json(value: Any) -> str:
    """A value as JSON again."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{scalar(name)}:{_json(each)}" for name, each in value.items()) + "}"
    return "[" + ",".join(map(_json, value)) + "]" if isinstance(value, list) else scalar(value)
