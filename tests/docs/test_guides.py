"""What README and CONTRIBUTING say to write works when it is written where they say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import huntbook

ROOT = Path(__file__).parent.parent.parent
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECTION = re.compile(r"^## (.+)$", re.MULTILINE)

Run = Callable[[str], str]


def block(page: str, heading: str, language: str) -> str:
    """The first block in a language below a heading."""
    _, _, below = (ROOT / page).read_text(encoding="utf-8").partition(f"\n## {heading}")
    assert below, f"{page} has no heading {heading}"
    blocks: list[tuple[str, str]] = BLOCK.findall(SECTION.split(below)[0])
    return next(text for found, text in blocks if found == language)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package, to which a contributor's files are added."""
    copy = tmp_path / "src" / "huntbook"
    shutil.copytree(Path(huntbook.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a program with the copied package, if there is one, in the temporary folder."""

    def run_it(program: str) -> str:
        (tmp_path / "program.py").write_text(program, encoding="utf-8")
        places = {"PYTHONPATH": str(tmp_path / "src"), "HUNTBOOK_CACHE": str(tmp_path / "cache")}
        done = subprocess.run(
            [sys.executable, "program.py"],
            cwd=tmp_path,
            env={**os.environ, **places},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert not done.stderr
        return done.stdout

    return run_it


def test_a_reader_and_a_table_in_one_file_each(package: Path, run: Run, tmp_path: Path) -> None:
    (package / "readers" / "acme.py").write_text(
        block("CONTRIBUTING.md", "Add a file format", "python"), encoding="utf-8"
    )
    table = block("CONTRIBUTING.md", "Add a table", "yaml")
    (package / "schemas" / "AcmeAudit_CL.yaml").write_text(table, encoding="utf-8")
    (tmp_path / "evidence").mkdir()
    lines = "#ACME-AUDIT\n2024-05-01T08:00:00Z|alice|login\n2024-05-01T09:30:00Z|bob|export\n"
    (tmp_path / "evidence" / "audit.txt").write_text(lines, encoding="utf-8")
    shown = run(
        "import json, huntbook as hb\n"
        "logs = hb.connect('local', 'evidence')\n"
        "table = logs.query('AcmeAudit_CL | where isnotempty(Action) | project TimeGenerated, User, Action').to_dicts()\n"
        "view = logs.query('_Im_AuditEvent | where isnotempty(Operation) | project ActorUsername, Operation').to_dicts()\n"
        "print(json.dumps([table, view], default=str))\n"
    )
    table_rows, view_rows = json.loads(shown)
    assert table_rows == [
        {"TimeGenerated": "2024-05-01 08:00:00+00:00", "User": "alice", "Action": "login"},
        {"TimeGenerated": "2024-05-01 09:30:00+00:00", "User": "bob", "Action": "export"},
    ]
    assert view_rows == [
        {"ActorUsername": "alice", "Operation": "login"},
        {"ActorUsername": "bob", "Operation": "export"},
    ]


def test_a_query_in_a_few_lines(package: Path, run: Run, tmp_path: Path) -> None:
    query = block("CONTRIBUTING.md", "Add a query", "yaml")
    (package / "packs" / "acme.yaml").write_text(f"about: ACME.\nqueries:\n{query}", encoding="utf-8")
    (tmp_path / "evidence").mkdir()
    commands = [r"acmecrash.exe --dump lsass.exe", r"acmecrash.exe --version"]
    records = [
        {
            "TimeCreated": f"2024-05-01T08:00:0{number}Z",
            "Hostname": "WS01",
            "Channel": "Security",
            "SourceName": "Microsoft-Windows-Security-Auditing",
            "EventID": 4688,
            "NewProcessId": hex(1000 + number),
            "NewProcessName": r"C:\Program Files\acme\acmecrash.exe",
            "CommandLine": command,
        }
        for number, command in enumerate(commands)
    ]
    text = "".join(json.dumps(record) + "\n" for record in records)
    (tmp_path / "evidence" / "security.json").write_text(text, encoding="utf-8")
    shown = run(
        "import huntbook as hb\n"
        "logs = hb.connect('local', 'evidence')\n"
        "[finding] = hb.hunt(logs, hb.packs['acme'].queries.values())\n"
        "print(finding.severity, finding.techniques, finding.host, finding.process.command_line, sep='|')\n"
    )
    assert shown.strip() == "high|['T1003.001']|WS01|acmecrash.exe --dump lsass.exe"


SOURCE = '''
"""ACME's log store."""

import polars as pl

from huntbook.sources._base import Batch, BlockingDriver, TableInfo


class Acme(BlockingDriver):
    """ACME's log store."""

    dialect = "acmeql"
    name = "acme.example"

    async def tables(self):
        return [TableInfo("Logins", ("user",))]

    def explain(self, question):
        return f"native {question.text}"

    def read(self, question):
        yield Batch(pl.DataFrame({"user": ["alice"]}))
        yield Batch(pl.DataFrame({"user": ["bob"]}))
'''
PLOT = '''
"""A picture of nothing."""


def acme(table):
    """Draw nothing."""
    return "a picture"
'''


def test_a_source_and_a_plot_in_one_file_each(package: Path, run: Run) -> None:
    (package / "sources" / "acme.py").write_text(SOURCE, encoding="utf-8")
    (package / "plots" / "acme.py").write_text(PLOT, encoding="utf-8")
    shown = run(
        "import huntbook as hb\n"
        "logs = hb.connect('acme')\n"
        "answer = logs.query('Logins')\n"
        "print(answer['user'].to_list(), answer.origin.native, list(logs.tables), hb.plots.acme([]), 'acme' in dir(hb.plots))\n"
    )
    assert shown.strip() == "['alice', 'bob'] native Logins ['Logins'] a picture True"


def test_the_readme_s_notebook_cell_runs(run: Run) -> None:
    # One query stands for the two hundred, which the notebooks' tests run.
    prelude = (
        "import huntbook as hb\n"
        "from huntbook.query.pack import Packs\n"
        "hb.practice('.', size=0.005, force=True)\n"
        "Packs.queries = lambda self: [self['credentials']['lsass_memory_read']]\n"
    )
    shown = run(prelude + block("README.md", "In a notebook", "python") + "\nprint(len(findings), tree.height > 0)\n")
    assert shown.strip() == "1 True"


def test_the_packs_of_the_guide_are_read_and_their_examples_hold(tmp_path: Path) -> None:
    from huntbook.testing.examples import Bench, check_pack

    for heading, name in (("A pack with one lookup", "kiosks"), ("Hunting queries", "kiosk_hunts")):
        path = tmp_path / f"{name}.yaml"
        path.write_text(block("docs/how-to/write-a-pack.md", heading, "yaml"), encoding="utf-8")
        with Bench() as bench:
            checked = check_pack(path, bench)
        assert checked.tried
        assert (checked.untried, checked.wrong) == ((), ())
