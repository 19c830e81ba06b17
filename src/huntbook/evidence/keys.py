"""Under which key evidence is kept: one made of what its files hold, and one of their names, sizes and times, to find that by."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from huntbook.evidence.schema import version
from huntbook.evidence.walk import Limits, roots_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from concurrent.futures import Future

_PIECE = 8 * 1024 * 1024
_PART = 4 * _PIECE  # of a file, that one core takes at a time


def disk_files(paths: Sequence[str | Path]) -> list[Path]:
    """Every file on disk that the paths name, in order; archives are not opened."""
    found: list[Path] = []
    for root in (root for path in paths for root in roots_of(path)):
        if root.is_dir():
            found += sorted(Path(base, name) for base, _, names in os.walk(root) for name in names)
        else:
            found.append(root)
    return found


def size_of(file: Path) -> int:
    """Its size in bytes; 0 where nobody may know."""
    try:
        return file.stat().st_size
    except OSError:
        return 0


def stat_key(files: Iterable[Path], limits: Limits) -> str:
    """The key of files by what a folder's listing says of them."""
    return _digest(map(_stat_line, files), limits)


def content_key(files: Sequence[Path], limits: Limits, meanwhile: Iterable[Callable[[], object]] = ()) -> str:
    """The key of files by what they hold; with their times, since a syslog line takes its year from there.

    All cores help. What is to be called meanwhile may not be, where there is little to do; an error of it is nobody's here, and
    is met by whoever calls it next.
    """
    pool = ThreadPoolExecutor()
    try:
        parts = [[pool.submit(_part, file, at) for at in range(0, max(size_of(file), 1), _PART)] for file in files]
        for preparation in meanwhile:
            pool.submit(preparation)
        return _digest((_content_line(file, part) for file, part in zip(files, parts, strict=True)), limits)
    finally:
        pool.shutdown(cancel_futures=True)


def _stat_line(file: Path) -> str:
    try:
        about = file.stat()
    except OSError:
        return f"{file.absolute()}\0unreadable"
    return f"{file.absolute()}\0{about.st_size}\0{about.st_mtime_ns}\0{about.st_ino}"


def _content_line(file: Path, parts: Iterable[Future[str]]) -> str:
    try:
        if not file.is_file():
            return f"{file}\0not a file"
        digests = " ".join(part.result() for part in parts)
        return f"{file}\0{digests}\0{int(file.stat().st_mtime)}"
    except OSError:
        return f"{file}\0unreadable"


def _part(file: Path, at: int) -> str:
    """The digest of a part of a file; a file that is none (a pipe, a socket) is not waited for."""
    digest = hashlib.sha256()
    if file.is_file():
        piece = memoryview(bytearray(min(_PIECE, max(size_of(file) - at, 1))))
        end = at + _PART
        with file.open("rb", buffering=0) as stream:
            stream.seek(at)
            while read := stream.readinto(piece[: end - at]):
                digest.update(piece[:read])
                at += read
    return digest.hexdigest()


def _digest(lines: Iterable[str], limits: Limits) -> str:
    digest = hashlib.sha256(f"{version()}\0{limits}\0".encode())
    for line in lines:
        digest.update(line.encode(errors="surrogateescape") + b"\n")
    return digest.hexdigest()[:32]
