"""The command line: what it says, what it writes, how it ends."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import jsonschema
import nbformat
import pytest
from nbclient import NotebookClient

import huntbook
from huntbook.investigation.finding import Evidence, Finding, Findings, ProcessRef, RemoteRef, Triage
from huntbook.investigation.summary import summary
from huntbook.query.pack import Severity

HUNTBOOK = (str(Path(sys.executable).with_name("huntbook")),)
Command = Callable[..., "subprocess.CompletedProcess[str]"]


def call(*words: str, folder: Path, program: tuple[str, ...] = HUNTBOOK) -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder, which also holds its cache."""
    env = {**os.environ, "HUNTBOOK_CACHE": str(folder / "cache")}
    return subprocess.run(
        [*program, *words], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return lambda *words: call(*words, folder=tmp_path)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with practice evidence, written by the command line."""
    folder = tmp_path_factory.mktemp("cli")
    done = call("practice", "practice", "--seed", "3", "--size", "0.005", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Practice evidence: {(folder / 'practice').resolve()}\n"
    return folder


@pytest.fixture(scope="module")
def triaged(place: Path) -> subprocess.CompletedProcess[str]:
    """A triage of two paths; a part of the evidence, since every table costs its queries' time."""
    return call("triage", "practice/evidence/linux", "practice/evidence/azure", "--out", "report", folder=place)


def findings_of(place: Path) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads((place / "report" / "findings.json").read_text(encoding="utf-8")))


def test_help_names_every_command(command: Command) -> None:
    done = command("--help")
    assert done.returncode == 0
    for name in ("triage", "practice", "sources", "packs"):
        assert f"  {name} " in done.stdout


def test_no_command_is_a_question_for_help(command: Command) -> None:
    done = command()
    assert done.returncode == 2
    assert "Usage: huntbook" in done.stdout + done.stderr


