"""Spans of time as Microsoft's services take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.dialects import dialects

if TYPE_CHECKING:
    from huntbook.core.timespan import TimeSpan


def iso_interval(span: TimeSpan) -> str:
    """A span as ISO 8601. The last tick before the end stands for the end: whether a service includes it is not documented, and so it does not matter.

    Example:
        >>> from huntbook.core.timespan import TimeSpan
        >>> iso_interval(TimeSpan.of(start="2026-03-01", end="2026-03-02"))
        '2026-03-01T00:00:00Z/2026-03-01T23:59:59.9999999Z'
    """
    return f"{first_tick(span)}/{last_tick(span)}"


def first_tick(span: TimeSpan) -> str:
    """The beginning of a span, in ISO 8601."""
    return span.start.isoformat().replace("+00:00", "Z")


def last_tick(span: TimeSpan) -> str:
    """The last 100 nanoseconds of a span, in ISO 8601."""
    return dialects["kql"].end(span.end).removeprefix("datetime(").removesuffix(")")
