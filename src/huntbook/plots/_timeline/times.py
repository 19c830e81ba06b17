"""Which column is the time, and what of it could be read; single moments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from huntbook.core.times import micros
from huntbook.errors import ColumnMissing, ParameterError

# In the order in which they are looked for: the names of Sentinel and Defender, Sysmon, Elastic, Splunk, Zeek, ours.
USUAL_NAMES = (
    "TimeGenerated",
    "Timestamp",
    "@timestamp",
    "UtcTime",
    "_time",
    "EventTime",
    "TimeCreated",
    "SystemTime",
    "CreationTime",
    "StartTime",
    "time",
    "ts",
    "datetime",
    "date",
)


@dataclass(frozen=True)
class Times:
    """The times of a table's rows.

    Attributes:
        micros: Int64, microseconds since 1970 in UTC; null where a row has no time in the years 1 to 9999.
        missing: rows without a value.
        unread: rows with a value that is no time.
    """

    micros: pl.Series
    missing: int
    unread: int


def time_column(frame: pl.DataFrame, wanted: str | None) -> str:
    """Find the column of times: the one that is `wanted`, else the first of the usual names, else the first datetime.

    Raises:
        ColumnMissing: if there is none.
    """
    if wanted is not None:
        if wanted not in frame.columns:
            raise ColumnMissing([wanted], frame.columns)
        return wanted
    folded = {name.lower(): name for name in reversed(frame.columns)}
    usual = (folded[name.lower()] for name in USUAL_NAMES if name.lower() in folded)
    dated = (name for name, kind in frame.schema.items() if isinstance(kind, pl.Datetime))
    found = next(usual, None) or next(dated, None)
    if found is None:
        raise ColumnMissing([USUAL_NAMES[0]], frame.columns)
    return found


def read_times(column: pl.Series) -> Times:
    """Read a column of datetimes, dates, texts or epoch numbers; what has no zone is taken as UTC.

    Raises:
        ParameterError: if the column's type can hold no time.
    """
    read = micros(column)
    if read is None:
        raise ParameterError(
            f"The column {column.name!r} of type {column.dtype} holds no times.", hint="Name another with time=."
        )
    missing = column.null_count()
    return Times(read, missing, read.null_count() - missing)


def instant(value: datetime | date | str) -> int:
    """Read one time as microseconds since 1970; without a zone it is taken as UTC.

    Raises:
        ParameterError: if it is no time.
    """
    if isinstance(value, str):
        value = _moment(value.strip())
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def written(micros: int, *, parts: str = "seconds") -> str:
    """Write a time as ISO 8601 in UTC, without the zone; beyond the years that Python knows, as a plain number."""
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    except OverflowError:
        return f"{micros / 1e6:.0f} s after 1970"
    return moment.replace(tzinfo=None).isoformat(sep=" ", timespec=parts)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        read = micros(pl.Series([text], dtype=pl.String))
    if read is None or read.null_count():
        raise ParameterError(f"{text!r} is not a time.", hint='Write it as "2026-01-31 17:05:00" (UTC).')
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=read.item())
