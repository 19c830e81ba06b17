"""`investigation.ipynb`: the notebook that makes the same findings with the library's public calls.

Each cell's output is what its call returned when the report was made. What a log holds gets into a cell only as a literal
of Python (and of KQL inside it), and into an output only as the library shows it, escaped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import polars as pl

from huntbook import __version__, plots
from huntbook.analytics.decode import decode
from huntbook.analytics.iocs import iocs
from huntbook.analytics.process_tree import process_tree
from huntbook.query.dialects import dialects
from huntbook.query.pack import packs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from huntbook.investigation.finding import Findings
    from huntbook.investigation.triage import Investigation

_QUERIES = 8  # findings whose query gets a cell of its own
_INTRODUCTION = """# Investigation

Made by huntbook {version} from the triage of this evidence. Every cell can be run again, changed, and gone on from.

The pictures are shown when the cells have been run here: **Run**, then **Run All Cells**. Until then a notebook \
that comes from elsewhere may not show them."""
_GO_ON = """## Go on from here

- Another host: change `host` above and run the cells below it. Another finding: change the number in `findings[0]`.
- `logs.query("…")` takes KQL as in Microsoft Sentinel, `logs.sql("…")` SQL; `logs.tables` has what can be asked, the ASIM views
  (`_Im_ProcessCreate`, `_Im_NetworkSession`, `_Im_Authentication` …) above them.
- A value from a log goes into a query with `dialects["kql"].literal(…)`, so that it stays a value: `from huntbook.query.dialects import dialects`.
- `hb.packs` has the hunting queries; `hb.decode`, `hb.iocs`, `hb.process_tree` and the plots take any table."""
_IMPORTS = """import polars as pl

import huntbook as hb

pl.Config(tbl_rows=20, fmt_str_lengths=100)  # of tables: so many rows, so much of a text
"""
_NOT_READ = """for loss in logs.driver.not_read:
    print(loss.file, loss.position, loss.reason, f"{loss.lost} {loss.unit} lost", sep="  ")
