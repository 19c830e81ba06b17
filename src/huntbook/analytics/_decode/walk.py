"""Looking into a cell, into what was found there, into what was found in that, as deep as is allowed."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from huntbook.analytics._decode.base64_runs import find_base64
from huntbook.analytics._decode.charcodes import find_charcodes
from huntbook.analytics._decode.content import Budget, Hit
from huntbook.analytics._decode.flat import Flat, flatten
from huntbook.analytics._decode.hex_runs import find_hex

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHORTEST_GAP = 18  # letters: `\\x41` four times and a little; nothing encoded is shorter


class Decoded(NamedTuple):
    """One encoded run of a cell, or of a text found in it: a row of the answer."""

    depth: int
    encoding: str
    encoded: str
    decoded: str


def decode_cell(text: str, max_depth: int, max_bytes: int) -> list[Decoded]:
    """Decode everything in one cell; what was found inside something follows it."""
    found: list[Decoded] = []
    _walk(text, 1, max_depth, Budget(max_bytes, max_depth), found)
    return found


def _walk(text: str, depth: int, max_depth: int, budget: Budget, found: list[Decoded]) -> None:
    flat = flatten(text)
    for hit in _hits(flat, budget):
        encoded = flat.as_written(hit.start, hit.end)
        for reading in hit.readings:
            if not budget.take(len(reading.decoded)):
                found.append(Decoded(depth, f"{hit.form}/stopped", encoded, _over(budget)))
                return
            found.append(Decoded(depth, hit.form + reading.encoding, encoded, reading.decoded))
            if reading.is_text and depth < max_depth:
                _walk(reading.decoded, depth + 1, max_depth, budget, found)


def _over(budget: Budget) -> str:
    return f"[stopped: this cell decodes to more than {budget.left + budget.spent} bytes]"


def _hits(flat: Flat, budget: Budget) -> list[Hit]:
    """Return what is found in reading order; base64 first, the other forms in what lies between."""
    runs = _without_overlaps(find_base64(flat, budget))
    others: list[Hit] = []
    last = 0
    for start, end in [(hit.start, hit.end) for hit in runs] + [(len(flat.text), 0)]:
        if start - last >= _SHORTEST_GAP:
            others += _between(flat.text[last:start], flat.low[last:start], last, budget)
        last = end
    return _without_overlaps(runs + others) if others else runs


def _between(text: str, low: str, offset: int, budget: Budget) -> Iterator[Hit]:
    for hit in chain(find_charcodes(text, low), find_hex(text, low, budget)):
        yield hit._replace(start=hit.start + offset, end=hit.end + offset)


def _without_overlaps(hits: list[Hit]) -> list[Hit]:
    """Use each stretch of the text once: what starts first, then what is longest, then what was found first."""
    if len(hits) < 2:
        return hits
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if not kept or hit.start >= kept[-1].end:
            kept.append(hit)
    return kept
