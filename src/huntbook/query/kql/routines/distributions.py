"""Distributions of statistics: the beta distribution's inverse, Welch's test, the complementary error function.

The regularised incomplete beta function is its continued fraction (8.17.22 in the Digital Library of Mathematical Functions), by Lentz's method.
"""

from __future__ import annotations

import math

_STEPS = 2_000  # of the continued fraction: the square root of the greater parameter is enough
_SMALL = 1e-300
_HALVINGS = 1100  # down to the least number that there is


def erfc(x: float) -> float | None:
    """One less the error function, to the last digit where that is small."""
    return math.erfc(x)


def beta_inverse(probability: float, alpha: float, beta: float) -> float | None:
    """The value below which the beta distribution has that probability; `None` where there is no such probability or distribution."""
    if not (0 < probability <= 1 and 0 < alpha < math.inf and 0 < beta < math.inf):
        return None
    if probability == 1:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        below = _incomplete_beta(middle, alpha, beta)
        if below is None:
            return None
        low, high = (middle, high) if below < probability else (low, middle)
    return high


def welch_test(
    mean1: float, variance1: float, count1: float, mean2: float, variance2: float, count2: float
) -> float | None:
    """The probability that two samples whose means are equal differ as much as these do, in either direction.

    `None` where it is not defined: a sample of one has no variance, and two without any have no scale.
    """
    if not (count1 > 1 and count2 > 1 and variance1 >= 0 and variance2 >= 0):
        return None
    first, second = variance1 / count1, variance2 / count2
    spread = first + second
    squares = first * first / (count1 - 1) + second * second / (count2 - 1)
    difference = mean1 - mean2
    if not (0 < spread < math.inf and 0 < squares < math.inf and math.isfinite(difference)):
        return None
    freedom = spread * spread / squares
    return _incomplete_beta(freedom / (freedom + difference * difference / spread), freedom / 2, 0.5)


def _incomplete_beta(x: float, a: float, b: float) -> float | None:
    """The regularised incomplete beta function; `None` where the parameters are too great for it."""
    if not 0 < x < 1:
        return min(max(x, 0.0), 1.0)
    if x > (a + 1) / (a + b + 2):
        rest = _fraction(1 - x, b, a)
        return None if rest is None else 1 - rest
    return _fraction(x, a, b)


def _fraction(x: float, a: float, b: float) -> float | None:
    try:
        front = (
            math.exp(a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)) / a
        )
    except (OverflowError, ValueError):
        return None
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, _STEPS):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away(1 + step * d)
            c = _away(1 + step / c)
            found *= c * d
        if abs(c * d - 1) < 1e-15:
            return front * found
    return None


def _away(x: float) -> float:
    """Not quite nothing, by which no number can be divided."""
    return x if abs(x) > _SMALL else _SMALL
