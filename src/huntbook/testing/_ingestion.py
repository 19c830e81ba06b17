"""How a fake workspace receives rows: the Logs Ingestion API, with a rule whose streams are tables.

Format and limits: learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview, /azure/azure-monitor/fundamentals/service-limits.
"""

from __future__ import annotations

import gzip
import json
import re
import threading
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from huntbook.testing import kql
from huntbook.testing.service import Answer, Seen

if TYPE_CHECKING:
    from huntbook.sources._kql.database import KqlDatabase

MOST_BYTES: Final = 1_048_576
RULES: Final = re.compile(r"/dataCollectionRules/([^/]+)/streams/([^/]+)")


class Ingestion:
    """A data collection rule that takes rows for some tables; they can be asked for like all others."""

    rule = f"dcr-{'0' * 32}"

    def __init__(self, tables: tuple[str, ...] = ("Evidence_CL",)) -> None:
        self.streams = {f"Custom-{name}": name for name in tables}
        self.received: dict[str, list[dict[str, Any]]] = {name: [] for name in tables}
        self.tables: dict[str, tuple[KqlDatabase, kql.Schema]] = {}
        self._turn = threading.Lock()

    def answer(self, seen: Seen) -> Answer:
        """Take the rows of a request, or none of them."""
        found = RULES.fullmatch(seen.path)
        if found is None or found[1] != self.rule:
            return _problem(404, "NotFound", "Data collection rule with immutable Id is not found.")
        name = self.streams.get(found[2])
        if name is None:
            return _problem(400, "InvalidStream", f"The stream {found[2]} was not configured in the rule.")
        if len(seen.body) > MOST_BYTES:
            return _problem(413, "ContentLengthLimitExceeded", "Maximum allowed content length: 1048576 bytes.")
        packed = seen.headers.get("content-encoding") == "gzip"
        body = gzip.decompress(seen.body) if packed else seen.body
        if len(body) > MOST_BYTES:
            return _problem(413, "ContentLengthLimitExceeded", "Maximum allowed content length: 1048576 bytes.")
        try:
            rows = json.loads(body)
        except ValueError:
            rows = None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            return _problem(400, "InvalidPayload", "The body is no list of objects.")
        self._take(name, rows)
        return Answer(204)

    def _take(self, name: str, rows: list[dict[str, Any]]) -> None:
        with self._turn:
            self.received[name] += rows
            if self.received[name]:
                self.tables[name] = kql.given({name: _timed(self.received[name])})


def _timed(rows: list[dict[str, Any]]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, infer_schema_length=None)
    if frame.schema.get("TimeGenerated") != pl.String:
        return frame
    return frame.with_columns(pl.col("TimeGenerated").str.to_datetime(time_zone="UTC", time_unit="us", strict=False))


def _problem(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message}})
