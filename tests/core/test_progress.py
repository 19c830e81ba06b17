"""Bars where somebody looks, silence elsewhere."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any, cast

import pytest

from huntbook.core.progress import stage, watched


def test_nothing_is_drawn_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with stage("Reading") as step:
        step(1, 2, "file")
    assert capsys.readouterr() == ("", "")


def test_a_bar_goes_to_the_error_stream(capsys: pytest.CaptureFixture[str]) -> None:
    with stage("Reading the evidence", show=True) as step:
        step(3, 3, "dc01.evtx")
    out, err = capsys.readouterr()
    assert out == ""
    assert "Reading the evidence" in err
    assert "3/3" in err


def test_bytes_are_shown_as_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    with stage("Reading", show=True, in_bytes=True) as step:
        step(2_000_000, 2_000_000, "x")
    assert "MB" in capsys.readouterr().err


def test_the_name_of_a_file_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    with stage("Reading", show=True) as step:
        step(1, 1, "[red]x[/red][/nothing]")
    assert "[red]x" in capsys.readouterr().err


def test_an_amount_that_is_not_known_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    with stage("Reading", show=True) as step:
        step(5, 0, "")
    assert "5/?" in capsys.readouterr().err


@pytest.mark.parametrize("terminal", [False, True])
def test_a_terminal_is_watched(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    assert watched() is terminal


@pytest.mark.parametrize("is_kernel", [False, True])
def test_a_notebook_is_watched_and_a_program_that_runs_one_is_not(
    monkeypatch: pytest.MonkeyPatch, is_kernel: bool
) -> None:
    app = SimpleNamespace(initialized=lambda: is_kernel)
    monkeypatch.setitem(sys.modules, "ipykernel.kernelapp", cast("Any", SimpleNamespace(IPKernelApp=app)))
    assert watched() is is_kernel
