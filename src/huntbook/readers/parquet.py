"""Parquet: columns with types of their own, read row group by row group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from huntbook.readers._base import LINE, Batch, EvidenceFile, Losses, Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROWS = 50_000


class Parquet(Reader):
    """The columns as they are, types kept; `_Line` is the number of the row."""

    rank = 10

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        """The magic number, which is at the end as well."""
        return head.startswith(b"PAR1")

    def read(self, file: EvidenceFile, losses: Losses) -> Iterator[Batch]:
        """Read the rows; without the footer, which is at the end of the file, nothing can be read."""
        number = 1
        with file.on_disk() as path:
            try:
                for rows in pl.scan_parquet(path, glob=False).collect_batches(chunk_size=_ROWS, maintain_order=True):
                    rows = rows.rename({LINE: f"{LINE}_"}) if LINE in rows.columns else rows  # noqa: PLW2901
                    lines = pl.Series(LINE, range(number, number + rows.height), dtype=pl.UInt64)
                    number += rows.height
                    yield Batch(rows.insert_column(0, lines))
            except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
                reason = str(error).split("\n", 1)[0][:200]
                losses.add(f"not readable as Parquet: {reason}", position=f"row {number}", unit="parts of files")
