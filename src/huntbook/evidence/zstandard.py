"""Zstandard: with Python's own module from 3.14 on; before, text only, by the decompressor that Polars brings."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

import polars as pl

from huntbook.evidence.streams import DAMAGE, PIECE, Meter, Note, stream_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from huntbook.readers._base import EvidenceFile

_ROWS = 20_000


def zstd_pieces(file: EvidenceFile, meter: Meter, note: Note) -> Iterator[bytes]:
    """Decompress a file, metered, until its end, damage, or a limit."""
    source = _by_python(file) if sys.version_info >= (3, 14) else _lines(file, note)
    yield from meter.metered(stream_of(source), note)


def _by_python(file: EvidenceFile) -> Iterator[bytes]:
    zstd = import_module("compression.zstd")
    with file.open() as packed, zstd.ZstdFile(packed) as plain:
        while piece := plain.read(PIECE):
            yield piece


def _lines(file: EvidenceFile, note: Note) -> Iterator[bytes]:
    try:
        with file.on_disk() as path:
            for frame in pl.scan_lines(path).collect_batches(chunk_size=_ROWS, maintain_order=True):
                yield "\n".join(frame.to_series()).encode() + b"\n"
    except pl.exceptions.PolarsError as error:
        note(
            f"Zstandard that is damaged or not text; Python 3.14 or newer is needed to read it ({str(error)[:80]})", ""
        )
    except DAMAGE as error:
        note(f"damaged Zstandard data: {str(error)[:120]}", "")
