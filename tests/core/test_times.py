"""Every way to write a time is read as the same moment, and what is none is nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huntbook.core.times import micros

MOMENT = 1_772_355_600_000_000  # 2026-03-01 09:00:00 UTC
TEXTS = [
    "2026-03-01T09:00:00Z",
    "2026-03-01 09:00:00Z",
    "2026-03-01T09:00:00",
    "2026-03-01 09:00:00.0000000",
    "2026-03-01 09:00:00.000 UTC",
    "2026-03-01T09:00:00 UTC",
    "2026-03-01T10:00:00.5+01:00",
    "2026-03-01 04:00:00-0500",
    "3/1/2026, 9:00:00 AM",
    "03/01/2026 09:00:00.000 AM",
    "  2026-03-01 09:00:00\t",
]


def read(values: list[object], kind: pl.DataType | type[pl.DataType] | None = None) -> list[int | None]:
    found = micros(pl.Series("t", values, dtype=kind, strict=False))
    assert found is not None
    assert found.dtype == pl.Int64
    assert found.name == "t"
    return found.to_list()


@pytest.mark.parametrize("text", TEXTS)
def test_one_way_to_write_a_time(text: str) -> None:
    assert read([text]) == [MOMENT + 500_000 * (".5" in text)]
    assert read([text, None], pl.Categorical) == [MOMENT + 500_000 * (".5" in text), None]


def test_ways_may_be_mixed() -> None:
    moments = [MOMENT + 500_000 * (".5" in text) for text in TEXTS]
    assert read([None, "never", *TEXTS, ""]) == [None, None, *moments, None]


@pytest.mark.parametrize("unit", [1_000_000, 1_000, 1, 0.001])
@pytest.mark.parametrize("kind", [pl.Int64, pl.UInt64, pl.Float64])
def test_unix_times_of_any_unit(unit: float, kind: type[pl.DataType]) -> None:
    assert read([int(MOMENT / unit), None], kind) == [MOMENT, None]


def test_dates_and_datetimes_of_any_zone_and_unit() -> None:
    moment = datetime(2026, 3, 1, 9, tzinfo=UTC)
    for kind in (pl.Datetime("ms", "Asia/Tokyo"), pl.Datetime("ns", "UTC"), pl.Datetime("us", "America/New_York")):
        assert micros(pl.Series([moment]).cast(kind)).to_list() == [MOMENT]  # type: ignore[union-attr]
    assert read([date(2026, 3, 1)]) == [MOMENT - 9 * 3_600_000_000]


def test_what_is_beyond_the_calendar_is_no_time() -> None:
    assert read([MOMENT // 1_000_000, MOMENT // 1_000_000, 1 << 62], pl.Int64) == [MOMENT, MOMENT, None]
    assert read([float("nan"), float("inf"), 1e300, 1.7e9, 1.7e9]) == [None, None, None, *[1_700_000_000_000_000] * 2]
    assert micros(pl.Series([1 << 62]).cast(pl.Datetime("us"))).to_list() == [None]  # type: ignore[union-attr]


@pytest.mark.parametrize("column", [pl.Series([[1]]), pl.Series([{"a": 1}]), pl.Series([True]), pl.Series([b"x"])])
def test_a_type_that_holds_no_times(column: pl.Series) -> None:
    assert micros(column) is None


def test_no_rows_and_no_values() -> None:
    assert read([], pl.String) == []
    assert read([None, None]) == [None, None]
    assert read([None], pl.String) == [None]


@settings(deadline=None)
@given(st.lists(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)), max_size=8))  # noqa: DTZ001  what has no zone is UTC
def test_iso_texts_come_back(moments: list[datetime]) -> None:
    expected = [(moment - datetime(1970, 1, 1)) // timedelta(microseconds=1) for moment in moments]  # noqa: DTZ001
    assert read([moment.isoformat(sep=" ", timespec="microseconds") for moment in moments], pl.String) == expected


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01 10:00", 1_772_359_200_000_000),
        ("2026-03-01T10:00", 1_772_359_200_000_000),
        ("2026-03-01T10:00Z", 1_772_359_200_000_000),
        ("2026-03-01", 1_772_323_200_000_000),
        ("2026-03-01 10:00:00,123", 1_772_359_200_123_000),
    ],
)
def test_times_that_are_not_written_to_the_second(text: str, moment: int) -> None:
    assert read([text, "2026-03-01T10:00:00Z", "2026-03", None]) == [moment, 1_772_359_200_000_000, None, None]
