"""Both plots as notebooks show them: put into the page by a script, inside a frame that may do nothing but run ours.

VS Code's policy for a notebook's outputs is the one that its own page has (1.139, `notebook.experimental.enableCsp`).
"""

from __future__ import annotations

import html
import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from huntbook.plots._base import Plot, assets, page
from huntbook.plots._page import framed
from huntbook.plots.process_tree import process_tree
from huntbook.plots.timeline import timeline

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.browser
VSCODE = (
    "default-src 'none'; script-src 'self' https://*.vscode-cdn.net 'unsafe-inline' 'unsafe-eval';"
    " style-src 'self' https://*.vscode-cdn.net 'unsafe-inline'; img-src 'self' https://*.vscode-cdn.net https: http: data:;"
    " font-src 'self' https://*.vscode-cdn.net https:; connect-src https:; child-src https: data:"
)
# What runs inside the frame, after the plot: it uses it as a reader would, and tells the notebook what it saw.
PROBE = """
(async () => {
    const seen = { title: document.title };
    const all = (name) => [...document.querySelectorAll(name)];
    const soon = (ms = 60) => new Promise((done) => setTimeout(done, ms));
    const key = (target, key) => target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    for (let n = 0; n < 50 && !all("figure[data-ready]").length; n += 1) await soon();
    try {
        seen.ready = all("figure[data-ready]").length;
        seen.dark = matchMedia("(prefers-color-scheme: dark)").matches;
        seen.room = [document.documentElement.scrollHeight - innerHeight, document.documentElement.scrollWidth - innerWidth];
        try { seen.reach = String(parent.document.title); } catch { seen.reach = "refused"; }
        try { await fetch("data:text/plain,x"); seen.fetched = true; } catch { seen.fetched = false; }
        if (all("canvas").length) {
            const [canvas] = all("canvas"), box = canvas.getBoundingClientRect();
            const x = box.left + all(".hbt-lane")[0].offsetWidth + (box.width - all(".hbt-lane")[0].offsetWidth - 14) / 2;
            canvas.dispatchEvent(new PointerEvent("pointermove", { clientX: x, clientY: box.top + 20, bubbles: true })); await soon();
            seen.tip = all(".hbt-tip")[0].textContent;
            canvas.focus(); key(canvas, "+"); await soon(); seen.zoomed = all(".hbt-view")[0].textContent;
        } else {
            const names = () => all(".hbp-row[data-row] .hbp-name").map((each) => each.textContent);
            seen.first = names();
            const search = all("input")[0];
            search.value = "whoami"; search.dispatchEvent(new Event("input")); await soon(250); seen.hits = names();
            search.value = ""; search.dispatchEvent(new Event("input")); await soon(250);
            all(".hbp-fold")[1].click(); await soon(); seen.folded = names();
            seen.pane = all(".hbp-pane")[0].textContent;
            seen.pane_seen = all(".hbp-pane")[0].getBoundingClientRect().bottom <= innerHeight;
        }
    } catch (error) { seen.error = String(error); }
    parent.postMessage(JSON.stringify(seen), "*");
})();
"""


def notebook(chromium: str, folder: Path, plots: list[Plot], *, policy: str, body: str) -> list[dict[str, Any]]:
    """Show plots as a notebook does, and return what was seen inside their frames, in order."""
    frames = []
    for plot in plots:
        style, script = assets([plot])
        # A browser without a window paints when it likes; the page is to draw whenever it wants to.
        script = f"window.requestAnimationFrame = (draw) => setTimeout(draw, 0);{script}{PROBE}"
        document = page(plot.title, plot.fragment(), style, script)
        frames.append(framed(document, title=plot.title, height=plot.height + 40))
    shown = json.dumps(frames).replace("<", "\\u003c")
    target = folder / "notebook.html"
    target.write_text(
        f"""<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">
        <body {body}><script>
        const told = [];
        addEventListener("message", (event) => {{ told.push(JSON.parse(event.data)); document.body.dataset.told = JSON.stringify(told); }});
        for (const output of {shown}) {{ const cell = document.createElement("div"); cell.innerHTML = output; document.body.append(cell); }}
        </script>""",
        encoding="utf-8",
    )
    command = [
        *(
            chromium,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-sync",
        ),
        *("--disable-background-networking", "--disable-component-update", "--window-size=1000,900"),
        # In one process, for the budget of time is one process's; the frames are sandboxed all the same.
        *("--disable-features=IsolateSandboxedIframes", "--disable-site-isolation-trials"),
        *(f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=20000", "--dump-dom", target.as_uri()),
    ]
    dom = subprocess.run(command, capture_output=True, check=True, text=True, timeout=90).stdout
    told = re.search(r'data-told="([^"]*)"', dom)
    assert told is not None, dom[-2000:]
    found = json.loads(html.unescape(told.group(1)))
    return sorted(found, key=lambda each: [plot.title for plot in plots].index(each["title"]))


def plots() -> list[Plot]:
    times = ["2026-03-01T09:00:00Z", "2026-03-01T09:30:00Z", "2026-03-01T10:00:00Z"]
    starts = [
        {"time": time, "pid": pid, "ppid": parent, "image": image, "host": "ws01"}
        for time, pid, parent, image in zip(
            times, (10, 20, 30), (4, 10, 20), ("explorer", "cmd", "whoami"), strict=True
        )
    ]
    return [timeline(pl.DataFrame(starts), lane="host", tooltip="image"), process_tree(starts)]


@pytest.mark.parametrize(
    ("policy", "body", "dark"),
    [
        (VSCODE, 'class="vscode-dark"', True),
        ("frame-src 'self'", 'data-jp-theme-light="false"', True),
        ("frame-src 'self'", 'data-jp-theme-light="true"', False),
    ],
    ids=["vscode", "jupyterlab-dark", "jupyterlab-light"],
)
def test_plots_work_inside_a_notebook(chromium: str, tmp_path: Path, policy: str, body: str, *, dark: bool) -> None:
    line, tree = notebook(chromium, tmp_path, plots(), policy=policy, body=body)
    for seen in (line, tree):
        assert "error" not in seen, seen
        assert seen["ready"] == 1
        assert seen["dark"] is dark
        assert seen["room"] == [0, 0]  # nothing is cut off, and nothing has to be scrolled to
        assert seen["reach"] == "refused"
        assert seen["fetched"] is False
    assert line["tip"] == "ws012026-03-01 09:30:00 UTCimagecmd"
    assert "1 event in view" in line["zoomed"]
    assert tree["first"] == ["ws01", "unknown image", "explorer", "cmd", "whoami"]
    assert tree["hits"] == tree["first"]
    assert tree["folded"] == ["ws01", "unknown image"]
    assert "explorer" in tree["pane"] or "unknown image" in tree["pane"]
    assert tree["pane_seen"]


def test_a_frame_that_is_taken_away_leaves_word_why() -> None:
    for plot in plots():
        frame = plot._repr_mimebundle_()["text/html"]
        left = re.sub(r"(?s)<style>.*?</style>|<iframe[^>]*srcdoc=\"[^\"]*\">|</iframe>", "", frame)
        assert left.startswith(plot.title)
        assert "<" not in left
        assert "Trust Notebook" in left
