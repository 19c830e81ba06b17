"""Azure Data Explorer and Fabric Eventhouse, against their fake service."""

from __future__ import annotations

import asyncio
import io
import json
import math
import re
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import huntbook as hb
from huntbook.core.http import Reply
from huntbook.core.result import Result
from huntbook.errors import (
    AccessDenied,
    ConfigError,
    ParameterError,
    QueryRejected,
    QueryTimeout,
    RateLimited,
    ServiceError,
)
from huntbook.query.kql import Type
from huntbook.sources._kusto import frames
from huntbook.sources._kusto.clusters import cluster_of
from huntbook.sources._kusto.time import time_column
from huntbook.testing import FakeCredential, FakeKusto, Fault, Faults
from huntbook.testing.contract import Row, SourceContract, table_of
from huntbook.testing.service import AccessToken, Answer, Seen


class TestContract(SourceContract):
    everything = "Contract | sort by TimeGenerated asc"
    nothing_matched = "Contract | where Number == -1"
    wrong = "Contract | where"
    absent = "Absent"

    def service(self, rows: list[Row], **options: Any) -> FakeKusto:
        table = table_of(rows, "TimeGenerated", "Number", "Text")
        return FakeKusto(tables={"Contract": table}, **options)

    def read(self, answer: pl.DataFrame) -> list[Row]:
        return answer.select("TimeGenerated", "Number", "Text").rows()


ROWS = [
    {"TimeGenerated": "2026-03-01T10:00:00Z", "Host": "WS01", "Seen": "2026-02-01T00:00:00Z"},
    {"TimeGenerated": "2026-03-02T10:00:00Z", "Host": "WS02", "Seen": "2026-03-01T12:00:00Z"},
]
LOGS = pl.DataFrame(ROWS).with_columns(pl.col("TimeGenerated", "Seen").str.to_datetime(time_zone="UTC"))
DAY: dict[str, Any] = {"start": "2026-03-01", "end": "2026-03-02"}


@pytest.fixture
def service() -> Iterator[FakeKusto]:
    with FakeKusto(tables={"Logs": LOGS}, database="soc", databases={"other one": {"T": LOGS}}) as service:
        yield service


class Says(FakeKusto):
    """A cluster that gives the same answer to every question."""

    told: Answer

    def answer(self, seen: Seen) -> Answer:
        return self.told


def says(told: Answer) -> Says:
    made = Says(tables={})
    made.told = told
    return made


def options(seen: Seen) -> dict[str, Any]:
    sent: dict[str, Any] = json.loads(seen.json["properties"])["Options"]
    return sent


class TestWhatIsSent:
    def test_the_query_its_limits_and_who_asks(self, service: FakeKusto) -> None:
        service.connect(wait=3600).query("Logs | count")
        (seen,) = service.requests
        assert (seen.method, seen.path) == ("POST", "/v2/rest/query")
        assert (seen.json["db"], seen.json["csl"]) == ("soc", "Logs | count")
        assert options(seen) == {
            "servertimeout": "01:00:00",
            "request_app_name": "huntbook",
            "deferpartialqueryfailures": True,
            "request_readonly": True,
            "truncationmaxrecords": 500_000,
            "truncationmaxsize": 67_108_864,
        }
        assert seen.headers["x-ms-app"] == "huntbook"
        known = seen.headers["x-ms-client-request-id"]
        assert known == json.loads(seen.json["properties"])["ClientRequestId"]
        assert re.fullmatch(r"huntbook\.query;[0-9a-f-]{36}", known)

    def test_four_minutes_unless_told_otherwise_and_never_more_than_an_hour(self, service: FakeKusto) -> None:
        service.connect().query("Logs | count")
        assert options(service.requests[0])["servertimeout"] == "00:04:00"
        with pytest.raises(ConfigError, match="3600"):
            service.connect(wait=3601)

    def test_a_token_is_for_the_cluster_alone(self, service: FakeKusto) -> None:
        asked: list[str] = []

        class Credential(FakeCredential):
            def get_token(self, *scopes: str, **more: Any) -> AccessToken:
                asked.extend(scopes)
                return super().get_token(*scopes, **more)

        credential = Credential(service)
        service.connect(credential=credential).query("Logs | count")
        hb.connect("kusto", cluster="help/Samples", credential=credential)  # asks for nothing yet
        assert asked == [f"{service.url}/.default"]

    def test_an_emulator_over_http_gets_no_token(self) -> None:
        with says(Answer(401, {"error": {"code": "Unauthorized"}})) as service:
            emulator = hb.connect("kusto", cluster=service.url, database="NetDefaultDB")
            with pytest.raises(AccessDenied):
                emulator.query("T")
            assert "authorization" not in service.requests[0].headers

    def test_nothing_that_points_elsewhere_is_followed(self, service: FakeKusto) -> None:
        with says(Answer(307, headers={"Location": f"{service.url}/v2/rest/query"})) as wrong:
            kusto = wrong.connect()
            with pytest.raises(ServiceError, match="points elsewhere"):
                kusto.query("Logs")
        assert service.requests == []

    def test_a_query_that_nobody_waits_for_is_cancelled_by_its_id(self, service: FakeKusto) -> None:
        kusto = service.connect()
        service.faults = Faults([Fault.SLOW])

        async def impatient() -> None:
            await asyncio.wait_for(kusto.aquery("Logs | count"), 0.2)

        with pytest.raises(TimeoutError):
            asyncio.run(impatient())
        for _ in range(100):
            if service.cancelled:
                break
            time.sleep(0.02)
        kusto.close()
        assert service.cancelled == [service.requests[0].headers["x-ms-client-request-id"]]


