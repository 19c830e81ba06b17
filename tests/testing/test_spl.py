"""The part of SPL that the fake Splunk runs does what Splunk documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from huntbook.core.timespan import TimeSpan
from huntbook.testing.spl import Index, Refused, Store, search

EVENTS = [
    {
        "_time": "2026-03-01T10:00:00Z",
        "host": "WS01",
        "user": "anna",
        "code": "4625",
        "size": 5,
        "ip": ["10.0.0.1", "10.0.0.2"],
    },
    {"_time": "2026-03-01T09:00:00Z", "host": "WS02", "user": "Bo", "code": "4624", "size": 10, "ip": ["192.168.1.1"]},
    {"_time": "2026-03-01T08:00:00Z", "host": "ws03", "user": "cy", "code": "4625", "size": 7, "ip": None},
    {"_time": "2026-03-01T07:00:00Z", "host": "DC01", "user": None, "code": "1102", "size": None, "ip": None},
]
STORE = Store(
    {
        "main": Index.of("main", pl.DataFrame(EVENTS)),
        "_audit": Index.of("_audit", pl.DataFrame({"_time": ["2026-03-01T10:00:00Z"], "action": ["login"]})),
    },
    now=datetime(2026, 3, 1, 12, tzinfo=UTC),
)


def hosts(text: str) -> list[str]:
    return [row["host"] for row in search(text, STORE, None).rows()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("search index=main", ["WS01", "WS02", "ws03", "DC01"]),
        ("search *", ["WS01", "WS02", "ws03", "DC01"]),
        ("search index=_audit", ["fake"]),
        ("search host=ws*", ["WS01", "WS02", "ws03"]),
        ("search host=WS01 OR host=DC01", ["WS01", "DC01"]),
        ("search host=WS* NOT code=4625", ["WS02"]),
        ("search NOT user=anna", ["WS02", "ws03", "DC01"]),
        ("search user!=anna", ["WS02", "ws03"]),
        ("search code IN (1102, 4624)", ["WS02", "DC01"]),
        ("search size>6", ["WS02", "ws03"]),
        ("search size>=5 size<10", ["WS01", "ws03"]),
        ("search ip=10.0.0.2", ["WS01"]),
        ("search user=*", ["WS01", "WS02", "ws03"]),
        ("search anna", ["WS01"]),
        ("search ann", []),
        ("search ann*", ["WS01"]),
        ('search "user\\": \\"anna"', ["WS01"]),
        ("search code=4625 OR code=1102 host=DC01", ["DC01"]),
        ("search earliest=-3h latest=now", ["WS01", "WS02"]),
        ("search earliest=1772352000 latest=1772355600", ["ws03"]),
        ('search index=main | where user="bo"', []),
        ('search index=main | where lower(user)="bo" OR isnull(user)', ["WS02", "DC01"]),
        ('search index=main | where size*2>10 AND like(host, "WS%")', ["WS02"]),
        ('search index=main | where cidrmatch("192.168.0.0/16", ip) OR match(user, "^c")', ["WS02", "ws03"]),
        ("search index=main | where NOT code IN (4625)", ["WS02", "DC01"]),
        ("search index=main | search code=4625 | head 1", ["WS01"]),
        ("search index=main | sort size | table host", ["WS01", "ws03", "WS02", "DC01"]),
        ("search index=main | sort - host", ["ws03", "WS02", "WS01", "DC01"]),
        ("search index=main | sort 2 -size", ["WS02", "ws03"]),
        ("search index=main | dedup code", ["WS01", "WS02", "DC01"]),
    ],
)  # fmt: skip
def test_a_search_finds(text: str, expected: list[str]) -> None:
    assert hosts(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stats count", [{"count": 4}]),
        (
            "stats count sum(size) AS s avg(size) min(size) max(user) dc(code) values(ip) AS ips BY code | head 1",
            [{"code": "1102", "count": 1, "dc(code)": 1}],
        ),
        (
            "stats count sum(size) AS s avg(size) values(user) AS u BY code | search code=4625",
            [{"code": "4625", "count": 2, "s": 12, "avg(size)": 6.0, "u": ["anna", "cy"]}],
        ),
        ("stats count BY ip", [{"ip": "10.0.0.1", "count": 1}, {"ip": "10.0.0.2", "count": 1}, {"ip": "192.168.1.1", "count": 1}]),
        ("stats count(eval(code=4625)) AS failed earliest(host) AS e latest(host) AS l", [{"failed": 2, "e": "DC01", "l": "WS01"}]),
        ("top limit=1 code", [{"code": "4625", "count": 2, "percent": "50.000000"}]),
        ("rare limit=1 code", [{"code": "1102", "count": 1, "percent": "25.000000"}]),
        ('eval a=size+1, b=user."@x", c=if(size>6, "big", "small") | table a b c | head 1', [{"a": 6, "b": "anna@x", "c": "small"}]),
        ("eval n=mvcount(ip), f=mvindex(ip, 0), s=substr(host, -2), r=round(size/3, 1) | table n f s r | head 1", [{"n": 2, "f": "10.0.0.1", "s": "01", "r": 1.7}]),
        ("rename host AS computer, s* AS x_* | table computer x_ize | head 1", [{"computer": "WS01", "x_ize": "5"}]),
        ("fields - _* ip index linecount source* splunk_server | head 1", [{"host": "WS01", "user": "anna", "code": "4625", "size": "5"}]),
    ],
)  # fmt: skip
def test_a_pipeline_gives(text: str, expected: list[dict[str, Any]]) -> None:
    assert list(search(f"search index=main | {text}", STORE, None).rows()) == expected


def test_commands_that_make_rows() -> None:
    def given(text: str) -> list[dict[str, Any]]:
        return list(search(text, STORE, None).rows())

    assert [(row["index"], row["count"]) for row in given("| eventcount summarize=false index=* index=_*")] == [
        ("main", 4),
        ("_audit", 1),
    ]
    assert [row["host"] for row in given("| metadata type=hosts index=main")] == ["DC01", "WS01", "WS02", "ws03"]
    assert given("| tstats count where index=main BY code | head 1") == [{"code": "1102", "count": 1}]
    assert len(given("| makeresults count=3")) == 3


def test_the_end_of_a_span_is_not_part_of_it() -> None:
    span = TimeSpan(datetime(2026, 3, 1, 8, tzinfo=UTC), datetime(2026, 3, 1, 10, tzinfo=UTC))
    assert [row["host"] for row in search("search index=main", STORE, span).rows()] == ["WS02", "ws03"]


@pytest.mark.parametrize(
    "text",
    [
        "search index=main | transaction host",
        "search index=main | stats mode(size)",
        "search index=main [search index=main]",
        "search index=main | where",
        "search `macro`",
        "| inputlookup x.csv",
        'search index=main | eval a=strftime(_time, "%H")',
        "search index=main | dedup host keepevents=t",
    ],
)  # fmt: skip
def test_what_it_does_not_run_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        list(search(text, STORE, None).rows())