print(len(logs.driver.not_read), "remarks")"""
_TIMELINE = """hb.plots.timeline(
    findings.to_polars(), time="time", lane="{lane}", color="severity", tooltip=["title", "account", "command_line"]
)"""
_DECODE = """payloads = hb.decode(processes, "TargetProcessCommandLine")
payloads.unique("decoded", maintain_order=True).select("encoding", "decoded")"""
_INDICATORS = """indicators = hb.iocs(processes, "TargetProcessCommandLine")
indicators.unique("value", maintain_order=True).select("kind", "value")"""
_FIRST = """first = findings[0]
print(first.title, first.time, first.host, first.account, sep="\\n")
print("Why:", first.why)
print("Or else:", "; ".join(first.false_positives))
pl.DataFrame(first.rows, infer_schema_length=None)"""


@dataclass(frozen=True)
class _Cell:
    """A cell: text, or code with what it printed and what it returned."""

    source: str
    value: Any = None
    printed: str = ""
    is_code: bool = True


def write_notebook(found: Investigation, path: Path) -> Path:
    """Write the notebook of a triage, executed."""
    with pl.Config(tbl_rows=20, fmt_str_lengths=100):  # as the first cell sets it
        cells = [_as_json(number, cell) for number, cell in enumerate(_cells(found), 1)]
    kernel = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook, indent=1, default=str), encoding="utf-8")
    return path


def _cells(found: Investigation) -> Iterator[_Cell]:
    yield _text(_INTRODUCTION.format(version=__version__))
    yield _text("## What the evidence is, and what of it could not be read")
    paths = found.paths[0] if len(found.paths) == 1 else found.paths
    opening = f'{_IMPORTS}\nlogs = hb.connect("local", {paths!r})\nprint(logs.tables)'
    yield _Cell(opening, printed=f"{found.logs.tables!r}\n")
    yield _Cell(_NOT_READ, printed=_losses(found))
    yield _text("## Findings\n\nThe built-in hunting packs, most severe first.")
    findings = found.findings
    yield _Cell("findings = hb.hunt(logs)\nprint(findings)", printed=f"{findings!r}\n")
    yield from _first_cells(findings)
    yield from _query_cells(found)
    yield from _host_cells(found, findings)
    yield _text(_GO_ON)


def _losses(found: Investigation) -> str:
    losses = found.triage.not_read
    lines = [f"{loss.file}  {loss.position}  {loss.reason}  {loss.lost} {loss.unit} lost" for loss in losses]
    return "\n".join([*lines, f"{len(losses)} remarks", ""])


def _first_cells(findings: Findings) -> Iterator[_Cell]:
    """When what happened, and all that is known of the first finding."""
    if not findings:
        return
    yield _text("## In which order")
    table = findings.to_polars()
    if table["time"].null_count() < table.height:
        tooltip = ["title", "account", "command_line"]
        lane = "host" if table["host"].n_unique() > 1 else "title"
        value = plots.timeline(table, time="time", lane=lane, color="severity", tooltip=tooltip)
        yield _Cell(_TIMELINE.format(lane=lane), value)
    first = findings[0]
    yield _text("## The first finding, and the rows that it rests on")
    told = [first.title, first.time, first.host, first.account]
    printed = "\n".join(str(each) for each in told)
    doubts = "; ".join(first.false_positives)
    rows = pl.DataFrame(first.rows, infer_schema_length=None)
    yield _Cell(_FIRST, rows, f"{printed}\nWhy: {first.why}\nOr else: {doubts}\n")


def _query_cells(found: Investigation) -> Iterator[_Cell]:
    """One cell for each query behind the first findings."""
    names = dict.fromkeys(finding.query for finding in found.findings if finding.severity.rank < 3)
    if names:
        yield _text(
            "## The questions behind the first findings\n\nEach is plain KQL: `print(query.kql)`, change it, ask again."
        )
    for name in islice(names, _QUERIES):
        pack, _, query = name.partition(".")
        prepared = packs[pack][query]
        yield _text(f"### {prepared.about}\n\n{prepared.why.strip()}\n\nATT&CK: {', '.join(prepared.techniques)}")
        source = f'query = hb.packs["{pack}"]["{query}"]\nlogs.query(query.kql)'
        yield _Cell(source, found.logs.query(prepared.kql))


def _host_cells(found: Investigation, findings: Findings) -> Iterator[_Cell]:
    """The process tree, the payloads and the indicators of the host with the most severe findings."""
    host = next((finding.host for finding in findings if finding.host and finding.process), None)
    if host is None:
        return
    kql = dialects["kql"]
    processes = found.logs.query(f"_Im_ProcessCreate | where DvcHostname =~ {kql.literal(host)}")
    if not len(processes):
        return
    tree = process_tree(processes)
    yield _text("## The host with the most severe finding\n\nThe processes that findings are about are marked.")
    ask = 'processes = logs.query(f"_Im_ProcessCreate | where DvcHostname =~ {kql.literal(host)}")'
    opening = (
        f'from huntbook.query.dialects import dialects\n\nkql = dialects["kql"]\nhost = {host!r}\n{ask}\n'
        "tree = hb.process_tree(processes)"
    )
    yield _Cell(f"{opening}\nhb.plots.process_tree(tree, marks=findings)", plots.process_tree(tree, marks=findings))
    yield _Cell(
        'hb.plots.timeline(processes, lane="TargetProcessFilename")',
        plots.timeline(processes, lane="TargetProcessFilename"),
    )
    yield _text("What is encoded in its command lines, and the indicators in them.")
    payloads = decode(processes, "TargetProcessCommandLine").unique("decoded", maintain_order=True)
    yield _Cell(_DECODE, payloads.select("encoding", "decoded"))
    indicators = iocs(processes, "TargetProcessCommandLine").unique("value", maintain_order=True)
    yield _Cell(_INDICATORS, indicators.select("kind", "value"))


def _text(source: str) -> _Cell:
    return _Cell(source, is_code=False)


def _as_json(number: int, cell: _Cell) -> dict[str, Any]:
    common = {"id": f"cell-{number}", "metadata": {}, "source": cell.source.splitlines(keepends=True)}
    if not cell.is_code:
        return {"cell_type": "markdown", **common}
    outputs: list[dict[str, Any]] = []
    if cell.printed:
        outputs.append({"output_type": "stream", "name": "stdout", "text": cell.printed.splitlines(keepends=True)})
    if cell.value is not None:
        result = {"output_type": "execute_result", "execution_count": number, "metadata": {}}
        outputs.append({**result, "data": _shown(cell.value)})
    return {"cell_type": "code", "execution_count": number, "outputs": outputs, **common}


def _shown(value: Any) -> dict[str, Any]:
    """What a notebook would show of a value."""
    if hasattr(value, "_repr_mimebundle_"):
        bundle = value._repr_mimebundle_()
        return dict(bundle[0] if isinstance(bundle, tuple) else bundle)
    shown = {"text/plain": repr(value)}
    if hasattr(value, "_repr_html_"):
        shown["text/html"] = value._repr_html_()
    return shown
