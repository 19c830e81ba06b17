"""Microsoft Sentinel, against its fake service."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from huntbook.errors import AccessDenied, ConfigError, ParameterError, QueryRejected, ServiceError, UnknownName
from huntbook.sources._sentinel import log_analytics, search_jobs
from huntbook.sources.sentinel import Sentinel
from huntbook.testing import FakeSentinel
from huntbook.testing.contract import Row, SourceContract, table_of
from huntbook.testing.sentinel import SUBSCRIPTION
from huntbook.testing.service import Answer, Seen


class TestContract(SourceContract):
    everything = "Contract_CL | sort by TimeGenerated asc"
    nothing_matched = "Contract_CL | where Number == -1"
    wrong = "Contract_CL | where"
    absent = "Absent_CL"

    def service(self, rows: list[Row], **options: Any) -> FakeSentinel:
        table = table_of(rows, "TimeGenerated", "Number", "Text")
        return FakeSentinel(tables={"Contract_CL": table}, **options)

    def read(self, answer: pl.DataFrame) -> list[Row]:
        return answer.select("TimeGenerated", "Number", "Text").rows()


ROWS = [
    {"TimeGenerated": f"2026-03-01T{hour:02}:00:00Z", "UserPrincipalName": f"user{hour}@contoso.com", "ResultType": "0"}
    for hour in range(24)
]
DAY: dict[str, Any] = {"start": "2026-03-01", "end": "2026-03-02"}


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSentinel]:
    monkeypatch.setenv("HUNTBOOK_CACHE", str(tmp_path))
    other = {"SigninLogs": ROWS[:3]}
    with FakeSentinel(
        tables={"SigninLogs": ROWS}, workspaces=("contoso", "fabrikam"), per_workspace={"fabrikam": other}
    ) as fake:
        yield fake


def sent(service: FakeSentinel) -> list[Any]:
    return [seen.json for seen in service.requests if seen.path.endswith(("/query", "/search"))]


@pytest.mark.parametrize("named", ["name", "id", "resource", "own name", "other case"])
def test_a_workspace_by_its_name_its_id_its_resource_id(service: FakeSentinel, named: str) -> None:
    id_ = service.workspaces["contoso"]
    resource = (
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/soc/providers/Microsoft.OperationalInsights/workspaces/contoso"
    )
    names = {"name": "contoso", "id": id_, "resource": resource, "own name": "prod", "other case": "CONTOSO"}
    sentinel = service.connect(workspace=names[named], names={"prod": id_})
    assert len(sentinel.query("SigninLogs", **DAY)) == 24
    looked_up = any(seen.path.startswith("/subscriptions") for seen in service.requests)
    assert looked_up is (named not in ("id", "own name"))


def test_a_workspace_that_is_not_there_is_named(service: FakeSentinel) -> None:
    with pytest.raises(UnknownName, match="contso") as caught:
        service.connect(workspace="contso").query("SigninLogs", **DAY)
    assert "contoso" in caught.value.hint
    with pytest.raises(QueryRejected, match="not found"):
        service.connect(workspace="00000000-0000-0000-0000-000000000009").query("SigninLogs", **DAY)
    with pytest.raises(ConfigError):
        service.connect(workspace="")


def test_the_span_goes_to_the_service_as_its_time_span(service: FakeSentinel) -> None:
    sentinel = service.connect()
    sentinel.query("SigninLogs", **DAY)
    sentinel.query("SigninLogs")
    assert [body.get("timespan") for body in sent(service)] == [
        "2026-03-01T00:00:00Z/2026-03-01T23:59:59.9999999Z",
        None,
    ]
    assert "wait=600" in service.requests[-1].headers["prefer"]


def test_several_workspaces_side_by_side(service: FakeSentinel) -> None:
    both = service.connect(workspace="", workspaces=["contoso", "fabrikam"])
    answer = both.query("SigninLogs | project TimeGenerated, UserPrincipalName", split="12h", **DAY)
    counts = answer.to_polars().group_by("_Source").len().sort("_Source").rows()
    assert counts == [("Sentinel contoso", 24), ("Sentinel fabrikam", 3)]
    with_missing = service.connect(workspace="", workspaces=["contoso", "nowhere"]).query("SigninLogs", **DAY)
    assert len(with_missing) == 24
    assert [missing.source for missing in with_missing.origin.completeness.missing] == ["Sentinel nowhere"]


def test_several_workspaces_as_one(service: FakeSentinel) -> None:
    service.connect(also=["fabrikam"]).query("SigninLogs | count", **DAY)
    assert sent(service)[0]["workspaces"] == [service.workspaces["fabrikam"]]


def test_tables_of_other_plans_are_asked_by_their_own_way(service: FakeSentinel) -> None:
    basic = service.connect(plan="basic")
    assert len(basic.query("SigninLogs", start="2026-03-01", end="2026-03-01T06:00:00")) == 6
    assert service.requests[-1].path.endswith("/search")
    assert service.requests[-1].params["timespan"] == "2026-03-01T00:00:00Z/2026-03-01T05:59:59.9999999Z"
    assert service.requests[-1].json == {"query": "SigninLogs"}
    assert (basic.driver.at_once, service.connect().driver.at_once) == (2, 5)


def test_a_user_has_five_questions_at_a_time_whatever_the_workspaces(
    service: FakeSentinel, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, most = 0, 0
    turn = threading.Lock()

    def counted(seen: Seen) -> Answer:
        nonlocal running, most
        with turn:
            running, most = running + 1, max(most, running + 1)
        time.sleep(0.02)
        with turn:
            running -= 1
        return asked(seen)

    asked = service.answer
    monkeypatch.setattr(service, "answer", counted)
    both = service.connect(workspace="", workspaces=["contoso", "fabrikam"])
    assert len(both.query("SigninLogs", split="1h", **DAY)) == 27
    assert most == 5


def test_a_name_that_means_another_workspace_is_another_question(service: FakeSentinel) -> None:
    for workspace, rows in (("contoso", 24), ("fabrikam", 3)):
        sentinel = service.connect(workspace="prod", names={"prod": service.workspaces[workspace]})
        assert len(sentinel.query("SigninLogs", **DAY)) == rows


def test_rows_are_uploaded_with_a_token_for_those_who_take_them(service: FakeSentinel) -> None:
    credential = service.credential()
    asked: list[str] = []
    token = credential.get_token
    credential.get_token = lambda *scopes, **more: asked.extend(scopes) or token(*scopes, **more)  # type: ignore[func-returns-value, method-assign]
    service.connect(credential=credential).upload(pl.DataFrame({"a": [1]}), to="Evidence_CL")
    assert asked == ["https://monitor.azure.com//.default"]


def test_a_search_job_from_its_start_to_its_end(service: FakeSentinel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_jobs, "_POLL", (0.01, 0.02))
    sentinel = service.connect()
    assert isinstance(sentinel.driver, Sentinel)
    job = sentinel.driver.search_job("SigninLogs | where ResultType == '0'", name="ok_SRCH", limit=5, **DAY)
    assert job.state() == "InProgress"
    assert len(sentinel.query("ok_SRCH", cache="off")) == 5
    job.wait()
    job.delete()
    with pytest.raises(ServiceError):
        job.state()
    for wrong in ({"name": "ok"}, {"name": "a b_SRCH"}, {"limit": 0}, {"limit": 2_000_000}):
        with pytest.raises(ParameterError):
            sentinel.driver.search_job("SigninLogs", **{"name": "x_SRCH", **DAY, **wrong})
    with pytest.raises(ParameterError):
        sentinel.driver.search_job("SigninLogs", name="x_SRCH")


def test_where_a_query_is_wrong_is_told(service: FakeSentinel) -> None:
    with pytest.raises(QueryRejected) as caught:
        service.connect().query("SigninLogs\n| where Usr == 1")
    assert caught.value.position == (2, 9)
    assert "Usr" in caught.value.message


def test_the_chart_of_a_query_comes_with_its_answer(service: FakeSentinel) -> None:
    answer = service.connect().query(
        "SigninLogs | summarize count() by bin(TimeGenerated, 1h) | render timechart", **DAY
    )
    assert answer.chart is not None
    assert answer.chart.kind == "timechart"


def test_tables_say_their_columns(service: FakeSentinel) -> None:
    tables = service.connect().tables
    assert list(tables) == ["SigninLogs"]
    assert "UserPrincipalName" in tables["SigninLogs"].columns


def test_types_come_as_local_evidence_has_them(service: FakeSentinel) -> None:
    text = (
        "print t = datetime(2026-03-01T10:00:00.1234567Z), s = 1d + 2h, b = true, i = int(7), l = long(-9223372036854775808), r = 1.5,"
        " d = decimal(1.25), g = guid(6f0a4d5e-1b2c-4d3e-8f90-a1b2c3d4e5f6), j = dynamic({'a': [1, 2]}), e = '', n = long(null)"
    )
    row = service.connect().query(text).to_polars()
    assert row.schema["t"] == pl.Datetime("ns", "UTC")
    assert row["t"].dt.nanosecond().item() == 123_456_700
    assert row.drop("t").row(0) == (
        timedelta(days=1, hours=2), True, 7, -(2**63), 1.5, Decimal("1.25"), "6f0a4d5e-1b2c-4d3e-8f90-a1b2c3d4e5f6", '{"a":[1,2]}', "", None
    )  # fmt: skip


def test_a_signature_is_not_sent_in_the_open(service: FakeSentinel) -> None:
    sentinel = service.connect(endpoint="http://logs.example", workspace=service.workspaces["contoso"])
    with pytest.raises(ConfigError, match="not encrypted"):
        sentinel.query("SigninLogs")


@pytest.mark.parametrize(
    ("cloud", "host"),
    [
        ("public", "api.loganalytics.azure.com"),
        ("usgov", "api.loganalytics.us"),
        ("china", "api.loganalytics.azure.cn"),
    ],
)
def test_each_cloud_has_its_own_address(service: FakeSentinel, cloud: str, host: str) -> None:
    sentinel = service.connect(cloud=cloud, endpoint="")
    assert isinstance(sentinel.driver, Sentinel)
    assert sentinel.driver._endpoint == f"https://{host}"


def test_a_prepared_query_is_about_the_last_day_where_nobody_says_otherwise(service: FakeSentinel) -> None:
    sentinel = service.connect()
    answer = sentinel.queries.identity.legacy_protocol(cache="off")
    assert answer.origin.span is not None
    assert answer.origin.span.length == timedelta(days=1)
    assert "since none was given" in answer.origin.span.asked
    sentinel.query("SigninLogs", cache="off")
    assert "timespan" not in sent(service)[-1]


def test_questions_wait_for_their_turn(service: FakeSentinel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_analytics, "QUESTIONS", (3, 0.3))
    began = time.monotonic()
    assert len(service.connect(paced=True).query("SigninLogs", split="6h", **DAY)) == 24
    assert time.monotonic() - began >= 0.3


def test_subscriptions_may_come_in_pages_at_an_address_with_its_port(
    service: FakeSentinel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pages(seen: Seen) -> Answer:
        if seen.path == "/subscriptions" and "$skiptoken" not in seen.params:
            return Answer(json={"value": [], "nextLink": f"{service.url.upper()}/subscriptions?$skiptoken=1"})
        return asked(seen)

    asked = service.answer
    monkeypatch.setattr(service, "answer", pages)
    assert len(service.connect().query("SigninLogs", **DAY)) == 24


@pytest.mark.parametrize(
    ("status", "kind", "hint"),
    [(403, AccessDenied, "needs Reader"), (404, ServiceError, "resource group"), (409, ServiceError, "of this name")],
)
def test_what_azure_says_is_wrong_is_told(
    service: FakeSentinel, monkeypatch: pytest.MonkeyPatch, status: int, kind: type[ServiceError], hint: str
) -> None:
    told = Answer(status, {"error": {"code": "AuthorizationFailed", "message": "No, because."}})
    monkeypatch.setattr(service, "answer", lambda _: told)
    with pytest.raises(kind, match="AuthorizationFailed: No, because") as caught:
        service.connect().query("SigninLogs", **DAY)
    assert hint in caught.value.hint
