"""Splunk, against its fake service."""

from __future__ import annotations

import asyncio
import json
import resource
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import trustme
from tests.config.showing import in_frames

import huntbook as hb
from huntbook.core import runtime
from huntbook.core.result import Result
from huntbook.core.timespan import TimeSpan
from huntbook.errors import (
    AccessDenied,
    ConfigError,
    ParameterError,
    QueryRejected,
    QueryTimeout,
    RateLimited,
    ServiceError,
    Unreachable,
)
from huntbook.sources._base import Question
from huntbook.sources._connection import Connection
from huntbook.testing import FakeSplunk, Fault, Faults
from huntbook.testing.contract import Row, SourceContract, table_of
from huntbook.testing.service import Answer, Refusal, Seen

DAY: dict[str, Any] = {"start": "2026-03-01", "end": "2026-03-02"}
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _frames(fake: FakeSplunk, how: str, text: str) -> list[Any]:
    source = fake.connect()
    return [source.query(text, **DAY)] if how == "query" else [pl.concat(list(source.stream(text, **DAY)))]


class TestContract(SourceContract):
    everything = "index=contract | sort 0 _time | table _time Number Text"
    nothing_matched = "index=contract Number=-1"
    wrong = "index=contract | where"
    absent = "index=absent"

    def service(self, rows: list[Row], **options: Any) -> FakeSplunk:
        table = table_of(rows, "_time", "Number", "Text")
        return FakeSplunk(tables={"contract": table}, **options)

    def read(self, answer: pl.DataFrame) -> list[Row]:
        return answer.select("_time", pl.col("Number").cast(pl.Int64), "Text").rows()


def rows(count: int = 40) -> list[dict[str, Any]]:
    """One event each half hour of a day."""
    start = datetime(2026, 3, 1, tzinfo=UTC)
    return [
        {"_time": (start + timedelta(minutes=30 * number)).isoformat(), "number": number, "host": f"WS{number % 3:02}"}
        for number in range(count)
    ]


@pytest.fixture
def fake() -> Iterator[FakeSplunk]:
    with FakeSplunk(tables={"main": rows()}, now=NOW) as service:
        yield service


def posted(service: FakeSplunk, end: str) -> list[Seen]:
    return [seen for seen in service.requests if seen.path.endswith(end)]


def all_cancelled(service: FakeSplunk) -> bool:
    """Whether no job is left; those that are let go of in the background have a moment for it."""
    for _ in range(100):
        if all(job.cancelled for job in service.jobs.values()):
            return True
        time.sleep(0.02)
    return False


