"""What is told of a search from its text, and rows as frames."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huntbook.query.dialects import dialects
from huntbook.query.spl import parse_spl
from huntbook.sources._splunk.jobs import epoch
from huntbook.sources._splunk.rows import Rows
from huntbook.sources._splunk.text import every_event, native, numbers, read_from, times


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("index=main", "search index=main"),
        ("search index=main", "search index=main"),
        ("SEARCH index=main", "SEARCH index=main"),
        ("  | tstats count", "  | tstats count"),
        ("tstats count where index=*", "tstats count where index=*"),
        ("search=x", "search search=x"),
        ("stats=y OR search = x", "search stats=y OR search = x"),
        ("searching for", "search searching for"),
        ("stats count", "search stats count"),
        ('"rest" failed', 'search "rest" failed'),
        ("`macro(1)` | head 5", "search `macro(1)` | head 5"),
        ("```why``` | makeresults", "```why``` | makeresults"),
        ("[search index=a | return b]", "search [search index=a | return b]"),
        ("", "search "),
    ],
)
def test_a_search_has_a_command(text: str, sent: str) -> None:
    assert native(text) == sent


@given(
    st.sampled_from(["index=a b", "| tstats count", "search x", "makeresults", "a OR b", "metadata=1"]),
    st.sampled_from(["", " | head 5"]),
)
def test_what_is_sent_means_what_was_written(text: str, more: str) -> None:
    before, after = parse_spl(text + more), parse_spl(native(text + more))
    assert [command.name for command in before.commands] == [command.name for command in after.commands]


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("index=a (index=b OR index=c*) NOT index=d", ["a", "b"]),
        ("index IN (a, b*) sourcetype=x", ["a"]),
        ("sourcetype=x OR sourcetype=y", ["sourcetype=x", "sourcetype=y"]),
        ("index=* error", ["index=*"]),
        ("index=* sourcetype=x", ["sourcetype=x"]),
        ('index="*] | delete" error', []),
        ("| tstats count where index=a", ["a"]),
        ("index=a | append [search index=b]", ["a"]),
        ("not ( spl", []),
    ],
)
def test_the_tables_of_a_search(text: str, tables: list[str]) -> None:
    assert read_from(text) == tables


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("index=a | stats count dc(x) AS d values(y) sum(z) p95(z) min(z) BY count2", {"count", "d", "sum(z)", "p95(z)"}),
        ("index=a | stats count BY x | rename count AS n | sort - n | head 5 | table n x", {"n"}),
        ('index=a | stats count | eval count=count."x"', set()),
        ('index=a | stats count | rex field=count "(?<count>.)"', set()),
        ("index=a | top user countfield=n", {"n", "percent"}),
        ("| eventcount index=*", {"count", "size_bytes"}),
        ("index=a | table count", set()),
        ("index=a | timechart count", set()),
        ("index=a | eval EventID=tonumber(EventCode), n=mvcount(x), m=coalesce(n, 1), o=coalesce(n, y) | table EventID n", {"EventID", "m", "n"}),
        ('index=a | eval n=tonumber(x), n="a", m=coalesce("1", 1), c=now()', set()),
        ("index=a | eval port=tonumber(p) | stats count max(port) AS high min(z) BY port host", {"count", "high", "port"}),
        ("index=a | stats count BY p | eval port=tonumber(p) | rename port AS Port | table p Port count", {"Port", "count"}),
        ("index=a | fieldformat n=tonumber(n)", set()),
        ('index=a | stats count AS "a b" | rename "a*" AS "b*"', set()),
    ],
)  # fmt: skip
def test_numbers_are_what_spl_says_they_are(text: str, columns: set[str]) -> None:
    assert numbers(text) == columns


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("index=a | rename _time AS TimeGenerated, host AS Computer | table TimeGenerated Computer", {"TimeGenerated"}),
        ("index=a | stats min(_time) AS First max(_time) values(_time) AS every count BY host", {"First", "max(_time)"}),
        ("| tstats count max(_time) AS last where index=* BY _time span=1h", {"last"}),
        ('index=a | eval a=_time, b=a, c=a+1, d=now(), e=strptime(x, "%F"), f=strftime(_time, "%F")', {"a", "b", "d", "e"}),
        ("index=a | eval a=_time | eval a=1", set()),
        ("index=a | eval a=coalesce(_time, now()), b=coalesce(_time, 1), c=coalesce(x, _time)", {"a"}),
        ("index=a | eval a=if(x=1, _time, null()), b=if(x=1, _time, x), c=if(_time=1, x, y) | stats min(a) AS first max(c) AS last", {"first"}),
        ("index=a | eventstats min(_time) AS first BY host | streamstats count AS first", set()),
        ("index=a | eventstats min(_time) AS first BY host | stats max(first) AS last BY host", {"last"}),
        ("index=a | stats earliest(user) AS who earliest_time(user) AS at", {"at"}),
        ("| metadata type=hosts", {"firstTime", "lastTime", "recentTime"}),
        ("index=a | rename _time AS t | rex field=t x", set()),
        ("not ( spl", set()),
    ],
)  # fmt: skip
def test_times_are_what_spl_says_they_are(text: str, columns: set[str]) -> None:
    assert times(text) - {"_time", "_indextime"} == columns


@pytest.mark.parametrize(
    ("text", "every"),
    [
        ("index=a | eval b=1 | table b | sort 0 b", True),
        ("index=a", True),
        ("index=a | sort b", False),
        ("index=a | where b=1", False),
        ("index=a | stats count", False),
        ("| makeresults", False),
    ],
)
def test_whether_there_are_as_many_rows_as_events(text: str, every: bool) -> None:
    assert every_event(text) is every


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("index=a earliest=-1h", "earliest=-1h"),
        ("index=a (latest=now OR x=1)", "latest=now"),
        ("| tstats count where index=a earliest=-1d@d", "earliest=-1d@d"),
        ("index=a [search index=b earliest=-1h]", None),
        ("index=a | eval earliest=5", None),
        ('index=a "earliest=-1h"', None),
        ("not ( spl", None),
    ],
)
def test_a_time_of_its_own(text: str, own: str | None) -> None:
    assert dialects["spl"].own_time(text) == own
    assert dialects["kql"].own_time(text) is None


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        (datetime(2026, 3, 1, 0, 0, 0, 1, UTC), "1772323200.000001"),
        (datetime(2026, 3, 1, tzinfo=UTC), "1772323200.000000"),
        (datetime(1969, 12, 31, 23, 59, 59, 500_000, UTC), "-0.500000"),
    ],
)
def test_times_are_seconds_to_the_microsecond(moment: datetime, seconds: str) -> None:
    assert epoch(moment) == seconds


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - the zone is added
def test_and_come_back_from_them(moment: datetime) -> None:
    frame = Rows().frame([{"_time": epoch(moment)}])
    assert frame["_time"].to_list() == [moment]


TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
VALUE = st.none() | TEXT | st.lists(TEXT, min_size=1, max_size=3)


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b", "ü"]), VALUE), max_size=6), st.integers(0, 6))
def test_no_value_is_lost_or_changed(rows: list[dict[str, Any]], cut: int) -> None:
    made = Rows()
    frames = [made.frame(rows[:cut]), made.frame(rows[cut:])]
    for frame, part in zip(frames, (rows[:cut], rows[cut:]), strict=True):
        told = frame.to_dicts() if frame.width else [{} for _ in part]
        for row, given_ in zip(told, part, strict=True):
            for name, value in row.items():
                expected = given_.get(name)
                listed = isinstance(frame.schema[name], pl.List) and isinstance(expected, str)
                assert value == ([expected] if listed else expected)


def test_a_column_stays_what_it_was() -> None:
    made = Rows(numbers={"n"})
    first = made.frame([{"a": ["x", "y"], "n": "1", "_time": "nonsense"}])
    second = made.frame([{"a": "z", "n": "2.5", "_time": "2026-03-01T00:00:00Z"}])
    assert first.schema == {"a": pl.List(pl.String), "n": pl.Int64, "_time": pl.String}
    assert second.schema == {"a": pl.List(pl.String), "n": pl.Float64, "_time": pl.String}
    assert made.notes == ["_time holds what is no time that can be read, and stays text"]
    assert made.frame([]).columns == ["a", "n", "_time"]


def test_numbers_that_splunk_writes_as_numbers_are_some() -> None:
    frame = Rows().frame([{"i": 1, "f": 0.5, "m": 1}, {"i": 2, "f": 1.5, "m": "x"}])
    assert frame.schema == {"i": pl.Int64, "f": pl.Float64, "m": pl.String}
