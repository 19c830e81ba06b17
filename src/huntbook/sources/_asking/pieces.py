"""A question in pieces: side by side, in order, each as often as it takes, and what failed is named.

A piece is a question of one source about one window of time. Pieces come back in the order in which they were given, whichever was answered first.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from huntbook.core import http
from huntbook.core.result import Completeness, Missing
from huntbook.errors import AccessDenied, HuntbookError, ParameterError, QueryError, QueryRejected, ServiceError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from huntbook.core.http import Patience
    from huntbook.core.timespan import TimeSpan
    from huntbook.sources._base import Batch, Driver, Question

SHORTEST: Final = timedelta(seconds=1)  # a window that is cut again and again ends here
_NAMED: Final = 5  # windows that a note names
MOST_HALVES: Final = 1_000  # of a question: a span that makes no difference to its answer would be cut for ever
# Errors that the same question meets in every other window, so that asking on would only repeat them.
_HOPELESS: Final = (AccessDenied, QueryRejected, QueryError, ParameterError)


@dataclass(frozen=True)
class Piece:
    """A question of one source about one window."""

    driver: Driver
    window: TimeSpan | None
    make: Callable[[TimeSpan | None], Question]

    def question(self) -> Question:
        """The question as it is sent."""
        return self.make(self.window)

    def halves(self) -> tuple[Piece, Piece] | None:
        """The same question about each half of the window; None if the window is short enough."""
        if self.window is None or self.window.length < 2 * SHORTEST:
            return None
        halves = self.window.halves()
        return halves and (Piece(self.driver, halves[0], self.make), Piece(self.driver, halves[1], self.make))


@dataclass(frozen=True)
class Answered:
    """What came of a piece: its batches, or the problem."""

    piece: Piece
    batches: Sequence[Batch] = ()
    problem: HuntbookError | None = None

    @property
    def completeness(self) -> Completeness:
        """How complete it is."""
        if self.problem is not None:
            missing = Missing(self.piece.driver.name, self.piece.window, self.problem.message)
            return Completeness(complete=False, missing=(missing,), cut=getattr(self.problem, "too_much", False))
        return Completeness.together(batch.completeness for batch in self.batches)

    def told(self, problem: HuntbookError) -> HuntbookError:
        """The problem of it, saying whom and what time it is about."""
        return problem.at(", ".join(filter(None, (self.piece.driver.name, str(self.piece.window or "")))))


def cut_windows(answered: Sequence[Answered]) -> tuple[str, ...]:
    """Which of several windows came back cut."""
    cut = [each.piece for each in answered if each.problem is None and each.completeness.cut]
    windows = [str(piece.window) for piece in cut if piece.window is not None]
    if not windows or len(answered) == 1:
        return ()
    named = ", ".join(windows[:_NAMED]) + (f" and {len(windows) - _NAMED} more" if len(windows) > _NAMED else "")
    return (f"cut: {named} ({len(windows)} of {len(answered)} windows)",)


@dataclass
class Asking:
    """The pieces of one question. `refine` asks for less at once where a service says that it cut its answer; `known` has answers already."""

    pieces: Sequence[Piece]
    refine: bool = False
    known: Callable[[Piece], Answered | None] | None = None
    patience: Patience = field(default_factory=lambda: replace(http.PATIENCE, attempts=4))
    done: Callable[[int, int], None] = lambda *_: None
    _turns: dict[int, asyncio.Semaphore] = field(default_factory=dict)
    _hopeless: dict[int, HuntbookError] = field(default_factory=dict)
    _halved: int = 0

    async def answers(self) -> AsyncGenerator[Answered, None]:
        """Ask all pieces, a bounded number side by side, and give the answers in order."""
        waiting: deque[asyncio.Task[list[Answered]]] = deque()
        left = iter(self.pieces)
        ahead = sum({id(piece.driver.quota): piece.driver.at_once for piece in self.pieces}.values())
        finished = 0
        try:
            while True:
                while len(waiting) < ahead and (piece := next(left, None)) is not None:
                    waiting.append(asyncio.create_task(self._whole(piece)))
                if not waiting:
                    return
                for answered in await waiting[0]:
                    yield answered
                waiting.popleft()
                finished += 1
                self.done(finished, len(self.pieces))
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _whole(self, piece: Piece) -> list[Answered]:
        """Answer a piece, in halves where it comes back cut."""
        kept = None if self.known is None else await asyncio.to_thread(self.known, piece)
        answered = await self._one(piece) if kept is None else kept
        halves = piece.halves() if self.refine and answered.completeness.cut else None
        if halves is None or self._halved >= MOST_HALVES:
            return [answered]
        self._halved += 1
        return [*await self._whole(halves[0]), *await self._whole(halves[1])]

    async def _one(self, piece: Piece) -> Answered:
        known = id(piece.driver)
        async with self._turns.setdefault(id(piece.driver.quota), asyncio.Semaphore(piece.driver.at_once)):
            if known in self._hopeless:
                return Answered(piece, problem=self._hopeless[known])
            try:
                return Answered(piece, await self._patiently(piece))
            except _HOPELESS as error:
                self._hopeless[known] = error
                return Answered(piece, problem=error)
            except HuntbookError as error:
                return Answered(piece, problem=error)

    async def _patiently(self, piece: Piece) -> list[Batch]:
        """All batches of a piece; a broken answer is asked for again as a whole, so that no row comes twice."""
        attempt, waited = 0, 0.0
        while True:
            attempt += 1
            try:
                async with aclosing(piece.driver.fetch(piece.question())) as batches:
                    return [batch async for batch in batches]
            except ServiceError as error:
                delay = self.patience.wait(attempt, None, waited) if error.transient else None
                if delay is None:
                    raise
                waited += delay
                await asyncio.sleep(delay)
