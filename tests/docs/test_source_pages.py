"""Every page of a source, and of what is asked of all of them, does what it says: its programs run against the fake service, and print what stands below them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent.parent / "docs"
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
PAGES = [f"sources/{path.stem}" for path in sorted((DOCS / "sources").glob("*.md"))] + ["how-to/large-answers"]
END = "-- end of a block --"


@pytest.mark.parametrize("name", [name for name in PAGES if name != "sources/local"])
def test_a_page_runs_and_prints_what_it_says(name: str, tmp_path: Path) -> None:
    blocks = BLOCK.findall((DOCS / f"{name}.md").read_text(encoding="utf-8"))
    program = [code for language, code in blocks if language == "python"]
    assert program, f"docs/{name}.md has no program that can be tried without the service"
    path = tmp_path / "page.py"
    path.write_text(f"\nprint({END!r})\n".join(program), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=tmp_path,
        env={
            "PATH": "",
            "HUNTBOOK_CACHE": str(tmp_path / "cache"),
            "PYTHONPATH": ":".join(sys.path),
            "HOME": str(tmp_path),
        },
    )
    assert ran.returncode == 0, ran.stderr
    shown = [part.strip() for part in ran.stdout.split(END)]
    expected = [
        blocks[at + 1][1].strip() if at + 1 < len(blocks) and blocks[at + 1][0] == "text" else None
        for at, block in enumerate(blocks)
        if block[0] == "python"
    ]
    assert [part for part, wanted in zip(shown, expected, strict=True) if wanted is not None] == [
        part for part in expected if part is not None
    ]


@pytest.mark.parametrize("name", PAGES)
def test_the_other_programs_of_a_page_are_programs(name: str) -> None:
    for language, code in BLOCK.findall((DOCS / f"{name}.md").read_text(encoding="utf-8")):
        if language == "py":
            compile(code, name, "exec")
