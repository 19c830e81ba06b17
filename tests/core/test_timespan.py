"""Spans of time: what is read, what is refused, and windows that neither lose nor share anything."""

from __future__ import annotations

import contextlib
import itertools
from datetime import UTC, date, datetime, timedelta, timezone

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huntbook.core.timespan import TimeSpan, length, point
from huntbook.errors import ParameterError

NOW = datetime(2026, 3, 31, 14, 45, 30, 250_000, tzinfo=UTC)  # a Tuesday


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("-3d", "2026-03-28T14:45:30.250+00:00"),
        ("-3d@d", "2026-03-28T00:00:00+00:00"),
        ("-3mon", "2025-12-31T14:45:30.250+00:00"),  # months, where MSTICPy reads minutes
        ("-1mon", "2026-02-28T14:45:30.250+00:00"),  # no 31 February
        ("-3m", "2026-03-31T14:42:30.250+00:00"),
        ("@mon", "2026-03-01T00:00:00+00:00"),
        ("@y", "2026-01-01T00:00:00+00:00"),
        ("@q", "2026-01-01T00:00:00+00:00"),
        ("@w", "2026-03-29T00:00:00+00:00"),  # Sunday
        ("@h", "2026-03-31T14:00:00+00:00"),
        ("-1d@d+2h", "2026-03-30T02:00:00+00:00"),
        ("-1y", "2025-03-31T14:45:30.250+00:00"),
        ("now", "2026-03-31T14:45:30.250+00:00"),
        ("now-90m", "2026-03-31T13:15:30.250+00:00"),
        ("+1h", "2026-03-31T15:45:30.250+00:00"),
        ("2026-03-01", "2026-03-01T00:00:00+00:00"),
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00+00:00"),
        ("2026-03-01 10:00+05:30", "2026-03-01T04:30:00+00:00"),
        ("2026-03-01T10:00:00.1234567Z", "2026-03-01T10:00:00.123456+00:00"),
        (datetime(2026, 3, 1, 10, tzinfo=timezone(timedelta(hours=-5))), "2026-03-01T15:00:00+00:00"),
        (datetime(2026, 3, 1, 10), "2026-03-01T10:00:00+00:00"),  # noqa: DTZ001 - what names no zone is UTC
    ],
)
def test_points(written: str | datetime, meant: str) -> None:
    assert point(written, NOW) == datetime.fromisoformat(meant)


@pytest.mark.parametrize(
    "written",
    [
        "yestrday",
        "",
        " ",
        "-3",
        "3d",
        "-3x",
        "2024-03-01 10:00 EST",
        "01/02/2024",
        "2026-13-01",
        "@fortnight",
        "-99999999y",
        3,
        None,
        "--3d",
        "-3d@",
        "-٣d",  # a digit, but none that is meant
        pd.NaT,  # a datetime to Python, and neither before nor after anything
        datetime.min.replace(tzinfo=timezone(timedelta(hours=5))),
    ],
)
def test_what_cannot_be_read_is_refused_and_never_now(written: object) -> None:
    with pytest.raises(ParameterError):
        point(written, NOW)  # type: ignore[arg-type]


def test_spans() -> None:
    assert TimeSpan.of(now=NOW) is None
    last = TimeSpan.of(last="2d", now=NOW)
    assert last is not None
    assert (last.start, last.end, last.relative) == (NOW - timedelta(days=2), NOW, True)
    fixed = TimeSpan.of(start="2026-03-01", end="2026-03-02")
    assert fixed is not None
    assert (fixed.length, fixed.relative) == (timedelta(days=1), False)
    onward = TimeSpan.of(start="2026-03-01", last="1d 12h")
    assert onward is not None
    assert (onward.end, onward.relative) == (datetime(2026, 3, 2, 12, tzinfo=UTC), False)
    back = TimeSpan.of(end="2026-03-03", last=timedelta(hours=1))
    assert back is not None
    assert (back.start, back.relative) == (datetime(2026, 3, 2, 23, tzinfo=UTC), False)
    until_now = TimeSpan.of(start="2026-03-01", now=NOW)
    assert until_now is not None
    assert (until_now.end, until_now.relative) == (NOW, True)


@pytest.mark.parametrize(
    "given_",
    [
        {"end": "-1d"},
        {"last": "1d", "start": "-3d", "end": "-1d"},
        {"start": "-1d", "end": "-2d"},
        {"start": "-1d", "end": "-1d"},
        {"last": "0d"},
        {"last": "-2d"},
        {"last": "2 fortnights"},
        {"last": "two days"},
        {"last": ""},
        {"last": timedelta(0)},
        {"start": pd.NaT},
        {"start": "-3d", "end": pd.NaT},
        {"last": "99999y"},
    ],
)
def test_spans_that_are_none(given_: dict[str, object]) -> None:
    with pytest.raises(ParameterError):
        TimeSpan.of(**given_, now=NOW)  # type: ignore[arg-type]


def test_a_step_longer_than_the_span_is_one_window() -> None:
    span = TimeSpan(NOW, NOW + timedelta(hours=12))
    assert [(each.start, each.end) for each in span.windows("1d")] == [(span.start, span.end)]


def test_windows_of_months_keep_the_day_of_the_month() -> None:
    span = TimeSpan(datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC))
    assert [f"{each.start:%m-%d}" for each in span.windows("1mon")] == ["01-31", "02-28", "03-31", "04-30"]


def test_too_many_windows_are_refused() -> None:
    with pytest.raises(ParameterError, match="10,000"):
        TimeSpan(NOW, NOW + timedelta(days=365)).windows("1s")


@given(
    st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.timedeltas(min_value=timedelta(microseconds=1), max_value=timedelta(days=400)),
    st.integers(1, 60),
)
def test_windows_tile_the_span(start: datetime, long: timedelta, pieces: int) -> None:
    span = TimeSpan(start, start + long)
    step = max(long / pieces, timedelta(microseconds=1))
    windows = span.windows(step)
    assert windows[0].start == span.start
    assert windows[-1].end == span.end
    assert all(one.end == other.start for one, other in itertools.pairwise(windows))
    assert all(one.start < one.end for one in windows)
    halves = span.halves()
    assert halves is None if long == timedelta(microseconds=1) else halves and halves[0].end == halves[1].start


@given(st.text())
def test_no_text_gets_past_with_another_error(text: str) -> None:
    for read in (lambda: point(text, NOW), lambda: length(text), lambda: TimeSpan.of(last=text, now=NOW)):
        with contextlib.suppress(ParameterError):
            read()


def test_a_date_is_its_midnight() -> None:
    span = TimeSpan.of(start=date(2026, 3, 1), end=date(2026, 3, 2))
    assert str(span) == "2026-03-01T00:00:00Z to 2026-03-02T00:00:00Z"


@pytest.mark.parametrize("given", [{"last": "1M"}, {"last": "1d 2 M"}, {"start": "-1M"}, {"start": "-1M@d"}])
def test_a_month_is_not_taken_for_a_minute(given: dict[str, str]) -> None:
    with pytest.raises(ParameterError, match="may mean months or minutes") as raised:
        TimeSpan.of(**given)  # type: ignore[arg-type]
    assert "mon" in raised.value.hint
    assert TimeSpan.of(last="1MIN", start="2026-03-01") is not None
