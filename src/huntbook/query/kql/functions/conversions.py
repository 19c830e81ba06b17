"""KQL's conversions from type to type. What cannot be converted becomes null; to a string, empty.

A tick is 100 ns. Formats of datetimes: https://learn.microsoft.com/kusto/query/scalar-data-types/datetime; a time without an offset is UTC.
"""

from __future__ import annotations

from huntbook.query.kql.functions._base import Entry, scalar

_LAST = 3_155_378_975_999_999_999  # 9999-12-31T23:59:59.9999999, in ticks since the year 1
_EPOCH = 621_355_968_000_000_000  # 1970-01-01, the same


def _each(names: tuple[str, ...], gives: str, ways: dict[str, str], *, nullable: bool = False) -> tuple[Entry, ...]:
    """A conversion with all its names, and how it is done from each type."""
    return tuple(
        scalar(f"{name}(value: {kind}) {gives}", way, nullable=nullable) for name in names for kind, way in ways.items()
    )


PARSES_JSON = ("parse_json", "todynamic", "toobject", "parsejson")

SCALARS = (
    *_each(
        ("tostring",),
        "string",
        {
            "string": "{0}",
            "bool": "CASE WHEN {0} THEN 'true' WHEN NOT {0} THEN 'false' END",
            "whole": "{0}::VARCHAR",
            "real": "kql_real_text({0})",
            "decimal": "kql_decimal_string({0})",
            "datetime": "kql_datetime_text({0})",
            "ticks": "kql_text_of_ticks({0})",
            "timespan": "kql_timespan_text({0})",
            "guid": "{0}",
            "dynamic": "({0}->>'$')",
        },
        nullable=True,
    ),
    *_each(
        ("tolong",),
        "long",
        {
            "string": "kql_tolong({0})",
            "whole": "{0}::BIGINT",
            "bool": "{0}::BIGINT",
            "real": "TRY_CAST(trunc({0}) AS BIGINT)",
            "decimal": "TRY_CAST(trunc({0}) AS BIGINT)",
            "ticks": "{0}",
            "timespan": "{0}",
            "dynamic": "kql_tolong_dynamic({0})",
        },
    ),
    *_each(
        ("toint",),
        "int",
        {
            "string": "TRY_CAST(kql_tolong({0}) AS INTEGER)",
            "whole": "TRY_CAST({0} AS INTEGER)",
            "bool": "{0}::INTEGER",
            "real": "TRY_CAST(trunc({0}) AS INTEGER)",
            "decimal": "TRY_CAST(trunc({0}) AS INTEGER)",
            "timespan": "TRY_CAST({0} AS INTEGER)",
            "dynamic": "TRY_CAST(kql_tolong_dynamic({0}) AS INTEGER)",
        },
    ),
    *_each(
        ("todouble", "toreal"),
        "real",
        {
            "string": "kql_toreal({0})",
            "number": "{0}::DOUBLE",
            "bool": "{0}::DOUBLE",
            "ticks": "{0}::DOUBLE",
            "timespan": "{0}::DOUBLE",
            "dynamic": "kql_toreal_dynamic({0})",
        },
    ),
    *_each(
        ("todecimal",),
        "decimal",
        {
            "string": "kql_todecimal({0})",
            "number": "TRY_CAST({0} AS DECIMAL(38, 18))",
            "bool": "{0}::INTEGER::DECIMAL(38, 18)",
            "ticks": "{0}::DECIMAL(38, 18)",
            "timespan": "{0}::DECIMAL(38, 18)",
            "dynamic": "kql_todecimal({0}->>'$')",
        },
    ),
    *_each(
        ("tobool", "toboolean"),
        "bool",
        {
            "string": "kql_tobool({0})",
            "bool": "{0}",
            "number": "({0} <> 0)",
            "timespan": "({0} <> 0)",
            "dynamic": "kql_tobool({0}->>'$')",
        },
    ),
    *_each(
        ("todatetime",),
        "ticks",
        {
            "string": "kql_todatetime({0})",
            "ticks": "{0}",
            "whole": f"CASE WHEN {{0}} BETWEEN 0 AND {_LAST} THEN {{0}}::BIGINT END",
            "dynamic": "kql_todatetime({0}->>'$')",
        },
    ),
    *_each(
        ("totimespan", "totime"),
        "timespan",
        {
            "string": "kql_totimespan({0})",
            "timespan": "{0}",
            "whole": "{0}::BIGINT",
            "dynamic": "kql_totimespan({0}->>'$')",
        },
    ),
    *_each(
        ("toguid",),
        "guid",
        {"string": "TRY_CAST({0} AS UUID)::VARCHAR", "guid": "{0}", "dynamic": "TRY_CAST({0}->>'$' AS UUID)::VARCHAR"},
    ),
    *_each(
        PARSES_JSON,
        "dynamic",
        {
            "string": "kql_parse_json({0})",
            "dynamic": "{0}",
            "bool": "to_json({0})",
            "number": "to_json({0})",
            "datetime": "to_json(kql_datetime_text({0}))",
            "timespan": "to_json(kql_timespan_text({0}))",
            "guid": "to_json({0})",
        },
    ),
)

