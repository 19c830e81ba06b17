from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from huntbook.investigation.finding import Finding, ProcessRef, RemoteRef
from huntbook.investigation.ranking import rank
from huntbook.query.pack import Severity

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def finding(name: str, severity: str = "high", *, technique: str = "T1003", **given: Any) -> Finding:
    fields = {
        "title": name,
        "severity": severity,
        "techniques": [technique],
        "why": "w",
        "query": f"test.{name}",
        "count": 1,
    }
    return Finding.model_validate({**fields, "rows": [], "host": "h", "time": START, **given})


def test_severity_comes_first() -> None:
    levels = ["low", "high", "informational", "medium"]
    ranked = rank([finding(level, level) for level in levels])
    assert [one.severity for one in ranked] == list(Severity)


def test_what_others_support_comes_before_what_stands_alone() -> None:
    alone = finding("alone", host="elsewhere")
    theft = finding("theft", process=ProcessRef(id="7"))
    child = finding("child", "medium", technique="T1059", process=ProcessRef(id="8", parent_id="7"))
    assert [one.title for one in rank([alone, theft, child])] == ["theft", "alone", "child"]


def test_the_same_process_weighs_more_than_the_same_host() -> None:
    near = finding("near", process=ProcessRef(id="1"))
    close = finding("close", process=ProcessRef(id="7"))
    other = finding("other", "medium", technique="T1059", process=ProcessRef(id="7"))
    rank([near, close, other])
    assert (near.score, close.score) == (0.5, 1.0)


def test_the_same_number_on_another_host_is_another_process() -> None:
    here = finding("here", process=ProcessRef(id="7"))
    there = finding("there", technique="T1059", process=ProcessRef(id="7"), host="elsewhere")
    rank([here, there])
    assert (here.score, there.score) == (0, 0)


def test_the_same_remote_address_supports_from_any_host() -> None:
    here = finding("here", remote=RemoteRef(address="192.0.2.7"))
    there = finding("there", technique="T1059", remote=RemoteRef(address="192.0.2.7"), host="elsewhere")
    rank([here, there])
    assert (here.score, there.score) == (1, 1)


def test_what_is_told_for_information_supports_nothing() -> None:
    theft = finding("theft")
    rank([theft, finding("whoami", "informational", technique="T1033")])
    assert theft.score == 0


def test_a_process_with_its_remote_end_is_where_one_begins() -> None:
    whole = finding(
        "whole",
        process=ProcessRef(id="7"),
        remote=RemoteRef(address="192.0.2.7", port=443),
        time=START + timedelta(1),
    )
    assert rank([finding("part", process=ProcessRef(id="9")), whole])[0] is whole


def test_one_query_does_not_fill_the_first_page() -> None:
    many = [finding("many", process=ProcessRef(id=str(number))) for number in range(12)]
    few = finding("few", technique="T1059")
    supporting = [finding(f"s{number}", "low", technique=f"T10{number}") for number in range(10, 16)]
    ranked = rank([*many, *supporting, few])
    assert [one.title for one in ranked[:3]].count("few") == 1


def test_equals_are_in_the_order_of_time_and_those_without_come_last() -> None:
    late, early, never = finding("a", time=START + timedelta(1)), finding("b"), finding("c", time=None)
    assert rank([never, late, early]) == [early, late, never]
