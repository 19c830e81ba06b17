"""A folder as a mapping from names to things."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from huntbook.core import registry as registry_module
from huntbook.core.registry import Registry
from huntbook.errors import ConfigError, UnknownName
from huntbook.readers import readers
from huntbook.readers._base import Reader

THING = "class Thing:\n    pass\n"
APPLE = "from zoo_of_tests._base import Thing\n\nclass Apple(Thing):\n    pass\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with one thing, one file that holds none, and one that no one has asked for yet."""
    package = tmp_path / "zoo_of_tests"
    package.mkdir()
    files = {
        "__init__": "",
        "_base": THING,
        "apple": APPLE,
        "empty": "from zoo_of_tests._base import Thing\n",
        "broken": "1 / 0\n",
    }
    for name, text in files.items():
        (package / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    __import__("zoo_of_tests._base")
    yield package
    for name in [name for name in sys.modules if name.startswith("zoo_of_tests")]:
        del sys.modules[name]


@pytest.fixture
def things(folder: Path) -> Registry[object]:
    return Registry("zoo_of_tests", what="thing", base=sys.modules["zoo_of_tests._base"].Thing)


def test_the_names_are_those_of_the_files(things: Registry[object]) -> None:
    assert list(things) == ["apple", "broken", "empty"]
    assert len(things) == 3
    assert "apple" in things
    assert "_base" not in things
    assert repr(things) == "<things: apple, broken, empty>"


def test_a_thing_is_loaded_when_it_is_asked_for(things: Registry[object]) -> None:
    list(things)
    assert "zoo_of_tests.apple" not in sys.modules
    assert things["apple"].__name__ == "Apple"
    assert things["apple"] is things["apple"]


def test_what_is_imported_into_a_file_is_not_what_it_defines(things: Registry[object]) -> None:
    with pytest.raises(UnknownName, match=r"zoo_of_tests.empty defines no Thing"):
        things["empty"]


def test_an_error_in_a_file_is_not_hidden(things: Registry[object]) -> None:
    with pytest.raises(ZeroDivisionError):
        things["broken"]


def test_an_unknown_name_is_answered_with_the_near_one(things: Registry[object]) -> None:
    with pytest.raises(UnknownName, match=r"There is no thing 'aple'.\nDid you mean 'apple'\?"):
        things["aple"]


def test_an_installed_plug_in_is_one_more_name(things: Registry[object], monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("pear", "zoo_of_tests.apple:Apple", "zoo_of_tests")
    monkeypatch.setattr(registry_module, "entry_points", lambda *, group: EntryPoints([point]).select(group=group))
    assert list(things) == ["apple", "broken", "empty", "pear"]
    assert things["pear"].__name__ == "Apple"


def test_the_real_ones_hold_what_they_say() -> None:
    assert {"evtx", "json", "csv", "parquet", "zeek", "syslog", "auditd", "text"} <= set(readers)
    assert all(issubclass(reader, Reader) for reader in readers.values())


class TestFilesOfOnesOwn:
    @pytest.fixture
    def own(self, tmp_path: Path) -> Path:
        path = tmp_path / "plum.py"
        path.write_text(APPLE.replace("Apple", "Plum"), encoding="utf-8")
        return path

    @staticmethod
    def registry(files: dict[str, Path]) -> Registry[object]:
        return Registry("zoo_of_tests", what="thing", base=sys.modules["zoo_of_tests._base"].Thing, local=lambda: files)

    def test_they_are_more_names(self, folder: Path, own: Path) -> None:
        things = self.registry({"plum": own})
        assert list(things) == ["apple", "broken", "empty", "plum"]
        assert len(things) == 4
        assert "plum" in things
        assert things.installed() == ["apple", "broken", "empty"]
        assert things["plum"].__name__ == "Plum"
        assert things["plum"] is things["plum"]
        assert things._ipython_key_completions_() == list(things)

    def test_only_the_one_that_is_asked_for_is_run(self, folder: Path, own: Path, tmp_path: Path) -> None:
        (tmp_path / "bad.py").write_text("1 / 0\n", encoding="utf-8")
        things = self.registry({"plum": own, "bad": tmp_path / "bad.py"})
        assert things["plum"].__name__ == "Plum"
        with pytest.raises(ZeroDivisionError):
            things["bad"]
        assert not any(name.endswith(".bad") for name in sys.modules)

    def test_a_name_of_the_folder_stays_the_folder_s(self, folder: Path, own: Path) -> None:
        things = self.registry({"apple": own})
        assert things["apple"].__name__ == "Apple"
        with pytest.raises(ConfigError, match="a thing 'apple' already"):
            list(things)

    def test_nobody_looks_for_them_where_the_folder_has_the_name(self, folder: Path) -> None:
        def never() -> dict[str, Path]:
            raise AssertionError

        things: Registry[object] = Registry(
            "zoo_of_tests", what="thing", base=sys.modules["zoo_of_tests._base"].Thing, local=never
        )
        assert things["apple"]
        assert "apple" in things
