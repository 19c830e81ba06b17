"""Bars where somebody looks, silence elsewhere."""

from __future__ import annotations

import sys

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


def test_a_terminal_or_a_notebook_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    assert not watched()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert watched()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    assert watched()
