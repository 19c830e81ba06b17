"""Microsoft Graph, against its fake service."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.query.dialects.values import HOSTILE, TEXT

import huntbook as hb
from huntbook.core.http import Reply
from huntbook.errors import (
    AccessDenied,
    HuntbookError,
    ParameterError,
    QueryRejected,
    QueryTimeout,
    RateLimited,
    ServiceError,
)
from huntbook.sources import graph
from huntbook.sources._graph import odata, pages
from huntbook.sources._graph.collections import collections
from huntbook.sources.graph import Graph
from huntbook.testing import FakeGraph
from huntbook.testing import odata as fake_odata
from huntbook.testing.contract import SPAN, Row, SourceContract
from huntbook.testing.service import Answer, Seen

DAY: dict[str, Any] = {"start": "2026-03-01", "end": "2026-03-02"}
BASE = "https://graph.microsoft.com/v1.0"


class TestContract(SourceContract):
    everything = "auditLogs/directoryAudits?$orderby=activityDateTime asc"
    nothing_matched = "auditLogs/directoryAudits?$filter=number eq -1"
    wrong = "auditLogs/directoryAudits?$filter=number eq"
    absent = "auditLogs/nothing"

    def service(self, rows: list[Row], **options: Any) -> FakeGraph:
        objects = [{"activityDateTime": time, "number": number, "resultReason": text} for time, number, text in rows]
        return FakeGraph({"auditLogs/directoryAudits": objects}, page_size=10, **options)

    def read(self, answer: pl.DataFrame) -> list[Row]:
        return answer.select("activityDateTime", "number", "resultReason").rows() if answer.height else []


ALERTS = [
    {"id": "1", "createdDateTime": "2026-02-28T23:59:59.9999999Z", "severity": "high", "title": "before"},
    {"id": "2", "createdDateTime": "2026-03-01T00:00:00Z", "severity": "low", "title": "first"},
    {"id": "3", "createdDateTime": "2026-03-01T12:00:00Z", "severity": "high", "title": "noon"},
    {"id": "4", "createdDateTime": "2026-03-01T23:59:59.9999999Z", "severity": "medium", "title": "last"},
    {"id": "5", "createdDateTime": "2026-03-02T00:00:00Z", "severity": "high", "title": "after"},
]
SIGN_INS = [
    {
        "id": alert["id"],
        "createdDateTime": alert["createdDateTime"],
        "userPrincipalName": "anna@contoso.com",
        "isInteractive": True,
        "status": {"errorCode": 50126, "failureReason": None},
        "riskEventTypes_v2": ["unlikelyTravel"],
    }
    for alert in ALERTS
]
USERS: list[dict[str, Any]] = [
    {"id": "u1", "userPrincipalName": "anna@contoso.com", "displayName": "Anna", "accountEnabled": True},
    {"id": "u2", "userPrincipalName": "bo@contoso.com", "displayName": "Bo", "accountEnabled": False},
    {"id": "u3", "userPrincipalName": "cy@fabrikam.com", "displayName": "Cy", "accountEnabled": None},
]
MEMBER_OF: list[dict[str, Any]] = [
    {"@odata.type": "#microsoft.graph.group", "id": "g1", "displayName": "Admins", "securityEnabled": True},
    {"@odata.type": "#microsoft.graph.directoryRole", "id": "r1", "displayName": "Readers", "roleTemplateId": "t"},
]
COLLECTIONS: dict[str, list[dict[str, Any]]] = {
    "security/alerts_v2": ALERTS,
    "auditLogs/signIns": SIGN_INS,
    "users": USERS,
    "users/u1/memberOf": MEMBER_OF,
    "identityProtection/riskDetections": [],
}


@pytest.fixture
def fake() -> Iterator[FakeGraph]:
    with FakeGraph(COLLECTIONS, page_size=2) as service:
        yield service


def option(seen: Seen, name: str) -> str:
    return seen.params.get(name, "")


# Time


@pytest.mark.parametrize(
    ("path", "condition"),
    [
        (
            "security/alerts_v2",
            "createdDateTime ge 2026-03-01T00:00:00Z and createdDateTime lt 2026-03-02T00:00:00Z",
        ),
        (
            "auditLogs/signIns",
            "createdDateTime ge 2026-03-01T00:00:00Z and createdDateTime le 2026-03-01T23:59:59.9999999Z",
        ),
    ],
)
def test_a_span_has_its_first_tick_and_its_last_and_no_other(fake: FakeGraph, path: str, condition: str) -> None:
    answer = fake.connect().query(path, **DAY)
    assert sorted(answer["id"]) == ["2", "3", "4"]
    assert {option(seen, "$filter") for seen in fake.requests} == {condition}


def test_a_span_stands_beside_the_filter_that_is_there(fake: FakeGraph) -> None:
    query = "security/alerts_v2?$filter=severity eq 'high' or title eq {{title}}"
    answer = fake.connect().query(query, title="last", **DAY)
    assert sorted(answer["title"]) == ["last", "noon"]
    assert option(fake.requests[0], "$filter").startswith(
        "(severity eq 'high' or title eq 'last') and createdDateTime ge"
    )


def test_a_query_that_names_its_time_is_left_alone(fake: FakeGraph) -> None:
    query = "security/alerts_v2?$filter=createdDateTime ge {{start}} and createdDateTime lt {{end}}"
    answer = fake.connect().query(query, split="12h", **DAY)
    assert sorted(answer["id"]) == ["2", "3", "4"]
    assert all(option(seen, "$filter").count("createdDateTime") == 2 for seen in fake.requests)


@pytest.mark.parametrize(
    ("path", "why"), [("users", "a state of things"), ("users/u1/memberOf", "no time that is known")]
)
def test_what_has_no_time_is_asked_once_and_says_so(fake: FakeGraph, path: str, why: str) -> None:
    answer = fake.connect().query(path, split="1h", **DAY)
    assert len(answer) == len(COLLECTIONS[path])
    assert not any("$filter" in seen.params for seen in fake.requests)
    assert answer.origin.span is None
    assert any(why in note for note in answer.origin.completeness.notes)


def test_what_is_kept_for_a_while_only_is_told(fake: FakeGraph) -> None:
    graph = fake.connect()
    old = graph.query("auditLogs/signIns", **DAY).origin.completeness
    assert old.complete
    assert any("kept for 30 days" in note for note in old.notes)
    assert not any("kept for" in note for note in graph.query("auditLogs/signIns", last="1d").origin.completeness.notes)


# Pages


def test_pages_are_followed_to_the_end(fake: FakeGraph) -> None:
    answer = fake.connect().query("security/alerts_v2")
    assert list(answer["id"]) == ["1", "2", "3", "4", "5"]
    assert ["$skiptoken" in seen.params for seen in fake.requests] == [False, True, True]
    assert answer.origin.completeness.complete


def test_a_page_at_another_address_is_not_asked_for() -> None:
    class Elsewhere(FakeGraph):
        def _following(self, path: str, seen: Seen, start: int) -> str:
            return super()._following(path, seen, start).replace("127.0.0.1", "localhost")

    with Elsewhere(COLLECTIONS, page_size=2) as service:
        with pytest.raises(ServiceError, match="another address"):
            service.connect().query("security/alerts_v2")
        assert len(service.requests) == 1


def test_the_next_page_may_name_the_port_that_goes_without_saying() -> None:
    answer = {"value": [], "@odata.nextLink": f"{BASE.replace('.com/', '.com:443/')}/users?$skiptoken=x"}
    assert pages.page(reply(200, answer), odata.read("users", BASE), f"{BASE}/users").following.endswith("=x")


def test_collections_are_asked_as_often_as_they_may_be(fake: FakeGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "PACES", {("identityProtection", "identity/conditionalAccess"): (1, 0.2)})
    source = fake.connect(paced=True)
    began = time.monotonic()
    for _ in range(5):
        source.query("users?$top=1", cache="off")
    assert time.monotonic() - began < 0.2
    for _ in range(2):
        source.query("identityprotection/riskDetections?$top=1", cache="off", **DAY)
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("body", [{}, {"value": None}, {"error": {"code": "x", "message": "y"}}, {"value": "x"}])
def test_a_collection_is_a_list_or_no_answer(body: dict[str, Any]) -> None:
    with pytest.raises(ServiceError, match="no list of objects"):
        pages.page(reply(200, body), odata.read("users", BASE), f"{BASE}/users", listed=True)
    following = {**body, "@odata.nextLink": f"{BASE}/x?$skiptoken=1"}
    with pytest.raises(ServiceError, match="no list of objects"):
        pages.page(reply(200, following), odata.read("x", BASE), f"{BASE}/x")


def test_an_answer_in_part_is_incomplete(fake: FakeGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    warning = '199 - "Contoso/Sensor/504/10000"'
    partly = Answer(206, {"value": [{"id": "1"}]}, headers={"Warning": warning})
    monkeypatch.setattr(fake, "answer", lambda _: partly)
    completeness = fake.connect().query("security/alerts").origin.completeness
    assert not completeness.complete
    assert warning in completeness.notes[0]


def test_bounds_are_told(fake: FakeGraph) -> None:
    rows = fake.connect(most_rows=3).query("users?$count=true", cache="off")
    assert len(rows) == 3
    assert rows.origin.completeness.complete  # there were no more
    cut = fake.connect(most_rows=3).query("security/alerts_v2?$count=true")
    assert list(cut["id"]) == ["1", "2", "3"]
    assert cut.origin.completeness.cut
    assert cut.origin.completeness.notes == ("ended after 3 rows (most_rows); the service counts 5",)
    pages = fake.connect(most_pages=1).query("security/alerts_v2")
    assert len(pages) == 2
    assert not pages.origin.completeness.complete
    assert pages.origin.completeness.notes == ("ended after 1 pages (most_pages); there are more",)


def test_the_largest_page_is_asked_for(fake: FakeGraph) -> None:
    graph = fake.connect()
    for query, top in {
        "users": "999",
        "users?$top=5": "5",
        "users?$select=id,signInActivity": "500",
        "auditLogs/signIns": "1000",
        "security/alerts_v2": "",
        "users/u1/memberOf": "",
    }.items():
        graph.query(query, cache="off")
        assert option(fake.requests[-1], "$top") == top, query


def test_a_page_that_is_too_large_is_refused_by_the_service(fake: FakeGraph) -> None:
    with pytest.raises(QueryRejected, match="between 1 and 999"):
        fake.connect().query("users?$top=1000")


# Directory objects


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ("$filter=accountEnabled ne true", ["Bo", "Cy"]),
        ("$filter=not(accountEnabled eq true)", ["Bo", "Cy"]),
        ("$filter=endswith(userPrincipalName,'@contoso.com')", ["Anna", "Bo"]),
        ('$search="displayName:b"', ["Bo"]),
        ("$filter=startswith(userPrincipalName,'a') or displayName eq 'ne'&$orderby=displayName", ["Anna"]),
        ("$count=true", ["Anna", "Bo", "Cy"]),
    ],
)
def test_advanced_queries_say_that_they_are(fake: FakeGraph, options: str, names: list[str]) -> None:
    answer = fake.connect().query(f"users?{options}")
    assert sorted(answer["displayName"]) == names
    assert {seen.headers.get("consistencylevel") for seen in fake.requests} == {"eventual"}  # on every page


def test_others_do_not(fake: FakeGraph) -> None:
    graph = fake.connect()
    graph.query("users?$filter=displayName eq 'is ne not /$count'")
    graph.query("security/alerts_v2?$filter=severity ne 'high'")
    assert not any("consistencylevel" in seen.headers or "$count" in seen.params for seen in fake.requests)


def test_a_number_of_objects(fake: FakeGraph) -> None:
    answer = fake.connect().query("users/$count?$filter=accountEnabled eq true")
    assert answer.to_dicts() == [{"count": 1}]
    assert "$top" not in fake.requests[0].params


def test_one_object_and_what_it_is_part_of(fake: FakeGraph) -> None:
    graph = fake.connect()
    assert graph.query("users/anna@contoso.com").to_dicts()[0]["displayName"] == "Anna"
    assert graph.query("users({{id}})", id="bo@contoso.com").to_dicts()[0]["displayName"] == "Bo"
    groups = graph.query("users/u1/memberOf").to_polars()
    assert groups["@odata.type"].to_list() == ["#microsoft.graph.group", "#microsoft.graph.directoryRole"]
    assert groups["roleTemplateId"].to_list() == [None, "t"]
    with pytest.raises(QueryRejected, match="does not exist") as caught:
        graph.query("users/nobody")
    assert "Check the path" in caught.value.hint


# Rows


def test_scalars_are_columns_of_their_types_and_the_rest_is_json(fake: FakeGraph) -> None:
    frame = fake.connect().query("auditLogs/signIns", **DAY).to_polars()
    assert frame.columns[:3] == ["id", "createdDateTime", "userPrincipalName"]
    assert isinstance(frame.schema["createdDateTime"], pl.Datetime)
    assert frame.schema["isInteractive"] == pl.Boolean
    assert json.loads(frame["status"][0]) == {"errorCode": 50126, "failureReason": None}
    assert frame["riskEventTypes_v2"][0] == '["unlikelyTravel"]'
    assert frame["createdDateTime"].dt.timestamp("ns")[2] % 1_000_000_000 == 999_999_900
    assert frame["ipAddress"].to_list() == [None] * 3  # a column that is known and was not sent


def test_an_empty_answer_has_its_columns_and_says_why(fake: FakeGraph) -> None:
    answer = fake.connect().query("identityProtection/riskDetections", **DAY)
    assert answer.columns == list(collections()["identityprotection/riskdetections"].columns)
    assert any("has no rows of that time" in note for note in answer.origin.completeness.notes)


def test_columns_are_those_that_are_selected(fake: FakeGraph) -> None:
    graph = fake.connect()
    assert graph.query("users?$select=accountEnabled,id,extension_x").columns == ["accountEnabled", "id", "extension_x"]
    assert graph.query("users?$select=displayName&$expand=manager($select=id)").columns == ["displayName", "manager"]
    usual = graph.query("users").columns
    assert usual[:3] == ["id", "userPrincipalName", "displayName"]
    assert usual[-1] == "accountEnabled"  # it came although it is none of the usual ones


def test_what_is_not_known_is_typed_by_what_comes() -> None:
    rows = [
        {
            "n": 1,
            "r": 1.5,
            "b": True,
            "seenDateTime": "2026-03-01T10:00:00Z",
            "t": "x",
            "o": {"a": 1},
            "m": 1,
            "z": None,
        },
        {"n": 2, "r": 2, "b": False, "seenDateTime": None, "t": None, "o": None, "m": "two", "late": 7},
    ]
    with FakeGraph({"some/things": rows}, page_size=5) as service:
        frame = service.connect().query("some/things").to_polars()
    assert frame.schema["n"] == pl.Int64
    assert frame.schema["r"] == pl.Float64
    assert frame.schema["b"] == pl.Boolean
    assert isinstance(frame.schema["seenDateTime"], pl.Datetime)
    assert frame.schema["m"] == pl.String
    assert frame["m"].to_list() == ["1", "two"]
    assert (frame["o"].to_list(), frame["late"].to_list()) == (['{"a":1}', None], [None, 7])


def test_a_property_of_later_pages_becomes_a_column_then() -> None:
    rows = [{"id": str(number)} for number in range(4)] + [{"id": "4", "late": "x"}]
    with FakeGraph({"some/things": rows}, page_size=2) as service:
        graph = service.connect()
        assert graph.query("some/things").to_polars()["late"].to_list() == [None] * 4 + ["x"]
        with graph.stream("some/things") as frames:
            assert [frame.columns for frame in frames] == [["id"], ["id"], ["id", "late"]]


# Values


def test_values_are_literals_whatever_they_hold() -> None:
    texts = [text for text in HOSTILE if "\x00" not in text]
    users = [{"id": str(number), "displayName": text} for number, text in enumerate(texts)]
    with FakeGraph({"users": users}) as service:
        graph = service.connect()
        for number, text in enumerate(texts):
            alike = {user["id"] for user in users if user["displayName"].lower() == text.lower()}
            found = graph.query("users?$filter=displayName eq {{name}}&$select=id", name=text, cache="off")
            assert str(number) in found["id"].to_list()
            assert set(found["id"]) == alike
        two = graph.query("users?$filter=displayName in ({{names}})&$select=id", names=texts[:3], cache="off")
        assert set(two["id"]) >= {"0", "1", "2"}


@settings(deadline=None)
@given(TEXT)
def test_a_value_comes_through_the_address(value: str) -> None:
    from huntbook.query.dialects import dialects

    if "\x00" in value:
        return
    written = dialects["odata"].literal(value)
    asked = odata.read(f"users?$filter=displayName eq {written} and a eq 1&$top=5", BASE)
    node = fake_odata.parse(parse_qs(asked.below(BASE).partition("?")[2])["$filter"][0])
    assert isinstance(node, fake_odata.Both)
    assert node.left == fake_odata.Compare("eq", fake_odata.Path(("displayName",)), fake_odata.Literal(value))


# Questions


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("users", "users"),
        ("/users/", "users"),
        ("v1.0/users", "users"),
        (f"{BASE}/users?$top=5", "users?$top=5"),
        ("users?$filter=a eq 'b c'&$top=5", "users?$filter=a%20eq%20'b%20c'&$top=5"),
        (
            "users?$filter=a eq 'b & c # 100% ä'&top=5",
            "users?$filter=a%20eq%20'b%20%26%20c%20%23%20100%25%20%C3%A4'&top=5",
        ),
        ("users?$filter=a eq 'it''s & b'", "users?$filter=a%20eq%20'it''s%20%26%20b'"),
        ('users?$search="a:O\'Brien & x"&$top=1', "users?$search=%22a:O'Brien%20%26%20x%22&$top=1"),
        ("users?$filter=a+eq+'%C3%A4%20b'", "users?$filter=a+eq+'%C3%A4%20b'"),
        ("users\n  ?$filter=a eq 1\n  and b eq 2\n  &$top=5", "users?$filter=a%20eq%201%20and%20b%20eq%202&$top=5"),
        ("users('a b')/memberOf/$count", "users('a%20b')/memberOf/$count"),
        ("users/ä/manager", "users/%C3%A4/manager"),
    ],
)
def test_how_questions_are_sent(text: str, sent: str) -> None:
    assert odata.read(text, BASE).below(BASE) == f"{BASE}/{sent}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?$top=5",
        "https://evil.example/users",
        "http://graph.microsoft.com/v1.0/users",
        "https://graph.microsoft.com.evil.example/v1.0/users",
        "//evil.example/users//x",
        "users/../../me",
        "users/%2e%2e/me",
        "users//me",
        "a\\b",
        "users?$filter",
        "users?a b=c",
        "javascript:x",
    ],
)
def test_what_is_no_question_or_leads_elsewhere_is_refused(fake: FakeGraph, text: str) -> None:
    with pytest.raises(ParameterError):
        fake.connect().query(text)
    assert not fake.requests


FILTERS = st.recursive(
    st.sampled_from(["a eq 1", "b ne 'x or y'", "startswith(c,'(')", "d/any(x: x eq 'it''s')", "e in ('a', 'b')", "f"]),
    lambda inner: (
        st.builds("{0} {1} {2}".format, inner, st.sampled_from(["and", "or"]), inner)
        | st.builds("({0})".format, inner)
        | st.builds("not ({0})".format, inner)
    ),
    max_leaves=6,
)


@given(FILTERS)
def test_a_condition_beside_a_filter_binds_as_it_should(text: str) -> None:
    asked = odata.read(f"users?$filter={text}&$top=5", BASE).where(
        "t ge 2026-03-01T00:00:00Z and t lt 2026-03-02T00:00:00Z"
    )
    node = fake_odata.parse(asked.option("filter") or "")
    assert isinstance(node, fake_odata.Both)
    assert isinstance(node.left, fake_odata.Both)
    assert (node.operator, node.left.operator, node.left.left) == ("and", "and", fake_odata.parse(text))
    assert asked.option("top") == "5"


def test_explained_as_it_would_be_sent(fake: FakeGraph) -> None:
    graph = fake.connect()
    explained = graph.explain("users?$filter=accountEnabled ne {{on}}", on=True)
    assert explained == (
        f"GET {fake.url}/v1.0/users?$filter=accountEnabled%20ne%20true&$count=true&$top=999\n"
        "Prefer: include-unknown-enum-members\nConsistencyLevel: eventual"
    )
    assert graph.query("users?$filter=accountEnabled ne {{on}}", on=True).origin.native == explained
    assert fake.requests[0].headers["prefer"] == "include-unknown-enum-members"


def test_more_options_are_put_at_the_end(fake: FakeGraph) -> None:
    graph = fake.connect()
    answer = graph.query("security/alerts_v2?$filter=severity eq 'high'", add_query_items="&$select=id", **DAY)
    assert answer.to_dicts() == [{"id": "3"}]


# Errors


def test_a_permission_that_is_lacking_is_named() -> None:
    with FakeGraph(COLLECTIONS, permissions=["User.Read.All", "AuditLog.Read.All"]) as service:
        graph = service.connect()
        assert len(graph.query("users")) == 3
        for path, permission in {
            "security/alerts_v2": "SecurityAlert.Read.All",
            "auditLogs/signIns": "Directory.Read.All",
        }.items():
            with pytest.raises(AccessDenied, match="Insufficient privileges") as caught:
                graph.query(path)
            assert permission in caught.value.hint
            assert permission in str(caught.value)


def test_a_property_that_cannot_be_filtered_is_told(fake: FakeGraph) -> None:
    with pytest.raises(QueryRejected, match="Could not find a property named 'titel'"):
        fake.connect().query("security/alerts_v2?$filter=titel eq 'x'", **DAY)


def reply(status: int, document: object, **headers: str) -> Reply:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    spelled = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply("Microsoft Graph", status, spelled, io.BytesIO(body), len(body))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, QueryRejected),
        (401, AccessDenied),
        (403, AccessDenied),
        (404, QueryRejected),
        (429, RateLimited),
        (504, QueryTimeout),
    ],
)
def test_errors_by_their_kinds(status: int, kind: type[ServiceError]) -> None:
    document = {"error": {"code": "Some_Code", "message": "In words.", "innerError": {}}}
    error = pages.complain(reply(status, document, retry_after="7"))
    assert type(error) is kind
    assert "Some_Code: In words." in error.message
    assert error.hint
    assert getattr(error, "retry_after", 7) == 7
    assert getattr(error, "stale", False) is (status == 401)


def test_errors_of_others_are_left_to_their_status() -> None:
    assert pages.complain(reply(502, b"bad gateway")) is None
    assert pages.complain(reply(500, {"error": {"code": "UnknownError", "message": ""}})) is None


@pytest.mark.parametrize("document", [b"<html>", b"[]", b'{"value": ['])
def test_what_is_no_answer_is_told(document: bytes) -> None:
    class Odd(FakeGraph):
        def answer(self, _: Seen) -> Answer:
            return Answer(body=document)

    with Odd({}) as service, pytest.raises(ServiceError, match="cannot be read"):
        service.connect().query("users")


def test_lists_of_other_things_than_objects() -> None:
    asked = odata.read("users/u1/businessPhones", BASE)
    assert pages.page(reply(200, {"value": ["a", "b"]}), asked, BASE).rows == [{"value": "a"}, {"value": "b"}]
    assert pages.page(reply(200, {"value": "x"}), asked, BASE).rows == [{"value": "x"}]


# Where it is


class Scopes:
    """A credential that remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def get_token(self, *scopes: str, **_: Any) -> Any:
        self.asked += scopes
        return type("Token", (), {"token": "t", "expires_on": 4e9})()


