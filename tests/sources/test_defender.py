"""Microsoft Defender's advanced hunting, against its fake service: by Graph, and by the older API."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal

import polars as pl
import pytest
from tests.schemas.test_defender import PROCESS, streamed

import huntbook as hb
from huntbook.core.http import Reply
from huntbook.core.result import Completeness
from huntbook.core.timespan import TimeSpan
from huntbook.errors import (
    AccessDenied,
    ConfigError,
    QueryRejected,
    QueryTimeout,
    RateLimited,
    ServiceError,
)
from huntbook.sources._base import Question
from huntbook.sources._microsoft import hunting
from huntbook.sources._microsoft.hunting import APIS
from huntbook.sources.defender import Defender
from huntbook.testing import FakeDefender
from huntbook.testing.contract import SPAN, Row, SourceContract, rows_of_the_contract, table_of
from huntbook.testing.defender import Limits

DAY: dict[str, Any] = {"start": "2026-03-01", "end": "2026-03-02"}
BETWEEN = "between (datetime(2026-03-01T00:00:00Z) .. datetime(2026-03-01T23:59:59.9999999Z))"
EVENTS = [
    {"Timestamp": "2026-02-28T23:59:59.9999999Z", "DeviceName": "before", "ProcessId": 1},
    {"Timestamp": "2026-03-01T00:00:00Z", "DeviceName": "first", "ProcessId": 2},
    {"Timestamp": "2026-03-01T23:59:59.9999999Z", "DeviceName": "last", "ProcessId": 3},
    {"Timestamp": "2026-03-02T00:00:00Z", "DeviceName": "after", "ProcessId": 4},
]
SOFTWARE = [{"DeviceName": "first", "SoftwareName": "7-zip"}, {"DeviceName": "last", "SoftwareName": "curl"}]
TABLES = {"DeviceProcessEvents": EVENTS, "DeviceTvmSoftwareInventory": SOFTWARE, "AlertInfo": [{"AlertId": "a"}]}
Which = Literal["graph", "endpoint"]


class TestContract(SourceContract):
    everything = "DeviceProcessEvents | sort by Timestamp asc"
    nothing_matched = "DeviceProcessEvents | where ProcessId == -1"
    wrong = "DeviceProcessEvents | where"
    absent = "DeviceAbsentEvents"
    api: ClassVar[Which] = "graph"

    def service(self, rows: list[Row], **options: Any) -> FakeDefender:
        table = table_of(rows, "Timestamp", "ProcessId", "ProcessCommandLine")
        limits = Limits(rows=options.pop("most_rows", 100_000))
        return FakeDefender(tables={"DeviceProcessEvents": table}, api=self.api, limits=limits, **options)

    def read(self, answer: pl.DataFrame) -> list[Row]:
        return answer.select("Timestamp", "ProcessId", "ProcessCommandLine").rows()


class TestContractOfTheOlderApi(TestContract):
    api = "endpoint"


@pytest.fixture
def graph() -> Iterator[FakeDefender]:
    with FakeDefender(tables=TABLES) as service:
        yield service


@pytest.fixture
def endpoint() -> Iterator[FakeDefender]:
    with FakeDefender(tables=TABLES, api="endpoint") as service:
        yield service


def sent(service: FakeDefender, number: int = -1) -> dict[str, Any]:
    body: dict[str, Any] = service.requests[number].json
    return body


# Both APIs


@pytest.mark.parametrize("api", APIS)
def test_a_span_has_its_first_tick_and_its_last_and_no_other(api: Which) -> None:
    with FakeDefender(tables=TABLES, api=api) as service:
        answer = service.connect().query("DeviceProcessEvents", **DAY)
    assert sorted(answer["DeviceName"]) == ["first", "last"]


@pytest.mark.parametrize("api", APIS)
def test_no_more_calls_are_made_than_the_tenant_may_make(api: Which, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hunting, "CALLS", (3, 0.5))  # what is sent evenly may arrive less so
    began = time.monotonic()
    with FakeDefender(tables=TABLES, api=api, limits=Limits(calls=3, seconds=0.3)) as service:
        answer = service.connect(paced=True).query("DeviceProcessEvents", split="4h", **DAY)
        assert len(service.requests) == 6  # none was refused
    assert len(answer) == 2
    assert time.monotonic() - began >= 0.5


@pytest.mark.parametrize("api", APIS)
def test_every_type_of_kql_arrives(api: Which) -> None:
    query = (
        "print b = true, i = int(7), l = 9007199254740993, r = 1.5, d = decimal(0.1), t = datetime(2026-03-01T10:00:00.1234567Z),"
        " s = time(1.02:00:00), g = guid(74be27de-1e4e-49d9-b579-fe0b331d3642), j = dynamic({'a': [1]}), x = 'Ü 🔎', n = int(null)"
    )
    with FakeDefender(tables=TABLES, api=api) as service:
        answer = service.connect().query(query)
    (row,) = answer.to_dicts()
    assert row["b"] is True
    assert (row["i"], row["l"], row["r"], str(row["d"])[:3]) == (7, 9007199254740993, 1.5, "0.1")
    assert answer.to_polars()["t"].dt.timestamp("ns").to_list() == [1772359200123456700]
    assert row["s"] == timedelta(days=1, hours=2)
    assert (row["g"], row["j"], row["x"], row["n"]) == (
        "74be27de-1e4e-49d9-b579-fe0b331d3642",
        '{"a":[1]}',
        "Ü 🔎",
        None,
    )


@pytest.mark.parametrize("api", APIS)
def test_an_answer_that_is_too_large_is_told_and_had_in_halves(api: Which) -> None:
    rows = [{"Timestamp": row[0], "ProcessId": row[1], "FileName": "x" * 500} for row in rows_of_the_contract()]
    tables = {"DeviceProcessEvents": pl.DataFrame(rows)}
    with FakeDefender(tables=tables, api=api, limits=Limits(bytes=60_000)) as service:
        defender = service.connect()
        with pytest.raises(ServiceError, match="allowed result size") as caught:
            defender.query("DeviceProcessEvents", **SPAN)
        assert not isinstance(caught.value, QueryRejected)
        assert "split='auto'" in caught.value.hint
        whole = defender.query("DeviceProcessEvents | project ProcessId", split="auto", **SPAN)
    assert sorted(whole["ProcessId"]) == list(range(48))
    assert whole.origin.completeness.complete


@pytest.mark.parametrize("api", APIS)
def test_a_quota_is_told_in_the_service_s_words(api: Which) -> None:
    with FakeDefender(tables=TABLES, api=api, limits=Limits(calls=1)) as service:
        defender = service.connect()
        defender.query("print 1", cache="off")
        with pytest.raises(RateLimited, match="You can run queries again in") as caught:
            defender.query("print 1", cache="off")
    assert caught.value.retry_after is not None
    assert 50 < caught.value.retry_after <= 60
    assert "45 calls a minute" in caught.value.hint


@pytest.mark.parametrize("api", APIS)
def test_what_is_older_than_the_data_is_told(api: Which) -> None:
    now = datetime.now(UTC)
    rows = [{"Timestamp": now - timedelta(days=age), "ProcessId": age} for age in (1, 29, 40)]
    tables = {"DeviceProcessEvents": pl.DataFrame(rows)}
    with FakeDefender(tables=tables, api=api, limits=Limits(days=30)) as service:
        defender = service.connect()
        older = defender.query("DeviceProcessEvents", last="60d")
        assert sorted(older["ProcessId"]) == [1, 29]
        assert not older.origin.completeness.complete
        assert not older.origin.completeness.cut  # asking for less would bring no more
        assert any("Defender keeps 30 days" in note for note in older.origin.completeness.notes)
        assert defender.query("DeviceProcessEvents", last="30d").origin.completeness.complete
        assert service.connect(days=90).query("DeviceProcessEvents", last="60d").origin.completeness.complete


@pytest.mark.parametrize("api", APIS)
def test_a_position_in_the_query_is_one_in_what_was_written(api: Which) -> None:
    with FakeDefender(tables=TABLES, api=api) as service, pytest.raises(QueryRejected) as caught:
        service.connect().query("DeviceProcessEvents\n| where Absent == 1", **DAY)
    assert caught.value.position == ((2, 9) if api == "graph" else None)
    assert "Absent" in caught.value.message


@pytest.mark.parametrize("api", APIS)
def test_no_permission_is_told_by_its_name(api: Which) -> None:
    error = complaint(403, {"error": {"code": "Forbidden", "message": "Missing application roles."}}, api)
    assert isinstance(error, AccessDenied)
    assert "Missing application roles" in error.message
    assert APIS[api].permission in error.hint


def test_its_tables_are_those_that_are_documented(graph: FakeDefender, endpoint: FakeDefender) -> None:
    tables = graph.connect().tables
    assert {"AlertInfo", "DeviceProcessEvents", "EmailEvents", "IdentityLogonEvents"} <= set(tables)
    assert "SecurityEvent" not in tables
    assert "Timestamp" in tables["AlertInfo"].columns
    assert all(name.startswith("Device") for name in endpoint.connect().tables)
    assert not graph.requests


def test_evidence_answers_as_defender_would(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    event = streamed("DeviceProcessEvents", PROCESS)
    (tmp_path / "logs" / "events.json").write_text(json.dumps(event), encoding="utf-8")
    for api in APIS:
        with FakeDefender(tmp_path / "logs", api=api) as service:  # type: ignore[arg-type]
            defender = service.connect()
            query = "DeviceProcessEvents | where FileName =~ {{name}} | project DeviceName"
            answer = defender.query(query, start="2024-03-01", end="2024-03-02", name="WHOAMI.exe")
            assert answer.to_dicts() == [{"DeviceName": "ws01.contoso.com"}]
            assert not len(defender.query(query, start="2024-03-02", end="2024-03-03", name="WHOAMI.exe"))


# Graph


def test_graph_gets_the_query_as_it_is_and_the_span_beside_it(graph: FakeDefender) -> None:
    query = "DeviceProcessEvents | where DeviceName == {{host}}"
    graph.connect().query(query, host="Ü", **DAY)
    seen = graph.requests[0]
    assert (seen.method, seen.path) == ("POST", "/v1.0/security/runHuntingQuery")
    assert seen.headers["content-type"] == "application/json; charset=utf-8"
    assert sent(graph, 0) == {
        "Query": 'DeviceProcessEvents | where DeviceName == "Ü"',
        "Timespan": "2026-03-01T00:00:00Z/2026-03-01T23:59:59.9999999Z",
    }


def test_without_a_time_the_service_s_own_span_is_told(graph: FakeDefender) -> None:
    answer = graph.connect().query("DeviceProcessEvents", cache="off")
    assert "Timespan" not in sent(graph)
    assert any("looks back" in note for note in answer.origin.completeness.notes)


# The older API


def test_the_older_api_gets_the_span_in_the_text(endpoint: FakeDefender) -> None:
    query = "DeviceProcessEvents | join kind=leftouter DeviceTvmSoftwareInventory on DeviceName"
    bounded = f"(DeviceProcessEvents | where Timestamp {BETWEEN}) | join kind=leftouter DeviceTvmSoftwareInventory on DeviceName"
    defender = endpoint.connect()
    answer = defender.query(query, **DAY)
    assert endpoint.requests[0].path == "/api/advancedqueries/run"
    assert sent(endpoint) == {"Query": bounded}
    assert defender.explain(query, **DAY) == answer.origin.native == bounded
    assert answer.origin.query == query
    assert sorted(answer["DeviceName"]) == ["first", "last"]


def test_a_table_that_nobody_knows_is_bounded_if_it_has_a_time(endpoint: FakeDefender) -> None:
    start = "datetime(2026-03-01T00:00:00Z)"
    bounded = endpoint.connect().explain("DeviceNewEvents", **DAY)
    assert bounded == f"(DeviceNewEvents | where column_ifexists('Timestamp', {start}) {BETWEEN})"


def test_a_query_that_names_its_time_is_left_alone(endpoint: FakeDefender) -> None:
    query = "DeviceProcessEvents | where Timestamp between ({{start}} .. {{end}})"
    answer = endpoint.connect().query(query, split="12h", **DAY)
    assert [sent(endpoint, number)["Query"].count("between") for number in range(2)] == [1, 1]
    assert sorted(answer["DeviceName"]) == ["first", "last"]
    assert any("names its time itself" in note for note in answer.origin.completeness.notes)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("find in (DeviceProcessEvents) where ProcessId > 0 project DeviceName", "find"),
        ("DeviceTvmSoftwareInventory", "no table in it has a time"),
    ],
)
def test_what_cannot_be_bounded_is_asked_once_and_as_a_whole(endpoint: FakeDefender, query: str, why: str) -> None:
    answer = endpoint.connect().query(query, split="6h", **DAY)
    assert [sent(endpoint, number) for number in range(len(endpoint.requests))] == [{"Query": query}]
    assert len(answer) == (4 if why == "find" else 2)
    assert answer.origin.span is None
    assert any("asked of all the time" in note and why in note for note in answer.origin.completeness.notes)


def test_what_cannot_be_read_here_is_sent_as_it_is(endpoint: FakeDefender) -> None:
    defender = endpoint.connect()
    assert defender.explain("DeviceEvents | brand-new-operator x", **DAY) == "DeviceEvents | brand-new-operator x"
    with pytest.raises(QueryRejected):
        defender.query("DeviceEvents | brand-new-operator x", split="1h", **DAY)
    assert len(endpoint.requests) == 1


def test_functions_whose_tables_nobody_sees_are_named() -> None:
    driver = Defender(Defender.Settings(api="endpoint", credential=Scopes()))
    question = Question("union DeviceEvents, Saved()", "kql", TimeSpan.of(**DAY, now=datetime(2026, 3, 2, tzinfo=UTC)))
    assert driver._known(question).notes[-1] == "Saved() was not bounded in time"


def test_the_older_api_has_the_tables_of_devices_only(endpoint: FakeDefender) -> None:
    with pytest.raises(QueryRejected, match="AlertInfo"):
        endpoint.connect().query("AlertInfo")


# Where it is, and who signs in


class Scopes:
    """A credential that remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def get_token(self, *scopes: str, **_: Any) -> Any:
        self.asked += scopes
        return type("Token", (), {"token": "t", "expires_on": 4e9})()


