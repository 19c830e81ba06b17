"""Cells of any export as comparable values: process ids, times, GUIDs, hosts and image names."""

from __future__ import annotations

import polars as pl

from huntbook.core.distinct import numbered
from huntbook.core.times import micros

_NOTHING = ["", "-", "<unknown process>", "unknown", "n/a", "null", "none"]
_NO_GUID = "00000000-0000-0000-0000-000000000000"
PIDS = 1 << 32  # a process id is at most a 32-bit number on every system


def pids(column: pl.Series) -> pl.Series:
    """Read process ids: numbers, decimal text, or hexadecimal text with `0x`; what is none of these is null."""
    number = _numbers_of_text(column) if column.dtype == pl.String else column.cast(pl.Int64, strict=False)
    in_range = ((number >= 0) & (number < PIDS)).all()
    return (
        number
        if in_range
        else number.to_frame().select(pl.when(number.is_between(0, PIDS - 1)).then(number)).to_series()
    )


def _numbers_of_text(column: pl.Series) -> pl.Series:
    if column.str.starts_with("0x").all():
        return column.str.slice(2).str.to_integer(base=16, strict=False)
    text = column.str.strip_chars().str.to_lowercase()
    in_hex = text.str.starts_with("0x")
    decimal = text.str.to_integer(strict=False)
    return decimal.zip_with(~in_hex.fill_null(value=False), text.str.slice(2).str.to_integer(base=16, strict=False))


def times(column: pl.Series) -> pl.Series:
    """Read times as microseconds since 1970 in UTC; a column of a type that holds none says nothing."""
    read = micros(column)
    return pl.Series(column.name, [None] * len(column), dtype=pl.Int64) if read is None else read


def guids(column: pl.Series) -> pl.Series:
    """Read GUIDs and other unique ids: lower case, without braces; the empty one is null."""
    text = column.cast(pl.String, strict=False).str.strip_chars(" {}").str.to_lowercase()
    return pl.select(pl.when(~text.is_in([*_NOTHING, _NO_GUID, "0"])).then(text)).to_series()


def image_codes(columns: list[pl.Series]) -> list[pl.Series]:
    """Number image names so that two are equal exactly when the file names are, whatever their folders and case."""
    numbers, images = numbered(*columns)
    names = images.str.strip_chars(' "').str.extract(r"([^\\/]*)$").str.to_lowercase()
    codes = names.to_frame("name").select(pl.when(~pl.col("name").is_in(_NOTHING)).then(pl.col("name").rank("dense")))
    code = codes.to_series().cast(pl.UInt32)
    return [code.gather(column).alias(column.name) for column in numbers]


def host_codes(column: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Number the hosts of a column, and give their names by number; no host is a host of its own, named "".

    Case does not matter. A short name is the same host as the one fully qualified name that starts with it; where
    there are several such (`dc1.a.example`, `dc1.b.example`) the short name stays apart, for it may be either.
    """
    (numbers,), written = numbered(column.fill_null(""))
    names = [_host_name(host) for host in written]
    longer: dict[str, set[str]] = {}
    for name in names:
        longer.setdefault(_short(name), set()).add(name)
    canonical = [_full_name(name, longer[_short(name)]) for name in names]
    order = {name: code for code, name in enumerate(sorted(set(canonical)))}
    codes = pl.Series([order[name] for name in canonical], dtype=pl.Int64)
    return codes.gather(numbers).alias(column.name), pl.Series("host", list(order), dtype=pl.String)


def _host_name(host: str) -> str:
    name = host.strip().rstrip(".").lower()
    return "" if name in _NOTHING else name


def _short(name: str) -> str:
    """Give the first label of a host name; an address has none, it is whole."""
    label = name.partition(".")[0]
    return name if label.isdigit() or ":" in name else label


def _full_name(name: str, alike: set[str]) -> str:
    qualified = [other for other in alike if other != _short(name)]
    return qualified[0] if name == _short(name) and len(qualified) == 1 else name
