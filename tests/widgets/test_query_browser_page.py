"""The query browser's page in a real browser: found, read, filled in, copied and run, and nothing in it is obeyed."""

from __future__ import annotations

import ast
import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.plots.test_timeline_browser import browse
from tests.query.test_menu import CLOUD, WINDOWS, Connection

import huntbook as hb
from huntbook.widgets._query_browser.forms import values
from huntbook.widgets._query_browser.listing import listed

pytestmark = pytest.mark.browser
FOLDER = Path(hb.__file__).parent / "widgets" / "_query_browser"
HOSTILE = "<img src=x onerror=\"document.title='hacked'\">"

# What anywidget gives a page: a model that keeps values and tells of changes.
MODEL = """
class Model {
    constructor(state) { this.state = state; this.heard = {}; this.saved = []; }
    get(name) { return this.state[name]; }
    set(name, value) { this.state[name] = value; }
    save_changes() { this.saved.push(structuredClone(this.state._asked)); }
    on(name, heard) { (this.heard[name] ??= []).push(heard); }
    off(name, heard) { this.heard[name] = (this.heard[name] ?? []).filter((one) => one !== heard); }
    tell(name, value) { this.state[name] = value; for (const heard of this.heard[`change:${name}`] ?? []) heard(); }
}
const model = new Model(STATE);
const seen = {};
const all = (name) => [...document.querySelectorAll(name)];
const text = (name) => all(name).map((each) => each.textContent);
const type = (box, value) => { box.value = value; box.dispatchEvent(new Event("input", { bubbles: true })); };
const field = (name) => all("[name]").find((each) => each.name === name);
const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
const click = (label) => all("button").find((each) => each.textContent === label).click();
const close = widget.render({ model, el: document.getElementById("place") });
try { ACTIONS } catch (error) { seen.error = String(error.stack ?? error); }
seen.title = document.title; seen.images = all("img").length; seen.scripts = all("#place script").length;
document.body.dataset.seen = JSON.stringify(seen);
"""


@pytest.fixture
def conn(tmp_path: Path) -> Connection:
    folder = tmp_path / "packs"
    folder.mkdir()
    (folder / "windows.yaml").write_text(
        WINDOWS.replace("<script>alert(1)</script>", HOSTILE.replace('"', '\\"')), encoding="utf-8"
    )
    (folder / "cloud.yaml").write_text(CLOUD, encoding="utf-8")
    return Connection(folder, ["kql"], ["SecurityEvent", "Heartbeat"])


def page(conn: Connection, folder: Path, actions: str) -> Path:
    state = {"_queries": listed(conn.queries), "_where": "logs.queries", "_told": {}, "_asked": {}}
    script = (
        (FOLDER / "page.js")
        .read_text(encoding="utf-8")
        .replace("export default", "const widget =")
        .replace("export function", "function")
    )
    run = MODEL.replace("STATE", json.dumps(state).replace("<", "\\u003c")).replace("ACTIONS", actions)
    target = folder / "page.html"
    style = (FOLDER / "page.css").read_text(encoding="utf-8")
    target.write_text(
        f'<!doctype html><meta charset="utf-8"><title>page</title><style>{style}</style><body><div id="place"></div>'
        f'<script type="module">{script}\n{run}</script>',
        encoding="utf-8",
    )
    return target


def told(chromium: str, conn: Connection, folder: Path, actions: str) -> dict[str, Any]:
    found = re.search(r'data-seen="([^"]*)"', browse(chromium, page(conn, folder, actions), "--dump-dom"))
    assert found is not None
    read: dict[str, Any] = json.loads(html.unescape(found.group(1)))
    assert "error" not in read, read["error"]
    assert (read["title"], read["images"], read["scripts"]) == ("page", 0, 0)
    return read


