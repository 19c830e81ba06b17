"""How a table shows itself in a notebook: text at the left, numbers at the right, times with their zone, nothing cut off."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SHORT = 48  # characters that need not be wrapped
_LONGEST = 300
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
        f'<th style="{_STYLES["number" if numeric[place] and told else "short"]}">{escape(name)}</th>'
        for place, name in enumerate(heads)
    )
    body = "".join(f"<tr>{''.join(_cell(*cell) for cell in row)}</tr>" for row in told)
    below = f"<p>{escape(caption)}</p>" if caption else ""
    return (
        f'<div style="overflow-x:auto"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{below}'
    )


def printable(text: str) -> str:
    r"""A line of text that a terminal shows and does not obey.

    Example:
        >>> printable("\x1b[2Jgone?")
        '�[2Jgone?'
    """
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _kind(value: object) -> str:
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _cell(kind: str, text: str) -> str:
    return f'<td style="{_STYLES[kind or ("short" if len(text) <= _SHORT else "long")]}">{escape(text)}</td>'


def _written(value: object) -> str:
    if isinstance(value, datetime):
        parts = "milliseconds" if value.microsecond and value.microsecond % 1000 == 0 else "auto"
        return value.isoformat(sep=" ", timespec=parts).replace("+00:00", "Z")
    text = "" if value is None else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
