"""Async code for callers that are not: one daemon thread runs one event loop for the whole process.

It works in a notebook's cell, in a thread and inside a running loop alike, since the work never runs on the caller's loop.
"""

from __future__ import annotations

import asyncio
import atexit
import threading
from concurrent.futures import CancelledError, Future, wait
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine, Iterator

T = TypeVar("T")
_NAME = "huntbook"  # of the thread
_TURN = 0.2  # seconds
_PATIENCE = 2.0  # seconds that work which does not end may delay the end of the process


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name=_NAME, daemon=True)
    thread.start()
    atexit.register(_stop, loop, thread)
    return loop


class Closed(Protocol):
    """What has to be closed on huntbook's loop."""

    async def close(self) -> None:
        """Let go of what is held."""


_open: WeakSet[Any] = WeakSet()
_unread: WeakSet[AsyncGenerator[Any, None]] = WeakSet()


def close_at_end(thing: Closed) -> None:
    """Close something when the process ends, if it is still there: connections that nobody closed."""
    _open.add(thing)


def leave_at_end(answers: AsyncGenerator[Any, None]) -> None:
    """Leave a generator when the process ends, if it is still there: from the outside in, so that what it asks is left as well."""
    _unread.add(answers)


async def _closed(loop: asyncio.AbstractEventLoop) -> None:
    """Let what was cancelled come to its end, which may take a request; then leave what was not read, and close what is open."""
    ending = [task for task in asyncio.all_tasks(loop) if task.cancelling()]
    if ending:
        await asyncio.wait(ending, timeout=_PATIENCE)
    await asyncio.gather(*(answers.aclose() for answers in list(_unread)), return_exceptions=True)
    await loop.shutdown_asyncgens()
    await asyncio.gather(*(thing.close() for thing in list(_open)), return_exceptions=True)


def _stop(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    """End the loop before the interpreter does: answers that were not read to their end let go of their cursors here."""
    with suppress(TimeoutError):
        asyncio.run_coroutine_threadsafe(_closed(loop), loop).result(_PATIENCE)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(_PATIENCE)
    if not thread.is_alive():
        loop.close()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine and wait for it; Ctrl-C cancels it.

    Raises:
        RuntimeError: if this is huntbook's own loop, which would wait for itself.
    """
    if threading.current_thread().name == _NAME:
        work.close()
        raise RuntimeError("This is huntbook's own loop: await the async method instead.")
    future = asyncio.run_coroutine_threadsafe(work, _loop())
    return _wait(future)


async def arun(work: Coroutine[Any, Any, T]) -> T:
    """Await a coroutine that runs on huntbook's loop, from any other loop."""
    future = asyncio.run_coroutine_threadsafe(work, _loop())
    return await asyncio.wrap_future(future)


def _wait(future: Future[T]) -> T:
    """Wait in short turns: a thread that sleeps on a lock is not told of Ctrl-C on Windows, nor always elsewhere."""
    try:
        while wait([future], timeout=_TURN).not_done:
            pass
        return future.result()
    except (KeyboardInterrupt, CancelledError):
        future.cancel()
        raise


@contextmanager
def ctrl_c() -> Iterator[None]:
    """Let Ctrl-C be Ctrl-C: DuckDB, asked from the main thread, makes a RuntimeError of it."""
    try:
        yield
    except RuntimeError as error:
        if str(error) == "Query interrupted":
            raise KeyboardInterrupt from error
        raise
