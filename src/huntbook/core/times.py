"""Columns of times, however they are written, as microseconds since 1970 in UTC."""

from __future__ import annotations

import polars as pl

YEARS = (-62_135_596_800_000_000, 253_402_300_799_999_999)  # 1 to 9999, in microseconds: what a calendar can show
_UTC = pl.Datetime("us", "UTC")
# Without a zone first, because they are the quickest; `Z` is then as good as none.
_SPELLINGS = (
    *((f"%Y-%m-%d{between}%H:%M:%S%.f{zone}", pl.Datetime("us")) for zone in ("Z", "", " UTC") for between in "T "),
    ("%m/%d/%Y %I:%M:%S%.f %p", pl.Datetime("us")),
    ("%m/%d/%Y, %I:%M:%S%.f %p", pl.Datetime("us")),  # what the portal of Sentinel exports
    *((f"%Y-%m-%d{between}%H:%M:%S%.f%#z", _UTC) for between in "T "),
    *((f"%Y-%m-%d{between}%H:%M{zone}", pl.Datetime("us")) for zone in ("Z", "") for between in "T "),
    ("%Y-%m-%d %H:%M:%S,%3f", pl.Datetime("us")),  # Python's own logs
    ("%Y-%m-%d", pl.Datetime("us")),
)
_EPOCH_UNITS = ((1e11, 1_000_000.0), (1e14, 1_000.0), (1e17, 1.0))  # below 1e11 it counts seconds, below 1e14 ms, …


def micros(column: pl.Series) -> pl.Series | None:
    """Read a column of datetimes, dates, texts or Unix times; what names no zone is taken as UTC.

    Texts are ISO 8601, with a blank for the `T` and ` UTC` for the `Z` as well, or written the American way, and may be mixed.
    Whether numbers count seconds, milliseconds, microseconds or nanoseconds is told by the size of the middle one.

    Returns:
        Int64, null where there is no time of the years 1 to 9999; None if the column is of a type that holds no times.
    """
    kind = column.dtype
    if isinstance(kind, pl.Datetime):
        read = column.cast(pl.Datetime("us", kind.time_zone)).to_physical()
    elif kind == pl.Date:
        read = column.cast(pl.Datetime("us")).to_physical()
    elif kind in (pl.String, pl.Categorical, pl.Enum):
        read = _from_text(column.cast(pl.String))
    elif kind.is_numeric() or kind == pl.Null:
        read = _from_numbers(column)
    else:
        return None
    beyond = ~read.is_between(*YEARS)
    return read.set(beyond, None) if beyond.any() else read


def _from_text(column: pl.Series) -> pl.Series:
    found = _as_spelled(column)
    if found.null_count() > column.null_count():
        left = found.is_null().arg_true()
        found = found.scatter(left, _as_spelled(column.gather(left).str.strip_chars()))
    return found


def _as_spelled(column: pl.Series) -> pl.Series:
    """Try one spelling after the other, each only as long as there is something left to read; that of the first text first."""
    first = column.drop_nulls().head(1)
    spellings = sorted(_SPELLINGS, key=lambda spelling: _spelled(first, spelling).null_count())
    found = pl.Series(column.name, [], dtype=pl.Int64).extend_constant(None, len(column))
    for spelling in spellings:
        left = column.filter(found.is_null()) if found.null_count() < len(column) else column
        if left.null_count() == len(left):
            break
        read = _spelled(left, spelling)
        if read.null_count() < len(read):
            found = read if len(read) == len(column) else found.scatter(found.is_null().arg_true(), read)
    return found


def _spelled(column: pl.Series, spelling: tuple[str, pl.Datetime]) -> pl.Series:
    text, kind = spelling
    return column.str.to_datetime(text, time_unit="us", time_zone=kind.time_zone, strict=False).to_physical()


def _from_numbers(column: pl.Series) -> pl.Series:
    """Unix times: the magnitude of the middle one says in which unit they count."""
    numbers = column.cast(pl.Float64)
    numbers = numbers.set(~numbers.is_finite(), None)
    middle = numbers.abs().median()
    size = middle if isinstance(middle, float) else 0.0
    factor = next((factor for limit, factor in _EPOCH_UNITS if size < limit), 0.001)
    scaled = (numbers * factor).round()
    scaled = scaled.set(~scaled.is_between(*YEARS), None)
    if column.dtype.is_integer() and factor >= 1:  # exact, where a float would lose the last digits
        return column.cast(pl.Int64, strict=False).set(scaled.is_null(), None) * int(factor)
    return scaled.cast(pl.Int64, strict=False)