@pytest.mark.parametrize(
    ("settings", "url", "scope"),
    [
        ({}, "https://graph.microsoft.com", "https://graph.microsoft.com/.default"),
        (
            {"api": "endpoint"},
            "https://api.security.microsoft.com",
            "https://api.securitycenter.microsoft.com/.default",
        ),
        ({"cloud": "usgov"}, "https://graph.microsoft.us", "https://graph.microsoft.us/.default"),
        (
            {"api": "endpoint", "endpoint": "https://eu.api.security.microsoft.com/"},
            "https://eu.api.security.microsoft.com",
            "https://api.securitycenter.microsoft.com/.default",
        ),
    ],
)
def test_where_it_is_and_what_a_token_is_for(settings: dict[str, Any], url: str, scope: str) -> None:
    credential = Scopes()
    driver = Defender(Defender.Settings(credential=credential, **settings))
    assert driver._http.sign is not None
    asyncio.run(driver._http.sign(False))  # type: ignore[arg-type]  # noqa: FBT003
    assert driver._url == url
    assert credential.asked == [scope]


def test_not_in_china() -> None:
    with pytest.raises(ConfigError, match="China"):
        hb.connect("defender", cloud="china")


def test_its_name_says_which() -> None:
    assert Defender(Defender.Settings(tenant="contoso.com", credential=Scopes())).name == "Defender contoso.com"
    assert Defender(Defender.Settings(api="endpoint", credential=Scopes())).name == "Defender for Endpoint"


