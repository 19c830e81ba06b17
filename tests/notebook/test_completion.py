"""Tab in IPython's prompt, and in what asks its kernel: Jupyter, VS Code."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

import huntbook as hb
from huntbook.notebook.completion import completed, install
from huntbook.session import Session
from huntbook.testing import FakeSentinel

NAMES = {"hb": hb, "mine": Session(), "connect": hb.connect, "other": pytest}


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    made: Any = InteractiveShell  # which is not typed
    shell = made()
    shell.user_ns.update(NAMES)
    install(shell)
    yield shell
    shell.history_manager.end_session()


def tab(shell: Any, code: str) -> list[str]:
    with provisionalcompleter():
        return [each.text for each in shell.Completer.completions(code, len(code))]


class TestInIPython:
    def test_the_names_of_sources(self, shell: InteractiveShell) -> None:
        assert tab(shell, 'hb.connect("') == list(hb.sources)
        assert tab(shell, 'conn = hb.connect("sen') == ["sentinel"]

    def test_the_settings_of_a_source(self, shell: InteractiveShell) -> None:
        found = tab(shell, 'hb.connect("sentinel", ')
        assert {"workspace=", "tenant=", "use="} <= set(found)
        assert all(each.endswith("=") for each in found)
        assert tab(shell, 'hb.connect(\n    "sentinel",\n    workspace="a, b",\n    ten') == ["tenant="]

    def test_tables_that_are_known(self, shell: InteractiveShell) -> None:
        with FakeSentinel(tables={"SigninLogs": [{"TimeGenerated": "2026-03-01T05:00:00Z"}]}).connect() as logs:
            shell.user_ns["logs"] = logs
            assert "SigninLogs" not in tab(shell, 'logs.tables["')  # Tab asks no service
            assert len(logs.tables) == 1
            assert tab(shell, 'logs.tables["') == ["SigninLogs"]

    def test_other_names_complete_as_ever(self, shell: InteractiveShell) -> None:
        assert "connect" in tab(shell, "hb.con")
        assert "raises" in tab(shell, "other.raises")

    def test_it_is_told_once(self, shell: Any) -> None:
        install(shell)
        assert len(shell.Completer.custom_matchers) == 1

    def test_a_shell_of_another_kind_is_left_alone(self) -> None:
        install(object())


@pytest.mark.parametrize(
    ("before", "found"),
    [
        ("mine.connect('spl", ["splunk"]),
        ('connect("spl', ["splunk"]),
        ('hb.session.connect("spl', ["splunk"]),
        ('hb.sources.needs("spl', ["splunk"]),
        ('f(hb.connect("spl', ["splunk"]),
        ('hb.connect("local", "a", cac', ["cache="]),
        ('hb.connect("nowhere", ', []),
        ('hb.connect("sentinel", workspace="ten', []),  # inside a text
        ('hb.connect("sentinel", workspace=ten', []),
        ('hb.connect("sentinel", tenant="x", ten', []),  # it is given already
        ('hb.connect("sentinel", also=["a", ten', []),
        ('hb.connect("sentinel"); f("a", ten', []),
        ('hb.sources.needs("sentinel", ten', []),
        ('other.connect("spl', []),
        ('xhb.connect("spl', []),
        ("", []),
    ],
)
def test_what_may_follow(before: str, found: list[str]) -> None:
    assert completed(before, NAMES)[0] == found


def test_a_settings_file_that_cannot_be_read_hides_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "huntbook.toml").write_text('[plugins]\npaths = ["nowhere"]\n', encoding="utf-8")
    monkeypatch.setenv("HUNTBOOK_CONFIG", str(tmp_path / "huntbook.toml"))
    assert completed('hb.connect("spl', NAMES)[0] == ["splunk"]


@pytest.mark.parametrize("long", ["a" * 200_000, 'hb.connect("a", ' * 20_000, "'" * 200_000, "a.(" * 60_000])
def test_a_long_cell_costs_no_time(long: str) -> None:
    began = time.perf_counter()
    completed(long, NAMES)
    completed(f'hb.connect("sentinel", {long}', NAMES)
    assert time.perf_counter() - began < 1
