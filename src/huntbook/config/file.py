"""`huntbook.toml`: where it is looked for, whose it has to be, and in which line of it something stands.

What the file says decides where secrets are sent. One that lies in a folder of evidence may be an attacker's, and the analyst's own by its
owner, having come out of an archive: one in the current folder is read only after its text was approved (`docs/decisions/0502`).
"""

from __future__ import annotations

import hashlib
import os
import stat
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from huntbook.core.display import printable
from huntbook.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

NAME = "huntbook.toml"
VARIABLE = "HUNTBOOK_CONFIG"
_LARGEST = 1024 * 1024  # bytes
_LONGEST = 500  # lines that one value may take for its line to be told


class SettingsFile:
    """A settings file that was read. It shows its path and nothing of what it says."""

    def __init__(self, path: Path, text: str, data: Mapping[str, object]) -> None:
        self.path = path
        self.__data = data
        self.__lines = dict(_lines(text))

    def table(self, *keys: str) -> Mapping[str, object]:
        """A table of the file; empty if there is none."""
        found: object = self.__data
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}

    def place(self, *keys: str) -> str:
        """Where a table or key stands, for people: file and line."""
        within = (line for path, line in self.__lines.items() if path[: len(keys)] == keys)  # [a.b] is where a begins
        line = self.__lines.get(keys) or (next(within, 0) if keys else 0)
        return f"{shown(self.path)}:{line}" if line else shown(self.path)

    def __repr__(self) -> str:
        return f"<settings in {shown(self.path)}>"


def settings_file() -> SettingsFile | None:
    """Find and read the settings file: `HUNTBOOK_CONFIG`, else the one in the current folder, else the user's own.

    Raises:
        ConfigError: if there is one that cannot be read, is not to be trusted, or is no TOML.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return _settings(_read(Path(given).expanduser(), chosen=True))
    here, own = Path.cwd().resolve() / NAME, user_file()
    if os.path.lexists(here) and not (own and own.exists() and here.exists() and own.samefile(here)):
        found = _read(here)
        _refuse_what_is_not_approved(found)
        return _settings(found)
    return _settings(_read(own)) if own and own.exists() else None


def user_file() -> Path | None:
    """The user's own settings file, whether it is there or not; None for a user without a home folder."""
    base = os.environ.get("APPDATA" if os.name == "nt" else "XDG_CONFIG_HOME", "")
    # A relative one would mean the current folder, which may be anybody's; the XDG specification has it ignored.
    home = os.path.expanduser("~")  # noqa: PTH111 - Path's own raises where there is none
    folder = base if Path(base).is_absolute() else str(Path(home) / ".config")
    return Path(folder) / "huntbook" / NAME if Path(folder).is_absolute() else None


def shown(path: Path) -> str:
    """A path for people: below the home folder with a tilde, and with nothing in it that a terminal obeys."""
    home = os.path.expanduser("~")  # noqa: PTH111
    below = Path(home).is_absolute() and path.is_relative_to(home)
    return printable(f"~/{path.relative_to(home).as_posix()}" if below else str(path))


def approve(path: str | Path = NAME, *, look: Callable[[str], object] = lambda _: None) -> Path:
    """Approve a settings file as it is now, so that it is read in its folder; changed, it has to be approved anew.

    Args:
        path: the file.
        look: is given its text, and raises if it is not to be approved. What was looked at is what is approved, whatever becomes of the
            file in the meantime.

    Raises:
        ConfigError: if it cannot be read, or may be changed by others.
    """
    found = _read(Path(path).absolute().parent.resolve() / Path(path).name)
    _settings(found)
    record = _record(found)
    if not record:
        raise ConfigError(f"{shown(found.path)} cannot be approved: this user has no home folder.", hint=_CHOOSE)
    look(found.text)
    record.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    record.touch(mode=0o600)
    return found.path


_CHOOSE = f"Set {VARIABLE} to the path of the file that is meant."
_NOT_READ = "A file that came with evidence must not say where secrets go."


class _File(NamedTuple):
    path: Path
    text: str
    digest: str

    def __repr__(self) -> str:  # what it says may be a secret that should not stand there
        return f"<{self.path}>"


