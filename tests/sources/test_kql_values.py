"""Values as Kusto's services write them: what is at the edge of its type."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from huntbook.query.kql.types import Type
from huntbook.sources._base import Question
from huntbook.sources._kql.values import frame_of
from huntbook.testing import FakeSentinel, kql


def column(kind: Type, *values: Any) -> tuple[pl.Series, tuple[str, ...]]:
    frame, notes = frame_of([("a", kind)], [[value] for value in values])
    return frame["a"], notes


def test_a_decimal_with_many_digits_costs_no_other_its_value() -> None:
    values, notes = column(Type.DECIMAL, "12345678901234567890", "0.1234567890123456789012345", "1E+19", 5)
    assert values.to_list() == [
        Decimal(12345678901234567890),
        Decimal("0.123456789012345679"),
        Decimal("1E+19"),
        Decimal(5),
    ]
    assert notes == ()


def test_the_tick_of_a_timespan_is_kept() -> None:
    values, _ = column(Type.TIMESPAN, "00:00:00.0000001", "-1.00:00:00.5", None)
    assert values.dtype == pl.Duration("ns")
    assert values.dt.total_nanoseconds().to_list() == [100, -(86_400_500_000_000), None]
    far, notes = column(Type.TIMESPAN, "00:00:00.0000001", "10675199.02:48:05.4775807")
    assert (far[1], notes) == (timedelta(days=10675199, seconds=10085, microseconds=477580), ())


def test_a_number_beyond_all_numbers_is_told() -> None:
    values, notes = column(Type.REAL, 10**400, 1.5, "-Infinity", "NaN")
    assert values.to_list()[:3] == [None, 1.5, float("-inf")]
    assert values.is_nan()[3]
    assert notes == ("1 values of a are no real and are left out",)


def test_fakes_write_numbers_that_json_does_not_have_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUNTBOOK_CACHE", str(tmp_path))
    query = "print a = real(nan), b = real(+inf), c = real(-inf), d = real(null)"
    database, _ = kql.given({})
    (rows,) = kql.rows(database, database.compile(Question(query, "kql")))
    assert rows == [["NaN", "Infinity", "-Infinity", None]]
    with FakeSentinel(tables={}) as service:
        found = service.connect().query(query).to_polars().row(0)
    assert math.isnan(found[0])
    assert found[1:] == (math.inf, -math.inf, None)
