"""A fake Azure Resource Graph: pages, scopes, the quota, and errors as the service writes them."""

from __future__ import annotations

import hashlib
import json
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any, ClassVar, Final

from huntbook.errors import HuntbookError, KqlError
from huntbook.query.dialects import dialects
from huntbook.query.kql import Type
from huntbook.query.kql.shape import tables_read
from huntbook.query.parameters import Kind
from huntbook.sources._base import Question
from huntbook.testing import kql
from huntbook.testing.service import Answer, FakeService, Refusal, Seen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from huntbook.core.frames import Table
    from huntbook.query.kql import Compiled
    from huntbook.testing.faults import Faults

_PATH: Final = "/providers/Microsoft.ResourceGraph/resources"
_OPERATOR: Final = re.compile(r"\s*(?:where|project|extend|summarize|distinct|order|sort|top|take|limit|count)\b")
_UNPAGED: Final = re.compile(r"\|\s*(?:take|limit|sample)\b")
_NAMES: Final = {
    Type.INT: "integer",
    Type.LONG: "integer",
    Type.REAL: "number",
    Type.DECIMAL: "number",
    Type.BOOL: "boolean",
    Type.DATETIME: "datetime",
    Type.DYNAMIC: "object",
}


class FakeResourceGraph(FakeService):
    """Azure Resource Graph on loopback that runs KQL on tables that you give, or on a folder of logs.

    Args:
        evidence: a folder, as for `connect("local", …)`.
        tables: tables by name, in place of a folder; those that are documented have all their columns.
        groups: management groups, each with the ids of its subscriptions.
        page: rows of a page at most.
        largest: bytes of a page at most.
        quota: questions that may be asked within `window` seconds; 0 for any number.
        window: of the quota.
        faults: what goes wrong.
        now: what `now()` in queries goes by.

    Example:
        service = FakeResourceGraph(tables={"Resources": [{"id": "/subscriptions/s1/…", "name": "web01", "subscriptionId": "s1"}]})
        azure = service.connect()
    """

    source: ClassVar[str] = "resource_graph"

    def __init__(
        self,
        evidence: str | Path | None = None,
        *,
        tables: Mapping[str, Table] | None = None,
        groups: Mapping[str, Sequence[str]] | None = None,
        page: int = 1_000,
        largest: int = 16_777_216,
        quota: int = 0,
        window: float = 5.0,
        faults: Faults | None = None,
        now: datetime | None = None,
    ) -> None:
        self.database, self.schema = (
            kql.given(tables or {}, now) if evidence is None else kql.evidence(str(evidence), now)
        )
        self.groups = dict(groups or {})
        self.page = page
        self.largest = largest
        self.quota = quota
        self.window = window
        self._asked: list[float] = []
        super().__init__(faults=faults)

    def settings(self) -> dict[str, Any]:
        """All subscriptions, here, with a credential that is taken."""
        return {"endpoint": self.url, "credential": self.credential()}

    def answer(self, seen: Seen) -> Answer:
        """Answer as the API would."""
        body = seen.json
        if (seen.method, seen.path) != ("POST", _PATH) or not seen.params.get("api-version"):
            return Answer(404, {"error": {"code": "NotFound", "message": "There is nothing here."}})
        quota = self._quota()
        if not isinstance(body, dict) or not isinstance(body.get("query"), str):
            raise _refused("InvalidQuery", "The request has no query.")
        page = self._page(body)
        if len(json.dumps(page)) > self.largest:
            told = f"Response payload size is {len(json.dumps(page))}, and has exceeded the limit of {self.largest}."
            raise _refused("ResponsePayloadTooLarge", f"{told} Please consider querying less data at a time.")
        return Answer(json=page, headers=quota)

    def _quota(self) -> dict[str, str]:
        """What every answer says of the quota; a question too many is refused."""
        now = time.monotonic()
        self._asked = [asked for asked in self._asked if asked > now - self.window] if self.quota else []
        rest = self.window - (now - self._asked[0]) if self._asked else self.window
        told = {"x-ms-user-quota-resets-after": f"00:00:{rest:.2f}"}
        if self.quota and len(self._asked) >= self.quota:
            detail = {"code": "RateLimiting", "message": "Client application has been throttled."}
            raise Refusal(Answer(429, _error("RateLimiting", [detail]), headers=told))
        self._asked.append(now)
        return {**told, "x-ms-user-quota-remaining": str(self.quota - len(self._asked) if self.quota else 14)}

    def _page(self, body: dict[str, Any]) -> dict[str, Any]:
        text, options = body["query"], body.get("options") or {}
        named = kql.BETWEEN.search(text)
        self.about(kql.span_of("/".join(named.groups())) if named else None)
        before = self._before(text, body)
        compiled, rows = self._answered(text, f"{before}Resources | " if _OPERATOR.match(text) else before)
        known = hashlib.sha256(json.dumps([text, before]).encode()).hexdigest()
        start = _start(options.get("$skipToken"), known)
        stop = min(start + min(int(options.get("$top", 100)), self.page), len(rows))
        paged = not _UNPAGED.search(text) and any(column.type is not Type.DYNAMIC for column in compiled.columns)
        page: dict[str, Any] = {
            "totalRecords": len(rows),
            "count": stop - start,
            "data": _data(compiled, rows[start:stop], options.get("resultFormat", "objectArray")),
            "facets": [],
            "resultTruncated": "true" if stop < len(rows) and not paged else "false",
        }
        if stop < len(rows) and paged:
            page["$skipToken"] = urlsafe_b64encode(json.dumps([stop, known]).encode()).decode()
        return page

    def _answered(self, text: str, before: str) -> tuple[Compiled, list[list[Any]]]:
        try:
            compiled = self.database.compile(Question(before + text, "kql"))
            return compiled, [row for part in kql.rows(self.database, compiled, trees=True) for row in part]
        except KqlError as error:
            raise self._complaint(error, text, len(before)) from error
        except HuntbookError as error:
            raise _refused("InvalidQuery", error.message) from error

    def _complaint(self, error: KqlError, text: str, before: int) -> Refusal:
        absent = next((name for name in tables_read(text) if name.lower() not in map(str.lower, self.schema)), "")
        if absent:
            return _refused(
                "DisallowedLogicalTableName", f"Table {absent} is invalid, unsupported or disallowed.", {"line": None}
            )
        column = error.column - 1 - before * (error.line == 1)
        place = {"line": error.line, "characterPositionInLine": column, "token": error.near or "<EOF>"}
        return _refused(
            "InvalidQuery", "Query is invalid.", {"code": "ParserFailure", "message": error.message, **place}
        )

    def _before(self, text: str, body: Mapping[str, Any]) -> str:
        """What gives a query the rows of its scope only, and tables their names in any case."""
        kql_dialect = dialects["kql"]
        scope = body.get("subscriptions")
        for group in body.get("managementGroups") or ():
            if group not in self.groups:
                raise _refused("BadRequest", f"There is no management group {group!r}.")
            scope = [*(scope or ()), *self.groups[group]]
        inside = "" if scope is None else f" | where subscriptionId in~ ({kql_dialect.literal(scope, Kind.LIST)})"
        known = {name.lower(): name for name in self.schema}
        read = tables_read(f"Resources | {text}" if _OPERATOR.match(text) else text)
        return "".join(
            f"let {name} = {known[name.lower()]}{inside};"
            for name in read
            if name.lower() in known and (inside or name not in self.schema)
        )


def _start(token: Any, known: str) -> int:
    """Where a page begins; a token of another question is refused."""
    if not token:
        return 0
    try:
        start, of = json.loads(urlsafe_b64decode(str(token)))
    except ValueError:
        start, of = 0, ""
    if of != known:
        raise _refused("InvalidSkipToken", "The skip token is not of this query.")
    return int(start)


def _data(compiled: Compiled, rows: list[list[Any]], form: str) -> Any:
    names = [column.name for column in compiled.columns]
    if form == "objectArray":
        return [dict(zip(names, row, strict=True)) for row in rows]
    columns = [{"name": column.name, "type": _NAMES.get(column.type, "string")} for column in compiled.columns]
    return {"columns": columns, "rows": rows}


def _error(code: str, details: list[dict[str, Any]]) -> dict[str, Any]:
    support = "Please provide below info when asking for support: timestamp = 2026-03-01T00:00:00Z, correlationId = 0."
    return {"error": {"code": code, "message": support, "details": details}}


def _refused(code: str, message: str, *details: dict[str, Any]) -> Refusal:
    more = [{"code": code, "message": message, **each} for each in details]
    return Refusal(Answer(400, _error("BadRequest", [{"code": code, "message": message}, *more])))
