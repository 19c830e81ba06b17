"""Azure Resource Graph, against its fake service."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huntbook.core.result import Result
from huntbook.errors import (
    AccessDenied,
    ConfigError,
    QueryRejected,
    RateLimited,
    ServiceError,
    UnknownName,
)
from huntbook.testing import FakeResourceGraph, kql
from huntbook.testing.contract import Row, SourceContract
from huntbook.testing.service import Answer, Seen

INSIDE = "Resources | where Time between ({{start}} .. {{end}})"


class TestContract(SourceContract):
    everything = f"{INSIDE} | sort by Time asc"
    nothing_matched = f"{INSIDE} | where Number == -1"
    wrong = f"{INSIDE} | where"
    limits = False  # what does not fit a page comes with the next

    def service(self, rows: list[Row], **options: Any) -> FakeResourceGraph:
        table = pl.DataFrame(
            [(f"/r/{row[1]}", *row) for row in rows],
            schema={"id": pl.String, "Time": pl.Datetime("us", "UTC"), "Number": pl.Int64, "Text": pl.String},
            orient="row",
        )
        return FakeResourceGraph(tables={"Resources": table}, page=20, **options)

    def read(self, answer: pl.DataFrame) -> list[Row]:
        return answer.select("Time", "Number", "Text").rows()


SUB1, SUB2 = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
MACHINE = "microsoft.compute/virtualmachines"
RESOURCES = [
    {
        "id": f"/r/{n}",
        "name": f"web{n:02}",
        "type": MACHINE,
        "location": "westeurope",
        "subscriptionId": sub,
        "properties": {"n": n},
    }
    for n, sub in enumerate((SUB1, SUB1, SUB2))
]
CONTAINERS = [
    {"id": f"/subscriptions/{sub}", "name": name, "type": "microsoft.resources/subscriptions", "subscriptionId": sub}
    for sub, name in ((SUB1, "Production"), (SUB2, "Test"))
]


@pytest.fixture
def service() -> Iterator[FakeResourceGraph]:
    tables = {"Resources": RESOURCES, "ResourceContainers": CONTAINERS}
    with FakeResourceGraph(tables=tables, groups={"mg": [SUB2]}) as service:
        yield service


def names(answer: Result) -> list[str]:
    return sorted(answer["name"].to_list())


class Says(FakeResourceGraph):
    """An API that gives the same answers to every question, one after the other."""

    told: list[Answer]

    def answer(self, seen: Seen) -> Answer:
        return self.told.pop(0) if len(self.told) > 1 else self.told[0]


def says(*told: Answer) -> Says:
    made = Says(tables={})
    made.told = list(told)
    return made


def page(rows: list[Any], *columns: str, **more: Any) -> dict[str, Any]:
    named = [dict(zip(("name", "type"), each.split(":"), strict=True)) for each in columns or ("name:string",)]
    about = {"totalRecords": len(rows), "count": len(rows), "resultTruncated": "false", "facets": []}
    return {**about, "data": {"columns": named, "rows": rows}, **more}


class TestWhatIsSent:
    def test_the_query_and_how_it_is_to_be_answered(self, service: FakeResourceGraph) -> None:
        service.connect().query("Resources | project id, name")
        (seen,) = service.requests
        assert (seen.method, seen.path) == ("POST", "/providers/Microsoft.ResourceGraph/resources")
        assert seen.params == {"api-version": "2024-04-01"}
        assert seen.json == {
            "query": "Resources | project id, name",
            "options": {"resultFormat": "table", "$top": 1000, "allowPartialScopes": True},
        }

    def test_all_subscriptions_unless_some_are_named(self, service: FakeResourceGraph) -> None:
        assert names(service.connect().query("Resources")) == ["web00", "web01", "web02"]
        assert names(service.connect(subscriptions=[SUB1]).query("Resources")) == ["web00", "web01"]
        assert service.requests[-1].json["subscriptions"] == [SUB1]
        assert "allowPartialScopes" not in service.requests[-1].json["options"]

    def test_subscriptions_may_be_named(self, service: FakeResourceGraph) -> None:
        azure = service.connect(subscriptions=["test", SUB1])
        assert len(azure.query("Resources")) == 3
        assert service.requests[-1].json["subscriptions"] == [SUB2, SUB1]
        azure.query("Resources | count")
        assert len(service.requests) == 3  # the names were looked up once
        with pytest.raises(UnknownName, match="'Tset'") as caught:
            service.connect(subscriptions=["Tset"]).query("Resources")
        assert caught.value.hint

    def test_a_subscription_s_name_is_a_value(self, service: FakeResourceGraph) -> None:
        with pytest.raises(UnknownName):
            service.connect(subscriptions=["x') or true //"]).query("Resources")

    def test_two_subscriptions_of_one_name_are_told(self) -> None:
        twins = [{**each, "name": "Twin"} for each in CONTAINERS]
        with (
            FakeResourceGraph(tables={"ResourceContainers": twins}) as service,
            pytest.raises(ConfigError, match="Twin"),
        ):
            service.connect(subscriptions=["Twin"]).query("ResourceContainers")

    def test_management_groups(self, service: FakeResourceGraph) -> None:
        azure = service.connect(management_groups=["mg"])
        assert names(azure.query("Resources")) == ["web02"]
        assert service.requests[-1].json["managementGroups"] == ["mg"]
        assert "mg" in azure.name
        with pytest.raises(ConfigError, match="Both"):
            service.connect(management_groups=["mg"], subscriptions=[SUB1])

    def test_a_query_may_begin_without_a_table(self, service: FakeResourceGraph) -> None:
        azure = service.connect()
        assert names(azure.query("where name == 'web01'")) == ["web01"]
        assert names(azure.query("resources | where name == {{name}}", name="web02")) == ["web02"]


class TestPages:
    def test_page_after_page_until_there_is_none(self) -> None:
        rows = [{"id": f"/r/{n}", "name": f"n{n:04}"} for n in range(2500)]
        with FakeResourceGraph(tables={"Resources": rows}) as service:
            answer = service.connect().query("Resources | project id, name | sort by id asc")
        assert names(answer) == [row["name"] for row in rows]
        assert answer.origin.completeness.complete
        tokens = [seen.json["options"].get("$skipToken") for seen in service.requests]
        assert (len(tokens), tokens[0]) == (3, None)
        assert len(set(tokens)) == 3

    def test_rows_that_are_not_paged_are_told(self) -> None:
        rows = [{"id": f"/r/{n}", "properties": {"n": n}} for n in range(1500)]
        with FakeResourceGraph(tables={"Resources": rows}) as service:
            azure = service.connect()
            for query, there in {"Resources | take 1200": 1200, "Resources | project properties": 1500}.items():
                answer = azure.query(query)
                assert len(answer) == 1000
                completeness = answer.origin.completeness
                assert (completeness.complete, completeness.cut) == (False, False)
                assert f"1,000 rows of {there:,}" in completeness.notes[0]
            assert azure.query("Resources | take 900").origin.completeness.complete

    def test_rows_that_pages_have_twice_stand_for_others_that_are_missing(self) -> None:
        def pages() -> list[Answer]:
            first = {**page([["a"], ["b"]], totalRecords=4), "$skipToken": "more"}
            return [Answer(json=first), Answer(json=page([["b"], ["c"]], totalRecords=4))]

        with says(*pages()) as service:
            unsteady = service.connect().query("Resources | project name").origin.completeness
        assert not unsteady.complete
        assert "sort by id asc" in unsteady.notes[0]
        with says(*pages()) as service:
            assert service.connect().query("Resources | sort by id asc | project name").origin.completeness.complete

    def test_truncated_and_full_is_incomplete_whatever_the_count_says(self) -> None:
        with says(Answer(json=page([["x"]] * 1000, resultTruncated="true"))) as service:
            assert not service.connect().query("Resources").origin.completeness.complete
        with says(
            Answer(json=page([["x"]], resultTruncated="true"))
        ) as service:  # fewer were there than were asked for
            assert service.connect().query("Resources").origin.completeness.complete

    def test_a_page_that_is_too_large_is_asked_for_in_less(self) -> None:
        rows = [{"id": f"/r/{n}", "name": f"n{n:04}", "properties": {"text": "x" * 2000}} for n in range(600)]
        with FakeResourceGraph(tables={"Resources": rows}, largest=600_000) as service:
            answer = service.connect().query("Resources | project id, name, properties")
        assert len(answer) == 600
        assert answer.origin.completeness.complete
        assert [seen.json["options"]["$top"] for seen in service.requests] == [1000, 500, 250, 250, 250]

    def test_one_row_that_is_too_large_is_told(self) -> None:
        with (
            FakeResourceGraph(tables={"Resources": RESOURCES}, largest=10) as service,
            pytest.raises(QueryRejected) as caught,
        ):
            service.connect().query("Resources")
        assert "16 MB" in caught.value.hint

    def test_pages_without_an_end_are_an_error(self) -> None:
        endless = Answer(json={**page([["x"]]), "$skipToken": "again"})
        with says(endless) as service, pytest.raises(ServiceError, match="itself"):
            service.connect().query("Resources")

    def test_subscriptions_that_were_not_asked_are_told(self) -> None:
        some = Answer(json=page([["x"]]), headers={"x-ms-tenant-subscription-limit-hit": "true"})
        with says(some) as service:
            completeness = service.connect().query("Resources").origin.completeness
        assert not completeness.complete
        assert "some were not asked" in completeness.notes[0]

    @settings(max_examples=25, deadline=None)
    @given(st.integers(0, 60), st.integers(1, 17))
    def test_no_row_is_lost_between_pages(self, count: int, size: int) -> None:
        table = pl.DataFrame({"id": [f"/r/{n:03}" for n in range(count)]}, schema={"id": pl.String})
        with FakeResourceGraph(tables={"Resources": table}, page=size) as service:
            answer = service.connect().query("Resources | project id | sort by id asc", cache="off")
        assert answer["id"].to_list() == table["id"].to_list()


class TestValues:
    def test_values_are_typed_and_what_is_no_text_is_json(self) -> None:
        columns = ("s:string", "i:integer", "n:number", "b:boolean", "o:object", "d:datetime")
        rows = [["x", 2**40, 1.5, True, {"a": [1]}, "2026-03-01T10:00:00Z"], ["", None, None, None, "text", None]]
        with says(Answer(json=page(rows, *columns))) as service:
            answer = service.connect().query("Resources").to_polars()
        assert answer.rows()[0][:5] == ("x", 2**40, 1.5, True, '{"a":[1]}')
        assert answer["d"].dtype == pl.Datetime("us", "UTC")
        assert answer["o"].to_list() == ['{"a":[1]}', '"text"']

    @pytest.mark.parametrize("told", [{}, [], {"data": []}, page([[1, 2]]), {**page([]), "totalRecords": "x"}])
    def test_what_is_no_answer_is_told(self, told: Any) -> None:
        with says(Answer(json=told)) as service, pytest.raises(ServiceError, match="cannot be read"):
            service.connect().query("Resources")


class TestSpans:
    @pytest.mark.parametrize("split", [None, "6h", "auto"])
    def test_a_span_makes_no_difference_and_that_is_told(self, service: FakeResourceGraph, split: str | None) -> None:
        answer = service.connect().query("Resources", last="2d", split=split)
        assert len(answer) == 3
        assert len(service.requests) == 1
        assert answer.origin.span is None
        assert answer.origin.completeness.complete
        assert "what is there now" in answer.origin.completeness.notes[0]

    def test_a_query_says_the_span_itself(self, service: FakeResourceGraph) -> None:
        query = (
            "Resources | extend t = datetime(2026-03-01) + properties.n * 1d | where t between ({{start}} .. {{end}})"
        )
        answer = service.connect().query(query, start="2026-03-02", end="2026-03-03")
        assert names(answer) == ["web01"]
        assert answer.origin.span is not None


class TestQuota:
    def test_it_waits_until_there_is_room_again(self) -> None:
        with FakeResourceGraph(tables={"Resources": RESOURCES}, quota=3, window=0.3) as service:
            azure = service.connect()
            began = time.monotonic()
            for n in range(7):
                azure.query(f"Resources | extend n = {n}")
            assert time.monotonic() - began > 0.4
        assert len(service.requests) == 7  # none was refused

    def test_a_refusal_says_how_long_to_wait(self) -> None:
        busy = Answer(
            429,
            {"error": {"code": "RateLimiting", "message": "Please provide below info when asking for support: x"}},
            headers={"x-ms-user-quota-resets-after": "00:00:00.2"},
        )
        with says(busy, Answer(json=page([["x"]]))) as service:
            began = time.monotonic()
            assert len(service.connect().query("Resources")) == 1
            assert time.monotonic() - began > 0.19
        with says(busy) as service, pytest.raises(RateLimited) as caught:
            service.connect().query("Resources")
        assert caught.value.retry_after == 0.2


class TestErrors:
    def test_a_query_that_is_refused_says_where(self, service: FakeResourceGraph) -> None:
        with pytest.raises(QueryRejected) as caught:
            service.connect().query("Resources\n| where Nothing == 1")
        assert caught.value.position == (2, 9)
        assert "Nothing" in caught.value.message
        assert "Please provide" not in caught.value.message

    def test_a_table_that_is_not_there(self, service: FakeResourceGraph) -> None:
        with pytest.raises(QueryRejected, match="Absent is invalid, unsupported or disallowed"):
            service.connect().query("Absent | take 1")

    def test_what_the_account_may_not_see(self) -> None:
        told = {"error": {"code": "AuthorizationFailed", "message": "The client is not authorised."}}
        with says(Answer(403, told)) as service, pytest.raises(AccessDenied, match="not authorised") as caught:
            service.connect().query("Resources")
        assert "Reader" in caught.value.hint

    def test_nothing_that_points_elsewhere_is_followed(self, service: FakeResourceGraph) -> None:
        with says(Answer(307, headers={"Location": service.url})) as wrong:
            azure = wrong.connect()
            with pytest.raises(ServiceError, match="points elsewhere"):
                azure.query("Resources")
        assert service.requests == []


class TestTables:
    def test_they_are_known_without_asking(self, service: FakeResourceGraph) -> None:
        azure = service.connect()
        assert azure.tables["Resources"].columns[:3] == ("id", "name", "type")
        assert azure.tables["SecurityResources"].about
        assert service.requests == []

    def test_why_an_answer_is_empty(self, service: FakeResourceGraph) -> None:
        azure = service.connect()
        assert "none matched" in azure.query("resources | where name == 'x'").origin.completeness.notes[0]
        service.database, service.schema = kql.given({"Resources": pl.DataFrame({"id": []}, schema={"id": pl.String})})
        azure = service.connect()  # what a table holds is remembered for a while
        assert "has no rows" in azure.query("where name == 'x'", cache="off").origin.completeness.notes[0]

    def test_prepared_queries_are_asked_here(self, service: FakeResourceGraph) -> None:
        answer = service.connect().queries.azure_resources.resources(kind="virtualmachines")
        assert names(answer) == ["web00", "web01", "web02"]
