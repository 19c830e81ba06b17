"""On real evidence: the campaigns' truths in the first ten findings, and the technique of each folder among them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.packs.score import Folder, campaign, folders, matches, seen_in, sigma, sort_findings, told_by_file

import huntbook as hb
from huntbook.investigation.finding import Finding, ProcessRef
from huntbook.query.pack import Severity


def test_a_technique_matches_its_parent_and_its_children_only() -> None:
    assert matches("T1003", "T1003.001")
    assert matches("T1003.001", "T1003")
    assert not matches("T1003.001", "T1003.003")
    assert not matches("T1003", "T1003x")


def test_findings_are_sorted_by_what_they_are_about() -> None:
    theft = _finding(["T1003.001"], process="7", host="h")
    shell = _finding(["T1059"], process="8", parent="7", host="h")
    call = _finding(["T1071"], process="8", host="h")
    other = _finding(["T1105"], process="9", host="h")
    scored = sort_findings(Folder("k", "n", Path(), frozenset({"T1003"})), [theft, shell, call, other])
    assert (scored.about, scored.linked, scored.beside) == ([theft], [shell, call], [other])
    assert scored.found == {"T1003"}
    assert scored.count(Severity.HIGH, scored.beside) == 1


def _finding(techniques: list[str], *, process: str, host: str, parent: str | None = None) -> Finding:
    ref = ProcessRef(id=process, parent_id=parent)
    made = {"title": "t", "severity": "high", "techniques": techniques, "host": host, "process": ref, "why": "w"}
    return Finding.model_validate({**made, "query": "p.q", "count": 1, "rows": []})


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stores")


@pytest.mark.evidence
@pytest.mark.parametrize("number", ["1", "3"])
def test_first_ten_findings_tell_the_campaign(evidence: Path, cache: Path, number: str) -> None:
    positions = campaign(evidence, number, cache)
    assert len(positions) == 4, positions
    assert [what for what, position in positions.items() if not 1 <= position <= 10] == []


@pytest.fixture(scope="module")
def told(evidence: Path, cache: Path) -> dict[str, set[str]]:
    """Every file of single techniques, and the techniques of the queries that one of its rows answers."""
    kinds = ("windows_mordor/atomic", "mordor_other", "evtx", "cloudtrail/stratus", "sigma_regression")
    paths = [evidence / kind for kind in kinds]
    return told_by_file(hb.connect("local", paths, cache=cache))


@pytest.mark.evidence
@pytest.mark.parametrize(
    ("kind", "share"),
    [
        ("Security-Datasets, Windows", 0.95),
        ("Security-Datasets, other", 0.95),
        ("EVTX", 0.9),
        ("Stratus Red Team", 0.9),
        ("Sigma regression", 0.8),
    ],
)
def test_technique_is_among_the_findings(evidence: Path, told: dict[str, set[str]], kind: str, share: float) -> None:
    every = [folder for folder in (*folders(evidence), *sigma(evidence)) if folder.kind == kind]
    assert every
    found = {folder.name: bool(seen_in(folder.techniques, _of(folder, told))) for folder in every}
    missed = [name for name, seen in found.items() if not seen]
    assert len(every) - len(missed) >= share * len(every), f"{kind}: {len(missed)} of {len(every)} missed: {missed}"


def _of(folder: Folder, told: dict[str, set[str]]) -> set[str]:
    """The techniques of the files of a folder; an archive's members are named after it."""
    return {technique for file, seen in told.items() if folder.path.name in file for technique in seen}
