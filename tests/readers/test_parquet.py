from __future__ import annotations

import io

import polars as pl
from tests.readers.samples import SAMPLES, reading


def test_types_are_kept() -> None:
    frame = pl.DataFrame({"n": [1, 2], "when": ["2024-03-01", None], "_Line": [7, 8]})
    frame = frame.with_columns(pl.col("when").str.to_datetime(time_zone="UTC"))
    target = io.BytesIO()
    frame.write_parquet(target)
    (batch,) = reading(target.getvalue()).batches
    assert batch.rows.schema["n"] == pl.Int64
    assert batch.rows.schema["when"] == frame.schema["when"]
    assert batch.rows["_Line"].to_list() == [1, 2]
    assert batch.rows["_Line_"].to_list() == [7, 8]
    assert not batch.is_json


def test_without_its_end_nothing_can_be_read() -> None:
    found = reading(SAMPLES["parquet"][:-20])
    assert found.rows == []
    assert [(loss.lost, loss.unit) for loss in found.losses] == [(1, "parts of files")]
