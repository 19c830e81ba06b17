"""The part of SPL that the fake Splunk runs does what Splunk documents."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from huntbook.core.timespan import TimeSpan
from huntbook.testing.spl import Index, Refused, Store, _regex, search

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
        ("search ip=10.0.0.0/8", ["WS01"]),
        ('search ip="192.168.0.0/16" OR host=DC01', ["WS02", "DC01"]),
        ("search index=main ip!=10.0.0.0/8", ["WS02"]),
        ('search index=main | where match(user, "^(an|b)+")', ["WS01"]),
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
        ('eval a=tonumber("1a", 16), b=tonumber("zz", 16), c=tonumber("x") | table a b c | head 1', [{"a": 26}]),
        ("bin _time span=2h | stats count BY _time | head 1", [{"_time": 1772344800.0, "count": 1}]),
        ("top limit=1 code", [{"code": "4625", "count": 2, "percent": "50.000000"}]),
        ("rare limit=1 code", [{"code": "1102", "count": 1, "percent": "25.000000"}]),
        ('eval a=size+1, b=user."@x", c=if(size>6, "big", "small") | table a b c | head 1', [{"a": 6, "b": "anna@x", "c": "small"}]),
        ("eval n=mvcount(ip), f=mvindex(ip, 0), s=substr(host, -2), r=round(size/3, 1) | table n f s r | head 1", [{"n": 2, "f": "10.0.0.1", "s": "01", "r": 1.7}]),
        ("eval Size=1 | table HOST host SIZE Size | head 1", [{"host": "WS01", "Size": 1}]),
        ("eval Size=1 | fields - Host size | fields - _* | table Size host size | head 1", [{"Size": 1, "host": "WS01"}]),
        ("rename host AS computer, s* AS x_* | table computer x_ize | head 1", [{"computer": "WS01", "x_ize": "5"}]),
        ('eval s=split("a,b", ","), c=split("ab", ""), e=split("", ",") | table s c e | head 1', [{"s": ["a", "b"], "c": ["a", "b"], "e": ""}]),
        ('eval a=trim("  x "), b=rtrim("x..", "."), c=ltrim("..x.", ".") | table a b c | head 1', [{"a": "x", "b": "x", "c": "x."}]),
        ('eval m=mvfilter(like(ip, "%.2")) | table m | head 2', [{"m": "10.0.0.2"}, {}]),
        (r'eval r=replace(host, "^(\w\w)(\d+)$", "\2-$\1") | table r | head 1', [{"r": "01-$WS"}]),
        (r'rex field=host "(?<kind>[A-Z]+)(?<number>\d+)(?<more>x)?" | table kind number more | head 3', [{"kind": "WS", "number": "01"}, {"kind": "WS", "number": "02"}, {}]),
        (r'rex max_match=0 "10\.0\.0\.(?<last>\d)" | table last | head 2', [{"last": ["1", "2"]}, {}]),
        (r'rex max_match=1 field=ip "\.(?<last>\d+)$" | table last | head 1', [{"last": ["1", "2"]}]),
        ('rex field=host mode=sed "s/[0-9]/#/g" | rex field=user mode=sed "s/n/m/" | table host user | head 1', [{"host": "WS##", "user": "amna"}]),
        ("bin _time span=2h | table _time | head 2", [{"_time": 1772359200.0}, {"_time": 1772352000.0}]),
        ("bin size span=5 AS step | table size step | head 4", [{"size": "5", "step": "5-10"}, {"size": "10", "step": "10-15"}, {"size": "7", "step": "5-10"}, {}]),
        (r'eval j="{\"a\": {\"b\": [1, 2]}, \"c\": true, \"d\": null}" | spath input=j | table a.b{} c d | head 1', [{"a.b{}": ["1", "2"], "c": "true", "d": "null"}]),
        (r'eval j="{\"a\": [{\"b\": 1}, {\"b\": 2}]}" | spath input=j path=a{}.b output=b | eval e=spath(j, "a{}.b") | table b e | head 1', [{"b": ["1", "2"], "e": ["1", "2"]}]),
        ("stats count BY code, host | xyseries code, host, count | head 2", [{"code": "1102", "DC01": 1}, {"code": "4624", "WS02": 1}]),
        ("stats count sum(size) AS s BY code | xyseries sep=- code, code, count, s | sort -code | head 1", [{"code": "4625", "count-4625": 2, "s-4625": 12}]),
        ("fieldsummary maxvals=1 code size", [
            {"field": "code", "count": 4, "distinct_count": 3, "is_exact": 1, "max": 4625, "mean": 3744.0, "min": 1102, "numeric_count": 4, "stdev": 1761.3333964168548, "values": '[{"value": "4625", "count": 2}]'},
            {"field": "size", "count": 3, "distinct_count": 3, "is_exact": 1, "max": 10, "mean": 22 / 3, "min": 5, "numeric_count": 3, "stdev": 2.516611478423583, "values": '[{"value": "10", "count": 1}]'},
        ]),
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
    assert given("| tstats count where index=main BY _time span=2h") == [
        {"_time": 1772344800.0, "count": 1},
        {"_time": 1772352000.0, "count": 2},
        {"_time": 1772359200.0, "count": 1},
    ]


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
        r'search index=main | rex "(?<a>\w)\1"',
        'search index=main | rex "(?=x)(?<a>.)"',
        'search index=main | rex "(?<a>x++)"',
        'search index=main | rex "(?<a>[0-9]{2}+)"',
        'search index=main | rex "no groups"',
        'search index=main | rex "(?<a>unclosed"',
        'search index=main | rex mode=sed "y/a/b/"',
        'search index=main | where match(host, "(")',
        'search index=main | where match(host, "(?<!x)W")',
        'search index=main | eval a=substr(host, "x")',
        'search index=main | eval a=tonumber("11", 99)',
        'search index=main | eval a=mvfilter(ip=host), b=mvfilter(ip="x")',
        "search index=main | bin _time span=1mon",
        "search index=main | bin _time",
        "search index=main | xyseries host, code",
        'search index=main | spath input=host path="a{0}"',
        "| tstats count where index=main BY _time",
        "search index=main | where " + " OR ".join(["size=1"] * 3000),
    ],
)  # fmt: skip
def test_what_it_does_not_run_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        list(search(text, STORE, None).rows())


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^a$", "a\n", True),
        ("(?m)^a$", "b\na\nb", True),
        (r"a\Z", "a\n", True),
        (r"\<a\>", "<a>", True),
        (r"\<a\>", "a", False),
        ("[[a]", "[", True),
        ("[]a]b", "]b", True),
        ("[&&a]", "&", True),
        ('{"a": \\d{2}}', '{"a": 12}', True),
        ("[[:digit:]]+-", "12-", True),
        ("a+?b*?c??$", "aabc", True),
    ],
)
def test_a_pattern_means_what_it_does_in_pcre(pattern: str, text: str, found: bool) -> None:
    assert _regex.found(pattern, text) is found


def test_a_pattern_that_would_go_back_takes_no_longer_for_that() -> None:
    started = time.perf_counter()
    assert not _regex.found(r"^(a+)+$", "a" * 50_000 + "b")
    assert _regex.groups(r"(?<all>(x*)*y)", "x" * 50_000) == {"all": None}
    assert time.perf_counter() - started < 5
