"""Small pieces that several sections show: severities, times, long texts, copy buttons, tables, folds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.investigation._report.facts import aware
from huntbook.investigation._report.markup import Html, h
from huntbook.plots._base import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from huntbook.investigation._report.markup import Part
    from huntbook.query.pack import Severity

_LONG = 4_000  # characters of one text in the page; findings.json has the whole
_HEAD = 220  # characters of a long text that are seen before it is unfolded


def severity(level: Severity, count: int | None = None) -> Html:
    """Write a severity as a label in its colour, with a number if one is given."""
    number = None if count is None else h("b", f"{count:,}")
    return h(f"span.sev.{level.value}", number, " " if number else None, level.value)


def moment(time: datetime | None, *, seconds: bool = True) -> Html:
    """Write a time in UTC; the machine-readable form has all its digits."""
    if time is None:
        return h("span.none", "no time")
    utc = aware(time)
    text = utc.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
    return h("time", {"datetime": utc.isoformat()}, text)


def between(first: datetime | None, last: datetime | None) -> Html:
    """Write a span of time; its end without the day if that is the same."""
    if first is None or last is None:
        return moment(first or last)
    start, end = aware(first), aware(last)
    if end.replace(microsecond=0) == start.replace(microsecond=0):
        return moment(start)
    text = end.strftime("%H:%M:%S" if end.date() == start.date() else "%Y-%m-%d %H:%M:%S")
    return h("span.span", moment(start), " to ", h("time", {"datetime": end.isoformat()}, text))


def text(value: object, *, head: int = _HEAD) -> Html:
    """Write what a log says: a long text folded, a very long one cut, which it says."""
    whole = "" if value is None else str(value)
    seen = shown(whole, limit=_LONG)
    if len(whole) <= head + head // 3:  # a fold that hides a few characters is none
        return h("span.log", seen)
    cut = f" … {len(whole) - _LONG:,} characters more in findings.json" if len(whole) > _LONG else None
    summary = h("summary", h("span.log", shown(whole, limit=head)), h("span.more", f"{len(whole):,} characters"))
    return h("details.long", summary, h("span.log.whole", seen), cut and h("span.none", cut))


def code(value: object, *, head: int = _HEAD) -> Html:
    """Write a command, a query or a payload in a fixed-width box that can be copied."""
    return h("div.code", h("div.codetext", text(value, head=head)), copy_button())


def copy_button(label: str = "Copy", form: str = "") -> Html:
    """Write a button that copies the text beside it; without JavaScript it is not seen."""
    return h("button.copy.js", {"type": "button", "data-form": form or None}, label)


def fold(summary: Part, *parts: Part, is_open: bool = False, kind: str = "", key: str = "") -> Html:
    """Write something that unfolds without JavaScript; `kind` adds a class."""
    return h(
        f"details.fold{f'.{kind}' if kind else ''}", {"open": is_open, "id": key or None}, h("summary", summary), *parts
    )


def table(heads: Sequence[str], rows: Sequence[Sequence[Part]], *, numeric: Sequence[int] = (), kind: str = "") -> Html:
    """Write a table; the columns whose positions are in `numeric` are set to the right."""
    head = h("thead", h("tr", (_cell("th", number, name, numeric) for number, name in enumerate(heads))))
    body = h("tbody", (h("tr", (_cell("td", n, part, numeric) for n, part in enumerate(row))) for row in rows))
    return h("div.scroll", h(f"table{f'.{kind}' if kind else ''}", head, body))


def _cell(kind: str, number: int, part: Part, numeric: Sequence[int]) -> Html:
    return h(f"{kind}.num" if number in numeric else kind, {"scope": "col" if kind == "th" else None}, part)


def pairs(items: Sequence[tuple[str, Part]]) -> Html:
    """Write names and values below one another; those without a value are left out."""
    return h("dl.pairs", ((h("dt", name), h("dd", part)) for name, part in items if part))


def section(key: str, title: str, *parts: Part, note: Part = None) -> Html:
    """Write a section of the report, with the anchor that the navigation leads to."""
    return h("section", {"id": key}, h("h2", title, note and h("span.count", note)), *parts)