@pytest.mark.parametrize(
    ("given_settings", "base", "scope"),
    [
        ({}, BASE, "https://graph.microsoft.com/.default"),
        ({"version": "beta"}, "https://graph.microsoft.com/beta", "https://graph.microsoft.com/.default"),
        ({"cloud": "usgov"}, "https://graph.microsoft.us/v1.0", "https://graph.microsoft.us/.default"),
        (
            {"cloud": "china"},
            "https://microsoftgraph.chinacloudapi.cn/v1.0",
            "https://microsoftgraph.chinacloudapi.cn/.default",
        ),
    ],
)
def test_where_it_is_and_what_a_token_is_for(given_settings: dict[str, Any], base: str, scope: str) -> None:
    credential = Scopes()
    driver = Graph(Graph.Settings(credential=credential, **given_settings))
    assert driver._http.sign is not None
    asyncio.run(driver._http.sign(False))  # type: ignore[arg-type]  # noqa: FBT003
    assert driver._base == base
    assert credential.asked == [scope]


def test_its_tables_are_the_collections_that_are_known(fake: FakeGraph) -> None:
    graph = fake.connect()
    assert {"security/alerts_v2", "users", "auditLogs/signIns"} <= set(graph.tables)
    assert "userPrincipalName" in graph.tables["users"].columns
    assert not fake.requests


