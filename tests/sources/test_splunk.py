"""Splunk, against its fake service."""

from __future__ import annotations

from typing import Any

import polars as pl

from huntbook.testing import FakeSplunk
from huntbook.testing.contract import Row, SourceContract


class TestContract(SourceContract):
    everything = "index=contract | sort 0 _time | table _time Number Text"
    nothing_matched = "index=contract Number=-1"
    wrong = "index=contract | where"
    absent = "index=absent"

    def service(self, rows: list[Row], **options: Any) -> FakeSplunk:
        table = pl.DataFrame(
            rows, schema={"_time": pl.Datetime("us", "UTC"), "Number": pl.Int64, "Text": pl.String}, orient="row"
        )
        return FakeSplunk(tables={"contract": table}, **options)

    def read(self, answer: pl.DataFrame) -> list[Row]:
        return answer.select("_time", pl.col("Number").cast(pl.Int64), "Text").rows()
