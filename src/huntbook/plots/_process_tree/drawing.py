"""The process tree as a static SVG, in the light theme: the rows that the page shows at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.plots._process_tree.picture import LINE, written
from huntbook.plots._text import clipped, escape, shown
from huntbook.plots._theme import FONT, LIGHT, MONO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from huntbook.plots._process_tree.picture import Picture

WIDTH = 1280
MOST = 100  # rows of a still picture; the page has all of them
_MARGIN, _TOP, _STEP, _DEEPEST = 16, 74, 14, 15
_SMALL, _WIDE, _FIXED = 6.1, 7.0, 7.25  # pixels of a letter: plain, bold and of fixed width
_SIGNS = {"high": "▲", "medium": "◆", "low": "●", "informational": "○"}


def draw(picture: Picture) -> str:
    """Draw the rows as an SVG document, `WIDTH` pixels wide."""
    visible, hidden = picture.first.visible[:MOST], picture.first.hidden
    left = len(picture.first.visible) - len(visible)
    only = f"Only the branches with marks: {len(picture.first.visible):,} of {len(picture.nodes.depth):,} rows."
    said = [f"and {left:,} more rows" if left else "", only if picture.marked else "", *picture.notes]
    words = [line for line in said if line]
    height = _TOP + LINE * (max(len(visible), 1) + 1) + 18 * len(words) + _MARGIN
    foot = _TOP + LINE * (max(len(visible), 1) + 1) + 12
    size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{escape(FONT)}" font-size="12.5">',
            f'<rect width="{WIDTH}" height="{height}" fill="{LIGHT["bg"]}"/>',
            _text(_MARGIN, 30, picture.title, room=WIDTH - 2 * _MARGIN, size=16, weight=600),
            *_heads(picture),
            *(part for place, row in enumerate(visible) for part in _row(picture, row, place, hidden[place])),
            _text(_MARGIN + 10, _TOP + LINE, "No process.", shade="muted") if not visible else "",
            *(_text(_MARGIN, foot + 18 * n, line, shade="muted", room=WIDTH) for n, line in enumerate(words)),
            "</svg>",
        ]
    )


def _columns(picture: Picture) -> list[tuple[str, int, int]]:
    """The heading, the left edge and the width of each column."""
    started = (f"{picture.day} UTC", 104) if picture.day else ("Started, UTC", 138)
    marked = bool(picture.nodes.marked)
    widths = [("Process", 330), ("PID", 56), started, ("User", 140), ("Command line", 0)]
    widths += [("Why it is marked", 230)] if marked else []
    spare = WIDTH - 2 * _MARGIN - 10 - sum(width + 10 for _, width in widths)
    columns, edge = [], _MARGIN + 10
    for name, width in widths:
        columns.append((name, edge, width or spare))
        edge += (width or spare) + 10
    return columns


def _heads(picture: Picture) -> Iterator[str]:
    yield _box(_MARGIN, _TOP - LINE, WIDTH - 2 * _MARGIN, LINE, "panel")
    for name, edge, width in _columns(picture):
        at, anchor = (edge + width, "end") if name == "PID" else (edge, "start")
        yield _text(at, _TOP - 8, name, shade="muted", size=12, anchor=anchor)


def _row(picture: Picture, row: int, place: int, hidden: int) -> Iterator[str]:
    nodes, base = picture.nodes, _TOP + LINE * place + 17
    cells = nodes.frame.row(row, named=True)
    columns = _columns(picture)
    if nodes.is_host[row]:
        yield _box(_MARGIN, base - 17, WIDTH - 2 * _MARGIN, LINE, "panel")
    yield from _stem(picture, row, base, hidden)
    if nodes.is_host[row]:
        return
    time = written(cells["time"])
    command = cells["command_line"] or ("not recorded" if cells["inferred"] else "")
    faint = bool(cells["inferred"] and not cells["command_line"])
    yield _text(columns[1][1] + columns[1][2], base, _said(cells["pid"]), shade="muted", anchor="end")
    yield _text(columns[2][1], base, time[11:] if picture.day else time[:19], shade="muted")
    yield _text(columns[3][1], base, _account(cells["user"]), room=columns[3][2])
    yield _text(
        columns[4][1],
        base,
        command,
        room=columns[4][2],
        mono=not faint,
        italic=faint,
        shade="muted" if faint else "ink",
    )
    if row in picture.marked:
        yield from _why(picture, row, base, columns[-1])


def _stem(picture: Picture, row: int, base: int, hidden: int) -> Iterator[str]:
    nodes = picture.nodes
    depth = min(nodes.depth[row], _DEEPEST)
    left = _MARGIN + 7
    for level in range(depth):
        x = left + level * _STEP + 6.5
        yield f'<path d="M{x} {base - 17}v{LINE}" stroke="{LIGHT["line"]}"/>'
    if depth < nodes.depth[row]:  # deeper than there is room for: in figures, on the lines
        yield _text(left, base, f"{nodes.depth[row]}", shade="muted", size=9)
    below = nodes.end[row] - row - 1
    opened = row in picture.opened
    x = left + depth * _STEP + 5.0
    if below:
        yield _text(x, base, "▾" if opened else "▸", shade="muted")
    x += 19
    cells = nodes.frame.row(row, named=True)
    heavy = nodes.is_host[row] or row in picture.marked
    edge = WIDTH - 300 if nodes.is_host[row] else _columns(picture)[1][1] - 10
    name = shown((cells["host"] or "no host recorded") if nodes.is_host[row] else file_name(cells["image"]), limit=200)
    extra = _below(nodes.is_host[row], below, hidden, opened=opened)
    room = edge - x - _SMALL * len(extra)
    wide = min(_width(name) * (1.08 if heavy else 1), room)
    yield _text(x, base, name, room=room, weight=600 if heavy else 400, italic=bool(cells["inferred"]))
    if cells["inferred"]:
        yield f'<path d="M{x} {base + 3.5}h{wide:.0f}" stroke="{LIGHT["muted"]}" stroke-dasharray="3 2"/>'
    yield _text(x + wide + 8, base, extra, shade="muted", size=11, room=400)


def _width(text: str) -> float:
    """Estimate how wide a text is drawn, closely enough to write the next one beside it."""
    return sum(
        3.4 if letter in "iljtf.,:'|! " else 9.0 if letter.isupper() or letter in "mw@%" else 6.8 for letter in text
    )


def _below(is_host: bool, below: int, hidden: int, *, opened: bool) -> str:
    if is_host:
        return f"{below:,} process{'' if below == 1 else 'es'}" + (
            f" · {hidden:,} branches not shown" if hidden else ""
        )
    if hidden:
        return f"{hidden:,} more"
    return f"+{below:,}" if below and not opened else ""


def _why(picture: Picture, row: int, base: int, column: tuple[str, int, int]) -> Iterator[str]:
    marks = picture.nodes.marks[picture.nodes.frame["process_key"][row]]
    more = f" (+{len(marks) - 1})" if len(marks) > 1 else ""
    severity = marks[0].severity
    yield f'<rect x="{_MARGIN}" y="{base - 17}" width="3" height="{LINE}" fill="{LIGHT[severity]}"/>'
    yield _text(column[1], base, _SIGNS[severity], shade=severity)
    yield _text(column[1] + 16, base, marks[0].text + more, room=column[2] - 16)


def file_name(image: str | None) -> str:
    """Give the last part of a path of Windows or Linux."""
    path = (image or "").rstrip("\\/")
    return path[max(path.rfind("\\"), path.rfind("/")) + 1 :] or "unknown image"


def _account(user: str | None) -> str:
    """Give the name without its domain, which the details have."""
    return (user or "").rpartition("\\")[2] or user or ""


def _said(value: object) -> str:
    return "" if value is None else str(value)


def _box(x: float, y: float, wide: float, high: float, shade: str) -> str:
    return f'<rect x="{x}" y="{y}" width="{wide}" height="{high}" fill="{LIGHT[shade]}"/>'


def _text(
    x: float,
    y: float,
    text: str,
    *,
    room: float = 200,
    shade: str = "ink",
    size: float = 12.5,
    weight: int = 400,
    anchor: str = "start",
    italic: bool = False,
    mono: bool = False,
) -> str:
    most = max(int(room / (_FIXED if mono else (_WIDE if weight >= 600 else _SMALL) * size / 12.5)), 1)
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    style = (' font-style="italic"' if italic else "") + (
        f' font-family="{escape(MONO)}" font-size="12"' if mono else f' font-size="{size}"'
    )
    written = (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{LIGHT[shade]}" font-weight="{weight}" text-anchor="{anchor}"'
        f'{style} xml:space="preserve">{escape(short)}</text>'
    )
    plain = shown(text, limit=len(text)).isascii()  # as it is drawn, before a sign that it was cut
    return written if anchor != "start" or plain else clipped(written, (x, y), room)
