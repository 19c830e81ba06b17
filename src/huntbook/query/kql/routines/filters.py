"""Filters of a series, and its frequencies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huntbook.query.kql.routines._series import LONGEST, bag, numbers

if TYPE_CHECKING:
    from huntbook.query.kql.routines._series import Floats

_FEW = 64  # weights, up to which they are applied one by one


def fir(series: list[float], weights: list[float], normalize: bool | None, center: bool) -> list[float] | None:
    """Each value and those before it by weights (a finite impulse response); a series is zero where it is not.

    Args:
        series: the values; where one of them is missing, so is what it would be part of.
        weights: of the value itself, the one before and so on.
        normalize: whether the weights are made to sum up to one; if not given, they are unless one is negative.
        center: whether as many values after as before are taken.
    """
    import numpy as np

    factors = numbers(weights)
    if factors is None or not len(factors) or len(series) > LONGEST:
        return None
    negative = bool((factors < 0).any())
    if normalize is None:
        normalize = not negative
    if normalize:
        if negative or not factors.sum():
            return None
        factors = factors / factors.sum()
    missing = [value is None or not abs(value) < 1e150 for value in series]
    known = np.array([0.0 if gone else value for value, gone in zip(series, missing, strict=True)], dtype=np.float64)
    shift = (len(factors) - 1) // 2 if center else 0
    filtered = _folded(known, factors)[shift : shift + len(known)]
    touched = _folded(np.array(missing, dtype=np.float64), np.ones(len(factors)))[shift : shift + len(known)]
    return _without(filtered.tolist(), (touched > 0.5).tolist())


def _without(values: list[float], missing: list[bool]) -> list[float]:
    nothing: Any = None
    return [nothing if gone else value for value, gone in zip(values, missing, strict=True)]


def _folded(values: Floats, weights: Floats) -> Floats:
    """The whole convolution, in n log n steps."""
    import numpy as np

    if not len(values):
        return values
    if min(len(values), len(weights)) <= _FEW:
        return np.convolve(values, weights)
    size = len(values) + len(weights) - 1
    return np.fft.irfft(np.fft.rfft(values, size) * np.fft.rfft(weights, size), size)


def fft(real: list[float], imag: list[float]) -> str | None:
    """The frequencies of a series."""
    return _transformed(real, imag, back=False)


def ifft(real: list[float], imag: list[float]) -> str | None:
    """The series that has these frequencies."""
    return _transformed(real, imag, back=True)


def _transformed(real: list[float], imag: list[float], *, back: bool) -> str | None:
    import numpy as np

    reals, imaginaries = numbers(real), numbers(imag)
    if reals is None or imaginaries is None or len(reals) != len(imaginaries):
        return None
    found = reals + 1j * imaginaries
    if len(found):
        found = np.fft.ifft(found) if back else np.fft.fft(found)
    return bag(real=found.real, imag=found.imag)
