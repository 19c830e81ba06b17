"""Where something may be: one cheap look at every cell, and one search of those that have a sign of an indicator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from huntbook.analytics._iocs import patterns
from huntbook.analytics._iocs.domains import suffixes
from huntbook.core.distinct import numbered

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from huntbook.analytics._iocs.kinds import Kind

MATCHES = pl.Schema({"cell": pl.Int64(), "text": pl.String(), "id": pl.UInt32()})
_MANY = 200_000  # cells, from which on the exact hint pays for its compilation
# The fraction of a time, a duration, a size: most dotted runs of a log, and never anything.
_DECIMAL = "^[0-9]+[.][0-9]+[A-Za-z]?$"


def matches(columns: Sequence[pl.Series], kinds: Collection[Kind]) -> tuple[pl.DataFrame, pl.Series]:
    """Find everything that may be an indicator in columns of the same length.

    Returns:
        A row for each match, column after column and in the order of the text: `cell` (the number of the row times the number
        of columns, plus the number of the column), `text` (of the cell) and `id` of the match; and the matches by `id`.
    """
    many = sum(map(len, columns)) >= _MANY
    hint = patterns.hint(kinds, top_level=suffixes(international=False).top.to_list() if many else ())
    found = pl.concat(_in_column(cells, number, len(columns), hint) for number, cells in enumerate(columns))
    if found.is_empty():
        return pl.DataFrame(schema=MATCHES), pl.Series(dtype=pl.String)
    (numbers,), different = numbered(found["raw"])
    return found.select("cell", "text", numbers.alias("id")), different


def _in_column(cells: pl.Series, number: int, columns: int, hint: str) -> pl.DataFrame:
    hinted = cells.str.contains(hint)
    cell = hinted.arg_true().cast(pl.Int64) * columns + number
    frame = pl.DataFrame({"cell": cell, "text": cells.filter(hinted)})
    raw = pl.col("text").str.extract_all(patterns.COMBINED)
    return frame.with_columns(raw=raw).explode("raw").filter(~pl.col("raw").str.contains(_DECIMAL))
