"""One look for every plot and page: the colours, light and dark, and the style sheet that is made of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

SEVERITIES = ("high", "medium", "low", "informational")

# Every colour that carries meaning has at least 3:1 against the background of its theme, 4.5:1 where text is written in
# it, and neighbours differ in lightness as well as in hue, so that they can be told apart with any kind of colour vision
# and in a grey print.
LIGHT = {
    "bg": "#ffffff",
    "panel": "#f5f7f9",
    "ink": "#17202a",
    "muted": "#566270",
    "line": "#c9d1d9",
    "grid": "#e6eaee",
    "accent": "#0b5cad",
    "select": "#0b5cad2e",
    "mark": "#7a1fa2",
    "high": "#a8071a",
    "medium": "#ad5700",
    "low": "#2873a1",
    "informational": "#1e7d66",
    "c0": "#1f63b4",
    "c1": "#cf5600",
    "c2": "#0f8f6d",
    "c3": "#a02c7d",
    "c4": "#8f7400",
    "c5": "#3a9bc4",
    "c6": "#7a4a24",
    "c7": "#66717f",
}
DARK = {
    "bg": "#14191f",
    "panel": "#1c232b",
    "ink": "#e8edf2",
    "muted": "#a2adb9",
    "line": "#3a4550",
    "grid": "#262e37",
    "accent": "#6cb2ff",
    "select": "#6cb2ff2e",
    "mark": "#d7a2f2",
    "high": "#ff7b72",
    "medium": "#f2a541",
    "low": "#6fb7e6",
    "informational": "#5cc9ad",
    "c0": "#6ea8f0",
    "c1": "#f58f4c",
    "c2": "#3fcaa2",
    "c3": "#e78acb",
    "c4": "#dcc04a",
    "c5": "#8bd6f2",
    "c6": "#c69873",
    "c7": "#a9b4c2",
}
COLOURS = 8  # c0 … c7: categories take them in turn
FONT = "system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif"
MONO = "ui-monospace, 'Cascadia Mono', Consolas, 'Liberation Mono', monospace"


def colour(number: int) -> str:
    """Name the colour of the category with this number, as it is called in `LIGHT` and `DARK`."""
    return f"c{number % COLOURS}"


@cache
def theme() -> str:
    """Write the style sheet that every page has: the colours as variables `--hb-…`, and the plain elements."""
    rules = Path(__file__).with_name("_theme.css").read_text(encoding="utf-8")
    fonts = f"--hb-font:{FONT};--hb-mono:{MONO};"
    return (
        f":root{{color-scheme:light dark;{fonts}{_variables(LIGHT)}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}\n"
        f"@media print{{:root{{color-scheme:light;{_variables(LIGHT)}}}}}\n{rules}"
    )


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--hb-{name}:{value};" for name, value in colours.items())
