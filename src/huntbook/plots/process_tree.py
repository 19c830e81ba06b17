"""Who started whom: the processes of one host or of many as a tree that folds, with the suspicious branches open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from huntbook.analytics._process_tree.families import Chosen
from huntbook.analytics.process_tree import process_tree as find_parents
from huntbook.core.frames import need, to_polars
from huntbook.plots._base import Plot, escape, json_script, script_of, shown
from huntbook.plots._process_tree.drawing import draw
from huntbook.plots._process_tree.marks import read_marks
from huntbook.plots._process_tree.nodes import read_nodes
from huntbook.plots._process_tree.picture import Picture, heading, notes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from huntbook.core.frames import Table

_ASSETS = Path(__file__).parent / "_process_tree"
_FOUND = ("process_key", "parent_key", "inferred")
_USUAL = (
    "FolderPath",
    "CurrentDirectory",
    "IntegrityLevel",
    "ProcessIntegrityLevel",
    "MandatoryLabel",
    "LogonId",
    "Hashes",
    "SHA256",
    "cwd",
)
# Pixels of the title, the tools and the heads above the rows and of the details below; and what a notebook spares.
_AROUND, _HIGHEST = 345, 660


def process_tree(
    tree: Table,
    *,
    marks: str | Mapping[str, Any] | Table | None = None,
    details: Sequence[str] | None = None,
    time: str | None = None,
    pid: str | None = None,
    host: str | None = None,
    image: str | None = None,
    command_line: str | None = None,
    title: str | None = None,
    height: int | None = None,
) -> ProcessTree:
    """Draw a process tree as rows that fold, by host, with search, times, users and command lines.

    With `marks` only the marked branches are seen at first: what led to a marked process, and what it started (of the
    likes of services.exe only what is marked in turn); one click shows the rest. Without, as many levels are open as fit. A process that several rows record is drawn once, a
    parent that was never recorded in italics. The page holds up to 250,000 processes and says what it leaves out; only
    the rows in sight are in the document, so 100,000 open in well under a second.

    Args:
        tree: what `hb.process_tree` returned, whole or filtered; of a table of process starts it is found first.
        marks: what is suspicious: what `hb.hunt` found (or a table with `host` and `process_id`, `time`, `severity` and
            `title` of findings; informational ones mark nothing), a column, or a mapping of `process_key` to why. A
            reason is a text, a severity (high, medium, low, informational), a pair `(severity, text)`, or a list of these.
        details: further columns for the details of a selected process; None for the usual ones (hashes, integrity …).
        time: the column of start times; here and below, None for what `hb.process_tree` would take.
        pid: the column of process ids.
        host: the column of machines.
        image: the column of programs.
        command_line: the column of command lines.
        title: above the picture; None for the number of processes.
        height: that the list of rows grows to at most, in pixels; None for 600.

    Returns:
        A `ProcessTree`: a notebook shows it; `.save("t.html")`, `.save("t.png")` and `.save("t.svg")` keep it.

    Raises:
        ColumnMissing: if a column that is named is not there, or the table is none of process starts.
        ParameterError: if `marks` is no column, no mapping and no table.

    Example:
        >>> rows = [{"time": "2026-01-05T09:00:00Z", "pid": 10, "ppid": 4, "image": "cmd.exe"}]
        >>> process_tree(rows, marks={"/10@1767603600000000": ("high", "Shell of a document")}).title
        'Process tree: 2 processes, 1 marked'
    """
    frame = to_polars(tree)
    if not set(_FOUND) <= set(frame.columns):
        frame = find_parents(frame, time=time, host=host, image=image, command_line=command_line)
    extra = [name for name in _USUAL if name in frame.columns] if details is None else list(details)
    need(frame, extra)
    chosen = Chosen(time=time, pid=pid, host=host, image=image, command_line=command_line)
    nodes = read_nodes(frame, read_marks(frame, marks, chosen), chosen, extra)
    said = notes(nodes, frame.select(pl.col("process_key").null_count()).item())
    return ProcessTree(Picture(nodes, shown(title or heading(nodes)), extra, said, height))


class ProcessTree(Plot):
    """Processes as a tree of rows; what `process_tree` returns."""

    style = (_ASSETS / "process_tree.css").read_text(encoding="utf-8")
    script = script_of(_ASSETS, "rows.js", "details.js", "process_tree.js")

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.title = picture.title
        whole = picture.lines + _AROUND + 20 * len(picture.notes)
        self.height = whole if picture.height else min(whole, _HIGHEST)

    def fragment(self) -> str:
        """Write the interactive picture for the body of a page that has this plot's style and script."""
        days = "" if self.picture.day else " hbp-days"
        return (
            f'<figure class="hb-plot hb-process-tree{days}" style="min-height:{self.picture.lines + 110}px">'
            f"<figcaption>{escape(self.title)}</figcaption>{json_script(self.picture.payload())}"
            "<noscript>This picture needs JavaScript; it runs in this page only.</noscript></figure>"
        )

    def svg(self) -> str:
        """Draw the rows that are seen at first; at most a hundred."""
        return draw(self.picture)
