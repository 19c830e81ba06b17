"""The contract that every source keeps: a suite of tests, passed by naming the source's fake service.

A subclass says how its service is filled with the rows of the contract, how all of them are asked for, and how they are read from the answer::

    class TestAcme(SourceContract):
        everything = "Log | sort by Time asc"
        nothing_matched = "Log | where Number == -1"
        wrong = "Log | where"

        def service(self, rows, **options):
            return FakeAcme(rows, **options)

A source to which a span of time makes no difference (`Driver.timeless`) has `{{start}}` and `{{end}}` in these queries.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from abc import abstractmethod
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final

import polars as pl
import pytest

from huntbook.core import http, runtime
from huntbook.core.http import Patience
from huntbook.core.timespan import TimeSpan
from huntbook.errors import AccessDenied, HuntbookError, ParameterError, QueryRejected, ServiceError, Unreachable
from huntbook.testing.faults import Fault, Faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from huntbook.core.result import Result
    from huntbook.testing.service import FakeService

START: Final = datetime(2026, 3, 1, tzinfo=UTC)
END: Final = START + timedelta(days=1)
SPAN: Final[dict[str, Any]] = {"start": START, "end": END}
Row = tuple[datetime, int, str]
# What logs hold and programs stumble over.
TEXTS: Final = (
    "plain",
    "",
    'say "hi" | take 1 // \\ \'; DROP',
    "Überwachung 监控 🔎 \u202egnp.exe",
    "line\nbreak\ttab",
    "<script>alert(1)</script>",
    "],[{{host}}",
    "a" * 3000,
)


def rows_of_the_contract(count: int = 48) -> list[Row]:
    """Rows over one day, evenly: time, number, text. Some lie on the full hour, where windows begin and end."""
    step = (END - START) / count
    return [(START + step * number, number, TEXTS[number % len(TEXTS)]) for number in range(count)]


def table_of(rows: list[Row], time: str, number: str, text: str) -> pl.DataFrame:
    """Rows of the contract as a table, with these names of its columns."""
    return pl.DataFrame(rows, schema={time: pl.Datetime("us", "UTC"), number: pl.Int64, text: pl.String}, orient="row")


class SourceContract:
    """What every source does, whatever its service; see the module for how to subclass it."""

    everything: ClassVar[str]
    """A query for all rows of the contract, in the order of their time."""
    nothing_matched: ClassVar[str]
    """A query that no row matches."""
    wrong: ClassVar[str]
    """A query that the service refuses."""
    absent: ClassVar[str] = ""
    """A query of a table that is not there; empty where a service has no tables."""
    limits: ClassVar[bool] = True
    """Whether the service cuts long answers, at `most_rows` of the fake."""

    @abstractmethod
    def service(self, rows: list[Row], **options: Any) -> FakeService:
        """A fake with these rows. Options are `faults`, and `most_rows` where the service has such a limit."""

    @abstractmethod
    def read(self, answer: pl.DataFrame) -> list[Row]:
        """The rows of an answer, as the contract has them."""

    def secrets(self, service: FakeService) -> list[str]:
        """What must be seen nowhere."""
        return list(service._tokens)  # noqa: SLF001 - the fake is ours

    @pytest.fixture(autouse=True)
    def _quick(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Waits of a test are short, and what it keeps is its own."""
        monkeypatch.setattr(http, "PATIENCE", Patience(attempts=6, first=0.01, longest=0.05, in_all=20))
        monkeypatch.setenv("HUNTBOOK_CACHE", str(tmp_path / "cache"))

    @pytest.fixture
    def fake(self) -> Iterator[FakeService]:
        with self.service(rows_of_the_contract()) as service:
            yield service

    def told(self, answer: Result) -> list[Row]:
        return self.read(answer.to_polars())

    def test_all_rows_come_with_their_types(self, fake: FakeService) -> None:
        answer = fake.connect().query(self.everything, **SPAN)
        assert self.told(answer) == rows_of_the_contract()
        assert answer.origin.completeness.complete
        assert answer.origin.span == TimeSpan(START, END)
        assert answer.origin.source

    def test_the_end_of_a_span_is_not_part_of_it(self, fake: FakeService) -> None:
        answer = fake.connect().query(self.everything, start=START + timedelta(hours=6), end=START + timedelta(hours=9))
        assert [row[1] for row in self.told(answer)] == list(range(12, 18))

    def test_windows_join_without_loss_or_doubles(self, fake: FakeService) -> None:
        answer = fake.connect().query(self.everything, split="3h", **SPAN)
        assert self.told(answer) == rows_of_the_contract()
        assert answer.origin.completeness.complete

    def test_a_window_longer_than_the_span_is_one(self, fake: FakeService) -> None:
        assert len(fake.connect().query(self.everything, split="7d", **SPAN)) == 48

    def test_what_is_cut_is_told_and_can_be_had_in_less_at_once(self) -> None:
        if not self.limits:
            return
        with self.service(rows_of_the_contract(), most_rows=10) as service:
            source = service.connect()
            cut = source.query(self.everything, **SPAN)
            assert not cut.origin.completeness.complete
            assert cut.origin.completeness.cut
            assert cut.origin.completeness.notes
            assert len(cut) <= 10
            whole = source.query(self.everything, split="auto", **SPAN)
            assert self.told(whole) == rows_of_the_contract()
            assert whole.origin.completeness.complete

    @pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.SLOW])
    def test_a_fault_that_passes_costs_no_row(self, fault: Fault) -> None:
        for place in range(4):  # whichever of its requests it hits
            with self.service(rows_of_the_contract(), faults=Faults([None] * place + [fault])) as service:
                answer = service.connect().query(self.everything, cache="off", **SPAN)
                assert self.told(answer) == rows_of_the_contract()
                assert answer.origin.completeness.complete

    @pytest.mark.parametrize("seed", range(4))
    def test_thirty_windows_under_fire_lose_nothing(self, seed: int) -> None:
        rows = rows_of_the_contract(120)
        with self.service(rows, faults=Faults(share=0.2, seed=seed)) as service:
            answer = service.connect().query(self.everything, split="48m", **SPAN)
            assert service.faults.given
        assert self.told(answer) == rows
        assert answer.origin.completeness.complete

    def test_a_window_that_fails_for_good_is_named(self, fake: FakeService) -> None:
        gap = START + timedelta(hours=6)
        fake.down = lambda span: span is not None and span.start <= gap < span.end
        source = fake.connect()
        answer = source.query(self.everything, split="3h", **SPAN)
        assert self.told(answer) == [
            row for row in rows_of_the_contract() if not gap <= row[0] < gap + timedelta(hours=3)
        ]
        completeness = answer.origin.completeness
        assert not completeness.complete
        assert [missing.span for missing in completeness.missing] == [TimeSpan(gap, gap + timedelta(hours=3))]
        assert "2026-03-01T06:00:00Z to 2026-03-01T09:00:00Z" in repr(answer)
        with pytest.raises(ServiceError):
            source.query(self.everything, split="3h", on_partial="raise", cache="off", **SPAN)

    def test_nothing_at_all_is_an_error_not_an_empty_answer(self, fake: FakeService) -> None:
        fake.down = lambda _: True
        with pytest.raises(ServiceError):
            fake.connect().query(self.everything, split="6h", **SPAN)

    def test_wrong_credentials_are_told(self, fake: FakeService) -> None:
        source = fake.connect()
        secrets = self.secrets(fake)
        fake.token = lambda *_: "not-a-token"  # type: ignore[method-assign]
        fake.expire()
        with pytest.raises(AccessDenied) as caught:
            source.query(self.everything, **SPAN)
        assert caught.value.hint
        assert not any(secret in str(caught.value) + caught.value.reply for secret in [*secrets, "not-a-token"])

    def test_a_query_that_is_refused_says_why_and_is_not_asked_again(self, fake: FakeService) -> None:
        source = fake.connect()
        source.query(self.everything, **SPAN)
        before = len(fake.requests)
        with pytest.raises(QueryRejected) as caught:
            source.query(self.wrong, split="1h", **SPAN)
        assert _is_filled(self.wrong, caught.value.query)
        assert len(fake.requests) - before <= 2 * source.driver.at_once

    def test_empty_answers_are_told_apart(self, fake: FakeService) -> None:
        source = fake.connect()
        nothing = source.query(self.nothing_matched, **SPAN)
        assert (len(nothing), nothing.origin.completeness.complete) == (0, True)
        other_time = source.query(self.everything, start=START - timedelta(days=9), end=START - timedelta(days=8))
        assert (len(other_time), other_time.origin.completeness.complete) == (0, True)
        if self.absent:
            assert nothing.origin.completeness.notes != other_time.origin.completeness.notes
            try:
                absent = source.query(self.absent, **SPAN)
                assert any("no table" in note for note in absent.origin.completeness.notes)
            except QueryRejected:
                return  # it may also say so by refusing

    def test_it_streams_what_it_answers(self, fake: FakeService) -> None:
        source = fake.connect()
        whole = source.query(self.everything, **SPAN).to_polars()
        with source.stream(self.everything, **SPAN) as frames:
            assert self.read(pl.concat(list(frames))) == self.read(whole)
            assert frames.completeness.complete
        pieces = source.stream(self.everything, split="5h", **SPAN)
        assert self.read(pl.concat(list(pieces))) == self.read(whole)

    def test_a_stream_may_be_left(self, fake: FakeService) -> None:
        source = fake.connect()
        frames = source.stream(self.everything, split="1h", **SPAN)
        next(frames)
        frames.close()
        assert len(source.query(self.everything, **SPAN)) == 48

    def test_it_can_be_cancelled(self) -> None:
        with self.service(rows_of_the_contract()) as service:
            source = service.connect()
            source.query(self.everything, **SPAN)
            service.faults = Faults([Fault.SLOW] * 8)

            async def impatient() -> None:
                await asyncio.wait_for(source.aquery(self.everything, cache="off", **SPAN), 0.3)

            began = time.monotonic()
            with pytest.raises(TimeoutError):
                asyncio.run(impatient())
            assert time.monotonic() - began < 5
            service.faults = Faults()
            assert len(source.query(self.everything, cache="off", **SPAN)) == 48

    def test_the_async_face_gives_the_same(self, fake: FakeService) -> None:
        source = fake.connect()
        answer = asyncio.run(source.aquery(self.everything, cache="off", **SPAN))
        assert self.told(answer) == rows_of_the_contract()

    def test_to_be_explained_asks_nobody(self, fake: FakeService) -> None:
        source = fake.connect()
        assert source.explain(self.everything, **SPAN)
        assert repr(source)
        assert fake.requests == []

    def test_an_answer_of_a_fixed_time_is_kept(self, fake: FakeService) -> None:
        source = fake.connect()
        first = source.query(self.everything, **SPAN)
        before = len(fake.requests)
        again = source.query(self.everything, **SPAN)
        assert len(fake.requests) == before
        assert again.to_polars().equals(first.to_polars())
        assert again.origin.kept is not None
        assert "kept" in repr(again)
        source.query(self.everything, cache="refresh", **SPAN)
        assert len(fake.requests) > before

    def test_without_a_network_it_replays_and_says_so(self) -> None:
        service = self.service(rows_of_the_contract())
        with service:
            source = service.connect()
            first = source.query(self.everything, last="3650d")
        again = source.query(self.everything, last="3650d")
        assert again.to_polars().equals(first.to_polars())
        assert any("replayed" in note for note in again.origin.completeness.notes)
        with pytest.raises(Unreachable):
            source.query(self.everything, last="3650d", cache="refresh")
        with pytest.raises(Unreachable):
            source.query(self.everything, last="10d")

    @pytest.mark.parametrize("when", ["yestrday", "2026-03-01 10:00 EST", "01/02/2026", ""])
    def test_a_time_that_cannot_be_read_is_never_now(self, fake: FakeService, when: str) -> None:
        with pytest.raises(ParameterError):
            fake.connect().query(self.everything, start=when)
        assert fake.requests == []

    def test_what_is_asked_is_of_the_time_that_the_connection_has(self, fake: FakeService) -> None:
        source = fake.connect()
        source.span = TimeSpan(START, START + timedelta(hours=2))
        assert len(source.query(self.everything)) == 4
        assert len(source.query(self.everything, **SPAN)) == 48

    def test_no_secret_is_seen(self, fake: FakeService) -> None:
        source = fake.connect()
        answer = source.query(self.everything, **SPAN)
        seen = [
            repr(source),
            source._repr_html_(),
            repr(answer),
            answer._repr_html_(),
            repr(answer.origin),
            repr(source.driver),
            str(vars(source.driver)),
        ]
        try:
            source.query(self.wrong, **SPAN)
        except HuntbookError as error:
            seen += [str(error), repr(error), error.reply if isinstance(error, ServiceError) else ""]
        assert self.secrets(fake)
        assert not any(secret in text for secret in self.secrets(fake) for text in seen)

    def test_many_small_questions_leave_nothing_behind(self, fake: FakeService) -> None:
        source = fake.connect()
        for _ in range(20):
            source.query(self.nothing_matched, cache="off", **SPAN)
        before = (_tasks(), _threads())
        for _ in range(60):
            source.query(self.nothing_matched, cache="off", **SPAN)
        tasks, threads = _tasks() - before[0], _threads() - before[1]
        assert max(tasks, threads) <= 3  # of sixty questions: a connection may have been made anew
        source.close()


def _is_filled(text: str, query: str) -> bool:
    """Whether a query is this text, whatever stands in its holes."""
    return re.fullmatch(re.sub(r"\\{\\{\w+\\}\\}", ".*", re.escape(text)), query) is not None


def _tasks() -> int:
    async def count() -> int:
        return len(asyncio.all_tasks())

    return runtime.run(count())


def _threads() -> int:
    return threading.active_count()