def test_what_is_known_of_collections_is_sound() -> None:
    for path, each in collections().items():
        assert path == each.path.lower()
        assert each.permission
        assert each.about
        assert not each.time or each.time in each.columns
        assert set(each.shown) <= set(each.columns)
        assert each.until in ("lt", "le")


def test_the_page_of_the_source_names_every_permission() -> None:
    page = (Path(__file__).parents[2] / "docs" / "sources" / "graph.md").read_text(encoding="utf-8")
    for each in collections().values():
        assert f"| `{each.path}` |" in page
        assert all(permission in page for permission in each.permission.split(" and "))
        assert f"https://learn.microsoft.com/graph/api/{each.page}" in page


def test_signing_in_is_asked_of_whoever_connects() -> None:
    graph = hb.connect("graph", tenant="contoso.com", credential=Scopes())
    assert repr(graph) == "Microsoft Graph contoso.com"
    with pytest.raises(HuntbookError):
        hb.connect("graph", tenant="contoso.com", version="v2.0", credential=Scopes())


def test_times_are_utc(fake: FakeGraph) -> None:
    (row,) = fake.connect().query("security/alerts_v2?$filter=id eq '3'", **DAY).to_dicts()
    assert row["createdDateTime"] == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert unquote(fake.requests[0].params["$filter"]).startswith("(id eq '3') and")
    assert SPAN  # the contract's day, of which the other tests are
