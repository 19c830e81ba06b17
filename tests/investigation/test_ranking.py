from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from huntbook.investigation.finding import Finding, ProcessRef, RemoteRef
from huntbook.investigation.ranking import RELATED, person, rank, shares
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


def test_the_third_finding_of_a_query_on_one_host_waits_until_all_others_had_their_turn() -> None:
    shell, remote = ProcessRef(id="7"), RemoteRef(address="192.0.2.7")
    burst = [finding("burst", time=START + timedelta(number), process=shell, remote=remote) for number in range(5)]
    alone = [finding(f"alone {number}", host=f"h{number}") for number in range(3)]
    ranked = rank([*burst, *alone, finding("slight", "medium")])
    assert [one.title for one in ranked] == ["burst", "burst", *[one.title for one in alone], *["burst"] * 3, "slight"]
    assert min(one.score for one in burst) > max(one.score for one in alone)


def test_a_query_shows_two_of_each_host() -> None:
    seen = [finding("seen", host=host, time=START + timedelta(number)) for number, host in enumerate("aaabbb")]
    assert [one.host for one in rank(seen)] == ["a", "a", "b", "b", "a", "b"]


def test_a_host_is_one_whichever_way_it_is_written() -> None:
    long = finding("long", host="WS01.corp.example", process=ProcessRef(id="7"))
    short = finding("short", technique="T1059", host="ws01", process=ProcessRef(id="7"))
    assert shares(long, short)
    rank([long, short])
    assert (long.score, short.score) == (1, 1)


def test_addresses_are_not_one_host_because_they_begin_alike() -> None:
    assert not shares(
        finding("a", host="10.0.0.5", process=ProcessRef(id="7")),
        finding("b", host="10.0.0.6", process=ProcessRef(id="7")),
    )


def test_the_same_person_elsewhere_supports_half() -> None:
    mail = finding("mail", host=None, account="ana@corp.example")
    desk = finding("desk", technique="T1059", account="CORP\\Ana")
    rank([mail, desk])
    assert (mail.score, desk.score) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("account", "name"),
    [
        ("CORP\\Ana", "ana"),
        ("ana@corp.example", "ana"),
        ("arn:aws:iam::1:user/ana", "ana"),
        ("ana", "ana"),
        ("NT AUTHORITY\\SYSTEM", ""),
        ("CORP\\WS01$", ""),
        ("S-1-5-18", ""),
        ("S-1-5-21-1-2-3-1001", "s-1-5-21-1-2-3-1001"),
        ("arn:aws:sts::1:assumed-role/web/session", "arn:aws:sts::1:assumed-role/web/session"),
        ("root", ""),
        ("WS01\\Administrator", ""),
        ("-", ""),
        (None, ""),
    ],
)
def test_accounts_of_one_person(account: str | None, name: str) -> None:
    assert person(account) == name


def test_findings_know_those_on_their_process_its_parent_and_its_children() -> None:
    parent = finding("parent", process=ProcessRef(id="1"), host="WS01.corp.example")
    child = finding("child", "medium", process=ProcessRef(id="2", parent_id="1"), host="ws01")
    sibling = finding("sibling", "low", process=ProcessRef(id="3", parent_id="1"), host="ws01")
    elsewhere = finding("elsewhere", "informational", process=ProcessRef(id="1"), host="ws02")
    ranked = rank([elsewhere, sibling, child, parent])
    assert [one.title for one in ranked] == ["parent", "child", "sibling", "elsewhere"]
    assert [one.related for one in ranked] == [[1, 2], [0], [0], []]


def test_a_program_with_very_many_findings_names_the_first() -> None:
    ranked = rank([finding(f"q{number}", process=ProcessRef(id="7")) for number in range(RELATED + 9)])
    assert ranked[-1].related == list(range(RELATED))


def test_many_findings_are_ranked_in_a_moment() -> None:
    many = [finding(f"q{number % 200}", process=ProcessRef(id=str(number))) for number in range(8000)]
    began = time.process_time()
    rank(many)
    assert time.process_time() - began < 2
