"""Datetimes and timespans against the documented answers, and at both ends of the calendar."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from tests.query.kql.functions._entries import connect
from tests.query.kql.functions._render import at, evaluate, long, moment, nulls_are_kept, real, ticks

from huntbook.query.kql.functions import times
from huntbook.query.kql.functions._base import Entry

DB = connect("Asia/Tokyo")
HOUR, DAY = 36_000_000_000, 864_000_000_000
SOME = "2017-01-29 09:00:05"

CASES: list[tuple[str, tuple[str, ...], Any]] = [
    ("bin(value: datetime", (at("1970-05-11 13:45:07"), long(DAY)), moment(1970, 5, 11)),
    ("bin(value: datetime", (at("0001-01-03 13:45:07"), long(DAY)), moment(1, 1, 3)),
    ("bin(value: datetime", (at("9999-12-31 23:59:59.999999"), long(DAY)), moment(9999, 12, 31)),
    ("bin(value: datetime", (at("2024-02-29 10:00"), long(7 * DAY)), moment(2024, 2, 26)),  # 0001-01-01 was a Monday
    ("bin(value: datetime", (at(SOME), long(0)), None),
    ("bin(value: datetime", (at(SOME), long(-5)), None),
    ("bin(value: timespan", (long(16 * DAY), long(7 * DAY)), 14 * DAY),
    ("bin(value: long", ("-7", "5"), -10),
    ("bin(value: long", ("7", "0"), None),
    ("bin(value: real", (real(4.5), real(1)), 4.0),
    ("bin(value: real", (real(-4.5), real(1)), -5.0),
    ("bin_at(value: real", (real(6.5), real(2.5), real(7)), 4.5),
    ("bin_at(value: timespan", (long(HOUR), long(DAY), long(12 * HOUR)), -12 * HOUR),
    ("bin_at(value: datetime", (at("2017-05-15 10:20"), long(DAY), at("1970-01-01 12:00")), moment(2017, 5, 14, 12)),
    ("bin_at(value: datetime", (at("2017-05-17 10:20"), long(7 * DAY), at("2017-06-04")), moment(2017, 5, 14)),
    ("startofday(date: datetime)", (at(SOME),), moment(2017, 1, 29)),
    ("startofday(date: datetime, ", (at("2017-01-01 10:10:17"), long(-1)), moment(2016, 12, 31)),
    ("startofday(date: datetime, ", (at(SOME), long(2**63 - 1)), None),
    ("startofweek", (at("2017-01-01 10:10:17"), long(-1)), moment(2016, 12, 25)),
    ("startofweek", (at("2017-01-01 10:10:17"), long(0)), moment(2017, 1, 1)),
    ("startofweek", (at("0001-01-01"), long(0)), None),  # the Sunday before is not in the calendar
    ("startofmonth(date: datetime, ", (at("2017-01-01 10:10:17"), long(-1)), moment(2016, 12, 1)),
    ("startofyear(date: datetime)", (at("9999-12-31"),), moment(9999, 1, 1)),
    ("startofyear(date: datetime, ", (at("9999-12-31"), long(1)), None),
    ("dayofweek", (at("1947-11-30 10:00:05"),), 0),
    ("dayofweek", (at("1970-05-11"),), DAY),
    ("week_of_year", (at("2020-12-31"),), 53),
    ("monthofyear", (at("2015-12-14"),), 12),
    ("hourofday", (at("2015-12-14 18:54"),), 18),
    ("getyear", (at("0001-01-01"),), 1),
    ("datetime_diff", ("'year'", ticks("2017-01-01"), ticks("2000-12-31")), 17),
    ("datetime_diff", ("'quarter'", ticks("2017-07-01"), ticks("2017-03-30")), 2),
    ("datetime_diff", ("'month'", ticks("2017-01-01"), ticks("2015-12-30")), 13),
    ("datetime_diff", ("'week'", ticks("2017-10-29 00:00"), ticks("2017-09-30 23:59")), 5),
    ("datetime_diff", ("'day'", ticks("2017-10-29 00:00"), ticks("2017-09-30 23:59")), 29),
    ("datetime_diff", ("'hour'", ticks("2017-10-31 01:00"), ticks("2017-10-30 23:59")), 2),
    ("datetime_diff", ("'minute'", ticks("2017-10-30 23:05:01"), ticks("2017-10-30 23:00:59")), 5),
    ("datetime_diff", ("'second'", ticks("2017-10-30 23:00:10.100"), ticks("2017-10-30 23:00:00.900")), 10),
    ("datetime_diff", ("'millisecond'", ticks("2017-10-30 23:00:00.200100"), ticks("2017-10-30 23:00:00.100900")), 100),
    (
        "datetime_diff",
        ("'microsecond'", ticks("2017-10-30 23:00:00.1009", 1), ticks("2017-10-30 23:00:00.1008", 9)),
        100,
    ),
    ("datetime_diff", ("'nanosecond'", ticks("2017-10-30 23:00:00"), ticks("2017-10-30 23:00:00", 7)), -700),
    ("datetime_diff", ("'nanosecond'", ticks("9999-12-31"), ticks("0001-01-01")), None),  # more than a long holds
    ("datetime_part", ("'week_of_year'", ticks("2017-10-30 01:02:03.765432", 1)), 44),
    ("datetime_part", ("'DayOfYear'", ticks("2017-10-30 01:02:03.765432", 1)), 303),
    ("datetime_part", ("'second'", ticks("2017-10-30 01:02:03.765432", 1)), 3),
    ("datetime_part", ("'millisecond'", ticks("2017-10-30 01:02:03.765432", 1)), 765),
    ("datetime_part", ("'microsecond'", ticks("2017-10-30 01:02:03.765432", 1)), 765432),
    ("datetime_part", ("'nanosecond'", ticks("2017-10-30 01:02:03.765432", 1)), 765432100),
    ("datetime_local_to_utc", (at("2020-02-02 20:02:20"), "'Europe/Paris'"), moment(2020, 2, 2, 19, 2, 20)),
    ("datetime_local_to_utc", (at("2022-03-27 01:00"), "'Europe/Brussels'"), moment(2022, 3, 27, 0)),
    ("datetime_local_to_utc", (at("2022-03-27 02:00"), "'Europe/Brussels'"), moment(2022, 3, 27, 0)),  # skipped there
    ("datetime_local_to_utc", (at("2022-03-27 03:00"), "'Europe/Brussels'"), moment(2022, 3, 27, 1)),
    ("datetime_utc_to_local", (at("2022-07-11 22:18:48"), "'Australia/Canberra'"), moment(2022, 7, 12, 8, 18, 48)),
    ("make_timespan(days", (long(1), long(12), long(30), real(55.123)), DAY + 12 * HOUR + 18_551_230_000),
    ("make_timespan(hours", (long(1), long(60), long(0)), None),
    ("make_datetime(year", ("2017", "2", "30", "0", "0", "0"), None),
    ("make_datetime(year", ("10000", "1", "1", "0", "0", "0"), None),
    ("make_datetime(year", ("2017", "1", "1", "24", "0", "0"), None),
    ("unixtime_seconds_todatetime(timestamp: whole", (long(2**63 - 1),), None),
    ("unixtime_seconds_todatetime(timestamp: real", (real("nan"),), None),
    ("format_datetime", (ticks(SOME), "'yy-MM-dd [HH:mm:ss]'"), "17-01-29 [09:00:05]"),
    ("format_datetime", (ticks(SOME), "'yyyy-M-dd [H:mm:ss]'"), "2017-1-29 [9:00:05]"),
    ("format_datetime", (ticks(SOME), "'yy-MM-dd [hh:mm:ss tt]'"), "17-01-29 [09:00:05 AM]"),
    ("format_datetime", (ticks("0999-01-02 13:00:00.617", 3), "'yyyy h tt FF FFFFFFF f'"), "0999 1 PM 61 6170003 6"),
    ("format_timespan", (long(29 * DAY + 9 * HOUR + 51_234_500), "'dd.hh:mm:ss:FF'"), "29.09:00:05:12"),
    ("format_timespan", (long(29 * DAY + 9 * HOUR + 51_234_500), "'ddd.h:mm:ss [fffffff]'"), "029.9:00:05 [1234500]"),
    ("format_timespan", (long(-HOUR), "'hh:mm'"), "-01:00"),
]


@pytest.mark.parametrize(("signature", "arguments", "wanted"), CASES)
def test_answers(signature: str, arguments: tuple[str, ...], wanted: object) -> None:
    assert evaluate(DB, signature, *arguments) == wanted


def _text(ticks_: int | None) -> str | None:
    found = DB.execute(f"SELECT kql_text_of_ticks({'NULL::BIGINT' if ticks_ is None else ticks_})").fetchone()
    return found[0] if found else None


@pytest.mark.parametrize(
    ("signature", "arguments", "wanted"),
    [
        ("endofday", (at("9999-12-31 12:00"), long(0)), "9999-12-31T23:59:59.9999999Z"),
        ("endofday", (at("9999-12-31 12:00"), long(1)), None),
        ("endofweek", (at(SOME), long(0)), "2017-02-04T23:59:59.9999999Z"),
        ("endofmonth", (at("2017-01-01 10:10:17"), long(-1)), "2016-12-31T23:59:59.9999999Z"),
        ("endofmonth", (at("2017-01-01 10:10:17"), long(1)), "2017-02-28T23:59:59.9999999Z"),
        ("endofyear", (at("2017-01-01 10:10:17"), long(1)), "2018-12-31T23:59:59.9999999Z"),
        ("endofyear", (at("9999-06-01"), long(0)), "9999-12-31T23:59:59.9999999Z"),
        ("datetime_add", ("'month'", long(1), ticks("2020-01-31 00:00:00", 7)), "2020-02-29T00:00:00.0000007Z"),
        ("datetime_add", ("'Quarter'", long(-1), ticks("2020-01-31")), "2019-10-31T00:00:00.0000000Z"),
        ("datetime_add", ("'week'", long(1), ticks("2020-01-31")), "2020-02-07T00:00:00.0000000Z"),
        ("datetime_add", ("'nanosecond'", long(250), ticks("2020-01-31")), "2020-01-31T00:00:00.0000002Z"),
        ("datetime_add", ("'year'", long(8000), ticks("2020-01-31")), None),
        ("datetime_add", ("'day'", long(2**63 - 1), ticks("2020-01-31")), None),
        ("datetime_add", ("'day'", long(-1), ticks("0001-01-01")), None),
        ("make_datetime(year", ("2017", "10", "01", "12", "11", real(0.1234567)), "2017-10-01T12:11:00.1234567Z"),
        ("unixtime_seconds_todatetime(timestamp: whole", (long(1546300800),), "2019-01-01T00:00:00.0000000Z"),
        ("unixtime_seconds_todatetime(timestamp: real", (real(1546300800.5),), "2019-01-01T00:00:00.5000000Z"),
        ("unixtime_milliseconds_todatetime(timestamp: whole", (long(-1),), "1969-12-31T23:59:59.9990000Z"),
        (
            "unixtime_microseconds_todatetime(timestamp: whole",
            (long(1546300800000000),),
            "2019-01-01T00:00:00.0000000Z",
        ),
        (
            "unixtime_nanoseconds_todatetime(timestamp: whole",
            (long(1546300800000000199),),
            "2019-01-01T00:00:00.0000001Z",
        ),
        ("unixtime_nanoseconds_todatetime(timestamp: whole", (long(-1),), "1969-12-31T23:59:59.9999999Z"),
    ],
)
def test_to_the_tick(signature: str, arguments: tuple[str, ...], wanted: str | None) -> None:
    assert _text(evaluate(DB, signature, *arguments)) == wanted


@pytest.mark.parametrize("format_", ["yyyyTdd", "MMM", "dddd", "zz"])
@pytest.mark.parametrize("constant", [True, False])
def test_an_unknown_specifier_is_no_text(format_: str, constant: bool) -> None:
    spelled = f"'{format_}'" if constant else f"('{format_}' || '')"
    with pytest.raises(duckdb.InvalidInputException, match="has no specifier"):
        evaluate(DB, "format_datetime", ticks(SOME), spelled)


@pytest.mark.parametrize("format_", ["yy-MM-dd [HH:mm:ss]", "y M d H h m s tt", "yyyy.f_FF,ffffff/FFFFFFF", "", " "])
def test_a_format_of_the_row_is_as_a_constant(format_: str) -> None:
    value = ticks("0999-11-02 23:04:05.06", 7)
    assert evaluate(DB, "format_datetime", value, f"'{format_}'") == evaluate(
        DB, "format_datetime", value, f"('{format_}' || '')"
    )


def test_an_unknown_period_is_told() -> None:
    for name in ("datetime_add", "datetime_diff"):
        with pytest.raises(duckdb.InvalidInputException, match="has no period"):
            evaluate(DB, name, "'fortnight'", long(1), long(1))


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (HOUR, "01:00:00"),
        (0, "00:00:00"),
        (-(3 * DAY + 1), "-3.00:00:00.0000001"),
        (-(2**63), "-10675199.02:48:05.4775808"),
    ],
)
def test_the_text_of_a_timespan(value: int, wanted: str) -> None:
    assert DB.execute(f"SELECT kql_timespan_text(({value})::BIGINT)").fetchone() == (wanted,)


def test_time_zones_are_listed() -> None:
    assert '"Europe/Paris"' in evaluate(DB, "datetime_list_timezones")


@pytest.mark.parametrize(
    "entry",
    [each for each in times.SCALARS if not each.refused and "()" not in each.signature],
    ids=lambda e: e.signature,
)
def test_null_is_null(entry: Entry) -> None:
    nulls_are_kept(DB, entry)
