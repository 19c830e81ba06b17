"""What a reader says of a match: the columns of a reading, and what they are when it does not say."""

from __future__ import annotations

import polars as pl

READING = {
    "id": pl.UInt32,
    "raw": pl.String,  # the match
    "kind": pl.String,  # null: nothing
    "value": pl.String,
    "skip": pl.Int64,  # characters of the match before the indicator
    "size": pl.Int64,  # characters of the indicator
    "found": pl.String,  # the indicator as it is written
    "name": pl.String,  # of what could also be a file or a version: `context.py` judges
    "doubt": pl.String,  # what speaks against that name: see `doubts.py`
    "host": pl.String,  # as written, and where in the match it begins
    "host_at": pl.Int64,
    "tail_at": pl.Int64,  # from here on, the match may contain further indicators
}
RAW, SIZE = pl.col("raw"), pl.col("raw").str.len_chars()


def completed(part: pl.DataFrame) -> pl.DataFrame:
    """Give a reading the columns that its reader left out: the indicator is the whole match, and has no host."""
    part = part.with_columns(size=SIZE) if "size" not in part.columns else part
    skip = pl.col("skip").fill_null(0) if "skip" in part.columns else pl.lit(0)
    part = part.with_columns(skip=skip).with_columns(found=RAW.str.slice(pl.col("skip"), pl.col("size")))
    absent = [pl.lit(None).alias(name) for name in READING if name not in part.columns]
    return part.with_columns(absent).select(pl.col(name).cast(kind) for name, kind in READING.items())


def trimmed(text: pl.Expr) -> pl.Expr:
    """Cut off an end that belongs to the text around a URL or a path; a bracket too, unless one was opened inside.

    `++` ends a literal in AsciiDoc.
    """
    text = text.str.strip_chars_end(".,;:!?'*_~ ").str.replace(r"\+\+$", "")
    opened = text.str.contains("(", literal=True)
    return pl.when(opened).then(text).otherwise(text.str.strip_chars_end(").,;:!?'*_~"))
