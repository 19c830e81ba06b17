"""After how many values a series repeats itself, by its autocorrelation."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from huntbook.query.kql.routines._series import bag, numbers

if TYPE_CHECKING:
    from huntbook.query.kql.routines._series import Floats

_SHORTEST = 4
_MOST = 100  # periods that are asked for
_BEST = 1000  # lengths that are looked at, the most significant
_CLEARLY = 0.1
_AS_GOOD = 0.05  # a period is taken before its multiples that are no better than this


def detect(series: list[float], least: float, most: float, count: int) -> str | None:
    """The most significant periods, best first, and how significant each is; filled up with zeros.

    Args:
        series: the values.
        least: the shortest period.
        most: the longest.
        count: how many.
    """
    values = numbers(series)
    if values is None or not (isfinite(least) and isfinite(most)) or not 0 <= count <= _MOST:
        return None
    found = periods(values, least, most, count)
    found += [(0, 0.0)] * (count - len(found))
    return bag(periods=[float(period) for period, _ in found], scores=[score for _, score in found])


def validate(series: list[float], lengths: list[float]) -> str | None:
    """How significant periods are that are given."""
    values = numbers(series)
    if values is None or any(length is None or not isfinite(length) for length in lengths):
        return None
    scored = _scored(values)
    half = len(values) / 2
    last = len(scored) - 1
    found = [float(scored[min(round(each), last)]) if _SHORTEST <= each <= half else 0.0 for each in lengths]
    return bag(periods=lengths, scores=found)


def periods(values: Floats, least: float, most: float, count: int) -> list[tuple[int, float]]:
    """Periods and their significance, the best first, without multiples that are no better."""
    scored = _scored(values)
    low, high = max(_SHORTEST, least), min(most, len(values) / 2)
    candidates = [place for place in scored.nonzero()[0].tolist() if low <= place <= high]
    candidates.sort(key=lambda place: (-scored[place], place))
    candidates = candidates[:_BEST]
    found: list[int] = []
    for place in candidates:
        if len(found) == count:
            break
        if place in found or any(_is_multiple(place, shorter) for shorter in found):
            continue
        shorter = [each for each in candidates if each < place and _is_multiple(place, each)]
        as_good = [each for each in shorter if scored[each] >= scored[place] - _AS_GOOD and each not in found]
        found.append(min(as_good, default=place))
    return sorted(((place, float(scored[place])) for place in found), key=lambda each: -each[1])


def _is_multiple(place: int, shorter: int) -> bool:
    times = round(place / shorter)
    return times > 1 and abs(place - times * shorter) <= 1


def _scored(values: Floats) -> Floats:
    """For each length that the series has more than twice its significance, from 0 to 1.

    It is how alike values are that lie so far apart. That counts in full where those twice as far apart are as alike, less where they are not
    quite, the less of the series there is to compare, and not at all where they are not half as alike. Only a length counts that makes values
    more alike than those beside it, and clearly more than some shorter one: what changes slowly is alike at every short distance.
    """
    import numpy as np

    alike = _autocorrelation(values)
    size = len(values)
    found = np.zeros(size // 2 + 1)
    length = np.arange(1, (size - 1) // 2 + 1)
    if not len(length):
        return found
    once, twice = alike[length], alike[2 * length]
    lowest = np.minimum.accumulate(alike)[length - 1]
    peak = (once > alike[length - 1]) & (once >= alike[length + 1]) & (once - lowest >= _CLEARLY * once)
    score = np.maximum(np.minimum(once, twice), once * np.sqrt(1 - length / size))
    found[length] = np.where(peak & (twice >= once / 2), np.clip(score, 0.0, 1.0), 0.0)
    return found


def _autocorrelation(values: Floats) -> Floats:
    """The correlation of a series with itself, by how far it is moved; the few values that are left for long moves count as much."""
    import numpy as np

    size = len(values)
    if not size:
        return np.zeros(1)
    centred = values - values.mean()
    most = float(np.abs(centred).max())
    if most <= 1e-12 * float(np.abs(values).max()):
        return np.zeros(size + 1)
    spectrum = np.fft.rfft(centred / most, 2 * size)
    moved = np.fft.irfft(spectrum * spectrum.conj(), 2 * size)[:size]
    return np.append(moved / np.arange(size, 0, -1) / (moved[0] / size), 0.0)
