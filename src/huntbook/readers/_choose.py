"""Which reader a file is for, by its first bytes alone; what no reader reads is named where its magic number is known."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from huntbook.readers._text import encoding_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from huntbook.readers._base import Batch, EvidenceFile, Losses, Reader


# Formats that often lie beside logs; the numbers are those of the formats' own specifications.
_KNOWN = (
    (0, b"MZ", "a Windows program"),
    (0, b"\x7fELF", "a Linux program"),
    (0, b"\xca\xfe\xba\xbe", "a Java class or a macOS program"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\x89PNG", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF8", "a GIF image"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an OLE document (old Office, or an installer)"),
    (0, b"SQLite format 3\x00", "a SQLite database"),
    (4, b"\xef\xcd\xab\x89", "an ESE database"),
    (0, b"regf", "a registry hive"),
    (4, b"LfLe", "an event log of Windows XP (.evt)"),
    (4, b"SCCA", "a prefetch file"),
    (0, b"MAM\x04", "a compressed prefetch file"),
    (0, b"\x4c\x00\x00\x00\x01\x14\x02\x00", "a shortcut (.lnk)"),
    (0, b"LPKSHHRH", "a systemd journal: export it with `journalctl -o json`"),
    (0, b"\xd4\xc3\xb2\xa1", "a packet capture"),
    (0, b"\xa1\xb2\xc3\xd4", "a packet capture"),
    (0, b"\x0a\x0d\x0d\x0a", "a packet capture"),
    (0, b"MDMP", "a memory dump"),
    (0, b"PAGEDU", "a memory dump"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it first"),
    (0, b"Rar!", "a RAR archive: unpack it first"),
    (0, b"MSCF", "a cabinet archive: unpack it first"),
    (0, b"\x04\x22\x4d\x18", "LZ4 data: unpack it first"),
    (0, b"ARROW1", "an Arrow file: convert it to Parquet"),
    (0, b"Obj\x01", "an Avro file: convert it to Parquet"),
    (0, b"ORC", "an ORC file: convert it to Parquet"),
    (8, b"MaxMind", "a MaxMind database"),
)
_PICKLES = (".pkl", ".pickle", ".p")


@cache
def _by_rank() -> list[tuple[str, type[Reader]]]:
    from huntbook.readers import readers  # noqa: PLC0415  (the package imports this module)

    return sorted(readers.items(), key=lambda item: (item[1].rank, item[0]))


def recognise(head: bytes) -> str | None:
    """Name the reader for a file that begins with `head`: the first, in the order of rank, that recognises it."""
    return next((name for name, reader in _by_rank() if reader.recognises(head)), None)


def choose(file: EvidenceFile, losses: Losses) -> Reader | None:
    """Choose the reader for a file, or note why there is none.

    A pickle is never read: reading one runs what its author wrote into it.
    """
    try:
        head = file.head()
    except OSError as error:
        losses.add(f"could not be read: {error.strerror or error}", unit="files")
        return None
    reason = _never(file.name, head)
    name = None if reason else recognise(head)
    if name is None:
        losses.add(reason or f"not a log format that huntbook reads{_what(head)}", unit="files")
        return None
    return dict(_by_rank())[name]()


def read(file: EvidenceFile, losses: Losses) -> Iterator[Batch]:
    """Read a file with the reader that recognises it; what stops the reading is noted, not raised."""
    reader = choose(file, losses)
    if reader is None:
        return
    try:
        yield from reader.read(file, losses)
    except OSError as error:
        losses.add(f"could not be read to its end: {error.strerror or error}", unit="parts of files")
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        losses.add(f"could not be read to its end: {str(error)[:200]}", unit="parts of files")


def _never(name: str, head: bytes) -> str:
    if (head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")) or name.lower().endswith(_PICKLES):
        return "a pickle is never read: it may run code"
    if head and not head.strip(b"\0"):
        return "begins with nothing but zeros"
    return ""


def _what(head: bytes) -> str:
    """Name what it is, if its magic number is known."""
    for offset, magic, name in _KNOWN:
        if head.startswith(magic, offset):
            return f": {name}"
    return " (it is not text)" if encoding_of(head)[1] is None else ""
