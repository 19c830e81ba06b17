"""Plug-ins of one's own, in folders that the settings name: `FOLDER/sources/acme.py` is `connect("acme")`.

What is in these files is run. So a folder is never taken because it happens to be at hand: the settings name it, by its whole path, and neither it nor
the file may be anybody else's to change (`docs/decisions/0503`).
"""

from __future__ import annotations

import stat
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

from huntbook.config.file import CHANGEABLE, SettingsFile, settings_file, shown, strangers
from huntbook.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY: Final = "paths"


def plugin_files(kind: str) -> dict[str, Path]:
    """Find the plug-ins of a kind, by name: those in the subfolder of that name of every folder that the settings name.

    Raises:
        ConfigError: if the settings name something else than folders, or a folder or file is not to be trusted.
    """
    found: dict[str, Path] = {}
    for folder in plugin_folders():
        inside = folder / kind
        if not inside.is_dir():
            continue
        _check(inside, is_folder=True)
        for path in sorted(inside.glob("[!_]*.py")):
            if path.stem in found:
                raise ConfigError(f"{shown(path)} and {shown(found[path.stem])} have one name.", hint="Rename one.")
            _check(path)
            found[path.stem] = path
    return found


def plugin_folders() -> list[Path]:
    """The folders that the settings name, in their order.

    Raises:
        ConfigError: see `plugin_files`.
    """
    file = settings_file()
    return list(_folders(file, "plugins")) if file else []


def pack_folders() -> list[Path | ConfigError]:
    """The folders of packs that the settings name (`[packs] paths`), and the folders `packs` of those of plug-ins.

    What is wrong stands in its place: one folder that is not there must not hide the others.
    """
    try:
        file = settings_file()
    except ConfigError as error:
        return [error]
    named = list(_told(file, "packs")) if file else []
    own = list(_told(file, "plugins")) if file else []
    inside = [each if isinstance(each, ConfigError) else each / "packs" for each in own]
    return [*named, *(each for each in inside if isinstance(each, ConfigError) or each.is_dir())]


def _told(file: SettingsFile, name: str) -> Iterator[Path | ConfigError]:
    """The folders, and what is wrong with those that are none."""
    try:
        paths, place = _paths(file, name)
    except ConfigError as error:
        yield error
        return
    for path in paths:
        try:
            yield _folder(path, place)
        except ConfigError as error:
            yield error


def _folders(file: SettingsFile, name: str) -> Iterator[Path]:
    paths, place = _paths(file, name)
    return (_folder(path, place) for path in paths)


def _paths(file: SettingsFile, name: str) -> tuple[list[str], str]:
    """What the settings name, and where."""
    table = file.table().get(name, {})
    how = f'Write [{name}] and below it paths = ["~/huntbook"]: whole paths of folders.'
    if not isinstance(table, dict):
        raise ConfigError(f"{name} is no table ({file.place(name)}).", hint=how)
    for key in table:
        if key != _KEY:
            close = get_close_matches(key, [_KEY], n=1, cutoff=0.5)
            meant = f"Did you mean {_KEY!r}? " if close else ""
            raise ConfigError(f"{name} has no {key!r} ({file.place(name, key)}).", hint=f"{meant}{how}")
    paths, place = table.get(_KEY, []), file.place(name, _KEY)
    if not isinstance(paths, list) or not all(isinstance(path, str) and path for path in paths):
        raise ConfigError(f"{name}.paths is no list of folders ({place}).", hint=how)
    return paths, place


def _folder(path: str, place: str) -> Path:
    try:
        folder = Path(path).expanduser()
    except RuntimeError:  # there is no home folder
        folder = Path(path)
    if not folder.is_absolute():
        raise ConfigError(
            f"{path!r} is no whole path ({place}).", hint="It would mean another folder wherever huntbook is started."
        )
    if not folder.is_dir():
        raise ConfigError(f"There is no folder {shown(folder)} ({place}).")
    _check(folder, is_folder=True)
    return folder


def _check(path: Path, *, is_folder: bool = False) -> None:
    """Refuse what others may change: what is in there is run."""
    try:
        status = path.stat()
    except OSError as error:
        raise ConfigError(f"{shown(path)} cannot be read: {error.strerror}.") from error
    plain = stat.S_ISDIR(status.st_mode) if is_folder else stat.S_ISREG(status.st_mode)
    if not plain:
        raise ConfigError(f"{shown(path)} was not read: it is no plain {'folder' if is_folder else 'file'}.")
    if problem := strangers(status):
        yours = f" If it is yours: chmod go-w {path}." if problem == CHANGEABLE else ""
        raise ConfigError(f"{shown(path)} was not read: {problem}.", hint=f"What is in it would be run.{yours}")
