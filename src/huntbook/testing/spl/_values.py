"""Values of fields, as SPL sees them: texts, numbers, several at once, or nothing."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Any, Final

Event = dict[str, Any]  # fields that are there; several values are a list
_NUMBER: Final = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)

_MOST_DIGITS: Final = 300  # of what is still a whole number


class Refused(Exception):
    """What the fake service cannot run, or Splunk would not: the text of a FATAL message."""


def number(value: object) -> int | float | None:
    """A value as a number; None if it is none."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        return None
    whole = len(value) < _MOST_DIGITS and value.strip().lstrip("+-").isdecimal()
    return int(value) if whole else float(value)


def text(value: object) -> str:
    """A single value as text."""
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    return str(value)


def items(value: object) -> list[Any]:
    """All values of a field."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def single(value: list[Any]) -> Any:
    """Values as a field holds them."""
    return None if not value else value[0] if len(value) == 1 else value


def compared(left: object, right: object) -> int:
    """Which of two values comes first: numbers by size, anything else as text. Negative, zero or positive."""
    one, other = number(left), number(right)
    if one is not None and other is not None:
        return (one > other) - (one < other)
    a, b = text(left), text(right)
    return (a > b) - (a < b)


def pattern(wildcards: str) -> re.Pattern[str]:
    """What a text with asterisks matches, upper and lower case alike."""
    return re.compile(".*".join(map(re.escape, wildcards.split("*"))), re.IGNORECASE | re.DOTALL)


def named(wildcards: str) -> re.Pattern[str]:
    """Which fields a name with asterisks means; upper and lower case make different fields."""
    return re.compile(".*".join(map(re.escape, wildcards.split("*"))), re.DOTALL)


def in_network(address: str, network: str) -> bool:
    """Whether an address of IPv4 or IPv6 is of a network; what is neither is not."""
    wanted = network_of(network)
    try:
        return wanted is not None and ipaddress.ip_address(address) in wanted
    except ValueError:
        return False


@lru_cache(maxsize=256)
def network_of(written: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """A network as it is written, `192.0.2.0/24`; None if it is none."""
    try:
        return ipaddress.ip_network(written, strict=False)
    except ValueError:
        return None