# What answers and errors look like


def reply(status: int, document: object, **headers: str) -> Reply:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Reply(
        "Defender",
        status,
        {name.replace("_", "-"): value for name, value in headers.items()},
        io.BytesIO(body),
        len(body),
    )


def complaint(status: int, document: object, api: str = "graph", **headers: str) -> ServiceError | None:
    return hunting.complain(reply(status, document, **headers), APIS[api])


def read(document: object, api: str = "graph") -> tuple[list[dict[str, Any]], Completeness]:
    batches = list(hunting.batches(reply(200, document), APIS[api], 100_000, Completeness()))
    return pl.concat([batch.rows for batch in batches]).to_dicts(), Completeness.together(
        each.completeness for each in batches
    )


SCHEMA = [
    {"name": "Timestamp", "type": "DateTime"},
    {"name": "FileName", "type": "String"},
    {"name": 'a]"[', "type": "Int64"},
]
ROW = {"Timestamp": "2026-03-01T10:00:00Z", "FileName": "x", 'a]"[': 5}
READ = [{"Timestamp": datetime(2026, 3, 1, 10, tzinfo=UTC), "FileName": "x", 'a]"[': 5}]


@pytest.mark.parametrize(
    ("document", "api"),
    [
        ({"schema": SCHEMA, "results": [ROW]}, "graph"),
        ({"results": [ROW], "schema": SCHEMA}, "graph"),
        ({"schema": SCHEMA, "results": [{"timestamp": ROW["Timestamp"], "fileName": "x", 'a]"[': 5}]}, "graph"),
        ({"schema": SCHEMA, "results": [{**ROW, "Count@odata.type": "#Int64"}]}, "graph"),
        (
            {"Stats": {}, "Schema": [{"Name": c["name"], "Type": c["type"]} for c in SCHEMA], "Results": [ROW]},
            "endpoint",
        ),
    ],
)
def test_answers_in_the_spellings_that_are_seen(document: object, api: str) -> None:
    rows, completeness = read(document, api)
    assert rows == READ
    assert completeness.complete


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        {"schema": SCHEMA},
        {"results": []},
        {"schema": SCHEMA, "results": [[1]]},
        b'{"schema":[],"results":[',
        b"<html>",
    ],
)
def test_what_is_no_answer_is_told(document: object) -> None:
    with pytest.raises(ServiceError, match="cannot be read"):
        read(document)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Query exceeded the timeout period.", QueryTimeout),
        ("Query execution has exceeded the allowed limits. The query execution was preempted.", QueryTimeout),
        ("Query stopped due to excessive resource consumption.", QueryTimeout),
        ("'project' operator: Failed to resolve scalar expression named 'x'", QueryRejected),
    ],
)
def test_what_400_means(message: str, kind: type[ServiceError]) -> None:
    error = complaint(400, {"error": {"code": "BadRequest", "message": message}})
    assert type(error) is kind
    assert message in error.message


