"""A fake of Defender's advanced hunting: Microsoft Graph's action and the older API of Defender for Endpoint, with their limits."""

from __future__ import annotations

import json
import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from huntbook.core.timespan import TimeSpan
from huntbook.errors import HuntbookError, KqlError
from huntbook.query.kql import Type
from huntbook.query.kql.known_tables import defender_tables, known_tables
from huntbook.query.kql.shape import tables_read
from huntbook.sources._base import Question
from huntbook.sources._microsoft.hunting import APIS
from huntbook.testing import kql
from huntbook.testing.service import Answer, FakeService, Refusal, Seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from huntbook.core.frames import Table
    from huntbook.query.kql import Compiled
    from huntbook.testing.faults import Faults

_TYPES: Final = {
    Type.BOOL: "SByte",
    Type.INT: "Int32",
    Type.LONG: "Int64",
    Type.REAL: "Double",
    Type.DECIMAL: "SqlDecimal",
    Type.DATETIME: "DateTime",
    Type.TIMESPAN: "TimeSpan",
    Type.GUID: "Guid",
    Type.DYNAMIC: "Object",
}
_TOO_LARGE: Final = (
    "Query execution has exceeded the allowed result size. "
    "Optimize your query by limiting the number of results and try again."
)


@dataclass(frozen=True)
class Limits:
    """What the service allows: rows and bytes of an answer, calls in so many seconds, days of data (None: all that there is)."""

    rows: int = 100_000
    bytes: int = 50_000_000
    calls: int = 1_000_000
    seconds: float = 60.0
    days: int | None = None


class FakeDefender(FakeService):
    """Advanced hunting on loopback that runs KQL: on a folder of logs, or on tables that you give.

    Args:
        evidence: a folder of logs, as for `connect("local", …)`.
        tables: tables by name, in place of a folder; those that Microsoft documents have all the columns that Defender gives them.
        api: which of the two APIs `connect` uses; it answers both.
        limits: what it allows; without them it has no quota, and data of any age.
        faults: what goes wrong.
        now: what `now()` in queries, and the age of data, go by.

    Example:
        service = FakeDefender("evidence/")
        defender = service.connect()
    """

    source: ClassVar[str] = "defender"

    def __init__(
        self,
        evidence: str | Path | None = None,
        *,
        tables: Mapping[str, Table] | None = None,
        api: Literal["graph", "endpoint"] = "graph",
        limits: Limits | None = None,
        faults: Faults | None = None,
        now: datetime | None = None,
    ) -> None:
        known = {**known_tables(), **defender_tables()}
        self.database, self.schema = (
            kql.given(tables or {}, now, known) if evidence is None else kql.evidence(str(evidence), now)
        )
        self.api = api
        self.limits = limits or Limits()
        self._now = now
        self._calls: deque[float] = deque()
        super().__init__(faults=faults)

    def settings(self) -> dict[str, Any]:
        """This one, with a credential that is taken, asked as often as anybody likes."""
        days = self.limits.days or 36_500
        return {
            "api": self.api,
            "endpoint": self.url,
            "credential": self.credential(),
            "days": days,
            "most_rows": self.limits.rows,
            "paced": False,
        }

    def answer(self, seen: Seen) -> Answer:
        """Answer as the API would."""
        api = next((name for name, api in APIS.items() if api.path == seen.path), None)
        if api is None or seen.method != "POST":
            return Answer(404, {"error": {"code": "NotFound", "message": "Resource not found."}})
        self._count_call()
        body = seen.json if isinstance(seen.json, dict) else {}
        asked = {key.lower(): value for key, value in body.items()}
        if not isinstance(asked.get("query"), str):
            return _bad("The request body has no Query.")
        span = kql.span_of(asked.get("timespan")) if api == "graph" else None
        self.about(span if api == "graph" else self._named(asked["query"]))
        return self._asked(asked["query"], span, api)

    def _named(self, text: str) -> TimeSpan | None:
        """The time that a query of the older API is about, where its text says so."""
        found = [kql.span_of(f"{start}/{end}") for start, end in kql.BETWEEN.findall(text)]
        return found[0] if found else None

    def _count_call(self) -> None:
        """The quota of calls: those of the last minute count."""
        moment = time.monotonic()
        while self._calls and self._calls[0] <= moment - self.limits.seconds:
            self._calls.popleft()
        if len(self._calls) >= self.limits.calls:
            left = int(self._calls[0] + self.limits.seconds - moment) + 1
            message = f"You have exceeded the number of calls allowed to this tenant. You can run queries again in {left} seconds."
            raise Refusal(Answer(429, {"error": {"code": "TooManyRequests", "message": message}}))
        self._calls.append(moment)

    def _asked(self, text: str, span: TimeSpan | None, api: str) -> Answer:
        other = [name for name in tables_read(text) if name in defender_tables() and not name.startswith("Device")]
        if api == "endpoint" and other:
            return _bad(
                f"Failed to resolve table or column expression named '{other[0]}'. Fix semantic errors in your query."
            )
        try:
            compiled = self.database.compile(Question(text, "kql", self._kept(span)))
            rows = list(self._rows(compiled))
        except KqlError as error:
            where = f" [{error.line},{max(error.column - 1, 0)}]" if error.line else ""
            return _bad(f"{error.message}{where}. Fix syntax errors in your query.")
        except HuntbookError as error:
            return _bad(f"{error.message} Fix semantic errors in your query.")
        return self._written(compiled, rows, api)

    def _kept(self, span: TimeSpan | None) -> TimeSpan | None:
        """The part of a span that there is data of."""
        if self.limits.days is None:
            return span
        now = self._now or datetime.now(UTC)
        kept = TimeSpan(now - timedelta(days=self.limits.days), now + timedelta(days=1))
        if span is None:
            return kept
        start = max(span.start, kept.start)
        return TimeSpan(start, span.end) if start < span.end else TimeSpan(kept.end, kept.end + timedelta(days=1))

    def _written(self, compiled: Compiled, rows: Sequence[bytes], api: str) -> Answer:
        if api == "graph":
            schema = [{"name": each.name, "type": _TYPES.get(each.type, "String")} for each in compiled.columns]
            context = f"{self.url}/v1.0/$metadata#microsoft.graph.security.huntingQueryResults"
            head = f'{{"@odata.context":{json.dumps(context)},"schema":{json.dumps(schema)},"results":['
        else:
            schema = [{"Name": each.name, "Type": _TYPES.get(each.type, "String")} for each in compiled.columns]
            head = f'{{"Stats":{{"ExecutionTime":0.1}},"Schema":{json.dumps(schema)},"Results":['
        if sum(map(len, rows)) > self.limits.bytes:
            return _bad(_TOO_LARGE)
        return Answer(body=[head.encode(), *rows, b"]}"])

    def _rows(self, compiled: Compiled) -> Iterator[bytes]:
        names, between = [each.name for each in compiled.columns], b""
        for part in kql.rows(self.database, compiled, self.limits.rows):
            if part:
                shown = [dict(zip(names, row, strict=True)) for row in part]
                yield between + json.dumps(shown, ensure_ascii=False, separators=(",", ":"))[1:-1].encode(
                    "utf-8", "replace"
                )
                between = b","


def _bad(message: str) -> Answer:
    inner = {"date": "2026-03-02T12:00:00", "request-id": "0", "client-request-id": "0"}
    return Answer(400, {"error": {"code": "BadRequest", "message": message, "innerError": inner}})
