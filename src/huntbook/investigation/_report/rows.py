"""The rows that a finding rests on: what all of them agree in once, what differs as a table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from huntbook.investigation._report.markup import Html, h
from huntbook.investigation._report.words import fold, pairs, table, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from huntbook.investigation.finding import Finding

_FIRST = 6  # rows that are seen; the others are folded
_CELL = 90  # characters of a cell that are seen
_COLUMNS = 40
_SOURCE = ("_File", "_Line")
_WIDE = 160  # characters: what is longer on average is no column but a line of its own


def rows(finding: Finding, most: int) -> Html:
    """Write the rows of a finding, at most `most` of them, and say how many there are beyond these."""
    kept = finding.rows[:most]
    if not kept:
        return h("p.none", "No rows are kept with this finding.")
    names = _names(kept)
    same = {name for name in names if len({_key(row.get(name)) for row in kept}) == 1}
    differing = [name for name in names if name not in same]
    agreed = _agreed(kept[0], [name for name in names if name in same])
    left = finding.count - len(kept)
    rest = h("p.none", f"{left:,} more rows; the query below finds them all.") if left > 0 else None
    return h("div.rows", agreed, _varying(kept, differing) if differing and len(kept) > 1 else _times(kept), rest)


def _names(kept: Sequence[Mapping[str, Any]]) -> list[str]:
    """The columns in the order of the answer, where the rows come from last."""
    names = list(dict.fromkeys(name for row in kept for name in row))
    return [name for name in names if name not in _SOURCE][:_COLUMNS] + [name for name in _SOURCE if name in names]


def _agreed(row: Mapping[str, Any], names: Sequence[str]) -> Html:
    return pairs(
        [(name, text(_written(row.get(name)), head=_WIDE)) for name in names if not name.startswith("_")]
        + _source(row, names)
    )


def _source(row: Mapping[str, Any], names: Sequence[str]) -> list[tuple[str, Html]]:
    """Say which file, and which line of it, the rows come from."""
    if "_File" not in names:
        return []
    line = f", record {_written(row['_Line'])}" if "_Line" in names and row.get("_Line") is not None else ""
    return [("From", h("span", text(_written(row.get("_File")), head=_WIDE), h("span.none", line)))]


def _varying(kept: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Html:
    heads = [{"_File": "File", "_Line": "Record", "TimeGenerated": "Time"}.get(name, name) for name in names]
    cells = [[text(_written(row.get(name)), head=_CELL) for name in names] for row in kept]
    first = table(heads, cells[:_FIRST], kind="logs")
    if len(cells) <= _FIRST:
        return first
    return h("div", first, fold(f"{len(cells) - _FIRST} more rows", table(heads, cells[_FIRST:], kind="logs")))


def _times(kept: Sequence[Mapping[str, Any]]) -> Html:
    return h("p.none", f"{len(kept):,} equal rows.") if len(kept) > 1 else Html()


def _key(value: object) -> str:
    return f"{type(value).__name__} {value}"


def _written(value: object) -> str:
    """Write a cell: times without the letters of ISO 8601, lists and structures as JSON."""
    if value is None:
        return ""
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    written = str(value)
    is_time = len(written) <= 32 and written[10:11] == "T" and written.endswith("+00:00")
    return written.replace("T", " ").removesuffix("+00:00") if is_time else written
