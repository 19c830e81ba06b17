"""Write the page of the hunting packs from the packs themselves: `python docs/packs.py [FOLDER]`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import huntbook as hb
from huntbook.query.pack import Pack

_HEAD = """# Hunting packs

Every built-in query: how severe, which ATT&CK techniques, why it matters, what else it may be. `hb.packs["topic"]["name"].kql` is the text.
"""


def page() -> str:
    """The page, as Markdown."""
    return "\n".join([_HEAD, *(line for pack in hb.packs.values() for line in _pack(pack))])


def _pack(pack: Pack) -> Iterator[str]:
    yield f"## {pack.name}\n\n{pack.about}\n"
    yield "| query | severity | techniques | why | known false positives |\n|---|---|---|---|---|"
    for query in pack.queries.values():
        cells = (
            f"**{query.title}**<br>`{query.name}`",
            query.severity.value,
            ", ".join(query.techniques),
            query.why.strip(),
            "; ".join(query.false_positives),
        )
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
    yield ""


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "reference"
    (folder / "hunting-packs.md").write_text(page().rstrip() + "\n", encoding="utf-8")
