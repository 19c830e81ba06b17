"""One table of the answers to several pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from huntbook.sources._pieces import Answered

SOURCE: Final = "_Source"  # the column that says where a row comes from, where several were asked


def joined(answered: Sequence[Answered], *, several: bool) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Put answers one below the other.

    Returns:
        The table, with `_Source` if several sources were asked; and what the reader has to know of it.
    """
    frames = [
        batch.rows.with_columns(pl.lit(each.piece.driver.name).alias(SOURCE)) if several else batch.rows
        for each in answered
        for batch in each.batches
        if batch.rows.width
    ]
    return together(frames)


def together(frames: Sequence[pl.DataFrame]) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Put tables one below the other.

    A column that only some have is empty in the others; one that holds lists in some holds lists in all; times are as fine as the finest; one of several other types becomes text.
    """
    if not frames:
        return pl.DataFrame(), ()
    if all(frame.schema == frames[0].schema for frame in frames):
        return pl.concat(frames, how="vertical"), ()
    filled = _listed(_finest([frame for frame in frames if frame.height] or list(frames[:1])))
    mixed = _mixed(filled)
    texts = [frame.cast({name: pl.String for name in mixed if name in frame.columns}) for frame in filled]
    notes = (f"{', '.join(sorted(mixed))} came in several types and became text",) if mixed else ()
    return pl.concat(texts, how="diagonal_relaxed"), notes


def _listed(frames: Sequence[pl.DataFrame]) -> list[pl.DataFrame]:
    """Make lists of single values where another table has lists of such: a field with one value in one answer may have several in the next."""
    lists = {name: kind for frame in frames for name, kind in frame.schema.items() if isinstance(kind, pl.List)}
    return [
        frame.with_columns(
            pl.when(pl.col(name).is_not_null()).then(pl.concat_list(name)).alias(name)
            for name, kind in lists.items()
            if frame.schema.get(name) == kind.inner
        )
        for frame in frames
    ]


def _finest(frames: Sequence[pl.DataFrame]) -> list[pl.DataFrame]:
    """Times that come to the microsecond in some parts and to the nanosecond in others, to the nanosecond in all."""
    fine = {
        name
        for frame in frames
        for name, kind in frame.schema.items()
        if isinstance(kind, (pl.Datetime, pl.Duration)) and kind.time_unit == "ns"
    }
    return [frame.with_columns(_to_nanoseconds(frame[name]) for name in fine & set(frame.columns)) for frame in frames]


def _to_nanoseconds(values: pl.Series) -> pl.Series:
    """Where they can be counted so: some are centuries away."""
    if not isinstance(values.dtype, (pl.Datetime, pl.Duration)) or values.dtype.time_unit == "ns":
        return values
    kind = pl.Datetime("ns", values.dtype.time_zone) if isinstance(values.dtype, pl.Datetime) else pl.Duration("ns")
    finer = values.cast(kind, strict=False)
    return finer if finer.null_count() == values.null_count() else values


def _mixed(frames: Sequence[pl.DataFrame]) -> set[str]:
    """Columns whose types have no common one but text."""
    kinds: dict[str, set[str]] = {}
    for frame in frames:
        for name, kind in frame.schema.items():
            kinds.setdefault(name, set()).add(_family(kind))
    return {name for name, families in kinds.items() if len(families - {"nothing"}) > 1}


def _family(kind: pl.DataType) -> str:
    if kind == pl.Null:
        return "nothing"
    if kind.is_numeric():
        return "number"
    return type(kind).__name__
