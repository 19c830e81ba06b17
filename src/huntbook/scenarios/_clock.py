"""Time of a scenario: whole milliseconds since 1970 in UTC, as logs spell them, and how busy an office is when."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

# Share of the day's busiest hour, by hour of the day: people arrive, eat, and leave.
_OFFICE = (0, 0, 0, 0, 0, 0, 0.05, 0.35, 0.8, 1, 1, 0.95, 0.55, 0.8, 1, 0.95, 0.75, 0.4, 0.15, 0.08, 0.04, 0.02, 0, 0)
_WEEKEND = 0.06


def stream(seed: int, *names: str | int) -> random.Random:
    """Return the random numbers of one component, which no other component can disturb."""
    return random.Random("/".join(map(str, (seed, *names))))


def between(rng: random.Random, low: int, high: int) -> int:
    """Draw a number from `low` until before `high`; a third of the cost of `randrange`, for what is drawn all the time."""
    return low + int(rng.random() * (high - low))


def pick(rng: random.Random, things: Sequence[T]) -> T:
    """Draw one of several things; a third of the cost of `choice`."""
    return things[int(rng.random() * len(things))]


@lru_cache(maxsize=4096)
def _minute(minutes: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:", time.gmtime(minutes * 60))


def utc(moment: int) -> str:
    """Spell a time as Sysmon does: 2026-03-02 08:01:02.123."""
    minutes, rest = divmod(moment, MINUTE)
    return f"{_minute(minutes)}{rest // SECOND:02d}.{rest % SECOND:03d}"


def iso(moment: int) -> str:
    """Spell a time in ISO 8601 with milliseconds: 2026-03-02T08:01:02.123Z."""
    text = utc(moment)
    return f"{text[:10]}T{text[11:]}Z"


def spelled(moment: int) -> dict[str, str]:
    """Spell a time in all ways of a `Moment`, for the holes of a stencil."""
    text = utc(moment)
    whole = f"{text[:10]}T{text[11:]}"
    return {"iso": f"{whole}Z", "utc": text, "second": whole[:19]}


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in the spellings that logs need; in a stencil these are holes."""

    iso: str  # 2026-03-02T08:01:02.123Z
    utc: str  # 2026-03-02 08:01:02.123
    second: str  # 2026-03-02T08:01:02

    @classmethod
    def at(cls, moment: int) -> Moment:
        """Spell a time in milliseconds."""
        return cls(**spelled(moment))


@dataclass(frozen=True, slots=True)
class Span:
    """When the evidence begins and ends, in milliseconds; the end is not included."""

    start: int
    end: int

    @classmethod
    def draw(cls, seed: int, *, days: int = 7) -> Span:
        """Choose a week of 2026 that begins at midnight on any day of the week."""
        first = 1_767_916_800_000  # 2026-01-09T00:00:00Z
        start = first + stream(seed, "span").randrange(250) * DAY
        return cls(start, start + days * DAY)

    def days(self) -> list[int]:
        """List the midnights at which its days begin."""
        return list(range(self.start, self.end, DAY))

    def working_days(self) -> list[int]:
        """List the midnights at which its days from Monday to Friday begin."""
        return [day for day in self.days() if not is_weekend(day)]


def is_weekend(moment: int) -> bool:
    """Tell whether a time falls on a Saturday or Sunday; 1970 began on a Thursday."""
    return (moment // DAY + 3) % 7 >= 5


def office(moment: int) -> float:
    """Return how busy the office is, from 0 to 1."""
    share = _OFFICE[moment // HOUR % 24]
    return share * _WEEKEND if is_weekend(moment) else share
