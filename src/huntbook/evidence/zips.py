"""Zip archives: the central directory where there is one, else every member that can be found by its own header.

The form is that of PKWARE's APPNOTE.TXT 6.3.10. The members' bytes are decompressed by huntbook's own streams, so that a
damaged or cut-off member gives what it still holds.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from huntbook.evidence.streams import Note

METHODS = {0: "stored", 8: "deflate", 12: "bzip2", 95: "xz"}
_OTHERS = {1: "shrink", 6: "implode", 9: "deflate64", 14: "LZMA", 93: "Zstandard", 97: "WavPack", 98: "PPMd", 99: "AES"}
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_END64 = struct.Struct("<4sQHHIIQQQQ")
_FULL = 0xFFFFFFFF
_WINDOW = 1024 * 1024


@dataclass(frozen=True)
class ZipMember:
    """One member: where its local header is, and how many packed bytes follow that."""

    name: str
    header: int
    packed: int
    method: int
    modified: datetime | None
    encrypted: bool = False
    link: bool = False

    @property
    def method_name(self) -> str:
        """The method's name, or its number."""
        return METHODS.get(self.method) or _OTHERS.get(self.method) or f"method {self.method}"


def is_zip(head: bytes) -> bool:
    """Whether it begins as a zip does: with a member, or with the end of an empty one."""
    return head[:4] in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


def zip_members(path: Path, note: Note) -> Iterator[ZipMember]:
    """Give the members in the order of the central directory, or, where that is gone, of their own headers."""
    with path.open("rb") as file:
        place = _directory(file)
        if place is None:
            note(
                "the zip has no directory at its end (it may be cut off); its members were sought by their headers", ""
            )
            yield from _scanned(file)
        else:
            yield from _listed(file, *place, note)


def data_offset(file: BinaryIO, member: ZipMember) -> int | None:
    """Say where a member's packed bytes begin, or None when its local header is not there."""
    file.seek(member.header)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
        return None
    fields = _LOCAL.unpack(header)
    return member.header + _LOCAL.size + int(fields[9]) + int(fields[10])


def _directory(file: BinaryIO) -> tuple[int, int, int] | None:
    """Find the directory: its offset, its size, and by how much all offsets are shifted by bytes before the zip."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END.size - 0xFFFF))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        return None
    end = size - len(tail) + at
    *_, length, offset, _ = _END.unpack_from(tail, at)
    if _FULL in (length, offset):
        file.seek(max(0, end - 20 - _END64.size))
        record = file.read(_END64.size)
        if len(record) == _END64.size and record.startswith(b"PK\x06\x06"):
            length, offset = _END64.unpack(record)[-2:]
            end -= 20 + _END64.size
    shift = end - length - offset
    return (offset + shift, length, shift) if shift >= 0 and offset + shift >= 0 else None


def _listed(file: BinaryIO, offset: int, length: int, shift: int, note: Note) -> Iterator[ZipMember]:
    end = offset + length
    while offset + _CENTRAL.size <= end:
        file.seek(offset)
        header = file.read(_CENTRAL.size)
        if len(header) < _CENTRAL.size or header[:4] != b"PK\x01\x02":
            note("damaged zip directory; the archive was read up to there", f"byte {offset}")
            return
        fields = _CENTRAL.unpack(header)
        flags, method, time, date, packed, unpacked = *fields[3:7], fields[8], fields[9]
        name, extra = file.read(fields[10]), file.read(fields[11])
        at = fields[16]
        if _FULL in (packed, unpacked, at):
            packed, at = _large(extra, unpacked=unpacked, packed=packed, at=at)
        link = fields[1] >> 8 == 3 and (fields[15] >> 28) == 0xA
        yield ZipMember(_name(name, flags), at + shift, packed, method, _time(date, time), bool(flags & 1), link)
        offset += _CENTRAL.size + fields[10] + fields[11] + fields[12]


def _large(extra: bytes, *, unpacked: int, packed: int, at: int) -> tuple[int, int]:
    """Take the sizes and the offset of a zip64 member from its extra field: those that are full, in this order."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == 1:
            values = iter(struct.unpack_from(f"<{size // 8}Q", extra[: 4 + size], 4) if len(extra) >= 4 + size else ())
            if unpacked == _FULL:
                next(values, 0)
            packed = next(values, packed) if packed == _FULL else packed
            at = next(values, at) if at == _FULL else at
            break
        extra = extra[4 + size :]
    return packed, at


def _scanned(file: BinaryIO) -> Iterator[ZipMember]:
    """Find members by their local headers. One whose size is only given after it goes up to the next header."""
    found = _headers(file)
    header = next(found, None)
    while header is not None:
        file.seek(header)
        fields = _LOCAL.unpack(file.read(_LOCAL.size))
        flags, method, time, date, packed = *fields[2:6], fields[7]
        name = _name(file.read(fields[9]), flags)
        begins = header + _LOCAL.size + fields[9] + fields[10]
        following = next(found, None)
        while packed not in (0, _FULL) and following is not None and following < begins + packed:
            following = next(found, None)
        if packed in (0, _FULL):
            packed = max(0, (following if following is not None else file.seek(0, 2)) - begins)
        if name and not name.endswith("/"):
            yield ZipMember(name, header, packed, method, _time(date, time), bool(flags & 1))
        header = following


def _headers(file: BinaryIO) -> Iterator[int]:
    """Give the offsets of what looks like local headers: the signature, and a version and a method that exist."""
    looks = re.compile(rb"PK\x03\x04[\x00-\x40]\x00..[\x00-\x63]\x00", re.DOTALL)
    at = 0
    while True:
        file.seek(at)
        block = file.read(_WINDOW)
        for match in looks.finditer(block):
            if len(block) - match.start() >= _LOCAL.size:
                yield at + match.start()
        if len(block) < _WINDOW:
            return
        at += _WINDOW - _LOCAL.size + 1


def _name(name: bytes, flags: int) -> str:
    return name.decode("utf-8", errors="replace") if flags & 0x800 else name.decode("cp437")


def _time(date: int, time: int) -> datetime | None:
    """DOS time has no zone; it is taken as UTC."""
    try:
        hour, minute, second = time >> 11, time >> 5 & 0x3F, (time & 0x1F) * 2
        return datetime(1980 + (date >> 9), date >> 5 & 0xF, date & 0x1F, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