class TestJobs:
    def test_a_job_has_the_time_of_the_question_to_the_microsecond(self, fake: FakeSplunk) -> None:
        span = TimeSpan(datetime(2026, 3, 1, 1, 2, 3, 4, UTC), datetime(2026, 3, 1, 2, 0, 0, 999_999, UTC))
        fake.connect().query("index=main", start=span.start, end=span.end)
        (start,) = posted(fake, "search/v2/jobs")
        assert start.form["earliest_time"] == "1772326923.000004"
        assert start.form["latest_time"] == "1772330400.999999"
        assert start.form["search"] == "search index=main"
        assert (start.form["rf"], start.form["output_mode"]) == ("*", "json")

    def test_without_a_time_none_is_sent(self, fake: FakeSplunk) -> None:
        assert len(fake.connect().query("index=main")) == 40
        assert "earliest_time" not in posted(fake, "search/v2/jobs")[0].form

    def test_pages_come_whole_whatever_their_size(self, fake: FakeSplunk) -> None:
        fake.most_page = 7
        answer = fake.connect().query("index=main | table number", **DAY)
        assert answer["number"].to_list() == [str(number) for number in reversed(range(40))]
        assert [int(seen.params["offset"]) for seen in posted(fake, "/results")] == [0, 7, 14, 21, 28, 35]

    def test_a_job_that_waits_is_waited_for_and_told_of(self, fake: FakeSplunk) -> None:
        fake.states = ["QUEUED", "PARSING", "RUNNING", "RUNNING", "FINALIZING", "DONE"]
        driver = fake.connect().driver
        told: list[tuple[float, str]] = []

        async def ask() -> int:
            question = Question("index=main", "spl", tell=lambda done, what: told.append((done, what)))
            return sum([batch.rows.height async for batch in driver.fetch(question)])

        assert runtime.run(ask()) == 40
        assert [what.partition(",")[0] for _, what in told] == ["queued", "parsing", "running", "running", "finalizing"]
        assert [done for done, _ in told] == [0, 0, 0.5, 0.5, 0]

    def test_every_job_is_let_go_of(self, fake: FakeSplunk) -> None:
        source = fake.connect()
        source.query("index=main", **DAY)
        with pytest.raises(QueryRejected):
            source.query("index=main | transaction host", **DAY)
        assert len(fake.jobs) == 1
        assert all_cancelled(fake)

    def test_one_whose_beginning_was_not_answered_too(self, fake: FakeSplunk) -> None:
        fake.faults = Faults([Fault.DROPPED])
        assert len(fake.connect().query("index=main", **DAY)) == 40
        assert len(fake.jobs) == 2
        assert len({seen.form["id"] for seen in posted(fake, "search/v2/jobs")}) == 2
        assert all_cancelled(fake)

    @pytest.mark.parametrize("state", ["INTERNAL_CANCEL", "USER_CANCEL", "QUIT"])
    def test_a_job_that_somebody_ended_is_not_waited_for(self, fake: FakeSplunk, state: str) -> None:
        fake.states = ["RUNNING", state]
        with pytest.raises(ServiceError, match=state) as caught:
            fake.connect(timeout=60).query("index=main", **DAY)
        assert caught.value.transient

    def test_one_that_nobody_waits_for_any_more_too(self, fake: FakeSplunk) -> None:
        fake.states = ["RUNNING"] * 1000
        source = fake.connect()

        async def impatient() -> None:
            await asyncio.wait_for(source.aquery("index=main", **DAY), 0.3)

        with pytest.raises(TimeoutError):
            asyncio.run(impatient())
        assert len(fake.jobs) == 1
        assert all_cancelled(fake)
        assert posted(fake, "/control")[0].form["action"] == "cancel"

    def test_one_that_takes_too_long_too(self, fake: FakeSplunk) -> None:
        fake.states = ["RUNNING"] * 1000
        with pytest.raises(QueryTimeout, match=r"longer than 0\.4 s"):
            fake.connect(timeout=0.4).query("index=main", **DAY)
        assert all_cancelled(fake)

    def test_to_let_go_of_a_job_that_cannot_be_had_spoils_nothing(self, fake: FakeSplunk) -> None:
        real = fake.answer
        fake.answer = lambda seen: Answer(500) if seen.path.endswith("/control") else real(seen)  # type: ignore[method-assign]
        began = time.monotonic()
        assert len(fake.connect().query("index=main", **DAY)) == 40
        assert time.monotonic() - began < 5

    def test_a_job_that_fails_says_why(self, fake: FakeSplunk) -> None:
        with pytest.raises(QueryRejected, match="boolean") as caught:
            fake.connect().query("index=main | eval a=isnull(b)", **DAY)
        assert caught.value.query == "index=main | eval a=isnull(b)"
        assert all_cancelled(fake)

    def test_one_that_is_gone_is_asked_again(self, fake: FakeSplunk) -> None:
        real = fake.answer
        gone: list[Seen] = []

        def answer(seen: Seen) -> Answer:
            if seen.path.endswith("/results") and not gone:
                gone.append(seen)
                next(iter(fake.jobs.values())).cancelled = True
            return real(seen)

        fake.answer = answer  # type: ignore[method-assign]
        assert len(fake.connect().query("index=main", **DAY)) == 40
        assert len(fake.jobs) == 2

    def test_splunk_before_9_has_older_endpoints(self, fake: FakeSplunk) -> None:
        fake.versions = (1,)
        source = fake.connect()
        assert len(source.query("index=main", **DAY)) == 40
        assert sum(map(len, source.stream("index=main", **DAY))) == 40
        assert [seen.path for seen in fake.requests if "v2" in seen.path] == ["/services/search/v2/jobs"]

    def test_what_is_no_splunk_is_told(self, fake: FakeSplunk) -> None:
        fake.versions = ()
        with pytest.raises(ServiceError, match="Not Found") as caught:
            fake.connect().query("index=main", **DAY)
        assert "8089" in caught.value.hint

    def test_too_many_searches_are_told_as_such(self, fake: FakeSplunk) -> None:
        text = "This search could not be dispatched because the role-based concurrency limit has been reached"
        full = Answer(503, {"messages": [{"type": "ERROR", "text": text}]})
        fake.allowed = lambda seen: full if seen else None  # type: ignore[method-assign]
        with pytest.raises(RateLimited, match="concurrency limit"):
            fake.connect().query("index=main", **DAY)

    @pytest.mark.parametrize(
        ("settings", "path"),
        [
            ({}, "/services/search/v2/jobs"),
            ({"app": "sec ops"}, "/servicesNS/nobody/sec%20ops/search/v2/jobs"),
            ({"app": "soc", "owner": "anna"}, "/servicesNS/anna/soc/search/v2/jobs"),
            ({"owner": "anna"}, "/servicesNS/anna/search/search/v2/jobs"),
        ],
    )
    def test_an_app_and_an_owner_are_meant_where_they_are_set(
        self, fake: FakeSplunk, settings: dict[str, str], path: str
    ) -> None:
        assert len(fake.connect(**settings).query("index=main", **DAY)) == 40
        assert fake.requests[0].path == path

    def test_a_question_with_a_time_of_its_own_is_not_cut(self, fake: FakeSplunk) -> None:
        source = fake.connect()
        whole = source.query("index=main earliest=-1h latest=now", last="30d", cache="off")
        assert len(whole) == 2
        assert any("timerange was substituted" in note for note in whole.origin.completeness.notes)
        for split in ("1h", "auto"):
            with pytest.raises(ParameterError, match="earliest=-1h"):
                source.query("index=main earliest=-1h", split=split, **DAY)


