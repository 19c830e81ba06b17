"""The rows that a finding rests on: what all of them agree in once, what differs as a table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from huntbook.investigation._report.markup import Html, h
from huntbook.investigation._report.words import fold, pairs, table, text
from huntbook.investigation.finding import ProcessRef, RemoteRef

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from huntbook.investigation.finding import Finding

_FIRST = 6  # rows that are seen; the others are folded
_CELL = 90  # characters of a cell that are seen
_COLUMNS = 40
_HEADS = {"_File": "File", "_Line": "Record", "TimeGenerated": "Time, UTC"}
_SOURCE = ("_File", "_Line")
_WIDE = 160  # characters: what is longer on average is no column but a line of its own


def rows(finding: Finding, most: int) -> Html:
    """Write the rows of a finding, at most `most` of them, and say how many there are beyond these."""
    kept = finding.rows[:most]
    if not kept:
        return h("p.none", "No rows are kept with this finding.")
    names = _names(kept)
    differing = [name for name in names if len({_key(row.get(name)) for row in kept}) > 1]
    if set(differing) <= {"_Line"}:  # one event, recorded several times
        differing = []
    known = _known(finding)
    told = [name for name in names if name not in differing and known.get(name) != _written(kept[0].get(name))]
    left = finding.count - len(kept)
    rest = h("p.none", f"{left:,} more rows; the query below finds them all.") if left > 0 else None
    return h("div.rows", _agreed(kept, told), _varying(kept, differing) if differing else None, rest)


def _known(finding: Finding) -> dict[str, str]:
    """What the finding has said already, by the column of the answer that says it again."""
    process, remote = finding.process or ProcessRef(), finding.remote or RemoteRef()
    values = {
        "Host": finding.host,
        "Account": finding.account,
        "ProcessId": process.id,
        "ProcessGuid": process.guid,
        "ProcessPath": process.path,
        "CommandLine": process.command_line,
        "ParentProcessId": process.parent_id,
        "RemoteAddress": remote.address,
        "RemotePort": remote.port,
    }
    return {name: str(value) for name, value in values.items() if value is not None}


def _names(kept: Sequence[Mapping[str, Any]]) -> list[str]:
    """The columns in the order of the answer, where the rows come from last."""
    names = list(dict.fromkeys(name for row in kept for name in row))
    return [name for name in names if name not in _SOURCE][:_COLUMNS] + [name for name in _SOURCE if name in names]


def _agreed(kept: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Html:
    plain = [name for name in names if name not in _SOURCE]
    told = [(_HEADS.get(name, name), text(_written(kept[0].get(name)), head=_WIDE)) for name in plain]
    return pairs([*told, ("From", _source(kept, names))])


def _source(kept: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Html | None:
    """Say which file, and which record of it, the rows come from."""
    if "_File" not in names:
        return None
    lines = list(dict.fromkeys(_written(row.get("_Line")) for row in kept if row.get("_Line") is not None))
    shown = f", {'record' if len(lines) == 1 else 'records'} {', '.join(lines)}" if "_Line" in names and lines else None
    return h("span", text(_written(kept[0].get("_File")), head=_WIDE), h("span.none", shown))


def _varying(kept: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Html:
    heads = [_HEADS.get(name, name) for name in names]
    cells = [[text(_written(row.get(name)), head=_CELL) for name in names] for row in kept]
    first = table(heads, cells[:_FIRST], kind="logs")
    if len(cells) <= _FIRST:
        return first
    return h("div", first, fold(f"{len(cells) - _FIRST} more rows", table(heads, cells[_FIRST:], kind="logs")))


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
