"""Text files as batches of numbered lines, whatever their encoding."""

from __future__ import annotations

import codecs
import io
from mmap import mmap
from typing import TYPE_CHECKING, Any

import polars as pl

from huntbook.readers._base import BATCH, LINE, EvidenceFile, Losses, portions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

LONGEST_LINE = 16 * 1024 * 1024
_PIECE = 1024 * 1024
_FIRST = 8 * 1024 * 1024
_SMALL = 128 * 1024
_FEW = 1_000
# What Polars would take for the beginning of gzip, zlib, Zstandard, bzip2, xz or LZ4, and unpack without a limit.
PACKED = (b"\x1f\x8b", b"x", b"(\xb5/\xfd", b"BZh", b"\xfd7zXZ", b"\x04\x22M\x18")
_BEYOND = 256 * 1024  # a block is read so much larger than its portion: it ends with a whole line, before its end
TEXT = "line"
_TOO_LONG = f"a line is longer than {LONGEST_LINE:,} bytes and was cut there"

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What text does not hold: control characters other than tab, line and page feeds, escape and the separators 1C to 1F.
_CONTROLS = bytes(set(range(32)) - {9, 10, 12, 13, 27, 28, 29, 30, 31}) + b"\x7f"


def text_of(head: bytes) -> str | None:
    """Decode the first bytes of a file, or return None when they are not text."""
    mark, encoding = encoding_of(head)
    if encoding is None:
        return None
    return head[len(mark) :].decode(encoding, errors="replace")


def encoding_of(head: bytes) -> tuple[bytes, str | None]:
    """Tell the byte order mark and the encoding of a text from its first bytes; None when it is binary."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return mark, encoding
    if not head:
        return b"", None
    if 0 in head and (wide := _wide(head)) is not None:
        return b"", wide
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return b"", "utf-8" if controls <= max(1, 0.02 * len(head)) else None


def _wide(head: bytes) -> str | None:
    """UTF-16 of mostly western text without a mark: every second byte is zero."""
    half = len(head) / 2
    first, second = head[0::2].count(0), head[1::2].count(0)
    if len(head) >= 4 and second > 0.4 * half and first < 0.05 * half:
        return "utf-16-le"
    if len(head) >= 4 and first > 0.4 * half and second < 0.05 * half:
        return "utf-16-be"
    return None


def head_lines(head: bytes, most: int = 50) -> list[str]:
    """Give the first lines that are not blank, for recognising; the last is left out where it may be cut off."""
    lines = (text_of(head) or "").split("\n")
    whole = lines[:-1] if len(lines) > 1 and len(head) > 4096 else lines
    return [line.rstrip("\r") for line in whole if line.strip()][:most]


def line_batches(file: EvidenceFile, losses: Losses) -> Iterator[pl.DataFrame]:
    """Read a text in frames of `_Line` (from 1) and `line`; blank lines are left out, their numbers stay taken."""
    number = 1
    for block in blocks(file, losses):
        lines = lines_of(block, number, losses)
        del block  # whoever works on the lines may take long
        number += lines.height
        frame = lines if _has_no_blank(lines) else lines.filter(pl.col(TEXT).str.contains(r"\S"))
        if frame.height:
            yield frame


def _has_no_blank(lines: pl.DataFrame) -> bool:
    """Whether it is plain that no line is blank: the first character says it of nearly all, and of few it is soon asked."""
    return lines.height < _FEW and all("!" <= line[:1] <= "~" for line in lines[TEXT])


def lines_of(block: bytes, number: int, losses: Losses) -> pl.DataFrame:
    """Split a block of whole lines into `_Line`, from `number` on, and `line`; a line that is not UTF-8 is repaired."""
    try:
        texts = split(block)
    except (pl.exceptions.ComputeError, UnicodeDecodeError):
        texts = split(b"".join(_repair(block, number, losses)))
    lines = pl.DataFrame([pl.int_range(number, number + len(texts), dtype=pl.UInt64, eager=True).alias(LINE), texts])
    return _shortened(lines, losses) if len(block) > LONGEST_LINE else lines


def split(block: bytes, *, small: int = _SMALL) -> pl.Series:
    """The lines of a block, without what ends them; for Polars to begin takes longer than to split a small one in Python.

    Raises:
        UnicodeDecodeError, pl.exceptions.ComputeError: if it is not UTF-8.
    """
    if len(block) > small:
        if block.startswith(PACKED):
            return pl.read_lines(b"\n" + block, name=TEXT)[TEXT].slice(1)
        return pl.read_lines(block, name=TEXT)[TEXT]
    lines = block.decode("utf-8").split("\n")
    return pl.Series(TEXT, [line.removesuffix("\r") for line in (lines if lines[-1] else lines[:-1])], dtype=pl.String)


def _shortened(lines: pl.DataFrame, losses: Losses) -> pl.DataFrame:
    long = lines.filter(pl.col(TEXT).str.len_bytes() > LONGEST_LINE).height
    if not long:
        return lines
    losses.add(_TOO_LONG, lost=long, unit="lines")
    return lines.with_columns(pl.col(TEXT).str.head(LONGEST_LINE))


def numbered_blocks(file: EvidenceFile, losses: Losses) -> Iterator[tuple[int, bytes]]:
    """Read a text in blocks, each with the number of its first line."""
    number = 1
    for block in blocks(file, losses):
        yield number, block
        number += block.count(b"\n")


def blocks(file: EvidenceFile, losses: Losses, *, size: int = BATCH) -> Iterator[bytes]:
    """Read a text in blocks of whole lines, without a byte order mark.

    The bytes are UTF-8, but for lines that are in no encoding that is known: see `lines_of`. A line that is longer than
    `LONGEST_LINE` and than a block is cut.
    """
    mark, encoding = encoding_of(file.head())
    with file.open() as stream:
        stream.read(len(mark))
        beyond = min(_BEYOND, size // 8)
        sizes = portions(file.size or 0, first=min(size, _FIRST), most=size - beyond)
        text: BinaryIO | io.RawIOBase = stream
        if encoding and encoding != "utf-8":
            text = _Utf8(stream, encoding)
        elif file.path is not None:
            yield from _exact_blocks(stream, sizes, beyond)
        yield from _Blocks(text, losses, (portion + beyond for portion in sizes))


def _exact_blocks(stream: BinaryIO, sizes: Iterator[int], beyond: int) -> Iterator[bytes]:
    """Whole lines out of a file on disk, where it can be looked up first where they end: each byte is copied once.

    It stops where a line goes too far beyond a portion, or a portion is the last: the rest is left in the stream.
    """
    at = stream.tell()
    while True:
        size = next(sizes)
        stream.seek(at + size)
        end = stream.read(beyond).rfind(b"\n") + 1
        stream.seek(at)
        if not end:
            return
        block = stream.read(size + end)
        yield block
        at += len(block)


class _Blocks:
    """Whole lines out of a stream, read into one buffer again and again: fresh memory costs more than what is read."""

    def __init__(self, stream: BinaryIO | io.RawIOBase, losses: Losses, sizes: Iterator[int]) -> None:
        self._stream = stream
        self._losses = losses
        self._sizes = sizes
        self._size = next(sizes)  # of the next block
        self._buffer = mmap(-1, max(BATCH, 2 * LONGEST_LINE))  # takes no memory where nothing is written
        self._held = 0  # bytes at the beginning of the buffer, of a line that has not ended

    def __iter__(self) -> Iterator[bytes]:
        while True:
            there, ended = self._fill()
            end = there if ended else self._buffer.rfind(b"\n", 0, there) + 1
            if end:
                yield self._buffer[:end]
                self._buffer.move(0, end, there - end)
                self._size = next(self._sizes)
            elif there > LONGEST_LINE:
                there = self._cut()
            else:
                self._size *= 2  # the line is longer than a block
            if ended:
                return
            self._held = there - end

    def _fill(self) -> tuple[int, bool]:
        """Read until there is a block: how many bytes are in the buffer, and whether the stream has ended."""
        at, full = self._held, min(self._size, len(self._buffer))
        while at < full:
            with memoryview(self._buffer) as view:
                got = self._stream.readinto(view[at:full])  # type: ignore[union-attr]
            if not got:
                return at, True
            at += got
        return at, False

    def _cut(self) -> int:
        """Leave out what a line has beyond the longest, up to the next newline."""
        self._losses.add(_TOO_LONG, unit="lines")
        kept = self._buffer[:LONGEST_LINE]
        self._held = 0
        there, ended = self._fill()
        while (following := self._buffer.find(b"\n", 0, there)) < 0 and not ended:
            there, ended = self._fill()
        line = kept + self._buffer[following:there] if following >= 0 else kept
        self._buffer[: len(line)] = line
        return len(line)


class _Utf8(io.RawIOBase):
    """A stream in another encoding as UTF-8."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._rest = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest and not self._ended:
            piece = self._stream.read(_PIECE)
            self._ended = not piece
            self._rest = self._decoder.decode(piece, final=self._ended).encode("utf-8", errors="replace")
        taken = min(len(buffer), len(self._rest))
        buffer[:taken], self._rest = self._rest[:taken], self._rest[taken:]
        return taken