class TestCompleteness:
    def completeness(self, answer: Result) -> tuple[bool, bool, str]:
        found = answer.origin.completeness
        return found.complete, found.cut, "; ".join(found.notes)

    def test_more_events_than_rows_are_told(self, fake: FakeSplunk) -> None:
        fake.most_rows = 10
        complete, cut, notes = self.completeness(fake.connect().query("index=main | table number", **DAY))
        assert (complete, cut) == (False, True)
        assert "10 rows of 40 events; 40 events were scanned" in notes

    def test_as_many_rows_as_were_asked_for_may_not_be_all(self, fake: FakeSplunk) -> None:
        source = fake.connect(max_rows=10)
        complete, cut, notes = self.completeness(source.query("index=main | where number>=0", **DAY))
        assert (complete, cut) == (False, True)
        assert "at most 10 rows are asked for (max_rows)" in notes
        assert self.completeness(source.query("index=main | where number>=30", **DAY))[0] is False
        assert self.completeness(source.query("index=main | where number>30", **DAY))[0] is True
        assert posted(fake, "search/v2/jobs")[0].form["max_count"] == "10"

    def test_what_is_cut_is_asked_in_less_at_once(self, fake: FakeSplunk) -> None:
        answer = fake.connect(max_rows=10).query("index=main | where number>=0", split="auto", **DAY)
        assert sorted(map(int, answer["number"])) == list(range(40))
        assert answer.origin.completeness.complete

    def test_a_search_that_was_ended_early_is_told(self, fake: FakeSplunk) -> None:
        real = fake._start

        def start(seen: Seen) -> Answer:
            answer = real(seen)
            fake.jobs[answer.json["sid"]].finalized = True
            return answer

        fake._start = start  # type: ignore[method-assign]
        complete, cut, notes = self.completeness(fake.connect().query("index=main | stats count", **DAY))
        assert (complete, cut) == (False, True)
        assert "ended early: 1 rows are here, 40 events were scanned" in notes

    @pytest.mark.parametrize(
        ("kind", "text", "complete", "cut"),
        [
            ("INFO", "No matching fields exist.", True, False),
            ("WARN", "The term 'a*b' contains a wildcard in the middle of a word.", True, False),
            ("WARN", "[subsearch]: Subsearch produced 50000 results, truncating to maxout 10000.", False, True),
            (
                "WARN",
                "Search results may be incomplete: the search process on peer idx2 ended prematurely.",
                False,
                False,
            ),
            ("ERROR", "[idx1] Could not load lookup=LOOKUP-assets", True, False),
            ("ERROR", "Something broke in the middle.", False, False),
        ],
    )
    def test_messages_are_told(self, fake: FakeSplunk, kind: str, text: str, complete: bool, cut: bool) -> None:
        fake.messages = [(kind, text), ("DEBUG", "nobody wants to know")]
        found = self.completeness(fake.connect().query("index=main | stats count", **DAY))
        assert found[:2] == (complete, cut)
        assert text in found[2]
        assert "nobody wants to know" not in found[2]


