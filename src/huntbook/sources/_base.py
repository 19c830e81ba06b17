"""All that a contributor of a source writes: how a question gets answered, in batches."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from huntbook.core.result import Completeness
from huntbook.core.timespan import TimeSpan
from huntbook.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Mapping, Sequence

    import polars as pl
    from pydantic import BaseModel

    from huntbook.core.chart import Chart
    from huntbook.query.own import OwnPack
    from huntbook.sources._upload.sending import Receiver

    Tell = Callable[[float, str], None]  # how far a question is, from 0 to 1, and what is at hand


def _nobody(_done: float, _at_hand: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Question:
    """What is asked, ready to be sent: the text in the source's own language, and of which time."""

    text: str
    dialect: str
    span: TimeSpan | None = None
    tell: Tell = field(default=_nobody, compare=False, repr=False)
    says_span: bool = False  # whether the text keeps to the span itself: {{start}} or {{end}} stood in it


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
    """A platform that answers questions in its own language."""

    dialect: ClassVar[str]
    Settings: ClassVar[type[BaseModel] | None] = None  # what `connect` takes by name; None: the class takes it itself
    normalized: ClassVar[bool] = (
        False  # whether the normalized views (`_Im_Dns` …) can be asked, which no list of tables names
    )
    at_once: int = 4  # questions that the service likes to be asked side by side
    provenance: ClassVar[bool] = False  # whether its rows say from which file and line they come
    keeps_answers: ClassVar[bool] = (
        True  # whether it is worth keeping answers: what costs nothing to ask is asked again
    )

    @property
    @abstractmethod
    def name(self) -> str:
        """What is connected to, for people: it stands in every result's origin."""

    @property
    def identity(self) -> str:
        """What tells this connection from every other one: answers are kept under it."""
        return self.name

    own_packs: ClassVar[tuple[str, ...]] = ()  # the names of packs of queries that the service keeps itself

    async def own_queries(self) -> list[OwnPack]:
        """The queries that the service keeps itself, as packs: `conn.queries.saved.…`."""
        return []

    async def tables(self) -> list[TableInfo]:
        """The tables that can be asked."""
        return self.tables_at_hand() or []

    def tables_at_hand(self) -> list[TableInfo] | None:
        """The tables, where they are known without asking anybody; None where they are not."""
        return None

    def documented_tables(self) -> Collection[str]:
        """The tables that a service of this kind is documented to have, whether they are there or not: for guessing what was meant."""
        return ()

    @abstractmethod
    def fetch(self, question: Question) -> AsyncGenerator[Batch, None]:
        """Ask, and give the answer in batches; cancelling the task cancels the question."""

    def stream(self, question: Question) -> AsyncGenerator[Batch, None]:
        """Ask for an answer that may be larger than memory: as `fetch`, unless the service has another way for that."""
        return self.fetch(question)

    def explain(self, question: Question) -> str:
        """Return the question as it would be sent, without asking it."""
        return question.text

    def timeless(self, question: Question) -> str:
        """Why a span of time makes no difference to a question, which is then asked once and as a whole; empty where it does.

        It is not asked of questions whose text names the ends of the span.
        """
        _ = question
        return ""

    def apart(self) -> Sequence[Driver]:
        """What is asked side by side when this is asked; each row says of which it is where there are several."""
        return (self,)

    @property
    def quota(self) -> object:
        """What `at_once` is counted by: drivers that give the same thing are asked so many questions together, not each."""
        return self

    def named(self, question: Question) -> Collection[str]:
        """The tables that a question reads, as far as that can be told: an empty answer is explained by them."""
        _ = question
        return ()

    async def holds(self, table: str, span: TimeSpan | None) -> bool | None:
        """Whether a table has any row in a span; None where asking that would be dear."""
        _ = table, span
        return None

    def receiver(self, to: str, via: str, labels: Mapping[str, str]) -> Receiver:
        """Where rows go that are uploaded to a table, an index or what else the service calls it; `via` is one of several ways.

        Raises:
            ParameterError: if the source takes no rows, or knows no such place, way or label.
        """
        _ = to, via, labels
        raise ParameterError(f"{self.name} takes no rows.", hint="Splunk and Sentinel do.")

    def default_span(self) -> TimeSpan | None:
        """The time that a query with `{{start}}` and `{{end}}` is about where nobody says which: the last day; None is all that there is."""
        now = self.now()
        return TimeSpan(now - timedelta(days=1), now, "last 1d, since none was given", relative=True)

    def now(self) -> datetime:
        """What spans of time are counted from."""
        return datetime.now(UTC)

    async def aclose(self) -> None:  # noqa: B027 - most have nothing to let go of
        """Let go of what is held."""


class BlockingDriver(Driver):
    """A platform whose package is not async: `read` runs in a thread."""

    @abstractmethod
    def read(self, question: Question) -> Iterator[Batch]:
        """Ask, and give the answer in batches."""

    def interrupt(self) -> None:
        """Stop what `read` is doing; where the package has no way to, the question runs out."""

    async def fetch(self, question: Question) -> AsyncGenerator[Batch, None]:
        """Run `read` in a thread, a batch at a time."""
        batches = await asyncio.to_thread(self.read, question)
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
    """Take the error of a question that was stopped, which nobody else will: asyncio would print it."""
    if not step.cancelled():
        step.exception()
