"""Answers to several pieces, one below the other."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from huntbook.sources._joined import together

FINE = pl.DataFrame({"t": pl.Series([1_700_000_000_000_000_100]).cast(pl.Datetime("ns", "UTC"))})


def coarse(year: int) -> pl.DataFrame:
    return pl.DataFrame({"t": pl.Series([datetime(year, 1, 1, tzinfo=UTC), None], dtype=pl.Datetime("us", "UTC"))})


def test_a_time_keeps_its_nanoseconds() -> None:
    frame, notes = together([coarse(2026), FINE])
    assert frame.schema["t"] == pl.Datetime("ns", "UTC")
    assert frame["t"].dt.timestamp("ns")[2] == 1_700_000_000_000_000_100
    assert notes == ()


@pytest.mark.parametrize("year", [1, 1600, 2500, 9999])
def test_a_time_that_nanoseconds_cannot_count_keeps_its_year(year: int) -> None:
    frame, _ = together([coarse(year), FINE])
    assert frame["t"].dt.year().to_list() == [year, None, 2023]
