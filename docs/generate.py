"""Write the reference pages from the code: signatures, docstrings, schemas, models and the command line.

    python docs/generate.py                write docs/reference/
    python docs/generate.py --out FOLDER   write it elsewhere
    python docs/generate.py --notebooks    run the notebooks of docs/tutorials and examples, and keep what they show

The same code gives the same bytes; a test holds what is committed against it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import _notebooks
import _pages

HERE = Path(__file__).parent
WRITTEN_BY_PACKS = {
    "lookups.md": "every prepared query that takes values",
    "hunting-packs.md": "every query of the hunting packs",
    "hunting-score.md": "how well they do on recorded attacks and practice evidence",
}
_NOTE = "<!-- Written by docs/generate.py from the code: `make docs`. -->"


def main() -> None:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE / "reference")
    parser.add_argument("--notebooks", action="store_true")
    asked = parser.parse_args()
    if asked.notebooks:
        _notebooks.run_all(HERE.parent)
    else:
        write_reference(asked.out)


def write_reference(folder: Path) -> None:
    """Write every page and the index; a page of an earlier time that nothing writes any more goes."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {name: (title, body) for name, title, body in _pages.pages()}
    for stale in {path.name for path in folder.glob("*.md")} - set(pages) - set(WRITTEN_BY_PACKS):
        (folder / stale).unlink()
    for name, (title, body) in pages.items():
        _write(folder / name, title, body)
    links = [f"- [{title}]({name})" for name, (title, _) in pages.items()]
    links += [
        f"- [{name.removesuffix('.md').replace('-', ' ').capitalize()}]({name}): {about}"
        for name, about in WRITTEN_BY_PACKS.items()
    ]
    opening = (
        "What is public, from the code itself. `import huntbook as hb` is assumed throughout; times are aware, in UTC."
    )
    _write(folder / "README.md", "Reference", f"{opening}\n\n" + "\n".join(links))


def _write(path: Path, title: str, body: str) -> None:
    path.write_text(f"{_NOTE}\n\n# {title}\n\n{body.strip()}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
