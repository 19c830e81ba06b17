"""In some packages a name means the thing, not the file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from huntbook.core.modules import function_folder, named_package


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    folder = tmp_path / "named_in_tests"
    folder.mkdir()
    (folder / "__init__.py").write_text("", encoding="utf-8")
    (folder / "square.py").write_text("def square(x):\n    return x * x\n", encoding="utf-8")
    (folder / "plain.py").write_text("value = 1\n", encoding="utf-8")
    (folder / "_private.py").write_text("def _private():\n    pass\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield import_module("named_in_tests")
    for name in [name for name in sys.modules if name.startswith("named_in_tests")]:
        del sys.modules[name]


def test_a_file_that_defines_its_name_stands_for_that(package: ModuleType) -> None:
    named_package("named_in_tests")
    import_module("named_in_tests.square")
    assert package.square(3) == 9
    assert isinstance(import_module("named_in_tests.square"), ModuleType)


def test_a_file_that_does_not_stays_a_module(package: ModuleType) -> None:
    named_package("named_in_tests")
    import_module("named_in_tests.plain")
    assert package.plain.value == 1


def test_a_folder_of_functions_loads_each_when_it_is_asked_for(package: ModuleType) -> None:
    function_folder("named_in_tests")
    assert dir(package) == ["plain", "square"]
    assert "named_in_tests.square" not in sys.modules
    assert package.square(4) == 16


@pytest.mark.parametrize("name", ["cube", "_private"])
def test_a_name_that_is_not_there_is_said_with_those_that_are(package: ModuleType, name: str) -> None:
    function_folder("named_in_tests")
    with pytest.raises(AttributeError, match=r"has no .*; it has: plain, square"):
        getattr(package, name)
