"""Uploads: each row is sent once, what became of it is told exactly, and what broke off goes on."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import huntbook as hb
from huntbook.core import runtime
from huntbook.errors import (
    AccessDenied,
    ConfigError,
    EvidenceError,
    ParameterError,
    QueryRejected,
    ServiceError,
    Unreachable,
)
from huntbook.sources._splunk import upload
from huntbook.sources._upload.journal import Journal, State
from huntbook.sources._upload.rows import Row, encoded, parts, reached
from huntbook.sources._upload.sending import Receiver, Sending, Taken, TooLarge
from huntbook.testing import FakeSentinel, FakeSplunk, Fault, Faults

NUMBERS = count()


def table(rows: int = 100) -> pl.DataFrame:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    times = [start + timedelta(seconds=number, microseconds=7) for number in range(rows)]
    return pl.DataFrame({"TimeGenerated": times, "number": range(rows), "Computer": ["WS01"] * rows})


class Shelf(Receiver):
    """Takes rows; `does` says of each batch, by its number, what happens to it."""

    most_bytes = 5_000
    most_rows = 8

    def __init__(self, does: Sequence[str] = (), *, receipts: bool = False) -> None:
        self.does = list(does)
        self.there: list[int] = []
        self.batches = 0
        self.receipts = receipts
        self.safe: Collection[int] = ()

    @property
    def name(self) -> str:
        return "a shelf"

    def write(self, row: Row, part: str) -> bytes:
        return encoded(row.fields)

    def body(self, rows: Sequence[bytes]) -> bytes:
        return b"[" + b",".join(rows) + b"]"

    async def send(self, body: bytes, rows: int) -> Taken:
        does = self.does[self.batches] if self.batches < len(self.does) else "take"
        self.batches += 1
        await asyncio.sleep(0)
        numbers = [each["number"] for each in json.loads(body)]
        if does in ("take", "lose the answer"):
            self.there += numbers
        if does in ("lose the answer", "lose all"):
            error = Unreachable("No answer.")
            error.uncertain = True
            raise error
        if does == "refuse":
            raise QueryRejected("Rows of the wrong kind.")
        if does == "deny":
            raise AccessDenied("Not allowed.")
        if does == "too large":
            raise TooLarge("A batch is too large.")
        if does == "break":
            raise KeyboardInterrupt
        return Taken(rows, receipt=self.batches if self.receipts else None)

    async def confirm(self, receipts: Collection[int]) -> Collection[int]:
        return [each for each in receipts if each in self.safe]


def send(shelf: Shelf, frame: pl.DataFrame, **how: Any) -> Sending:
    sending = Sending(shelf, Journal("the shelf"), **how)
    runtime.run(sending.send(parts(frame)))
    return sending


class TestBatches:
    def test_every_row_arrives_once_in_order(self) -> None:
        shelf = Shelf()
        sending = send(shelf, table(95))
        assert shelf.there == list(range(95))
        (tally,) = sending.tallies
        assert (tally.rows, tally.accepted, sending.complete) == (95, 95, True)

    def test_a_lost_answer_is_neither_sent_again_nor_counted_as_accepted(self) -> None:
        for what in ("lose the answer", "lose all"):
            shelf = Shelf(["take", what])
            (tally,) = send(shelf, table(25), again=True).tallies
            assert (tally.accepted, tally.perhaps) == (17, 8)
            assert max(Counter(shelf.there).values()) == 1
            assert "no answer" in next(iter(tally.why))

    def test_what_was_perhaps_received_stays_so_until_it_may_come_twice(self) -> None:
        shelf = Shelf(["take", "lose the answer"])
        frame = table(25)
        send(shelf, frame)
        once = send(shelf, frame)
        assert (once.tallies[0].before, once.tallies[0].perhaps, shelf.batches) == (17, 8, 4)
        twice = send(shelf, frame, resend=True)
        assert (twice.tallies[0].before, twice.tallies[0].accepted, twice.complete) == (17, 8, True)
        assert Counter(Counter(shelf.there).values()) == {1: 17, 2: 8}

    def test_an_upload_that_is_complete_leaves_nothing_and_can_be_made_again(self, tmp_path: Path) -> None:
        shelf = Shelf()
        for _ in range(2):
            send(shelf, table(25))
        assert Counter(shelf.there) == dict.fromkeys(range(25), 2)
        assert not list((tmp_path / "cache" / "uploads").iterdir())

    def test_one_that_broke_off_goes_on_where_it_was(self) -> None:
        shelf = Shelf(["take", "take", "deny"])
        frame = table(60)
        first = send(shelf, frame)
        assert (first.tallies[0].accepted, first.tallies[0].not_sent) == (16, 44)
        assert not first.complete
        second = send(shelf, frame)
        assert (second.tallies[0].before, second.tallies[0].accepted) == (16, 44)
        assert sorted(shelf.there) == list(range(60))
        assert Counter(shelf.there).most_common(1)[0][1] == 1

    def test_one_that_was_killed_in_the_middle_of_a_batch_says_so(self) -> None:
        shelf = Shelf(["take", "break"])
        frame = table(60)
        sending = Sending(shelf, Journal("the shelf"))

        async def killed() -> None:
            await sending.send(parts(frame))

        with pytest.raises(KeyboardInterrupt):
            asyncio.run(killed())
        again = send(shelf, frame)
        assert again.tallies[0].before == 8
        assert again.tallies[0].perhaps == 8
        assert any("without an answer" in why for why in again.tallies[0].why)

    def test_again_sends_everything(self) -> None:
        shelf = Shelf(["take", "deny"])
        frame = table(25)
        send(shelf, frame)
        assert send(shelf, frame, again=True).tallies[0].accepted == 25
        assert Counter(shelf.there)[0] == 2

    def test_other_rows_are_another_upload(self) -> None:
        shelf = Shelf(["take", "deny"])
        send(shelf, table(25))
        assert send(shelf, table(25).with_columns(pl.col("number") + 1000)).tallies[0].before == 0

    def test_what_is_refused_is_counted_and_the_rest_goes_on(self) -> None:
        shelf = Shelf(["take", "refuse"])
        (tally,) = send(shelf, table(40)).tallies
        assert (tally.accepted, tally.refused) == (32, 8)
        assert tally.why == {"Rows of the wrong kind.": 8}

    def test_where_nothing_is_taken_it_ends_with_the_error(self) -> None:
        shelf = Shelf(["refuse"] * 100)
        with pytest.raises(QueryRejected):
            send(shelf, table(100))
        assert shelf.batches == 3
        with pytest.raises(AccessDenied):
            send(Shelf(["deny"] * 100), table(100))

    def test_a_service_that_is_silent_is_not_sent_everything(self) -> None:
        shelf = Shelf(["take", *["lose all"] * 100])
        (tally,) = send(shelf, table(200)).tallies
        assert shelf.batches == 4
        assert tally.accepted + tally.perhaps + tally.not_sent == 200

    def test_a_batch_that_is_too_large_is_cut_and_a_row_that_is_is_refused(self) -> None:
        shelf = Shelf(["too large", "too large", "take"])
        (tally,) = send(shelf, table(25)).tallies
        assert (tally.accepted, sorted(shelf.there)) == (25, list(range(25)))
        frame = table(5).with_columns(note=pl.when(pl.col("number") == 2).then(pl.lit("x" * 6_000)))
        (tally,) = send(Shelf(), frame).tallies
        assert (tally.accepted, tally.refused) == (4, 1)
        assert "(row 3)" in next(iter(tally.why))

    def test_what_has_to_be_confirmed_is_accepted_only_then(self) -> None:
        shelf = Shelf(receipts=True)
        shelf.safe = [1, 3, 4]
        (tally,) = send(shelf, table(25)).tallies
        assert (tally.accepted, tally.perhaps) == (17, 8)
        assert tally.why == {"taken, but not acknowledged": 8}

    @given(
        st.lists(st.sampled_from(["take", "lose the answer", "lose all", "refuse", "deny", "too large"]), max_size=12),
        st.integers(0, 70),
    )
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_whatever_happens_no_row_comes_twice_and_all_are_accounted_for(self, does: list[str], rows: int) -> None:
        shelf, frame = Shelf(does), table(rows)
        destination = f"shelf {next(NUMBERS)}"
        told = []
        for _ in range(4):
            sending = Sending(shelf, Journal(destination))
            try:
                runtime.run(sending.send(parts(frame)))
            except ServiceError:
                continue
            tally = sending.tallies[0] if sending.tallies else None
            if tally is None:
                continue
            told.append(tally)
            assert tally.rows == tally.accepted + tally.before + tally.perhaps + tally.refused + tally.not_sent
            if sending.complete:
                break
        counts = Counter(shelf.there)
        assert not counts or max(counts.values()) == 1
        if told:
            assert told[-1].accepted + told[-1].before <= len(counts)


class TestRows:
    def test_values_are_written_as_json(self) -> None:
        fields = {
            "at": datetime(2026, 3, 1, tzinfo=UTC),
            "for": timedelta(seconds=90),
            "bytes": b"\x00\xff",
            "price": Decimal("1.10"),
            "nan": float("nan"),
            "inside": {"inf": float("inf"), "a": [1, float("nan")]},
            "none": None,
            "text": "Ü监🔎\ud800",
        }
        assert json.loads(encoded(fields)) == {
            "at": "2026-03-01T00:00:00+00:00",
            "for": 90.0,
            "bytes": "AP8=",
            "price": "1.10",
            "inside": {"a": [1, None]},
            "text": "Ü监🔎?",
        }

    @given(
        st.dictionaries(
            st.text(),
            st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.floats()),
            max_size=5,
        )
    )
    def test_every_row_is_one_line_of_json(self, fields: dict[str, Any]) -> None:
        written = encoded(fields)
        assert b"\n" not in written
        assert isinstance(json.loads(written), dict)

    def test_fields_are_reached_by_name_or_by_path(self) -> None:
        assert reached({"a.b": 1, "a": {"b": 2}}, "a.b") == 1
        assert reached({"a": {"b": 2}}, "a.b") == 2
        assert reached({"a": 5}, "a.b") is None

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            (["2026-03-01T00:00:00.000007Z", None], [1772323200000007, None]),
            ([1772323200, 1772323201.5], [1772323200000000, 1772323201500000]),
            ([datetime(2026, 3, 1), None], [1772323200000000, None]),  # noqa: DTZ001 - what names no zone is UTC
            (["nonsense", True], [None, None]),
        ],
    )
    def test_times_are_read(self, values: list[Any], expected: list[int | None]) -> None:
        (part,) = parts([{"when": value, "x": 1} for value in values])
        time = "when" if expected != [None, None] else ""
        assert [row.at for rows in part.rows(time) for row in rows] == expected

    def test_a_time_that_no_row_has_is_an_error(self) -> None:
        (part,) = parts(table(3))
        with pytest.raises(ParameterError, match="no row has a time in 'When'"):
            list(part.rows("When"))

    def test_rows_without_a_time_are_counted(self) -> None:
        with FakeSentinel(tables={}) as service:
            source = service.connect()
            told = source.upload([{"a": 1}, {"a": 2, "TimeGenerated": "2026-03-01"}, {"a": 3}], to="Evidence_CL")
            assert "in 2 rows no time was found" in str(told.origin.completeness)
            told = source.upload([{"a": 2, "TimeGenerated": "2026-03-01"}], to="Evidence_CL")
            assert "no time" not in str(told.origin.completeness)

    def test_a_path_that_leads_nowhere_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(EvidenceError):
            list(parts(tmp_path / "nothing"))


class TestJournal:
    def test_a_line_that_broke_off_is_as_good_as_none(self, tmp_path: Path) -> None:
        journal = Journal("x", tmp_path)
        journal.note("one", State.ACCEPTED, 5)
        journal.note("two", State.SENDING, 5)
        (path,) = tmp_path.iterdir()
        path.write_text(path.read_text()[:-9])
        again = Journal("x", tmp_path)
        assert again["one"] is not None
        assert again["two"] is None
        assert Journal("y", tmp_path)["one"] is None
        again.note("three", State.SENDING, 5)
        assert Journal("x", tmp_path)["three"] is not None

    def test_what_another_upload_notes_meanwhile_stays(self, tmp_path: Path) -> None:
        mine, other = Journal("x", tmp_path), Journal("x", tmp_path)
        mine.note("one", State.ACCEPTED, 3)
        other.note("two", State.SENDING, 4)
        mine.forget(["one"])
        again = Journal("x", tmp_path)
        assert again["one"] is None
        assert again["two"] is not None

    def test_it_forgets_what_is_complete_and_nothing_else(self, tmp_path: Path) -> None:
        journal = Journal("x", tmp_path)
        journal.note("one", State.ACCEPTED, 5)
        journal.note("two", State.PERHAPS, 5)
        journal.forget(["one"])
        again = Journal("x", tmp_path)
        assert again["one"] is None
        assert again["two"] is not None
        again.forget(["two"])
        assert not list(tmp_path.iterdir())


class TestSplunk:
    @pytest.fixture
    def fake(self) -> Iterator[FakeSplunk]:
        with FakeSplunk() as service:
            yield service

    def test_rows_become_events_that_are_found(self, fake: FakeSplunk) -> None:
        source = fake.connect()
        answer = source.upload(table(12_000), to="evidence", labels={"sourcetype": "demo", "host": "WS09"})
        assert answer.to_dicts()[0] | {"why": ""} == {
            "part": "table",
            "rows": 12_000,
            "accepted": 12_000,
            "before": 0,
            "perhaps": 0,
            "refused": 0,
            "not_sent": 0,
            "why": "",
        }
        assert answer.origin.completeness.complete
        assert answer.origin.completeness.notes == ("12,000 of 12,000 rows were accepted",)
        sent = [seen for seen in fake.requests if seen.path.endswith("collector/event")]
        assert len(sent) > 2
        assert all(seen.headers["content-encoding"] == "gzip" for seen in sent)
        first = fake.collector.events[0]
        assert first["time"] == "1772323200.000007"
        assert (first["index"], first["host"], first["sourcetype"]) == ("evidence", "WS09", "demo")
        found = source.query(
            "index=evidence Computer=WS01 | stats count BY host sourcetype", start="2026-03-01", end="2026-03-02"
        )
        assert found.to_dicts() == [{"host": "WS09", "sourcetype": "demo", "count": 12_000}]

    def test_events_of_a_splunk_come_back_as_they_were(self, fake: FakeSplunk) -> None:
        with FakeSplunk(tables={"main": [{"_time": "2026-03-01T10:00:00Z", "host": "WS01", "user": "anna"}]}) as other:
            events = other.connect().query("index=main", start="2026-03-01", end="2026-03-02")
        fake.connect().upload(events, to="copy")
        (event,) = fake.collector.events
        assert (event["host"], event["sourcetype"], event["index"], event["time"]) == (
            "WS01",
            "main",
            "copy",
            "1772359200.000000",
        )
        assert json.loads(event["event"])["user"] == "anna"

    def test_a_folder_goes_file_by_file(self, fake: FakeSplunk, tmp_path: Path) -> None:
        folder = tmp_path / "logs"
        folder.mkdir()
        (folder / "a.json").write_text('{"timestamp": "2026-03-01T10:00:00Z", "x": 1}\n{"x": }\n', encoding="utf-8")
        (folder / "b.csv").write_text("user,TimeGenerated\nanna,2026-03-01T11:00:00Z\nbo,\n", encoding="utf-8")
        (folder / "c.bin").write_bytes(b"MZ" + bytes(range(256)))
        answer = fake.connect().upload(folder, to="main")
        rows = {row["part"]: row for row in answer.to_dicts()}
        assert (rows["a.json"]["accepted"], rows["b.csv"]["accepted"]) == (1, 2)
        assert "is no JSON (line 2)" in rows["a.json"]["why"]
        assert "Windows program" in rows["c.bin"]["why"]
        assert [(each["source"], each.get("time")) for each in fake.collector.events] == [
            ("a.json", "1772359200.000000"),
            ("b.csv", "1772362800.000000"),
            ("b.csv", None),
        ]
        assert any("is no JSON" in note for note in answer.origin.completeness.notes)

    def test_an_event_that_is_refused_leaves_those_before_it_in_doubt(self, fake: FakeSplunk) -> None:
        fake.collector.allowed_indexes = {"main"}
        real = fake.collector._problem
        fake.collector._problem = lambda event: 7 if event["event"]["number"] == 30 else real(event)  # type: ignore[method-assign]
        source = fake.connect()
        answer = source.upload(table(100), to="main").to_dicts()[0]
        assert (answer["accepted"], answer["perhaps"], answer["refused"]) == (69, 30, 1)
        again = source.upload(table(100), to="main").to_dicts()[0]
        assert (again["accepted"], again["before"], again["perhaps"]) == (0, 69, 31)
        assert (
            "Incorrect index (event 30 of the batch) (row 31)" in answer["why"]
            or "Incorrect index (row 31)" in answer["why"]
        )
        assert Counter(each["event"]["number"] for each in fake.collector.events).most_common(1)[0][1] == 1

    def test_a_busy_collector_is_waited_for(self, fake: FakeSplunk) -> None:
        fake.collector.busy = 2
        assert fake.connect().upload(table(10), to="main").to_dicts()[0]["accepted"] == 10

    @pytest.mark.parametrize("via", ["hec", "stream", "simple"])
    @pytest.mark.parametrize("fault", [Fault.DROPPED, Fault.BROKEN, Fault.MALFORMED])
    def test_an_answer_that_is_lost_is_told(self, fake: FakeSplunk, via: str, fault: Fault) -> None:
        fake.faults = Faults([fault])
        answer = fake.connect().upload(table(10), to="main", via=via)
        row = answer.to_dicts()[0]
        assert (row["accepted"], row["perhaps"]) == (0, 10)
        assert not answer.origin.completeness.complete
        assert "10 were perhaps received" in answer.origin.completeness.notes
        assert len(fake.requests) == 1

    @pytest.mark.parametrize("via", ["hec", "stream", "simple"])
    @pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.UNAVAILABLE])
    def test_what_surely_did_not_arrive_is_sent_again(self, fake: FakeSplunk, via: str, fault: Fault) -> None:
        fake.faults = Faults([fault])
        assert fake.connect().upload(table(10), to="main", via=via).to_dicts()[0]["accepted"] == 10
        assert len(fake.collector.events) + len(fake.receivers.events) == 10

    def test_acknowledgements_are_waited_for(self, fake: FakeSplunk) -> None:
        fake.collector.acknowledges, fake.collector.ack_after = True, 3
        answer = fake.connect(hec_acknowledge=True).upload(table(10), to="main")
        assert answer.to_dicts()[0]["accepted"] == 10
        asked = [seen for seen in fake.requests if seen.path.endswith("collector/ack")]
        channels = {seen.headers["x-splunk-request-channel"] for seen in fake.requests if seen.path.endswith("/event")}
        assert len(asked) == 3
        assert channels == {seen.params["channel"] for seen in asked}

    def test_a_token_that_acknowledges_nothing_leaves_doubt(self, fake: FakeSplunk) -> None:
        row = fake.connect(hec_acknowledge=True).upload(table(10), to="main").to_dicts()[0]
        assert (row["accepted"], row["perhaps"]) == (0, 10)

    def test_who_asks_and_how_makes_no_other_destination(self, fake: FakeSplunk) -> None:
        fake.faults = Faults([None, Fault.BROKEN])
        first = fake.connect().upload(table(10_000), to="main").to_dicts()[0]
        again = fake.connect(max_rows=7, app="search", internal=True).upload(table(10_000), to="main").to_dicts()[0]
        assert (first["accepted"], first["perhaps"]) == (again["before"], again["perhaps"]) == (5_000, 5_000)
        assert len(fake.collector.events) == 5_000

    def test_what_is_not_acknowledged_is_perhaps_received(
        self, fake: FakeSplunk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(upload, "_SAFE_IN", 0.2)
        fake.collector.acknowledges, fake.collector.ack_after = True, 1000
        row = fake.connect(hec_acknowledge=True).upload(table(10), to="main").to_dicts()[0]
        assert (row["accepted"], row["perhaps"], row["why"]) == (0, 10, "taken, but not acknowledged")

    def test_text_goes_to_the_receivers_line_by_line(self, fake: FakeSplunk) -> None:
        frame = pl.DataFrame({"_raw": ["one line", "two\nlines", None], "a": [1, 2, 3]})
        source = fake.connect(hec_token=None)
        assert source.upload(frame, to="main", labels={"sourcetype": "syslog"}).to_dicts()[0]["accepted"] == 3
        assert fake.requests[-1].path == "/services/receivers/stream"
        assert [each["event"] for each in fake.receivers.events] == [
            "one line",
            '{"_raw":"two\\nlines","a":2}',
            '{"a":3}',
        ]
        assert {each["sourcetype"] for each in fake.receivers.events} == {"syslog"}

    def test_a_receiver_that_took_other_bytes_is_not_believed(self, fake: FakeSplunk) -> None:
        real = fake.answer
        fake.answer = lambda seen: real(seen).__class__(json={"bytes": 3})  # type: ignore[method-assign]
        row = fake.connect().upload(table(3), to="main", via="simple").to_dicts()[0]
        assert (row["accepted"], row["perhaps"]) == (0, 3)

    def test_a_wrong_token_is_told_and_shown_nowhere(self, fake: FakeSplunk) -> None:
        with pytest.raises(AccessDenied, match="Invalid token") as caught:
            fake.connect(hec_token="not-the-token-at-all").upload(table(3), to="main")
        assert "not-the-token-at-all" not in str(caught.value) + caught.value.reply

    def test_the_token_of_the_collector_is_enough(self, fake: FakeSplunk) -> None:
        where = {name: each for name, each in fake.settings().items() if name not in ("token", "port")}
        assert hb.connect("splunk", **where).upload(table(3), to="main").to_dicts()[0]["accepted"] == 3

    @pytest.mark.parametrize(
        ("how", "said"),
        [
            ({"via": "udp"}, "no way 'udp'"),
            ({"labels": {"colour": "red"}}, "no label 'colour'"),
            ({"time": "When"}, "no row has a time"),
        ],
    )
    def test_what_splunk_does_not_have_is_told(self, fake: FakeSplunk, how: dict[str, Any], said: str) -> None:
        with pytest.raises(ParameterError, match=said):
            fake.connect().upload(table(3), to="main", **how)

    def test_the_async_face_does_the_same(self, fake: FakeSplunk) -> None:
        answer = asyncio.run(fake.connect().aupload(table(3), to="main"))
        assert answer.to_dicts()[0]["accepted"] == 3

    def test_who_takes_no_rows_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_text('{"a": 1}\n', encoding="utf-8")
        with pytest.raises(ParameterError, match="takes no rows"):
            hb.connect("local", tmp_path / "a.json").upload(table(3), to="main")


class TestSentinel:
    @pytest.fixture
    def fake(self) -> Iterator[FakeSentinel]:
        with FakeSentinel(tables={}) as service:
            yield service

    def test_rows_are_taken_and_found(self, fake: FakeSentinel) -> None:
        source = fake.connect()
        frame = table(12_000).rename({"TimeGenerated": "When"})
        answer = source.upload(frame, to="Evidence_CL", time="When")
        assert answer.to_dicts()[0]["accepted"] == 12_000
        sent = [seen for seen in fake.requests if "dataCollectionRules" in seen.path]
        assert sent[0].path.endswith(f"/dataCollectionRules/{fake.ingestion.rule}/streams/Custom-Evidence_CL")
        assert sent[0].params == {"api-version": "2023-01-01"}
        assert fake.ingestion.received["Evidence_CL"][0]["TimeGenerated"] == "2026-03-01T00:00:00.000007Z"
        found = source.query("Evidence_CL | summarize n=count() by Computer", start="2026-03-01", end="2026-03-02")
        assert found.to_dicts() == [{"Computer": "WS01", "n": 12_000}]

    def test_a_batch_is_less_than_a_megabyte(self, fake: FakeSentinel) -> None:
        frame = table(3000).with_columns(note=pl.lit("x" * 900))
        assert fake.connect().upload(frame, to="Evidence_CL").to_dicts()[0]["accepted"] == 3000
        assert len([seen for seen in fake.requests if "dataCollectionRules" in seen.path]) == 4

    @pytest.mark.parametrize("fault", list(Fault)[:-1])
    def test_a_fault_is_told_or_costs_nothing(self, fake: FakeSentinel, fault: Fault) -> None:
        source = fake.connect()
        fake.faults = Faults([fault])
        row = source.upload(table(10), to="Evidence_CL").to_dicts()[0]
        lost = fault in (Fault.DROPPED, Fault.BROKEN, Fault.MALFORMED)
        assert (row["accepted"], row["perhaps"]) == ((0, 10) if lost else (10, 0))
        assert len(fake.ingestion.received["Evidence_CL"]) <= 10

    def test_a_stream_that_is_not_there_is_told(self, fake: FakeSentinel) -> None:
        source = fake.connect(rules={"Other_CL": fake.ingestion.rule, "Wrong_CL": "dcr-zzz"})
        with pytest.raises(QueryRejected, match="InvalidStream"):
            source.upload(table(10), to="Other_CL")
        with pytest.raises(ConfigError, match="no rule for Evidence_CL"):
            source.upload(table(10), to="Evidence_CL")
        with pytest.raises(ConfigError, match="no immutable id"):
            source.upload(table(10), to="Wrong_CL")
        with pytest.raises(ParameterError):
            source.upload(table(10), to="Evidence_CL", via="hec")