def pieces(file: EvidenceFile, losses: Losses, *, size: int = BATCH // 128) -> Iterator[str]:
    """Read a text in pieces that end anywhere between two characters: for formats that are not made of lines."""
    mark, encoding = encoding_of(file.head())
    decoder = codecs.getincrementaldecoder(encoding or "utf-8")(errors="replace")
    with file.open() as stream:
        stream.read(len(mark))
        at = len(mark)
        while block := stream.read(size):
            piece = decoder.decode(block)
            if "�" in piece:
                losses.add(
                    "not valid in its encoding; characters replaced", position=f"byte {at}", lost=0, unit="pieces"
                )
            at += len(block)
            yield piece
        yield decoder.decode(b"", final=True)


def as_text(block: bytes, number: int, losses: Losses) -> str:
    """Decode a block of whole lines that begins with line `number`, repairing those that are not UTF-8."""
    try:
        return block.decode("utf-8")
    except UnicodeDecodeError:
        return b"".join(_repair(block, number, losses)).decode("utf-8")


def _repair(block: bytes, number: int, losses: Losses) -> Iterator[bytes]:
    for line in _by_newline(block):
        try:
            line.decode("utf-8")
            yield line
        except UnicodeDecodeError:
            losses.add("not UTF-8; read as Windows-1252", position=f"line {number}", lost=0, unit="lines")
            yield _western(line)
        number += 1


def _by_newline(block: bytes) -> list[bytes]:
    """Split at newlines only: `splitlines` would also split at a lone carriage return."""
    lines = block.split(b"\n")
    return [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _western(line: bytes) -> bytes:
    return line.decode("cp1252", errors="replace").encode()
