"""What the page's script makes of a timeline: run in a real browser, told by the page itself through its DOM."""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path

import polars as pl
import pytest

from huntbook.plots import _timeline
from huntbook.plots._base import assets, page
from huntbook.plots._timeline.axis import DAY, HOUR, MINUTE, SECOND, STEPS, bar_width, duration, label, ticks
from huntbook.plots._timeline.times import instant, written
from huntbook.plots.timeline import Timeline, timeline

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=\"document.title='hacked'\">"


def browse(chromium: str, path: Path, *arguments: str) -> str:
    command = [
        *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1280,900"),
        *(f"--user-data-dir={path.parent / 'profile'}", "--virtual-time-budget=20000", *arguments, path.as_uri()),
    ]
    return subprocess.run(command, capture_output=True, check=True, text=True, timeout=90).stdout


def told(chromium: str, tmp_path: Path, plots: list[Timeline], actions: str) -> dict[str, object]:
    """Open a page with the plots, run `actions` on it (they fill `seen`), and return what they saw."""
    style, script = assets(plots)
    # A browser without a window paints when it likes; the page is to draw whenever it wants to.
    script = f"""window.requestAnimationFrame = (draw) => setTimeout(draw, 0);
        {script}
        const seen = {{}};
        const all = (name) => [...document.querySelectorAll(name)];
        const soon = () => new Promise((done) => setTimeout(done, 50));
        const text = (name) => all(name).map((each) => each.textContent);
        (async () => {{
            for (let n = 0; n < 20 && all("figure:not([data-ready])").length; n += 1) await soon();
            try {{ {actions} }} catch (error) {{ seen.error = String(error); }}
            document.body.dataset.seen = JSON.stringify(seen);
        }})();"""
    target = tmp_path / "page.html"
    target.write_text(page("page", "".join(plot.fragment() for plot in plots), style, script), encoding="utf-8")
    found = re.search(r'data-seen="([^"]*)"', browse(chromium, target, "--dump-dom"))
    assert found is not None
    read = json.loads(html.unescape(found.group(1)))
    assert isinstance(read, dict)
    assert "error" not in read, read
    return read


ACTIONS = """
    const canvases = all("canvas");
    const point = (canvas, type, x, y, more = {}) => canvas.dispatchEvent(new PointerEvent(type, {
        clientX: canvas.getBoundingClientRect().left + x, clientY: canvas.getBoundingClientRect().top + y,
        pointerId: 1, bubbles: true, ...more }));
    HTMLElement.prototype.setPointerCapture = () => {};
    seen.views = text(".hbt-view");
    const [first] = canvases;
    const middle = all(".hbt-lane")[0].offsetWidth + (first.clientWidth - all(".hbt-lane")[0].offsetWidth - 14) / 2;
    point(first, "pointermove", middle, 30); await soon();
    seen.tip = text(".hbt-tip")[0];
    seen.images = all("img").length;
    first.focus();
    first.dispatchEvent(new KeyboardEvent("keydown", { key: "+", bubbles: true })); await soon();
    seen.zoomed = text(".hbt-view")[0];
    first.dispatchEvent(new KeyboardEvent("keydown", { key: "0", bubbles: true })); await soon();
    all(".hbt-lane")[0].click(); await soon();
    seen.hidden = text(".hbt-view")[0];
    all(".hbt-lane")[0].click(); await soon();
    first.dispatchEvent(new WheelEvent("wheel", { deltaY: -600, clientX: middle, bubbles: true, cancelable: true })); await soon();
    seen.wheeled = text(".hbt-view")[0];
    first.dispatchEvent(new MouseEvent("dblclick", { bubbles: true })); await soon();
    seen.reset = text(".hbt-view")[0];
    seen.painted = canvases.map((canvas) =>
        new Set(new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size);
    seen.heights = all("figure").map((figure) => figure.getBoundingClientRect().height);
    seen.title = document.title;
"""


