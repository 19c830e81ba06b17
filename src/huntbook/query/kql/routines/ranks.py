"""Places in sorted values that have weights."""

from __future__ import annotations

from math import fsum, isfinite

_SLACK = 1 - 1e-12  # 7 % of 100 are 7, though 0.07 * 100 is more


def ranks(weights: list[float], shares: list[float]) -> list[int] | None:
    """The first places, from 1, up to which the weights make at least each share of their sum.

    Args:
        weights: of the values in their order; what is no positive number weighs nothing.
        shares: from 0 to 1.
    """
    from numpy import cumsum, searchsorted

    held = [weight if weight is not None and isfinite(weight) and weight > 0 else 0.0 for weight in weights]
    whole = fsum(held) if held and max(held) < 1e300 / len(held) else 0.0
    if not whole or any(share is None or not isfinite(share) for share in shares):
        return None
    reached = cumsum(held)
    wanted = [min(max(share, 0.0), 1.0) * whole * _SLACK for share in shares]
    first = next(place for place, weight in enumerate(held) if weight)
    return [max(min(int(place), len(held) - 1), first) + 1 for place in searchsorted(reached, wanted)]
