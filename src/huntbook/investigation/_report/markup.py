"""HTML from values: one builder, which escapes whatever it was not told is HTML already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from huntbook.plots._base import escape

_LONGEST = 10_000  # characters of one text; what is longer is cut, with a sign of it
_VOID = frozenset({"input", "br", "hr"})


class Html(str):
    """Text that is HTML: made by `h`, or by a plot. Any other text is escaped where it enters a page."""

    __slots__ = ()


Part = str | int | None | Mapping[str, object] | Iterable["Part"]


def h(kind: str, *parts: Part) -> Html:
    """Write one element.

    Args:
        kind: the element's name and its classes: `"p"`, `"div.card.open"`.
        parts: mappings are attributes (None and False leave one out, True writes its bare name); `Html` goes in as it
            is; other text and numbers are escaped; None is nothing; other iterables are parts in turn.

    Example:
        >>> h("p.note", {"title": '"'}, "a < b")
        '<p class="note" title="&quot;">a &lt; b</p>'
    """
    name, *classes = kind.split(".")
    attributes: dict[str, object] = {"class": " ".join(classes)} if classes else {}
    inner = []
    for part in parts:
        if isinstance(part, Mapping):
            attributes.update(part)
        else:
            inner.append(written(part))
    opening = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    return Html(opening if name in _VOID else f"{opening}{''.join(inner)}</{name}>")


def written(part: Part) -> Html:
    """Write a part: HTML as it is, anything else as text."""
    if part is None:
        return Html()
    if isinstance(part, Html):
        return part
    if isinstance(part, (str, int)):
        return Html(escape(part, limit=_LONGEST))
    return Html("".join(map(written, part)))


def _attribute(name: str, value: object) -> str:
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(value, limit=_LONGEST)}"'
