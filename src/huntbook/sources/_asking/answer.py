"""From a question to its answer: kept ones, pieces put together, how complete they are, and why an answer is empty."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from huntbook.core.progress import stage, told
from huntbook.core.result import Completeness, Origin, Result
from huntbook.errors import QueryError, QueryRejected, Unreachable
from huntbook.sources._asking.empty import why_empty
from huntbook.sources._asking.joined import joined
from huntbook.sources._asking.known import Known
from huntbook.sources._asking.pieces import Answered, Asking, cut_windows
from huntbook.sources._asking.plan import Ask, Plan, plan
from huntbook.sources._asking.stream import Stream
from huntbook.sources._asking.windows import Windows, settled

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from huntbook.core.cache import Answers, Kept
    from huntbook.core.timespan import Length, TimeSpan
    from huntbook.sources._asking.pieces import Piece
    from huntbook.sources._base import Driver, Tell

_GONE: Final = 60.0  # seconds for which a service that was not there is not asked again for what was kept


@dataclass
class Asker:
    """Asks a driver, or several side by side, and makes one answer of what they give."""

    driver: Driver
    span: Callable[[], TimeSpan | Length | None]
    answers: Answers
    closed: bool = False
    _gone: tuple[float, str] = (0.0, "")  # until when nobody is taken to be there, and what was said of it

    def __post_init__(self) -> None:
        self.known = Known(self.driver)

    def plan(self, ask: Ask, tell: Tell | None = None) -> Plan:
        """Work out what is sent; `tell` is told how far the answer is, if it is one piece."""
        self.refuse_if_closed()
        return plan(ask, self.driver, self.span(), tell)

    def refuse_if_closed(self) -> None:
        """Ask nobody any more once the connection was closed.

        Raises:
            QueryError: if it was.
        """
        if self.closed:
            raise QueryError(f"The connection to {self.driver.name} is closed.", hint="Connect anew: hb.connect(…).")

    def explain(self, ask: Ask) -> str:
        """The native query, which is not run."""
        return self.driver.explain(self.plan(ask).question)

    async def answer(self, ask: Ask) -> Result:
        """Ask, or give what was kept, and say which."""
        with told(f"Asking {self.driver.name}") as tell:
            return await self._answer(ask, self.plan(ask, tell))

    async def _answer(self, ask: Ask, planned: Plan) -> Result:
        began = datetime.now(UTC)
        key = self._key(ask, planned)
        use = (ask.options.cache or "use") if self.driver.keeps_answers else "off"
        if use == "use" and (kept := self._lasting(key, planned)) is not None:
            return self._kept(ask, planned, kept, began)
        until, why = self._gone
        if use == "use" and monotonic() < until and (kept := self.answers.get(key)) is not None:
            return self._kept(
                ask, planned, kept, began, f"replayed without asking, since nobody was there a moment ago: {why}"
            )
        native = self.driver.explain(planned.question)
        try:
            windows = Windows(self.answers, key)
            answered = await self._asked(ask, planned, windows.get if use == "use" and planned.in_windows else None)
        except Unreachable as error:
            self._gone = (monotonic() + _GONE if error.gone else 0.0, error.message)
            if use != "use" or (kept := self.answers.get(key)) is None:
                raise
            return self._kept(ask, planned, kept, began, f"replayed: {error.message}")
        except QueryRejected as error:
            if meant := self.known.meant(planned.question, error):
                error.advise(meant)
            raise
        self._gone = (0.0, "")
        rows, completeness = await self._together(planned, answered)
        chart = next((batch.chart for each in answered for batch in each.batches if batch.chart is not None), None)
        if use != "off":
            if completeness.missing and planned.in_windows:
                await asyncio.to_thread(windows.keep, answered)
            await asyncio.to_thread(
                self.answers.put, key, rows, completeness, {"native": native, "span": str(planned.span or "")}
            )
        return self._result(ask, planned, rows, began, native=native, completeness=completeness, chart=chart)

    async def _together(self, planned: Plan, answered: list[Answered]) -> tuple[pl.DataFrame, Completeness]:
        """The rows of all pieces, and how complete they are together."""
        rows, notes = joined(answered, several=len(self.driver.apart()) > 1)
        completeness = Completeness.together(
            [*(each.completeness for each in answered), Completeness(notes=(*planned.notes, *notes))]
        )
        if completeness.cut:
            more = (*completeness.notes, *cut_windows(answered), *planned.advice())
            completeness = replace(completeness, notes=more)
        if not rows.height and completeness.complete:
            completeness = replace(
                completeness, notes=(*completeness.notes, *await why_empty(self.known, planned.question))
            )
        return rows, completeness

    def _result(self, ask: Ask, planned: Plan, rows: pl.DataFrame, began: datetime, **about: Any) -> Result:
        elapsed: timedelta = datetime.now(UTC) - began
        values = {name: value.value for name, value in ask.values.items()}
        origin = Origin(
            source=self.driver.name,
            query=ask.whole_text,
            dialect=ask.dialect,
            at=began,
            elapsed=elapsed,
            rows=rows.height,
            values=values,
            span=planned.span,
            **about,
        )
        return Result(rows, origin)

    async def _asked(self, ask: Ask, planned: Plan, known: Callable[[Piece], Answered | None] | None) -> list[Answered]:
        """All pieces. What fails is part of the answer, unless everything does or the caller wants to be told."""
        many = len(planned.pieces) > 1
        with stage(f"Asking {self.driver.name}", show=None if many else False) as step:
            asking = Asking(planned.pieces, planned.refine, known, done=lambda done, total: step(done, total, ""))
            answered = []
            async with aclosing(asking.answers()) as answers:
                async for each in answers:
                    if each.problem is not None and ask.options.on_partial == "raise":
                        raise each.told(each.problem)
                    answered.append(each)
        problems = [each.problem for each in answered if each.problem is not None]
        if len(problems) == len(answered):
            raise problems[0]
        return answered

    def _key(self, ask: Ask, planned: Plan) -> dict[str, object]:
        span = planned.span
        return {
            "source": self.driver.identity,
            "dialect": ask.dialect,
            "text": ask.whole_text,
            "values": {name: repr(value) for name, value in ask.values.items()},
            "span": (span.asked if span.relative else str(span)) if span else "",
            "split": str(ask.options.split or ""),
        }

    def _lasting(self, key: dict[str, object], planned: Plan) -> Kept | None:
        """A kept answer that asking anew would hardly change: of a fixed time that was long over when it was given."""
        if planned.span is None or planned.span.relative:
            return None
        kept = self.answers.get(key)
        return kept if kept and kept.completeness.complete and settled(planned.span, kept.at) else None

    def _kept(self, ask: Ask, planned: Plan, kept: Kept, began: datetime, note: str = "") -> Result:
        when = f"answered {kept.at:%Y-%m-%d %H:%M:%S} UTC and kept since; cache='refresh' asks anew"
        of = f"of {kept.facts['span']}" if planned.span and planned.span.relative and kept.facts.get("span") else ""
        notes = tuple(filter(None, (note, when, of, *kept.completeness.notes)))
        completeness = replace(kept.completeness, notes=notes)
        native = str(kept.facts.get("native", ""))
        return self._result(ask, planned, kept.rows, began, native=native, completeness=completeness, kept=kept.at)

    def stream(self, ask: Ask) -> Stream:
        """Ask, and give the answer frame by frame."""
        return Stream(self.driver, self.plan(ask), raises=ask.options.on_partial == "raise")
