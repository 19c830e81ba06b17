"""The parts of the report that count and match: facts in words, marks on processes, HTML from values."""

from __future__ import annotations

import re
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.investigation.report_samples import START, Parsed, finding, tree

from huntbook.analytics.process_tree import process_tree
from huntbook.investigation._report.facts import accounts, hosts, listed, lost_of, remotes, span
from huntbook.investigation._report.gist import gist, gist_line, process_name, remote_end
from huntbook.investigation._report.marked import find_marks
from huntbook.investigation._report.markup import Html, h
from huntbook.investigation._report.story import certainty, course, headline
from huntbook.investigation._report.words import between, text
from huntbook.investigation.finding import Finding, ProcessRef, RemoteRef, short_host
from huntbook.plots._base import shown
from huntbook.query.pack import Severity


@given(st.text(max_size=200))
def test_any_text_comes_back_from_the_page_as_text(value: str) -> None:
    read = Parsed(h("p", {"title": value}, value))
    assert read.text == shown(value)
    assert read.elements == {"p": 1}
    assert read.attributes == {"p title": 1}


@given(st.text(max_size=900))
def test_a_log_text_is_whole_however_long(value: str) -> None:
    assert shown(value, limit=1000) in Parsed(text(value, head=50)).text


def test_only_what_was_made_as_html_is_html() -> None:
    assert h("b", h("i", "<"), "<i>") == "<b><i>&lt;</i>&lt;i&gt;</b>"
    assert h("input", {"disabled": True, "value": None, "hidden": False}) == "<input disabled>"
    assert h("p.a.b", {"id": "x"}, None, [1, "2"]) == '<p class="a b" id="x">12</p>'


@pytest.mark.parametrize(
    ("name", "short"),
    [("WS01.corp.example", "ws01"), ("ws01", "ws01"), ("192.0.2.7", "192.0.2.7"), ("2001:db8::1", "2001:db8::1"), (None, "")],
)  # fmt: skip
def test_a_host_has_one_short_name(name: str | None, short: str) -> None:
    assert short_host(name) == short


def test_the_most_severe_come_first_and_spellings_of_a_host_are_one() -> None:
    found = [
        *(finding(host="noisy", severity=Severity.MEDIUM) for _ in range(20)),
        finding(host="WS01"),
        finding(host="ws01.corp.example", severity=Severity.LOW),
    ]
    assert [(each.name, each.total) for each in hosts(found)] == [("WS01", 2), ("noisy", 20)]


def test_accounts_of_the_system_are_not_whom_a_lead_asks_about() -> None:
    names = ["NT AUTHORITY\\SYSTEM", "SYSTEM", "CORP\\WS01$", "NT SERVICE\\MSSQL", "CORP\\ann", "ann@corp.example"]
    assert [each.name for each in accounts([finding(account=name) for name in names])] == [
        "CORP\\ann",
        "ann@corp.example",
    ]


def test_ports_are_gathered_by_address() -> None:
    found = [finding(remote=RemoteRef(address="192.0.2.7", port=port)) for port in (8080, 443, None)]
    assert [(each.name, each.ports) for each in remotes(found)] == [("192.0.2.7", {443, 8080})]


def test_the_span_covers_first_and_last_sign_and_is_absent_without_times() -> None:
    late = START + timedelta(days=2)
    assert span([finding(time=START, last=None), finding(time=None, last=late)]) == (START, late)
    assert span([finding(time=None, last=None)]) is None
    assert Parsed(between(START, late)).text == "2026-03-01 09:00:00 to 2026-03-03 09:00:00"


def test_lists_are_written_as_sentences_have_them() -> None:
    assert [listed([]), listed(["a"]), listed(["a", "b", "c"])] == ["", "a", "a, b and c"]


def said(part: Html | None) -> str:
    return Parsed(part or "").text


def test_the_headline_names_what_stands_out_and_counts_the_rest() -> None:
    many = [finding(host=f"ws{n}", account=None, remote=None, techniques=["T1059", "T1003"]) for n in range(5)]
    assert (
        said(headline(many)) == "Signs of execution on 5 hosts and services, from 2026-03-01 09:05:00 to 09:06:00 UTC."
    )
    arn = "arn:aws:iam::123456789012:user/eve"
    one = [finding(host="AWS 123456789012", account=arn, time=None, last=None, remote=None, techniques=["T1486"])]
    assert said(headline(one)) == "Signs of impact on AWS 123456789012, as user/eve."
    slight = [finding(severity=Severity.LOW)]
    assert headline(slight) is None
    assert certainty(slight) is None
    assert course(slight) is None


@pytest.mark.parametrize(
    ("found", "begins"),
    [
        ([finding(query=f"a.{n}") for n in range(3)], "Well supported: 3 kinds of signs on this host"),
        ([finding(), finding(query="a.b", severity=Severity.MEDIUM)], "Thinly supported: 2 kinds of signs"),
        ([finding(severity=Severity.MEDIUM)], "Not certain: 1 kind of sign"),
        ([finding(host=f"ws{n}", query=f"a.{n % 2}") for n in range(5)], "Scattered: 2 kinds of signs over 5 hosts"),
    ],
)
def test_how_sure_it_is_depends_on_how_many_kinds_of_signs_agree(found: list[Finding], begins: str) -> None:
    assert (certainty(found) or "").startswith(begins)


