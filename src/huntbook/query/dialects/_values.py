"""Reading what a caller gave for a parameter: exactly that value of its kind, or an error that says why it is none.

Nothing is guessed and nothing is rounded. Values of NumPy, pandas and Polars are read through what they share with Python's own.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_interface
from uuid import UUID

from huntbook.errors import ParameterError
from huntbook.query.kql.parse.times import timespan_ticks

_ADDRESSES = (IPv4Address, IPv4Network, IPv6Address, IPv6Network)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SURROGATE = re.compile("[\ud800-\udfff]")
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_INTEGER = re.compile(r"[+-]?[0-9]{1,40}", re.ASCII)
_TOO_FINE = re.compile(r"nano|\.\d{8}", re.IGNORECASE)


def shown(value: object) -> str:
    """A value for an error's message, in one line and shortened."""
    text = " ".join(repr(value).splitlines())
    return text if len(text) <= 60 else f"{text[:57]}…"


def string(value: object) -> str:
    """A text, or what has one spelling only: a whole number, an address, a guid."""
    if isinstance(value, str):
        text = str.__str__(value)
    elif isinstance(value, (UUID, *_ADDRESSES)) or (isinstance(value, int) and not isinstance(value, bool)):
        text = str(value)
    else:
        raise ParameterError(f"{shown(value)} is no text.", hint="Give a str.")
    if _SURROGATE.search(text):
        raise ParameterError(
            f"{shown(text)} holds half of a character (a lone surrogate), which no service takes.",
            hint="Decode the bytes that it comes from again, or search for the part before it.",
        )
    return text


def integer(value: object) -> int:
    """A whole number."""
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    if not _is_boolean(value):
        try:
            return operator.index(value)  # type: ignore[arg-type] # whatever cannot says so
        except TypeError:
            pass
    raise ParameterError(f"{shown(value)} is no whole number.")


def real(value: object) -> float:
    """A number that is finite."""
    if not isinstance(value, str | bytes) and not _is_boolean(value):
        try:
            number = float(value)  # type: ignore[arg-type] # whatever cannot says so
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if math.isfinite(number) and (not isinstance(value, int) or int(number) == value):
            return number
    raise ParameterError(f"{shown(value)} is no number that can be written.")


def boolean(value: object) -> bool:
    """True or false."""
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if _is_boolean(value):
        return bool(value)
    raise ParameterError(f"{shown(value)} is neither True nor False.")


def _is_boolean(value: object) -> bool:
    return isinstance(value, bool) or type(value).__name__ in {"bool", "bool_"}  # NumPy's is no subclass


def moment(value: object) -> int:
    """Nanoseconds since 1970 of an aware datetime, or of a text in ISO 8601 that has a zone."""
    given = value
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ParameterError(f"{shown(given)} is no datetime.", hint="Write 2026-03-02T09:00:00Z.") from None
    if not isinstance(value, date) or value != value:  # noqa: PLR0124 - pandas' NaT is unequal to itself
        raise ParameterError(f"{shown(given)} is no datetime.", hint="Give a datetime with a time zone.")
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise ParameterError(f"{shown(given)} has no time zone.", hint="Add one: datetime(…, tzinfo=UTC).")
    return _nanoseconds(value - _EPOCH)


def duration(value: object) -> int:
    """Nanoseconds of a timedelta, or of a text such as `2d`, `90m` or `1.02:03:04`."""
    if isinstance(value, str):
        ticks = None if value.strip("+-.0123456789") == "" or _TOO_FINE.search(value) else timespan_ticks(value)
        if ticks is None:
            raise ParameterError(f"{shown(value)} is no timespan.", hint="Write 2d, 12h, 30m or 1.02:03:04.")
        return ticks * 100
    if not isinstance(value, timedelta) or value != value:  # noqa: PLR0124
        raise ParameterError(f"{shown(value)} is no timespan.", hint="Give a timedelta, or a text such as 2d.")
    return _nanoseconds(value)


def _nanoseconds(span: timedelta) -> int:
    """All of a timedelta; what pandas makes of one knows nanoseconds as well."""
    more = getattr(span, "nanoseconds", 0)
    return ((span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds) * 1000 + more


def address(value: object) -> str:
    """An address of IPv4 or IPv6, or a network in CIDR notation, as it was written."""
    if isinstance(value, str | IPv4Address | IPv4Network | IPv6Address | IPv6Network):
        text = str(value)
        try:
            ip_interface(text)
        except ValueError:
            pass
        else:
            return string(text)
    raise ParameterError(f"{shown(value)} is no IP address and no network.")


def guid(value: object) -> str:
    """A guid, in small letters and with hyphens."""
    text = str(value) if isinstance(value, str | UUID) else ""
    if text[:1] + text[-1:] == "{}":
        text = text[1:-1]
    if not _GUID.fullmatch(text):
        raise ParameterError(f"{shown(value)} is no guid.")
    return text.lower()


def items(value: object) -> list[object]:
    """What a list holds, in its order; a set's members are sorted, so that a query is the same whenever it is written."""
    if isinstance(value, str | bytes | bytearray | Mapping) or not isinstance(value, Iterable):
        raise ParameterError(f"{shown(value)} is no list.", hint="Put a single value into brackets: [value].")
    return sorted(value, key=str) if isinstance(value, AbstractSet) else list(value)
