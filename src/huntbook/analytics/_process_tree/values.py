"""Cells of any export as comparable values: process ids, times, GUIDs, hosts and image names."""

from __future__ import annotations

import polars as pl

from huntbook.core.distinct import numbered

_NOTHING = ["", "-", "<unknown process>", "unknown", "n/a", "null", "none"]
_NO_GUID = "00000000-0000-0000-0000-000000000000"
PIDS = 1 << 32  # a process id is at most a 32-bit number on every system


def text(column: pl.Series) -> pl.Series | None:
    """Read a column as text; None if its type has none."""
    if column.dtype == pl.String:
        return column
    if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object):
        return None
    return column.cast(pl.String, strict=False)


def pids(column: pl.Series) -> pl.Series | None:
    """Read process ids: numbers, decimal text, or hexadecimal text with `0x`; what is none of these is null."""
    if column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null):
        number = column.cast(pl.Int64, strict=False)
    elif column.dtype in (pl.String, pl.Categorical, pl.Enum):
        number = _numbers_of_text(column.cast(pl.String))
    else:
        return None
    in_range = ((number >= 0) & (number < PIDS)).all()
    return (
        number
        if in_range
        else number.to_frame().select(pl.when(number.is_between(0, PIDS - 1)).then(number)).to_series()
    )


def _numbers_of_text(column: pl.Series) -> pl.Series:
    if column.str.starts_with("0x").all():
        return column.str.slice(2).str.to_integer(base=16, strict=False)
    cells = column.str.strip_chars().str.to_lowercase()
    in_hex = cells.str.starts_with("0x")
    decimal = cells.str.to_integer(strict=False)
    return decimal.zip_with(~in_hex.fill_null(value=False), cells.str.slice(2).str.to_integer(base=16, strict=False))


def guids(column: pl.Series) -> pl.Series | None:
    """Read GUIDs and other unique ids: lower case, without braces; the empty one is null."""
    cells = text(column)
    if cells is None:
        return None
    cells = cells.str.strip_chars(" {}").str.to_lowercase()
    return pl.select(pl.when(~cells.is_in([*_NOTHING, _NO_GUID, "0"])).then(cells)).to_series()


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
    qualified: dict[str, set[str]] = {}
    for name in names:
        if name != _short(name):
            qualified.setdefault(_short(name), set()).add(name)
    # The only qualified name of each short one; of several, none is meant.
    only = {short: name for short, (name, *others) in qualified.items() if not others}
    canonical = [only.get(name, name) for name in names]
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
