"""A large EVTX file, made of the chunks of real ones.

The parser reads each chunk by itself, so chunks may be repeated. Those of short exports are mostly empty, while those of a log
in use are full: each is filled with copies of its own later records, which rest on the strings and templates before them.
"""

from __future__ import annotations

import os
import struct
import tempfile
import zlib
from itertools import cycle, islice
from pathlib import Path

from evtx import PyEvtxParser

_HEADER, _CHUNK, _RECORDS = 4096, 65536, 512
EVIDENCE = Path(os.environ.get("HUNTBOOK_EVIDENCE", Path(__file__).parent.parent.parent / "shared" / "data")) / "evtx"


def large_evtx(path: Path, chunks: int) -> int:
    """Write a file of that many chunks (64 KiB each) and return how many records it has.

    Raises:
        FileNotFoundError: if there is no real EVTX to take chunks from.
    """
    real = [chunk for file in sorted(EVIDENCE.rglob("*.evtx")) for chunk in _chunks(file.read_bytes())]
    full = [chunk for chunk in map(_filled, real) if chunk and _reads(chunk)]
    if not full:
        raise FileNotFoundError(f"no EVTX files under {EVIDENCE}: set HUNTBOOK_EVIDENCE")
    _write(path, list(islice(cycle(full), chunks)))
    return sum(map(_claimed, islice(cycle(full), chunks)))


def _write(path: Path, chunks: list[bytes]) -> None:
    head = struct.pack("<8sQQQIHHHH", b"ElfFile\0", 0, len(chunks) - 1, 1, 128, 1, 3, _HEADER, len(chunks))
    head = head.ljust(120, b"\0")
    with path.open("wb") as file:
        file.write((head + struct.pack("<II", 0, zlib.crc32(head))).ljust(_HEADER, b"\0"))
        file.writelines(chunks)


def _chunks(data: bytes) -> list[bytes]:
    pieces = [data[at : at + _CHUNK] for at in range(_HEADER, len(data), _CHUNK)]
    return [piece for piece in pieces if piece.startswith(b"ElfChnk\0") and len(piece) == _CHUNK]


def _filled(chunk: bytes) -> bytes | None:
    """Copy the records after the first, numbered on, until the chunk is full."""
    records, at = [], _RECORDS
    while chunk[at : at + 4] == b"\x2a\x2a\0\0":
        size = int.from_bytes(chunk[at + 4 : at + 8], "little")
        records.append(chunk[at : at + size])
        at += size
    if len(records) < 2:
        return None
    number = int.from_bytes(records[-1][8:16], "little")
    filled = bytearray(chunk[:at])
    last = at
    for record in cycle(records[1:]):
        if len(filled) + len(record) > _CHUNK:
            break
        number += 1
        last = len(filled)
        filled += record[:8] + number.to_bytes(8, "little") + record[16:]
    struct.pack_into("<QQQQ", filled, 8, *_numbers(records[0], number))
    struct.pack_into("<II", filled, 44, last, len(filled))
    struct.pack_into("<I", filled, 52, zlib.crc32(filled[_RECORDS:]))
    whole = bytes(filled).ljust(_CHUNK, b"\0")
    return whole[:124] + struct.pack("<I", zlib.crc32(whole[:120] + whole[128:_RECORDS])) + whole[128:]


def _numbers(first: bytes, last: int) -> tuple[int, int, int, int]:
    begin = int.from_bytes(first[8:16], "little")
    return begin, last, begin, last


def _claimed(chunk: bytes) -> int:
    first, last = struct.unpack_from("<QQ", chunk, 8)
    return int(last - first + 1)


def _reads(chunk: bytes) -> bool:
    """Whether the parser reads all of its records: a record that others rest on cannot be copied."""
    with tempfile.NamedTemporaryFile(suffix=".evtx") as file:
        _write(Path(file.name), [chunk])
        try:
            return sum(1 for _ in PyEvtxParser(file.name).records_json()) == _claimed(chunk)
        except RuntimeError:
            return False
