"""Every `>>>` example in the library runs and shows what it says."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import huntbook

PACKAGE = Path(huntbook.__file__).parent
MODULES = sorted(
    ".".join(("huntbook", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # A folder's file that is named after its function is hidden behind it: the module is asked for by its full name.
    tests = doctest.DocTestFinder(exclude_empty=True).find(import_module(name), name)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    failed = [test.name for test in tests if runner.run(test).failed]
    assert not failed
    assert runner.tries or all("+SKIP" in (test.docstring or "") for test in tests if test.examples)