class TestSigningIn:
    def connect(self, service: FakeSplunk, **settings: Any) -> Connection:
        where = {name: each for name, each in service.settings().items() if name in ("host", "port", "scheme")}
        return hb.connect("splunk", **where, **settings)

    @pytest.fixture
    def fake(self) -> Iterator[FakeSplunk]:
        with FakeSplunk(tables={"main": rows()}, users={"anna": "abc=def==", "bo": "other"}) as service:
            yield service

    def test_a_password_is_taken_as_it_is(self, fake: FakeSplunk) -> None:
        source = self.connect(fake, user="anna", password="abc=def==")
        assert len(source.query("index=main", **DAY)) == 40
        assert len(source.query("index=main", cache="off", **DAY)) == 40
        assert len(posted(fake, "auth/login")) == 1
        assert all(seen.headers["authorization"].startswith("Splunk ") for seen in fake.requests[1:])
        assert "abc=def==" not in repr(source) + str(vars(source.driver))

    def test_a_session_that_ends_is_renewed_once_for_all_who_wait(self, fake: FakeSplunk) -> None:
        source = self.connect(fake, user="anna", password="abc=def==")
        source.query("index=main", **DAY)
        fake.expire()
        answer = source.query("index=main", split="3h", cache="off", **DAY)
        assert len(answer) == 40
        assert answer.origin.completeness.complete
        assert len(posted(fake, "auth/login")) == 2

    def test_answers_of_one_token_are_not_another_s(self) -> None:
        known = [
            hb.connect("splunk", host="splunk.example", **signs).driver.identity
            for signs in (
                {"token": "a" * 20},
                {"token": "b" * 20},
                {"session_key": "c" * 20},
                {"token": "env:ONE"},
                {"token": "env:TWO"},
                {"user": "anna", "password": "d" * 20},
                {"user": "bo", "password": "d" * 20},
            )
        ]
        assert len(set(known)) == len(known)
        assert not any("aaaa" in one or "dddd" in one for one in known)
        again = hb.connect("splunk", host="splunk.example", token="a" * 20)
        assert again.driver.identity == known[0]

    def test_a_wrong_password_is_tried_once(self, fake: FakeSplunk) -> None:
        source = self.connect(fake, user="anna", password="wrong-password")
        for _ in range(2):
            with pytest.raises(AccessDenied, match="Login failed") as caught:
                source.query("index=main", split="1h", **DAY)
            assert "wrong-password" not in str(caught.value) + caught.value.reply + in_frames(caught.value)
        assert len(posted(fake, "auth/login")) == 1

    def test_one_connection_knows_nothing_of_another(self, fake: FakeSplunk) -> None:
        self.connect(fake, user="anna", password="abc=def==").query("index=main", **DAY)
        with pytest.raises(AccessDenied):
            self.connect(fake, user="bo", password="abc=def==").query("index=main", cache="off", **DAY)

    def test_a_session_of_somebody_else_and_a_token(self, fake: FakeSplunk) -> None:
        key = fake.token()
        fake.sessions.add(key)
        assert len(self.connect(fake, session_key=key).query("index=main", **DAY)) == 40
        token = fake.token()
        self.connect(fake, token=token).query("index=main", cache="off", **DAY)
        assert fake.requests[-1].headers["authorization"] == f"Bearer {token}"

    @pytest.mark.parametrize(
        ("settings", "said"),
        [
            ({}, "token, or user and password, or session_key"),
            ({"token": "a" * 20, "user": "anna", "password": "x" * 20}, "not both"),
            ({"user": "anna"}, "password is missing"),
            ({"password": "x" * 20}, "user is missing"),
            ({"token": "a" * 20, "host": "https://splunk.contoso.com:8089"}, "host is a name"),
            ({"token": "a" * 20, "hosts": "x"}, "hosts"),
            ({"token": "a" * 20, "ca": "/nowhere/ca.pem"}, "no certificates"),
        ],
    )
    def test_settings_that_cannot_be_used_are_told(self, settings: dict[str, Any], said: str) -> None:
        with pytest.raises(ConfigError, match=said) as caught:
            hb.connect("splunk", **{"host": "splunk.contoso.com", **settings})
        assert "x" * 20 not in str(caught.value)

    def test_nobody_signs_in_where_others_can_read_it(self) -> None:
        for way in ({"token": "a" * 20}, {"user": "anna", "password": "b" * 20}):
            with pytest.raises(ConfigError, match="not encrypted"):
                hb.connect("splunk", host="splunk.contoso.com", scheme="http", **way).query("index=main")

    def test_a_certificate_is_checked_unless_told_otherwise(self, fake: FakeSplunk, tmp_path: Path) -> None:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        fake._server.socket = context.wrap_socket(fake._server.socket, server_side=True)
        token = fake.token()
        where: dict[str, Any] = {"host": "127.0.0.1", "port": fake._server.server_address[1], "token": token}
        with pytest.raises(Unreachable, match=r"(?i)certificate"):
            hb.connect("splunk", **where).query("index=main", **DAY)
        assert len(hb.connect("splunk", ca=tmp_path / "ca.pem", **where).query("index=main", **DAY)) == 40
        assert len(hb.connect("splunk", verify=False, **where).query("index=main", cache="off", **DAY)) == 40


