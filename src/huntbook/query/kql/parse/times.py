"""Datetimes and timespans as they are written in KQL, in ticks of 100 nanoseconds."""

from __future__ import annotations

import re
from datetime import date

from huntbook.query.kql.tokens import UNITS
from huntbook.query.kql.types import TICKS_A_SECOND

_DAY = 86_400 * TICKS_A_SECOND
LAST = 3_652_059 * _DAY  # the first tick after 9999-12-31
_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
_ZONES = {"": 0, "Z": 0, "GMT": 0, "UTC": 0, "UT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6}
_ZONES |= {"PST": -8, "PDT": -7}

_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,9}))?)?(?:\s*(?P<half>[AP]M))?"
_ZONE = r"(?:\s*(?P<zone>[A-Z]{1,3}|[+-]\d{1,2}(?::?\d{2})?))?"
_BETWEEN = r"(?:[-/]|,\s*)"
_MONTH = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE | re.ASCII)
    for form in (
        rf"(?P<year>\d{{4}})(?:{_BETWEEN}(?P<month>\d{{1,2}})(?:{_BETWEEN}(?P<day>\d{{1,2}})(?:(?:\s*T\s*|\s+){_CLOCK})?{_ZONE})?)?",
        rf"(?P<year>\d{{4}})(?P<month>\d{{2}})(?P<day>\d{{2}})(?:(?:T|\s+){_CLOCK}{_ZONE})?",
        rf"(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}})/(?P<year>\d{{4}})(?:\s+{_CLOCK})?{_ZONE}",
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})[ -]{_MONTH}[ -](?P<year>\d{{4}}|\d{{2}})(?:\s+{_CLOCK})?{_ZONE}",
        rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})(?:,?\s+{_CLOCK}{_ZONE})?,?\s+(?P<year>\d{{4}})",
        rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}}),?\s+(?P<year>\d{{4}})(?:\s+{_CLOCK})?{_ZONE}",
    )
)
_SPAN = re.compile(
    r"(?P<sign>-)?(?:(?P<days>\d{1,8})[.:](?=\d+:\d+:))?(?P<hours>\d{1,2}):(?P<minutes>\d{1,2})"
    r"(?::(?P<seconds>\d{1,2})(?:\.(?P<fraction>\d{1,9}))?)?",
    re.ASCII,
)
_COUNT = re.compile(r"([+-])?(\d{1,19})(?:\.(\d{0,19}))?\s*([a-z]*)", re.ASCII)


def datetime_ticks(text: str) -> int | None:
    """Ticks since 0001-01-01 (UTC) of a datetime in any form that Kusto reads; `None` if it is no datetime.

    >>> datetime_ticks("0001-01-02")
    864000000000
    """
    for form in _FORMS:
        if found := form.fullmatch(text):
            return _of_parts(found.groupdict())
    return None


def _of_parts(parts: dict[str, str | None]) -> int | None:
    name = parts.get("name")
    year = int(parts["year"] or 0)
    if len(parts["year"] or "") == 2:
        year += 2000 if year < 50 else 1900
    month = _MONTHS[name.lower()] if name else int(parts["month"] or 1)
    minutes = _zone(parts.get("zone") or "")
    clock = _clock(parts)
    if minutes is None or clock is None:
        return None
    try:
        days = date(year, month, int(parts["day"] or 1)).toordinal() - 1
    except ValueError:  # the thirtieth of February
        return None
    ticks = days * _DAY + clock - minutes * 60 * TICKS_A_SECOND
    return ticks if 0 <= ticks < LAST else None


def _clock(parts: dict[str, str | None]) -> int | None:
    """The time of day, in ticks."""
    hour, minute, second = (int(parts.get(part) or 0) for part in ("hour", "minute", "second"))
    if half := parts.get("half"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.upper() == "PM" else 0)
    if minute > 59 or second > 59 or hour > 24 or (hour == 24 and (minute or second)):
        return None
    return ((hour * 60 + minute) * 60 + second) * TICKS_A_SECOND + _fraction(parts.get("fraction") or "")


def _zone(zone: str) -> int | None:
    """How many minutes a time zone is ahead of UTC."""
    if zone[:1] not in ("+", "-"):
        hours = _ZONES.get(zone.upper())
        return None if hours is None else hours * 60
    digits = zone[1:].replace(":", "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    if hours > 14 or minutes > 59:
        return None
    return (hours * 60 + minutes) * (-1 if zone[0] == "-" else 1)


def _fraction(digits: str) -> int:
    return int(digits[:7].ljust(7, "0"))


def timespan_ticks(text: str) -> int | None:
    """Ticks of a timespan: `1.02:03:04.5`, `02:03`, `5m`, `15 seconds`, or a number of days; `None` if it is none of these.

    >>> timespan_ticks("1.5h")
    54000000000
    """
    if found := _COUNT.fullmatch(text):
        sign, whole, fraction, unit = found.groups()
        ticks = count_ticks(whole, fraction or "", unit or "d")
    elif found := _SPAN.fullmatch(text):
        sign = found["sign"]
        ticks = _of_clock(found)
    else:
        return None
    if ticks is None or ticks >= 2**63:
        return None
    return -ticks if sign == "-" else ticks


def count_ticks(whole: str, fraction: str, unit: str) -> int | None:
    """Ticks of so many units."""
    if unit not in UNITS:
        return None
    of_unit = UNITS[unit]
    scale: int = 10 ** len(fraction)
    digits = int(whole + fraction)
    return digits * of_unit // scale if of_unit else digits // (scale * 100)


def _of_clock(found: re.Match[str]) -> int | None:
    days, hours, minutes, seconds = (int(found[part] or 0) for part in ("days", "hours", "minutes", "seconds"))
    if hours > 24 or minutes > 59 or seconds > 59:
        return None
    return days * _DAY + ((hours * 60 + minutes) * 60 + seconds) * TICKS_A_SECOND + _fraction(found["fraction"] or "")


def datetime_text(ticks: int) -> str:
    """A datetime as Kusto writes it in JSON: ISO 8601 with seven digits."""
    days, rest = divmod(ticks, _DAY)
    seconds, fraction = divmod(rest, TICKS_A_SECOND)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{date.fromordinal(days + 1).isoformat()}T{clock}.{fraction:07}Z"


def timespan_text(ticks: int) -> str:
    """A timespan as Kusto writes it: `1.02:03:04.5000000`, where days and fractions are left out if they are zero."""
    days, rest = divmod(abs(ticks), _DAY)
    seconds, fraction = divmod(rest, TICKS_A_SECOND)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{'-' if ticks < 0 else ''}{f'{days}.' if days else ''}{clock}{f'.{fraction:07}' if fraction else ''}"
