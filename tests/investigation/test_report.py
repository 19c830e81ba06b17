"""The report: complete, self-contained, and blind to what a log would like it to be."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.investigation.report_samples import Parsed, finding, tree, triage, write

from huntbook.investigation._report.attack import TACTICS, technique
from huntbook.investigation.finding import Decoded, Indicator, ProcessRef, Triage
from huntbook.plots._base import shown
from huntbook.query.pack import Severity, packs

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = [
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)' x='",
    "<!-- --><svg onload=alert(1)>",
    "invoice\u202excod.exe",
    "a\x00b\x1b[31mc\u2028d\u200fe\ufeff",
    "javascript:alert(1)//{{7*7}}${7*7}",
    "&lt;b&gt;&amp;",
]


def poisoned(value: Any, text: str, *, names: bool = False) -> Any:
    """Put a text in the place of every text, and of every name that comes from a log, but no severity."""
    if isinstance(value, Severity):
        return value
    if isinstance(value, str):
        return text
    if isinstance(value, list):
        return [poisoned(item, text, names=names) for item in value]
    if isinstance(value, dict):
        return {
            (text if names else key): poisoned(item, text, names=names or key in ("hosts", "accounts", "files", "rows"))
            for key, item in value.items()
        }
    return value


def of_text(text: str) -> Triage:
    return Triage.model_validate(poisoned(triage([finding(), finding()]).model_dump(), text))


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_what_a_log_says_is_text_wherever_it_stands(tmp_path: Path, text: str) -> None:
    harmless = re.sub(r"[^a-z]", "x", text)
    read = Parsed(write(tmp_path, of_text(text), tree(text, text)))
    plain = Parsed(write(tmp_path, of_text(harmless), tree(harmless, harmless)))
    assert read.elements == plain.elements
    assert read.attributes == plain.attributes
    assert read.scripts["run"] == plain.scripts["run"]
    assert len(read.links) == len(plain.links)
    assert read.text.count(shown(text, limit=60)) > 30


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_no_mark_that_turns_or_ends_text_gets_into_the_page(tmp_path: Path, text: str) -> None:
    page = write(tmp_path, of_text(text))
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2028\u2029\ud800-\udfff]", page)


def test_the_page_asks_no_network_for_anything(tmp_path: Path) -> None:
    page = write(tmp_path, triage(), tree())
    read = Parsed(page)
    fetching = {"img", "link", "iframe", "object", "embed", "video", "audio", "base", "form", "source"}
    assert not fetching & set(read.elements)
    assert not [name for name in read.attributes if name.split()[1] in ("src", "srcset", "action", "ping", "style src")]
    assert not re.search(r"@import|url\((?!#)", page)
    assert all(link.startswith(("#", "https://attack.mitre.org/techniques/T")) for link in read.links)
    assert "default-src 'none'" in page
    assert len(read.scripts["run"]) == 1
    assert all(json.loads(data) for data in read.scripts["data"])


def test_every_link_inside_the_page_leads_somewhere_and_ids_are_unique(tmp_path: Path) -> None:
    read = Parsed(write(tmp_path, triage([finding(related=[1, 7]), finding(related=[0])]), tree()))
    inside = {link[1:] for link in read.links if link.startswith("#")}
    assert inside <= set(read.ids)
    assert {"f1", "f2", "evidence", "findings", "timeline", "processes", "decoded", "indicators", "queries"} <= inside
    assert len(read.ids) == len(set(read.ids))


def test_a_lead_reads_first_what_was_found_and_what_is_missing(tmp_path: Path) -> None:
    text = Parsed(write(tmp_path, triage(), tree())).text
    head = text[: text.index("What happened, in order")]
    for said in (
        "Triage of case 7",
        "Signs of credential access on WS01.corp.example, as CORP\\ann, from 2026-03-01 09:05:00 to 09:06:00 UTC",
        ", with 192.0.2.7:8080 at the other end.",
        "Thinly supported: 1 kind of sign on this host, 1 of high severity.",
        "2026-03-01 09:00:00 to 10:00:00 UTC",
        "1 query ran over 1,239 rows in 2 tables and made 1 finding on 1 host or service",
        "2026-03-01 09:05:00 to 09:06:00 UTC",
        "CORP\\ann (1 finding)",
        "192.0.2.7 port 8080 (1 finding)",
        "Credential Access",
        "1 part of the evidence could not be read in full (12 records lost)",
        "1 table with 5 rows was not recognised",
        "1 query failed",
        "1 query had nothing to ask",
    ):
        assert said in head


def test_a_finding_is_told_in_full_without_a_script(tmp_path: Path) -> None:
    text = Parsed(write(tmp_path, triage(), tree())).text
    card = text[text.index("Memory of LSASS was read", text.index("Unfold all")) : text.index("Decoded payloads")]
    for said in (
        "T1003.001 LSASS Memory",
        "WS01.corp.example",
        "dump.exe [30]",
        "parent 20",
        "dump.exe -a",
        "2026-03-01 09:05:00 to 09:06:00 UTC",
        "→ 192.0.2.7:8080",
        "It holds secrets.",
        "Security products",
        "0x1410",
        "2026-03-01 09:06:00",
        packs["credentials"]["lsass_memory_read"].kql.strip()[:60],
    ):
        assert said in card


def test_the_evidence_says_what_was_lost_and_where(tmp_path: Path) -> None:
    text = Parsed(write(tmp_path, triage())).text
    for said in ("b.evtx", "chunk 3", "truncated", "12 records", "not recognised", "no such column", "AWSCloudTrail"):
        assert said in text


def test_complete_evidence_is_called_complete(tmp_path: Path) -> None:
    whole = triage(not_read=[])
    whole.evidence.queries = whole.evidence.queries[:1]
    whole.evidence.tables = whole.evidence.tables[:1]
    text = Parsed(write(tmp_path, whole)).text
    assert "Complete: everything was read, and every query ran." in text
    assert "Nothing: every file was read to its end." in text


def test_no_findings_are_no_proof_that_nothing_happened(tmp_path: Path) -> None:
    text = Parsed(write(tmp_path, triage([], indicators=[], decoded=[]))).text
    assert "none found anything. That does not prove that nothing happened" in text
    assert "No findings." in text
    assert "What happened, in order" not in text
    assert "Signs of" not in text
    assert "How sure" not in text


def test_evidence_that_holds_nothing_says_so(tmp_path: Path) -> None:
    empty = triage([], indicators=[], decoded=[], not_read=[])
    empty.evidence = empty.evidence.model_copy(
        update={"tables": [], "hosts": {}, "accounts": {}, "queries": [], "start": None, "end": None}
    )
    text = Parsed(write(tmp_path, empty)).text
    assert "There was nothing to search" in text
    assert "No query was run." in text


def test_evidence_that_is_not_recognised_is_no_all_clear(tmp_path: Path) -> None:
    strange = triage([], indicators=[], decoded=[])
    strange.evidence.tables = strange.evidence.tables[1:]
    assert "none of these tables was recognised" in Parsed(write(tmp_path, strange)).text


def test_findings_that_are_alike_are_folded_and_still_there(tmp_path: Path) -> None:
    many = [finding(process=ProcessRef(id=str(number))) for number in range(9)]
    read = Parsed(write(tmp_path, triage(many)))
    assert "7 more of “Memory of LSASS was read” on WS01.corp.example" in read.text
    assert {f"f{number}" for number in range(1, 10)} <= set(read.ids)


def test_rows_say_once_what_all_of_them_say_and_in_a_table_what_differs(tmp_path: Path) -> None:
    text = Parsed(write(tmp_path, triage())).text
    rows = text[text.index("Rows that it rests on") : text.index("Query credentials")]
    assert rows.count("a.evtx") == 1
    assert rows.count("0x1410") == rows.count("0x1010") == 1
    assert "WS01" not in rows  # the card says it


def test_rows_beyond_those_kept_are_counted(tmp_path: Path) -> None:
    assert "998 more rows" in Parsed(write(tmp_path, triage([finding(count=1000)]))).text


def test_a_long_text_is_folded_and_a_very_long_one_says_what_is_cut(tmp_path: Path) -> None:
    long = "A" * 50_000
    page = write(tmp_path, triage([finding(rows=[{"Script": long}])]))
    assert "46,000 characters more in findings.json" in Parsed(page).text
    assert page.count("A" * 4001) == 0


def test_six_hundred_findings_make_a_page_that_opens(tmp_path: Path) -> None:
    rows = [{"Script": "x" * 3000, "n": number} for number in range(25)]
    many = [finding(query=f"credentials.q{number % 200}", rows=rows, count=25) for number in range(600)]
    page = write(tmp_path, triage(many))
    assert len(page) < 6_000_000
    assert Parsed(page).elements["details"] > 600


def test_what_need_not_be_looked_at_is_one_line_below_what_has_to_be(tmp_path: Path) -> None:
    slight = [finding(severity=Severity.LOW, query=f"a.{number}", related=[0]) for number in range(9)]
    page = write(tmp_path, triage([finding(), *slight]))
    assert "9 findings of low severity" in Parsed(page).text
    assert "9 findings of low severity" not in Parsed(write(tmp_path, triage(slight))).text


def test_indicators_of_any_machine_come_last_and_spellings_of_a_path_are_one(tmp_path: Path) -> None:
    paths = ["C:\\Windows\\System32\\cmd.exe", "c:\\windows\\system32\\CMD.EXE", "C:\\Windows\\Temp\\a.exe"]
    listed = [
        *(Indicator(kind="windows_path", value=value, count=1, findings=[0]) for value in paths),
        Indicator(kind="domain", value="ws01.corp.example", count=1, findings=[0]),
        Indicator(kind="domain", value="evil.example", count=1, findings=[0]),
    ]
    text = Parsed(write(tmp_path, triage(indicators=listed))).text
    text = text[text.index("Seen in the rows") :]
    usual = text[text.index("2 paths of the system and names of these hosts") :]
    assert "evil.example" in text
    assert "evil.example" not in usual
    assert "a.exe" not in usual
    assert "cmd.exe" in usual
    assert "CMD.EXE" not in text
    assert "ws01.corp.example" in usual


def test_payloads_and_indicators_are_shown_with_where_they_come_from(tmp_path: Path) -> None:
    decoded = [
        Decoded(encoding="base64+gzip", encoded="H4sI", decoded="IEX evil", depth=1, host="WS01", process_id="30")
    ]
    listed = [Indicator(kind="domain", value=f"d{number}.example", count=1, findings=[0]) for number in range(30)]
    text = Parsed(write(tmp_path, triage(decoded=decoded, indicators=listed))).text
    assert "base64+gzip" in text
    assert "process 30" in text
    assert "IEX evil" in text
    assert all(each.value in text for each in listed)


def test_every_technique_of_the_packs_has_a_name_and_a_tactic() -> None:
    asked = {number for query in packs.queries() for number in query.techniques}
    assert not [number for number in asked if not technique(number).name]
    assert not [number for number in asked if technique(number).tactic not in TACTICS[:-1]]
    assert technique("T1059.999").name == "Command and Scripting Interpreter"
    assert technique("T9999").tactic == "Other"
    assert technique("T9999").link == ""
