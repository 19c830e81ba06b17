"""Microsoft Sentinel, against its fake service."""

from __future__ import annotations

from typing import Any

import polars as pl

from huntbook.testing import FakeSentinel
from huntbook.testing.contract import Row, SourceContract


class TestContract(SourceContract):
    everything = "Contract_CL | sort by TimeGenerated asc"
    nothing_matched = "Contract_CL | where Number == -1"
    wrong = "Contract_CL | where"
    absent = "Absent_CL"

    def service(self, rows: list[Row], **options: Any) -> FakeSentinel:
        table = pl.DataFrame(
            rows,
            schema={"TimeGenerated": pl.Datetime("us", "UTC"), "Number": pl.Int64, "Text": pl.String},
            orient="row",
        )
        return FakeSentinel(tables={"Contract_CL": table}, **options)

    def read(self, answer: pl.DataFrame) -> list[Row]:
        return answer.select("TimeGenerated", "Number", "Text").rows()
