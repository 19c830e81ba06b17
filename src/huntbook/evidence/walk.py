"""The files of the evidence: folders walked, globs expanded, archives looked into, in an order that is always the same."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING

from huntbook.errors import EvidenceError
from huntbook.evidence.limits import Budget, Limits
from huntbook.evidence.unpack import JUNK, Unpacker
from huntbook.readers._base import EvidenceFile, Loss

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Limits", "walk"]


def walk(
    paths: Sequence[str | Path],
    *,
    limits: Limits | None = None,
    lost: list[Loss],
    begin: Callable[[int], None] | None = None,
) -> Iterator[EvidenceFile]:
    """Give every file of the evidence that may hold logs, those in archives too.

    Files are named relative to the folder walked (of several paths: to what they have in common), members of archives
    as `archive.zip!folder/member.json`. Times of last modification are aware, in UTC. What is left out, and every limit
    that an archive exceeded, is added to `lost` as it is met. A member may be opened as long as its object lives.

    Args:
        paths: folders, files, and globs (`logs/**/*.json`).
        limits: what an archive may hold; see `Limits`.
        lost: where to note what could not be read.
        begin: called with the size of each file on disk as it is begun, before what is in it.

    Raises:
        EvidenceError: if a path leads to nothing.

    Example:
        >>> lost = []
        >>> [file.name for file in walk([], lost=lost)]
        []
    """
    roots = [root for path in paths for root in roots_of(path)]
    return _walked(roots, limits or Limits(), lost, begin or (lambda _: None))


def roots_of(path: str | Path) -> list[Path]:
    """A path itself, or what a glob stands for; a name that exists is itself, whatever characters it has.

    Raises:
        EvidenceError: if the path leads to nothing.
    """
    there = Path(path).expanduser()
    if os.path.lexists(there):
        return [there]
    found = _matches(there)
    if not found:
        hint = "No file matches." if has_magic(str(path)) else "Check the spelling, and that the disk is mounted."
        raise EvidenceError("There is nothing here.", path=path, hint=hint)
    return found


def _matches(pattern: Path) -> list[Path]:
    parts = pattern.parts
    first = next((at for at, part in enumerate(parts) if has_magic(part)), len(parts))
    return sorted(Path(*parts[:first]).glob("/".join(parts[first:]))) if first < len(parts) else []


def _walked(
    roots: list[Path], limits: Limits, lost: list[Loss], begin: Callable[[int], None]
) -> Iterator[EvidenceFile]:
    base = _base(roots)
    seen: set[str] = set()
    for root in roots:
        for path in _files(root, base, lost):
            place = os.path.realpath(path)
            if place not in seen:
                seen.add(place)
                yield from _contents(path, _name(path, base), limits, lost, begin)


def _base(roots: list[Path]) -> Path:
    """The folder that names are relative to."""
    if len(roots) == 1:
        return roots[0] if roots[0].is_dir() else roots[0].parent
    return Path(os.path.commonpath([root.absolute().parent for root in roots])) if roots else Path()


def _name(path: Path, base: Path) -> str:
    name = os.path.relpath(path, base).replace(os.sep, "/")
    return name.encode("utf-8", errors="surrogateescape").decode("utf-8", errors="replace")


def _files(root: Path, base: Path, lost: list[Loss]) -> Iterator[Path]:
    """Walk depth first, by name. Links are never followed: what they point to is evidence only where it lies itself."""
    if not root.is_dir():
        yield root
        return
    inside = os.path.realpath(root)
    folders = [root]
    while folders:
        folder = folders.pop()
        entries = _entries(folder, _name(folder, base), lost)
        for entry in entries:
            path = Path(entry.path)
            if entry.is_symlink():
                _remark_link(path, _name(path, base), inside, lost)
            elif JUNK.search(entry.name):
                lost.append(Loss(_name(path, base), "left out: belongs to the operating system"))
            elif entry.is_file(follow_symlinks=False):
                yield path
            elif not entry.is_dir(follow_symlinks=False):
                lost.append(Loss(_name(path, base), "a device, pipe or socket, not opened"))
        folders.extend(Path(e.path) for e in reversed(entries) if _is_folder(e))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False) and not JUNK.search(entry.name)


def _entries(folder: Path, name: str, lost: list[Loss]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        lost.append(Loss(name, f"the folder could not be read: {error.strerror}", lost=1, unit="folders"))
        return []


def _remark_link(path: Path, name: str, inside: str, lost: list[Loss]) -> None:
    """A link to what is walked anyway needs no word."""
    target = os.path.realpath(path)
    if os.path.commonpath([target, inside]) != inside:
        lost.append(Loss(name, "a symbolic link out of the folder, not followed"))


def _contents(
    path: Path, name: str, limits: Limits, lost: list[Loss], begin: Callable[[int], None]
) -> Iterator[EvidenceFile]:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            lost.append(Loss(name, "a device, pipe or socket, not opened"))
            return
        begin(status.st_size)
        modified = datetime.fromtimestamp(status.st_mtime, UTC)
        file = EvidenceFile(name, lambda: path.open("rb"), size=status.st_size, modified=modified, path=path)
        yield from Unpacker(lost, Budget(limits, status.st_size)).files(file)
    except OSError as error:
        lost.append(Loss(name, f"could not be read: {error.strerror or error}", lost=1, unit="files"))
