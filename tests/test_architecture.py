"""The rules that the house stands on, held by tests: layers, import time, one name everywhere, documented names."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import huntbook as hb
from huntbook.sources._connection import Connection

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "huntbook"

# From the top down: a part may import those below it, never above; parts on one line may not import each other.
LAYERS = [
    {"cli", "notebook"},
    {"testing"},
    {"investigation"},
    {"pivots", "widgets"},
    {"plots"},
    {"session"},
    {"sources", "enrichers", "analytics", "scenarios"},
    {"evidence"},
    {"readers", "query"},
    {"entities", "config"},
    {"core"},
    {"errors"},
]
HEIGHT = {part: len(LAYERS) - number for number, parts in enumerate(LAYERS) for part in parts}
FILES = sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "huntbook":
            names = [node.module.split(".")[1]] if "." in node.module else [alias.name for alias in node.names]
            yield from ((node.lineno, name) for name in names)
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, a.name.split(".")[1]) for a in node.names if a.name.startswith("huntbook."))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_part_imports_only_what_lies_below_it(path: Path) -> None:
    part = part_of(path)
    if part in ("__init__", "__main__"):
        return
    assert part in HEIGHT, f"{part} has no layer: add it to LAYERS and to docs/architecture.md"
    wrong = [
        f"line {line}: {part} imports {other}"
        for line, other in imported(path)
        if other in HEIGHT and other != part and HEIGHT[other] >= HEIGHT[part]
    ]
    assert not wrong


def test_nothing_in_the_tree_is_unknown_to_the_layers() -> None:
    data = {"schemas", "packs", "py.typed", "__init__.py", "__pycache__"}
    parts = {entry.name.removesuffix(".py") for entry in PACKAGE.iterdir() if entry.name not in data}
    assert parts <= set(HEIGHT)


def test_importing_huntbook_is_quick_and_loads_nothing_heavy() -> None:
    code = (
        "import sys, time; began = time.process_time(); import huntbook; spent = time.process_time() - began;"
        "heavy = {'polars', 'duckdb', 'pandas', 'pydantic', 'yaml', 'rich', 'typer'} & set(sys.modules);"
        "print(spent, *sorted(heavy))"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
        for _ in range(3)
    ]
    assert runs[0][1:] == []
    assert min(float(run[0]) for run in runs) < 0.1


def test_exported_names_are_sorted_complete_and_there() -> None:
    assert hb.__all__ == sorted(hb.__all__)
    for name in hb.__all__:
        assert getattr(hb, name) is not None


def test_a_name_means_the_thing_whoever_imported_its_file_before() -> None:
    code = (
        "import huntbook.sources.local, huntbook.plots.timeline, huntbook as hb;"
        "assert 'local' in hb.sources; assert callable(hb.plots.timeline); assert callable(hb.triage)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", hb.__all__)
def test_a_name_means_the_thing_when_it_is_the_first_that_is_asked_for(name: str) -> None:
    code = f"import types, huntbook as hb; print(isinstance(hb.{name}, types.ModuleType))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == str(name in ("plots", "widgets"))


def public_things() -> list[tuple[str, object]]:
    things: list[tuple[str, object]] = [(name, getattr(hb, name)) for name in hb.__all__ if name != "__version__"]
    things += [(f"plots.{name}", getattr(hb.plots, name)) for name in dir(hb.plots)]
    things += [(f"widgets.{name}", getattr(hb.widgets, name)) for name in dir(hb.widgets)]
    things += [(f"sources.{name}", source) for name, source in hb.sources.items()]
    methods = inspect.getmembers(Connection, lambda member: inspect.isfunction(member) or isinstance(member, property))
    return things + [(f"Connection.{name}", method) for name, method in methods if not name.startswith("_")]


@pytest.mark.parametrize(("name", "thing"), public_things(), ids=lambda value: value if isinstance(value, str) else "")
def test_public_names_are_documented(name: str, thing: object) -> None:
    doc = inspect.getdoc(thing if not isinstance(thing, property) else thing.fget)
    assert doc, f"{name} has no docstring"
    first = doc.splitlines()[0]
    assert first.endswith((".", ":", "?")) or "`" in first, f"{name}: the first line is no sentence: {first}"


@pytest.mark.parametrize("name", sorted(hb.sources))
def test_a_source_has_one_name_everywhere(name: str) -> None:
    assert (ROOT / "tests" / "sources" / f"test_{name}.py").is_file()
    assert (ROOT / "docs" / "sources" / f"{name}.md").is_file()


def test_every_async_method_has_its_sync_twin() -> None:
    for sync in ("query", "sql"):
        one, other = getattr(Connection, sync), getattr(Connection, f"a{sync}")
        assert inspect.iscoroutinefunction(other)
        assert list(inspect.signature(one).parameters) == list(inspect.signature(other).parameters)


FORBIDDEN = {"eval", "exec", "compile", "__import__"}
NEVER_IMPORTED = {"pickle", "marshal", "shelve", "subprocess", "cloudpickle"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_from_outside_can_become_code(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):  # what a shell or a builtin would run
            assert node.func.id not in FORBIDDEN, f"line {node.lineno}: {node.func.id}()"
        if isinstance(node, ast.Import):
            assert not {alias.name.split(".")[0] for alias in node.names} & NEVER_IMPORTED, f"line {node.lineno}"
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] not in NEVER_IMPORTED, f"line {node.lineno}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400, "a file of more than 400 lines wants to be two"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            docstring = ast.get_docstring(node, clean=False) or ""
            size = (node.end_lineno or node.lineno) - node.lineno + 1 - docstring.count("\n")
            assert size <= 40, f"{node.name} has {size} lines"
