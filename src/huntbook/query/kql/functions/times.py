"""Datetimes and timespans: calendar, bins, time zones, and how they are written.

A datetime is a TIMESTAMP (UTC); where the seventh digit of a second would be lost it is a BIGINT of ticks (100 ns since 0001-01-01).
What falls outside of 0001-01-01 … 9999-12-31T23:59:59.9999999 is null. Weeks begin on Sunday, but those of `week_of_year` (ISO 8601).
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from huntbook.query.kql.functions._base import Entry, refused, scalar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DAY = 864_000_000_000  # ticks
EPOCH = 621_355_968_000_000_000  # 1970-01-01 in ticks
LAST = 3_155_378_975_999_999_999  # the last tick of the year 9999
UNITS = {  # in ticks; a week as a period of time
    "week": 7 * DAY,
    "day": DAY,
    "hour": DAY // 24,
    "minute": 600_000_000,
    "second": 10_000_000,
    "millisecond": 10_000,
    "microsecond": 10,
}
MONTHS = {"year": 12, "quarter": 3, "month": 1}
_PERIODS = ", ".join([*MONTHS, *UNITS, "nanosecond"])

_DELIMITERS = " /-:,._[]"
_FRACTIONS = {"f" * n: f"{{f}}[:{n}]" for n in range(7, 0, -1)} | {
    "F" * n: f"rtrim({{f}}[:{n}], '0')" for n in range(7, 0, -1)
}


def _both(letter: str, number: str) -> dict[str, str]:
    """A number as it is, and with two digits."""
    return {letter * 2: f"format('{{{{:02d}}}}', {number})", letter: f"({number})::VARCHAR"}


_OF_DAY = (
    _both("H", f"{{t}} // {UNITS['hour']} % 24")
    | _both("m", f"{{t}} // {UNITS['minute']} % 60")
    | _both("s", f"{{t}} // {UNITS['second']} % 60")
    | _FRACTIONS
)
_DATETIME = (
    {"yyyy": "format('{{:04d}}', year({d}))"}
    | _both("y", "year({d}) % 100")
    | _both("M", "month({d})")
    | _both("d", "day({d})")
    | _both("h", f"({{t}} // {UNITS['hour']} + 11) % 12 + 1")
    | {"tt": f"CASE WHEN {{t}} // {UNITS['hour']} % 24 < 12 THEN 'AM' ELSE 'PM' END"}
    | _OF_DAY
)
_TIMESPAN = (
    {"d" * n: f"format('{{{{:0{n}d}}}}', {{t}} // {DAY})" for n in range(8, 0, -1)}
    | _both("h", f"{{t}} // {UNITS['hour']} % 24")
    | _OF_DAY
)


# those that DuckDB has as well, which is ten times as fast
_STRFTIME = {
    "yyyy": "%Y",
    "yy": "%y",
    "y": "%-y",
    "MM": "%m",
    "M": "%-m",
    "dd": "%d",
    "d": "%-d",
    "HH": "%H",
    "H": "%-H",
} | {
    "hh": "%I",
    "h": "%-I",
    "mm": "%M",
    "m": "%-M",
    "ss": "%S",
    "s": "%-S",
    "tt": "%p",
    "ffffff": "%f",
    "fff": "%g",
}


def _pieces(tokens: Mapping[str, str], ticks: str) -> dict[str, str]:
    """The SQL of each specifier for a value in ticks, not negative."""
    values = {"t": ticks, "d": f"kql_datetime({ticks})", "f": f"format('{{:07d}}', {ticks} % {UNITS['second']})"}
    return {token: sql.format(**values) for token, sql in tokens.items()}


def _by_row(name: str, tokens: Mapping[str, str]) -> str:
    """The body of a macro that writes the value `n` by the format `f` of its row."""
    runs = "|".join(f"{letter}+" for letter in sorted({token[0] for token in tokens}))
    cases = " ".join(f"WHEN '{token}' THEN {sql}" for token, sql in _pieces(tokens, "n").items())
    unknown = f"error('{name}() has no specifier ' || kql_token)"
    return (
        f"array_to_string(list_transform(regexp_extract_all(f, '{runs}|.', 0, 's'), lambda kql_token: CASE kql_token {cases} "
        f"ELSE CASE WHEN contains('{_DELIMITERS}', kql_token) THEN kql_token ELSE {unknown} END END), '')"
    )


def _formatted(arguments: Sequence[str], name: str, tokens: Mapping[str, str]) -> str:
    """SQL that writes a value in ticks by a format: put together here if the format is a constant, row by row otherwise."""
    ticks, spelling = arguments
    if not re.fullmatch(r"'(?:[^']|'')*'", spelling):
        return f"kql_{name}({ticks}, {spelling})"
    letters = "|".join(f"{letter}+" for letter in {token[0] for token in tokens})
    found = re.findall(f"{letters}|.", spelling[1:-1].replace("''", "'"), re.DOTALL)
    unknown = [run for run in found if run not in tokens and run not in _DELIMITERS]
    if unknown:
        reason = f"{name}() has no specifier {unknown[0]}".replace("'", "''")
        return f"error('{reason}')::VARCHAR"
    pieces = _pieces(tokens, f"({ticks})")
    parts = []
    for quick, runs in groupby(found, lambda run: tokens is _DATETIME and (run in _STRFTIME or run in _DELIMITERS)):
        if quick:
            parts.append(f"strftime(kql_datetime({ticks}), '{''.join(_STRFTIME.get(run, run) for run in runs)}')")
        else:
            parts += [pieces.get(run, f"'{run}'") for run in runs]
    return f"({' || '.join(parts)})" if parts else "''"


def _format_datetime(arguments: Sequence[str]) -> str:
    """The SQL of `format_datetime`."""
    return _formatted(arguments, "format_datetime", _DATETIME)


def _format_timespan(arguments: Sequence[str]) -> str:
    """The SQL of `format_timespan`; a negative one has its sign in front."""
    text = _formatted([f"kql_timespan_size({arguments[0]})", arguments[1]], "format_timespan", _TIMESPAN)
    return f"(CASE WHEN {arguments[0]} < 0 THEN '-' ELSE '' END || {text})"


def _period(name: str, months: str, ticks: str, nanoseconds: str) -> str:
    """A CASE over `p`, the name of a period, with what to do for each."""
    cases = [f"WHEN lower(p) = '{period}' THEN {months.format(size=size)}" for period, size in MONTHS.items()]
    cases += [f"WHEN lower(p) = '{period}' THEN {ticks.format(size=size)}" for period, size in UNITS.items()]
    cases.append(f"WHEN lower(p) = 'nanosecond' THEN {nanoseconds}")
    return f"CASE {' '.join(cases)} ELSE error('{name}() has no period ' || p || '; there are: {_PERIODS}') END"


def _starts(name: str, unit: str) -> tuple[Entry, ...]:
    """The two forms of `startof…`: without an offset the quick one."""
    return (
        scalar(f"{name}(date: datetime) datetime", f"date_trunc('{unit}', {{0}})::TIMESTAMP"),
        scalar(f"{name}(date: datetime, offset: long) datetime", f"kql_datetime(kql_start_of_{unit}({{0}}, {{1}}))"),
    )


def _ends(name: str, unit: str) -> Entry:
    """The last tick of a period: one before the start of the next."""
    return scalar(
        f"{name}(date: datetime, offset: long = 0) ticks",
        f"kql_ticks_in_range(kql_start_of_{unit}({{0}}, {{1}} + 1) - 1)",
    )


_UNIX = tuple(
    entry
    for name, ticks in (
        ("seconds", "10000000"),
        ("milliseconds", "10000"),
        ("microseconds", "10"),
        ("nanoseconds", "0.01"),
    )
    for entry in (
        scalar(
            f"unixtime_{name}_todatetime(timestamp: whole) ticks",
            "kql_ticks_in_range({0} // 100 - CASE WHEN {0} % 100 < 0 THEN 1 ELSE 0 END + " + f"{EPOCH})"
            if name == "nanoseconds"
            else f"kql_ticks_in_range({{0}}::HUGEINT * {ticks} + {EPOCH})",
        ),
        scalar(f"unixtime_{name}_todatetime(timestamp: real) ticks", f"kql_unix_real({{0}} * {ticks}::DOUBLE)"),
    )
)

SCALARS = (
    *(
        _bin
        for name in ("bin", "floor")
        for _bin in (
            scalar(f"{name}(value: datetime, size: timespan) datetime", "kql_bin_datetime({0}, {1})"),
            scalar(f"{name}(value: ticks, size: timespan) ticks", "kql_bin({0}, {1})"),
            scalar(f"{name}(value: timespan, size: timespan) timespan", "kql_bin({0}, {1})"),
            scalar(f"{name}(value: long, size: long) long", "kql_bin({0}, {1})"),
            scalar(f"{name}(value: decimal, size: decimal) decimal", "kql_bin({0}, {1})::DECIMAL(38, 18)"),
            scalar(f"{name}(value: real, size: real) real", "kql_bin_real({0}, {1})"),
        )
    ),
    scalar(
        "bin_at(value: datetime, size: timespan, fixed: datetime) datetime",
        "kql_datetime(kql_bin(kql_ticks({0}) - kql_ticks({2}), {1})::HUGEINT + kql_ticks({2}))",
    ),
    scalar("bin_at(value: timespan, size: timespan, fixed: timespan) timespan", "kql_bin_at({0}, {1}, {2})"),
    scalar("bin_at(value: long, size: long, fixed: long) long", "kql_bin_at({0}, {1}, {2})"),
    scalar(
        "bin_at(value: decimal, size: decimal, fixed: decimal) decimal",
        "(kql_bin({0} - {2}, {1}) + {2})::DECIMAL(38, 18)",
    ),
    scalar("bin_at(value: real, size: real, fixed: real) real", "(kql_bin_real({0} - {2}, {1}) + {2})"),
    *_starts("startofday", "day"),
    scalar("startofweek(date: datetime, offset: long = 0) datetime", "kql_datetime(kql_start_of_week({0}, {1}))"),
    *_starts("startofmonth", "month"),
    *_starts("startofyear", "year"),
    *(_ends(f"endof{unit}", unit) for unit in ("day", "week", "month", "year")),
    scalar("dayofweek(date: datetime) timespan", f"dayofweek({{0}})::BIGINT * {DAY}"),
    scalar("dayofmonth(date: datetime) int", "day({0})::INTEGER"),
    scalar("dayofyear(date: datetime) int", "dayofyear({0})::INTEGER"),
    scalar("week_of_year(date: datetime) int", "weekofyear({0})::INTEGER"),
    scalar("monthofyear(date: datetime) int", "month({0})::INTEGER"),
    scalar("getmonth(date: datetime) int", "month({0})::INTEGER"),
    scalar("getyear(date: datetime) int", "year({0})::INTEGER"),
    scalar("hourofday(date: datetime) int", "hour({0})::INTEGER"),
    scalar("datetime_add(period: string, amount: long, date: ticks) ticks", "kql_datetime_add({0}, {1}, {2})"),
    scalar("datetime_diff(period: string, later: ticks, earlier: ticks) long", "kql_datetime_diff({0}, {1}, {2})"),
    *(
        scalar(f"{name}(part: string, date: ticks) int", "kql_datetime_part({0}, {1})::INTEGER")
        for name in ("datetime_part", "datepart")
    ),
    scalar(
        "datetime_utc_to_local(date: datetime, timezone: string) datetime",
        "kql_in_range(timezone({1}, timezone('UTC', {0})))",
    ),
    scalar(
        "datetime_local_to_utc(date: datetime, timezone: string) datetime", "kql_in_range(kql_local_to_utc({0}, {1}))"
    ),
    scalar("datetime_list_timezones() dynamic", "(SELECT to_json(list(name ORDER BY name)) FROM pg_timezone_names())"),
    scalar("make_datetime(date: datetime) datetime", "{0}"),
    scalar("make_datetime(date: string) ticks", "kql_todatetime({0})"),
    scalar(
        "make_datetime(year: number, month: number, day: number, hour: number = 0, minute: number = 0, second: number = 0) ticks",
        "kql_make_datetime({*})",
    ),
    scalar("make_timespan(value: timespan) timespan", "{0}"),
    scalar("make_timespan(value: string) timespan", "kql_totimespan({0})"),
    scalar(
        "make_timespan(hours: whole, minutes: whole, seconds: number = 0) timespan",
        "kql_make_timespan(0, {0}, {1}, {2})",
    ),
    scalar(
        "make_timespan(days: whole, hours: whole, minutes: whole, seconds: number) timespan", "kql_make_timespan({*})"
    ),
    *_UNIX,
    scalar("format_datetime(date: ticks, format: string) string", _format_datetime, nullable=True),
    scalar("format_timespan(timespan: timespan, format: string) string", _format_timespan, nullable=True),
    refused(
        "weekofyear",
        "its weeks are not those of ISO 8601, and which one the last days of a year are in is not documented: use week_of_year()",
    ),
)

# TRY_CAST, as an engine may compute what stands in a CASE before it asks for the condition.
_CLOCK = "TRY_CAST(h AS BIGINT) BETWEEN 0 AND 23 AND TRY_CAST(i AS BIGINT) BETWEEN 0 AND 59 AND s::DOUBLE >= 0 AND s::DOUBLE < 60"
_CLOCK_TICKS = (  # 60 s less a rounding
    f"TRY(TRY_CAST(h AS BIGINT) * {UNITS['hour']} + TRY_CAST(i AS BIGINT) * {UNITS['minute']} + "
    "TRY_CAST(round(s::DOUBLE * 10000000) AS BIGINT))"
)

MACROS = {
    "kql_ticks": f"(t) AS (epoch_us(t) * 10 + {EPOCH})",
    "kql_ticks_in_range": f"(n) AS CASE WHEN n BETWEEN 0 AND {LAST} THEN (n)::BIGINT END",
    "kql_datetime": f"(n) AS make_timestamp(CASE WHEN n BETWEEN 0 AND {LAST} THEN (n)::BIGINT END // 10 - {EPOCH // 10})",
    "kql_in_range": "(t) AS CASE WHEN t BETWEEN TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN t END",
    # as Kusto writes them, also within dynamic values
    "kql_datetime_text": "(t) AS strftime(t, '%Y-%m-%dT%H:%M:%S.%f0Z')",
    "kql_timespan_size": "(n) AS abs((n)::HUGEINT)",
    "kql_timespan_text": (
        f"(n) AS (CASE WHEN n < 0 THEN '-' ELSE '' END || CASE WHEN kql_timespan_size(n) >= {DAY} "
        f"THEN (kql_timespan_size(n) // {DAY})::VARCHAR || '.' ELSE '' END "
        f"|| format('{{:02d}}:{{:02d}}:{{:02d}}', (kql_timespan_size(n) // {UNITS['hour']} % 24)::BIGINT, "
        f"(kql_timespan_size(n) // {UNITS['minute']} % 60)::BIGINT, (kql_timespan_size(n) // {UNITS['second']} % 60)::BIGINT) "
        f"|| CASE WHEN n % {UNITS['second']} = 0 THEN '' ELSE '.' || format('{{:07d}}', (kql_timespan_size(n) % {UNITS['second']})::BIGINT) END)"
    ),
    "kql_bin": "(n, b) AS CASE WHEN b > 0 THEN n - n % nullif(b, 0) - CASE WHEN n % nullif(b, 0) < 0 THEN b ELSE 0 END END",
    "kql_bin_real": "(n, b) AS CASE WHEN b > 0 THEN floor(n / b) * b END",
    "kql_bin_at": "(n, b, a) AS (kql_bin((n) - (a), b) + (a))",
    "kql_bin_datetime": "(t, b) AS kql_datetime(CASE WHEN b > 0 THEN kql_ticks(t) - kql_ticks(t) % nullif(b, 0) END)",
    "kql_start_of_day": f"(t, n) AS ((n)::HUGEINT * {DAY} + kql_ticks(t) - kql_ticks(t) % {DAY})",
    "kql_start_of_week": f"(t, n) AS ((n)::HUGEINT * {7 * DAY} + kql_ticks(t) - (kql_ticks(t) + {DAY}) % {7 * DAY})",
    "kql_start_of_month": "(t, n) AS kql_ticks(date_trunc('month', t) + kql_months(n))",
    "kql_start_of_year": "(t, n) AS kql_ticks(date_trunc('year', t) + kql_months((n)::HUGEINT * 12))",
    # none that could lead beyond what a TIMESTAMP holds
    "kql_months": "(n) AS to_months(CASE WHEN n BETWEEN -120000 AND 120000 THEN (n)::INTEGER END)",
    "kql_datetime_add": "(p, n, t) AS "
    + _period(
        "datetime_add",
        "kql_ticks_in_range(kql_ticks(kql_datetime(t) + kql_months((n)::HUGEINT * {size})) + t % 10)",
        "kql_ticks_in_range((n)::HUGEINT * {size} + t)",
        "kql_ticks_in_range((n)::HUGEINT // 100 + t)",
    ),
    "kql_month_number": "(t) AS (year(kql_datetime(t)) * 12 + month(kql_datetime(t)) - 1)",
    "kql_datetime_diff": "(p, a, b) AS "
    + _period(
        "datetime_diff",
        "(kql_month_number(a) // {size} - kql_month_number(b) // {size})",
        "((a) // {size} - (b) // {size})",
        "TRY_CAST(((a)::HUGEINT - (b)) * 100 AS BIGINT)",
    ).replace(f"((a) // {7 * DAY} - (b) // {7 * DAY})", f"(((a) + {DAY}) // {7 * DAY} - ((b) + {DAY}) // {7 * DAY})"),
    "kql_datetime_part": (
        "(p, n) AS CASE lower(p) WHEN 'year' THEN year(kql_datetime(n)) WHEN 'quarter' THEN quarter(kql_datetime(n)) "
        "WHEN 'month' THEN month(kql_datetime(n)) WHEN 'week_of_year' THEN weekofyear(kql_datetime(n)) "
        "WHEN 'day' THEN day(kql_datetime(n)) WHEN 'dayofyear' THEN dayofyear(kql_datetime(n)) "
        "WHEN 'hour' THEN hour(kql_datetime(n)) WHEN 'minute' THEN minute(kql_datetime(n)) "
        "WHEN 'second' THEN (n) // 10000000 % 60 WHEN 'millisecond' THEN (n) % 10000000 // 10000 "
        "WHEN 'microsecond' THEN (n) % 10000000 // 10 WHEN 'nanosecond' THEN (n) % 10000000 * 100 "
        "ELSE error('datetime_part() has no part ' || p || '; there are: year, quarter, month, week_of_year, day, dayofyear, hour, "
        "minute, second, millisecond, microsecond, nanosecond') END"
    ),
    # an hour that summer time skips is taken back to before it
    "kql_local_to_utc": (
        "(t, z) AS (timezone('UTC', timezone(z, t)) + ((t) - timezone(z, timezone('UTC', timezone('UTC', timezone(z, t))))))"
    ),
    "kql_make_datetime": (
        f"(y, m, d, h, i, s) AS CASE WHEN y BETWEEN 1 AND 9999 AND {_CLOCK} THEN "
        f"kql_ticks(TRY(make_date(TRY_CAST(y AS BIGINT), TRY_CAST(m AS BIGINT), TRY_CAST(d AS BIGINT)))::TIMESTAMP) + {_CLOCK_TICKS} END"
    ),
    "kql_make_timespan": (
        f"(d, h, i, s) AS CASE WHEN d BETWEEN 0 AND 10675198 AND {_CLOCK} THEN TRY(TRY_CAST(d AS BIGINT) * {DAY}) + {_CLOCK_TICKS} END"
    ),
    "kql_unix_real": (
        f"(n) AS CASE WHEN n BETWEEN -{EPOCH} AND {LAST - EPOCH} THEN kql_ticks_in_range(round(n)::HUGEINT + {EPOCH}) END"
    ),
    "kql_format_datetime": "(n, f) AS " + _by_row("format_datetime", _DATETIME),
    "kql_format_timespan": "(n, f) AS " + _by_row("format_timespan", _TIMESPAN),
}