class TestRows:
    def test_fields_come_as_splunk_has_them(self) -> None:
        table = [
            {
                "_time": "2026-03-01T10:00:00.123Z",
                "ip": ["10.0.0.1", "10.0.0.2"],
                "id": "007",
                "größe": "5",
                "only": None,
            },
            {"_time": "2026-03-01T09:00:00Z", "ip": ["10.0.0.3"], "id": "1e5", "größe": "监控 🔎", "only": "x"},
            {"_time": "2026-03-01T08:00:00Z", "ip": None, "id": None, "größe": "", "only": None},
        ]
        with FakeSplunk(tables={"main": table}) as fake:
            source = fake.connect()
            answer = source.query("index=main", **DAY).to_polars()
            streamed = pl.concat(list(source.stream("index=main", **DAY)), how="diagonal_relaxed")
        assert answer["_time"].to_list()[0] == datetime(2026, 3, 1, 10, 0, 0, 123_000, UTC)
        assert answer["_indextime"].dtype == pl.Datetime("us", "UTC")
        assert answer["ip"].to_list() == [["10.0.0.1", "10.0.0.2"], ["10.0.0.3"], None]
        assert answer["id"].to_list() == ["007", "1e5", None]
        assert answer["größe"].to_list() == ["5", "监控 🔎", ""]
        assert answer["only"].to_list() == [None, "x", None]
        assert streamed.select(sorted(streamed.columns)).equals(answer.select(sorted(answer.columns)))

    def test_what_splunk_keeps_its_books_with_is_given_to_who_asks(self, fake: FakeSplunk) -> None:
        source = fake.connect()
        assert not {"_bkt", "_cd", "_si"} & set(source.query("index=main", **DAY).columns)
        assert source.query("index=main | table _cd number", **DAY).columns == ["_cd", "number"]
        assert {"_bkt", "_cd", "_si"} <= set(fake.connect(internal=True).query("index=main", **DAY).columns)

    def test_figures_are_numbers_and_what_is_grouped_by_is_not(self, fake: FakeSplunk) -> None:
        text = (
            "index=main | stats count avg(number) AS mean values(host) AS hosts max(number) BY number | sort 0 number"
        )
        answer = fake.connect().query(text, **DAY).to_polars()
        assert answer.schema == {
            "number": pl.String,
            "count": pl.Int64,
            "mean": pl.Int64,
            "hosts": pl.String,
            "max(number)": pl.String,
        }

    @pytest.mark.parametrize("how", ["query", "stream"])
    def test_times_under_other_names_are_times(self, fake: FakeSplunk, how: str) -> None:
        text = "index=main | stats min(_time) AS First max(_time) AS Last | eval Same=First"
        [answer] = [pl.DataFrame(each) for each in _frames(fake, how, text)]
        assert set(answer.dtypes) == {pl.Datetime("us", "UTC")}
        assert answer.rows() == [
            (datetime(2026, 3, 1, tzinfo=UTC), answer["Last"][0], datetime(2026, 3, 1, tzinfo=UTC))
        ]
        [renamed] = [
            pl.DataFrame(each) for each in _frames(fake, how, "index=main | rename _time AS TimeGenerated | head 1")
        ]
        assert renamed.schema["TimeGenerated"] == pl.Datetime("us", "UTC")

    def test_a_field_that_has_several_values_in_one_window_has_lists_in_all(self) -> None:
        table = [
            {"_time": "2026-03-01T10:00:00Z", "ip": ["10.0.0.1", "10.0.0.2"]},
            {"_time": "2026-03-01T20:00:00Z", "ip": ["10.0.0.3"]},
        ]
        with FakeSplunk(tables={"main": table}) as fake:
            answer = fake.connect().query("index=main | eval ip=mvindex(ip, 0, -1) | table ip", split="12h", **DAY)
        assert answer["ip"].to_list() == [["10.0.0.1", "10.0.0.2"], ["10.0.0.3"]]


