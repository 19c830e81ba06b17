"""Which column is the time, and any spelling of a time as microseconds since 1970 in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

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
# Without a zone first, because they are the quickest; `Z` is then as good as none.
_WITHOUT_ZONE = (
    "%Y-%m-%dT%H:%M:%S%.fZ",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f UTC",
    "%m/%d/%Y %I:%M:%S%.f %p",
    "%m/%d/%Y, %I:%M:%S%.f %p",
)
_WITH_ZONE = ("%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z")
_EPOCH_UNITS = ((1e11, 1_000_000.0), (1e14, 1_000.0), (1e17, 1.0))  # below 1e11 it counts seconds, below 1e14 ms, …
_YEARS = (-62_135_596_800_000_000, 253_402_300_799_999_999)  # 1 to 9999, in microseconds: what a calendar can show
_UTC = pl.Datetime("us", "UTC")


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
    micros = _micros(column)
    micros = micros.set(~micros.is_between(*_YEARS), None)
    missing = column.null_count()
    return Times(micros, missing, micros.null_count() - missing)


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
        micros = _from_text(pl.Series([text])).item()
    if micros is None:
        raise ParameterError(f"{text!r} is not a time.", hint='Write it as "2026-01-31 17:05:00" (UTC).')
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def _micros(column: pl.Series) -> pl.Series:
    kind = column.dtype
    if isinstance(kind, pl.Datetime):
        return column.cast(pl.Datetime("us", kind.time_zone)).to_physical()
    if kind == pl.Date:
        return column.cast(pl.Datetime("us")).to_physical()
    if kind == pl.String:
        return _from_text(column)
    if kind.is_numeric():
        return _from_numbers(column)
    if kind == pl.Null:
        return column.cast(pl.Int64)
    raise ParameterError(f"The column {column.name!r} of type {kind} holds no times.", hint="Name another with time=.")


def _from_text(column: pl.Series) -> pl.Series:
    """Try one spelling after the other, each only as long as there is something left to read."""
    found = pl.Series(column.name, [], dtype=pl.Int64).extend_constant(None, len(column))
    spellings = [(text, pl.Datetime("us")) for text in _WITHOUT_ZONE] + [(text, _UTC) for text in _WITH_ZONE]
    for spelling, kind in spellings:
        left = column.filter(found.is_null()) if found.null_count() < len(column) else column
        if left.null_count() == len(left):
            break
        read = left.str.to_datetime(spelling, time_unit="us", time_zone=kind.time_zone, strict=False).to_physical()
        if read.null_count() < len(read):
            found = read if len(read) == len(column) else found.scatter(found.is_null().arg_true(), read)
    return found


def _from_numbers(column: pl.Series) -> pl.Series:
    """Epoch numbers: the magnitude of the middle one says in which unit they count."""
    numbers = column.cast(pl.Float64)
    numbers = numbers.set(~numbers.is_finite(), None)
    middle = numbers.abs().median()
    size = middle if isinstance(middle, float) else 0.0
    factor = next((factor for limit, factor in _EPOCH_UNITS if size < limit), 0.001)
    scaled = (numbers * factor).round()
    scaled = scaled.set(~scaled.is_between(*_YEARS), None)
    if column.dtype.is_integer() and factor >= 1:  # exact, where a float would lose the last digits
        return column.cast(pl.Int64, strict=False).set(scaled.is_null(), None) * int(factor)
    return scaled.cast(pl.Int64, strict=False)
