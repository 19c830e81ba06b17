"""Which cells can hold anything encoded at all, found by Polars before any Python runs."""

from __future__ import annotations

import polars as pl

from huntbook.analytics._decode.promising import ANYTHING


def candidates(cells: pl.Series) -> pl.DataFrame:
    """Return the rows (`row`, `text`) that are worth a closer look: every one in which anything could be found."""
    text = pl.col("text")
    frame = pl.DataFrame({"text": cells.cast(pl.String)}).with_row_index("row")
    return frame.filter(pl.any_horizontal(text.str.contains(pattern) for pattern in ANYTHING))
