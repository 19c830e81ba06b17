"""On practice evidence: what was planted is found, and what only resembles it is not called severe."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.packs.practice_score import PracticeScore, score

import huntbook as hb


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> PracticeScore:
    folder: Path = tmp_path_factory.mktemp("practice")
    hb.practice(folder, seed=11, size=0.2, force=True)
    logs = hb.connect("local", folder / "evidence", cache=folder / "cache")
    return score(folder / "answers.json", hb.hunt(logs))


def test_every_planted_fact_is_found(scored: PracticeScore) -> None:
    assert [(fact.technique, fact.host, fact.note) for fact in scored.missed] == []
    assert len(scored.found) > 20


def test_no_decoy_is_called_severe(scored: PracticeScore) -> None:
    assert [(decoy.match, finding.title) for decoy, finding in scored.fooled] == []


def test_what_is_severe_is_true(scored: PracticeScore) -> None:
    assert [(finding.query, finding.host) for finding in scored.high_beside] == []


def test_few_others_are_reported(scored: PracticeScore) -> None:
    assert len(scored.beside) <= 8
