"""Text files as batches of numbered lines, whatever their encoding."""

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING

import polars as pl

from huntbook.readers._base import BATCH, LINE, EvidenceFile, Losses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

LONGEST_LINE = 16 * 1024 * 1024
_PIECE = LONGEST_LINE // 2
TEXT = "line"

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
    return b"", "utf-8" if controls <= 0.02 * len(head) else None


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
    for number, block in blocks(file, losses):
        frame = lines_of(block, number, losses).filter(pl.col(TEXT).str.contains(r"\S"))
        if frame.height:
            yield frame


def lines_of(block: bytes, number: int, losses: Losses) -> pl.DataFrame:
    """Split a block of whole lines into `_Line`, from `number` on, and `line`; a line that is not UTF-8 is repaired."""
    try:
        lines = pl.read_lines(io.BytesIO(block), name=TEXT, row_index_name=LINE, row_index_offset=number)
    except pl.exceptions.ComputeError:
        repaired = b"".join(_repair(block, number, losses))
        lines = pl.read_lines(io.BytesIO(repaired), name=TEXT, row_index_name=LINE, row_index_offset=number)
    return lines.with_columns(pl.col(LINE).cast(pl.UInt64))


def blocks(file: EvidenceFile, losses: Losses, *, size: int = BATCH) -> Iterator[tuple[int, bytes]]:
    """Read a text in blocks of whole lines, each with the number of its first line, without a byte order mark.

    The bytes are UTF-8, but for lines that are in no encoding that is known: see `lines_of`.
    """
    mark, encoding = encoding_of(file.head())
    number = 1
    with file.open() as stream:
        stream.read(len(mark))
        for block in _grown(_whole_lines(_utf8(stream, encoding or "utf-8", min(size, _PIECE)), losses), size):
            yield number, block
            number += block.count(b"\n")


def _grown(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Join blocks until they have the size of a batch; they are read smaller, so that an endless line is met in time."""
    held: list[bytes] = []
    for block in blocks:
        held.append(block)
        if sum(map(len, held)) >= size - _PIECE:  # another might make it larger
            yield b"".join(held)
            held = []
    if held:
        yield b"".join(held)


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


def _utf8(stream: BinaryIO, encoding: str, size: int) -> Iterator[bytes]:
    if encoding == "utf-8":
        while block := stream.read(size):
            yield block
        return
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    while block := stream.read(size):
        yield decoder.decode(block).encode("utf-8", errors="replace")
    yield decoder.decode(b"", final=True).encode("utf-8", errors="replace")


def _whole_lines(blocks: Iterator[bytes], losses: Losses) -> Iterator[bytes]:
    """Join and cut so that each block ends with a line; what a line has beyond the longest is left out."""
    rest, skipping = b"", False
    for block in blocks:
        end = block.rfind(b"\n") + 1
        if skipping:
            following = block.find(b"\n")
            if following < 0:
                continue
            block, skipping = block[following:], False  # noqa: PLW2901
            end = block.rfind(b"\n") + 1
        if end:
            yield rest + block[:end]
            rest = block[end:]
        elif len(rest) + len(block) > LONGEST_LINE:
            losses.add(f"a line is longer than {LONGEST_LINE:,} bytes and was cut there", unit="lines")
            rest, skipping = (rest + block)[:LONGEST_LINE], True
        else:
            rest += block
    if rest:
        yield rest


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
