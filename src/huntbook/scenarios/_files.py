"""Log files that are written in time order although the events of a scenario come in any order."""

from __future__ import annotations

import gzip
import os
from bisect import bisect_left
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, BinaryIO
from zlib import crc32

if TYPE_CHECKING:
    from pathlib import Path

    from huntbook.scenarios._clock import Span

NUMBER = "\0"  # stands in a record for the number that it gets in its series when it is written
_time = itemgetter(0)


@dataclass
class LogFile:
    """One file of evidence: holds events until their time has come, then numbers and writes them.

    A record may contain `NUMBER`, which becomes the next number of its `series` (a record number is counted per
    computer and channel, an audit serial per host), so numbers rise with time in the file.
    """

    path: Path
    opening: str = ""
    between: str = "\n"
    closing: str = "\n"
    events: int = 0
    _waiting: list[tuple[int, str, str]] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)
    _stream: BinaryIO | _Gzip | None = None

    def add(self, moment: int, record: str, series: str = "") -> None:
        """Take a record that is to be written when its time has come."""
        self._waiting.append((moment, record, series))

    def flush(self, until: int) -> None:
        """Write what happened before `until`, in order of time."""
        waiting = sorted(self._waiting, key=_time)
        ready = _count_before(waiting, until)
        self._waiting = waiting[ready:]
        if ready:
            self._write([self._numbered(record, series) if series else record for _, record, series in waiting[:ready]])
            self.events += ready

    def close(self, span: Span) -> None:
        """Write the last events, drop what would lie beyond the end, and date the file to its end."""
        self.flush(span.end)
        stream = self._open()
        stream.write((self.closing if self.events else self.closing.lstrip("\n")).encode())
        stream.close()
        os.utime(self.path, (span.end / 1000, span.end / 1000))

    def _write(self, records: list[str]) -> None:
        text = self.between.join(records)
        self._open().write((self.between + text if self.events else text).encode())

    def _numbered(self, record: str, series: str) -> str:
        # A series starts at a number of its own, as on a machine that has been running for a while.
        number = self._numbers.get(series) or 10_000 + crc32(series.encode()) % 900_000
        self._numbers[series] = number + 1
        return record.replace(NUMBER, str(number))

    def _open(self) -> BinaryIO | _Gzip:
        if self._stream is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            stream = _Gzip(self.path) if self.path.suffix == ".gz" else self.path.open("wb")
            stream.write(self.opening.encode())
            self._stream = stream
        return self._stream


class _Gzip(gzip.GzipFile):
    """A gzip file without name and time in it, so that the same evidence is the same bytes."""

    def __init__(self, path: Path) -> None:
        self._raw = path.open("wb")
        super().__init__(filename="", mode="wb", compresslevel=4, fileobj=self._raw, mtime=0)

    def close(self) -> None:
        super().close()
        self._raw.close()


def _count_before(waiting: list[tuple[int, str, str]], until: int) -> int:
    """Count the events before a time in a list that is sorted by time."""
    return bisect_left(waiting, until, key=_time)
