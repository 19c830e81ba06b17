"""How tables show themselves in a notebook."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from huntbook.core.display import printable, table_html, visible

HOSTILE = "<script>alert(1)</script>\" onclick='x'"


def cells(html: str) -> list[tuple[str, str]]:
    return re.findall(r'<t[dh] style="([^"]*)">(.*?)</t[dh]>', html, re.DOTALL)


def test_text_stands_at_the_left_and_numbers_at_the_right() -> None:
    told = cells(table_html(["name", "n"], [["a", 1], [None, 2.5]]))
    assert [re.findall("text-align:(left|right)", style) for style, _ in told] == [["left"], ["right"]] * 3
    assert [text for _, text in told] == ["name", "n", "a", "1", "", "2.5"]
    mixed = cells(table_html(["n"], [[1], ["x"]]))
    assert "left" in mixed[0][0]


def test_times_have_their_zone_and_no_digits_that_say_nothing() -> None:
    moment = datetime(2026, 3, 1, 9, 0, 0, 250_000, tzinfo=UTC)
    naive = datetime(2026, 3, 1, 9, 0)  # noqa: DTZ001 - a table may hold such
    rows = [[moment], [moment.replace(microsecond=0)], [moment.replace(microsecond=7)], [naive]]
    assert [text for _, text in cells(table_html(["t"], rows))[1:]] == [
        "2026-03-01 09:00:00.250Z",
        "2026-03-01 09:00:00Z",
        "2026-03-01 09:00:00.000007Z",
        "2026-03-01 09:00:00",
    ]


def test_log_content_is_text() -> None:
    html = table_html([HOSTILE], [[HOSTILE]], caption=HOSTILE)
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 3
    assert "onclick='" not in html


def test_a_long_text_is_wrapped_and_a_very_long_one_cut() -> None:
    assert "pre-wrap" in table_html(["a"], [["x " * 40]])
    assert "x" * 299 + "…" in table_html(["a"], [["x" * 400]])


def test_no_rows_are_a_table_as_well() -> None:
    assert [text for _, text in cells(table_html(["a", "b"], []))] == ["a", "b"]


UNSEEN = "\x1b]0;owned\x07\x9b8m\u202egnp.exe\u2066\u200b\xad\U000e0041\r\x00"


def test_what_a_terminal_obeys_and_what_nobody_sees_is_spelled_out() -> None:
    spelled = r"\x1b]0;owned\x07\x9b8m\u202egnp.exe\u2066\u200b\xad\U000e0041\r\x00".replace(r"\r", r"\x0d")
    assert visible(UNSEEN) == spelled
    assert printable(f"{UNSEEN}\n\t") == rf"{spelled}\n\t"
    assert visible("Ångström\u3000日本\xa0🔎\n\t") == "Ångström\u3000日本\xa0🔎\n\t"  # and what can be seen stays


def test_the_direction_of_text_cannot_be_turned_in_a_page() -> None:
    html = table_html([UNSEEN], [[UNSEEN]], caption=UNSEEN)
    assert html.count(r"\u202egnp.exe") == 3
    assert not set(UNSEEN) & set(html) - {*"owned8mgnp.x0];e"}
