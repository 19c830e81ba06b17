"""Plug-ins in folders that the settings name: which files are taken, and which never."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from huntbook.config.plugins import plugin_files, plugin_folders
from huntbook.errors import ConfigError
from huntbook.query.pack import packs

Settings = Callable[[str], None]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Write the user's settings file; the current folder is another one."""
    home = tmp_path / "home"
    own = home / ".config" / "huntbook" / "huntbook.toml"
    own.parent.mkdir(parents=True)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for name in ("XDG_CONFIG_HOME", "HUNTBOOK_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))

    def write(text: str) -> None:
        own.write_text(text, encoding="utf-8")
        own.chmod(0o600)

    return write


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    """A folder of plug-ins with one source, named by the settings."""
    folder = tmp_path / "home" / "own"
    (folder / "sources").mkdir(parents=True, mode=0o755)
    folder.chmod(0o755)
    (folder / "sources").chmod(0o755)
    write(folder / "sources" / "acme.py")
    settings('[plugins]\npaths = ["~/own"]\n')
    return folder


def write(path: Path, mode: int = 0o644) -> None:
    path.write_text("", encoding="utf-8")
    path.chmod(mode)


def test_files_are_found_by_name_and_kind(folder: Path) -> None:
    write(folder / "sources" / "_shared.py")
    write(folder / "sources" / "readme.txt")
    write(folder / "loose.py")
    assert plugin_files("sources") == {"acme": folder / "sources" / "acme.py"}
    assert plugin_files("enrichers") == {}


def test_without_settings_there_are_none(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "here" / "sources").mkdir()
    write(tmp_path / "here" / "sources" / "acme.py")
    assert plugin_files("sources") == {}
    settings("[sources.splunk]\nhost = 'x'\n")
    assert plugin_files("sources") == {}


@pytest.mark.parametrize("path", ["", ".", "own", "../home/own", "./own"])
def test_a_path_that_depends_on_the_current_folder_is_refused(folder: Path, settings: Settings, path: str) -> None:
    settings(f'[plugins]\npaths = ["{path}"]\n')
    with pytest.raises(ConfigError, match=r"no whole path|no list of folders"):
        plugin_folders()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("plugins = 3\n", "no table"),
        ("[plugins]\npath = ['~/own']\n", "has no 'path'"),
        ("[plugins]\npaths = '~/own'\n", "no list of folders"),
        ("[plugins]\npaths = [1]\n", "no list of folders"),
        ("[plugins]\npaths = ['~/absent']\n", "There is no folder"),
        ("[plugins]\npaths = ['~/own/sources/acme.py']\n", "There is no folder"),
    ],
)
def test_what_the_settings_say_wrong_is_told_with_its_place(
    folder: Path, settings: Settings, text: str, told: str
) -> None:
    settings(text)
    with pytest.raises(ConfigError, match=told) as caught:
        plugin_folders()
    assert "huntbook.toml" in str(caught.value)


@pytest.mark.skipif(os.name != "posix", reason="owners and rights are told otherwise")
@pytest.mark.parametrize("changeable", ["", "sources", "sources/acme.py"])
def test_what_others_may_change_is_not_run(folder: Path, changeable: str) -> None:
    path = folder / changeable
    path.chmod(path.stat().st_mode | 0o020)
    with pytest.raises(ConfigError, match="others may change it") as caught:
        plugin_files("sources")
    assert "chmod go-w" in caught.value.hint


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give a file away")
def test_what_belongs_to_somebody_else_is_not_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.chown(folder / "sources" / "acme.py", 12345, 12345)
    with pytest.raises(ConfigError, match="belongs to somebody else"):
        plugin_files("sources")


def test_a_folder_is_no_file(folder: Path) -> None:
    (folder / "sources" / "strange.py").mkdir()
    with pytest.raises(ConfigError, match="no plain file"):
        plugin_files("sources")


def test_two_of_one_name_are_told(folder: Path, settings: Settings) -> None:
    more = folder.parent / "more" / "sources"
    more.mkdir(parents=True, mode=0o755)
    for each in (more, more.parent):
        each.chmod(0o755)
    write(more / "acme.py")
    settings('[plugins]\npaths = ["~/own", "~/more"]\n')
    with pytest.raises(ConfigError, match="have one name"):
        plugin_files("sources")


PACK = """
about: A fleet of one's own.
queries:
  rows:
    about: All rows.
    needs: [Fleet_CL]
    kql: Fleet_CL | where TimeGenerated between ({{start}} .. {{end}})
    example:
      rows: {Fleet_CL: [{TimeGenerated: 2026-03-02T09:00:00Z}, {TimeGenerated: 2020-01-01T00:00:00Z}]}
      returns: [{TimeGenerated: 2026-03-02T09:00:00Z}]
"""


def test_packs_of_ones_own_are_among_the_others(folder: Path, settings: Settings, tmp_path: Path) -> None:
    (folder / "packs").mkdir(mode=0o755)
    named = tmp_path / "home" / "queries"
    named.mkdir(mode=0o755)
    for path in (folder / "packs" / "fleet.yaml", named / "ships.yaml"):
        path.write_text(PACK, encoding="utf-8")
    settings('[plugins]\npaths = ["~/own"]\n[packs]\npaths = ["~/queries"]\n')
    assert {"fleet", "ships", "credentials"} <= set(packs)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[packs]\npaths = ['queries', '~/queries']\n", "'queries' is no whole path"),
        ("[packs]\npaths = ['~/absent', '~/queries']\n", "There is no folder"),
        ("[packs]\npaths = 7\n[plugins]\npaths = ['~/own']\n", "packs.paths is no list"),
        ("[packs\n", "is no TOML"),
    ],
)
def test_a_folder_that_is_wrong_hides_no_pack_of_the_others(
    folder: Path, settings: Settings, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "home" / "queries").mkdir(mode=0o755)
    (folder / "packs").mkdir(mode=0o755)
    for path in (folder / "packs", tmp_path / "home" / "queries"):
        (path / "ships.yaml").write_text(PACK, encoding="utf-8")
    settings(text)
    assert "credentials" in packs
    assert ("ships" in packs) == ("~/" in text)
    [error] = packs.failed.values()
    assert said in error.message
    assert said in repr(packs)
    with pytest.warns(UserWarning, match=said):
        assert packs.hunting()
