"""Which cells can hold anything encoded at all, found by Polars before any Python runs."""

from __future__ import annotations

import polars as pl

from huntbook.analytics._decode.promising import BASE64, CUES, HEX

# Rust's `regex` runs in linear time on any input: a nanosecond or two a letter for the coarse pattern, and as much for
# each of the others, which see only what passes it. As one pattern they would outgrow the engine's cache.
_COARSE = f"[A-Za-z0-9+/_-]{{16}}|{CUES}"
_FINE = (BASE64, HEX, CUES)


def candidates(cells: pl.Series) -> pl.DataFrame:
    """Return the rows (`row`, `text`) that are worth a closer look: every one in which anything could be found."""
    frame = pl.DataFrame({"text": cells.cast(pl.String)}).with_row_index("row")
    text = pl.col("text")
    return frame.filter(text.str.contains(_COARSE)).filter(pl.any_horizontal(text.str.contains(fine) for fine in _FINE))