class TestSpans:
    def test_the_service_keeps_to_the_span_up_to_the_last_tick(self, service: FakeKusto) -> None:
        assert service.connect().query("Logs", **DAY)["Host"].to_list() == ["WS01"]
        sent = options(service.requests[-1])
        assert sent["query_datetimescope_column"] == "TimeGenerated"
        assert sent["query_datetimescope_from"] == "2026-03-01T00:00:00Z"
        assert sent["query_datetimescope_to"] == "2026-03-01T23:59:59.9999999Z"

    def test_the_column_can_be_named(self, service: FakeKusto) -> None:
        kusto = service.connect(time_column="Seen")
        assert kusto.query("Logs", **DAY)["Host"].to_list() == ["WS02"]
        assert [seen.path for seen in service.requests] == ["/v2/rest/query"]

    def test_a_query_that_says_the_span_keeps_to_it_by_itself(self, service: FakeKusto) -> None:
        kusto = service.connect()
        assert kusto.query("Logs | where Seen between ({{start}} .. {{end}})", **DAY)["Host"].to_list() == ["WS02"]
        assert not any(name.startswith("query_datetimescope") for name in options(service.requests[-1]))

    def test_no_column_is_guessed(self) -> None:
        two = LOGS.rename({"TimeGenerated": "Made"})
        none = pl.DataFrame({"Host": ["WS01"]})
        one = pl.DataFrame({"When": LOGS["Seen"]})
        with FakeKusto(tables={"Two": two, "None": none, "One": one, "Logs": LOGS}) as service:
            kusto = service.connect()
            assert len(kusto.query("One", **DAY)) == 1
            for query, told in {
                "Two": "Made or Seen",
                "['None']": "None is missing",
                "Logs | union One": "TimeGenerated of Logs, When of One",
                "print 1": "Made or Seen",
            }.items():
                with pytest.raises(ParameterError, match=told) as caught:
                    kusto.query(query, **DAY)
                assert "time_column" in caught.value.hint
            with pytest.raises(QueryRejected, match="no table Elsewhere"):
                kusto.query("database('x').Elsewhere", **DAY)
            assert len(kusto.query("Two")) == 2

    def test_the_schema_is_asked_for_once(self, service: FakeKusto) -> None:
        service.connect().query("Logs", split="6h", **DAY)
        assert [seen.path for seen in service.requests].count("/v1/rest/mgmt") == 1

    @given(st.lists(st.sampled_from(["A", "B", "C", "X"]), unique=True))
    def test_the_column_is_one_that_every_named_table_has(self, named: list[str]) -> None:
        when = Type.DATETIME
        tables = {"A": {"TimeGenerated": when}, "B": {"Timestamp": when, "Other": when}, "C": {"Timestamp": when}}
        try:
            column = time_column(named, tables)
        except (ParameterError, QueryRejected):
            assert not named or "A" in named or named == ["X"]
        else:
            assert all(tables[name].get(column) is when for name in named if name in tables)


