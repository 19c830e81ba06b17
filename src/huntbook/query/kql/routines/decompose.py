"""A series as the sum of its season, its trend and what is left, and the anomalies among what is left."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from huntbook.query.kql.routines._series import bag, numbers
from huntbook.query.kql.routines.lines import line
from huntbook.query.kql.routines.outliers import scores
from huntbook.query.kql.routines.periods import periods

if TYPE_CHECKING:
    from huntbook.query.kql.routines._series import Floats

_TRENDS = ("avg", "linefit", "none")
_FENCES: dict[str, tuple[float, float] | None] = {"ctukey": (0.1, 0.9), "tukey": None}
_DETECT = -1
_SEASONAL = 0.7  # what `seasonal` asks of a period that it detects


@dataclass(frozen=True)
class _Parts:
    values: Floats  # without numbers at the end, where they are to be forecast and are missing
    learned: int  # how many of them the parts were learned from
    seasonal: Floats
    trend: Floats

    @property
    def baseline(self) -> Floats:
        return self.seasonal + self.trend

    @property
    def residual(self) -> Floats:
        return self.values - self.baseline


def seasonal(series: list[float], period: int, test_points: int) -> list[float] | None:
    """The median of the values at each place of the period, again and again; zeros where there is none.

    Args:
        series: the values.
        period: how many values it has, -1 to detect it.
        test_points: how many values at the end it is not learned from.
    """
    parts = _decomposed(series, period, "none", test_points, _SEASONAL)
    return None if parts is None else parts.seasonal.tolist()


def decompose(series: list[float], period: int, trend: str, test_points: int, threshold: float) -> str | None:
    """Take a series apart.

    Args:
        series: the values.
        period: of the season, -1 to detect it, 0 for none.
        trend: "avg", "linefit" or "none".
        test_points: how many values at the end the parts are not learned from.
        threshold: how significant a period must be that is detected.
    """
    parts = _decomposed(series, period, trend, test_points, threshold)
    if parts is None:
        return None
    return bag(
        baseline=parts.baseline, seasonal=parts.seasonal, trend=parts.trend, residual=_known(parts.residual.tolist())
    )


def anomalies(
    series: list[float],
    threshold: float,
    period: int,
    trend: str,
    test_points: int,
    method: str,
    seasonality_threshold: float,
) -> str | None:
    """Which values lie far from what season and trend make expect: 1 above, -1 below, and how far.

    Args:
        series: the values.
        threshold: from which score on a value is an anomaly.
        period: of the season, -1 to detect it, 0 for none.
        trend: "avg", "linefit" or "none".
        test_points: how many values at the end nothing is learned from.
        method: "ctukey" or "tukey", see `outliers`.
        seasonality_threshold: how significant a period must be that is detected.
    """
    import numpy as np

    parts = _decomposed(series, period, trend, test_points, seasonality_threshold)
    if parts is None or method not in _FENCES or not isfinite(threshold):
        return None
    residual = parts.residual
    known = ~np.isnan(residual)
    scored = np.zeros(len(residual))
    if parts.learned:
        scale = float(np.abs(parts.values[: parts.learned]).max())
        scored[known] = scores(residual[known], residual[: parts.learned], _FENCES[method], scale=scale)
    flags = (scored > threshold).astype(int) - (scored < -threshold).astype(int)
    return bag(ad_flag=flags, ad_score=scored, baseline=parts.baseline)


def _decomposed(series: list[float], period: int, trend: str, test_points: int, threshold: float) -> _Parts | None:
    """Season first, then the trend of what it leaves; `None` where there is nothing to learn from or a parameter is none."""
    import numpy as np

    if trend not in _TRENDS or test_points < 0 or not isfinite(threshold):
        return None
    learned = len(series) - test_points
    known = numbers(series[: max(learned, 0)])
    tested = numbers([0.0 if value is None else value for value in series[max(learned, 0) :]])
    if known is None or tested is None or (series and learned <= 0):
        return None
    if period == _DETECT:
        found = periods(known, 0, len(known), 1)
        period = found[0][0] if found and found[0][1] >= threshold else 0
    values = np.array([np.nan if value is None else value for value in series], dtype=np.float64)
    season = _season(known, period, len(series))
    return _Parts(values, learned, season, _trend(known - season[: len(known)], trend, len(series)))


def _season(known: Floats, period: int, size: int) -> Floats:
    import numpy as np

    if not 0 < period <= len(known):
        return np.zeros(size)
    medians = np.array([np.median(known[place::period]) for place in range(period)])
    return np.resize(medians, size)


def _trend(known: Floats, trend: str, size: int) -> Floats:
    import numpy as np

    if trend == "none" or not len(known):
        return np.zeros(size)
    if trend == "avg":
        return np.full(size, known.mean())
    slope, start = line(known, len(known))
    return start + slope * np.arange(1, size + 1, dtype=np.float64)


def _known(values: list[float]) -> list[float | None]:
    return [None if value != value else value for value in values]  # noqa: PLR0124 - NaN is not itself
