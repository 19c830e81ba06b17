"""The settings file is looked for where it is said to be, and one that may be an attacker's is not read."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from huntbook.cli import app
from huntbook.config.file import approve, settings_file, user_file
from huntbook.errors import ConfigError

posix = pytest.mark.skipif(os.name != "posix", reason="owners and rights of files are POSIX's")
TEXT = '[sources.splunk]\nhost = "splunk.example"\n'


@pytest.fixture(autouse=True)
def work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty current folder of a user without settings."""
    monkeypatch.delenv("HUNTBOOK_CONFIG", raising=False)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home" / "config"))
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def host() -> object:
    found = settings_file()
    return found.table("sources", "splunk")["host"] if found else None


def written(path: Path, name: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'[sources.splunk]\nhost = "{name}"\n', encoding="utf-8")
    path.chmod(0o600)
    return path


def refused() -> ConfigError:
    with pytest.raises(ConfigError) as raised:
        settings_file()
    assert raised.value.__context__ is None
    return raised.value


def own() -> Path:
    found = user_file()
    assert found
    return found


# Which one


def test_there_is_none() -> None:
    assert settings_file() is None


def test_the_one_that_is_named_goes_first_then_this_folder_s_then_the_user_s(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(own(), "user")
    assert host() == "user"
    approve(written(work / "huntbook.toml", "folder"))
    assert host() == "folder"
    monkeypatch.setenv("HUNTBOOK_CONFIG", str(written(tmp_path / "named.toml", "named")))
    assert host() == "named"


def test_folders_above_are_not_looked_in(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    approve(written(work / "huntbook.toml", "folder"))
    (work / "below").mkdir()
    monkeypatch.chdir(work / "below")
    assert settings_file() is None


def test_one_that_is_named_and_not_there_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    written(own(), "user")
    monkeypatch.setenv("HUNTBOOK_CONFIG", "not-there.toml")
    error = refused()
    assert error.message == "not-there.toml cannot be read: No such file or directory."
    assert error.hint == "HUNTBOOK_CONFIG names it."


def test_nothing_may_be_named(monkeypatch: pytest.MonkeyPatch, work: Path) -> None:
    written(work / "huntbook.toml", "attacker")
    monkeypatch.setenv("HUNTBOOK_CONFIG", os.devnull)
    found = settings_file()
    assert found
    assert found.table("sources") == {}


def test_the_users_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert own() == tmp_path / "home" / "config" / "huntbook" / "huntbook.toml"
    if os.name == "posix":
        monkeypatch.setenv("XDG_CONFIG_HOME", "relative")  # would be a folder in the current one
        assert own() == tmp_path / "home" / ".config" / "huntbook" / "huntbook.toml"


def test_working_in_the_users_own_folder_needs_no_approval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(written(own(), "user").parent)
    assert host() == "user"


# Whose it is


def test_one_in_the_current_folder_is_not_read_before_it_is_approved(work: Path) -> None:
    path = written(work / "huntbook.toml", "attacker")
    error = refused()
    assert error.message == f"{path} was not read: it has not been approved, or was changed since."
    assert error.hint == (
        "If it is yours, read it and run: huntbook approve. A file that came with evidence must not say where secrets go. "
        "Set HUNTBOOK_CONFIG to the path of the file that is meant."
    )
    assert approve() == path
    assert host() == "attacker"


def test_approval_is_of_the_text_and_of_the_place(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(work / "huntbook.toml", "mine")
    approve(path)
    written(path, "attacker")
    assert "was changed since" in refused().message
    written(path, "mine")
    assert host() == "mine"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    written(Path("huntbook.toml"), "mine")
    assert "has not been approved" in refused().message


def test_out_of_an_archive_it_is_the_analyst_s_by_owner_and_still_not_read(work: Path) -> None:
    """What checking the owner does not see: whoever unpacks an archive owns what comes out of it."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        member = tarfile.TarInfo("huntbook.toml")
        text = b'[sources.splunk]\nhost = "evil.example"\ntoken = "keyring:splunk"\n'
        member.size, member.mode = len(text), 0o644
        tar.addfile(member, io.BytesIO(text))
    archive.seek(0)
    with tarfile.open(fileobj=archive) as tar:
        tar.extractall(work, filter="data")
    assert "has not been approved" in refused().message


@posix
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666, 0o646])
def test_one_that_others_may_change_is_not_read(work: Path, mode: int) -> None:
    path = written(work / "huntbook.toml", "mine")
    approve(path)
    path.chmod(mode)
    error = refused()
    assert error.message == f"{path} was not read: others may change it."
    assert error.hint.startswith(f"If it is yours: chmod go-w {path}.")
    with pytest.raises(ConfigError, match="others may change it"):
        approve(path)


@posix
def test_one_of_somebody_else_is_not_read(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(work / "huntbook.toml", "mine")
    approve(path)
    if os.geteuid() == 0:
        os.chown(path, 4243, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 4242)
    assert refused().message == f"{path} was not read: it belongs to somebody else."


@posix
def test_the_user_s_own_must_be_theirs_too() -> None:
    written(own(), "user").chmod(0o666)
    assert refused().message == "~/config/huntbook/huntbook.toml was not read: others may change it."


@posix
def test_what_is_no_file_is_refused_at_once(work: Path) -> None:
    os.mkfifo(work / "huntbook.toml", 0o600)
    assert refused().message == f"{work / 'huntbook.toml'} was not read: it is no plain file."
    (work / "huntbook.toml").unlink()
    (work / "huntbook.toml").symlink_to(work / "nowhere")
    assert "cannot be read: No such file" in refused().message
    (work / "huntbook.toml").unlink()
    (work / "huntbook.toml").mkdir()
    assert "cannot be read: Is a directory" in refused().message


# What is in it


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"[sources.splunk\n", "is no TOML: "),
        (b"a = 1\na = 2\n", "is no TOML: "),
        (b"a = " + b"[" * 100_000, "is no TOML: nested too deeply"),
        (b"\xff\xfe", "is no text in UTF-8 of at most 1,048,576 bytes"),
        (b"#" * 2_000_000, "is no text in UTF-8 of at most 1,048,576 bytes"),
    ],
)
def test_a_file_that_cannot_be_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: bytes, told: str
) -> None:
    (tmp_path / "named.toml").write_bytes(text)
    monkeypatch.setenv("HUNTBOOK_CONFIG", str(tmp_path / "named.toml"))
    assert told in refused().message


def test_a_file_shows_its_path_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUNTBOOK_CONFIG", str(written(tmp_path / "home" / "named.toml", "shown-nowhere")))
    found = settings_file()
    assert repr(found) == "<settings in ~/named.toml>"


def test_a_byte_order_mark_is_no_part_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "named.toml").write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    monkeypatch.setenv("HUNTBOOK_CONFIG", str(tmp_path / "named.toml"))
    assert host() == "splunk.example"


# Approval


def test_what_was_approved_is_kept_beside_the_user_s_file(work: Path, tmp_path: Path) -> None:
    approve(written(work / "huntbook.toml", "one"))
    (tmp_path / "other").mkdir()
    approve(written(tmp_path / "other" / "huntbook.toml", "two"))
    assert [path.name for path in own().parent.iterdir()] == ["approved"]
    assert len(list((own().parent / "approved").iterdir())) == 2
    if os.name == "posix":
        assert (own().parent / "approved").stat().st_mode & 0o777 == 0o700
    assert host() == "one"


def test_a_user_without_a_home_folder(monkeypatch: pytest.MonkeyPatch, work: Path) -> None:
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.setenv("XDG_CONFIG_HOME", "")
    monkeypatch.setenv("APPDATA", "")
    assert user_file() is None
    assert settings_file() is None
    written(work / "huntbook.toml", "one")
    with pytest.raises(ConfigError, match="this user has no home folder"):
        approve()


@posix
def test_a_folder_with_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / os.fsdecode(b"\xff \n")
    folder.mkdir()
    monkeypatch.chdir(folder)
    written(Path("huntbook.toml"), "one")
    assert "has not been approved" in refused().message
    approve()
    assert host() == "one"


def test_the_command_shows_what_it_approves(work: Path) -> None:
    written(work / "huntbook.toml", "evil\u202e[2J.example")
    refusal = CliRunner().invoke(app, ["approve"], input="n\n")
    assert refusal.exit_code != 0
    assert "evil\\u202e[2J.example" in refusal.output
    assert "has not been approved" in refused().message
    done = CliRunner().invoke(app, ["approve", "--yes"])
    assert done.exit_code == 0
    assert f"Approved: {work / 'huntbook.toml'}" in done.output
    assert settings_file()


def test_what_was_shown_is_what_is_approved(work: Path) -> None:
    path = written(work / "huntbook.toml", "seen")
    seen: list[str] = []

    def look(text: str) -> None:
        seen.append(text)
        written(path, "put in its place meanwhile")

    approve(path, look=look)
    assert "seen" in seen[0]
    assert "has not been approved" in refused().message
