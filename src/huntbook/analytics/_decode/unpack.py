"""Opening what is packed: gzip, zlib, raw deflate and zip, each within the cell's budget.

A bomb is stopped: `Unpacked.stopped` says at what, and the row that is made of it says so too.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from huntbook.analytics._decode.content import MAX_MEMBERS, Budget, Trust

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 16 * 1024
_RAW_DEFLATE_FROM = 64  # shorter runs of any bytes are too often deflate by chance
# LZMA's header may ask for any amount of memory and bzip2 is not seen in payloads: neither is opened.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
    EOFError,  # a member that ends before its size
    zlib.error,
    struct.error,
)


class Unpacked(NamedTuple):
    """What came out of one container, or out of one member of an archive."""

    container: str
    data: bytes
    stopped: str = ""
    damaged: bool = False
    member: str = ""


def unpack(data: bytes, trust: Trust, budget: Budget) -> list[Unpacked]:
    """Open a container; an empty list if the bytes are none."""
    if budget.layers <= 0:
        return []
    if data.startswith(b"\x1f\x8b\x08"):
        return _stream("gzip", data, zlib.MAX_WBITS | 16, budget)
    if data.startswith(b"PK\x03\x04"):
        return list(_members(data, budget))
    if data[:1] == b"\x78" and int.from_bytes(data[:2], "big") % 31 == 0:  # RFC 1950, 2.2
        return _whole(_stream("zlib", data, zlib.MAX_WBITS, budget))
    if len(data) >= _RAW_DEFLATE_FROM or trust >= Trust.CALL:
        return _whole(_stream("deflate", data, -zlib.MAX_WBITS, budget))
    return []


def _whole(found: list[Unpacked]) -> list[Unpacked]:
    """Without a signature, only a stream that ends as it should (or never) is taken for one."""
    return [one for one in found if not one.damaged]


def _stream(container: str, data: bytes, window: int, budget: Budget) -> list[Unpacked]:
    limit = budget.allowance(len(data))
    engine = zlib.decompressobj(window)
    parts: list[bytes] = []
    size = 0
    try:
        for start in range(0, len(data), _CHUNK):
            parts.append(engine.decompress(data[start : start + _CHUNK], limit - size + 1))
            size += len(parts[-1])
            if size > limit:
                return [_stopped(container, len(data), limit, budget)]
            if engine.eof:
                break
    except zlib.error:
        return _damaged(container, parts, budget)
    if not engine.eof:
        return _damaged(container, parts, budget)
    return [_taken(container, b"".join(parts), budget)]


def _damaged(container: str, parts: list[bytes], budget: Budget) -> list[Unpacked]:
    rest = b"".join(parts)
    return [_taken(container, rest, budget)._replace(damaged=True)] if rest else []


def _taken(container: str, data: bytes, budget: Budget) -> Unpacked:
    budget.take(len(data))
    return Unpacked(container, data)


def _stopped(container: str, packed: int, limit: int, budget: Budget) -> Unpacked:
    budget.take(limit)
    return Unpacked(container, b"", stopped=f"{container} stopped: {packed} bytes unfold to more than {limit}")


def _members(data: bytes, budget: Budget) -> Iterator[Unpacked]:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            files = [info for info in archive.infolist() if not info.filename.endswith("/")]
            for info in files[:MAX_MEMBERS]:
                yield _member(archive, info, budget)
    except _ZIP_ERRORS:
        return
    if len(files) > MAX_MEMBERS:
        yield Unpacked("zip", b"", stopped=f"zip stopped: {len(files)} members, only {MAX_MEMBERS} opened")


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> Unpacked:
    if info.flag_bits & 0x1 or info.compress_type not in _METHODS:
        reason = "is encrypted" if info.flag_bits & 0x1 else "is packed in a way that is not opened"
        return Unpacked("zip", b"", stopped=f"zip member {info.filename!r} {reason}", member=info.filename)
    limit = budget.allowance(info.compress_size)
    try:
        with archive.open(info) as member:
            content = member.read(limit + 1)
    except _ZIP_ERRORS:
        return Unpacked("zip", b"", stopped=f"zip member {info.filename!r} is damaged", member=info.filename)
    if len(content) > limit:
        return _stopped("zip", info.compress_size, limit, budget)._replace(member=info.filename)
    return _taken("zip", content, budget)._replace(member=info.filename)
