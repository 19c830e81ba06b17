"""What is inside a file of the evidence: itself, or the members of the archive that it is, nested up to a limit."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, BinaryIO

from huntbook.evidence.streams import Meter, Note, Spool, expanded, stream_of, window
from huntbook.evidence.tars import BLOCK, TarMember, TarReader, is_tar
from huntbook.evidence.zips import METHODS, ZipMember, data_offset, is_zip, zip_members
from huntbook.evidence.zstandard import zstd_pieces
from huntbook.readers._base import EvidenceFile, Loss

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from huntbook.evidence.limits import Budget

_MAGIC = {b"\x1f\x8b\x08": "gzip", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
_DOCUMENT = frozenset({"[Content_Types].xml", "META-INF/MANIFEST.MF", "AndroidManifest.xml", "mimetype"})
JUNK = re.compile(r"(?:^|/)(?:\.DS_Store|Thumbs\.db|desktop\.ini|\._[^/]*)$|(?:^|/)__MACOSX(?:/|$)", re.IGNORECASE)


def container_of(head: bytes) -> str | None:
    """Name the kind of container that begins so: gzip, bzip2, xz, zstd, zip or tar. Names of files are not asked."""
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    if head[:3] == b"BZh" and head[4:10] in (b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90"):
        return "bzip2"
    if is_zip(head):
        return "zip"
    return "tar" if is_tar(head) else None


@dataclass
class Unpacker:
    """Unpacks one outermost file. Its losses are said once, however often a member is opened."""

    lost: list[Loss]
    budget: Budget
    _said: set[tuple[str, str]] = field(default_factory=set)

    def files(self, file: EvidenceFile, depth: int = 0, *, packed: bool = False) -> Iterator[EvidenceFile]:
        """Give the file itself, or what is in it; `packed` when it came out of a compressed stream."""
        head = file.head(BLOCK)
        kind = container_of(head)
        if kind is None:
            if head:
                yield file
            else:
                self.say(file.name, "empty", lost=0)
            return
        depth += not (packed and kind == "tar")
        if depth > self.budget.limits.depth:
            self.say(file.name, f"archives nested deeper than {self.budget.limits.depth}; not unpacked", unit="files")
        elif kind == "zip":
            yield from self._zip(file, depth)
        elif kind == "tar":
            yield from self._tar(file, depth)
        else:
            yield from self.files(self._compressed(file, kind), depth, packed=True)

    def say(self, name: str, reason: str, position: str = "", *, lost: int = 1, unit: str = "parts of files") -> None:
        """Note a loss, once."""
        if (name, reason) not in self._said:
            self._said.add((name, reason))
            self.lost.append(Loss(name, reason, position, lost, unit))

    def _note(self, name: str) -> Note:
        return lambda reason, position: self.say(name, reason, position)

    def _remark(self, name: str) -> Note:
        return lambda reason, position: self.say(name, reason, position, lost=0)

    def _meter(self, name: str, packed: int = 0) -> Meter:
        return Meter(name, self.budget, self._note(name), packed=packed)

    # --- one compressed stream ---

    def _compressed(self, file: EvidenceFile, kind: str) -> EvidenceFile:
        note = self._note(file.name)

        def open_it() -> BinaryIO:
            meter = self._meter(file.name)
            if kind == "zstd":
                return stream_of(zstd_pieces(file, meter, note))
            return stream_of(expanded(kind, file.open(), meter, note))

        return EvidenceFile(file.name, open_it, modified=file.modified)

    # --- zip ---

    def _zip(self, file: EvidenceFile, depth: int) -> Iterator[EvidenceFile]:
        whole = self._seekable(file)
        path = whole.path or whole.copy
        if path is None:
            return
        names = _Names(self, file.name)
        for number, member in enumerate(zip_members(path, self._note(file.name))):
            if not number and member.name in _DOCUMENT:
                self.say(
                    file.name,
                    "an Office document, a Java archive or the like: not a log format that huntbook reads",
                    unit="files",
                )
                return
            if (limit := self.budget.member()) is not None:
                self.say(file.name, f"unpacking ended at a limit: {limit}")
                return
            if not member.name.endswith(("/", "\\")):
                yield from self._zip_member(whole, path, member, names.of(member.name), depth)

    def _zip_member(
        self, whole: EvidenceFile, path: Path, member: ZipMember, name: str, depth: int
    ) -> Iterator[EvidenceFile]:
        reason = _unreadable(member)
        if JUNK.search(name):
            self.say(name, "left out: belongs to the operating system", lost=0)
        elif reason:
            self.say(name, reason, lost=0 if member.link else 1, unit="files")
        else:
            yield from self.files(self._opened_zip_member(whole, path, member, name), depth)

    def _opened_zip_member(self, whole: EvidenceFile, path: Path, member: ZipMember, name: str) -> EvidenceFile:
        def open_it() -> BinaryIO:
            _ = whole  # holds the copy on disk
            with path.open("rb") as file:
                begins = data_offset(file, member)
            meter, note = self._meter(name, member.packed), self._note(name)
            if begins is None:
                note("its header is not where the directory says", f"byte {member.header}")
                return stream_of(iter(()))
            source = stream_of(window(path, begins, member.packed))
            if member.method == 0:
                return stream_of(meter.metered(source, note))
            return stream_of(expanded(METHODS[member.method], source, meter, note))

        return EvidenceFile(name, open_it, modified=member.modified or whole.modified)

    # --- tar ---

    def _tar(self, file: EvidenceFile, depth: int) -> Iterator[EvidenceFile]:
        """Members are read in their order; each is copied to disk, unless the tar itself lies there."""
        names = _Names(self, file.name)
        on_disk = file.path or file.copy
        with file.open() as stream:
            reader = TarReader(_pieces(stream), self._note(file.name))
            for member in reader.members():
                if (limit := self.budget.member()) is not None:
                    self.say(file.name, f"unpacking ended at a limit: {limit}")
                    return
                if member.skip == "folder":
                    continue
                name = names.of(member.name)
                if JUNK.search(name):
                    self.say(name, "left out: belongs to the operating system", lost=0)
                elif member.skip:
                    self.say(name, member.skip, lost=int("sparse" in member.skip), unit="files")
                elif on_disk is not None:
                    yield from self.files(self._tar_window(file, on_disk, member, name), depth)
                else:
                    yield from self._spooled(reader, member, name, depth)

    def _tar_window(self, file: EvidenceFile, path: Path, member: TarMember, name: str) -> EvidenceFile:
        def open_it() -> BinaryIO:
            _ = file  # holds the copy on disk
            source = stream_of(self._whole(window(path, member.offset, member.size), name, member.size))
            return stream_of(self._meter(name, member.size).metered(source, self._note(name)))

        return EvidenceFile(name, open_it, size=member.size, modified=member.modified or file.modified)

    def _whole(self, pieces: Iterator[bytes], name: str, size: int) -> Iterator[bytes]:
        for piece in pieces:
            size -= len(piece)
            yield piece
        if size > 0:
            self.say(name, "the archive ends inside this member; what came before is kept")

    def _spooled(self, reader: TarReader, member: TarMember, name: str, depth: int) -> Iterator[EvidenceFile]:
        copy = self._copied(reader.read(), name)
        if copy is not None:
            held = EvidenceFile(name, copy.open, size=copy.size, modified=member.modified, copy=copy.path)
            yield from self.files(held, depth)

    # --- copies on disk ---

    def _seekable(self, file: EvidenceFile) -> EvidenceFile:
        if file.path or file.copy:
            return file
        with file.open() as stream:
            copy = self._copied(_pieces(stream), file.name)
        return file if copy is None else replace(file, open=copy.open, size=copy.size, copy=copy.path)

    def _copied(self, pieces: Iterator[bytes], name: str) -> Spool | None:
        try:
            return Spool(pieces)
        except OSError as error:
            self.say(name, f"could not be unpacked to disk: {error.strerror}", unit="files")
            return None


class _Names:
    """Names of members for show: never a place on disk, cleaned of what would climb out, each but once."""

    def __init__(self, unpacker: Unpacker, archive: str) -> None:
        self._unpacker = unpacker
        self._archive = archive
        self._seen: dict[str, int] = {}

    def of(self, member: str) -> str:
        """Give `archive!member`; a name that climbed out of the archive is said, and read all the same."""
        clean, climbs = cleaned(member)
        count = self._seen[clean] = self._seen.get(clean, 0) + 1
        name = f"{self._archive}!{clean}" + (f"#{count}" if count > 1 else "")
        if climbs:
            self._unpacker.say(name, f"its name climbs out of the archive: {member[:200]!r}", lost=0)
        return name


def cleaned(member: str) -> tuple[str, bool]:
    """Strip a member's name of roots, drives, `..` and control characters; say whether it meant to climb out."""
    name = "".join(c if c.isprintable() else "�" for c in member[:1000]).replace("\\", "/")
    drive = re.match(r"[A-Za-z]:", name)
    parts = (name[2:] if drive else name).split("/")
    climbs = bool(drive) or ".." in parts or name.startswith("/") or "\\" in member
    return "/".join(part for part in parts if part not in ("", ".", "..")) or "member", climbs


def _unreadable(member: ZipMember) -> str:
    if member.link:
        return "a symbolic link, not followed"
    if member.encrypted:
        return "encrypted: it needs a password"
    if member.method not in METHODS:
        return f"compressed with {member.method_name}, which huntbook does not unpack"
    return ""


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(256 * 1024):
        yield piece
