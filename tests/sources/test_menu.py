"""`hb.sources` says what every source needs."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

import huntbook as hb
from huntbook.cli import app
from huntbook.errors import UnknownName
from huntbook.sources import sources
from huntbook.sources._base import Driver
from huntbook.sources._menu import Sources

ROOT = Path(__file__).parent.parent.parent
SPLUNK = '''
from typing import ClassVar
from huntbook.config.secrets import Secret
from huntbook.config.settings import SettingsModel
from huntbook.sources._base import Driver

class Own(Driver):
    """A store of \x1b[2J ours."""

    class Settings(SettingsModel):
        key: Secret
        """What opens it."""
        size: int = 7
        """How <b>large</b> it may be."""
'''


def own(folder: Path, **files: str) -> Sources:
    """The sources, with plug-ins of these texts."""
    found = {}
    for name, text in files.items():
        found[name] = folder / f"{name}.py"
        found[name].write_text(text, encoding="utf-8")
    return Sources("huntbook.sources", what="source", base=Driver, local=lambda: found)


def test_every_source_is_shown_with_what_it_needs() -> None:
    shown = repr(hb.sources)
    for name in sources:
        assert f"{name}: " in shown
    assert "needs          cluster" in shown
    assert "client_secret (secret)" in shown
    assert 'pip install "huntbook[kusto]"' in shown
    assert "needs          path" in shown
    assert max(map(len, shown.splitlines())) <= 120


def test_every_source_that_signs_in_to_microsoft_has_an_extra_of_its_name() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for each in sources.menu():
        assert not each.problem
        assert bool(each.install) == (each.name in extras and any("azure-identity" in one for one in extras[each.name]))


def test_every_setting_says_what_it_is() -> None:
    silent = [
        f"{each.name}.{setting.name}"
        for each in sources.menu()
        if sources[each.name].Settings is not None
        for setting in each.settings
        if not setting.about
    ]
    assert silent == []


def test_one_of_them_is_told_in_full(tmp_path: Path) -> None:
    told = repr(own(tmp_path, own=SPLUNK).needs("own"))
    assert "key" in told.splitlines()[1]
    assert "secret, required. What opens it." in told
    assert "whole number, 7 if not given. How <b>large</b> it may be." in told
    assert "\x1b" not in told
    with pytest.raises(UnknownName, match="'kust'"):
        sources.needs("kust")


def test_its_own_settings_stand_before_those_of_signing_in() -> None:
    lines = repr(sources.needs("kusto")).splitlines()
    names = [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "]
    assert names.index("cluster") == 0
    assert names.index("most_bytes") < names.index("tenant")


def test_as_a_page_it_is_text_whatever_it_holds(tmp_path: Path) -> None:
    with_own = own(tmp_path, own=SPLUNK)
    assert "<b>" not in with_own.needs("own")._repr_html_()
    page = with_own._repr_html_()
    assert "client_secret (secret)" in page
    assert "key (secret)" in page


def test_a_plug_in_that_cannot_be_loaded_spoils_nothing(tmp_path: Path) -> None:
    shown = repr(own(tmp_path, bad="1 / 0\n", none="x = 1\n", own=SPLUNK))
    assert "bad: cannot be loaded: ZeroDivisionError: division by zero" in shown
    assert "none: cannot be loaded: UnknownName" in shown
    assert "own: A store of" in shown
    assert "sentinel: " in shown


def test_where_the_settings_cannot_be_read_the_others_are_shown_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HUNTBOOK_CONFIG", raising=False)
    (tmp_path / "huntbook.toml").write_text("[plugins]\npaths = ['/evidence']\n", encoding="utf-8")
    (tmp_path / "huntbook.toml").chmod(0o644)
    shown = repr(hb.sources)
    assert "sentinel: " in shown
    assert "plug-ins of your own: " in shown
    assert "approved" in shown


def test_names_complete() -> None:
    assert "kusto" in hb.sources._ipython_key_completions_()


def test_the_command_line_shows_the_same() -> None:
    assert CliRunner().invoke(app, ["sources"]).stdout.rstrip("\n") == repr(sources)
    assert CliRunner().invoke(app, ["sources", "kusto"]).stdout.rstrip("\n") == repr(sources.needs("kusto"))
