"""The query browser: what it shows of a menu, and that it asks what was typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.query.test_menu import CLOUD, WINDOWS, Connection

import huntbook as hb
from huntbook.core.result import Completeness, Origin, Result
from huntbook.errors import NotInstalled
from huntbook.query.parameters import Clause
from huntbook.widgets._query_browser.forms import items, values
from huntbook.widgets._query_browser.listing import ROWS, listed, shown
from huntbook.widgets._query_browser.widget import QueryBrowser

PAGE = Path(hb.__file__).parent / "widgets" / "_query_browser" / "page.js"


def result(frame: pl.DataFrame, notes: tuple[str, ...] = ()) -> Result:
    about = Completeness(not notes, notes)
    return Result(frame, Origin("local", "q", "q", "kql", datetime.now(UTC), timedelta(), frame.height, about))


class Answering(Connection):
    def ask(self, *call: Any) -> Result:
        self.calls.append(call)
        return result(pl.DataFrame({"Computer": ["WS01", "<b>"], "n": [1, None]}))


@pytest.fixture
def conn(tmp_path: Path) -> Answering:
    (tmp_path / "windows.yaml").write_text(WINDOWS, encoding="utf-8")
    (tmp_path / "cloud.yaml").write_text(CLOUD, encoding="utf-8")
    return Answering(tmp_path, ["kql"], ["SecurityEvent", "Heartbeat"])


@pytest.fixture
def browser(conn: Answering) -> QueryBrowser:
    return hb.widgets.query_browser(conn, name="logs")


def ask(browser: QueryBrowser, do: str, query: str, **texts: str) -> dict[str, Any]:
    """What the page does when a button is pressed, and what it is told."""
    browser._asked = {"do": do, "query": query, "texts": texts, "number": len(browser._asked)}
    return dict(browser._told)


def test_it_shows_every_query_and_why_some_cannot_be_asked(conn: Answering) -> None:
    found = {one["name"]: one for one in listed(conn.queries)}
    assert list(found) == [
        "cloud.sign_ins",
        "windows.either",
        "windows.hostile",
        "windows.logons",
        "windows.splunk_only",
    ]
    assert found["windows.logons"]["reason"] == ""
    assert found["windows.logons"]["tables"] == ["SecurityEvent", "Heartbeat"]
    assert [one["name"] for one in found["windows.logons"]["parameters"]] == ["host", "ids", "since", "more"]
    assert found["windows.logons"]["parameters"][0]["required"]
    assert "SigninLogs, which is not there" in found["cloud.sign_ins"]["reason"]
    assert found["windows.splunk_only"]["dialect"] == ""


def test_running_asks_with_what_was_typed_and_keeps_the_answer(conn: Answering, browser: QueryBrowser) -> None:
    told = ask(browser, "run", "windows.logons", host="WS01", ids="4624, 4625", last="2d", end="")
    ((query, dialect, read, options),) = conn.calls
    assert (query.full_name, dialect, options.last, options.end) == ("windows.logons", "kql", "2d", None)
    assert read["host"].value == "WS01"
    assert read["ids"].value == [4624, 4625]
    assert told["answer"]["columns"] == ["Computer", "n"]
    assert told["answer"]["rows"] == [["WS01", "1"], ["<b>", ""]]
    assert browser.result is not None
    assert browser.result["Computer"].to_list() == ["WS01", "<b>"]


def test_explaining_asks_nothing(conn: Answering, browser: QueryBrowser) -> None:
    told = ask(browser, "explain", "windows.logons", host='a" | take 0 //', add_query_items="| take 1")
    assert r'Computer has "a\" | take 0 //"' in told["text"]
    assert told["text"].endswith("| take 1")
    assert (conn.calls, browser.result) == ([], None)


@pytest.mark.parametrize(
    ("query", "texts", "error", "hint"),
    [
        ("windows.logons", {}, "windows.logons needs host.", "host: Computer name."),
        ("windows.logons", {"host": "a", "ids": "x"}, "ids: item 0: 'x' is no whole number.", ""),
        ("windows.logons", {"host": "a", "since": "soon"}, "since: The time 'soon' cannot be read.", "Write a datetime"),
        ("cloud.sign_ins", {}, "cloud.sign_ins cannot be asked here: it asks SigninLogs, which is not there.", ""),
        ("windows.splunk_only", {"host": "a"}, "windows.splunk_only cannot be asked here: it is written in spl", ""),
        ("windows.absent", {}, "There is no query in the pack 'windows' 'absent'.", "There are"),
        ("windows", {}, "windows is a pack, not a query.", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(  # noqa: PLR0917 - two fixtures and a case
    conn: Answering, browser: QueryBrowser, query: str, texts: dict[str, str], error: str, hint: str
) -> None:
    told = ask(browser, "run", query, **texts)
    assert error in told["error"]
    assert hint in told["hint"]
    assert conn.calls == []


def test_what_is_no_error_of_ours_reaches_the_log_and_the_page_is_told(browser: QueryBrowser, conn: Answering, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(conn, "ask", broken)
    object.__setattr__(conn.queries._asked, "ask", broken)
    with pytest.raises(ZeroDivisionError):
        ask(browser, "run", "windows.logons", host="a")
    assert "the notebook's log" in browser._told["error"]


def test_looking_again_shows_what_can_be_asked_now(conn: Answering, browser: QueryBrowser) -> None:
    conn.tables = ["SigninLogs"]
    browser.refresh()
    assert [one["name"] for one in browser._queries if not one["reason"]] == ["cloud.sign_ins"]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("host", " a b ", " a b "),
        ("ids", "4624,4625", [4624, 4625]),
        ("ids", "4624\n4625,6\n", [4624, "4625,6"]),
        ("since", " -3d ", "-3d"),
        ("last", " 2d ", "2d"),
    ],
)
def test_texts_stand_for_values(conn: Answering, name: str, text: str, value: Any) -> None:
    assert values(conn.queries.windows.logons, {name: text, "end": "  "}) == {name: value}


def test_query_text_that_is_typed_is_the_asker_s_own(conn: Answering) -> None:
    found = values(conn.queries.windows.logons, {"more": "| take 1"})
    assert isinstance(found["more"], Clause)


def test_items_of_a_list() -> None:
    assert items("a, b,,c") == ["a", "b", "c"]
    assert items("a, b\nc") == ["a, b", "c"]
    assert items(" ") == []


def test_an_answer_is_shown_in_part_and_says_so() -> None:
    told = shown(result(pl.DataFrame({"a": list(range(ROWS + 1))}), ("cut off",)))
    assert len(told["rows"]) == ROWS
    assert "cut off" in told["notes"][0]
    assert f"The first {ROWS} of {ROWS + 1} rows" in told["notes"][1]
    assert shown(result(pl.DataFrame({"a": ["\x1b[2J" + "x" * 1000]})))["rows"][0][0].startswith("\\x1b[2J")


def test_without_anywidget_it_says_what_to_install(conn: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(NotInstalled, match=r'pip install "huntbook\[notebook\]"'):
        hb.widgets.query_browser(conn)


def test_the_page_reads_nothing_as_html_and_loads_nothing() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for never in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "http:",
        "https:",
        "import ",
    ):
        assert never not in text, never
