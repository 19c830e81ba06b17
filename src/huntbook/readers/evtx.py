"""EVTX: the Windows event log's own files, read by the Rust package `evtx`."""

from __future__ import annotations

import warnings
from itertools import islice
from typing import TYPE_CHECKING

import polars as pl
from evtx import PyEvtxParser

from huntbook.readers._base import LINE, RECORD, Batch, EvidenceFile, Losses, Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAGIC = b"ElfFile\x00"
_ROWS = 10_000


class Evtx(Reader):
    """Windows event log files, whole or cut off; records become the parser's JSON, numbered by EventRecordID."""

    rank = 10

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        """The magic number of the file header."""
        return head.startswith(_MAGIC)

    def read(self, file: EvidenceFile, losses: Losses) -> Iterator[Batch]:
        """Read every record that the parser can make out; what it cannot is noted with the parser's words."""
        with file.on_disk() as path:
            try:
                parser = PyEvtxParser(str(path), skip_errors=True)
                records = iter(parser.records_json())
            except (RuntimeError, OSError, ValueError) as error:
                losses.add(f"not readable as EVTX: {_short(error)}", unit="files")
                return
            while rows := _take(records, losses):
                yield _batch(rows)


def _take(records: Iterator[dict[str, object]], losses: Losses) -> list[tuple[object, object]]:
    """Take the next records; the parser speaks of damaged ones in warnings."""
    with warnings.catch_warnings(record=True) as spoken:
        warnings.simplefilter("always")
        rows: list[tuple[object, object]] = []
        try:
            rows.extend((record["event_record_id"], record["data"]) for record in islice(records, _ROWS))
        except (RuntimeError, OSError) as error:
            losses.add(f"the parser stopped: {_short(error)}", unit="chunks")
    for warning in spoken:
        losses.add(f"damaged record or chunk: {_short(warning.message)}", unit="records or chunks")
    return rows


def _short(error: object) -> str:
    return str(error).split("\n", 1)[0][:200]


def _batch(rows: list[tuple[object, object]]) -> Batch:
    numbers, records = zip(*rows, strict=True)
    return Batch(
        pl.DataFrame([pl.Series(LINE, numbers, dtype=pl.UInt64), pl.Series(RECORD, records, dtype=pl.String)]),
    )
