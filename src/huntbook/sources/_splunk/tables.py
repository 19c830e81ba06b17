"""What there is in a Splunk: its indexes and the kinds of events, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from huntbook.query.dialects import dialects
from huntbook.sources._base import TableInfo
from huntbook.sources._splunk.text import INDEX, SOURCETYPE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Both are answered from what Splunk knows of its buckets: no event is read.
EVENTCOUNT: Final = "| eventcount summarize=false index=* index=_*"
SOURCETYPES: Final = "| metadata type=sourcetypes index=* index=_*"


def tables(counts: Iterable[Mapping[str, Any]], kinds: Iterable[Mapping[str, Any]]) -> list[TableInfo]:
    """Tables of what the two searches found; an index may be on several indexers."""
    events: dict[str, int] = {}
    for row in counts:
        name = str(row.get("index", ""))
        events[name] = events.get(name, 0) + _count(row.get("count"))
    found = [TableInfo(name, (), about="an index", rows=count) for name, count in sorted(events.items())]
    named = sorted(kinds, key=lambda row: str(row.get("sourcetype", "")))
    return found + [_kind(row) for row in named if row.get("sourcetype")]


def _kind(row: Mapping[str, Any]) -> TableInfo:
    return TableInfo(
        f"{SOURCETYPE}{row['sourcetype']}",
        (),
        about="a kind of events",
        rows=_count(row.get("totalCount")),
        start=row.get("firstTime"),
        end=row.get("lastTime"),
    )


def any_event(table: str) -> str:
    """The search that counts the events of an index, of a kind, or of the indexes that a wildcard stands for."""
    if table.startswith(INDEX):
        return f"| tstats count where {table}"
    field, name = ("sourcetype", table.removeprefix(SOURCETYPE)) if table.startswith(SOURCETYPE) else ("index", table)
    every = "" if field == "index" else "(index=* OR index=_*) "
    return f"| tstats count where {every}{field}={dialects['spl'].literal(name)}"


def _count(value: object) -> int:
    return int(value) if isinstance(value, (int, float)) or (isinstance(value, str) and value.isdecimal()) else 0
