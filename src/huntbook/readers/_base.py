"""What every reader is given and what it gives: a file in, batches of rows and a list of losses out."""

from __future__ import annotations

import os
import tempfile
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from shutil import copyfileobj
from typing import TYPE_CHECKING, BinaryIO, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    import polars as pl

LINE = "_Line"
RECORD = "record"
HEAD = 64 * 1024  # a format is told by this many first bytes
BATCH = 64 * 1024 * 1024  # a batch is made of about this many bytes of the file
SHARES = min(os.cpu_count() or 1, 4)  # so many work on batches at the same time


@dataclass(frozen=True)
class Loss:
    """Something in the evidence that could not be read, or not as it was written.

    `lost` counts what is missing from the tables, in `unit`; it is 0 where everything was kept and this is a remark.
    `position` says where in the file: "line 12", "byte 4096", "record 7".
    """

    file: str
    reason: str
    position: str = ""
    lost: int = 0
    unit: str = "records"


@dataclass
class Losses:
    """The losses of one file, collected while it is read; like ones are counted up, the first position is kept."""

    file: str
    found: dict[tuple[str, str], Loss] = field(default_factory=dict)

    def add(self, reason: str, *, position: str = "", lost: int = 1, unit: str = "records") -> None:
        """Note one loss, or `lost` like ones."""
        known = self.found.get((reason, unit))
        if known is not None:
            lost, position = known.lost + lost, known.position
        self.found[reason, unit] = Loss(self.file, reason, position, lost, unit)

    def __iter__(self) -> Iterator[Loss]:
        return iter(self.found.values())


@dataclass(frozen=True)
class EvidenceFile:
    """One file of the evidence: on disk, or inside an archive (then its name goes `archive.zip!member.json`)."""

    name: str
    open: Callable[[], BinaryIO]
    size: int | None = None
    modified: datetime | None = None
    path: Path | None = None  # set where the file lies on disk as it is
    copy: Path | None = None  # set where an unpacked copy lies on disk for as long as this object lives

    def head(self, size: int = HEAD) -> bytes:
        """Return its first bytes."""
        with self.open() as stream:
            return stream.read(size)

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """Give a path to it, for formats that need to seek; what lies in an archive is unpacked for as long as needed."""
        lies = self.path or self.copy
        if lies is not None:
            yield lies
            return
        with tempfile.NamedTemporaryFile(prefix="huntbook-") as copy:
            with self.open() as stream:
                copyfileobj(stream, copy, BATCH)
            copy.flush()
            yield Path(copy.name)


@dataclass(frozen=True)
class Batch:
    """Some rows of a file.

    `rows` has the column `_Line` (UInt64: the line or record number in the file, from 1) and either one column `record`
    with a JSON object as text, or one column for each field. Fields are text as written, unless the format has types.
    """

    rows: pl.DataFrame

    @property
    def is_json(self) -> bool:
        """Whether the rows are JSON objects that have yet to be taken apart."""
        return set(self.rows.columns) == {LINE, RECORD}


class Reader(ABC):
    """A file format. A reader is one file in `readers/`: say how it is recognised, and read it in batches."""

    rank: ClassVar[int] = (
        50  # asked from low to high: magic numbers 10, marked text formats 30, guesses 70, fallback 90
    )

    @classmethod
    @abstractmethod
    def recognises(cls, head: bytes) -> bool:
        """Whether a file that begins with `head` (up to 64 KiB) is of this format. Must not raise."""

    @abstractmethod
    def read(self, file: EvidenceFile, losses: Losses) -> Iterator[Batch]:
        """Read the file in batches of bounded size, in the order of the file; note what cannot be read in `losses`."""


def portions(total: int, *, first: int, most: int, early: bool = False) -> Iterator[int]:
    """Sizes of a file's batches, without end.

    Where the total is known (not 0), they come out even, as many as are a multiple of those who work on them, so that all end
    together; a file that is not worth sharing is one batch. Where it is not known, sizes double, up to `most`.

    Args:
        total: how much there is, as far as is known.
        first: what is soon there; half of it is worth sharing.
        most: what a batch may have.
        early: whether reading takes so long that a file of many batches should begin with small ones.
    """
    if total:
        if early and total > SHARES * most:
            yield from repeat(first, SHARES)
            total -= SHARES * first
        shares = SHARES * -(-total // (SHARES * most)) if 2 * total > first else 1
        yield from repeat(-(-total // shares))
    while True:
        yield first
        first = min(2 * first, most)
