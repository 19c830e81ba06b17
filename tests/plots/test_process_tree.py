"""The picture of a process tree: what is seen first, what is said, and that log content stays text."""

from __future__ import annotations

import base64
import html
import json
import re
import subprocess
import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from huntbook.analytics.process_tree import process_tree
from huntbook.errors import ColumnMissing, ParameterError
from huntbook.plots._base import assets, page
from huntbook.plots.process_tree import process_tree as plot_tree

if TYPE_CHECKING:
    from pathlib import Path

    from huntbook.plots.process_tree import ProcessTree

HOSTILE = "<img src=x onerror=\"document.title='pwned'\"></script><script>document.title='pwned'</script><!--"
Row = dict[str, Any]
HOUR = 1_767_603_600_000_000


def start(pid: int, ppid: int, image: str = "a.exe", *, host: str = "ws01", **more: object) -> Row:
    return {
        "time": HOUR + pid * 1000,
        "host": host,
        "pid": pid,
        "ppid": ppid,
        "image": image,
        "cmdline": f"{image} -{pid}",
        **more,
    }


def key(pid: int, host: str = "ws01") -> str:
    return f"{host}/{pid}@{HOUR + pid * 1000}"


def data(plot: ProcessTree) -> dict[str, Any]:
    found = re.search(r'<script type="application/json">(.*?)</script>', plot.fragment())
    assert found is not None
    given: dict[str, Any] = json.loads(found.group(1))
    return given | {"all": json.loads(zlib.decompress(base64.b64decode(given["packed"])))}


def names(plot: ProcessTree) -> list[str]:
    """What the rows that are seen first are called, with their depth."""
    first = data(plot)["first"]
    images, hosts = first["texts"][2], first["texts"][0]
    shown = [
        images["values"][n] if n >= 0 else hosts["values"][h]
        for n, h in zip(images["rows"], hosts["rows"], strict=True)
    ]
    return [f"{depth} {name}" for depth, name in zip(first["depth"], shown, strict=True)]


BRANCHES = [
    start(10, 0, "root"),
    start(11, 10, "left"),
    start(12, 11, "leaf"),
    start(13, 10, "right"),
    start(14, 13, "marked"),
    start(15, 14, "below"),
]


def test_small_trees_are_open_and_in_order_of_time() -> None:
    assert names(plot_tree(BRANCHES)) == [
        "0 ws01",
        "1 root",
        "2 left",
        "3 leaf",
        "2 right",
        "3 marked",
        "4 below",
    ]


def test_marked_branches_alone_are_seen_first() -> None:
    plot = plot_tree(BRANCHES, marks={key(14): ("high", "why")})
    assert names(plot) == ["0 ws01", "1 root", "2 right", "3 marked", "4 below"]
    first = data(plot)["first"]
    assert first["hidden"] == [0, 1, 0, 0, 0]
    assert first["marks"] == [[3, [["high", "why"]]]]
    assert data(plot)["marked"] == 1


def test_of_what_starts_everything_only_marked_branches_are_seen() -> None:
    rows = [
        start(10, 0, r"C:\Windows\System32\Services.exe"),
        *(start(pid, 10, f"svc{pid}") for pid in (11, 12)),
        start(13, 10, "bad"),
        start(14, 13, "below"),
    ]
    plot = plot_tree(rows, marks={key(10): ("high", "wrote a service"), key(13): "bad"})
    assert [name.rpartition("\\")[2] for name in names(plot)] == ["0 ws01", "Services.exe", "2 bad", "3 below"]
    assert data(plot)["first"]["hidden"] == [0, 2, 0, 0]
    assert data(plot)["all"]["brokers"] == [1]


