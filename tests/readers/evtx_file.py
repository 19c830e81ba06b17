"""Writes EVTX files: records of one element with text in it, as many to a chunk and as many chunks as asked for."""

from __future__ import annotations

import struct
import zlib

CHUNK = 65536


def evtx(records: int, *, per_chunk: int = 20) -> bytes:
    """A whole file with records numbered from 1."""
    chunks = [
        _chunk(list(range(first, min(first + per_chunk, records + 1)))) for first in range(1, records + 1, per_chunk)
    ]
    head = struct.pack("<8sQQQIHHHH", b"ElfFile\0", 0, len(chunks) - 1, records + 1, 128, 1, 3, 4096, len(chunks))
    head = head.ljust(120, b"\0")
    return (head + struct.pack("<II", 0, zlib.crc32(head))).ljust(4096, b"\0") + b"".join(chunks)


def _chunk(numbers: list[int]) -> bytes:
    body = b""
    last = 512
    for number in numbers:
        last = 512 + len(body)
        body += _record(number, last)
    used = 512 + len(body)
    first, final = numbers[0], numbers[-1]
    head = struct.pack("<8sQQQQIIII", b"ElfChnk\0", first, final, first, final, 128, last, used, zlib.crc32(body))
    head = head.ljust(120, b"\0")
    tables = b"\0" * (512 - 128)
    checksum = zlib.crc32(head[:120] + tables)
    return (head + struct.pack("<II", 0, checksum) + tables + body).ljust(CHUNK, b"\0")


def _record(number: int, at: int) -> bytes:
    xml = _element("Event", f"value {number}", at + 24 + 4)
    data = b"\x0f\x01\x01\x00" + xml + b"\x00"
    size = 24 + len(data) + 4
    return (
        struct.pack("<4sIQQ", b"**\0\0", size, number, 133_000_000_000_000_000 + number)
        + data
        + struct.pack("<I", size)
    )


def _element(name: str, text: str, at: int) -> bytes:
    chars = name.encode("utf-16-le")
    names = struct.pack("<IHH", 0, 0, len(name)) + chars + b"\0\0"
    value = b"\x05\x01" + struct.pack("<H", len(text)) + text.encode("utf-16-le")
    inner = names + b"\x02" + value + b"\x04"
    return b"\x01" + struct.pack("<II", len(inner) + 4, at + 1 + 4 + 4) + inner
