"""What goes wrong on purpose: a schedule of faults that a fake service keeps."""

from __future__ import annotations

import random
import threading
from collections import deque
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable


class Fault(StrEnum):
    """What a service may do instead of answering."""

    THROTTLED = "throttled"  # 429, with the time to wait
    UNAVAILABLE = "unavailable"  # 503
    BROKEN = "broken"  # 500
    DROPPED = "dropped"  # the connection ends in the middle of the answer
    MALFORMED = "malformed"  # 200, and a page of a proxy
    EXPIRED = "expired"  # 401: the token is over
    SLOW = "slow"  # the answer comes late


FRESH: Final = 16  # requests after an expired token during which chance expires no other: a client rightly gives up on the second in a row
PASSING: Final = (Fault.THROTTLED, Fault.UNAVAILABLE, Fault.BROKEN, Fault.DROPPED, Fault.MALFORMED, Fault.EXPIRED)


class Faults:
    """A schedule: the faults in the order of the requests, then by chance with a seed, so that it is the same every time.

    Args:
        first: what the first requests get; None is an honest answer.
        share: of later requests, how many get a fault.
        seed: of the chance.
        kinds: the faults that chance picks from.
        in_a_row: how many faults one and the same request may get by chance, one after the other: a client gives up at some point, and rightly so.

    Example:
        >>> faults = Faults([Fault.THROTTLED, None])
        >>> [faults.next(), faults.next(), faults.next()]
        [<Fault.THROTTLED: 'throttled'>, None, None]
    """

    def __init__(
        self,
        first: Iterable[Fault | None] = (),
        *,
        share: float = 0.0,
        seed: int = 0,
        kinds: tuple[Fault, ...] = PASSING,
        in_a_row: int = 2,
    ) -> None:
        self._first = deque(first)
        self._share = share
        self._chance = random.Random(seed)  # noqa: S311 - a schedule that can be repeated
        self._kinds = kinds
        self._most = in_a_row
        self._rows: dict[object, int] = {}
        self._fresh = 0
        self._turn = threading.Lock()
        self.given: list[Fault] = []

    def next(self, request: object = None) -> Fault | None:
        """What the next request gets; those that are equal are the same one, asked again."""
        with self._turn:
            fault = self._first.popleft() if self._first else self._by_chance(request)
            if fault is not None:
                self.given.append(fault)
            return fault

    def _by_chance(self, request: object) -> Fault | None:
        self._fresh -= 1
        row = self._rows.get(request, 0)
        if row >= self._most or self._chance.random() >= self._share:
            self._rows[request] = 0
            return None
        fault = self._chance.choice(self._kinds)
        if fault is Fault.EXPIRED and (self._fresh > 0 or row):
            return None
        self._rows[request] = row + 1
        self._fresh = FRESH if fault is Fault.EXPIRED else self._fresh
        return fault
