"""The parts of the report that count and match: facts in words, marks on processes, HTML from values."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.investigation.report_samples import START, Parsed, finding, tree

from huntbook.analytics.process_tree import process_tree
from huntbook.investigation._report.facts import accounts, hosts, listed, remotes, span
from huntbook.investigation._report.marked import find_marks
from huntbook.investigation._report.markup import h
from huntbook.investigation._report.words import between, text
from huntbook.investigation.finding import ProcessRef, RemoteRef, short_host
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
