"""What the report's script does: run in a real browser, told by the page itself through its DOM."""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.investigation.report_samples import finding, tree, triage, write

from huntbook.investigation.finding import Indicator, RemoteRef
from huntbook.plots import _base
from huntbook.query.pack import Severity

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=\"document.body.dataset.hacked='yes'\"></script></style>"


def told(chromium: str, folder: Path, actions: str, *, anchor: str = "") -> dict[str, Any]:
    """Open a report of five findings, run `actions` on it (they fill `seen`), and return what they saw."""
    found = [
        finding(title="Memory was read"),
        finding(title="A shell", host="WS02", techniques=["T1059.001"], query="execution.x"),
        *(finding(title=f"Slight {n}", severity=Severity.LOW, host=f"WS1{n}", query="a.b") for n in range(4)),
        finding(title=HOSTILE, severity=Severity.LOW, host=HOSTILE, account=HOSTILE, remote=RemoteRef(address=HOSTILE)),
    ]
    values = ["http://evil.example/a", "192.0.2.7"]
    listed = [Indicator(kind="url", value=value, count=1, findings=[0]) for value in values]
    script = f"""
        const seen = {{}};
        const all = (choice) => [...document.querySelectorAll(choice)];
        const soon = (wait = 300) => new Promise((done) => setTimeout(done, wait));
        const shown = () => all("details.finding").filter((card) => !card.hidden).map((card) => card.id);
        (async () => {{
            try {{ {actions} }} catch (error) {{ seen.error = String(error); }}
            document.body.dataset.seen = JSON.stringify(seen);
        }})();"""
    with pytest.MonkeyPatch.context() as patched:
        plain = _base.page
        patched.setattr(_base, "page", lambda title, body, style, own: plain(title, body, style, own + script))
        write(folder, triage(found, indicators=listed), tree())
    command = [
        *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--dump-dom"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1280,900"),
        *(f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=20000"),
        (folder / "report.html").as_uri() + anchor,
    ]
    page = subprocess.run(command, capture_output=True, check=True, text=True, timeout=90).stdout
    read = json.loads(html.unescape(re.findall(r'data-seen="([^"]*)"', page)[0]))
    assert isinstance(read, dict)
    assert "error" not in read, read
    return read


FILTERS = """
    await soon();
    const press = (choice) => document.querySelector(choice).click();
    seen.hacked = document.body.dataset.hacked ?? "no";
    seen.images = all("img").length;
    seen.at_first = shown();
    press('button.tactic[data-tactic="Execution"]'); seen.tactic = shown();
    seen.group = all("details.alike").map((group) => group.hidden);
    seen.count = document.getElementById("chosen").textContent;
    press("#reset"); seen.reset = shown();
    press('button.level[data-severity="low"]'); seen.severe = shown();
    press("#reset");
    const host = document.getElementById("host");
    host.value = "ws13"; host.dispatchEvent(new Event("change")); seen.host = shown();
    seen.group_open = document.querySelector("details.alike").open;
    press("#reset");
    const words = document.getElementById("words");
    words.value = "  memory WAS"; words.dispatchEvent(new Event("input")); await soon(); seen.words = shown();
    words.value = "nothing is like that"; words.dispatchEvent(new Event("input")); await soon();
    seen.none = [shown(), !document.getElementById("none-chosen").hidden];
    press("#reset"); press("#unfold");
    seen.unfolded = all("details.finding").every((card) => card.open);
    dispatchEvent(new Event("beforeprint"));
    seen.print = all("details.alike, details.kind").every((fold) => fold.open);
    dispatchEvent(new Event("afterprint"));
    seen.pictures = all("figure canvas, figure .hbp-row").length > 4;
"""


def test_findings_are_filtered_by_tactic_severity_host_and_words(chromium: str, tmp_path: Path) -> None:
    seen = told(chromium, tmp_path, FILTERS)
    everything = [f"f{number}" for number in range(1, 8)]
    assert seen["hacked"] == "no"
    assert seen["images"] == 0
    assert seen["at_first"] == seen["reset"] == everything
    assert seen["tactic"] == ["f2"]
    assert seen["group"] == [True]
    assert seen["count"] == "1 of 7 findings"
    assert seen["severe"] == ["f1", "f2"]
    assert seen["host"] == ["f6"]
    assert seen["group_open"]
    assert seen["words"] == ["f1"]
    assert seen["none"] == [[], True]
    assert seen["unfolded"]
    assert seen["print"]
    assert seen["pictures"]


COPIES = """
    const copied = [];
    Object.defineProperty(navigator, "clipboard", { value: { writeText: async (what) => { copied.push(what); } } });
    for (const button of all("details.kind .buttons button, #f1 .code > button")) button.click();
    await soon();
    seen.copied = copied;
    seen.open = document.getElementById("f5").open;
    seen.visible = document.getElementById("f5").checkVisibility();
"""


def test_a_link_unfolds_its_finding_and_buttons_copy_what_stands_beside_them(chromium: str, tmp_path: Path) -> None:
    seen = told(chromium, tmp_path, COPIES, anchor="#f5")
    assert seen["copied"][0] == "dump.exe -a"
    assert seen["copied"][-2:] == ["http://evil.example/a\n192.0.2.7", "hxxp[://]evil[.]example/a\n192[.]0[.]2[.]7"]
    assert seen["open"]
    assert seen["visible"]
