"""Tar archives, read as a stream: POSIX ustar and pax, GNU long names, and the old V7 form.

The form is that of POSIX.1-2017, "pax: Interchange Format", and of the GNU tar manual, "Basic Tar Format". Members are
found by their headers alone; links, devices and sparse maps are never acted upon.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from huntbook.evidence.streams import Note

BLOCK = 512
_LONGEST_NAME = 64 * 1024  # of an extended header; a real one is under 4 KiB
_SPECIAL = (b"L", b"K", b"x", b"g")
_KINDS = {
    b"1": "a hard link, not followed",
    b"2": "a symbolic link, not followed",
    b"3": "a device, not opened",
    b"4": "a device, not opened",
    b"6": "a pipe, not opened",
    b"S": "a sparse file, which is not read",
}


@dataclass(frozen=True)
class TarMember:
    """One member: where its bytes begin, and how many there are. `skip` says why it is none to read."""

    name: str
    offset: int
    size: int
    modified: datetime | None
    skip: str = ""


def is_tar(head: bytes) -> bool:
    """Whether the first block is a header whose checksum is right."""
    return len(head) >= BLOCK and head[0] != 0 and _sum_is_right(head[:BLOCK])


class TarReader:
    """Walks the headers of a tar; after each member that it gives, `read` gives the member's bytes."""

    def __init__(self, pieces: Iterator[bytes], note: Note) -> None:
        self._pieces = pieces
        self._note = note
        self._rest = memoryview(b"")
        self._at = 0
        self._left = 0  # bytes of the member at hand, with padding, that were not taken
        self._padding = 0

    def members(self) -> Iterator[TarMember]:
        """Give the members in their order."""
        special: dict[str, str] = {}
        while header := self._header():
            kind, size = header[156:157], _number(header[124:136])
            if kind not in _SPECIAL and special.get("size", "").isdigit():
                size = int(special["size"])
            self._left, self._padding = size, -size % BLOCK
            if kind in _SPECIAL:
                special |= self._special(kind, size)
            else:
                yield _member(header, special, self._at, size)
                special = {}
            self._skip(self._left + self._padding)

    def read(self) -> Iterator[bytes]:
        """Give the bytes of the member at hand."""
        while self._left and (piece := self._take(self._left)):
            self._left -= len(piece)
            yield piece
        if self._left:
            self._note("the archive ends inside this member; what came before is kept", f"byte {self._at}")
            self._left = self._padding = 0

    def _header(self) -> bytes:
        header = self._exactly(BLOCK)
        if not header.strip(b"\0"):  # the mark of the end, or the end
            return b""
        if len(header) < BLOCK or not _sum_is_right(header):
            self._note("damaged tar header; the archive was read up to there", f"byte {self._at - len(header)}")
            return b""
        return header

    def _special(self, kind: bytes, size: int) -> dict[str, str]:
        """Read a long name, or the records of an extended header."""
        if size > _LONGEST_NAME:
            self._note("an extended tar header is too long; left out", f"byte {self._at}")
            return {}
        data = self._exactly(size)
        self._left = 0
        if kind == b"L":
            return {"path": _text(data)}
        return _pax(data) if kind == b"x" else {}

    def _exactly(self, size: int) -> bytes:
        parts = []
        while size and (piece := self._take(size)):
            parts.append(piece)
            size -= len(piece)
        return b"".join(parts)

    def _skip(self, size: int) -> None:
        while size and (piece := self._take(size)):
            size -= len(piece)

    def _take(self, size: int) -> bytes:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = memoryview(piece)
        taken, self._rest = bytes(self._rest[:size]), self._rest[size:]
        self._at += len(taken)
        return taken


def _member(header: bytes, special: dict[str, str], offset: int, size: int) -> TarMember:
    name, prefix = _text(header[:100]), _text(header[345:500])
    if prefix and header[257:263] == b"ustar\0":
        name = f"{prefix}/{name}"
    kind = header[156:157]
    skip = _KINDS.get(kind, "")
    if kind == b"5" or (name.endswith("/") and kind in (b"\0", b"0")):
        skip = "folder"
    elif not skip and kind not in (b"\0", b"0", b"7"):
        skip = f"of the unknown kind {kind!r}"
    return TarMember(special.get("path", name), offset, size, _time(special, header), skip)


def _pax(data: bytes) -> dict[str, str]:
    """Records are `length key=value` and a newline. Only what is needed is taken."""
    found: dict[str, str] = {}
    while data:
        length, _, _ = data[:20].partition(b" ")
        if not length.isdigit() or not 5 <= int(length) <= len(data):
            break
        record, data = data[len(length) + 1 : int(length)], data[int(length) :]
        key, _, value = record.partition(b"=")
        if key in (b"path", b"mtime", b"size"):
            found[key.decode()] = _text(value.removesuffix(b"\n"))
    return found


def _time(special: dict[str, str], header: bytes) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(special.get("mtime", _number(header[136:148]))), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _number(field: bytes) -> int:
    """Octal digits, or for what needs more than eleven of them, base 256 with the first bit set."""
    if field[0] & 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    try:
        return int(digits or b"0", 8)
    except ValueError:
        return 0


def _sum_is_right(header: bytes) -> bool:
    claimed = header[148:156].strip(b" \0")
    if not claimed.isdigit():
        return False
    total = sum(header) - sum(header[148:156]) + 8 * 32
    return claimed.decode() == f"{total:o}" or _number(header[148:156]) == total


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("utf-8", errors="replace")
