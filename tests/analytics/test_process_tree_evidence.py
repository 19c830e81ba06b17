"""Parent links found without GUIDs, against those that Sysmon recorded by GUID on real machines."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from huntbook.analytics.process_tree import process_tree

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.evidence


def score(rows: list[dict[str, Any]]) -> tuple[int, int]:
    """Count the edges whose parent is in the file and has a process id, and how many of them are found."""
    tree = process_tree(pl.DataFrame(rows).drop("guid", "pguid"))
    key_of = {row["guid"]: key for row, key in zip(rows, tree["process_key"], strict=False) if row["pid"]}
    known = [
        (key_of[row["pguid"]], found)
        for row, found in zip(rows, tree["parent_key"], strict=False)
        if row["pguid"] in key_of
    ]
    return sum(expected == found for expected, found in known), len(known)


def test_parents_are_found_without_guids(evidence: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = sorted((evidence / "ground_truth" / "process_tree").glob("*.json"))
    assert len(files) == 21
    truths = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files}
    scores = {name: score(truth["rows"]) for name, truth in truths.items()}
    assert [total for _, total in scores.values()] == [truth["edges_scorable_by_pid"] for truth in truths.values()]
    right, total = (sum(column) for column in zip(*scores.values(), strict=True))
    lines = [f"  {name}: {found} of {edges} parents right" for name, (found, edges) in scores.items()]
    with capsys.disabled():
        sys.stdout.write("\n".join(["", *lines, f"  together: {right} of {total} = {right / total:.2%}", ""]))
    assert right / total >= 0.99


def test_guids_do_not_lose_what_ids_find(evidence: Path) -> None:
    """In one file Sysmon wrote parents' GUIDs with another ending; with and without GUIDs the tree is the same."""
    path = evidence / "ground_truth" / "process_tree" / "aptsimulator_cobaltstrike.json"
    frame = pl.DataFrame(json.loads(path.read_text(encoding="utf-8"))["rows"])
    with_guids = process_tree(frame, guid="guid", parent_guid="pguid").head(frame.height)
    without = process_tree(frame.drop("guid", "pguid")).head(frame.height)
    places = {key: place for tree in (with_guids, without) for place, key in enumerate(tree["process_key"])}
    assert [places.get(key) for key in with_guids["parent_key"]] == [places.get(key) for key in without["parent_key"]]


def test_real_4688_events(evidence: Path) -> None:
    """A day of one Windows machine: its wandering ids are read, and every parent named by the event agrees."""
    frame = pl.read_csv(evidence / "azure" / "processes_on_host.csv.gz", infer_schema=False).drop("")
    tree = process_tree(frame)
    assert tree.height > frame.height > 20_000
    parents = tree.select(parent_key="process_key", image="NewProcessName").unique("parent_key")
    linked = tree.filter(~pl.col("inferred")).join(parents, on="parent_key")
    differs = linked.filter(pl.col("ParentProcessName").str.to_lowercase() != pl.col("image").str.to_lowercase())
    assert linked.height > 0.9 * frame.height
    assert differs.height < 0.001 * frame.height
