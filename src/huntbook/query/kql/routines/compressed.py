"""Texts compressed by DEFLATE (RFC 1951) in zlib's wrapper (RFC 1950) or gzip's (RFC 1952), as base64.

Which bytes a text is compressed to is up to the compressor: every reader makes the same text of them. A short text is stored as it is, which
gives the bytes that Kusto's documentation shows.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 64 * 2**20  # bytes of a text, on either side: a few kilobytes may stand for gigabytes
_SHORT = 64  # bytes that are stored as they are
_ZLIB, _GZIP, _RAW = zlib.MAX_WBITS, zlib.MAX_WBITS | 16, -zlib.MAX_WBITS
_GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"  # no name, no time, no system


def to_gzip(text: str) -> str | None:
    """A text as a gzip member in base64."""
    content = _content(text)
    if content is None:
        return None
    sizes = zlib.crc32(content).to_bytes(4, "little") + (len(content) & 0xFFFFFFFF).to_bytes(4, "little")
    return base64.b64encode(_GZIP_HEAD + _deflated(content, _RAW) + sizes).decode("ascii")


def to_zlib(text: str) -> str | None:
    """A text as a zlib stream in base64."""
    content = _content(text)
    return None if content is None else base64.b64encode(_deflated(content, _ZLIB)).decode("ascii")


def of_gzip(packed: str) -> str | None:
    """The text of gzip members one after the other, in base64; `None` where it is none, or is too long."""
    return _text(packed, _GZIP)


def of_zlib(packed: str) -> str | None:
    """The text of a zlib stream in base64; `None` where it is none, or is too long."""
    return _text(packed, _ZLIB)


def _content(text: str) -> bytes | None:
    try:
        content = text.encode()
    except UnicodeEncodeError:
        return None
    return content if len(content) <= _LONGEST else None


def _deflated(content: bytes, wrapper: int) -> bytes:
    compressor = zlib.compressobj(0 if len(content) <= _SHORT else 1, zlib.DEFLATED, wrapper)
    return compressor.compress(content) + compressor.flush()


def _text(packed: str, wrapper: int) -> str | None:
    try:
        return b"".join(_members(base64.b64decode(packed, validate=True), wrapper)).decode()
    except (binascii.Error, zlib.error, ValueError):  # no base64, no such stream, no UTF-8, too long
        return None


def _members(content: bytes, wrapper: int) -> Iterator[bytes]:
    """What is compressed, each stream of it.

    Raises:
        ValueError: it is too long, or ends too early.
    """
    left = _LONGEST
    while True:
        stream = zlib.decompressobj(wrapper)
        part = stream.decompress(content, left + 1)
        left -= len(part)
        if left < 0 or not stream.eof:
            raise ValueError
        yield part
        content = stream.unused_data
        if not content:
            return
        if wrapper != _GZIP:
            raise ValueError  # something follows
