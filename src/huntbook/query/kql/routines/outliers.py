"""How far the values of a series lie outside of the range of most of them: Tukey's fences, in units of the range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql.routines._series import LONGEST

if TYPE_CHECKING:
    from huntbook.query.kql.routines._series import Floats

_NOISE = 1e-12  # of the greatest value: differences that small come from computing


def outliers(
    series: list[float], kind: str, ignored: float | None, least: float, most: float, test_points: int
) -> list[float] | None:
    """A score for each value: above 1.5, it rises out of the others, below -1.5 it falls.

    Args:
        series: the values; what is missing has the score 0.
        kind: "tukey" or "ctukey".
        ignored: a value that counts as missing.
        least: the percentile below which no value counts for the range of falls ("ctukey" alone).
        most: the percentile above which none counts for the range of rises.
        test_points: how many values at the end the range is not learned from.
    """
    import numpy as np

    if len(series) > LONGEST or test_points < 0 or not (2 <= least < most <= 98) or kind not in ("tukey", "ctukey"):
        return None
    found = np.array(
        [np.nan if value is None or value == ignored or not abs(value) < 1e150 else value for value in series],
        dtype=np.float64,
    )
    known = ~np.isnan(found)
    learned = found[: max(len(found) - test_points, 0)]
    learned = learned[~np.isnan(learned)]
    answer = np.zeros(len(found))
    if len(learned):
        share = (least / 100, most / 100) if kind == "ctukey" else None
        answer[known] = scores(found[known], learned, share)
    return list(map(float, answer))


def scores(
    values: Floats, learned: Floats, share: tuple[float, float] | None = (0.1, 0.9), *, scale: float | None = None
) -> Floats:
    """How far values lie outside of the quartiles of those that were learned, in units of the range between these.

    Args:
        values: what to score.
        learned: what to tell the usual range by; at least one value.
        share: for a rise, the quartiles are those of the values below the second share, so that what is rare and high does not widen its own
            range; for a fall, of those from the first share on. `None` is Tukey's own test, by the quartiles of all.
        scale: the greatest value that this was computed from.
    """
    import numpy as np

    ordered = np.sort(learned)
    low, high = _quartiles(ordered)
    below, above = ordered, ordered
    if share is not None:
        first, last = (int(part * len(ordered) + 1e-9) for part in share)
        below, above = ordered[first:], ordered[: max(last, 1)]
    noise = _NOISE * (float(np.abs(ordered).max()) if scale is None else scale)
    rise, fall = _quartiles(above), _quartiles(below)
    return np.where(
        values > high + noise,
        _beyond(values - rise[1], rise[1] - rise[0], noise),
        np.where(values < low - noise, _beyond(values - fall[0], fall[1] - fall[0], noise), 0.0),
    )


def _quartiles(ordered: Floats) -> tuple[float, float]:
    import numpy as np

    low, high = np.quantile(ordered, [0.25, 0.75])
    return float(low), float(high)


def _beyond(distance: Floats, spread: float, noise: float) -> Floats:
    """The distance in units of the spread; where most values are the same, any other is infinitely far."""
    import numpy as np

    if spread > noise:
        return distance / spread
    return np.where(np.abs(distance) > noise, np.copysign(np.inf, distance), 0.0)
