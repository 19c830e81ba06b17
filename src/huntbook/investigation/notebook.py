"""`investigation.ipynb`: the notebook that makes the same findings with the library's public calls.

Each cell's output is what its call returned when the report was made. What a log holds gets into a cell only as a literal
of Python (and of KQL inside it), and into an output only as the library shows it, escaped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from huntbook import __version__, plots
from huntbook.analytics.decode import decode
from huntbook.analytics.iocs import iocs
from huntbook.analytics.process_tree import process_tree
from huntbook.investigation.finding import Findings
from huntbook.query.dialects import kql_literal
from huntbook.query.pack import packs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from huntbook.investigation.triage import Investigation

_QUERIES = 10  # findings whose query gets a cell of its own


@dataclass(frozen=True)
class _Cell:
    """A cell: text, or code and what it returned."""

    source: str
    value: Any = None
    is_code: bool = True


def write_notebook(found: Investigation, path: Path) -> Path:
    """Write the notebook of a triage, executed."""
    cells = [_as_json(number, cell) for number, cell in enumerate(_cells(found), 1)]
    kernel = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook, indent=1, default=str), encoding="utf-8")
    return path


def _cells(found: Investigation) -> Iterator[_Cell]:
    yield _text(
        f"# Investigation\n\nMade by huntbook {__version__}. Every cell can be run again, changed, and gone on from."
    )
    yield _text("## What the evidence is")
    paths = found.paths[0] if len(found.paths) == 1 else found.paths
    opening = f'import huntbook as hb\n\nlogs = hb.connect("local", {paths!r})\nlogs.tables'
    yield _Cell(opening, found.logs.tables)
    yield _Cell("logs.driver.not_read", found.logs.driver.not_read)  # type: ignore[attr-defined]
    yield _text("## Findings\n\nThe built-in hunting packs, most severe first.")
    yield _Cell("findings = hb.hunt(logs)\nfindings", Findings(found.findings))
    yield from _query_cells(found)
    yield from _host_cells(found)
    yield _text(
        "## Go on from here\n\n"
        "`logs.query(...)` takes KQL, `logs.sql(...)` SQL; `hb.packs` has the queries; `hb.decode`, `hb.iocs` and"
        " `hb.process_tree` take any table."
    )


def _query_cells(found: Investigation) -> Iterator[_Cell]:
    """One cell for each query behind the first findings."""
    names = dict.fromkeys(finding.query for finding in found.findings if finding.severity.rank < 3)
    for name in islice(names, _QUERIES):
        pack, _, query = name.partition(".")
        prepared = packs[pack][query]
        yield _text(
            f"### {prepared.title}\n\n{prepared.why.strip()}\n\nATT&CK: {', '.join(prepared.techniques) or 'whatever the product saw'}"
        )
        source = f'logs.query(hb.packs["{pack}"]["{query}"].kql)'
        yield _Cell(source, found.logs.query(prepared.kql))


def _host_cells(found: Investigation) -> Iterator[_Cell]:
    """The process tree, the payloads and the indicators of the host with the most severe findings."""
    host = next((finding.host for finding in found.findings if finding.host and finding.process), None)
    if host is None:
        return
    kql = f"_Im_ProcessCreate | where DvcHostname =~ {kql_literal(host)}"
    processes = found.logs.query(kql)
    tree = process_tree(processes)
    yield _text("## The host with the most severe finding")
    yield _Cell(
        f"processes = logs.query({kql!r})\ntree = hb.process_tree(processes)\nhb.plots.process_tree(tree)",
        plots.process_tree(tree),
    )
    yield _Cell(
        'hb.plots.timeline(processes, lane="TargetProcessFilename")',
        plots.timeline(processes, lane="TargetProcessFilename"),
    )
    yield _Cell('hb.decode(processes, "TargetProcessCommandLine")', decode(processes, "TargetProcessCommandLine"))
    yield _Cell('hb.iocs(processes, "TargetProcessCommandLine")', iocs(processes, "TargetProcessCommandLine"))


def _text(source: str) -> _Cell:
    return _Cell(source, is_code=False)


def _as_json(number: int, cell: _Cell) -> dict[str, Any]:
    common = {"id": f"cell-{number}", "metadata": {}, "source": cell.source.splitlines(keepends=True)}
    if not cell.is_code:
        return {"cell_type": "markdown", **common}
    output = {"output_type": "execute_result", "execution_count": number, "metadata": {}, "data": _shown(cell.value)}
    return {"cell_type": "code", "execution_count": number, "outputs": [output], **common}


def _shown(value: Any) -> dict[str, Any]:
    """What a notebook would show of a value."""
    if hasattr(value, "_repr_mimebundle_"):
        bundle = value._repr_mimebundle_()
        return dict(bundle[0] if isinstance(bundle, tuple) else bundle)
    shown = {"text/plain": repr(value)}
    if hasattr(value, "_repr_html_"):
        shown["text/html"] = value._repr_html_()
    return shown
