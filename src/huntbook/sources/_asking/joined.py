"""One table of the answers to several pieces."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from huntbook.sources._asking.pieces import Answered

SOURCE: Final = "_Source"  # the column that says where a row comes from, where several were asked
_ISO: Final = "%Y-%m-%dT%H:%M:%S%.fZ"


def joined(answered: Sequence[Answered], *, several: bool) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Put answers one below the other.

    Returns:
        The table, with `_Source` if several sources were asked; and what the reader has to know of it.
    """
    frames = [
        marked(each.piece.driver.name, batch.rows) if several else batch.rows
        for each in answered
        for batch in each.batches
        if batch.rows.width
    ]
    return together(frames)


def marked(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Where each row comes from, before all that it says; a table that tells it already was asked of several itself."""
    told = frame if SOURCE in frame.columns else frame.with_columns(pl.lit(name).alias(SOURCE))
    return told.select(SOURCE, pl.exclude(SOURCE))


def together(frames: Sequence[pl.DataFrame]) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Put tables one below the other.

    A column that only some have is empty in the others; one that holds lists in some holds lists in all; times are as fine as the finest, and in
    UTC; one of several other types becomes text.
    """
    if not frames:
        return pl.DataFrame(), ()
    if all(frame.schema == frames[0].schema for frame in frames):
        return pl.concat(frames, how="vertical"), ()
    filled = [frame for frame in frames if frame.height] or list(frames[:1])
    kinds = {name: _kind([frame[name] for frame in filled if name in frame.columns]) for name in _names(filled)}
    made = [pl.DataFrame([_made(column, kinds[column.name]) for column in frame]) for frame in filled]
    texts = sorted(name for name, kind in kinds.items() if _text_of(kind) and _mixed(name, filled))
    notes = (f"{', '.join(texts)} came in several types and became text",) if texts else ()
    return pl.concat(made, how="diagonal_relaxed"), notes


def _names(frames: Iterable[pl.DataFrame]) -> list[str]:
    return list(dict.fromkeys(name for frame in frames for name in frame.columns))


def _kind(columns: Sequence[pl.Series]) -> pl.DataType | None:
    """The type that holds the values of all columns of one name; None where they go together as they are."""
    kinds = list(dict.fromkeys(column.dtype for column in columns if column.dtype != pl.Null()))
    if len(kinds) <= 1:
        return None
    if all(kind.is_numeric() for kind in kinds):
        return None if not any(kind.is_float() for kind in kinds) or all(map(_as_float, columns)) else pl.String()
    if all(isinstance(kind, pl.Datetime) for kind in kinds):
        return pl.Datetime(_unit(columns), "UTC")
    if all(isinstance(kind, pl.Duration) for kind in kinds):
        return pl.Duration(_unit(columns))
    if any(isinstance(kind, pl.List) for kind in kinds):
        inner = {kind.inner if isinstance(kind, pl.List) else kind for kind in kinds} - {pl.Null()}
        return pl.List(inner.pop() if len(inner) == 1 else pl.String())
    return pl.String()


def _as_float(column: pl.Series) -> bool:
    """Whether the numbers of a column stay the same as floating point: not beyond 2^53."""
    exact = column.cast(pl.Float64, strict=False)
    return not column.dtype.is_integer() or exact.cast(column.dtype, strict=False).equals(column)


def _unit(columns: Sequence[pl.Series]) -> Any:
    """Nanoseconds if any column has them and they can count all of the others' values: some are centuries away."""
    fine = any(getattr(column.dtype, "time_unit", "") == "ns" for column in columns)
    return "ns" if fine and all(_counts_fine(column) for column in columns) else "us"


def _counts_fine(column: pl.Series) -> bool:
    """Whether nanoseconds can count the values of a column."""
    kind = column.dtype
    if not isinstance(kind, (pl.Datetime, pl.Duration)):
        return True
    fine = pl.Datetime("ns", kind.time_zone) if isinstance(kind, pl.Datetime) else pl.Duration("ns")
    return column.cast(fine, strict=False).null_count() == column.null_count()


def _text_of(kind: pl.DataType | None) -> bool:
    return kind == pl.String() or kind == pl.List(pl.String())


def _mixed(name: str, frames: Sequence[pl.DataFrame]) -> bool:
    """Whether values of a column were no text in some frame, and text or something else in another."""
    kinds = {frame.schema[name] for frame in frames if name in frame.columns} - {pl.Null()}
    plain = {kind.inner if isinstance(kind, pl.List) else kind for kind in kinds}
    return len(plain) > 1


def _made(column: pl.Series, kind: pl.DataType | None) -> pl.Series:
    """A column as one of a type that holds its values."""
    if kind is None or column.dtype in (kind, pl.Null()):
        return column
    if isinstance(kind, pl.Datetime):
        aware = column if getattr(column.dtype, "time_zone", None) else column.dt.replace_time_zone("UTC")
        return aware.dt.convert_time_zone("UTC").cast(kind)
    if isinstance(kind, pl.List):
        return _listed(column, kind)
    return _texts(column) if kind == pl.String() else column.cast(kind)


def _listed(column: pl.Series, kind: pl.List) -> pl.Series:
    """Lists, of single values too: a field with one value in one answer may have several in the next."""
    if not isinstance(column.dtype, pl.List):
        single = _texts(column) if kind.inner == pl.String() else column
        return pl.select(pl.when(single.is_not_null()).then(pl.concat_list(single))).to_series().alias(column.name)
    if kind.inner == pl.String():
        rows = [None if row is None else [_text(each) for each in row] for row in column.to_list()]
        return pl.Series(column.name, rows, dtype=kind)
    return column.cast(kind)


def _texts(column: pl.Series) -> pl.Series:
    """Values as texts: times as ISO 8601, what has parts as JSON."""
    kind = column.dtype
    if kind == pl.String() or kind.is_numeric() or kind == pl.Boolean():
        return column.cast(pl.String)
    if isinstance(kind, pl.Datetime):
        return (column.dt.convert_time_zone("UTC") if kind.time_zone else column).dt.strftime(_ISO)
    if isinstance(kind, pl.Duration):
        return column.dt.to_string("iso")
    return pl.Series(column.name, [_text(value) for value in column.to_list()], dtype=pl.String)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