def test_the_course_is_in_order_of_time_with_the_first_of_each_kind() -> None:
    late, early = START + timedelta(days=1), START
    found = [
        finding(title="Late", time=late, query="a.late"),
        finding(title="Again", time=late, query="a.early"),
        finding(title="Early", time=early, query="a.early"),
        finding(title="Untimed", time=None, query="a.never", severity=Severity.MEDIUM),
        finding(title="Slight", time=early, query="a.slight", severity=Severity.LOW),
    ]
    html = course(found)
    assert re.findall("Late|Again|Early|Untimed|Slight", said(html)) == ["Early", "Late", "Untimed"]
    assert said(html).index("2026-03-01") < said(html).index("2026-03-02")
    assert "2 findings" in said(html)
    assert Parsed(html or "").links == ["#f3", "#f1", "#f4"]


def test_the_gist_is_the_command_line_else_what_the_rows_tell_else_the_program() -> None:
    bare = ProcessRef(id="3", path="C:\\x\\y.exe")
    rows = [
        {
            "Operation": "DeleteTrail",
            "Request": '{"name":"t"}',
            "Failures": 13,
            "Target": "-",
            "Commands": '["a  b","c"]',
        }
    ]
    assert said(gist(finding())) == "dump.exe -a"
    assert said(gist(finding(process=bare, rows=rows))) == 'DeleteTrailRequest{"name":"t"}a b, cFailures13'
    assert gist_line(finding(process=None, rows=rows), 99) == 'DeleteTrail {"name":"t"} a b, c failures 13'
    assert said(gist(finding(process=bare, rows=[]))) == "C:\\x\\y.exe"
    assert gist(finding(process=None, rows=[])) is None
    assert gist_line(finding(process=None, rows=[{"Host": "a", "TimeGenerated": "b", "Refused": 9}]), 99) == "refused 9"


def test_what_was_lost_is_counted_in_words() -> None:
    told = [lost_of(1, "records"), lost_of(2, "files"), lost_of(1, "parts of files"), lost_of(0, "records")]
    assert told == ["1 record", "2 files", "1 part of a file", "nothing"]


def test_what_is_not_known_of_a_process_or_a_remote_end_is_not_written() -> None:
    assert [process_name(None), process_name(ProcessRef()), process_name(ProcessRef(id="7"))] == ["", "", "[7]"]
    assert process_name(ProcessRef(path="/usr/bin/id")) == "id"
    assert [
        remote_end(None),
        remote_end(RemoteRef(address="-", port=1)),
        remote_end(RemoteRef(address="::1", port=80)),
    ] == ["", "", "→ ::1:80"]


def keys(frame: pl.DataFrame) -> dict[str, str]:
    return dict(frame.select("TargetProcessId", "process_key").iter_rows())


def test_the_process_of_a_finding_is_marked_with_why() -> None:
    processes = tree()
    marks = find_marks(processes, [finding(), finding(title="Another", severity=Severity.LOW)])
    assert marks == {keys(processes)["30"]: [("high", "Memory of LSASS was read"), ("low", "Another")]}


def test_informational_findings_and_other_hosts_mark_nothing() -> None:
    quiet = finding(severity=Severity.INFORMATIONAL)
    assert find_marks(tree(), [quiet, finding(host="WS02"), finding(process=None)]) == {}


def test_another_program_with_the_same_id_is_not_marked() -> None:
    assert find_marks(tree(), [finding(process=ProcessRef(id="30", path="C:\\other.exe"))]) == {}


def reused() -> pl.DataFrame:
    """One process id, given three times."""
    names = [
        "TimeGenerated",
        "DvcHostname",
        "TargetProcessId",
        "TargetProcessName",
        "TargetProcessGuid",
        "ActingProcessId",
    ]
    rows = [(START + timedelta(hours=n), "WS01", "30", "C:\\a.exe", f"{{guid-{n}}}", "4") for n in range(3)]
    return pl.DataFrame(process_tree(pl.DataFrame(rows, schema=names, orient="row")))


@pytest.mark.parametrize(("hours", "nth"), [(0.5, 0), (1.5, 1), (9, 2)])
def test_of_processes_with_one_id_the_last_to_start_before_the_finding_is_marked(hours: float, nth: int) -> None:
    frame = reused()
    about = finding(time=START + timedelta(hours=hours), process=ProcessRef(id="30"))
    wanted = frame.filter(pl.col("TargetProcessGuid") == f"{{guid-{nth}}}")["process_key"].item()
    assert list(find_marks(frame, [about])) == [wanted]


def test_a_unique_id_decides_whatever_the_time_is() -> None:
    frame = reused()
    about = finding(time=START, process=ProcessRef(id="30", guid="{GUID-2}"))
    wanted = frame.filter(pl.col("TargetProcessGuid") == "{guid-2}")["process_key"].item()
    assert list(find_marks(frame, [about])) == [wanted]


def test_a_process_that_no_log_saw_start_can_be_marked() -> None:
    frame = tree()
    about = finding(process=ProcessRef(id="4"))
    inferred = frame.filter(pl.col("inferred") & (pl.col("TargetProcessId") == "4"))["process_key"].item()
    assert list(find_marks(frame, [about])) == [inferred]
