"""Rows that a service is given: in batches, each sent once, and a result that says exactly what was accepted and what perhaps was.

A batch whose answer was lost may or may not have arrived. It is not sent again: it is counted as perhaps received, and stays so when the same is
uploaded once more, unless the caller says that it may come twice.
"""

from __future__ import annotations

import asyncio
import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

from huntbook.errors import QueryRejected, ServiceError
from huntbook.sources._upload.journal import Journal, State

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Iterator, Mapping, Sequence

    from huntbook.core.progress import Step
    from huntbook.sources._upload.rows import Part, Row

_DOUBTS: Final = 3  # batches in a row without an answer after which no more are sent
_REFUSALS: Final = 3  # first batches that may be refused before it is for nothing
_UNCONFIRMED: Final = 50  # batches that wait for being confirmed


class TooLarge(QueryRejected):
    """A batch that is larger than the service takes: it is cut in two."""


@dataclass(frozen=True)
class Taken:
    """What a service says of a batch: how many of its rows it took, how many perhaps, and those that it refused by their place, with why.

    A `receipt` is asked about later: until then the rows that it took are perhaps received.
    """

    accepted: int
    perhaps: int = 0
    refused: Mapping[int, str] = field(default_factory=dict)
    left: int = 0  # rows at the end that it did not look at
    receipt: int | None = None


class Receiver(ABC):
    """Where a service takes rows. This is all that a source writes of an upload."""

    most_bytes: ClassVar[int]  # of a batch, before it is compressed
    most_rows: ClassVar[int]

    @property
    @abstractmethod
    def name(self) -> str:
        """Where the rows go, for people; it tells this destination from every other one."""

    @abstractmethod
    def write(self, row: Row, part: str) -> bytes:
        """A row as the service wants it; `part` is the file that it comes from."""

    @abstractmethod
    def body(self, rows: Sequence[bytes]) -> bytes:
        """Rows as one request has them."""

    @abstractmethod
    async def send(self, body: bytes, rows: int) -> Taken:
        """Send a batch, once: again only what surely did not arrive.

        Raises:
            ServiceError: if it is not taken; `uncertain` says whether it may have been.
        """

    async def confirm(self, receipts: Collection[int]) -> Collection[int]:
        """Those receipts whose rows are safe by now."""
        return receipts

    async def close(self) -> None:  # noqa: B027 - most have nothing to let go of
        """Let go of what is held."""


@dataclass
class Tally:
    """What became of the rows of a part. `before` were accepted by an earlier upload that did not come to its end."""

    part: str
    rows: int = 0
    accepted: int = 0
    before: int = 0
    perhaps: int = 0
    refused: int = 0
    not_sent: int = 0
    timeless: int = 0  # rows in which no time was found
    why: dict[str, int] = field(default_factory=dict)

    def because(self, why: str, rows: int) -> None:
        """Remember why rows were not accepted."""
        self.why[why] = self.why.get(why, 0) + rows


@dataclass(frozen=True)
class _Batch:
    tally: Tally
    rows: Sequence[bytes]
    first: int  # the number of its first row in its part

    def key(self, body: bytes) -> str:
        """What tells the batch from every other one: where it stands, and what it holds."""
        place = f"{self.tally.part}\0{self.first}\0{len(self.rows)}\0".encode("utf-8", "surrogatepass")
        return hashlib.sha256(place + body).hexdigest()

    def cut(self, at: int, end: int | None = None) -> _Batch:
        return _Batch(self.tally, self.rows[at:end], self.first + at)