_WHOLE = r"\s*(?:[+-]?[0-9]+|0[xX][0-9A-Fa-f]+)\s*"
_ISO = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[T ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
_DAYS = (
    "%d %b %y",
    "%d %b %Y",
    "%d-%b-%y",
    "%d-%b-%Y",
    "%a, %d %b %y",
    "%a, %d %b %Y",
    "%A, %d-%b-%y",
    "%A, %d-%b-%Y",
    "%a, %d-%b-%Y",
)
_TIMES = (" %H:%M:%S", " %H:%M", "")
_AMERICAN = (
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %H:%M:%S.%f",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y",
)
_FORMATS = ", ".join(
    f"'{each}'"
    for each in (*(day + time for day in _DAYS for time in _TIMES), *_AMERICAN, "%Y/%m/%d %H:%M:%S", "%Y/%m/%d")
)
_CLOCK = r"\s*(-?)(?:([0-9]+)\.)?([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.([0-9]{1,7}))?)?\s*"
_UNITS = {
    "d(?:ays?)?": 864_000_000_000,
    "h(?:(?:ou)?rs?)?": 36_000_000_000,
    "m(?:in(?:ute)?s?)?": 600_000_000,
    "s(?:ec(?:ond)?s?)?": 10_000_000,
    "(?:ms|milli(?:s(?:ec(?:ond)?s?)?)?)": 10_000,
    "micro(?:s(?:ec(?:ond)?s?)?)?": 10,
    "ticks?": 1,
}
_NUMBER = r"\s*-?[0-9]+(?:\.[0-9]+)?\s*"
_IN_UNITS = " ".join(
    f"WHEN regexp_full_match(text, '{_NUMBER}{unit}\\s*') THEN {ticks}" for unit, ticks in _UNITS.items()
)

MACROS = {
    "kql_real_text": (
        "(value) AS CASE WHEN isnan(value) THEN 'NaN' WHEN isinf(value) THEN CASE WHEN value > 0 THEN 'Infinity' "
        "ELSE '-Infinity' END "
        "ELSE value::VARCHAR END"
    ),
    "kql_decimal_string": "(value) AS rtrim(rtrim(value::VARCHAR, '0'), '.')",
    "kql_tolong": (
        f"(text) AS CASE WHEN regexp_full_match(text, '{_WHOLE}') THEN TRY_CAST(ltrim(trim(text), '+') AS BIGINT) END"
    ),
    # `invoke` calculates its argument once, however often the lambda speaks of it. Whole numbers, which most are, go the short way;
    # a fraction has a point or a negative exponent.
    "kql_tolong_dynamic": (
        "(value) AS invoke(lambda kql_long: coalesce(CASE WHEN contains(kql_long::VARCHAR, '.') OR contains(kql_long::VARCHAR, '-') "
        "THEN NULL ELSE TRY_CAST(kql_long::VARCHAR AS BIGINT) END, kql_tolong_odd(kql_long)), value)"
    ),
    "kql_tolong_odd": (
        "(value) AS CASE json_type(value) WHEN 'DOUBLE' THEN TRY_CAST(trunc(TRY_CAST(value->>'$' AS DOUBLE)) AS BIGINT) "
        "WHEN 'BOOLEAN' THEN (value->>'$' = 'true')::BIGINT ELSE kql_tolong(value->>'$') END"
    ),
    "kql_toreal": "(text) AS CASE WHEN contains(text, '_') THEN NULL ELSE TRY_CAST(text AS DOUBLE) END",
    "kql_toreal_dynamic": (
        "(value) AS invoke(lambda kql_double: coalesce(TRY_CAST(kql_double::VARCHAR AS DOUBLE), CASE json_type(kql_double) "
        "WHEN 'BOOLEAN' THEN (kql_double->>'$' = 'true')::DOUBLE ELSE kql_toreal(kql_double->>'$') END), value)"
    ),
    "kql_todecimal": "(text) AS CASE WHEN contains(text, '_') THEN NULL ELSE TRY_CAST(text AS DECIMAL(38, 18)) END",
    "kql_tobool": (
        "(text) AS CASE lower(trim(text)) WHEN 'true' THEN true WHEN 'false' THEN false ELSE kql_tolong(text) <> 0 END"
    ),
    # The seventh digit of the second, which TIMESTAMP has no room for, is added at the end.
    "kql_todatetime": (
        f"(text) AS CASE WHEN regexp_full_match(text, '\\s*{_ISO}(?:Z| ?GMT| ?UTC)?\\s*') "
        f"THEN kql_ticks_of(TRY_CAST(replace(regexp_extract(text, '{_ISO}'), 'T', ' ') || CASE WHEN "
        f"regexp_matches(text, "
        "'[0-9][T ][0-9]{1,2}:[0-9]{2}(?:Z| |$)') THEN ':00' ELSE '' END AS TIMESTAMP), text) "
        f"WHEN regexp_full_match(text, '\\s*{_ISO} ?[+-][0-9]{{2}}:?(?:[0-9]{{2}})?\\s*') "
        "THEN kql_ticks_of(TRY_CAST(regexp_replace(trim(text), '([+-][0-9]{2})([0-9]{2})$', '\\1:\\2') AS "
        "TIMESTAMPTZ), text) "
        f"ELSE kql_ticks_of(try_strptime(regexp_replace(trim(text), ' (?:GMT|UTC)$', ''), [{_FORMATS}]), '') END"
    ),
    "kql_ticks_of": (
        f"(moment, text) AS epoch_us(moment) * 10 + {_EPOCH} + "
        "coalesce(TRY_CAST(regexp_extract(text, '\\.[0-9]{6}([0-9])', 1) AS BIGINT), 0)"
    ),
    "kql_clock": (
        "(sign, days, hours, minutes, seconds, part) AS CASE WHEN hours < 24 AND minutes < 60 AND seconds < 60 "
        "THEN sign * (days * 864000000000 + hours * 36000000000 + minutes * 600000000 + seconds * 10000000 + part) END"
    ),
    "kql_totimespan": (
        f"(text) AS CASE WHEN regexp_full_match(text, '{_CLOCK}') THEN invoke(lambda kql_totimespan_found: kql_clock("
        "CASE WHEN kql_totimespan_found.sign = '-' THEN -1 ELSE 1 END, coalesce(TRY_CAST(kql_totimespan_found.days "
        "AS BIGINT), 0), kql_totimespan_found.hours::BIGINT, "
        "kql_totimespan_found.minutes::BIGINT, coalesce(TRY_CAST(kql_totimespan_found.seconds AS BIGINT), 0), "
        "coalesce(TRY_CAST(rpad(kql_totimespan_found.part, 7, '0') AS BIGINT), 0)), "
        f"regexp_extract(text, '{_CLOCK}', ['sign', 'days', 'hours', 'minutes', 'seconds', 'part'])) "
        "WHEN regexp_full_match(text, '\\s*-?[0-9]{1,8}\\s*') THEN TRY_CAST(text AS BIGINT) * 864000000000 "
        f"ELSE TRY_CAST(TRY_CAST(regexp_extract(text, '-?[0-9]+(?:\\.[0-9]+)?') AS DECIMAL(27, 9)) * (CASE "
        f"{_IN_UNITS} END) AS BIGINT) END"
    ),
    # DuckDB's reader takes NaN and Infinity, which are no JSON.
    "kql_parse_json": (
        "(text) AS CASE WHEN text = '' OR text = 'null' THEN NULL WHEN regexp_matches(text, '^\\s*[+-]?[A-Za-z]') "
        "AND trim(text) NOT IN ('true', 'false') THEN to_json(text) ELSE coalesce(TRY(json(text)), to_json(text)) END"
    ),
}
