"""Microsoft Defender's advanced hunting, against its fake service: by Graph, and by the older API."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import polars as pl

from huntbook.testing import FakeDefender
from huntbook.testing.contract import Row, SourceContract
from huntbook.testing.defender import Limits


class TestContract(SourceContract):
    everything = "DeviceProcessEvents | sort by Timestamp asc"
    nothing_matched = "DeviceProcessEvents | where ProcessId == -1"
    wrong = "DeviceProcessEvents | where"
    absent = "DeviceAbsentEvents"
    api: ClassVar[Literal["graph", "endpoint"]] = "graph"

    def service(self, rows: list[Row], **options: Any) -> FakeDefender:
        table = pl.DataFrame(
            rows,
            schema={"Timestamp": pl.Datetime("us", "UTC"), "ProcessId": pl.Int64, "ProcessCommandLine": pl.String},
            orient="row",
        )
        limits = Limits(rows=options.pop("most_rows", 100_000))
        return FakeDefender(tables={"DeviceProcessEvents": table}, api=self.api, limits=limits, **options)

    def read(self, answer: pl.DataFrame) -> list[Row]:
        return answer.select("Timestamp", "ProcessId", "ProcessCommandLine").rows()


class TestContractOfTheOlderApi(TestContract):
    api = "endpoint"
