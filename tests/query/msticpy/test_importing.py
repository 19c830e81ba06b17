"""`huntbook import msticpy`: files in, files of ours out, and a report of what could not be converted."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.query.msticpy.test_convert import TWO
from typer.testing import CliRunner

from huntbook.cli import app
from huntbook.errors import EvidenceError
from huntbook.query.msticpy.importing import import_files
from huntbook.query.pack import Packs


def run(*words: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["import", "msticpy", *map(str, words)])
    return done.exit_code, done.stdout, done.stderr


def test_a_folder_becomes_packs_that_say_where_they_are_from(tmp_path: Path) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    (there / "deep").mkdir(parents=True)
    (there / "deep" / "two.yaml").write_text(TWO, encoding="utf-8")
    code, said, errors = run(there, "--out", here)
    assert (code, errors) == (0, "")
    assert said.splitlines() == [
        f"{there / 'deep' / 'two.yaml'} → {here / 'two.yaml'}: 2 of 4 queries",
        "  line 7: first-one: it is called first_one here, which Python can say.",
        "  line 14: third: not converted: {absent} is no parameter of it.",
        "  line 17: fourth: not converted: it has no text in `args: query:`.",
    ]
    written = (here / "two.yaml").read_text(encoding="utf-8")
    assert written.startswith("# Converted from two.yaml, a pack of MSTICPy's.\n# line 7: first-one:")
    packs = Packs(here)
    assert packs.failed == {}
    assert list(packs["two"].queries) == ["first_one", "second"]


def test_what_is_there_is_left_alone_unless_it_is_forced(tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(TWO, encoding="utf-8")
    out = tmp_path / "out"
    out.mkdir()
    (out / "two.yaml").write_text("mine", encoding="utf-8")
    code, _, errors = run(tmp_path / "two.yaml", "--out", out)
    assert code == 1
    assert "is there already and was left alone" in errors
    assert (out / "two.yaml").read_text(encoding="utf-8") == "mine"
    assert run(tmp_path / "two.yaml", "--out", out, "--force")[0] == 0
    assert (out / "two.yaml").read_text(encoding="utf-8") != "mine"


def test_one_file_that_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("metadata: ]", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("about: ours\nqueries: {}\n", encoding="utf-8")
    (tmp_path / "c.yaml").write_text(TWO.replace("MSSentinel", "LocalData"), encoding="utf-8")
    (tmp_path / "d.yaml").write_text(TWO, encoding="utf-8")
    code, said, errors = run(tmp_path, "--out", tmp_path / "out")
    assert code == 1
    assert "2 of 4 queries" in said
    assert "a.yaml: 1: not YAML" in errors
    assert "b.yaml: is neither a pack of MSTICPy's" in errors
    assert "c.yaml: nothing of it could be converted." in errors
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["d.yaml"]


def test_a_path_at_which_nothing_is_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="There is nothing there"):
        list(import_files([tmp_path / "absent"], tmp_path))


def test_names_of_files_and_queries_are_shown_and_not_obeyed(tmp_path: Path) -> None:
    hostile = TWO.replace("first-one", '"first\\e[2Jone"')
    (tmp_path / "two.yaml").write_text(hostile, encoding="utf-8")
    _, said, _ = run(tmp_path, "--out", tmp_path / "out")
    assert "\x1b" not in said
    assert "\x1b" not in (tmp_path / "out" / "two.yaml").read_text(encoding="utf-8")


def test_a_folder_with_nothing_in_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing", encoding="utf-8")
    assert run(tmp_path) == (1, "", f"{tmp_path}: there is no YAML file in this folder.\n")
