from __future__ import annotations

import html
import json
import re
import struct
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huntbook.errors import ParameterError
from huntbook.plots._base import Plot, assets, escape, json_script, page, shown
from huntbook.plots._theme import COLOURS, DARK, LIGHT, SEVERITIES, colour, theme

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "</script><script>alert(1)</script><!-- \u2028 & \x00 \u202egpj.exe \ud800 \"'"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


class Sample(Plot):
    style = ".sample { color: var(--hb-ink) }"
    script = "document.querySelector('.sample').textContent = JSON.parse(document.querySelector('script').textContent);"

    def __init__(self, title: str = "Sample") -> None:
        self.title = title

    def fragment(self) -> str:
        return f'<figure class="hb-plot"><p class="sample"></p>{json_script(self.title)}</figure>'

    def svg(self) -> str:
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="30">'
            f'<text x="2" y="20">{escape(self.title)}</text></svg>'
        )


class Other(Sample):
    style = ".other {}"


def inside(element: str) -> str:
    found = re.fullmatch(r'<script type="application/json">(.*)</script>', element, re.DOTALL)
    assert found is not None
    return found.group(1)


@given(JSON)
def test_json_script_keeps_data_and_is_closed_by_nothing_in_it(data: object) -> None:
    text = inside(json_script(data))
    assert not set(text) & set("<>&\u2028\u2029")
    assert text.isascii()
    assert json.loads(text) == data


def test_json_script_refuses_what_json_has_no_word_for() -> None:
    with pytest.raises(ValueError, match="JSON"):
        json_script(float("nan"))


@given(st.text())
def test_escape_leaves_no_markup_and_nothing_that_xml_forbids(text: str) -> None:
    escaped = escape(text)
    assert not set(escaped) & set("<>\"'")
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", escaped)
    if not re.search("[\x00-\x1f\x7f-\uffff]", text):
        assert html.unescape(escaped) == text


def test_text_that_hides_is_shown() -> None:
    assert shown("invoice\u202egpj.exe\x00") == "invoice\\u202egpj.exe\\x00"
    assert shown(None) == ""
    assert shown("a" * 50, limit=10) == "a" * 9 + "…"


def test_page_allows_one_script_by_its_hash_and_no_network() -> None:
    written = page(HOSTILE, "<p>body</p>", ".a{}", "let a = 1;")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', written)
    assert policy is not None
    assert policy.group(1).startswith("default-src 'none'; script-src 'sha256-")
    assert "http:" not in written
    assert "https:" not in written
    assert written.count("<script") == 1
    assert "script-src 'none'" in page("t", "", "", "")


@pytest.mark.parametrize(("style", "script"), [("", "'</SCRIPT>'"), ("", "'<!--'"), ("</style>", "")])
def test_page_refuses_assets_that_end_too_early(style: str, script: str) -> None:
    with pytest.raises(ValueError, match="must not contain"):
        page("t", "", style, script)


def test_assets_are_collected_once_for_each_kind() -> None:
    style, script = assets([Sample(), Sample("b"), Other()])
    assert style == ".sample { color: var(--hb-ink) }\n.other {}"
    assert script.count("querySelector('.sample')") == 1


def test_save_writes_by_suffix(tmp_path: Path) -> None:
    plot = Sample(HOSTILE)
    assert plot.save(tmp_path / "a.html").read_text(encoding="utf-8") == plot.html()
    assert plot.save(str(tmp_path / "a.SVG")).read_text(encoding="utf-8") == plot.svg()
    image = plot.save(tmp_path / "a.png").read_bytes()
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", image[16:24]) == (240, 60)


@pytest.mark.parametrize("name", ["a.pdf", "a"])
def test_save_refuses_other_suffixes(tmp_path: Path, name: str) -> None:
    with pytest.raises(ParameterError, match=r"\.html, \.svg or \.png"):
        Sample().save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_notebook_gets_a_sandboxed_frame_with_the_whole_page() -> None:
    plot = Sample(HOSTILE)
    bundle = plot._repr_mimebundle_()
    frame = bundle["text/html"]
    assert frame.count("<iframe ") == 1
    assert 'sandbox="allow-scripts"' in frame
    found = re.search(r'srcdoc="([^"]*)"', frame)
    assert found is not None
    assert html.unescape(found.group(1)) == plot.html()
    assert "\u202e" not in bundle["text/plain"]


@pytest.mark.parametrize("theme_colours", [LIGHT, DARK])
def test_colours_that_carry_meaning_can_be_seen(theme_colours: dict[str, str]) -> None:
    graphics = [*SEVERITIES, "accent", "mark", *(colour(number) for number in range(COLOURS))]
    for name in graphics:
        assert contrast(theme_colours[name], theme_colours["bg"]) >= 3, name
    for name in ("ink", "muted", "accent", "mark", *SEVERITIES):  # these are the colours of text as well
        assert contrast(theme_colours[name], theme_colours["panel"]) >= 4.5, name


def test_themes_have_the_same_names() -> None:
    assert LIGHT.keys() == DARK.keys()
    assert all(f"--hb-{name}:{LIGHT[name]}" in theme() and f"--hb-{name}:{DARK[name]}" in theme() for name in LIGHT)


@pytest.mark.browser
def test_hostile_text_is_text_in_a_browser(chromium: str, tmp_path: Path) -> None:
    plot = Sample("</script><img src=x onerror=\"document.title='hacked'\">")
    frame = plot._repr_mimebundle_()["text/html"]
    direct = dump_dom(chromium, plot.save(tmp_path / "a.html"), tmp_path)
    assert '<p class="sample">&lt;/script&gt;&lt;img' in direct
    assert "<title>&lt;/script&gt;" in direct
    framed = tmp_path / "frame.html"
    framed.write_text(f"<!doctype html><title>outer</title>{frame}", encoding="utf-8")
    assert "<title>outer</title>" in dump_dom(chromium, framed, tmp_path)


@pytest.mark.browser
def test_a_script_in_the_body_does_not_run(chromium: str, tmp_path: Path) -> None:
    target = tmp_path / "a.html"
    body = "<p>quiet</p><script>document.querySelector('p').textContent='loud'</script><img src=x onerror=boom()>"
    target.write_text(page("t", body, "", "document.body.dataset.ran = 'ours'"), encoding="utf-8")
    dom = dump_dom(chromium, target, tmp_path)
    assert "<p>quiet</p>" in dom
    assert 'data-ran="ours"' in dom


def dump_dom(chromium: str, path: Path, profile: Path) -> str:
    command = [
        *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        *(f"--user-data-dir={profile / 'profile'}", "--virtual-time-budget=2000", "--dump-dom", path.as_uri()),
    ]
    return subprocess.run(command, capture_output=True, check=True, text=True, timeout=90).stdout


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(code: str) -> float:
    channels = [int(code[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