class TestStream:
    def test_it_is_an_export(self, fake: FakeSplunk) -> None:
        frames = fake.connect().stream("index=main | table number", **DAY)
        assert sum(frame.height for frame in frames) == 40
        assert frames.completeness.complete
        assert [seen.path for seen in fake.requests] == ["/services/search/v2/jobs/export", *[fake.requests[-1].path]]
        assert fake.requests[0].form["preview"] == "false"

    def test_previews_are_left_out(self, fake: FakeSplunk) -> None:
        (frame, _) = fake.connect().stream("index=main | stats count", **DAY)
        assert frame.to_dicts() == [{"count": 40}]

    def lines(self, fake: FakeSplunk, *lines: object) -> None:
        body = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
        fake.answer = lambda seen: Answer(body=body if seen.path.endswith("export") else b"{}")  # type: ignore[method-assign]

    def test_one_that_ends_without_its_last_line_is_not_whole(self, fake: FakeSplunk) -> None:
        self.lines(fake, {"preview": False, "offset": 0, "result": {"a": "1"}})
        frames = fake.connect().stream("index=main", **DAY)
        assert pl.concat(list(frames))["a"].to_list() == ["1"]
        assert not frames.completeness.complete
        assert frames.completeness.cut

    def test_one_that_fails_says_so(self, fake: FakeSplunk) -> None:
        row = {"preview": False, "offset": 0, "result": {"a": "1"}}
        text = "Error in 'EvalCommand': The expression is malformed."
        self.lines(fake, row, {"messages": [{"type": "FATAL", "text": text}]})
        with pytest.raises(QueryRejected, match="malformed"):
            list(fake.connect().stream("index=main", **DAY))

    def test_messages_on_the_way_are_told(self, fake: FakeSplunk) -> None:
        last = {"preview": False, "lastrow": True}
        self.lines(fake, {"messages": [{"type": "WARN", "text": "results may be incomplete"}]}, last)
        frames = fake.connect().stream("index=main", **DAY)
        list(frames)
        assert not frames.completeness.complete
        assert frames.completeness.notes == ("Splunk says: results may be incomplete",)

    def test_messages_after_the_last_line_take_nothing_away(self, fake: FakeSplunk) -> None:
        last = {"preview": False, "offset": 0, "lastrow": True, "result": {"a": "\ud83d cut off"}}
        self.lines(fake, last, {"messages": [{"type": "INFO", "text": "done"}]})
        frames = fake.connect().stream("index=main", **DAY)
        assert pl.concat(list(frames))["a"].to_list() == ["\ufffd cut off"]  # and half of a character costs no row
        assert frames.completeness.complete

    @pytest.mark.parametrize(
        "fault", [fault for fault in Fault if fault not in (Fault.SLOW, Fault.DROPPED, Fault.MALFORMED)]
    )
    def test_it_is_asked_again_as_long_as_nothing_has_come(self, fake: FakeSplunk, fault: Fault) -> None:
        fake.faults = Faults([fault])
        assert sum(map(len, fake.connect().stream("index=main", **DAY))) == 40

    def test_what_breaks_off_is_told(self, fake: FakeSplunk) -> None:
        fake.faults = Faults([Fault.DROPPED])
        with pytest.raises(Unreachable):
            list(fake.connect().stream("index=main", **DAY))
        fake.faults = Faults([Fault.MALFORMED])
        with pytest.raises(ServiceError, match="no object of JSON"):
            list(fake.connect().stream("index=main", **DAY))

    def test_one_that_is_left_is_cancelled(self) -> None:
        with FakeSplunk(tables={"main": rows(20_000)}) as fake:
            frames = fake.connect().stream("index=main")
            next(frames)
            frames.close()
            (export,) = posted(fake, "export")
            assert posted(fake, "/control")[0].path.endswith(f"{export.form['id']}/control")

    @pytest.mark.parametrize(
        ("zone", "written", "meant"),
        [
            ("", "2026-03-01 10:00:00.250 UTC", datetime(2026, 3, 1, 10, 0, 0, 250_000, UTC)),
            ("", "2026-03-01 10:00:00.000 GMT", datetime(2026, 3, 1, 10, tzinfo=UTC)),
            ("Europe/Berlin", "2026-03-01 10:00:00.000 CET", datetime(2026, 3, 1, 9, tzinfo=UTC)),
            ("Europe/Berlin", "2026-10-25 02:30:00.000 CEST", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
            ("Europe/Berlin", "2026-10-25 02:30:00.000 CET", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
            ("", "2026-03-01T10:00:00.000+01:00", datetime(2026, 3, 1, 9, tzinfo=UTC)),
        ],
    )
    def test_times_are_those_of_the_account_s_zone(
        self, fake: FakeSplunk, zone: str, written: str, meant: datetime
    ) -> None:
        lines = [{"preview": False, "result": {"_time": written}}, {"preview": False, "lastrow": True}]
        body = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
        context = {"entry": [{"name": "context", "content": {"tz": zone}}]}
        fake.answer = lambda seen: Answer(body=body) if seen.path.endswith("export") else Answer(json=context)  # type: ignore[method-assign]
        frames = fake.connect().stream("index=main")
        assert pl.concat(list(frames))["_time"].to_list() == [meant]

    def test_a_zone_that_nobody_knows_is_not_guessed(self, fake: FakeSplunk) -> None:
        self.lines(fake, {"preview": False, "result": {"_time": "2026-03-01 10:00:00 EST"}}, {"lastrow": True})
        frames = fake.connect().stream("index=main")
        assert pl.concat(list(frames))["_time"].to_list() == ["2026-03-01 10:00:00 EST"]
        assert any("_time" in note for note in frames.completeness.notes)

    def test_two_hundred_thousand_rows_take_little_memory(self) -> None:
        count = 200_000
        times = pl.datetime_range(
            datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC), "432ms", eager=True
        )
        table = pl.DataFrame({"_time": times.head(count), "number": range(count)})
        with FakeSplunk(tables={"main": table}) as fake:
            frames = fake.connect().stream("index=main | table number", **DAY)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            seen, largest = 0, 0
            for frame in frames:
                seen += frame.height
                largest = max(largest, frame.height)
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert (seen, frames.completeness.complete) == (count, True)
        assert largest < count / 2
        assert grown < 150_000  # kilobytes; what the fake holds is among it


SAVED: Any = {
    "Brute force (Windows)": {
        "search": 'index=main host="$args.host$" number>$args.last$ | stats count BY host',
        "dispatch.earliest_time": "-24h@h",
        "dispatch.latest_time": "now",
        "description": "Many failures.",
    },
    "Brute force: Windows": "index=main",
    "监控": "index=main | stats count",
    "2 many": {"search": "index=main", "dispatch.earliest_time": "@w1"},
    "class": {"search": "index=main", "dispatch.earliest_time": "1772359200", "dispatch.latest_time": "1772362800"},
    "glued": 'index=main host="*$args.host$*"',
}
FIRED: Any = [
    {"savedsearch_name": 'Brute * "force"', "trigger_time": 1772359200, "severity": "4", "sid": "job1"},
    {"savedsearch_name": 'Brute * "force"', "trigger_time": 1772449200, "severity": "4", "sid": "job2"},
    {"savedsearch_name": "Brute xx force", "trigger_time": 1772359300, "severity": "5", "sid": "job3"},
]


class TestMenus:
    @pytest.fixture
    def fake(self) -> Iterator[FakeSplunk]:
        with FakeSplunk(tables={"main": rows()}, saved=SAVED, fired=FIRED) as service:
            yield service

    def test_names_are_names_and_all_different(self, fake: FakeSplunk) -> None:
        source = fake.connect()
        assert {"saved", "fired"} <= set(dir(source.queries))
        assert fake.requests == []
        assert list(source.queries.saved) == [
            "search_2_many",
            "brute_force_windows",
            "brute_force_windows_2",
            "search_class",
            "search",
        ]
        assert "glued" in repr(source.queries.saved)
        assert len(fake.requests) == 2

    def test_a_saved_search_is_asked_of_its_own_time_with_its_arguments(self, fake: FakeSplunk) -> None:
        saved = fake.connect().queries.saved
        hostile = 'WS01" | delete'
        text = saved.brute_force_windows.explain(host=hostile, last_="5")
        assert text == 'search index=main host="WS01\\" | delete" number>"5" | stats count BY host'
        answer = saved.brute_force_windows(host="WS01", last_="5", **DAY)
        assert answer.to_dicts() == [{"host": "WS01", "count": 11}]
        own = saved.brute_force_windows(host="WS01", last_="5")
        assert own.origin.span is not None
        assert own.origin.span.relative
        assert own.origin.span.start.minute == own.origin.span.start.second == 0
        assert timedelta(hours=24) <= own.origin.span.length < timedelta(hours=25)
        fixed = saved.search_class()
        assert fixed.origin.span == TimeSpan(datetime(2026, 3, 1, 10, tzinfo=UTC), datetime(2026, 3, 1, 11, tzinfo=UTC))
        assert len(fixed) == 2
        assert saved.search_2_many().origin.span is None  # only Splunk reads @w1

    def test_alerts_that_fired(self, fake: FakeSplunk) -> None:
        fired = fake.connect().queries.fired
        assert list(fired) == ["every_alert", "brute_force", "brute_xx_force"]
        assert fired.brute_force(**DAY)["sid"].to_list() == ["job1"]
        assert fired.brute_force(start="2026-03-01", end="2026-03-03")["sid"].to_list() == ["job1", "job2"]
        every = fired.every_alert(**DAY)
        assert every["savedsearch_name"].to_list() == ['Brute * "force"', "Brute xx force"]
        assert every["_time"].to_list()[0] == datetime(2026, 3, 1, 10, tzinfo=UTC)

    def test_they_are_asked_of_several_at_once(self, fake: FakeSplunk) -> None:
        with FakeSplunk(tables={"main": rows()}, saved=SAVED) as other:
            answer = hb.ask([fake.connect(), other.connect(app="soc")], "saved.search", last="3650d")
        assert answer["count"].to_list() == [40, 40]
        assert answer.origin.completeness.complete

    def test_they_are_found_by_words(self, fake: FakeSplunk) -> None:
        source = fake.connect()
        names = [each.query.full_name for each in source.queries.search("brute windows")]
        assert names[:2] == ["saved.brute_force_windows", "saved.brute_force_windows_2"]

    def test_many_saved_searches_come_page_by_page(self) -> None:
        with FakeSplunk(saved={f"search {number}": "index=main" for number in range(1001)}) as fake:
            assert len(fake.connect().queries.saved) == 1001
            assert [seen.params["offset"] for seen in posted(fake, "saved/searches")] == ["0", "1000"]

    def test_none_is_no_error_and_a_service_that_is_gone_is(self) -> None:
        fake = FakeSplunk()
        with fake:
            assert list(fake.connect().queries.saved) == []
            source = fake.connect()
        with pytest.raises(Unreachable):
            source.queries.saved  # noqa: B018 - to look is to ask
        assert "windows" in source.queries

    def test_tables_are_indexes_and_kinds_of_events(self) -> None:
        with FakeSplunk(tables={"main": rows(), "_audit": rows(3)}) as fake:
            tables = fake.connect().tables
            assert [(name, tables[name].rows) for name in tables] == [
                ("_audit", 3),
                ("main", 40),
                ("sourcetype=_audit", 3),
                ("sourcetype=main", 40),
            ]
        assert tables["sourcetype=main"].start == datetime(2026, 3, 1, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("index=nowhere", "there is no table nowhere here"),
            ("index=main earliest=1772409600 latest=1772496000", "main has no rows of that time"),
            ("index=main number=99", "there are rows of that time, and none matched"),
            ("sourcetype=main number=99", "there are rows of that time, and none matched"),
            ("sourcetype=nothing", "there is no table sourcetype=nothing here"),
            ("index=* number=99", "there are rows of that time, and none matched"),
            ("index=ma* number=99", "there are rows of that time, and none matched"),
            ("index=nowhere* number=99", "index=nowhere* has no rows of that time"),
        ],
    )
    def test_an_empty_answer_is_explained(self, fake: FakeSplunk, text: str, why: str) -> None:
        own = {} if "earliest" not in text else {"start": "2026-03-02", "end": "2026-03-03"}
        answer = fake.connect().query(text, **(own or DAY))
        assert len(answer) == 0
        assert why in answer.origin.completeness.notes

    def test_evidence_is_searched_as_indexes(self, tmp_path: Path) -> None:
        lines = [
            {"TimeCreated": "2026-03-01T08:00:00Z", "Hostname": "WS01", "Channel": "Security", "EventID": 4625}
            | {"SourceName": "Microsoft-Windows-Security-Auditing", "TargetUserName": "anna"}
        ]
        (tmp_path / "security.json").write_text("".join(f"{json.dumps(each)}\n" for each in lines), encoding="utf-8")
        with FakeSplunk(tmp_path) as fake:
            answer = fake.connect().query("index=SecurityEvent EventID=4625 | table _time host TargetUserName", **DAY)
        assert answer.to_dicts() == [
            {"_time": datetime(2026, 3, 1, 8, tzinfo=UTC), "host": "WS01", "TargetUserName": "anna"}
        ]