def test_a_gateway_that_gives_up_is_a_time_out() -> None:
    error = complaint(504, {"error": {"code": "UnknownError", "message": ""}})
    assert isinstance(error, QueryTimeout)
    assert "180 seconds" in error.hint


@pytest.mark.parametrize(
    ("message", "headers", "wait"),
    [
        ("You can run queries again in 12 minutes.", {}, 720),
        ("You can run queries again in 00:03:20.", {}, 200),
        ("You can run queries again in 1 hour.", {"retry_after": "30"}, 30),
        ("Too many calls.", {}, None),
    ],
)
def test_when_a_quota_is_renewed(message: str, headers: dict[str, str], wait: float | None) -> None:
    error = complaint(429, {"error": {"code": "TooManyRequests", "message": message}}, **headers)
    assert isinstance(error, RateLimited)
    assert error.retry_after == wait


def test_a_token_that_ended_is_worth_another_try() -> None:
    error = complaint(401, {"error": {"code": "InvalidAuthenticationToken", "message": "Lifetime validation failed."}})
    assert isinstance(error, AccessDenied)
    assert error.stale


def test_an_error_of_somebody_else_is_left_to_its_status() -> None:
    assert complaint(502, b"bad gateway") is None
    assert complaint(500, {"error": {"code": "UnknownError", "message": ""}}) is None


def test_a_column_that_the_first_row_does_not_have_is_not_lost() -> None:
    answer = {
        "schema": [{"name": "Timestamp", "type": "DateTime"}, {"name": "FileName", "type": "String"}],
        "results": [{"timestamp": "2026-03-01T00:00:00Z"}, {"timestamp": "2026-03-01T00:00:01Z", "fileName": "a.exe"}],
    }
    body = json.dumps(answer).encode()
    batches = hunting.batches(
        Reply("Defender", 200, {}, io.BytesIO(body), len(body)), APIS["graph"], 10, Completeness()
    )
    assert pl.concat([batch.rows for batch in batches])["FileName"].to_list() == [None, "a.exe"]
