"""What routines of series share: how they are taken, and how several parts of an answer become one bag."""

from __future__ import annotations

import json
from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LONGEST = 1_048_576  # elements, as in an array of Kusto
_LARGEST = 1e150  # beyond that, squares are infinite


def numbers(series: Sequence[float | None]) -> Floats | None:
    """A series to compute with, `None` where it is too long, or something in it is no number to compute with."""
    import numpy as np

    if len(series) > LONGEST or None in series:
        return None
    found = np.array(series, dtype=np.float64)
    return found if bool((np.abs(found) < _LARGEST).all()) else None


def bag(**parts: object) -> str:
    """Parts of an answer as JSON; what is not finite by its name, as Kusto has it within dynamic values."""
    return json.dumps({name: _plain(part) for name, part in parts.items()}, allow_nan=False)


def _plain(part: object) -> object:
    if hasattr(part, "tolist"):
        part = part.tolist()
    if isinstance(part, list):
        return [_plain(each) for each in part]
    if isinstance(part, dict):
        return {name: _plain(each) for name, each in part.items()}
    if isinstance(part, float) and not isfinite(part):
        return "NaN" if part != part else "Infinity" if part > 0 else "-Infinity"  # noqa: PLR0124 - NaN is not itself
    return part
