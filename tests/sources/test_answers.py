"""Questions in pieces, against a driver of a few lines: order, retries, what is missing, what is kept."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import huntbook as hb
from huntbook.core import http, runtime
from huntbook.core.http import Patience
from huntbook.core.result import Completeness, Result
from huntbook.core.timespan import TimeSpan
from huntbook.errors import KqlError, ParameterError, QueryRejected, ServiceError, Unreachable
from huntbook.query.options import CacheUse
from huntbook.query.parameters import Clause, Kind
from huntbook.query.typed import typed
from huntbook.sources._asking import answer
from huntbook.sources._asking.joined import together
from huntbook.sources._base import Batch, Driver, Question, TableInfo
from huntbook.sources._connection import Connection
from huntbook.testing import FakeSentinel

START = datetime(2026, 3, 1, tzinfo=UTC)
DAY: dict[str, Any] = {"start": START, "end": START + timedelta(days=1)}
EVENTS = [START + timedelta(minutes=10 * number) for number in range(144)]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(http, "PATIENCE", Patience(attempts=6, first=0.001, longest=0.002, in_all=5))
    monkeypatch.setenv("HUNTBOOK_CACHE", str(tmp_path))


class Clock(Driver):
    """Answers with an event every ten minutes; `trouble` may raise, or say how many rows are the most."""

    dialect: ClassVar[str] = "kql"
    at_once: int = 3

    def __init__(self, name: str = "clock", trouble: Callable[[TimeSpan], int | None] = lambda _: None) -> None:
        self._name = name
        self.trouble = trouble
        self.asked: list[Question] = []
        self.running = self.most_running = 0

    @property
    def name(self) -> str:
        return self._name

    async def fetch(self, question: Question) -> AsyncGenerator[Batch, None]:
        self.asked.append(question)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await asyncio.sleep(random.uniform(0, 0.002))  # noqa: S311 - whoever is first
            span = question.span or TimeSpan(EVENTS[0], EVENTS[-1] + timedelta(minutes=1))
            most = self.trouble(span)
            found = [event for event in EVENTS if span.start <= event < span.end]
            cut = most is not None and len(found) > most
            yield Batch(
                pl.DataFrame({"at": found[:most]}, schema={"at": pl.Datetime("us", "UTC")}),
                Completeness(not cut, ("cut",) if cut else (), cut),
            )
        finally:
            self.running -= 1


def told(answer: Result) -> list[datetime]:
    return answer["at"].to_list()


def test_pieces_run_side_by_side_within_bounds_and_come_in_order() -> None:
    clock = Clock()
    assert told(Connection(clock).query("T", split="1h", **DAY)) == EVENTS
    assert len(clock.asked) == 24
    assert 1 < clock.most_running <= 3


@settings(max_examples=25, deadline=None)
@given(st.integers(20, 200), st.integers(0, 2**32), st.floats(0, 0.6))
def test_whatever_passes_by_loses_and_doubles_nothing(minutes: int, seed: int, share: float) -> None:
    chance = random.Random(seed)  # noqa: S311 - a schedule
    met: dict[datetime, int] = {}

    def trouble(span: TimeSpan) -> int | None:
        if chance.random() < share and met.setdefault(span.start, 0) < 3:
            met[span.start] += 1
            error = ServiceError("broken")
            error.transient = True
            raise error
        return None

    answer = Connection(Clock(trouble=trouble)).query("T", split=timedelta(minutes=minutes), cache="off", **DAY)
    assert told(answer) == EVENTS
    assert answer.origin.completeness.complete


@settings(max_examples=15, deadline=None)
@given(st.integers(4, 150))
def test_what_is_cut_is_asked_for_in_halves(most: int) -> None:
    answer = Connection(Clock(trouble=lambda _: most)).query("T", split="auto", cache="off", **DAY)
    assert told(answer) == EVENTS
    assert answer.origin.completeness.complete


def test_a_span_that_makes_no_difference_is_not_cut_for_ever() -> None:
    class Stubborn(Clock):
        async def fetch(self, question: Question) -> AsyncGenerator[Batch, None]:
            self.asked.append(question)
            yield Batch(pl.DataFrame({"at": EVENTS[:1]}), Completeness(complete=False, notes=("cut",), cut=True))

    stubborn = Stubborn()
    answer = Connection(stubborn).query("T", split="auto", **DAY)
    assert not answer.origin.completeness.complete
    assert len(stubborn.asked) < 3_000


def failing(*hours: int) -> Callable[[TimeSpan], int | None]:
    def trouble(span: TimeSpan) -> int | None:
        if any(span.start <= START + timedelta(hours=hour) < span.end for hour in hours):
            raise ServiceError("down")
        return None

    return trouble


def test_missing_windows_are_named_one_by_one() -> None:
    answer = Connection(Clock(trouble=failing(3, 17))).query("T", split="1h", **DAY)
    missing = answer.origin.completeness.missing
    assert [(each.span.start.hour, each.why) for each in missing if each.span] == [(3, "down"), (17, "down")]
    assert len(answer) == 144 - 12
    assert "partial" in repr(answer)
    assert "2026-03-01T03:00:00Z to 2026-03-01T04:00:00Z" in answer._repr_html_()


def test_a_partial_answer_may_be_an_error() -> None:
    with pytest.raises(ServiceError, match="down"):
        Connection(Clock(trouble=failing(3))).query("T", split="1h", on_partial="raise", **DAY)
    with pytest.raises(ServiceError, match="down"):
        list(Connection(Clock(trouble=failing(3))).stream("T", split="1h", **DAY))
    for asked in ("query", "stream"):
        with pytest.raises(ServiceError, match=r"^clock, 2026-03-01T03:00:00Z to 2026-03-01T04:00:00Z: down$"):
            list(getattr(Connection(Clock(trouble=failing(3))), asked)("T", split="1h", on_partial="raise", **DAY))
    kept = Connection(Clock(trouble=failing(3))).stream("T", split="1h", on_partial="keep", **DAY)
    assert sum(frame.height for frame in kept) == 138
    assert len(kept.completeness.missing) == 1


def test_windows_that_came_back_cut_are_named() -> None:
    def cut(window: TimeSpan) -> int | None:
        return 2 if window.start.hour in (3, 17) else None

    said = str(Connection(Clock(trouble=cut)).query("T", split="1h", **DAY).origin.completeness)
    assert (
        "cut: 2026-03-01T03:00:00Z to 2026-03-01T04:00:00Z, 2026-03-01T17:00:00Z to 2026-03-01T18:00:00Z (2 of 24"
        in said
    )
    assert 'split="auto" asks for less' in said
    whole = Connection(Clock(trouble=lambda _: 2))
    assert 'split="auto"' in str(whole.query("T", **DAY).origin.completeness)
    assert 'split="auto"' not in str(whole.query("T | summarize count()", **DAY).origin.completeness)
    assert 'split="auto"' not in str(whole.query("T").origin.completeness)


@pytest.mark.parametrize("word", [{"cache": "Off"}, {"cache": False}, {"on_partial": "error"}, {"on_partial": True}])
def test_words_that_would_be_passed_over_are_refused(word: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match="cannot be"):
        Connection(Clock()).query("T", **DAY, **word)


def test_what_every_window_would_meet_is_met_once() -> None:
    def refuse(_: TimeSpan) -> int | None:
        raise QueryRejected("no such column")

    clock = Clock(trouble=refuse)
    with pytest.raises(QueryRejected):
        Connection(clock).query("T", split="1h", **DAY)
    assert len(clock.asked) <= 3


def test_partial_answers_are_not_kept_as_whole_ones() -> None:
    clock = Clock(trouble=failing(3))
    source = Connection(clock)
    source.query("T", split="1h", **DAY)
    clock.trouble = lambda _: None
    assert told(source.query("T", split="1h", **DAY)) == EVENTS


def test_windows_that_were_answered_are_not_asked_again() -> None:
    clock = Clock(trouble=failing(3, 17))
    source = Connection(clock)
    source.query("T", split="1h", **DAY)
    clock.trouble, clock.asked = lambda _: None, []
    answer = source.query("T", split="1h", **DAY)
    assert [question.span.start.hour for question in clock.asked if question.span] == [3, 17]
    assert told(answer) == EVENTS
    assert "was not asked again" in str(answer.origin.completeness)
    clock.asked = []
    uses: list[CacheUse] = ["refresh", "off"]
    for use in uses:
        source.query("T", split="1h", cache=use, **DAY)
    assert len(clock.asked) == 48


def test_windows_of_a_time_that_is_not_long_over_are_asked_again() -> None:
    today = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    span: dict[str, Any] = {"start": today - timedelta(hours=6), "end": today}
    clock = Clock()

    def down(window: TimeSpan) -> int | None:
        if window.end == today:
            raise ServiceError("down")
        return None

    clock.trouble = down
    source = Connection(clock)
    source.query("T", split="1h", **span)
    clock.trouble, clock.asked = lambda _: None, []
    source.query("T", split="1h", **span)
    assert len(clock.asked) == 6


def test_a_kept_answer_is_another_ones_for_another_question() -> None:
    clock = Clock()
    source = Connection(clock)
    for text, values, times in (
        ("T", {}, DAY),
        ("T | where true", {}, DAY),
        ("T | where a == {{x}}", {"x": "1"}, DAY),
        ("T | where a == {{x}}", {"x": 1}, DAY),
        ("T", {}, {"start": START, "end": START + timedelta(hours=23)}),
    ):
        before = len(clock.asked)
        assert source.query(text, **times, **values).origin.kept is None
        assert source.query(text, **times, **values).origin.kept is not None
        assert len(clock.asked) == before + 1
    assert Connection(Clock("other")).query("T", **DAY).origin.kept is None


def test_a_kept_answer_that_was_changed_is_none(tmp_path: Path) -> None:
    source = Connection(Clock())
    source.query("T", **DAY)
    (kept,) = (tmp_path / "answers").glob("*.parquet")
    assert kept.stat().st_mode & 0o077 == 0
    kept.write_bytes(kept.read_bytes()[:-1] + b"x")
    assert source.query("T", **DAY).origin.kept is None


def test_what_cannot_be_kept_spoils_nothing_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    assert len(Connection(Clock()).query("T", **DAY)) == 144
    assert list((tmp_path / "answers").iterdir()) == []


def test_a_span_that_is_not_over_is_asked_again() -> None:
    source = Connection(Clock())
    later: dict[str, Any] = {"start": START, "end": datetime.now(UTC) + timedelta(hours=1)}
    source.query("T", **later)
    assert source.query("T", **later).origin.kept is None
    just: dict[str, Any] = {"start": START, "end": datetime.now(UTC) - timedelta(hours=20)}  # events may still arrive
    source.query("T", **just)
    assert source.query("T", **just).origin.kept is None


def test_a_relative_span_is_replayed_only_without_a_network() -> None:
    clock = Clock()
    source = Connection(clock)
    assert source.query("T", last="900d").origin.kept is None
    assert source.query("T", last="900d").origin.kept is None

    def gone(_: TimeSpan) -> int | None:
        raise Unreachable("no network")

    clock.trouble = gone
    replayed = source.query("T", last="900d")
    assert replayed.origin.kept is not None
    assert any("replayed" in note and "no network" in note for note in replayed.origin.completeness.notes)
    with pytest.raises(Unreachable):
        source.query("T", last="900d", cache="off")


def test_half_of_a_character_is_no_query() -> None:
    with pytest.raises(ParameterError, match="half of a character"):
        Connection(Clock()).query("T | where a == '\ud83d'")
    assert len(Connection(Clock()).query("T | where a == '😀'", **DAY)) == 144


def test_a_table_that_is_absent_beside_others_is_not_the_whole_reason() -> None:
    class Union(Clock):
        def named(self, question: Question) -> list[str]:
            return ["T", "U"]

        async def tables(self) -> list[TableInfo]:
            return [TableInfo("T", ())]

        async def holds(self, table: str, span: TimeSpan | None) -> bool:
            return table == "T"

        async def fetch(self, question: Question) -> AsyncGenerator[Batch, None]:
            yield Batch(pl.DataFrame({"a": []}))

    notes = Connection(Union()).query("union isfuzzy=true T, U", **DAY).origin.completeness.notes
    assert notes == ("there is no table U here", "there are rows of that time, and none matched")


def test_what_a_table_holds_is_asked_once_for_many_empty_answers() -> None:
    class Empty(Clock):
        holds_asked = 0

        def named(self, question: Question) -> list[str]:
            return ["T"]

        async def tables(self) -> list[TableInfo]:
            return [TableInfo("T", ())]

        async def holds(self, table: str, span: TimeSpan | None) -> bool:
            self.holds_asked += 1
            return False

        async def fetch(self, question: Question) -> AsyncGenerator[Batch, None]:
            yield Batch(pl.DataFrame({"a": []}))

    clock = Empty()
    source = Connection(clock)
    for number in range(5):
        answer = source.query("T | where a == {{a}}", a=number, **DAY)
        assert "T has no rows of that time" in str(answer.origin.completeness)
    assert clock.holds_asked == 1
    source.query("T", last="1h")
    assert clock.holds_asked == 2


def test_who_was_not_there_a_moment_ago_is_not_waited_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    source = Connection(clock)
    for take in range(3):
        source.query(f"T | take {take}", last="900d")
    asked = []

    def nobody(_: TimeSpan) -> int | None:
        asked.append(1)
        error = Unreachable("no network")
        error.gone = True
        raise error

    clock.trouble = nobody
    for take in range(3):
        notes = source.query(f"T | take {take}", last="900d").origin.completeness.notes
        assert any("replayed" in note and "no network" in note for note in notes)
    assert len(asked) == 1
    with pytest.raises(Unreachable):
        source.query("T | take 9", last="900d")
    assert len(asked) == 2  # of what was not kept it is asked all the same
    now = time.monotonic()
    monkeypatch.setattr(answer, "monotonic", lambda: now + 90)
    source.query("T | take 1", last="900d")
    assert len(asked) == 3
    clock.trouble = lambda _: None
    assert source.query("T | take 9", last="900d").origin.kept is None
    assert source.query("T | take 1", last="900d").origin.kept is None


def test_values_are_literals_and_clauses_are_code() -> None:
    source = Connection(Clock())
    hostile = '" | union Secrets //'
    assert source.explain("T | where a == {{a}}", a=hostile) == 'T | where a == "\\" | union Secrets //"'
    assert source.explain("T {{more}}", more=Clause("| take 1")) == "T | take 1"
    assert source.explain("T", add_query_items="| take 1") == "T\n| take 1"
    assert source.explain("T | where a in ({{a}})", a=pl.Series(["x", 'y"'])) == 'T | where a in ("x", "y\\"")'
    for text, values, said in (
        ("T | where a == {{a}}", {}, "has no value"),
        ("T | where a == {{a}}", {"b": 1}, "no {{b}}"),
        ("T | where a == '{{a}}'", {"a": 1}, "quotes"),
        ("T | where a == {{a}}", {"a": object()}, "cannot stand in a query"),
    ):
        with pytest.raises(ParameterError, match=said):
            source.explain(text, **values)
    assert source.explain("T | where a == '{{a}}'") == "T | where a == '{{a}}'"  # text, where no value is given


@pytest.mark.parametrize(
    ("value", "kind", "plain"),
    [
        (np.int64(3), Kind.INT, 3),
        (np.uint8(3), Kind.INT, 3),
        (np.float32(0.5), Kind.REAL, 0.5),
        (np.bool_(1), Kind.BOOL, True),
        ([np.int64(3), np.int64(4)], Kind.LIST, [3, 4]),
        (pd.Series([3, 4]), Kind.LIST, [3, 4]),
        ({np.int64(3)}, Kind.LIST, [3]),
    ],
)
def test_a_cell_of_a_frame_is_a_value(value: object, kind: Kind, plain: object) -> None:
    found = typed(value)
    assert (found.kind, repr(found.value)) == (kind, repr(plain))


def test_windows_fill_the_times_of_the_text() -> None:
    clock = Clock()
    Connection(clock).query("T | where at between ({{start}} .. {{end}})", split="12h", **DAY)
    assert sorted(question.text for question in clock.asked) == [
        "T | where at between (datetime(2026-03-01T00:00:00Z) .. datetime(2026-03-01T11:59:59.9999999Z))",
        "T | where at between (datetime(2026-03-01T12:00:00Z) .. datetime(2026-03-01T23:59:59.9999999Z))",
    ]


def test_what_needs_all_rows_is_not_cut_by_itself_and_says_so_if_it_is_told_to() -> None:
    source = Connection(Clock(trouble=lambda _: 5))
    auto = source.query("T | summarize count()", split="auto", **DAY).origin.completeness
    assert any("summarize" in note for note in auto.notes)
    assert not auto.complete
    told_to = Connection(Clock()).query("T | summarize count()", split="6h", **DAY).origin.completeness
    assert any("summarize saw the rows of one window" in note for note in told_to.notes)


def test_the_session_has_a_span_for_those_that_have_none() -> None:
    clock = Clock()
    hb.session.span = TimeSpan(START, START + timedelta(hours=1))
    try:
        source = Connection(clock, span=lambda: hb.session.span)
        assert len(source.query("T")) == 6
        source.span = TimeSpan(START, START + timedelta(hours=2))
        assert len(source.query("T")) == 12
        assert len(source.query("T", **DAY)) == 144
        source.span = None
        assert len(source.query("T")) == 6
    finally:
        hb.session.span = None
    assert len(source.query("T")) == 144
    with pytest.raises(ParameterError):
        source.span = "fortnight"


@pytest.fixture
def several() -> list[Connection]:
    def refuse(_: TimeSpan) -> int | None:
        raise KqlError("no such table")

    return [Connection(Clock("one")), Connection(Clock("two", refuse)), Connection(Clock("three"))]


def test_several_are_asked_side_by_side_and_one_that_fails_spoils_nothing(several: list[Connection]) -> None:
    answer = hb.ask(several, "T", **DAY)
    assert answer.to_polars().columns[0] == "_Source"
    assert answer.to_polars().group_by("_Source").len().sort("_Source").rows() == [("one", 144), ("three", 144)]
    assert [(missing.source, missing.why) for missing in answer.origin.completeness.missing] == [
        ("two", "no such table")
    ]
    with pytest.raises(KqlError):
        hb.ask([several[1]], "T", **DAY)
    with pytest.raises(ParameterError):
        hb.ask([], "T")


def test_a_driver_that_fails_in_its_own_way_spoils_nothing_of_the_others() -> None:
    def broken(_: TimeSpan) -> int | None:
        raise KeyError("rows")

    answer = hb.ask([Connection(Clock()), Connection(Clock("broken", broken))], "T", **DAY)
    assert len(answer) == 144
    assert [str(each) for each in answer.origin.completeness.missing] == ["broken: KeyError: 'rows'"]
    with pytest.raises(KeyError):
        hb.ask([Connection(Clock("broken", broken))], "T", **DAY)


def test_several_of_one_name_are_told_apart() -> None:
    answer = hb.ask([Connection(Clock()), Connection(Clock())], "T", cache="off", **DAY)
    assert answer.to_polars().group_by("_Source").len().sort("_Source").rows() == [("clock", 144), ("clock (2)", 144)]


def test_several_of_a_driver_are_told_apart_too() -> None:
    class Two(Clock):
        def apart(self) -> list[Driver]:
            return [Clock("left"), Clock("right", failing(2))]

    answer = Connection(Two()).query("T", split="12h", **DAY)
    assert answer.to_polars().group_by("_Source").len().sort("_Source").rows() == [("left", 144), ("right", 72)]
    assert [missing.source for missing in answer.origin.completeness.missing] == ["right"]


def test_columns_of_several_types_become_text() -> None:
    frame, notes = together(
        [pl.DataFrame({"a": [1], "b": ["x"]}), pl.DataFrame({"a": ["one"], "c": [2.0]}), pl.DataFrame({"a": [2]})]
    )
    assert frame.to_dicts() == [
        {"a": "1", "b": "x", "c": None},
        {"a": "one", "b": None, "c": 2.0},
        {"a": "2", "b": None, "c": None},
    ]
    assert notes == ("a came in several types and became text",)


def test_huntbooks_own_loop_is_not_waited_for_by_itself() -> None:
    async def waits() -> None:
        with pytest.raises(RuntimeError, match="await"):
            runtime.run(asyncio.sleep(0))

    runtime.run(waits())


def test_questions_from_many_threads() -> None:
    source = Connection(Clock())
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(len(source.query("T", cache="off", **DAY)))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [144] * 8


def test_times_to_the_nanosecond_stay_so_beside_coarser_ones() -> None:
    fine = pl.DataFrame({"t": ["2026-03-01T10:00:00.123456700"]}).with_columns(
        pl.col("t").str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="ns", time_zone="UTC")
    )
    coarse = pl.DataFrame({"t": [START]}, schema={"t": pl.Datetime("us", "UTC")})
    frame, _ = together([coarse, fine])
    assert frame["t"].dt.nanosecond().to_list() == [0, 123_456_700]


@pytest.mark.parametrize(
    ("text", "given", "said"),
    [
        ("SigninLogs", {"lst": "2d"}, "Did you mean 'last'?"),
        ("SigninLogs", {"timespan": "2d"}, "There are: none. Options are last, start, end, split,"),
        ("SigninLogs | where A == {{ user }}", {"user": "x"}, "Write {{user}} without spaces."),
        ("SigninLogs", {"last": "2d", "split": "autp"}, 'split is "auto", or how long a window is.'),
        ("SigninLogs", {"last": "2d", "split": "Auto"}, 'split is "auto", or how long a window is.'),
    ],
)
def test_what_is_misspelt_is_answered_with_what_there_is(text: str, given: dict[str, Any], said: str) -> None:
    with (
        FakeSentinel(tables={"SigninLogs": [{"TimeGenerated": "2026-03-01T05:00:00Z"}]}).connect() as logs,
        pytest.raises(ParameterError) as raised,
    ):
        logs.query(text, **given)
    assert said in raised.value.hint


def test_an_option_that_this_way_of_asking_does_not_have_is_said_to_be_none() -> None:
    with (
        FakeSentinel(tables={"SigninLogs": [{"TimeGenerated": "2026-03-01T05:00:00Z"}]}).connect() as logs,
        pytest.raises(ParameterError) as raised,
    ):
        logs.stream("SigninLogs", cache="off")
    assert raised.value.hint == "There is no 'cache' in this way of asking either."
