"""Spans of time: "last 2d", from one time to another, cut into windows. Always aware, UTC inside, the end not included."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from huntbook.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator

Moment = date | str  # a datetime is a date
Length = timedelta | str

MOST_WINDOWS: Final = 10_000
SHORTEST: Final = timedelta(microseconds=1)
_MONTHS = {"mon": 1, "month": 1, "months": 1, "q": 3, "y": 12, "yr": 12, "year": 12, "years": 12}
_SECONDS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
    **dict.fromkeys(("w", "week", "weeks"), 604_800),
}
_STEP = r"\d{1,9}\s?[a-z]+"
_RELATIVE = re.compile(
    rf"(?:now)?(?P<before>(?:[+-]{_STEP})*)(?:@(?P<snap>[a-z]+)(?P<after>(?:[+-]{_STEP})*))?", re.ASCII
)
_ONE_STEP = re.compile(r"([+-]?)(\d{1,9})\s?([a-z]+)", re.ASCII)
_LENGTH = re.compile(rf"{_STEP}(?:\s?{_STEP})*", re.ASCII)
_MONTH_OR_MINUTE = re.compile(r"(?<!\d)(\d{1,9})\s?M(?![A-Za-z])", re.ASCII)
_HOW = 'Write a datetime, an ISO 8601 text such as "2026-03-01T09:00+01:00", or a time before now such as "-3d" or "-3d@d".'


@dataclass(frozen=True)
class TimeSpan:
    """From `start` up to, not including, `end`; `asked` is how it was put, `relative` whether it was counted from now.

    Example:
        >>> span = TimeSpan.of(start="2026-03-01", end="2026-03-02T12:00+01:00")
        >>> str(span), [str(window.start) for window in span.windows("12h")]
        ('2026-03-01T00:00:00Z to 2026-03-02T11:00:00Z', ['2026-03-01 00:00:00+00:00', '2026-03-01 12:00:00+00:00', '2026-03-02 00:00:00+00:00'])
    """

    start: datetime
    end: datetime
    asked: str = field(default="", compare=False)
    relative: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", _utc(self.start))
        object.__setattr__(self, "end", _utc(self.end))
        if self.start >= self.end:
            raise ParameterError(
                f"The time span begins at {_iso(self.start)}, which is not before its end, {_iso(self.end)}."
            )

    @classmethod
    def of(
        cls,
        *,
        last: Length | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
        now: datetime | None = None,
    ) -> TimeSpan | None:
        """Make a span of what was given; None if nothing was.

        Args:
            last: how long, up to `end`, or from `start` on where that is given: a timedelta, or "90m", "2d", "1w", "1mon", "1d 12h".
            start: a datetime, a date (its midnight, UTC), an ISO 8601 text, or a time counted from now: "-3d", "-3d@d" (to the start of that day), "@w", "now-1h".
                What names no zone is UTC. Weeks begin on Sunday, as Kusto's and Splunk's do.
            end: the same; now if not given. It is not part of the span.
            now: what is counted from; the present if not given.

        Raises:
            ParameterError: if a time cannot be read, or the span would be empty.
        """
        if last is None and start is None and end is None:
            return None
        if last is not None and start is not None and end is not None:
            raise ParameterError("A time span has two ends: give two of last, start and end, not all three.")
        moment = _utc(now or datetime.now(UTC))
        relative = (end is None and start is None) or _counted(start) or _counted(end)
        asked = ", ".join(
            f"{name} {value}" for name, value in (("last", last), ("start", start), ("end", end)) if value is not None
        )
        if start is not None:
            begins = point(start, moment)
            ends = _moved(begins, last, 1) if last is not None else point(end if end is not None else moment, moment)
            return cls(begins, ends, asked, relative or (end is None and last is None))
        if last is None:
            raise ParameterError("A time span needs its beginning: give start or last as well.")
        ends = point(end if end is not None else moment, moment)
        return cls(_moved(ends, last, -1), ends, asked, relative)

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start

    def windows(self, step: Length) -> list[TimeSpan]:
        """Cut it into windows of one length, from its start on; the last one may be shorter. They leave nothing out and share nothing.

        Raises:
            ParameterError: if the length cannot be read, or would make more than 10,000 windows.
        """
        found = []
        for window in self._windows(step):
            found.append(window)
            if len(found) > MOST_WINDOWS:
                raise ParameterError(f"{step!r} would cut the time span into more than {MOST_WINDOWS:,} windows.")
        return found

    def _windows(self, step: Length) -> Iterator[TimeSpan]:
        at, number = self.start, 0
        while at < self.end:
            number += 1
            until = min(
                _moved(self.start, step, number), self.end
            )  # from the start each time: a month after 31 January is no sum
            yield TimeSpan(at, until, self.asked, self.relative)
            at = until

    def halves(self) -> tuple[TimeSpan, TimeSpan] | None:
        """Cut it in two; None if it is too short for that."""
        middle = self.start + self.length / 2
        if middle in (self.start, self.end):
            return None
        return (
            TimeSpan(self.start, middle, self.asked, self.relative),
            TimeSpan(middle, self.end, self.asked, self.relative),
        )

    def __str__(self) -> str:
        return f"{_iso(self.start)} to {_iso(self.end)}"


def length(value: Length) -> timedelta:
    """Read a length of time of fixed size: a timedelta, or a text such as "90m" or "1d 12h".

    Raises:
        ParameterError: if it cannot be read, counts months, or is not longer than nothing.
    """
    if isinstance(value, timedelta):
        found = value
    else:
        months, seconds = _steps(value, _LENGTH.fullmatch(_plain(value)) is not None)
        if months:
            raise ParameterError(f"{value!r} has no fixed length.", hint="Write it in days, hours, minutes or seconds.")
        found = timedelta(seconds=seconds)
    if found < SHORTEST:
        raise ParameterError(f"{value!r} is no length of time.")
    return found


def point(value: Moment, now: datetime) -> datetime:
    """Read a point in time; see `TimeSpan.of`.

    Raises:
        ParameterError: if it cannot be read.
    """
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, str):
        raise ParameterError(f"A time cannot be {' '.join(repr(value).splitlines())[:60]}.", hint=_HOW)
    text = _plain(value)
    relative = _RELATIVE.fullmatch(text) if text else None
    if relative is not None:
        _refuse_months_or_minutes(value)
    try:
        if relative is not None:
            return _from_now(relative, now)
        return _utc(datetime.fromisoformat(value.strip()))
    except (ValueError, OverflowError, KeyError) as error:
        raise ParameterError(f"The time {value!r} cannot be read.", hint=_HOW) from error


def _refuse_months_or_minutes(value: str) -> None:
    """In Sentinel's and Splunk's own dialogs M is a month, and in most languages of queries m is a minute."""
    if found := _MONTH_OR_MINUTE.search(value):
        said = f"{value!r} may mean months or minutes."
        number = found[1]
        raise ParameterError(
            said, hint=f'Write "{number}mon" for months, "{number}m" for minutes, or count days: "30d".'
        )


def _counted(value: Moment | None) -> bool:
    return isinstance(value, str) and _RELATIVE.fullmatch(_plain(value)) is not None


def _plain(value: object) -> str:
    return value.strip().lower() if isinstance(value, str) else ""


def _from_now(found: re.Match[str], now: datetime) -> datetime:
    moment = _stepped(now, found["before"])
    if found["snap"]:
        moment = _stepped(_snapped(moment, found["snap"]), found["after"])
    return moment


def _stepped(moment: datetime, steps: str) -> datetime:
    for sign, count, unit in _ONE_STEP.findall(steps):
        moment = _added(moment, -int(count) if sign == "-" else int(count), unit)
    return moment


def _added(moment: datetime, count: int, unit: str) -> datetime:
    if unit in _MONTHS:
        return _months_later(moment, count * _MONTHS[unit])
    return moment + timedelta(seconds=count * _SECONDS[unit])


def _months_later(moment: datetime, months: int) -> datetime:
    """The same day of another month, or its last where it has no such day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    following = datetime(year + month // 11, (month + 1) % 12 + 1, 1, tzinfo=UTC)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, (following - timedelta(days=1)).day))


def _snapped(moment: datetime, unit: str) -> datetime:
    """The start of the second, minute, hour, day, week (Sunday), month, quarter or year."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit in _MONTHS:
        months = _MONTHS[unit]
        return day.replace(month=(moment.month - 1) // months * months + 1, day=1)
    seconds = _SECONDS[unit]
    if seconds == _SECONDS["w"]:
        return day - timedelta(days=(moment.weekday() + 1) % 7)
    return day + (moment - day) // timedelta(seconds=seconds) * timedelta(seconds=seconds)


def _moved(moment: datetime, by: Length, times: int) -> datetime:
    """A point `times` lengths later."""
    try:
        if isinstance(by, timedelta):
            return moment + length(by) * times
        months, seconds = _steps(by, _LENGTH.fullmatch(_plain(by)) is not None)
        if months < 1 and seconds < 1:
            raise ParameterError(f"{by!r} is no length of time.")
        return _months_later(moment, months * times) + timedelta(seconds=seconds * times)
    except (OverflowError, ValueError) as error:
        if isinstance(error, ParameterError):
            raise
        raise ParameterError(f"{by!r} leads out of the calendar.") from error


def _steps(value: object, well_formed: bool) -> tuple[int, int]:
    """Months and seconds of a length."""
    months = seconds = 0
    if isinstance(value, str):
        _refuse_months_or_minutes(value)
    for sign, count, unit in _ONE_STEP.findall(_plain(value)) if well_formed else [("", "0", "")]:
        if sign or (unit not in _MONTHS and unit not in _SECONDS):
            raise ParameterError(
                f"The length of time {value!r} cannot be read.", hint='Write "90m", "2d", "1w" or "1d 12h".'
            )
        months += int(count) * _MONTHS.get(unit, 0)
        seconds += int(count) * _SECONDS.get(unit, 0)
    return months, seconds


def _utc(value: datetime) -> datetime:
    """What names no zone is UTC, as everywhere in huntbook.

    Raises:
        ParameterError: if it is pandas' NaT, which is a datetime and neither before nor after anything, or no time of UTC's calendar.
    """
    try:
        if value == value:  # noqa: PLR0124 - NaT is unequal to itself
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        pass
    raise ParameterError(f"The time {value!r} cannot be read.", hint=_HOW)


def _iso(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")


EVER: Final = TimeSpan(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC), "ever")
