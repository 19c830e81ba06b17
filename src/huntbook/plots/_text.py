"""Text from logs on its way into a picture: made visible, made short, and escaped, each in one place."""

from __future__ import annotations

import html
import json

from huntbook.core.display import visible


def shown(value: object, *, limit: int = 400) -> str:
    r"""Write a value so that a reader sees every character of it, and at most `limit` of them.

    Control and bidirectional characters appear as the escapes that Python writes for them. Line feeds and tabs stay.

    Example:
        >>> shown("invoice\u202excod.exe")
        'invoice\\u202excod.exe'
    """
    text = "" if value is None else str(value)
    # Cut before the search, which makes a long value cost no more than a short one.
    cut = text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"
    return visible(cut)


def escape(value: object, *, limit: int = 10_000) -> str:
    """Escape a value for HTML and SVG, as text between tags or inside a quoted attribute; see also `shown`."""
    return html.escape(shown(value, limit=limit), quote=True)


def clipped(element: str, place: tuple[float, float], room: float) -> str:
    """Keep a text of an SVG within its room, where letters are of a width that nobody knows: CJK, emoji, Arabic.

    Args:
        element: that draws the text, its left end and its baseline at `place`.
        place: x and y in the whole picture.
        room: in pixels.
    """
    x, top = place[0], place[1] - 20
    box = f'x="{x:.1f}" y="{top:.1f}" width="{room:.1f}" height="30" viewBox="{x:.1f} {top:.1f} {room:.1f} 30"'
    return f"<svg {box}>{element}</svg>"


def json_script(data: object) -> str:
    r"""Put JSON data into a page, as a script element that never runs and that no content can close.

    `<`, `>` and `&` are written as escapes of JSON, and so is everything outside ASCII (U+2028 and U+2029 with it).
    JavaScript reads it with `JSON.parse(element.textContent)`.

    Raises:
        ValueError: if the data holds NaN or an infinite number, which JSON has no word for.
        TypeError: if the data holds what JSON has no form for.
    """
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f'<script type="application/json">{text}</script>'