def _read(path: Path, *, chosen: bool = False) -> _File:
    """Read a file; one that the user did not name (`chosen`) has to be theirs alone to change."""
    found = _opened(path, chosen=chosen)
    if isinstance(found, _File):
        return found
    problem, hint = found
    raise ConfigError(problem, hint=hint)


def _opened(path: Path, *, chosen: bool) -> _File | tuple[str, str]:
    """The file, or what is wrong with it and what to do: a value, so that no traceback shows what was read."""
    try:
        # A pipe would let us wait for ever: not to wait is asked for, and what is no plain file is refused.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as file:
            distrust = None if chosen else _distrust(os.fstat(file.fileno()), path)
            if distrust:
                return distrust
            content = file.read(_LARGEST + 1)
    except OSError as error:
        return f"{shown(path)} cannot be read: {error.strerror}.", f"{VARIABLE} names it." if chosen else ""
    text = content.decode("utf-8-sig", "replace")
    if len(content) > _LARGEST or "\ufffd" in text:
        return f"{shown(path)} is no settings file: it is no text in UTF-8 of at most {_LARGEST:,} bytes.", ""
    return _File(path, text, hashlib.sha256(content).hexdigest())


def _distrust(status: os.stat_result, path: Path) -> tuple[str, str] | None:
    """Why a file is not to be read, and what to do; on Windows, where owners and rights are told otherwise, approval alone decides."""
    if not stat.S_ISREG(status.st_mode):
        return f"{shown(path)} was not read: it is no plain file.", _NOT_READ
    problem = strangers(status)
    yours = f"If it is yours: chmod go-w {path}. {_NOT_READ}" if problem == CHANGEABLE else f"{_NOT_READ} {_CHOOSE}"
    return (f"{shown(path)} was not read: {problem}.", yours) if problem else None


CHANGEABLE = "others may change it"


def strangers(status: os.stat_result) -> str:
    """Why a file or folder may say what others want; empty if only the user, or the system, can change it."""
    if os.name != "posix":
        return ""
    if status.st_uid not in (os.geteuid(), 0):
        return "it belongs to somebody else"
    return CHANGEABLE if status.st_mode & 0o022 else ""


def _refuse_what_is_not_approved(found: _File) -> None:
    record = _record(found)
    if not (record and record.exists()):
        raise ConfigError(
            f"{shown(found.path)} was not read: it has not been approved, or was changed since.",
            hint=f"If it is yours, read it and run: huntbook approve. {_NOT_READ} {_CHOOSE}",
        )


def _record(found: _File) -> Path | None:
    """What is there if a file was approved: an empty file, named by the hash of its path and text."""
    own = user_file()
    name = hashlib.sha256(f"{found.path}\0{found.digest}".encode("utf-8", "surrogateescape")).hexdigest()
    return own.with_name("approved") / name if own else None


def _settings(found: _File) -> SettingsFile:
    data, problem = _parsed(found.text)
    if data is None:
        raise ConfigError(f"{shown(found.path)} is no TOML: {problem}.")
    return SettingsFile(found.path, found.text, data)


def _parsed(text: str) -> tuple[dict[str, object] | None, str]:
    """The text's tables, or what is wrong with it. A value, since the error of the parser holds the whole text."""
    try:
        return tomllib.loads(text), ""
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return None, str(error) if isinstance(error, tomllib.TOMLDecodeError) else "nested too deeply"


def _lines(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """Tell the line of every table and key. A statement is as many lines as it takes to be TOML, and each is TOML by itself."""
    table: tuple[str, ...] = ()
    statement, start = "", 1
    for number, line in enumerate(text.split("\n"), 1):
        statement += f"{line}\n"
        parsed, _ = _parsed(statement) if number - start < _LONGEST else ({}, "")
        if parsed is None:
            continue
        paths = list(_paths(parsed))
        if statement.lstrip().startswith("["):
            table = paths[-1] if paths else ()
            yield table, start
        else:
            yield from ((table + path, start) for path in paths)
        statement, start = "", number + 1


def _paths(data: object) -> Iterator[tuple[str, ...]]:
    """The path of every key, from the outside in."""
    if isinstance(data, list) and data and isinstance(data[0], dict):
        yield from _paths(data[0])
    if isinstance(data, dict):
        for key, value in data.items():
            yield (key,)
            yield from ((key, *rest) for rest in _paths(value))
