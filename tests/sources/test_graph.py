"""Microsoft Graph, against its fake service."""

from __future__ import annotations

from typing import Any

import polars as pl

from huntbook.testing import FakeGraph
from huntbook.testing.contract import Row, SourceContract


class TestContract(SourceContract):
    everything = "auditLogs/directoryAudits?$orderby=activityDateTime asc"
    nothing_matched = "auditLogs/directoryAudits?$filter=number eq -1"
    wrong = "auditLogs/directoryAudits?$filter=number eq"
    absent = "auditLogs/nothing"

    def service(self, rows: list[Row], **options: Any) -> FakeGraph:
        objects = [{"activityDateTime": time, "number": number, "resultReason": text} for time, number, text in rows]
        return FakeGraph({"auditLogs/directoryAudits": objects}, page_size=10, **options)

    def read(self, answer: pl.DataFrame) -> list[Row]:
        if not answer.height:
            return []
        return answer.select("activityDateTime", "number", "resultReason").rows()
