"""What the page on settings shows is what happens, step by step, for a user with that file and those variables."""

from __future__ import annotations

import doctest
import os
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from huntbook.cli import app

PAGE = Path(__file__).parent.parent.parent / "docs" / "how-to" / "settings-and-secrets.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_page_shows_what_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [
        name
        for name in os.environ
        if name.startswith("HUNTBOOK_") or name in ("XDG_CONFIG_HOME", "SPLUNK_TOKEN", "NOT_SET")
    ]:
        monkeypatch.delenv(name)
    for name, value in {"HOME": tmp_path, "USERPROFILE": tmp_path, "APPDATA": tmp_path / ".config"}.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setenv("SPLUNK_TOKEN", "")  # so that it goes again
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    ran = {"toml": 0, "console": 0, "pycon": 0}
    for language, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        ran[language] += 1
        if language == "toml":
            own = tmp_path / ".config" / "huntbook" / "huntbook.toml"
            own.parent.mkdir(parents=True)
            own.write_text(text, encoding="utf-8")
        elif language == "console":
            console(text, monkeypatch)
        else:
            told: list[str] = []
            test = doctest.DocTestParser().get_doctest(text, names, "page", str(PAGE), None)
            runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
            failed = runner.run(test, out=told.append, clear_globs=False).failed
            assert not failed, "".join(told)
            names = test.globs
    assert ran == {"toml": 1, "console": 2, "pycon": 6}


def console(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do what the lines after a prompt say: set a variable, or run huntbook."""
    for line in text.splitlines():
        prompt, command, *rest = shlex.split(line)
        assert prompt == "$"
        if command == "export":
            name, _, value = rest[0].partition("=")
            monkeypatch.setenv(name, value)
        else:
            assert command == "huntbook"
            assert CliRunner().invoke(app, rest).exit_code == 0


def test_the_page_names_every_way_and_every_kind_of_reference() -> None:
    from huntbook.config.references import _SCHEMES
    from huntbook.sources._microsoft.sign_in import ways

    text = PAGE.read_text(encoding="utf-8")
    assert [way for way in ways if f"`{way}`" not in text] == []
    assert [scheme for scheme in _SCHEMES if f"`{scheme}:" not in text] == []
