"""A fake Log Analytics workspace: the query API, the metadata of tables, and Azure Resource Manager's list of workspaces."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final
from uuid import NAMESPACE_URL, uuid5

from huntbook.core.timespan import TimeSpan
from huntbook.errors import HuntbookError, KqlError
from huntbook.query.kql.shape import tables_read
from huntbook.sources._base import Question
from huntbook.testing import kql
from huntbook.testing._ingestion import RULES, Ingestion
from huntbook.testing.service import Answer, FakeService, Seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from huntbook.core.frames import Table
    from huntbook.query.kql import Compiled
    from huntbook.sources._kql.database import KqlDatabase
    from huntbook.testing.faults import Faults

SUBSCRIPTION: Final = "00000000-0000-0000-0000-000000000001"
_QUERY: Final = re.compile(r"/v1/workspaces/([^/]+)/(query|search|metadata)")
_JOB: Final = re.compile(r"/subscriptions/.+/workspaces/[^/]+/tables/(\w+_SRCH)")


class FakeSentinel(FakeService):
    """A workspace of Sentinel on loopback that runs KQL: on a folder of logs, or on tables that you give.

    Args:
        evidence: a folder of logs, as for `connect("local", …)`.
        tables: tables by name, in place of a folder; those that Microsoft documents have all their columns.
        workspaces: the names of the workspaces; all of them have the same tables, unless `per_workspace` says otherwise.
        per_workspace: other tables for some workspaces.
        most_rows: where the service cuts its answers.
        faults: what goes wrong.
        now: what `now()` in queries goes by.

    Example:
        service = FakeSentinel("evidence/")
        sentinel = service.connect()
    """

    source: ClassVar[str] = "sentinel"

    def __init__(
        self,
        evidence: str | Path | None = None,
        *,
        tables: Mapping[str, Table] | None = None,
        workspaces: Sequence[str] = ("contoso",),
        per_workspace: Mapping[str, Mapping[str, Table]] | None = None,
        most_rows: int = 500_000,
        faults: Faults | None = None,
        now: datetime | None = None,
    ) -> None:
        self.database, self.schema = (
            kql.given(tables or {}, now) if evidence is None else kql.evidence(str(evidence), now)
        )
        self._own = {name: kql.given(each, now) for name, each in (per_workspace or {}).items()}
        self.jobs: dict[str, tuple[KqlDatabase, kql.Schema]] = {}  # search jobs by name, and their answers
        self._looked_at: set[str] = set()
        self.workspaces = {name: str(uuid5(NAMESPACE_URL, f"huntbook:{name}")) for name in workspaces}
        self.most_rows = most_rows
        self.ingestion = Ingestion()  # takes rows for Evidence_CL
        super().__init__(faults=faults)

    def settings(self) -> dict[str, Any]:
        """The first workspace, here, with a credential that is taken, asked as often as anybody likes."""
        return {
            "workspace": next(iter(self.workspaces)),
            "endpoint": self.url,
            "arm_endpoint": self.url,
            "ingestion": self.url,
            "rules": dict.fromkeys(self.ingestion.received, self.ingestion.rule),
            "credential": self.credential(),
            "paced": False,
        }

    def answer(self, seen: Seen) -> Answer:
        """Answer as the API would."""
        return self.ingestion.answer(seen) if RULES.fullmatch(seen.path) else self._asked(seen)

    def _asked(self, seen: Seen) -> Answer:
        if seen.path == "/subscriptions":
            return Answer(json={"value": [{"subscriptionId": SUBSCRIPTION, "displayName": "Contoso"}]})
        if found := re.fullmatch(
            r"/subscriptions/[^/]+/providers/Microsoft\.OperationalInsights/workspaces", seen.path
        ):
            return Answer(json={"value": [self._resource(name) for name in self.workspaces]})
        if found := re.fullmatch(r"/subscriptions/.+/workspaces/([^/]+)", seen.path):
            return (
                Answer(json=self._resource(found[1])) if found[1] in self.workspaces else _missing("ResourceNotFound")
            )
        if found := _JOB.fullmatch(seen.path):
            return self._job(seen, found[1])
        found = _QUERY.fullmatch(seen.path)
        name = next((name for name, id_ in self.workspaces.items() if found and id_ == found[1]), None)
        if found is None or name is None:
            return _missing("WorkspaceNotFoundError")
        database, schema = self._own.get(name, (self.database, self.schema))
        return (
            Answer(json=_metadata(schema))
            if found[2] == "metadata"
            else self._query(seen, database, body_has_span=found[2] == "query")
        )

    def _resource(self, name: str) -> dict[str, Any]:
        group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/soc/providers/Microsoft.OperationalInsights"
        return {
            "id": f"{group}/workspaces/{name}",
            "name": name,
            "location": "westeurope",
            "properties": {"customerId": self.workspaces[name]},
        }

    def _job(self, seen: Seen, name: str) -> Answer:
        """A search job: it begins, is seen under way once, and is done."""
        if seen.method == "PUT":
            search = seen.json["properties"]["searchResults"]
            span = TimeSpan(
                datetime.fromisoformat(search["startSearchTime"]), datetime.fromisoformat(search["endSearchTime"])
            )
            try:
                compiled = self.database.compile(Question(search["query"], "kql", span))
                frame = next(iter(self.database.frames(compiled))).head(search["limit"])
            except KqlError as error:
                return _bad(error.message, {"code": "InvalidSearchQuery", "message": error.message})
            self.jobs[name] = kql.given({name: frame})
            return Answer(202, {"name": name, "properties": {"provisioningState": "Updating"}})
        if name not in self.jobs:
            return _missing("ResourceNotFound")
        if seen.method == "DELETE":
            del self.jobs[name]
            return Answer(202, {})
        state = "Succeeded" if name in self._looked_at else "InProgress"
        self._looked_at.add(name)
        return Answer(json={"name": name, "properties": {"provisioningState": state, "plan": "Analytics"}})

    def _query(self, seen: Seen, database: KqlDatabase, *, body_has_span: bool) -> Answer:
        """Run a query. What the search of basic tables is told of time stands in its address, as its page has it."""
        body = seen.json
        if not isinstance(body, dict) or not isinstance(body.get("query"), str):
            return _bad("The request had some invalid properties", {"code": "QueryNotSpecified", "message": "no query"})
        try:
            span = (body if body_has_span else seen.params).get("timespan")
            question = Question(body["query"], "kql", kql.span_of(span))
            self.about(question.span)
            made = {**self.jobs, **self.ingestion.tables}
            name = next((name for name in tables_read(question.text) if name in made), None)
            database = made[name][0] if name else database
            compiled = database.compile(question)
            rows = kql.rows(database, compiled, self.most_rows + 1)
        except KqlError as error:
            inner = {
                "code": "SyntaxError",
                "message": error.message,
                "line": error.line,
                "pos": max(error.column - 1, 0),
            }
            return _bad(
                "The request had some invalid properties", inner if error.line else {**inner, "line": None, "pos": None}
            )
        except HuntbookError as error:
            return _bad("The request had some invalid properties", {"code": "SemanticError", "message": error.message})
        return Answer(body=self._written(compiled, rows))

    def _written(self, compiled: Compiled, rows: Iterator[list[list[Any]]]) -> Iterator[bytes]:
        columns = [{"name": column.name, "type": column.type.value} for column in compiled.columns]
        yield b'{"tables":[{"name":"PrimaryResult","columns":%b,"rows":[' % json.dumps(columns).encode()
        given, between = 0, b""
        for part in rows:
            shown = part[: self.most_rows - given]
            given += len(part)
            if shown:
                yield between + json.dumps(shown, ensure_ascii=False, separators=(",", ":"))[1:-1].encode(
                    "utf-8", "replace"
                )
                between = b","
        yield b"]}]"
        if compiled.chart is not None:
            yield b',"render":%b' % json.dumps({"visualization": compiled.chart.kind}).encode()
        if given > self.most_rows:
            yield b',"error":%b' % json.dumps(_cut(self.most_rows)).encode()
        yield b"}"


def _metadata(schema: kql.Schema) -> dict[str, Any]:
    tables = [
        {
            "id": name,
            "name": name,
            "columns": [{"name": column, "type": kind.value} for column, kind in columns.items()],
        }
        for name, columns in schema.items()
    ]
    return {"tables": tables}


def _bad(message: str, inner: dict[str, Any]) -> Answer:
    return Answer(400, {"error": {"message": message, "code": "BadArgumentError", "innererror": inner}})


def _missing(code: str) -> Answer:
    return Answer(404, {"error": {"message": "The resource was not found.", "code": code}})


def _cut(most: int) -> dict[str, Any]:
    inner = {
        "code": "-2133196797",
        "message": f"The results of this query exceed the set limit of {most} records.",
        "severity": 2,
    }
    message = "Something went wrong processing your query on the server."
    details = [{"code": "EngineError", "message": message, "innererror": inner}]
    return {"code": "PartialError", "message": "There were some errors when processing your query.", "details": details}