def test_a_refusal_of_the_fake_is_like_splunk_s(fake: FakeSplunk) -> None:
    with pytest.raises(Refusal) as caught:
        fake._searched({"search": "index=main"})  # the REST API takes no search without its command
    assert caught.value.answer.json["messages"][0]["type"] == "FATAL"


HOWS = {
    "query": "splunk.query('index=main')",
    "stream": "for frame in splunk.stream('index=main'): pass",
    "stream, in a block": "with splunk.stream('index=main') as frames: list(frames)",
    "stream, and then something else": "for frame in splunk.stream('index=main'): time.sleep(60)",
}


@pytest.mark.parametrize("how", HOWS)
def test_ctrl_c_cancels_the_search_even_as_the_program_ends(how: str, tmp_path: Path) -> None:
    with FakeSplunk(tables={"main": rows(60_000)}) as fake:
        fake.states = ["RUNNING"] * 10_000
        program = f"import time, huntbook as hb\nsplunk = hb.connect('splunk', **{fake.settings()!r})\n{HOWS[how]}\n"
        child = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", program],
            env={"PYTHONPATH": ":".join(sys.path), "HUNTBOOK_CACHE": str(tmp_path), "HOME": str(tmp_path)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(500):
            if posted(fake, "/export") or posted(fake, "/jobs"):
                break
            time.sleep(0.02)
        time.sleep(0.5)
        began = time.monotonic()
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=20)
        assert time.monotonic() - began < 5
        assert said.rstrip().endswith("KeyboardInterrupt")  # and nothing is said behind it
        assert len(posted(fake, "/control")) == 1
