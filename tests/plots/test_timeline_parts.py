from __future__ import annotations

import re
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huntbook.errors import ParameterError
from huntbook.plots._timeline import axis, thinning
from huntbook.plots._timeline.axis import DAY, HOUR, MINUTE, SECOND, STEPS, bar_width, duration, ticks
from huntbook.plots._timeline.layout import shortened
from huntbook.plots._timeline.thinning import WIDTHS, thin
from huntbook.plots._timeline.times import instant, read_times, time_column

MOMENT = 1_772_355_600_000_000  # 2026-03-01 09:00:00 UTC
TEXTS = [
    "2026-03-01T09:00:00Z",
    "2026-03-01 09:00:00",
    "2026-03-01T09:00:00.000000",
    "2026-03-01T10:00:00+01:00",
    "2026-03-01 04:00:00.000-0500",
    "2026-03-01 09:00:00.000 UTC",
    "3/1/2026, 9:00:00.000 AM",
    "03/01/2026 09:00:00 AM",
]


@pytest.mark.parametrize("text", TEXTS)
def test_texts_are_read_as_the_same_moment(text: str) -> None:
    assert read_times(pl.Series([text])).micros.to_list() == [MOMENT]
    assert instant(text) == MOMENT


def test_spellings_may_be_mixed_and_what_is_none_is_counted() -> None:
    read = read_times(pl.Series([*TEXTS, None, "", "never"]))
    assert read.micros.to_list() == [MOMENT] * len(TEXTS) + [None, None, None]
    assert (read.missing, read.unread) == (1, 2)


@pytest.mark.parametrize("factor", [1e-6, 1e-3, 1, 1e3])
@pytest.mark.parametrize("kind", [pl.Int64, pl.Float64, pl.UInt64])
def test_epoch_numbers_of_any_unit(factor: float, kind: pl.DataType) -> None:
    numbers = pl.Series([MOMENT * factor, None]).cast(kind)
    assert read_times(numbers).micros.to_list() == [MOMENT, None]


def test_numbers_that_are_none_are_unread() -> None:
    read = read_times(pl.Series([MOMENT / 1e6, float("nan"), float("inf"), None]))
    assert (read.micros.null_count(), read.missing, read.unread) == (3, 1, 2)


def test_zones_and_units_of_datetimes() -> None:
    aware = pl.Series([MOMENT]).cast(pl.Datetime("us", "Asia/Tokyo"))
    naive = pl.Series([MOMENT * 1000]).cast(pl.Datetime("ns"))
    assert read_times(aware).micros[0] == read_times(naive).micros[0] == MOMENT
    assert read_times(pl.Series([date(2026, 3, 1)])).micros[0] == MOMENT - 9 * HOUR
    assert read_times(pl.Series([None, None])).missing == 2
    with pytest.raises(ParameterError, match="holds no times"):
        read_times(pl.Series([[1]]))


def test_moments() -> None:
    assert instant(datetime(2026, 3, 1, 9, tzinfo=UTC)) == MOMENT
    assert instant(datetime(2026, 3, 1, 9)) == MOMENT  # noqa: DTZ001  a naive time is what this is about
    assert instant("2026-03-01 09:00") == MOMENT
    assert instant(date(2026, 3, 1)) == instant("2026-03-01") == MOMENT - 9 * HOUR
    with pytest.raises(ParameterError, match="'soon' is not a time"):
        instant("soon")


def test_usual_names_before_any_datetime() -> None:
    frame = pl.DataFrame({"seen": [datetime(2026, 1, 1, tzinfo=UTC)], "timestamp": ["x"], "UTCTIME": ["y"]})
    assert time_column(frame, None) == "timestamp"
    assert time_column(frame.select("seen"), None) == "seen"
    assert time_column(frame, "seen") == "seen"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-(10**16), 10**16) | st.integers(0, 10**8) | st.integers(0, 10**10), st.integers(0, 6)),
        min_size=1,
        max_size=400,
    )
)
def test_every_event_is_kept_or_counted_in_its_place(found: list[tuple[int, int]]) -> None:
    micros, codes = pl.Series([time for time, _ in found]), pl.Series([code for _, code in found], dtype=pl.Int64)
    with patch.multiple(thinning, ALL_SINGLE=5, SINGLE=30, MOST_CELLS=40):
        thinned = thin(micros, codes, 7)
    single = thinned.single
    assert [(micros[row], codes[row]) for row in single["row"]] == list(
        zip(single["micros"], single["code"], strict=True)
    )
    rows = set(single["row"])
    assert len(rows) == single.height <= max(30, 5)
    counted: dict[tuple[int, int], int] = {}
    for row, (time, code) in enumerate(found):
        if row not in rows:
            place = (code, time // thinned.width)
            counted[place] = counted.get(place, 0) + 1
    assert {(code, place): count for code, place, count in thinned.cells.iter_rows()} == counted


def test_each_width_divides_the_next_and_is_a_step_of_the_axis() -> None:
    assert all(wider % width == 0 for width, wider in pairwise(WIDTHS))
    assert set(WIDTHS) <= set(STEPS)


@given(st.integers(10_000, 10**17), st.integers(100, 3000), st.sampled_from([0, *WIDTHS]))
def test_bars_are_whole_bins(span: int, pixels: int, width: int) -> None:
    step = bar_width(span, pixels, width)
    assert step >= width
    assert not width or step % width == 0
    assert step * pixels >= span * 3 or step == STEPS[-1]


def test_ticks_are_round_and_not_too_many() -> None:
    start = MOMENT + 7 * SECOND
    for span in (SECOND, 5 * MINUTE, 8 * HOUR, 3 * DAY, 40 * DAY, 900 * DAY, 9000 * DAY):
        found, _ = ticks(start, start + span, 9)
        assert 2 <= len(found) <= 11
        assert all(start <= at <= start + span for at in found)
    months, step = ticks(MOMENT, MOMENT + 300 * DAY, 9)
    assert {axis.label(at, step)[-3:] for at in months} == {"-01"}


@pytest.mark.parametrize(
    ("micros", "text"),
    [(0, "0 µs"), (1_500, "1 ms"), (SECOND, "1 s"), (80 * MINUTE, "1 h 20 min"), (50 * HOUR, "2 d 2 h")],
)
def test_durations(micros: int, text: str) -> None:
    assert duration(micros) == text


def test_names_are_shortened_in_the_middle() -> None:
    assert shortened("Microsoft-Windows-Sysmon/Operational", 20) == "Microsoft…perational"
    assert shortened("short", 20) == "short"


def test_no_asset_writes_markup() -> None:
    folder = Path(thinning.__file__).parent
    scripts = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.js"))
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|fetch\(|XMLHttp", scripts
    )


def test_numbers_beyond_the_calendar_are_unread() -> None:
    whole = read_times(pl.Series([1_772_355_600, 1_772_355_601, 2**62]))
    assert (whole.micros.to_list(), whole.unread) == ([MOMENT, MOMENT + SECOND, None], 1)
    assert read_times(pl.Series([1.7e9, 1.7e9, 1e300])).unread == 1
    assert read_times(pl.Series([2**62]).cast(pl.Datetime("us"))).unread == 1
