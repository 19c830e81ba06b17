"""One small sample of every format, and reading from bytes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl
from tests.readers.evtx_file import evtx

from huntbook.readers import read
from huntbook.readers._base import LINE, Batch, EvidenceFile, Loss, Losses

MODIFIED = datetime(2024, 6, 1, 12, tzinfo=UTC)


@dataclass
class Found:
    """What a reader made of some bytes."""

    batches: list[Batch]
    losses: list[Loss]

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [row for batch in self.batches for row in batch.rows.to_dicts()]

    @property
    def lines(self) -> list[int]:
        return [row[LINE] for row in self.rows]

    def column(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows]

    @property
    def lost(self) -> int:
        return sum(loss.lost for loss in self.losses)


def file_of(data: bytes, name: str = "sample") -> EvidenceFile:
    return EvidenceFile(name, lambda: io.BytesIO(data), size=len(data), modified=MODIFIED)


def reading(data: bytes, name: str = "sample") -> Found:
    losses = Losses(name)
    batches = list(read(file_of(data, name), losses))
    return Found(batches, list(losses))


def _parquet() -> bytes:
    target = io.BytesIO()
    pl.DataFrame({"n": range(40), "host": ["WS01", None] * 20}).write_parquet(target, row_group_size=10)
    return target.getvalue()


_ZEEK = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n#open\t2024-03-01-00-00-00\n"
    "#fields\tts\tid.orig_h\tquery\tanswers\n#types\ttime\taddr\tstring\tvector[string]\n"
)

# Each sample has 40 records; SAMPLES_FIRST says on which line the first stands.
SAMPLES: dict[str, bytes] = {
    "auditd": "".join(
        f'type=SYSCALL msg=audit(1709250000.{n:03}:{n}): arch=c000003e syscall=59 success=yes pid={n} comm="ls" exe="/bin/ls"\n'
        for n in range(1, 41)
    ).encode(),
    "csv": ("time,host,count\n" + "".join(f"2024-03-01T00:00:{n:02}Z,WS{n},{n}\n" for n in range(40))).encode(),
    "evtx": evtx(40),
    "json": "".join(f'{{"n": {n}, "host": "WS{n}"}}\n' for n in range(40)).encode(),
    "parquet": _parquet(),
    "syslog": "".join(
        f"Mar  1 00:00:{n:02} web01 sshd[{n}]: Connection closed by 192.0.2.{n}\n" for n in range(40)
    ).encode(),
    "text": "".join(f"[worker {n}] all is well, and so to bed\n" for n in range(40)).encode(),
    "zeek": (_ZEEK + "".join(f"17092500{n:02}.5\t192.0.2.1\thost{n}.example\t-\n" for n in range(40))).encode(),
}
FIRST = {"csv": 2, "zeek": 9}
