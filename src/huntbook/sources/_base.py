"""All that a contributor of a source writes: how a query gets answered, in batches."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from huntbook.core.result import Completeness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping
    from datetime import datetime

    import polars as pl

    from huntbook.core.chart import Chart


@dataclass(frozen=True)
class Batch:
    """Some rows of an answer, what the source said of its completeness, and how the question asks to see it."""

    rows: pl.DataFrame
    completeness: Completeness = field(default_factory=Completeness)
    chart: Chart | None = None


@dataclass(frozen=True)
class TableInfo:
    """What a source knows of one of its tables. Counts and times are None where asking for them would be dear."""

    name: str
    columns: tuple[str, ...]
    about: str = ""
    rows: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    files: Mapping[str, int] | None = None
    recognised: bool = True


class Driver(ABC):
    """A platform that answers queries in its own language."""

    dialect: ClassVar[str]

    @property
    @abstractmethod
    def name(self) -> str:
        """What is connected to, for people: it stands in every result's origin."""

    @abstractmethod
    def tables(self) -> list[TableInfo]:
        """The tables that can be asked."""

    @abstractmethod
    def explain(self, query: str, dialect: str) -> str:
        """Return the query as it would be run, without running it."""

    @abstractmethod
    def fetch(self, query: str, dialect: str) -> AsyncIterator[Batch]:
        """Run a query and give its answer in batches; cancelling the task cancels the query."""

    def close(self) -> None:  # noqa: B027 - most have nothing to let go of
        """Let go of what is held."""


class BlockingDriver(Driver):
    """A platform whose package is not async: `read` runs in a thread."""

    @abstractmethod
    def read(self, query: str, dialect: str) -> Iterator[Batch]:
        """Run a query and give its answer in batches."""

    def interrupt(self) -> None:
        """Stop what `read` is doing; where the package has no way to, the query runs out."""

    async def fetch(self, query: str, dialect: str) -> AsyncIterator[Batch]:
        """Run `read` in a thread, a batch at a time."""
        batches = await asyncio.to_thread(self.read, query, dialect)
        while True:
            step = asyncio.ensure_future(asyncio.to_thread(next, batches, None))
            try:
                batch = await asyncio.shield(step)
            except asyncio.CancelledError:
                step.add_done_callback(_settled)
                self.interrupt()
                raise
            if batch is None:
                return
            yield batch


def _settled(step: asyncio.Future[Batch | None]) -> None:
    """Take the error of a query that was stopped, which nobody else will: asyncio would print it."""
    if not step.cancelled():
        step.exception()
