"""Reading evidence into Parquet: batches from the readers, mapped by the schemas, in memory that stays bounded.

The calling thread walks the files and reads batches; a few workers, each with its own tables in one DuckDB, map them.
A worker's table goes out as a Parquet file when it has grown to `FLUSH` rows.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from huntbook.evidence import mapping
from huntbook.evidence.outcome import Outcome
from huntbook.evidence.worker import FILE, Worker
from huntbook.readers import read
from huntbook.readers._base import BATCH, SHARES, Batch, EvidenceFile, Loss, Losses

if TYPE_CHECKING:
    from pathlib import Path

    from huntbook.evidence.schema import Schemas

SMALL = 50_000  # rows that batches are put together up to
LARGE = BATCH // 4  # bytes of a batch that does not wait for others
MORSEL = 4 * 1024 * 1024  # bytes that are enough for a worker who has nothing to do
_TURN = 0.05  # seconds to wait at a time: a thread that sleeps on a lock is not always told of Ctrl-C
Progress = Callable[[int, int, str], None]  # bytes done, bytes in all (0: unknown), the file at hand


class Ingest:
    """One run over a set of files."""

    def __init__(self, folder: Path, *, workers: int | None = None, memory: str = "1GB") -> None:
        self.folder = folder
        self.outcome = Outcome()
        self._count = workers or SHARES
        self._memory = memory
        self._jobs: queue.Queue[pl.DataFrame | None] = queue.Queue(maxsize=1)
        self._failed: list[BaseException] = []
        self._opening = threading.Lock()
        self._database: duckdb.DuckDBPyConnection | None = None
        self._workers: list[tuple[threading.Thread, threading.Event]] = []  # the event says that its work has ended

    def open(self) -> duckdb.DuckDBPyConnection:
        """The database that the workers share; whoever needs it first opens it."""
        with self._opening:
            if self._database is None:
                opened = duckdb.connect(
                    config={"memory_limit": self._memory, "temp_directory": str(self.folder / "spill")},
                )
                opened.execute("SET TimeZone = 'UTC'; SET threads = 1; SET preserve_insertion_order = true")
                opened.execute(mapping.MACROS)
                self._database = opened  # only now that it is whole: an attempt that failed is made again
            return self._database

    def close(self) -> None:
        """Close the database, unless a worker is still at it."""
        if self._database is not None and all(ended.is_set() for _, ended in self._workers):
            self._database.close()
            self._database = None

    def run(self, batches: Iterable[tuple[EvidenceFile, Batch]], schemas: Schemas) -> Outcome:
        """Map every batch and write what it holds; an error or Ctrl-C ends the workers and is raised here."""
        try:
            for number in range(self._count):
                self._start(number, schemas)
            for batch in gather(batches, self._is_idle):
                self._put(batch)
            for _ in self._workers:
                self._jobs.put(None)
            for thread, ended in self._workers:
                while not ended.wait(_TURN):
                    self._check()
                thread.join()
        except BaseException as error:  # noqa: BLE001 - kept, and raised below when the workers have ended
            self._failed.append(error)
            self._stop()
        self._check()
        return self.outcome

    def _stop(self) -> None:
        """End the workers, wherever they are; they may have been told already."""
        for thread, ended in self._workers:
            while not ended.wait(_TURN):
                with suppress(queue.Full):
                    self._jobs.put_nowait(None)
            thread.join()

    def _start(self, number: int, schemas: Schemas) -> None:
        """Start a worker. Its event is waited for before it is joined: a join that Ctrl-C breaks off takes it for ended."""
        ended = threading.Event()
        thread = threading.Thread(target=self._work, args=(number, schemas, ended), daemon=True)
        thread.start()
        self._workers.append((thread, ended))

    def _is_idle(self) -> bool:
        """Whether some worker has nothing to do."""
        return self._jobs.unfinished_tasks < self._count

    def _put(self, batch: pl.DataFrame) -> None:
        self._check()
        self._jobs.put(batch)

    def _check(self) -> None:
        if self._failed:
            raise self._failed[0]

    def _work(self, number: int, schemas: Schemas, ended: threading.Event) -> None:
        try:
            with self.open().cursor() as connection:
                worker = Worker(self.folder, number, connection, schemas, self.outcome)
                while (job := self._jobs.get()) is not None:
                    if not self._failed:
                        worker.take(job)
                    self._jobs.task_done()
                if not self._failed:
                    worker.flush()
        except BaseException as error:  # noqa: BLE001 - handed to the calling thread, which raises it
            self._failed.append(error)
            while self._jobs.get() is not None:
                pass
        finally:
            ended.set()


def gather(
    batches: Iterable[tuple[EvidenceFile, Batch]], hungry: Callable[[], bool] = lambda: False
) -> Iterator[pl.DataFrame]:
    """Name the file in every row, and put small batches of the same columns together: a statement costs more than its rows.

    Batches of other columns may lie between them: in a folder of many small files, formats alternate. While somebody is
    hungry, less has to do.
    """
    held: dict[tuple[tuple[str, pl.DataType], ...], _Held] = {}
    for file, batch in batches:
        rows = _named(batch.rows, file.name)
        if rows.estimated_size() > LARGE:
            yield rows
            continue
        alike = held.setdefault(tuple(rows.schema.items()), _Held())
        if alike.frames and not alike.has_room(rows):
            yield alike.joined()
        alike.hold(rows)
        if sum(each.size for each in held.values()) > (MORSEL if hungry() else BATCH):
            yield max(held.values(), key=lambda each: each.size).joined()
    for alike in held.values():
        if alike.frames:
            yield alike.joined()


def _named(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """The rows and the name of their file; put together column by column, since an expression costs more than few rows."""
    columns = [column.alias(f"{FILE}_") if column.name == FILE else column for column in rows]
    return pl.DataFrame([*columns, pl.Series(FILE, [name]).new_from_index(0, rows.height)])


@dataclass
class _Held:
    """Batches of the same columns that wait for more."""

    frames: list[pl.DataFrame] = field(default_factory=list)
    rows: int = 0
    size: int = 0

    def has_room(self, rows: pl.DataFrame) -> bool:
        return self.rows + rows.height <= SMALL and self.size + rows.estimated_size() <= BATCH

    def hold(self, rows: pl.DataFrame) -> None:
        self.frames.append(rows)
        self.rows += rows.height
        self.size += int(rows.estimated_size())

    def joined(self) -> pl.DataFrame:
        together = pl.concat(self.frames)
        self.frames, self.rows, self.size = [], 0, 0
        return together


def read_batches(
    files: Iterable[EvidenceFile], lost: list[Loss], read_so_far: Callable[[str, int], None]
) -> Iterator[tuple[EvidenceFile, Batch]]:
    """Read every file with the reader that recognises it; `read_so_far` hears of each batch's file and bytes."""
    for file in files:
        losses = Losses(file.name)
        for batch in read(file, losses):
            yield file, batch
            read_so_far(file.name, int(batch.rows.estimated_size()))
        lost.extend(losses)
