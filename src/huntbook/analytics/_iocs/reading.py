"""What readers say of different matches, each by the `id` of its match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from huntbook.analytics._iocs.doubts import DOUBT
from huntbook.analytics._iocs.kinds import KIND

if TYPE_CHECKING:
    from collections.abc import Sequence

INDICATORS = pl.Schema(
    {
        "id": pl.UInt32(),
        "kind": KIND,
        "value": pl.String(),
        "found": pl.String(),  # the indicator as it is written
        "skip": pl.Int64(),  # characters of the match before the indicator; null: none
        "bare": pl.Boolean(),  # whether it could also be a file, a key or a version: `context.py` judges
        "doubt": DOUBT,  # what speaks against such a name: see `doubts.py`
        "unfinished": pl.Boolean(),  # whether a path may go on behind a space
    }
)
HOSTED = pl.Schema(
    {"id": pl.UInt32(), "host": pl.String(), "host_at": pl.Int64()}
)  # as written, and where in the match it begins
TAILS = pl.Schema({"id": pl.UInt32(), "tail_at": pl.Int64(), "kind": KIND})
RAW, SIZE = pl.col("raw"), pl.col("raw").str.len_chars()


@dataclass(frozen=True)
class Readings:
    """What different matches are, and what they hold. Most hold nothing, so that has tables of its own."""

    indicators: pl.DataFrame  # the columns of INDICATORS
    hosts: (
        pl.DataFrame
    )  # `id`, `host`, `host_at`, `host_kind` and `host_value`: hosts that are something beside being a host
    whole: (
        pl.Series
    )  # the `id` of those whose pattern asked for the border of a word, so that they may occur inside one, too
    tails: pl.DataFrame  # the columns of TAILS: from `tail_at` on, the match may hold further indicators


def completed(part: pl.DataFrame) -> pl.DataFrame:
    """Give a reading its types, and the text of the indicator: if its reader did not say where it lies, the whole match."""
    skip = pl.col("skip").fill_null(0) if "skip" in part.columns else pl.lit(0, pl.Int64)
    found = RAW.str.slice(skip, pl.col("size")) if "size" in part.columns else RAW
    part = part.with_columns(found=found)
    types: dict[str, pl.DataType] = {**INDICATORS, **HOSTED, **TAILS}
    return part.select(pl.col(name).cast(kind) for name, kind in types.items() if name in part.columns)


def gathered(parts: Sequence[pl.DataFrame], types: pl.Schema) -> pl.DataFrame:
    """Put the columns of `types` together of all parts that have the first two; what else a part does not have is null."""
    first = list(types)[:2]
    told = [part for part in parts if set(first) <= set(part.columns)]
    picked = [part.select(name for name in types if name in part.columns) for part in told]
    return pl.concat([pl.DataFrame(schema=types), *picked], how="diagonal", rechunk=True)


def rows_by(numbers: pl.Series, size: int) -> pl.Series:
    """By each number below `size`, the place of it among `numbers`, or null: a join that does not have to hash."""
    rows = pl.int_range(len(numbers), dtype=pl.UInt32, eager=True)
    return pl.repeat(None, size, dtype=pl.UInt32, eager=True).scatter(numbers, rows)


def trimmed(text: pl.Expr) -> pl.Expr:
    """Cut off an end that belongs to the text around a URL or a path; a bracket too, unless one was opened inside.

    `++` ends a literal in AsciiDoc.
    """
    text = text.str.strip_chars_end(".,;:!?'*_~ ").str.replace(r"\+\+$", "")
    opened = text.str.contains("(", literal=True)
    return pl.when(opened).then(text).otherwise(text.str.strip_chars_end(").,;:!?'*_~"))
