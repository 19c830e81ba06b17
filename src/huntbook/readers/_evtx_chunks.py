"""The chunks of an EVTX file: what should be in them, and a repaired copy where the parser would lose what is there.

The form is that of [MS-EVEN6] and of the libyal project's "Windows XML Event Log (EVTX) format": a header of 4 KiB, then
chunks of 64 KiB, each with a header of 512 bytes and records that say their size at both ends.
"""

from __future__ import annotations

import struct
import tempfile
import zlib
from array import array
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = 4096
CHUNK = 65536
_RECORDS = 512
_MAGIC = b"ElfFile\x00"
_CHUNK_MAGIC = b"ElfChnk\x00"
_RECORD_MAGIC = b"\x2a\x2a\x00\x00"
_RECORD = struct.Struct("<4sIQ")
_SIZE = struct.Struct("<I")
_SMALLEST_RECORD = 28
_MOST_RECORDS = CHUNK // _SMALLEST_RECORD


@dataclass
class Survey:
    """What a file holds, by its own marks.

    Attributes:
        ids: the identifiers of the records found, chunk after chunk.
        claimed: chunks that the header counts, chunks: those that are there.
        bad: offsets of chunks that are neither whole nor empty.
        patches: bytes to write at offsets so that the parser gets over what is damaged.
        cut: whether the file ends inside a chunk; beyond: records that this chunk counts and that are not there.
    """

    claimed: int = 0
    chunks: int = 0
    ids: array[int] = field(default_factory=lambda: array("Q"))
    bad: list[int] = field(default_factory=list)
    patches: list[tuple[int, bytes]] = field(default_factory=list)
    cut: bool = False
    beyond: int = 0
    header: bool = True


def survey(path: Path) -> Survey:
    """Walk the chunks and the records in them."""
    found = Survey()
    with path.open("rb") as file:
        header = file.read(HEADER)
        found.claimed = int.from_bytes(header[42:44], "little") if len(header) >= 44 else 0
        found.header = _header_is_whole(header)
        offset = HEADER
        while chunk := file.read(CHUNK):
            found.cut = len(chunk) < CHUNK
            _survey_chunk(chunk, offset, found)
            offset += CHUNK
    return found


@contextmanager
def repaired(path: Path, found: Survey) -> Iterator[Path]:
    """Give a path that the parser gets through: the file itself, or a copy with a new header, padded and patched."""
    if found.header and not found.cut and not found.patches:
        yield path
        return
    with tempfile.NamedTemporaryFile(prefix="huntbook-") as copy, path.open("rb") as file:
        header = file.read(HEADER)
        copy.write(header if found.header else _new_header(found.chunks))
        while chunk := file.read(CHUNK):
            copy.write(chunk.ljust(CHUNK, b"\0"))
        for offset, patch in found.patches:
            copy.seek(offset)
            copy.write(patch)
        copy.flush()
        yield Path(copy.name)


def _survey_chunk(chunk: bytes, offset: int, found: Survey) -> None:
    if not chunk.startswith(_CHUNK_MAGIC):
        if chunk.strip(b"\0"):
            found.bad.append(offset)
        return
    found.chunks += 1
    before = len(found.ids)
    used = _used(chunk)
    at = _walk(chunk, used, found.ids)
    if at < used:
        _look_beyond(chunk[:used], at, offset, found)
    if len(chunk) < CHUNK and len(chunk) >= _RECORDS:
        first, last = struct.unpack_from("<QQ", chunk, 8)
        found.beyond += min(max(last - first + 1 - (len(found.ids) - before), 0), _MOST_RECORDS)


def _walk(chunk: bytes, used: int, ids: array[int]) -> int:
    """Go from record to record, as far as they are whole: one after the other tells the next one's place."""
    at, end = _RECORDS, len(chunk)
    unpack, size_at = _RECORD.unpack_from, _SIZE.unpack_from
    while at < used and at + _SMALLEST_RECORD <= end:
        magic, size, number = unpack(chunk, at)
        if (
            magic != _RECORD_MAGIC
            or not _SMALLEST_RECORD <= size <= end - at
            or size_at(chunk, at + size - 4)[0] != size
        ):
            break
        ids.append(number)
        at += size
    return at


def _used(chunk: bytes) -> int:
    """Where the free space begins; what lies beyond is left from before the chunk was used again."""
    used = int.from_bytes(chunk[48:52], "little")
    return min(used if used >= _RECORDS else CHUNK, len(chunk))


def _record_at(chunk: bytes, at: int) -> tuple[int, int] | None:
    """The size and the identifier of the record at a place, if its size is the same at both ends."""
    if at + _SMALLEST_RECORD > len(chunk):
        return None
    magic, size, number = _RECORD.unpack_from(chunk, at)
    whole = magic == _RECORD_MAGIC and _SMALLEST_RECORD <= size <= len(chunk) - at
    return (size, number) if whole and chunk[at + size - 4 : at + size] == size.to_bytes(4, "little") else None


def _look_beyond(chunk: bytes, at: int, offset: int, found: Survey) -> None:
    """Find whole records after a damaged one, and make the damaged one's header reach to them."""
    damaged = at
    search = at + 1
    while (place := chunk.find(_RECORD_MAGIC, search)) >= 0:
        record = _record_at(chunk, place)
        if record is None:
            search = place + 1
            continue
        if place > damaged:
            size = place - damaged
            found.patches.append((offset + damaged, _RECORD_MAGIC + size.to_bytes(4, "little")))
            found.patches.append((offset + place - 4, size.to_bytes(4, "little")))
        found.ids.append(record[1])
        damaged = search = place + record[0]


def _header_is_whole(header: bytes) -> bool:
    return len(header) == HEADER and header.startswith(_MAGIC) and header[36:44][2:4] == b"\x03\x00"


def _new_header(chunks: int) -> bytes:
    head = struct.pack("<8sQQQIHHHH", _MAGIC, 0, max(chunks - 1, 0), 0, 128, 1, 3, HEADER, chunks).ljust(120, b"\0")
    return (head + struct.pack("<II", 0, zlib.crc32(head))).ljust(HEADER, b"\0")