@dataclass
class Sending:
    """An upload while it is under way."""

    receiver: Receiver
    journal: Journal
    again: bool = False  # whether what was accepted before is sent anew
    resend: bool = False  # whether what was perhaps received is sent again
    time: str = ""
    step: Step = lambda *_: None
    tallies: list[Tally] = field(default_factory=list)
    stopped: ServiceError | None = None
    _keys: list[str] = field(default_factory=list)
    _pending: list[tuple[str, _Batch, Taken]] = field(default_factory=list)
    _doubts: int = 0
    _refusals: int = 0
    _refusal: ServiceError | None = None

    async def send(self, parts: Iterator[Part]) -> None:
        """Send all parts.

        Raises:
            ServiceError: if nothing could be sent at all.
        """
        while self.stopped is None and (part := await asyncio.to_thread(next, parts, None)) is not None:
            await self._part(part)
        await self._confirmed()
        problem = self.stopped or self._refusal
        if problem is not None and not self._anything:
            raise problem
        if self.complete:
            self.journal.forget(self._keys)

    @property
    def _anything(self) -> bool:
        """Whether any row arrived, or may have."""
        return bool(self._pending) or any(each.accepted + each.before + each.perhaps for each in self.tallies)

    @property
    def complete(self) -> bool:
        """Whether every row was accepted."""
        return self.stopped is None and all(each.accepted + each.before == each.rows for each in self.tallies)

    async def _part(self, part: Part) -> None:
        tally = Tally(part.name)
        self.tallies.append(tally)
        async for batch in self._batches(part, tally):
            if self.stopped is None:
                await self._send(batch)
            else:
                tally.not_sent += len(batch.rows)
            self.step(tally.rows, part.total, part.name)
            if self.stopped is not None and not part.total:
                break  # how many more a file has is not worth reading all of it
        if self.stopped is not None:
            tally.because(f"no more was sent: {self.stopped.message}", tally.not_sent)
        for loss in part.lost:
            tally.because(
                f"could not be read: {loss.reason}{f' ({loss.position})' if loss.position else ''}", loss.lost
            )

    async def _batches(self, part: Part, tally: Tally) -> AsyncGenerator[_Batch, None]:
        """Rows of a part in batches; one that is larger than a batch may be is refused here."""
        held: list[bytes] = []
        size, first = 0, 0
        slices = part.rows(self.time)
        while (rows := await asyncio.to_thread(next, slices, None)) is not None:
            for row in rows:
                tally.rows += 1
                tally.timeless += row.at is None
                written = self.receiver.write(row, part.name)
                if len(written) + 2 > self.receiver.most_bytes:
                    tally.refused += 1
                    tally.because(f"a row is larger than {self.receiver.most_bytes:,} bytes (row {row.number + 1})", 1)
                    continue
                if held and (size + len(written) > self.receiver.most_bytes or len(held) == self.receiver.most_rows):
                    yield _Batch(tally, held, first)
                    held, size = [], 0
                first = first if held else row.number
                held.append(written)
                size += len(written) + 1
        if held:
            yield _Batch(tally, held, first)

    async def _send(self, batch: _Batch) -> None:
        body = self.receiver.body(batch.rows)
        key = batch.key(body)
        self._keys.append(key)
        if await self._known(batch, key):
            return
        self.journal.note(key, State.SENDING, len(batch.rows))
        try:
            taken = await self.receiver.send(body, len(batch.rows))
        except TooLarge as error:
            if len(batch.rows) == 1:
                self._failed(batch, key, error)
                return
            self.journal.note(key, State.CUT, len(batch.rows))
            await self._in_two(batch, len(batch.rows) // 2)
        except ServiceError as error:
            self._failed(batch, key, error)
        else:
            self._doubts = 0
            await self._taken(batch, key, taken)

    async def _in_two(self, batch: _Batch, at: int) -> None:
        for half in (batch.cut(0, at), batch.cut(at)):
            if self.stopped is None:
                await self._send(half)
            else:
                half.tally.not_sent += len(half.rows)

    async def _known(self, batch: _Batch, key: str) -> bool:
        """Whether an earlier upload did something about it, which is then gone on from."""
        entry = None if self.again else self.journal[key]
        if entry is None or entry.state is State.REFUSED:
            return False
        rows, tally = entry.rows, batch.tally
        if entry.state is State.CUT:
            await self._in_two(batch, len(batch.rows) // 2)
        elif rows < len(batch.rows):  # the first ones alone were looked at, then the others were sent by themselves
            await self._in_two(batch, rows)
        elif entry.state is State.ACCEPTED:
            tally.before += rows
            tally.because(f"accepted before, on {entry.at}", rows)
        elif self.resend:
            return False
        else:
            tally.perhaps += rows
            tally.because(f"sent before, on {entry.at}, without an answer; resend=True sends it again", rows)
        return True

    async def _taken(self, batch: _Batch, key: str, taken: Taken) -> None:
        rows = len(batch.rows)
        if taken.receipt is not None:
            self._pending.append((key, batch, taken))
            if len(self._pending) >= _UNCONFIRMED:
                await self._confirmed()
            return
        batch.tally.accepted += taken.accepted
        batch.tally.perhaps += taken.perhaps
        for place, why in taken.refused.items():
            batch.tally.refused += 1
            batch.tally.because(f"{why} (row {batch.first + place + 1})", 1)
        if taken.perhaps:
            batch.tally.because("the answer does not say whether these were taken", taken.perhaps)
        looked_at = rows - taken.left
        self.journal.note(key, State.ACCEPTED if taken.accepted == rows else State.PERHAPS, looked_at)
        if taken.left:
            first = batch.cut(0, looked_at)
            self.journal.note(first.key(self.receiver.body(first.rows)), State.PERHAPS, looked_at)
            await self._send(batch.cut(looked_at))

    def _failed(self, batch: _Batch, key: str, error: ServiceError) -> None:
        rows = len(batch.rows)
        if error.uncertain:
            self.journal.note(key, State.PERHAPS, rows)
            batch.tally.perhaps += rows
            batch.tally.because(f"no answer: {error.message}", rows)
            self._doubts += 1
            self.stopped = error if self._doubts >= _DOUBTS else None
            return
        self.journal.note(key, State.REFUSED, rows)
        if isinstance(error, QueryRejected):
            self._refused(batch, rows, error)
            return
        batch.tally.not_sent += rows
        self.stopped = error

    def _refused(self, batch: _Batch, rows: int, error: ServiceError) -> None:
        batch.tally.refused += rows
        batch.tally.because(error.message, rows)
        self._refusals += 1
        self._refusal = error
        if self._refusals >= _REFUSALS and not self._anything:
            self.stopped = error

    async def _confirmed(self) -> None:
        """Ask which of the batches that were taken are safe."""
        pending, self._pending = self._pending, []
        if not pending:
            return
        try:
            safe = await self.receiver.confirm([taken.receipt for _, _, taken in pending if taken.receipt is not None])
        except ServiceError:
            safe = ()
        for key, batch, taken in pending:
            good = taken.receipt in safe
            self.journal.note(key, State.ACCEPTED if good else State.PERHAPS, len(batch.rows))
            if good:
                batch.tally.accepted += taken.accepted
            else:
                batch.tally.perhaps += taken.accepted
                batch.tally.because("taken, but not acknowledged", taken.accepted)
