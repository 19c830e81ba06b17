"""A large EVTX file, made of the chunks of real ones: the parser reads each chunk by itself, so they may be repeated."""

from __future__ import annotations

import os
import struct
import zlib
from itertools import cycle, islice
from pathlib import Path

_HEADER, _CHUNK = 4096, 65536
EVIDENCE = Path(os.environ.get("HUNTBOOK_EVIDENCE", Path(__file__).parent.parent.parent / "shared" / "data")) / "evtx"


def large_evtx(path: Path, chunks: int) -> Path:
    """Write a file of that many chunks (64 KiB each).

    Raises:
        FileNotFoundError: if there is no real EVTX to take chunks from.
    """
    real = [chunk for file in sorted(EVIDENCE.rglob("*.evtx")) for chunk in _chunks(file.read_bytes())]
    if not real:
        raise FileNotFoundError(f"no EVTX files under {EVIDENCE}: set HUNTBOOK_EVIDENCE")
    head = struct.pack("<8sQQQIHHHH", b"ElfFile\0", 0, chunks - 1, chunks * 100, 128, 1, 3, _HEADER, chunks).ljust(
        120, b"\0"
    )
    with path.open("wb") as file:
        file.write((head + struct.pack("<II", 0, zlib.crc32(head))).ljust(_HEADER, b"\0"))
        file.writelines(islice(cycle(real), chunks))
    return path


def _chunks(data: bytes) -> list[bytes]:
    pieces = [data[at : at + _CHUNK] for at in range(_HEADER, len(data), _CHUNK)]
    return [piece for piece in pieces if piece.startswith(b"ElfChnk\0") and len(piece) == _CHUNK]
