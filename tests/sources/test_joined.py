"""Answers to several pieces, one below the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huntbook.sources._asking.joined import marked, together

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


_MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
COLUMNS = {
    "text": pl.Series("x", ["a", None]),
    "whole": pl.Series("x", [1, None]),
    "real": pl.Series("x", [1.5, None]),
    "truth": pl.Series("x", [True, None]),
    "nothing": pl.Series("x", [None, None], dtype=pl.Null),
    "time": pl.Series("x", [_MOMENT, None]),
    "fine time": pl.Series("x", [_MOMENT, None]).dt.cast_time_unit("ns"),
    "early time": pl.Series("x", [datetime(1, 1, 1, tzinfo=UTC), None]),
    "naive time": pl.Series("x", [_MOMENT.replace(tzinfo=None), None]),
    "date": pl.Series("x", [_MOMENT.date(), None]),
    "length": pl.Series("x", [timedelta(days=1, seconds=1), None]),
    "fine length": pl.Series("x", [timedelta(seconds=1), None]).dt.cast_time_unit("ns"),
    "texts": pl.Series("x", [["a", "b"], None]),
    "wholes": pl.Series("x", [[1, None], None]),
    "no texts": pl.Series("x", [[], None], dtype=pl.List(pl.Null)),
    "lengths": pl.Series("x", [[timedelta(seconds=1)], None]),
    "struct": pl.Series("x", [{"a": 1}, None]),
    "structs": pl.Series("x", [[{"a": 1}], None]),
    "bytes": pl.Series("x", [b"\xff", None]),
    "decimal": pl.Series("x", [Decimal("1.25"), None]),
}


@given(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=2, max_size=5))
def test_columns_of_any_types_go_together_and_no_value_is_lost(names: list[str]) -> None:
    frames = [COLUMNS[name].to_frame() for name in names]
    frame, notes = together(frames)
    assert frame.height == 2 * len(names)
    assert frame["x"].null_count() == len(names) + names.count("nothing")
    kinds = {COLUMNS[name].dtype for name in names} - {pl.Null()}
    if frame.schema["x"] == pl.String() and kinds != {pl.String()}:
        assert notes == ("x came in several types and became text",)


@pytest.mark.parametrize(
    ("kinds", "values"),
    [
        (["texts", "whole"], [["a", "b"], None, ["1"], None]),
        (["texts", "text"], [["a", "b"], None, ["a"], None]),
        (["text", "whole", "real"], ["a", None, "1", None, "1.5", None]),
        (["text", "truth"], ["a", None, "true", None]),
        (["text", "time"], ["a", None, "2026-03-01T12:00:00Z", None]),
        (["text", "length"], ["a", None, "P1DT1S", None]),
        (["text", "struct"], ["a", None, '{"a":1}', None]),
        (["time", "naive time"], [_MOMENT, None, _MOMENT, None]),
        (["texts", "wholes"], [["a", "b"], None, ["1", None], None]),
        (["text", "bytes"], ["a", None, "\ufffd", None]),
    ],
)
def test_what_becomes_of_two_types(kinds: list[str], values: list[object]) -> None:
    frame, _ = together([COLUMNS[kind].to_frame() for kind in kinds])
    assert frame["x"].to_list() == values


def test_numbers_that_floating_point_would_change_become_text() -> None:
    wide, real = pl.DataFrame({"x": [2**53 + 1, None]}), pl.DataFrame({"x": [0.5]})
    frame, notes = together([wide, real])
    assert frame["x"].to_list() == ["9007199254740993", None, "0.5"]
    assert notes == ("x came in several types and became text",)
    assert together([pl.DataFrame({"x": [7]}), real])[0]["x"].to_list() == [7.0, 0.5]


def test_lists_where_others_have_single_values_are_worth_no_note() -> None:
    assert together([COLUMNS["texts"].to_frame(), COLUMNS["text"].to_frame()])[1] == ()


@pytest.mark.parametrize("columns", [["a", "_Source"], ["a"], []])
def test_where_a_row_comes_from_stands_first_and_is_said_once(columns: list[str]) -> None:
    frame = marked("here", pl.DataFrame({name: ["there"] for name in columns}))
    assert frame.columns == ["_Source", *(name for name in columns if name != "_Source")]
    assert frame["_Source"].to_list() == ["there" if "_Source" in columns else "here"][: len(columns)]