def test_help_is_quick(command: Command) -> None:
    def spent() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command("--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(spent() for _ in range(3)) < 0.5


def test_version(command: Command) -> None:
    assert command("--version").stdout == f"{huntbook.__version__}\n"


def test_sources_and_packs_are_listed(command: Command) -> None:
    assert "local" in command("sources").stdout
    listed = command("packs").stdout
    for query in huntbook.packs.queries():
        assert f" {query.name} " in listed
        assert f"({', '.join(query.techniques)}" in listed


def test_practice_writes_evidence_and_answers(place: Path) -> None:
    answers = json.loads((place / "practice" / "answers.json").read_text(encoding="utf-8"))
    assert answers["seed"] == 3
    assert any((place / "practice" / "evidence").rglob("*.*"))


def test_practice_spares_a_folder_that_is_not_empty_unless_forced(command: Command, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine", encoding="utf-8")
    refused = command("practice", "mine", "--size", "0.002")
    assert refused.returncode == 1
    assert refused.stderr == "huntbook: mine: The folder is not empty.\nChoose another one, or force it.\n"
    assert command("practice", "mine", "--size", "0.002", "--force").returncode == 0
    assert (tmp_path / "mine" / "notes.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (("triage", "nowhere"), "nowhere: There is nothing here.", "Check"),
        (("triage", "no\x1b]0;title\x07where"), "no\\x1b]0;title\\x07where: There is nothing here.", "Check"),
        (
            ("practice", "x", "--scenario", "intrusoin"),
            "There is no scenario 'intrusoin'.",
            "Did you mean 'intrusion'?",
        ),
        (("practice", "x", "--size", "0"), "A size of 0.0 cannot be generated.", "Choose"),
    ],
)
def test_an_error_is_a_line_and_a_hint(command: Command, words: tuple[str, ...], message: str, hint: str) -> None:
    done = command(*words)
    assert (done.returncode, done.stdout) == (1, "")
    first, second = done.stderr.splitlines()
    assert first == f"huntbook: {message}"
    assert second.startswith(hint)


def test_what_the_disk_refuses_is_a_line(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = command("practice", "file/below", "--size", "0.002")
    assert done.returncode == 1
    assert done.stderr == "huntbook: file/below: Not a directory\n"


def test_a_wrong_option_is_the_caller_s_mistake(command: Command) -> None:
    done = command("triage", "--nonsense", "x")
    assert done.returncode == 2
    assert "--nonsense" in done.stderr
    assert "Traceback" not in done.stderr


def test_triage_writes_what_it_says_and_leaves_the_terminal_clean(
    triaged: subprocess.CompletedProcess[str], place: Path
) -> None:
    assert triaged.returncode == 0
    assert triaged.stderr == ""  # nothing of DuckDB's binding, of asyncio or of a progress bar
    for label, name in (
        ("Report:   ", "report.html"),
        ("Findings: ", "findings.json"),
        ("Notebook: ", "investigation.ipynb"),
    ):
        path = place / "report" / name
        assert f"{label}{path.resolve()}\n" in triaged.stdout
        assert path.stat().st_size > 1000
    first = findings_of(place)["findings"][0]
    assert f"1. {first['severity']}" in triaged.stdout
    assert first["title"] in triaged.stdout


def test_findings_are_what_their_schema_says(triaged: subprocess.CompletedProcess[str], place: Path) -> None:
    assert triaged.returncode == 0
    schema = json.loads((place / "report" / "findings.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    found = findings_of(place)
    jsonschema.validate(found, schema, format_checker=jsonschema.FormatChecker())
    order = [severity.value for severity in Severity]
    ranks = [order.index(finding["severity"]) for finding in found["findings"]]
    assert ranks == sorted(ranks)


@pytest.mark.filterwarnings("default")  # what the notebook machinery deprecates is not ours to mend
def test_the_notebook_makes_the_same_findings(
    triaged: subprocess.CompletedProcess[str], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert triaged.returncode == 0
    monkeypatch.setenv("HUNTBOOK_CACHE", str(place / "cache"))
    notebook = nbformat.read(place / "report" / "investigation.ipynb", as_version=4)
    nbformat.validate(notebook)
    before = [shown(cell) for cell in notebook.cells if cell.cell_type == "code"]
    NotebookClient(notebook, timeout=240, kernel_name="python3").execute()
    after = [shown(cell) for cell in notebook.cells if cell.cell_type == "code"]
    titles = [finding["title"] for finding in findings_of(place)["findings"]]
    [listed] = [text for text in after if text.count("\n") == len(titles) + 1 and "queries were asked" in text]
    assert all(title in text for title, text in zip(titles, listed.splitlines(), strict=False))
    assert listed in before
    assert [bool(text) for text in after] == [bool(text) for text in before]


def shown(cell: Any) -> str:
    """What a cell printed and showed, as plain text."""
    texts = (output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.outputs)
    return "".join("".join(text) for text in texts)


CTRL_C = """
import os, pathlib, signal, threading, time

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs inherit that it is ignored

def press():
    evidence = pathlib.Path(os.environ["HUNTBOOK_CACHE"], "evidence")
    while not any(evidence.glob(".building-*")):
        time.sleep(0.005)
    time.sleep(float(os.environ["AFTER"]))
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=press, daemon=True).start()
from huntbook.cli import main
main()
"""


@pytest.mark.parametrize("seconds", ["0", "0.1", "0.2", "0.3", "0.4", "0.6"])
def test_ctrl_c_ends_it_quietly(place: Path, seconds: str) -> None:
    program = ("env", f"AFTER={seconds}", sys.executable, "-c", CTRL_C)
    done = call("triage", "practice/evidence", "--refresh", "--out", "stopped", folder=place, program=program)
    assert done.returncode == 130
    assert (done.stdout, done.stderr) == ("", "")
    assert not (place / "stopped").exists()
    kept = place / "cache" / "evidence"
    assert not [path.name for path in kept.glob(".building-*")] if kept.exists() else True


def test_what_a_log_says_is_shown_in_the_summary_not_obeyed() -> None:
    hostile = "\x1b]0;owned\x07\x1b[2J\r\u202etxt.exe\nFAKE LINE"
    finding = Finding(
        title="A finding",
        severity=Severity.HIGH,
        techniques=["T1059"],
        time=datetime(2026, 1, 5, tzinfo=UTC),
        host=f"host{hostile}",
        process=ProcessRef(id="1", command_line=hostile),
        remote=RemoteRef(address=hostile, port=1),
        why="It is.",
        query="acme.query",
        count=1,
        rows=[],
    )
    evidence = Evidence(path="x", start=None, end=None, tables=[], hosts={}, accounts={}, queries=[])
    triage = Triage(evidence=evidence, findings=[finding], indicators=[], decoded=[], not_read=[])
    told = summary(cast("Any", SimpleNamespace(triage=triage, findings=Findings([finding]))))
    assert all(line.isprintable() for line in told.split("\n"))
    assert not any(line.startswith("FAKE") for line in told.split("\n"))
    assert "owned" in told
