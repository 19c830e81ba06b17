"""The different texts of a table's columns, numbered: what is asked of a text is then asked once, however often it is there."""

from __future__ import annotations

import polars as pl


def numbered(*columns: pl.Series) -> tuple[list[pl.Series], pl.Series]:
    """Number the different texts of columns, from 0 and over all of them together, in one pass over each.

    Returns:
        For each column the number of each cell (null where the cell is), and the texts by their number.
    """
    # Categories of their own: the numbers start at 0, and nothing is left behind in those that all share.
    kind = pl.Categorical(pl.Categories.random())
    coded = [column.cast(kind) for column in columns]
    numbers = [column.to_physical() for column in coded]
    size = max((1 + int(str(highest)) for column in numbers if (highest := column.max()) is not None), default=0)
    texts = pl.select(pl.int_range(size, dtype=pl.UInt32).cat.to(kind).cast(pl.String)).to_series()
    return numbers, texts
