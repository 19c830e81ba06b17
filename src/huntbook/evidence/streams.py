"""Streams over packed files: decompressed piece by piece, metered, and never raising for what a hostile file holds.

A stream that meets damage or a limit says so once and ends; what came out until then is kept.
"""

from __future__ import annotations

import bz2
import io
import lzma
import os
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

if TYPE_CHECKING:
    from huntbook.evidence.limits import Budget

PIECE = 256 * 1024
_SMALL_PIECE = 64 * 1024
Note = Callable[[str, str], None]  # reason, position
DAMAGE = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)

_CODECS: dict[str, tuple[Callable[[], Any], bytes]] = {  # kind → decompressor, and how each of its streams begins
    "gzip": (lambda: zlib.decompressobj(31), b"\x1f\x8b"),
    "bzip2": (bz2.BZ2Decompressor, b"BZh"),
    "xz": (lzma.LZMADecompressor, b"\xfd7zXZ\x00"),
    "deflate": (lambda: zlib.decompressobj(-15), b""),
}


class Pieces(io.RawIOBase):
    """An iterator of bytes as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as the piece at hand goes."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def stream_of(pieces: Iterator[bytes]) -> BinaryIO:
    """Make a buffered stream of pieces: `read(n)` gives n bytes as long as there are any."""
    return cast("BinaryIO", io.BufferedReader(Pieces(pieces), PIECE))


def expanded(kind: str, source: BinaryIO, meter: Meter, note: Note) -> Iterator[bytes]:
    """Decompress `source`, one stream after the other where several are joined, until its end, damage, or a limit."""
    make, magic = _CODECS[kind]
    with source:
        feed = _Feed(source)
        while True:
            decoder = make()
            try:
                yield from _one_stream(decoder, feed, meter)
            except _LimitReached:
                return
            except DAMAGE as error:
                note(f"damaged {kind} data: {_short(error)}; what came before is kept", f"byte {feed.taken}")
                return
            if not decoder.eof:
                note(f"the {kind} data end too soon; what came before is kept", f"byte {feed.taken}")
                return
            feed.rest = decoder.unused_data
            if not magic or not _begins_another(feed, magic, kind, note):
                return


class _Feed:
    """The packed bytes, and how many of them were taken."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.rest = b""
        self.taken = 0

    def take(self) -> bytes:
        """Give what was left over, or the next bytes."""
        piece, self.rest = self.rest, b""
        if not piece:
            piece = self._source.read(_SMALL_PIECE)
            self.taken += len(piece)
        return piece


def _one_stream(decoder: Any, feed: _Feed, meter: Meter) -> Iterator[bytes]:
    steps = _inflated if hasattr(decoder, "unconsumed_tail") else _decoded
    for piece in steps(decoder, feed):
        meter.count(len(piece), feed.taken)
        if piece:
            yield piece


def _decoded(decoder: Any, feed: _Feed) -> Iterator[bytes]:
    while not decoder.eof:
        packed = feed.take() if decoder.needs_input else b""
        if decoder.needs_input and not packed:
            return
        yield decoder.decompress(packed, _SMALL_PIECE)


def _inflated(decoder: Any, feed: _Feed) -> Iterator[bytes]:
    while not decoder.eof:
        packed = decoder.unconsumed_tail or feed.take()
        before = decoder.copy()
        try:
            piece = decoder.decompress(packed, PIECE) if packed else decoder.flush()
        except zlib.error:
            yield _until_damage(before, packed)
            raise
        yield piece
        if not packed:
            return


def _until_damage(decoder: Any, packed: bytes) -> bytes:
    """Decompress byte by byte what comes before the damage: zlib gives nothing of a call that fails."""
    out = bytearray()
    try:
        for at in range(len(packed)):
            out += decoder.decompress(packed[at : at + 1])
    except zlib.error:
        return bytes(out)
    return bytes(out)


def _begins_another(feed: _Feed, magic: bytes, kind: str, note: Note) -> bool:
    """Whether another stream follows; zeros are padding, anything else is said and left."""
    while True:
        feed.rest = feed.rest.lstrip(b"\0") or feed.take().lstrip(b"\0")
        if len(feed.rest) < len(magic):
            more = feed.rest
            feed.rest = b""
            feed.rest = more + feed.take()
        if feed.rest.startswith(magic):
            return True
        if feed.rest:
            note(
                f"bytes after the end of the {kind} data are not {kind}; left out",
                f"byte {feed.taken - len(feed.rest)}",
            )
            return False
        if not (following := feed.take()):
            return False
        feed.rest = following


class _LimitReached(Exception):
    pass


class Meter:
    """Counts what comes out of one member and ends it at a limit."""

    def __init__(self, name: str, budget: Budget, note: Note, *, packed: int = 0) -> None:
        self._name = name
        self._budget = budget
        self._note = note
        self._packed = packed
        self.out = 0

    def count(self, size: int, taken: int = 0) -> None:
        """Count `size` bytes more, made of `taken` bytes so far where that is not known beforehand."""
        self.out += size
        limit = self._budget.exceeded(self._name, self.out, self._packed or taken)
        if limit is not None:
            self._note(f"unpacking ended at a limit: {limit}", f"byte {self.out}")
            raise _LimitReached

    def metered(self, source: BinaryIO, note: Note) -> Iterator[bytes]:
        """Pass on what is not compressed, counted as well: an archive may hold the same bytes many times over."""
        with source:
            try:
                while piece := source.read(PIECE):
                    self.count(len(piece))
                    yield piece
            except _LimitReached:
                return
            except DAMAGE as error:
                note(f"could not be read further: {_short(error)}", f"byte {self.out}")


def window(path: Path, offset: int, size: int) -> Iterator[bytes]:
    """Give `size` bytes of a file from `offset` on."""
    with path.open("rb") as source:
        source.seek(offset)
        while size > 0 and (piece := source.read(min(PIECE, size))):
            size -= len(piece)
            yield piece


class Spool:
    """An unpacked copy on disk, deleted with the last object that holds it. Its name says nothing of the member's."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        number, name = tempfile.mkstemp(prefix="huntbook-")
        self.path = Path(name)
        self._delete = weakref.finalize(self, self.path.unlink, missing_ok=True)
        with os.fdopen(number, "wb") as copy:
            for piece in pieces:
                copy.write(piece)
            self.size = copy.tell()

    def open(self) -> BinaryIO:
        """Open the copy."""
        return self.path.open("rb")


def _short(error: BaseException) -> str:
    return str(error).split("\n", 1)[0][:120] or type(error).__name__
