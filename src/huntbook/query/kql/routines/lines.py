"""Lines and polynomials through a series, by least squares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql.routines._series import bag, numbers

if TYPE_CHECKING:
    from huntbook.query.kql.routines._series import Floats

_LARGEST = 8_000_000  # values times powers of a polynomial
_SLACK = (
    1e-15  # of all squares, for each value: splits that differ by less are equally good, and the first of them is taken
)


def two_lines(series: list[float], flat: bool) -> str | None:
    """The two lines that fit best, one before a place and one from it on.

    Args:
        series: the values.
        flat: whether parts are called `right_slope`, not `slope` within `right`.
    """
    values = numbers(series)
    if values is None or len(values) < 4:
        return None
    split = _best_split(values)
    (left, before), (right, after) = _line(values[:split]), _line(values[split:])
    whole = _quality(values, [*before, *after]) | {"split_idx": split, "line_fit": [*before, *after]}
    if not flat:
        return bag(**whole, right=right, left=left)
    return bag(**whole, **_prefixed("right", right), **_prefixed("left", left))


def poly(series: list[float], at: list[float], degree: int) -> str | None:
    """The polynomial of a degree that fits best; its coefficients begin with that of the highest power.

    Args:
        series: the values.
        at: where they are.
        degree: the highest power.
    """
    import numpy as np

    y, x = numbers(series), numbers(at)
    if y is None or x is None or len(x) != len(y) or not 0 <= degree < len(y) or degree * len(y) > _LARGEST:
        return None
    if len(set(at)) <= degree:  # there are many that fit as well
        return None
    with np.errstate(all="ignore"):
        powers, fitted = _fitted(x, y, degree)
    if not (np.isfinite(powers).all() and np.isfinite(fitted).all()):
        return None
    return bag(**_quality(y, fitted.tolist()), coefficients=powers[::-1], poly_fit=fitted)


def _fitted(x: Floats, y: Floats, degree: int) -> tuple[Floats, Floats]:
    """The coefficients from the lowest power on, and what they give; places are moved to -1 to 1, where high powers stay in bounds."""
    import numpy as np
    from numpy.polynomial import Polynomial, polynomial

    half = float(x.max() - x.min()) / 2 or 1.0
    middle = float(x.min()) + half
    moved = np.clip((x - middle) / half, -1.0, 1.0)
    weights, _ = polynomial.polyfit(moved, y, degree, full=True)
    powers = np.zeros(degree + 1)
    plain = Polynomial(weights, domain=[middle - half, middle + half]).convert().coef[: degree + 1]
    powers[: len(plain)] = plain
    fitted = np.asarray(polynomial.polyval(moved, weights), dtype=np.float64)
    return powers, fitted


def line(values: Floats, learned: int) -> tuple[float, float]:
    """The slope of the line through the first values, and what it is before the first step."""
    import numpy as np

    at = np.arange(1, learned + 1, dtype=np.float64)
    apart = at - at.mean()
    known = values[:learned]
    steepness = float(apart @ (known - known.mean()))
    slope = steepness / float(apart @ apart) if learned > 1 else 0.0
    return slope, float(known.mean()) - slope * float(at.mean())


def _line(values: Floats) -> tuple[dict[str, object], list[float]]:
    import numpy as np

    slope, start = line(values, len(values))
    fitted = (start + slope * np.arange(1, len(values) + 1)).tolist()
    return _quality(values, fitted) | {"slope": slope, "interception": start}, fitted


def _quality(values: Floats, fitted: list[float]) -> dict[str, object]:
    import numpy as np

    if len(values) < 2:
        return {"rsquare": None, "variance": None, "rvariance": None}
    variance, rest = float(values.var(ddof=1)), float((values - np.array(fitted)).var(ddof=1))
    return {"rsquare": 1 - rest / variance if variance else None, "variance": variance, "rvariance": rest}


def _prefixed(name: str, parts: dict[str, object]) -> dict[str, object]:
    return {f"{name}_{part}": value for part, value in parts.items()}


def _best_split(values: Floats) -> int:
    """How many values the first line goes through, so that what is left of both is least; each has two at least."""
    import numpy as np

    centred = values - values.mean()
    scaled = centred / (np.abs(centred).max() or 1.0)
    before, after = _residuals(scaled), _residuals(scaled[::-1])[::-1]
    left = before[1:-2] + after[2:-1]
    return int(np.argmax(left <= left.min() + _SLACK * len(scaled) * float(scaled @ scaled))) + 2


def _residuals(values: Floats) -> Floats:
    """Of the first value, the first two and so on: the squares that a line through them leaves."""
    import numpy as np

    count = np.arange(1, len(values) + 1, dtype=np.float64)
    total, squares, steep = np.cumsum(values), np.cumsum(values**2), np.cumsum(values * count)
    along = (count**3 - count) / 12  # of 1 to n, the squares around their middle
    slope = steep - total * (count + 1) / 2
    left: Floats = squares - total**2 / count - np.divide(slope**2, along, out=np.zeros_like(slope), where=along > 0)
    return np.maximum(left, 0.0)
