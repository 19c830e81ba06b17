"""`hb.plots.process_tree` against a page with a line of HTML for every process, nested lists that fold by themselves.

Building is measured in CPU; opening on the wall, from the start of Chromium until it has read and drawn the page. The
sizes of both pages are in the name of the figure, and when our first rows stood in the page, by the page's own clock.
"""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from benchmarks._measure import Figure, measure
from benchmarks.process_tree import events
from huntbook.analytics.process_tree import process_tree
from huntbook.plots.process_tree import process_tree as plot_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZES = (1_000, 10_000, 100_000)
_BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--window-size=1280,900",
)  # fmt: skip
_SHOWN = ("NewProcessName", "NewProcessId", "TimeGenerated", "CommandLine")


def tree(count: int) -> pl.DataFrame:
    """Make a tree of `count` processes whose command lines differ, as real ones do."""
    frame = events(count).with_columns(pl.format("{} --task {}", "CommandLine", pl.int_range(pl.len()).hash()))
    found: pl.DataFrame = process_tree(frame)
    return found


def ours(frame: pl.DataFrame) -> str:
    """Write our page."""
    return plot_tree(frame).html()


def plain(frame: pl.DataFrame) -> str:
    """Write a page with everything in it as nested `<details>`."""
    rows = frame.select("process_key", "parent_key", *(pl.col(name).cast(pl.String) for name in _SHOWN)).rows()
    children: dict[str | None, list[tuple[str, ...]]] = {}
    for row in rows:
        children.setdefault(row[1], []).append(row)
    parts, waiting = ["<!doctype html><meta charset=utf-8>"], [("", row) for row in reversed(children.get(None, []))]
    while waiting:
        end, row = waiting.pop()
        if end:
            parts.append(end)
            continue
        cells = "".join(f"<span>{html.escape(cell or '')}</span> " for cell in row[2:])
        parts.append(f"<details><summary>{cells}</summary>")
        waiting.append(("</details>", row))
        waiting.extend(("", child) for child in reversed(children.get(row[0], [])))
    return "".join(parts)


def saved(write: Callable[[pl.DataFrame], str], frame: pl.DataFrame) -> Path:
    """Write a page to a file that the browser opens."""
    path = Path(tempfile.mkdtemp()) / "page.html"
    path.write_text(write(frame), encoding="utf-8")
    return path


def opened(path: Path) -> None:
    """Open a page and draw it."""
    picture = path.with_suffix(".png")
    _browse(path, f"--screenshot={picture}")
    if not picture.exists():
        raise RuntimeError("the browser drew nothing")


def first_rows(path: Path) -> str:
    """Ask the page when its first rows were drawn."""
    drawn = re.search(r'data-drawn="(\d+)"', _browse(path, "--dump-dom"))
    return f"first rows after {int(drawn.group(1)) / 1000:.2f} s" if drawn else "no rows"


def _browse(path: Path, *options: str) -> str:
    command = [str(_BROWSER), *_OPTIONS, f"--user-data-dir={path.parent / 'profile'}", *options, path.as_uri()]
    return subprocess.run(command, check=True, capture_output=True, timeout=300, text=True).stdout


def figures() -> Iterator[Figure]:
    for size in SIZES:
        prepare = partial(tree, size)
        sizes = [f"{len(write(prepare())) / 1e6:.1f} MB" for write in (ours, plain)]
        what = f"{size:,} processes, {sizes[0]} against {sizes[1]}"
        alternative = "a line of HTML each"
        yield Figure("process_tree page, built", what, measure(ours, prepare), alternative, measure(plain, prepare))
        if _BROWSER:
            frame = prepare()
            mine, theirs = saved(ours, frame), saved(plain, frame)
            yield Figure(
                "process_tree page, opened",
                f"{what}, {first_rows(mine)}",
                measure(opened, partial(Path, mine)),
                alternative,
                measure(opened, partial(Path, theirs), runs=1),
                limit=1.25,  # a browser that starts takes most of it where the pages are small
                by="wall",
            )
            shutil.rmtree(mine.parent)
            shutil.rmtree(theirs.parent)
