"""Search jobs of a fake Splunk: their states, what they say of themselves, and rows as the REST API writes them.

Shapes follow help.splunk.com, REST API reference, "Search endpoint descriptions".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from huntbook.testing.spl import Refused
from huntbook.testing.spl._values import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from huntbook.core.timespan import TimeSpan
    from huntbook.testing.spl import Event, Search

ENDED: Final = ("DONE", "FAILED")
_ISO: Final = "%Y-%m-%dT%H:%M:%S."


@dataclass
class Job:
    """A search job. Each time that somebody looks at it, it is in the next of its states."""

    sid: str
    text: str
    search: Search
    most: int  # rows that it keeps
    states: list[str]
    messages: list[dict[str, str]] = field(default_factory=list)
    rows: list[Event] = field(default_factory=list)
    total: int = 0  # rows that there would be
    cancelled: bool = False
    finalized: bool = False

    @property
    def state(self) -> str:
        """The state that it is in."""
        return self.states[0]

    @property
    def span(self) -> TimeSpan | None:
        """Of which time it is."""
        return self.search.span

    def run(self) -> None:
        """Run it to its end; what goes wrong makes it a job that failed."""
        if self.search.substituted:
            self.say("INFO", "Your timerange was substituted based on your search string")
        try:
            for row in self.search.rows():
                self.total += 1
                if len(self.rows) < self.most:
                    self.rows.append(row)
        except Refused as refused:
            self.say("FATAL", str(refused))
            self.states = [*self.states[:-1], "FAILED"]

    def say(self, kind: str, message: str) -> None:
        """Add a message to it."""
        self.messages.append({"type": kind, "text": message})

    def looked_at(self) -> dict[str, Any]:
        """What it says of itself; then it moves on."""
        said = self.content()
        if len(self.states) > 1:
            self.states = self.states[1:]
        return said

    def content(self) -> dict[str, Any]:
        """What it says of itself."""
        state, failed = self.state, self.state == "FAILED"
        done = state in ENDED
        found = self.search.found if done else 0
        return {
            "sid": self.sid,
            "dispatchState": state,
            "doneProgress": 1 if done else 0.5 if state == "RUNNING" else 0,
            "isDone": done,
            "isFailed": failed,
            "isFinalized": self.finalized,
            "isPaused": False,
            "isZombie": False,
            "eventCount": found,
            "eventAvailableCount": 0,
            "eventIsStreaming": not self.search.transforming,
            "eventIsTruncated": False,
            "resultCount": len(self.rows) if done else 0,
            "resultIsStreaming": self.search.streaming,
            "scanCount": self.search.scanned if done else 0,
            "runDuration": 0.014,
            "ttl": 600,
            "search": self.text,
            "messages": self.messages if done else [],
        }


def page(job: Job, offset: int, count: int) -> dict[str, Any]:
    """Some rows of a job, as its results are given."""
    shown = job.rows[offset : offset + count]
    names = dict.fromkeys(name for row in job.rows for name in row)
    return {
        "preview": False,
        "init_offset": offset,
        "post_process_count": len(job.rows),
        "messages": job.messages,
        "fields": [{"name": name} for name in names],
        "results": [written(row) for row in shown],
        "highlighted": {},
    }


def written(row: Event, *, exported: bool = False) -> dict[str, Any]:
    """A row in JSON: every value is text, or a list of texts; its time is written in two ways."""
    return {name: _value(name, each, exported=exported) for name, each in row.items()}


def _value(name: str, value: Any, *, exported: bool) -> Any:
    if name == "_time" and isinstance(value, (int, float)):
        moment = datetime.fromtimestamp(round(value, 6), UTC)
        milliseconds = f"{moment.microsecond // 1000:03}"
        if exported:
            return f"{moment:%Y-%m-%d %H:%M:%S}.{milliseconds} UTC"
        return f"{moment:{_ISO}}{milliseconds}+00:00"
    return [text(each) for each in value] if isinstance(value, list) else text(value)


def messages(*said: tuple[str, str]) -> dict[str, Any]:
    """Messages as an error's body has them."""
    return {"messages": [{"type": kind, "text": message} for kind, message in said]}


def feed(entries: Iterable[tuple[str, dict[str, Any]]], total: int | None = None, offset: int = 0) -> dict[str, Any]:
    """Entries as a collection gives them."""
    listed = [
        {"name": name, "id": name, "content": content, "acl": content.get("eai:acl", {})} for name, content in entries
    ]
    paging = {"total": len(listed) if total is None else total, "perPage": 30, "offset": offset}
    return {"entry": listed, "paging": paging, "messages": []}
