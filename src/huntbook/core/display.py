"""How a table shows itself in a notebook: text at the left, numbers at the right, times with their zone, nothing cut off."""

from __future__ import annotations

import re
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SHORT = 48  # characters that need not be wrapped
_LONGEST = 300
# Control characters, lone surrogates, marks that turn the direction of text, and characters that take no room: what an attacker hides a
# name behind ("exe.gpj" shown as "jpg.exe"), and what neither XML nor a reader can take.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f]"
)
# In the cells themselves, because a notebook's own style sheet sets all text to the right and breaks it anywhere.
_LEFT = "text-align:left;vertical-align:top;"
_STYLES = {
    "number": "text-align:right;vertical-align:top;white-space:nowrap",
    "short": f"{_LEFT}white-space:nowrap",
    "long": f"{_LEFT}white-space:pre-wrap;overflow-wrap:break-word;min-width:22em;max-width:48em",
}


def table_html(heads: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str = "") -> str:
    """Write a table as HTML in which every cell is text, whatever a log may hold.

    Args:
        heads: the names of the columns.
        rows: values of any kind; what is longer than 300 characters is cut, with a sign of it.
        caption: below the table, plain text.

    Example:
        >>> "<b>" in table_html(["a"], [["<b>"]])
        False
    """
    told = [[(_kind(value), _written(value)) for value in row] for row in rows]
    numeric = [all(row[place][0] == "number" for row in told if row[place][1]) for place in range(len(heads))]
    head = "".join(
        f'<th style="{_STYLES["number" if numeric[place] and told else "short"]}">{html_text(name)}</th>'
        for place, name in enumerate(heads)
    )
    body = "".join(f"<tr>{''.join(_cell(*cell) for cell in row)}</tr>" for row in told)
    below = f"<p>{html_text(caption)}</p>" if caption else ""
    return (
        f'<div style="overflow-x:auto"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{below}'
    )


def visible(text: str) -> str:
    r"""Text in which a reader sees every character; line feeds and tabs stay.

    What a terminal obeys, what turns the direction of text and what nobody sees is written as Python's escape for it. To isolate it (`<bdi>`)
    would not do: the name itself would still be shown turned round.

    Example:
        >>> visible("invoice\u202excod.exe")
        'invoice\\u202excod.exe'
    """
    return _UNSEEN.sub(_spelled, text)


def printable(text: str) -> str:
    r"""A line of text that a terminal shows and does not obey; see `visible`.

    Example:
        >>> printable("\x1b[2Jgone?\n")
        '\\x1b[2Jgone?\\n'
    """
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def html_text(text: str) -> str:
    """Text for a page, between tags or in a quoted attribute; see `visible`."""
    return escape(visible(text))


def _spelled(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _kind(value: object) -> str:
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _cell(kind: str, text: str) -> str:
    return f'<td style="{_STYLES[kind or ("short" if len(text) <= _SHORT else "long")]}">{html_text(text)}</td>'


def _written(value: object) -> str:
    if isinstance(value, datetime):
        parts = "milliseconds" if value.microsecond and value.microsecond % 1000 == 0 else "auto"
        return value.isoformat(sep=" ", timespec=parts).replace("+00:00", "Z")
    text = "" if value is None else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
