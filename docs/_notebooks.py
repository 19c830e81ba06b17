"""Running notebooks and keeping what they show, without what is different each time and on each machine."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

_SECONDS = 300
_ELAPSED = re.compile(r" in \d+\.\d\d s\b")


def run_all(root: Path) -> None:
    """Run every notebook of the tutorials and the examples, and store its outputs in it."""
    for path in sorted([*root.glob("docs/tutorials/*.ipynb"), *root.glob("examples/*.ipynb")]):
        notebook = execute(path)
        clean(notebook)
        nbformat.write(notebook, path)


def execute(path: Path) -> Any:
    """Run a notebook in a folder of its own, which is gone afterwards, and return it with its outputs.

    Raises:
        CellExecutionError: if a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook, timeout=_SECONDS, kernel_name="python3", resources={"metadata": {"path": folder}}
        )
        client.execute(env={**os.environ, "HUNTBOOK_CACHE": str(Path(folder) / "cache")})
    return notebook


def clean(notebook: Any) -> None:
    """Take out what differs between two runs: times of execution, what was written to stderr, the kernel's version."""
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    notebook.metadata["language_info"] = {"name": "python"}
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(notebook.cells, 1):
        cell["id"] = f"cell-{number}"
    for cell in code:
        cell.metadata = {}
        cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
        for output in cell.outputs:
            _clean_output(output)


def _clean_output(output: Any) -> None:
    data = output.get("data", {})
    data.pop("application/vnd.jupyter.widget-view+json", None)
    for kind, text in data.items():
        if isinstance(text, str) and "<iframe" not in text:
            data[kind] = _ELAPSED.sub("", text)
