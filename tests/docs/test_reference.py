"""The reference is what the generator writes today, and no link in the documentation leads nowhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
REFERENCE = ROOT / "docs" / "reference"
WRITTEN_BY_PACKS = {"hunting-packs.md", "hunting-score.md", "lookups.md"}
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\[[^\]\n]+\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reference")
    subprocess.run([sys.executable, ROOT / "docs" / "generate.py", "--out", folder], check=True)
    return folder


def test_the_reference_is_up_to_date(generated: Path) -> None:
    new = {path.name: path.read_text(encoding="utf-8") for path in generated.glob("*.md")}
    kept = {path.name: path.read_text(encoding="utf-8") for path in REFERENCE.glob("*.md")}
    stale = sorted(name for name in new.keys() | (kept.keys() - WRITTEN_BY_PACKS) if new.get(name) != kept.get(name))
    assert not stale, f"run `make docs`: {', '.join(stale)}"


def test_the_reference_names_every_public_thing(generated: Path) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in generated.glob("*.md"))
    import huntbook as hb

    missing = [name for name in hb.__all__ if name != "__version__" and f"hb.{name}" not in text]
    assert not missing


def test_a_page_that_nothing_writes_any_more_goes_and_those_of_others_stay(tmp_path: Path) -> None:
    for name in ("gone.md", *WRITTEN_BY_PACKS):
        (tmp_path / name).write_text("", encoding="utf-8")
    subprocess.run([sys.executable, ROOT / "docs" / "generate.py", "--out", tmp_path], check=True)
    assert not (tmp_path / "gone.md").exists()
    assert all((tmp_path / name).exists() for name in WRITTEN_BY_PACKS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = [link.partition("#") for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert [name for name, _, _ in targets if name and not (page.parent / name).exists()] == []
    anchors = {(page.parent / name if name else page, anchor) for name, _, anchor in targets if anchor}
    assert [anchor for target, anchor in anchors if anchor not in headings(target)] == []


def headings(page: Path) -> set[str]:
    """The anchors that a page's headings make: lower case, without punctuation, hyphens for spaces."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}