def test_large_trees_are_folded_and_all_is_there() -> None:
    rows = [start(pid, pid // 10, f"p{pid}") for pid in range(1, 1000)]
    plot = plot_tree(rows)
    assert names(plot) == ["0 ws01", *(f"1 p{pid}" for pid in range(1, 10))]
    assert len(data(plot)["all"]["depth"]) == 1000
    assert max(data(plot)["all"]["depth"]) == 3


def test_hosts_are_groups_and_those_with_marks_come_first() -> None:
    rows = [start(1, 0, host="alpha"), start(2, 0, host="BETA")]
    assert names(plot_tree(rows)) == ["0 alpha", "1 a.exe", "0 beta", "1 a.exe"]
    marked = plot_tree(rows, marks={key(2, "beta"): "x"})
    assert names(marked) == ["0 beta", "1 a.exe"]
    graver = plot_tree(rows, marks={key(1, "alpha"): ["x", "y"], key(2, "beta"): "high"})
    assert names(graver) == ["0 beta", "1 a.exe", "0 alpha", "1 a.exe"]
    assert names(plot_tree([{"time": 0, "pid": 1, "ppid": 0, "image": "x"}])) == ["0 x"]


def test_every_form_of_marks() -> None:
    rows = [start(pid, 0, why=why) for pid, why in enumerate(["Critical", None, "", "odd parent"], start=1)]
    tree = process_tree(pl.DataFrame(rows))
    marks = data(plot_tree(tree, marks="why"))["all"]["marks"]
    assert [mark for _, (mark,) in marks] == [["high", "Critical"], ["medium", "odd parent"]]
    several = {key(1): ["b", ("low", "c"), ("a", "high")], key(2): True}
    marks = data(plot_tree(tree, marks=several))["all"]["marks"]
    assert marks[0][1] == [["high", "a"], ["medium", "b"], ["low", "c"]]
    assert marks[1][1] == [["medium", "marked"]]
    with pytest.raises(ColumnMissing):
        plot_tree(tree, marks="wy")
    with pytest.raises(ParameterError):
        plot_tree(tree, marks=7)


def test_findings_mark_the_process_that_had_the_id_at_their_time() -> None:
    rows = [start(7, 0, "old"), {**start(7, 0, "new"), "time": HOUR + 60_000_000}, start(7, 0, "other", host="ws02")]
    tree = process_tree(pl.DataFrame(rows))
    when = datetime(2026, 1, 5, 9, 0, 30, tzinfo=UTC)
    finding = {"host": "WS01.corp.example", "process_id": "7", "time": when, "severity": "high", "title": "Bad"}

    def marked(*findings: dict[str, object]) -> list[list[object]]:
        every = data(plot_tree(tree, marks=list(findings)))["all"]
        images = every["texts"][2]
        return [[images["values"][images["rows"][number]], why] for number, why in every["marks"]]

    assert marked(finding) == [["old", [["high", "Bad"]]]]
    assert marked({**finding, "time": when + timedelta(minutes=9)}) == [["new", [["high", "Bad"]]]]
    assert marked({**finding, "time": None}) == [["new", [["high", "Bad"]]]]
    assert marked({"host": "WS02", "process_id": 7}) == [["other", [["medium", "marked"]]]]
    assert (
        marked({**finding, "severity": "informational"}, {**finding, "host": "ws03"}, {**finding, "process_id": "x"})
        == []
    )
    with pytest.raises(ColumnMissing):
        plot_tree(tree, marks=[{"host": "ws01"}])


def test_what_is_not_in_the_picture_is_said() -> None:
    tree = process_tree(pl.DataFrame([start(1, 9, EventID=1), start(2, 1, EventID=5)]))
    notes = data(plot_tree(tree, marks={"gone": "x"}))["notes"]
    assert [note.split(":")[0] for note in notes] == [
        "1 process in italics", "1 row of the table is no process start.", "1 mark of processes that are not in this picture.",
    ]  # fmt: skip


def test_of_too_many_processes_those_of_marked_trees_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huntbook.plots._process_tree.nodes.MOST", 3)
    rows = [start(1, 0), start(2, 1), start(3, 0), start(4, 0), start(5, 4)]
    plot = plot_tree(rows, marks={key(5): "x"})
    assert data(plot)["all"]["pid"] == [None, 1, 4, 5]
    assert any(note.startswith("2 processes left out") for note in data(plot)["notes"])


def test_a_filtered_tree_and_one_changed_into_a_circle_lose_nothing() -> None:
    tree = process_tree(pl.DataFrame(BRANCHES))
    assert names(plot_tree(tree.filter(pl.col("pid") > 12)))[1:] == ["1 right", "2 marked", "3 below"]
    circle = tree.with_columns(parent_key=pl.col("process_key").shift(1).fill_null(pl.col("process_key").last()))
    assert len(data(plot_tree(circle))["all"]["depth"]) == 7
    moved = tree.with_columns(host=pl.when(pl.col("pid") == 13).then(pl.lit("ws02")).otherwise("host"))
    assert names(plot_tree(moved)) == names(plot_tree(tree))


def test_one_process_of_several_records_is_one_row_with_the_fuller_record() -> None:
    blank: Row = {
        "ProcessGuid": None,
        "NewProcessId": None,
        "ParentProcessId": None,
        "Image": None,
        "User": None,
        "SubjectUserName": None,
    }
    rows = [
        {**blank, "TimeCreated": 1, "NewProcessId": "0xa", "ProcessId": "0x4", "SubjectUserName": "ws01$"},
        {**blank, "TimeCreated": 1, "ProcessId": "10", "ParentProcessId": "4", "ProcessGuid": "g", "User": r"CORP\ann"},
    ]
    whole = data(plot_tree(pl.DataFrame(rows, infer_schema_length=None)))["all"]
    assert whole["pid"] == [4, 10]
    assert whole["records"] == [[1, 2]]
    assert whole["texts"][1]["values"] == [r"CORP\ann"]


def test_named_columns_and_details() -> None:
    rows = [{"when": 5, "p": 1, "pp": 0, "prog": "x", "sha": "ab"}]
    tree = process_tree(pl.DataFrame(rows), time="when", pid="p", parent_pid="pp")
    plot = plot_tree(tree, time="when", pid="p", image="prog", details=["sha"], title="T")
    assert names(plot) == ["0 x"]
    assert data(plot)["columns"] == ["sha"]
    assert data(plot)["all"]["texts"][4]["values"] == ["ab"]
    with pytest.raises(ColumnMissing):
        plot_tree(tree, time="when", pid="p", details=["shb"])


def test_empty_and_absurd() -> None:
    tree = process_tree(pl.DataFrame([start(1, 0)]))
    assert "No process." in plot_tree(tree.clear()).svg()
    absurd = tree.with_columns(time=pl.lit(2**62))
    assert plot_tree(absurd).svg().startswith("<svg")


def test_the_still_picture(tmp_path: Path) -> None:
    plot = plot_tree([start(pid, pid // 10, HOSTILE) for pid in range(1, 30)], marks={key(25): ("high", HOSTILE)})
    assert "<img" not in plot.svg()
    assert "▲" in plot.svg()
    assert plot.save(tmp_path / "t.png").read_bytes().startswith(b"\x89PNG")


def test_a_hundred_thousand_processes_make_a_small_page() -> None:
    count = 100_000
    frame = pl.DataFrame(
        {"time": pl.int_range(count, eager=True) * 1000, "pid": pl.int_range(1, count + 1, eager=True)}
    )
    frame = frame.with_columns(
        ppid=pl.col("pid") // 7, image=pl.lit(r"C:\x.exe"), CommandLine=pl.format("x.exe --number {}", "pid")
    )
    plot = plot_tree(frame)
    assert len(plot.html()) < 3_000_000
    assert len(data(plot)["first"]["depth"]) <= 150


def test_a_hostile_depth_is_no_recursion() -> None:
    count = 50_000
    frame = pl.DataFrame({"time": pl.int_range(count, eager=True), "pid": pl.int_range(1, count + 1, eager=True)})
    frame = frame.with_columns(ppid=pl.col("pid") - 1, image=pl.lit("x"), bad=pl.lit("high"))
    assert len(data(plot_tree(frame, marks="bad"))["all"]["depth"]) == count


def looked_at(chromium: str, page_file: Path, profile: Path) -> str:
    command = [
        chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update", f"--user-data-dir={profile}",
        "--virtual-time-budget=4000", "--dump-dom", page_file.as_uri(),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, check=True, timeout=60, text=True).stdout


@pytest.mark.browser
def test_log_content_never_becomes_markup(chromium: str, tmp_path: Path) -> None:
    rows = [start(1, 9, HOSTILE, user=HOSTILE, sha=HOSTILE, host=HOSTILE), start(2, 1, "ok\u202efdp.exe", host=HOSTILE)]
    tree = process_tree(pl.DataFrame(rows))
    marks = dict.fromkeys(tree["process_key"], ("high", HOSTILE))
    plot = plot_tree(tree, marks=marks, details=["sha"], title=HOSTILE)
    dom = looked_at(chromium, plot.save(tmp_path / "t.html"), tmp_path / "profile")
    assert 'data-ready="true"' in dom
    assert "<img" not in dom
    assert "<title>pwned" not in dom
    assert dom.count("<script") == 2
    text = html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"(?s)<script.*?</script>", "", dom)))
    assert text.count("onerror") >= 6
    assert "\u202e" not in dom
    # What stands for the hidden character is no separator of a path: the name is seen from its beginning.
    assert '<span class="hbp-name hbp-text">ok\\u202efdp.exe</span>' in dom


@pytest.mark.browser
def test_a_deep_process_still_has_its_name(chromium: str, tmp_path: Path) -> None:
    rows = [start(pid, pid - 1, f"p{pid}\n.exe") for pid in range(1, 23)]
    plot = plot_tree(rows)
    style, script = assets([plot])
    measured = """
        setTimeout(() => { document.body.dataset.wide = Math.min(...[...document.querySelectorAll(".hbp-name")].map((name) =>
            name.parentElement.getBoundingClientRect().right - name.getBoundingClientRect().left)); }, 500);"""
    target = tmp_path / "t.html"
    target.write_text(page("t", plot.fragment(), style, script + measured), encoding="utf-8")
    dom = looked_at(chromium, target, tmp_path / "profile")
    wide = re.search('data-wide="([^"]*)"', dom)
    assert wide is not None
    assert float(wide.group(1)) > 60
    assert ">p20 .exe<" in dom


ACTS = """
const tree = new ProcessTree(figure);
const said = [];
const note = (what) => said.push(`${what}: ${tree.seen.length} rows, ${tree.found.textContent}, ${tree.body.childElementCount} drawn`);
const wait = setInterval(() => {
  if (!figure.dataset.ready) return;
  clearInterval(wait);
  note("marked"); tree.look("p777"); note("hit"); tree.look("p77 -77"); note("hits"); tree.look("nowhere"); note("none");
  tree.look(""); note("back"); tree.focus(false); tree.unfold(true); note("all");
  const press = (key) => tree.view.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  for (const key of ["Home", "ArrowDown", "ArrowLeft"]) press(key);
  note("folded"); press("ArrowRight"); press("End");
  said.push(tree.body.querySelector("[aria-selected=true]").textContent);
  dispatchEvent(new Event("beforeprint"));
  said.push(`printed ${tree.body.childElementCount}, ${tree.unprinted.textContent}`);
  dispatchEvent(new Event("afterprint"));
  note("after");
  figure.dataset.said = said.join("; ");
}, 5);
"""


@pytest.mark.browser
def test_folding_searching_and_keys(chromium: str, tmp_path: Path) -> None:
    """All that is drawn is what is in sight, whatever is open."""
    plot = plot_tree([start(pid, pid // 10, f"p{pid}") for pid in range(1, 5000)], marks={key(777): "bad"})
    style, script = assets([plot])
    target = tmp_path / "t.html"
    target.write_text(
        page("t", plot.fragment(), style, script.replace("new ProcessTree(figure);", ACTS)), encoding="utf-8"
    )
    said = re.search('data-said="([^"]*)"', looked_at(chromium, target, tmp_path / "profile"))
    assert said is not None
    steps = [re.sub(r", \d+ drawn", "", step) for step in said.group(1).split("; ")]
    assert steps[:6] == [
        "marked: 4 rows, 1 marked", "hit: 4 rows, 1 hit", "hits: 13 rows, 11 hits", "none: 0 rows, 0 hits: nothing matches",
        "back: 4 rows, 1 marked", "all: 5000 rows, 1 marked",
    ]  # fmt: skip
    assert steps[6] == "folded: 3890 rows, 1 marked"
    assert steps[7].startswith("p999")
    assert steps[8] == "printed 400, 4,600 more rows not printed."
    assert max(map(int, re.findall(r"(\d+) drawn", said.group(1)))) < 60
