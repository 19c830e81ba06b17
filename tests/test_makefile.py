"""The commands that the README names are there, and its figures of queries are true."""

from __future__ import annotations

import re
from pathlib import Path

import huntbook as hb

ROOT = Path(__file__).parent.parent


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\$ make (\w+)", (ROOT / "README.md").read_text()))
    assert {"demo", "test", "notebook"} <= named <= targets


def test_ci_runs_tests_and_lint() -> None:
    text = (ROOT / ".ci" / "run").read_text()
    assert "make test" in text
    assert "make lint" in text


def test_there_are_as_many_queries_as_the_readme_says() -> None:
    said = re.search(r"more than (\d+) prepared queries", (ROOT / "README.md").read_text())
    assert said is not None
    assert len(hb.packs.hunting()) > int(said[1])
