"""From bytes to rows: text if they are text, else what is packed in them, else the name of the binary they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.analytics._decode.binary import describe, recognise
from huntbook.analytics._decode.content import Budget, Reading, Trust
from huntbook.analytics._decode.text import read_text, readable_rest
from huntbook.analytics._decode.unpack import Unpacked, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHORTEST_BINARY = 16  # bytes; less than that, if it is no text, says nothing, whatever vouches for it


def read_bytes(data: bytes, trust: Trust, budget: Budget) -> list[Reading]:
    """Read bytes in every way that holds up; an empty list where they are nothing worth a row.

    The `encoding` of each reading starts with the sign that joins it to the step before: `+` for what was decoded
    (`+gzip+utf-8`), `/` for what is only named (`/pe`, `/stopped`, `/damaged`).
    """
    kind = recognise(data)
    if kind is None and (text := read_text(data, trust)):
        return [Reading(f"+{text.encoding}", text.text, is_text=True)]
    if opened := [reading for part in unpack(data, trust, budget) for reading in _inside(part, budget)]:
        return opened
    if kind is not None:
        return [_named(kind, data)]
    if trust is Trust.COMMAND and len(data) >= _SHORTEST_BINARY and data.count(0) * 8 >= len(data):
        rest = readable_rest(data)
        return [Reading("/damaged", rest, is_text=True)] if rest else []
    return [_named("binary", data)] if trust is Trust.CALL and len(data) >= _SHORTEST_BINARY else []


def _named(kind: str, data: bytes) -> Reading:
    return Reading(f"/{kind}", describe(kind, data), is_text=False)


def _inside(part: Unpacked, budget: Budget) -> Iterator[Reading]:
    """Read what came out of a container; one with nothing legible in it is not taken for a container, unless signed."""
    if part.stopped:
        yield Reading(f"+{part.container}/stopped", f"[{part.stopped}]", is_text=False)
        return
    budget.layers -= 1
    trust = Trust.CALL if part.container in ("gzip", "zip") else Trust.GUESS
    for inner in read_bytes(part.data, trust, budget):
        note = f"[member {part.member}] {inner.decoded}" if part.member and not inner.is_text else inner.decoded
        mark = "/damaged" if part.damaged and inner.is_text else ""
        yield Reading(f"+{part.container}{inner.encoding}{mark}", note, inner.is_text)
    budget.layers += 1