def test_reader_sees_every_event_and_can_zoom_hide_and_reset(chromium: str, tmp_path: Path) -> None:
    few = pl.DataFrame(
        {
            "time": ["2026-03-01T09:00:00Z", "2026-03-01T09:30:00.000250Z", "2026-03-01T10:00:00Z"],
            "host": [HOSTILE] * 3,
            "note": [HOSTILE] * 3,
        }
    )
    number = pl.int_range(30_000)
    many = pl.select(ts=(number * 2 + 1_772_355_600).cast(pl.Float64), kind=pl.format("k{}", number.hash(1) % 3))
    plots = [timeline(few, lane="host", tooltip="note"), timeline(many, lane="kind", color="kind")]
    seen = told(chromium, tmp_path, plots, ACTIONS)
    views = seen["views"]
    assert isinstance(views, list)
    assert [view.split(" · ")[2] for view in views] == ["3 events in view", "30,000 events in view"]
    assert seen["tip"] == f"{HOSTILE}2026-03-01 09:30:00.000250 UTCnote{HOSTILE}"
    assert "1 event in view" in str(seen["zoomed"])
    assert "0 events in view" in str(seen["hidden"])
    assert "1 event in view" in str(seen["wheeled"])
    assert seen["reset"] == views[0]
    assert (seen["images"], seen["title"]) == (0, "page")
    painted = seen["painted"]
    assert isinstance(painted, list)
    assert all(colours > 4 for colours in painted)
    assert seen["heights"] == [plot.height for plot in plots]


def test_script_and_static_picture_count_time_alike(chromium: str, tmp_path: Path) -> None:
    start = instant("2026-03-01 09:00:07")
    spans = [SECOND, 5 * MINUTE, 8 * HOUR, 3 * DAY, 40 * DAY, 900 * DAY, 9000 * DAY]
    folder = Path(_timeline.__file__).parent
    script = (
        (folder / "axis.js").read_text(encoding="utf-8")
        + f"""
        document.body.dataset.seen = JSON.stringify({{
            steps: STEPS,
            bars: {spans}.map((span) => [barWidth(span, 1000, 0), barWidth(span, 1000, 10 * SECOND)]),
            ticks: {spans}.map((span) => ticks({start}, {start} + span, 9)),
            labels: {spans}.map((span) => {{ const [at, step] = ticks({start}, {start} + span, 9);
                                             return at.map((each) => tickLabel(each, step)); }}),
            words: [...{spans}, 1500, 0].map(duration),
            written: [written({start}), written(-1500000), exactly({start} + 25)],
        }});"""
    )
    target = tmp_path / "axis.html"
    target.write_text(page("axis", "", "", script), encoding="utf-8")
    found = re.search(r'data-seen="([^"]*)"', browse(chromium, target, "--dump-dom"))
    assert found is not None
    seen = json.loads(html.unescape(found.group(1)))
    ours = [ticks(start, start + span, 9) for span in spans]
    assert seen["steps"] == list(STEPS)
    assert seen["bars"] == [[bar_width(span, 1000, 0), bar_width(span, 1000, 10 * SECOND)] for span in spans]
    assert seen["ticks"] == [[found, step] for found, step in ours]
    assert seen["labels"] == [[label(at, step) for at in found] for found, step in ours]
    assert seen["words"] == [duration(span) for span in [*spans, 1500, 0]]
    assert seen["written"] == [written(start), written(-1_500_000), f"{written(start)}.000025"]


def test_notebook_frame_draws_and_screenshot_is_not_empty(chromium: str, tmp_path: Path) -> None:
    number = pl.int_range(500)
    table = pl.select(time=number * 60 + 1_772_355_600, host=pl.format("h{}", number % 4))
    frame = timeline(table, lane="host")._repr_mimebundle_()["text/html"]
    outer, image = tmp_path / "outer.html", tmp_path / "outer.png"
    outer.write_text(f"<!doctype html><meta charset=utf-8><body style='margin:0'>{frame}", encoding="utf-8")
    browse(chromium, outer, f"--screenshot={image}")
    outer.write_text("<!doctype html><body>", encoding="utf-8")
    empty = tmp_path / "empty.png"
    browse(chromium, outer, f"--screenshot={empty}")
    assert image.read_bytes().startswith(b"\x89PNG")
    assert image.stat().st_size > 3 * empty.stat().st_size
