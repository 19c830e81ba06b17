"""Digests of distributions: `[[7], values, weights]` as JSON, as Kusto shows them.

A digest holds each value with its weight, so that ranks and percentiles are those of the values themselves. Of more than `LONGEST` values it
keeps as many of them, in even steps of weight, each with the weight of those below it that are left out: a rank is wrong by one part in `LONGEST`
at most. Values are of any type that has an order: numbers, datetimes and timespans.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from huntbook.query.kql.routines._json import NotJson, Number, read, scalar

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 50_000
_MARK = "[[7],"
_LONGEST_NUMBER = 40  # digits; none of a type of KQL has more
_TIMESPAN = re.compile(r"(-?)(?:(\d+)\.)?(\d\d):(\d\d):(\d\d)(?:\.(\d{1,7}))?")
_Key = tuple[int, Any]
_Entry = tuple[_Key, str, int]  # what it sorts by, the value as JSON, its weight


def of_values(values: list[str], weights: list[int]) -> str | None:
    """The digest of values, each as JSON, with weights; null values and those without a weight do not count."""
    pairs = zip(values, weights, strict=False)
    return _summed(
        (value, weight) for value, weight in pairs if value is not None and weight is not None and weight > 0
    )


def bounded(digest: str) -> str | None:
    """A digest with no more values than it may have."""
    return merged([digest])


def merged(digests: list[str]) -> str | None:
    """One digest of several; null where one of them is none. Those that are null do not count."""
    try:
        return _summed((value, weight) for each in digests if each is not None for _, value, weight in _entries(each))
    except NotJson:
        return None


def percentile(digest: str, share: float) -> str | None:
    """The value as JSON, by the nearest rank, below or at which so many percent of the weight are."""
    found = percentiles(digest, [share])
    return None if found is None else found[1:-1].replace("null", "") or None


def percentiles(digest: str, shares: list[float]) -> str | None:
    """The values for several percentages, as an array."""
    try:
        entries = _entries(digest)
    except NotJson:
        return None
    sums = list(accumulate(weight for _, _, weight in entries))
    return "[" + ",".join(_at(entries, sums, share) for share in shares) + "]"


def rank(digest: str, value: str) -> float | None:
    """The weight of the values that are not greater than one, which is JSON; null where it is of another type than they are."""
    try:
        entries, wanted = _entries(digest), _key(read(value))
    except NotJson:
        return None
    if wanted is None or any(key[0] != wanted[0] for key, _, _ in entries):
        return None
    return float(sum(weight for key, _, weight in entries if key <= wanted))


def percent_rank(digest: str, value: str) -> float | None:
    """The same as a percentage of the whole weight."""
    found = rank(digest, value)
    if found is None:
        return None
    total = sum(weight for _, _, weight in _entries(digest))
    return found * 100 / total if total else None


def _at(entries: list[_Entry], sums: list[int], share: float | None) -> str:
    if not entries or share is None or not 0 <= share <= 100:
        return "null"
    wanted = share / 100 * sums[-1]
    low, high = 0, len(sums) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if sums[middle] < wanted else (low, middle)
    return entries[low][1]


def _summed(pairs: Iterable[tuple[str, int]]) -> str | None:
    """The digest of values as JSON with their weights."""
    found: dict[_Key, tuple[str, int]] = {}
    for value, weight in pairs:
        try:
            key = _key(read(value))
        except NotJson:
            return None
        if key is None:
            return None
        kept, so_far = found.get(key, (value, 0))
        found[key] = (kept, so_far + weight)
    return _written([(key, *found[key]) for key in sorted(found)])


def _written(entries: list[_Entry]) -> str:
    if len(entries) > LONGEST:
        entries = _thinned(entries)
    values, weights = ",".join(value for _, value, _ in entries), ",".join(str(weight) for *_, weight in entries)
    return f"{_MARK}[{values}],[{weights}]]"


def _thinned(entries: list[_Entry]) -> list[_Entry]:
    """The last value of each step, with the weight of the whole step; the least and the greatest stay."""
    step = sum(weight for *_, weight in entries) / (LONGEST - 2)
    kept, waiting, seen, reached = [entries[0]], 0, 0, 1
    for key, value, weight in entries[1:]:
        waiting, seen = waiting + weight, seen + weight
        if seen >= reached * step or key == entries[-1][0]:
            kept.append((key, value, waiting))
            waiting, reached = 0, int(seen / step) + 1
    return kept


def _entries(digest: str) -> list[_Entry]:
    """What a digest holds, in order.

    Raises:
        NotJson: it is none.
    """
    found = read(digest)
    match found:
        case [[*_], [*values], [*weights]] if len(values) == len(weights):
            return sorted(map(_entry, values, weights))
        case _:
            raise NotJson


def _entry(value: object, weight: object) -> _Entry:
    key = _key(value)
    if key is None or not isinstance(value, str):
        raise NotJson
    return key, scalar(value), _weight(weight)


def _weight(weight: object) -> int:
    if not isinstance(weight, Number) or not weight.isdecimal() or len(weight) > _LONGEST_NUMBER:
        raise NotJson
    return int(weight)


def _key(value: object) -> _Key | None:
    """What a value sorts by: its kind, and within it."""
    if isinstance(value, Number):
        if len(value) > _LONGEST_NUMBER:
            return 0, float(value)
        return 0, int(value) if value.whole else float(value)
    if not isinstance(value, str):
        return None
    if value in ("NaN", "Infinity", "-Infinity"):
        return (0, float(value)) if value != "NaN" else None
    if found := _TIMESPAN.fullmatch(value):
        days, hours, minutes, seconds = (
            int(each or 0) if len(each or "") < _LONGEST_NUMBER else 0 for each in found.groups()[1:5]
        )
        ticks = int((found[6] or "").ljust(7, "0"))
        size = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 10_000_000 + ticks
        return 1, -size if found[1] else size
    return 2, value
