"""How many indicators of published reports are found, and how many of the hits in reports and logs are right."""

from __future__ import annotations

import json
import re
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import huntbook as hb

pytestmark = pytest.mark.evidence

JUDGED = json.loads((Path(__file__).parent / "iocs_judged.json").read_text(encoding="utf-8"))
# What the reports' lists call an indicator that is of one of our kinds. Their file names, mutexes and texts are of none;
# of the file names, those that are whole paths are.
LISTED = {
    "sha1",
    "domain",
    "hostname",
    "ip-dst",
    "ip-src",
    "domain|ip",
    "url",
    "link",
    "uri",
    "btc",
    "regkey",
    "vulnerability",
}
WHOLE_PATH = re.compile(r"^(?:[A-Za-z]:\\|%\w|\\\\|/tmp/|/Library/|~/)")
HIVES = {"hkey_local_machine": "hklm", "hkey_current_user": "hkcu"}


def expected(evidence: Path) -> list[tuple[str, str, str]]:
    """Report, type and value of every listed indicator that is of one of our kinds."""
    campaigns = json.loads((evidence / "ioc" / "eset_expected.json").read_text(encoding="utf-8"))
    return [
        (campaign["text"], kind, value)
        for campaign in campaigns
        for kind, value in campaign["expected_present"]
        if kind in LISTED or (kind == "filename" and WHOLE_PATH.match(value))
    ]


def normal(kind: str, value: str) -> str:
    value = value.lower().split("|")[0] if kind == "domain|ip" else value.lower()
    for long, short in HIVES.items():
        value = value.replace(f"{long}\\", f"{short}\\")
    return value.rstrip("\\/")


def test_finds_at_least_98_in_100_of_what_the_reports_list(
    evidence: Path, record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = expected(evidence)
    known = {report: report_values(evidence / report) for report in {report for report, _, _ in listed}}
    total = Counter(kind for _, kind, _ in listed)
    right = Counter(kind for report, kind, value in listed if normal(kind, value) in known[report])
    recall = right.total() / total.total()
    lines = [f"{kind}: {right[kind]} of {count}" for kind, count in sorted(total.items())]
    record_property("recall", recall)
    with capsys.disabled():
        sys.stdout.write(f"\nrecall {recall:.4f} ({'; '.join(lines)})\n")
    assert total.total() > 1000
    assert recall >= 0.98


def report_values(path: Path) -> set[str]:
    hits = hb.iocs(pl.DataFrame({"line": path.read_text(encoding="utf-8").splitlines()}), "line")
    return {normal("", value) for value in hits["value"]}


def texts(path: Path) -> list[str]:
    """The lines of a text, or the strings in the first 400 records of each file in a zip of JSON lines."""
    if path.suffix != ".zip":
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    found: list[str] = []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            with archive.open(name) as lines:
                records = [json.loads(line) for _, line in zip(range(400), lines, strict=False)]
            found += [value for record in records for value in record.values() if isinstance(value, str)]
    return found


@pytest.fixture(scope="module")
def hits(evidence: Path) -> set[tuple[str, str, str]]:
    """File, kind and value of all that is found in the files that the judged sample was drawn from."""
    found: set[tuple[str, str, str]] = set()
    for file in sorted({judged["file"] for judged in JUDGED}):
        table = pl.DataFrame({"text": texts(evidence / file)}, schema={"text": pl.String}).unique()
        found |= {(file, kind, value) for kind, value in hb.iocs(table, "text").select("kind", "value").iter_rows()}
    return found


def is_found(judged: dict[str, Any], hits: set[tuple[str, str, str]]) -> bool:
    return (judged["file"], judged["kind"], judged["value"]) in hits


def test_96_in_100_of_the_hits_judged_by_hand_are_right(hits: set[tuple[str, str, str]], record_property: Any) -> None:
    verdicts = Counter(judged["verdict"] for judged in JUDGED if is_found(judged, hits))
    precision = verdicts["right"] / verdicts.total()
    record_property("precision", precision)
    assert len(JUDGED) == 200
    assert precision >= 0.96


def test_what_was_judged_right_is_still_found(hits: set[tuple[str, str, str]]) -> None:
    lost = [judged for judged in JUDGED if judged["verdict"] == "right" and not is_found(judged, hits)]
    assert lost == []


def test_what_was_judged_wrong_and_mended_stays_gone(hits: set[tuple[str, str, str]]) -> None:
    mended = [judged for judged in JUDGED if judged.get("fixed")]
    assert mended
    assert [judged for judged in mended if is_found(judged, hits)] == []
