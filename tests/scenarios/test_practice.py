"""Writing practice evidence to a folder: the same bytes each time, and nobody's files are lost."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from huntbook.errors import EvidenceError, ParameterError, UnknownName
from huntbook.scenarios import Answers, Scenario, practice, scenarios

if TYPE_CHECKING:
    from pathlib import Path


def _digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_seed_same_bytes_and_another_seed_other_bytes(tmp_path: Path) -> None:
    first, again, other = (_digest(practice(tmp_path / name, seed=seed, size=0.05)) for name, seed in _RUNS)
    assert first == again
    assert not set(first.values()) & set(other.values())


_RUNS = (("first", 5), ("again", 5), ("other", 6))


def test_size_changes_what_is_ordinary_and_not_what_is_planted(tmp_path: Path) -> None:
    small, large = (_answers(practice(tmp_path / str(size), seed=9, size=size)) for size in (0.05, 0.7))
    assert large.events > 3 * small.events
    assert large.planted == small.planted
    assert large.decoys == small.decoys
    assert len(large.users) > len(small.users)


def _answers(folder: Path) -> Answers:
    return Answers.model_validate_json((folder / "answers.json").read_text())


def test_only_logs_are_in_the_evidence(tmp_path: Path) -> None:
    folder = practice(tmp_path, seed=1, size=0.02)
    assert {path.name for path in folder.iterdir()} == {"evidence", "answers.json"}
    assert {path.name for path in (folder / "evidence").iterdir()} == {
        "aws", "azure", "linux", "m365", "windows", "zeek",
    }  # fmt: skip
    for path in (folder / "evidence").rglob("*"):
        assert not {"answer", "planted", "decoy", "attack", "intrusion"} & set(path.name.lower().split("."))


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("do not lose this")
    with pytest.raises(EvidenceError, match="not empty"):
        practice(tmp_path, size=0.02)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_force_replaces_earlier_evidence_and_nothing_else(tmp_path: Path) -> None:
    practice(tmp_path, seed=1, size=0.02)
    (tmp_path / "mine.txt").write_text("do not lose this")
    stale = tmp_path / "evidence" / "stale.log"
    stale.write_text("from an earlier time")
    practice(tmp_path, seed=2, size=0.02, force=True)
    assert (tmp_path / "mine.txt").read_text() == "do not lose this"
    assert not stale.exists()
    assert _answers(tmp_path).seed == 2


def test_a_run_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    before = _digest(practice(tmp_path, seed=1, size=0.02))

    def break_off(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        practice(tmp_path, seed=2, size=0.02, force=True, progress=break_off)
    assert _digest(tmp_path) == before


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EvidenceError, match="not a folder"):
        practice(tmp_path / "file", force=True)


def test_unknown_scenarios_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="intrusion"):
        practice(tmp_path, scenario="intrussion")


@pytest.mark.parametrize("size", [0.0, -1.0, 10_000.0, float("nan")])
def test_impossible_sizes_are_refused(tmp_path: Path, size: float) -> None:
    with pytest.raises(ParameterError):
        practice(tmp_path, size=size)
    assert not list(tmp_path.iterdir())


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    practice(tmp_path, size=0.02, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert seen[-1][0] == seen[-1][1]


def test_every_scenario_says_what_it_is() -> None:
    assert "intrusion" in scenarios
    for name, scenario in scenarios.items():
        assert issubclass(scenario, Scenario)
        assert scenario.name == name
        assert scenario.about.endswith(".")
