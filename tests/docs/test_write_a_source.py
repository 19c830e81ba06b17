"""The guide to writing a source: what it shows is put where it says, and keeps the contract of every source."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import huntbook

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "how-to" / "write-a-source.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
(SOURCE, TEST), (PLUGINS, ENTRY) = (
    [text for language, text in BLOCK.findall(PAGE) if language == wanted] for wanted in ("python", "toml")
)

COMMAND = ("-c", "import sys; sys.argv[0] = 'huntbook'; from huntbook.cli import main; main()")


def run(home: Path, *command: str, path: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program for a user with this home folder, from a folder that is none of theirs."""
    (home / "elsewhere").mkdir(exist_ok=True)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("HUNTBOOK_", "XDG_", "PYTEST_"))}
    places = {"HOME": str(home), "USERPROFILE": str(home), "APPDATA": str(home / ".config")}
    found = os.pathsep.join(filter(None, (path, str(Path(huntbook.__file__).parent.parent))))
    return subprocess.run(
        [sys.executable, "-W", "error", *command],
        cwd=home / "elsewhere",
        env={**own, **places, "PYTHONPATH": found, "HUNTBOOK_CACHE": str(home / "cache")},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A user who has done what the page says: the source is a plug-in of their own."""
    settings = tmp_path / ".config" / "huntbook" / "huntbook.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(PLUGINS, encoding="utf-8")
    plugin = tmp_path / "huntbook-plugins" / "sources" / "acme.py"
    plugin.parent.mkdir(parents=True)
    plugin.write_text(SOURCE, encoding="utf-8")
    for each in (settings, plugin, plugin.parent, plugin.parent.parent):
        each.chmod(0o755 if each.is_dir() else 0o644)
    return tmp_path


def test_it_keeps_the_contract_as_a_plug_in(home: Path) -> None:
    test = home / "test_acme.py"
    test.write_text(TEST, encoding="utf-8")
    ran = run(home, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", str(test))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    passed = re.search(r"(\d+) passed", ran.stdout)
    assert passed
    assert int(passed[1]) > 30
    assert "skipped" not in ran.stdout


def test_it_is_listed_with_what_it_needs(home: Path) -> None:
    listed = run(home, *COMMAND, "sources")
    assert listed.returncode == 0, listed.stderr
    assert "acme: ACME's log store.\n  needs          url, key (secret)" in listed.stdout
    told = run(home, *COMMAND, "sources", "acme")
    assert re.search(r"key +secret, required\. A key of the API\.", told.stdout)


def test_as_a_package_it_is_found_by_its_entry_point(tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "huntbook_acme-1.0.dist-info").mkdir(parents=True)
    section, line = ENTRY.strip().splitlines()
    group = re.fullmatch(r'\[project\.entry-points\."(.+)"\]', section)
    name, target = (part.strip(' "') for part in line.split("="))
    assert group
    written = f"[{group[1]}]\n{name} = {target}\n"
    (site / "huntbook_acme-1.0.dist-info" / "entry_points.txt").write_text(written, encoding="utf-8")
    (site / "huntbook_acme-1.0.dist-info" / "METADATA").write_text(
        "Name: huntbook-acme\nVersion: 1.0\n", encoding="utf-8"
    )
    (site / "huntbook_acme.py").write_text(SOURCE, encoding="utf-8")
    program = "import huntbook as hb; print(hb.connect('acme', url='https://x.example', key='k').name)"
    assert run(tmp_path, "-c", program, path=str(site)).stdout.strip() == "ACME https://x.example"


def test_it_is_the_one_file_that_the_page_promises() -> None:
    assert SOURCE.count("\n") < 120
    assert "from huntbook" in SOURCE
