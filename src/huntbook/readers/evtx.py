"""EVTX: the Windows event log's own files, read by the Rust package `evtx`."""

from __future__ import annotations

import warnings
from array import array
from itertools import islice
from typing import TYPE_CHECKING, Any

import polars as pl
from evtx import PyEvtxParser

from huntbook.readers._base import LINE, RECORD, Batch, EvidenceFile, Losses, Reader, portions
from huntbook.readers._evtx_chunks import HEADER, Survey, repaired, survey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MAGIC = b"ElfFile\x00"
_CHUNK_MAGIC = b"ElfChnk\x00"
_FIRST, _MOST = 5_000, 40_000  # records of a batch


class Evtx(Reader):
    """Windows event log files, whole or cut off; records become the parser's JSON, numbered by their identifier.

    What the file's own marks say it holds is compared with what was read; the difference is in the losses.
    """

    rank = 10

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        """The magic number of the file header, or, where that is overwritten, of the first chunk."""
        return head.startswith(_MAGIC) or head[HEADER:].startswith(_CHUNK_MAGIC)

    def read(self, file: EvidenceFile, losses: Losses) -> Iterator[Batch]:
        """Read every record that can be made out."""
        with file.on_disk() as path:
            found = survey(path)
            _note_chunks(found, losses)
            seen = array("Q")
            with repaired(path, found) as whole:
                yield from _records(whole, len(found.ids), seen, losses)
            if seen != found.ids or found.bad or found.patches:
                _note_missing(found, seen, losses)


def _records(path: Path, count: int, seen: array[int], losses: Losses) -> Iterator[Batch]:
    try:
        records = iter(PyEvtxParser(str(path), skip_errors=True).records_json())
    except (RuntimeError, OSError, ValueError) as error:
        losses.add(f"not readable as EVTX: {_short(error)}", unit="files")
        return
    sizes = portions(count, first=_FIRST, most=_MOST, early=True)
    while rows := _take(records, next(sizes), losses):
        numbers = [row["event_record_id"] for row in rows]
        seen.fromlist(numbers)
        texts = pl.Series(RECORD, [row["data"] for row in rows], dtype=pl.String)
        yield Batch(pl.DataFrame([pl.Series(LINE, numbers, dtype=pl.UInt64), texts]))


def _take(records: Any, most: int, losses: Losses) -> list[dict[str, Any]]:
    """Take the next records; the parser speaks of damaged ones in warnings, which `_note_missing` counts."""
    rows: list[dict[str, Any]] = []
    with warnings.catch_warnings(record=True) as spoken:
        warnings.simplefilter("always")
        try:
            rows.extend(islice(records, most))  # what came before an error stays
        except (RuntimeError, OSError) as error:
            losses.add(f"the parser stopped: {_short(error)}", lost=0)
    for warning in spoken:
        losses.add(f"the parser says: {_short(warning.message)}", lost=0)
    return rows


def _note_chunks(found: Survey, losses: Losses) -> None:
    if not found.header:
        losses.add("the file header is damaged; the chunks were read without it", lost=0)
    for offset in found.bad:
        losses.add("damaged chunk", position=f"byte {offset}", unit="chunks")
    missing = found.claimed - found.chunks - len(found.bad)
    if found.header and missing > 0:
        losses.add("the file ends before all the chunks that its header counts", lost=missing, unit="chunks")
    if found.cut:
        losses.add("the file ends inside a chunk", position=f"chunk {found.chunks}", lost=found.beyond)


def _note_missing(found: Survey, seen: array[int], losses: Losses) -> None:
    """Count the records that are in the file by its marks, or must have been by the numbers around, and were not read."""
    read = pl.Series(LINE, seen, dtype=pl.UInt64)
    there = pl.Series(LINE, found.ids, dtype=pl.UInt64)
    unread = there.filter(~there.is_in(read.unique().implode()))
    lost = max(len(unread), len(there) - len(read))
    if lost:
        losses.add("damaged record", position=f"record {unread.sort()[0]}" if len(unread) else "", lost=lost)
    there = there.unique()
    gaps = _gaps(there)
    if gaps and (found.bad or found.patches):
        losses.add("records missing by their numbers, in damaged places", lost=gaps)


def _gaps(there: pl.Series) -> int:
    if not len(there):
        return 0
    lowest, highest = there.min(), there.max()
    span = int(str(highest)) - int(str(lowest)) + 1
    return span - len(there) if span < 10 * len(there) else 0


def _short(error: object) -> str:
    return str(error).split("\n", 1)[0][:200]