class TestTablesAndDatabases:
    def test_tables_have_columns_and_what_is_said_of_them(self, service: FakeKusto) -> None:
        tables = service.connect().tables
        assert list(tables) == ["Logs"]
        assert tables["Logs"].columns == ("TimeGenerated", "Host", "Seen")
        assert tables["Logs"].about == "The table Logs."
        (seen,) = service.requests
        assert (seen.path, seen.json["csl"]) == ("/v1/rest/mgmt", ".show database soc schema as json")
        assert seen.headers["x-ms-readonly"] == "true"

    def test_databases_of_the_cluster(self, service: FakeKusto) -> None:
        kusto = service.connect(database="")
        assert kusto.driver.databases() == ["other one", "soc"]  # type: ignore[attr-defined]
        with pytest.raises(ParameterError, match="No database"):
            kusto.query("Logs")

    def test_a_database_of_the_settings_and_one_in_the_address(self, service: FakeKusto) -> None:
        named = service.connect(cluster=f"{service.url}/x", database="mine", databases={"mine": "other one"})
        assert list(named.tables) == ["T"]
        assert len(service.connect(cluster=f"{service.url}/other%20one", database=None).query("T")) == 2

    def test_local_evidence_can_be_asked(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_text('{"a": 1}\n{"a": 2}\n', encoding="utf-8")
        with FakeKusto(tmp_path) as service:
            kusto = service.connect()
            (table,) = kusto.tables
            assert len(kusto.query(table)) == 2


class TestClusters:
    @pytest.mark.parametrize(
        ("wanted", "url", "database"),
        [
            ("help", "https://help.kusto.windows.net", ""),
            ("Help/Samples", "https://help.kusto.windows.net", "Samples"),
            ("soc.westeurope", "https://soc.westeurope.kusto.windows.net", ""),
            ("help.kusto.windows.net", "https://help.kusto.windows.net", ""),
            ("https://HELP.kusto.windows.net/Samples/", "https://help.kusto.windows.net", "Samples"),
            ("https://trd-x1.z3.kusto.fabric.microsoft.com", "https://trd-x1.z3.kusto.fabric.microsoft.com", ""),
            ("logs", "https://archive.northeurope.kusto.windows.net", "Old logs"),
            ("logs/New", "https://archive.northeurope.kusto.windows.net", "New"),
        ],
    )
    def test_what_a_cluster_is_called(self, wanted: str, url: str, database: str) -> None:
        names = {"logs": "https://archive.northeurope.kusto.windows.net/Old%20logs"}
        found = cluster_of(wanted, cloud="public", names=names)
        assert (found.url, found.database) == (url, database)
        assert found.audience == found.url

    @pytest.mark.parametrize(("cloud", "suffix"), [("usgov", "usgovcloudapi.net"), ("china", "chinacloudapi.cn")])
    def test_short_names_are_of_the_cloud(self, cloud: str, suffix: str) -> None:
        assert cluster_of("soc", cloud=cloud, names={}).url == f"https://soc.kusto.{suffix}"
        with pytest.raises(ConfigError, match="another cloud") as caught:
            cluster_of("https://help.kusto.windows.net", cloud=cloud, names={})
        assert 'cloud="public"' in caught.value.hint

    @pytest.mark.parametrize(
        "wanted",
        [
            "https://evil.example",
            "https://kusto.windows.net.evil.example",
            "https://evil.example/kusto.windows.net",
            "https://evilkusto.windows.net",
            "https://help.kusto.windows.net@evil.example",
            "https://help.kusto.windows.net:x",
            "https://help.kusto.windows.net/a/b",
            "https://help.kusto.windows.net/?x=1",
            "ftp://help.kusto.windows.net",
            "https://",
            "https://hélp.kusto.windows.net",
            "a.b.example",
            "evil.example/x/y:z@w",
            "",
            "two words",
            "-x",
        ],
    )
    def test_no_token_goes_where_nobody_said_it_may(self, wanted: str) -> None:
        with pytest.raises(ConfigError):
            cluster_of(wanted, cloud="public", names={})

    def test_an_unknown_host_has_to_be_said_whom_tokens_are_for(self) -> None:
        own = cluster_of(
            "https://kusto.contoso.example:8443", cloud="public", names={}, audience="https://help.kusto.windows.net"
        )
        assert (own.url, own.audience) == ("https://kusto.contoso.example:8443", "https://help.kusto.windows.net")
        with pytest.raises(ConfigError, match="over http"):
            cluster_of("http://help.kusto.windows.net", cloud="public", names={}, audience="https://x.example")
        assert cluster_of("http://emulator:8080", cloud="public", names={}).audience == ""

    def test_names_of_the_settings_file_and_of_the_environment(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "huntbook.toml").write_text(
            '[sources.kusto]\ntime_column = "EventTime"\n[sources.kusto.clusters]\narchive = "soc.westeurope/Sentinel"\n',
            encoding="utf-8",
        )
        monkeypatch.setenv("HUNTBOOK_CONFIG", str(tmp_path / "huntbook.toml"))
        assert hb.connect("kusto", cluster="archive").name == "Kusto soc.westeurope.kusto.windows.net/Sentinel"
        monkeypatch.setenv("HUNTBOOK_KUSTO_CLUSTERS", "archive=help/Samples")
        assert hb.connect("kusto", cluster="archive").name == "Kusto help.kusto.windows.net/Samples"

    def test_a_misspelt_name_is_told(self) -> None:
        with pytest.raises(ConfigError) as caught:
            cluster_of("my archives", cloud="public", names={"my archive": "help"})
        assert "Did you mean 'my archive'?" in caught.value.hint


def frame(kind: str, rows: list[Any], *columns: str, **more: Any) -> dict[str, Any]:
    named = [dict(zip(("ColumnName", "ColumnType"), each.split(":"), strict=True)) for each in columns]
    return {"FrameType": "DataTable", "TableId": 1, "TableKind": kind, "Columns": named, "Rows": rows, **more}


HEADER = {"FrameType": "DataSetHeader", "Version": "v2.0", "IsProgressive": False}
ENDED = {"FrameType": "DataSetCompletion", "HasErrors": False, "Cancelled": False}
STATUS = ("Level:int", "StatusCodeName:string", "Payload:string")


def error(text: str) -> dict[str, Any]:
    told = {"code": "X", "message": "Request is invalid and cannot be executed.", "@message": text}
    return {"OneApiErrors": [{"error": told}]}


def asked(*frames: dict[str, Any]) -> Result:
    with says(Answer(json=list(frames))) as service:
        return service.connect().query("T")


class TestFrames:
    def test_values_are_typed_and_a_dynamic_is_json(self) -> None:
        columns = ("a:long", "b:dynamic", "c:datetime", "d:timespan", "e:decimal", "f:real", "g:bool", "h:guid")
        rows = [
            [1, {"x": [1, "ü"]}, "2026-03-01T10:00:00.1234567Z", "1.02:03:04", "1.5", "NaN", True, None],
            [None, "text", None, None, None, 2.5, False, "74be27de-1e4e-49d9-b579-fe0b331d3642"],
            [3, "", None, None, None, None, None, None],
        ]
        answer = asked(HEADER, frame("PrimaryResult", rows, *columns), ENDED).to_polars()
        assert answer["a"].to_list() == [1, None, 3]
        assert answer["b"].to_list() == ['{"x":[1,"ü"]}', '"text"', None]
        assert str(answer["c"].dtype) == "Datetime(time_unit='ns', time_zone='UTC')"
        assert answer["d"][0] == timedelta(days=1, hours=2, minutes=3, seconds=4)
        assert math.isnan(answer["f"][0])
        assert answer["g"].to_list() == [True, False, None]

    def test_what_a_query_draws_is_told(self) -> None:
        with FakeKusto(tables={"Logs": LOGS}) as service:
            chart = service.connect().query("Logs | summarize count() by Host | render barchart").chart
        assert chart is not None
        assert chart.kind == "barchart"

    def test_a_limit_that_the_completion_tells_of(self) -> None:
        told = [2, "Query result set too large (E_QUERY_RESULT_SET_TOO_LARGE).", '{"Text": "exceeded 2 records"}']
        status = frame("QueryCompletionInformation", [told], *STATUS, TableId=2)
        completeness = asked(HEADER, frame("PrimaryResult", [[1], [2]], "x:long"), status, ENDED).origin.completeness
        assert (completeness.complete, completeness.cut) == (False, True)
        assert "exceeded 2 records" in completeness.notes[0]

    def test_an_error_among_the_rows_keeps_them_and_is_told(self) -> None:
        rows = [[1], [2], error("Query execution has exceeded the allowed limits (80DA0003): .")]
        ended = {**ENDED, "HasErrors": True, **error("Query execution has exceeded the allowed limits (80DA0003): .")}
        answer = asked(HEADER, frame("PrimaryResult", rows, "x:long"), ended)
        assert answer["x"].to_list() == [1, 2]
        assert (answer.origin.completeness.complete, answer.origin.completeness.cut) == (False, True)
        assert answer.origin.completeness.notes[0].count("80DA0003") == 1

    def test_rows_that_end_with_another_error_are_incomplete(self) -> None:
        ended = {**ENDED, "HasErrors": True, **error("A node went away.")}
        completeness = asked(HEADER, frame("PrimaryResult", [[1]], "x:long"), ended).origin.completeness
        assert (completeness.complete, completeness.cut) == (False, False)
        assert "A node went away." in str(completeness)

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("Request timed out.", QueryTimeout),
            ("Semantic error: SEM0100: no column x [line:position=2:4]", QueryRejected),
            ("A node went away.", ServiceError),
        ],
    )
    def test_an_error_without_any_row_is_no_empty_answer(self, text: str, kind: type[ServiceError]) -> None:
        ended = {**ENDED, "HasErrors": True, **error(text)}
        with pytest.raises(kind, match=re.escape(text)) as caught:
            asked(HEADER, frame("PrimaryResult", [], "x:long"), ended)
        assert caught.value.query == "T"
        if isinstance(caught.value, QueryRejected):
            assert caught.value.position == (2, 5)

    def test_errors_that_say_nothing_are_errors_all_the_same(self) -> None:
        completeness = asked(
            HEADER, frame("PrimaryResult", [[1]], "x:long"), {**ENDED, "HasErrors": True}
        ).origin.completeness
        assert not completeness.complete

    def test_a_query_that_was_cancelled_is_incomplete(self) -> None:
        answer = asked(HEADER, frame("PrimaryResult", [[1]], "x:long"), {**ENDED, "Cancelled": True})
        assert "cancelled" in str(answer.origin.completeness)

    def test_a_warning_is_told_and_takes_nothing_from_the_answer(self) -> None:
        status = frame("QueryCompletionInformation", [[3, "S_OK", '{"Text": "a leg is gone"}']], *STATUS, TableId=2)
        completeness = asked(HEADER, frame("PrimaryResult", [[1]], "x:long"), status, ENDED).origin.completeness
        assert completeness.complete
        assert "a leg is gone" in completeness.notes[0]

    def test_the_first_of_several_tables_is_the_answer(self) -> None:
        more = frame("PrimaryResult", [[7]], "y:long", TableId=2)
        answer = asked(HEADER, frame("PrimaryResult", [[1]], "x:long"), more, ENDED)
        assert answer.to_dicts() == [{"x": 1}]
        assert "1 more tables" in str(answer.origin.completeness)

    @pytest.mark.parametrize(
        "frames",
        [
            [HEADER, ENDED],
            [HEADER, frame("PrimaryResult", [[1]], "x:long")],
            [HEADER, frame("PrimaryResult", [[1, 2]], "x:long"), ENDED],
            [HEADER, frame("PrimaryResult", [[1]]), ENDED],
            ["x"],
            [],
            {"Tables": []},
        ],
    )
    def test_what_is_no_answer_is_told(self, frames: Any) -> None:
        with says(Answer(json=frames)) as service, pytest.raises(ServiceError, match="cannot be read"):
            service.connect().query("T")

    def test_rows_that_are_replaced_are_not_given(self) -> None:
        with FakeKusto(tables={"Logs": LOGS}, progressive=True) as service:
            answer = service.connect().query("Logs | project Host")
        assert answer["Host"].to_list() == ["WS01", "WS02"]

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.integers(-(2**63), 2**63 - 1),
                st.text(),
                st.recursive(
                    st.none() | st.booleans() | st.text(min_size=1),
                    lambda each: st.lists(each, max_size=3),
                    max_leaves=5,
                ),
            ),
            max_size=30,
        ),
        st.integers(0, 4),
        st.integers(1, 400),
    )
    def test_however_an_answer_comes_its_rows_are_the_same(
        self, rows: list[tuple[int, str, Any]], fragments: int, chunk: int
    ) -> None:
        columns = [
            {"ColumnName": name, "ColumnType": kind}
            for name, kind in (("Rows", "long"), ("b", "string"), ("c", "dynamic"))
        ]
        head = {"TableId": 1, "TableKind": "PrimaryResult", "Columns": columns}
        if fragments:
            size = max(1, len(rows) // fragments)
            parts = [
                {"FrameType": "TableFragment", "TableId": 1, "Rows": rows[at : at + size]}
                for at in range(0, max(len(rows), 1), size)
            ]
            body = [HEADER, {"FrameType": "TableHeader", **head}, *parts, {"FrameType": "TableCompletion"}, ENDED]
        else:
            body = [HEADER, {"FrameType": "DataTable", **head, "Rows": rows}, ENDED]
        text = json.dumps(body, ensure_ascii=False, indent=chunk % 2 or None).encode()
        reply = _InChunks("Kusto", 200, {}, io.BytesIO(text), len(text), chunk=chunk)
        given = pl.concat([batch.rows for batch in frames.batches(reply, "T")])
        written = [
            None if tree is None else json.dumps(tree, ensure_ascii=False, separators=(",", ":")) for *_, tree in rows
        ]
        assert given.rows() == [(number, text, tree) for (number, text, _), tree in zip(rows, written, strict=True)]

    def test_two_hundred_thousand_rows_are_read_in_bounded_memory(self) -> None:
        row = json.dumps([1, "x" * 100, {"a": ["b"] * 10}])
        body = tempfile.TemporaryFile()  # noqa: SIM115 - the reply holds it
        shown = json.dumps([HEADER, frame("PrimaryResult", [], "a:long", "b:string", "c:dynamic"), ENDED])
        before, after = shown.split('"Rows": []')
        body.write(f'{before}"Rows": ['.encode())
        body.write((row + (f",{row}" * 200_000)).encode())
        body.write(f"]{after}".encode())
        reply = Reply("Kusto", 200, {}, body, body.tell())
        tracemalloc.start()
        try:
            rows = sum(batch.rows.height for batch in frames.batches(reply, "T"))
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert rows == 200_001
        assert most < 20_000_000 < reply.size


@dataclass
class _InChunks(Reply):
    chunk: int = 1

    def chunks(self) -> Iterator[bytes]:
        self.body.seek(0)
        while part := self.body.read(self.chunk):
            yield part


class TestErrors:
    def test_a_query_that_is_refused_says_where(self, service: FakeKusto) -> None:
        with pytest.raises(QueryRejected) as caught:
            service.connect().query("Logs\n| where Nothing == 1")
        assert caught.value.position == (2, 9)
        assert "Nothing" in caught.value.message
        assert caught.value.hint

    def test_a_database_that_is_not_there(self, service: FakeKusto) -> None:
        with pytest.raises(QueryRejected, match=r"'absent'.*not found"):
            service.connect(database="absent").query("Logs")

    def test_a_command_is_no_query(self, service: FakeKusto) -> None:
        with pytest.raises(QueryRejected, match="Management commands"):
            service.connect().query(".drop table Logs")

    @pytest.mark.parametrize(
        ("status", "kind", "hint"),
        [
            (403, AccessDenied, "Database Viewer"),
            (404, QueryRejected, "databases"),
            (429, RateLimited, "Wait"),
            (504, QueryTimeout, "split"),
            (500, ServiceError, ""),
        ],
    )
    def test_what_a_status_means(self, status: int, kind: type[ServiceError], hint: str) -> None:
        told = {"error": {"code": "X", "message": "generic", "@message": "told in particular"}}
        with says(Answer(status, told)) as service, pytest.raises(kind, match="told in particular") as caught:
            service.connect().query("T")
        assert hint in caught.value.hint

    def test_throttling_is_waited_for(self, service: FakeKusto) -> None:
        told = "The query was aborted due to throttling. Retrying after some backoff might succeed."
        busy = Answer(
            429,
            {"error": {"code": "Too many requests", "@type": "Kusto.X.QueryThrottledException", "@message": told}},
            headers={"Retry-After": "0.01"},
        )
        honest, times = service.answer, iter([busy, busy])
        service.answer = lambda seen: next(times, None) or honest(seen)  # type: ignore[method-assign]
        assert len(service.connect().query("Logs")) == 2
        assert len(service.requests) == 3

    def test_an_error_shows_no_token(self) -> None:
        with says(Answer(403)) as service:
            token = service.token()
            service.told = Answer(403, {"error": {"@message": f"token {token} is not allowed"}})
            service.token = lambda *_: token  # type: ignore[method-assign]
            with pytest.raises(AccessDenied) as caught:
                service.connect().query("T")
        assert token not in str(caught.value) + caught.value.reply
