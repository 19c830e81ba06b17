"""The notebooks run from an empty folder, keep what they showed, and show nothing of the machine that ran them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent.parent
NOTEBOOKS = sorted([*ROOT.glob("docs/tutorials/*.ipynb"), *ROOT.glob("examples/*.ipynb")])
SECONDS = 120

by_name = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def code_cells(path: Path) -> list[Any]:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def test_there_are_notebooks() -> None:
    assert {"first-investigation", "hunting-with-kql", "indicators-and-decoding"} <= {path.stem for path in NOTEBOOKS}


@by_name
@pytest.mark.filterwarnings("default")  # what the notebook machinery deprecates is not ours to mend
def test_it_runs(path: Path, tmp_path: Path) -> None:
    resources = {"metadata": {"path": str(tmp_path)}}
    client = NotebookClient(read(path), timeout=SECONDS, kernel_name="python3", resources=resources)
    client.execute(env={**os.environ, "HUNTBOOK_CACHE": str(tmp_path / "cache")})


@by_name
def test_it_is_valid_and_keeps_what_it_showed(path: Path) -> None:
    nbformat.validate(read(path))
    cells = code_cells(path)
    assert all(cell.execution_count for cell in cells)
    assert sum(bool(cell.outputs) for cell in cells) >= len(cells) - 2
    errors = [output for cell in cells for output in cell.outputs if output.output_type == "error"]
    assert not errors


@by_name
def test_it_is_small_and_shows_nothing_of_the_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text) < 1_000_000
    shown = str([cell.outputs for cell in code_cells(path)])
    for private in (str(ROOT), str(Path.home()), "/tmp/", "/home/", "/Users/", "site-packages"):  # noqa: S108
        assert private not in shown