def test_a_reader_filters_and_reads(chromium: str, conn: Connection, tmp_path: Path) -> None:
    seen = told(
        chromium,
        conn,
        tmp_path,
        """
        seen.first = text(".hbq-name"); seen.count = text(".hbq-under span")[0]; seen.head = text("h3")[0];
        type(all(".hbq-filter")[0], "LOGON securityevent"); seen.filtered = text(".hbq-name"); seen.chosen = text("h3")[0];
        seen.facts = text(".hbq-detail .hbq-quiet")[0]; seen.text = text(".hbq-detail details pre")[0];
        seen.labels = all(".hbq-field label").map((each) => document.getElementById(each.htmlFor)?.name);
        type(all(".hbq-filter")[0], "nothing at all"); seen.none = text(".hbq-detail")[0];
        type(all(".hbq-filter")[0], "");
        all("input[type=checkbox]")[0].click(); seen.all = text(".hbq-name"); seen.packs = text(".hbq-pack");
        all(".hbq-option").find((each) => each.dataset.name === "cloud.sign_ins").click();
        seen.reason = text(".hbq-reason")[0]; seen.disabled = all(".hbq-run")[0].disabled;
        all(".hbq-filter")[0].focus(); press("ArrowDown"); seen.down = document.activeElement.dataset.name;
        press("End"); seen.end = document.activeElement.dataset.name; press("ArrowUp"); seen.up = document.activeElement.dataset.name;
        seen.selected = all('[aria-selected="true"]').length;
        """,
    )
    assert seen["first"] == ["either", "hostile", "logons"]
    assert seen["count"] == "3 of 5 queries"
    assert seen["head"] == "windows.either"
    assert (seen["filtered"], seen["chosen"]) == (["logons"], "windows.logons")
    assert seen["facts"] == "Asks: SecurityEvent, Heartbeat · Tags: authentication"
    assert "| where EventID in ({{ids}})" in seen["text"]
    assert seen["labels"] == ["host", "ids", "since", "more", "last", "start", "end", "add_query_items"]
    assert "No query has all of these words" in seen["none"]
    assert seen["all"] == ["sign_ins", "either", "hostile", "logons", "splunk_only"]
    assert seen["packs"] == ["cloud", "windows"]
    assert "SigninLogs, which is not there" in seen["reason"]
    assert seen["disabled"] is True
    assert (seen["down"], seen["end"], seen["up"], seen["selected"]) == (
        "cloud.sign_ins",
        "windows.splunk_only",
        "windows.logons",
        1,
    )


TYPED = {
    "host": 'WS "01" \\ é\u2028\u202e\u200b\x7f',
    "ids": "4624, +7",
    "since": " -3d ",
    "more": "| where a == 'b'\n",
    "last": "2d",
}


def test_the_call_that_is_copied_is_the_call_that_is_asked(chromium: str, conn: Connection, tmp_path: Path) -> None:
    seen = told(
        chromium,
        conn,
        tmp_path,
        f"""
        all(".hbq-option").find((each) => each.dataset.name === "windows.logons").click();
        for (const [name, value] of Object.entries({json.dumps(TYPED)})) type(field(name), value);
        seen.call = text(".hbq-call")[0];
        click("Run"); seen.asked = model.saved[0]; seen.waiting = text(".hbq-output")[0];
        all(".hbq-option")[0].click(); all(".hbq-option").find((each) => each.dataset.name === "windows.logons").click();
        seen.kept = field("host").value;
        """,
    )
    assert (seen["asked"]["do"], seen["asked"]["query"], seen["asked"]["texts"]) == ("run", "windows.logons", TYPED)
    assert seen["waiting"] == "Asking …"
    assert seen["kept"] == TYPED["host"]
    assert seen["call"].isprintable()  # it does what it looks like
    call = ast.parse(seen["call"], mode="eval").body
    assert isinstance(call, ast.Call)
    assert ast.unparse(call.func) == "logs.queries.windows.logons"
    written = {one.arg: one.value for one in call.keywords}
    clause = written.pop("more")
    assert isinstance(clause, ast.Call)
    assert ast.unparse(clause.func) == "hb.Clause"
    read = {name: ast.literal_eval(value) for name, value in written.items()} | {
        "more": ast.literal_eval(clause.args[0])
    }
    assert read == values(conn.queries.windows.logons, TYPED)


def test_answers_and_errors_are_text(chromium: str, conn: Connection, tmp_path: Path) -> None:
    answer = {"columns": [HOSTILE], "rows": [[HOSTILE], ["WS01"]], "notes": ["2 rows, complete"]}
    seen = told(
        chromium,
        conn,
        tmp_path,
        f"""
        all(".hbq-option").find((each) => each.dataset.name === "windows.hostile").click();
        seen.about = text(".hbq-detail p")[0];
        model.tell("_told", {{ number: 1, query: "windows.hostile", answer: {json.dumps(answer)} }});
        seen.heads = text("th"); seen.cells = text("td"); seen.notes = text(".hbq-output p");
        model.tell("_told", {{ number: 2, query: "windows.hostile", error: {json.dumps(HOSTILE)}, hint: "Try again." }});
        seen.said = text(".hbq-error")[0];
        model.tell("_told", {{ number: 3, query: "windows.hostile", text: {json.dumps(HOSTILE)} }});
        seen.native = text(".hbq-output pre")[0];
        model.tell("_told", {{ number: 4, query: "windows.logons", text: "of another" }});
        seen.still = text(".hbq-output pre")[0];
        close(); seen.left = Object.values(model.heard).flat().length;
        """,
    )
    assert HOSTILE in seen["about"]
    assert (seen["heads"], seen["cells"], seen["notes"]) == ([HOSTILE], [HOSTILE, "WS01"], ["2 rows, complete"])
    assert seen["said"] == f"{HOSTILE}Try again."
    assert seen["native"] == seen["still"] == HOSTILE
    assert seen["left"] == 0
