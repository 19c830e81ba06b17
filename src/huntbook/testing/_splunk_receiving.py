"""How a fake Splunk receives events: the HTTP event collector with its codes and acknowledgements, and the receivers.

Codes follow help.splunk.com, "Troubleshoot HTTP Event Collector"; acknowledgements "About HTTP Event Collector Indexer Acknowledgment".
"""

from __future__ import annotations

import gzip
import json
import re
import secrets
import threading
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from huntbook.sources._asking.joined import together
from huntbook.testing.service import Answer, Seen
from huntbook.testing.spl import Index

if TYPE_CHECKING:
    from collections.abc import Iterator

_NO_SPACE: Final = re.compile(r"\S")
_ABOUT: Final = ("host", "source", "sourcetype")
_CODES: Final = {  # code: status, text
    0: (200, "Success"),
    2: (401, "Token is required"),
    4: (403, "Invalid token"),
    5: (400, "No data"),
    6: (400, "Invalid data format"),
    7: (400, "Incorrect index"),
    10: (400, "Data channel is missing"),
    12: (400, "Event field is required"),
    13: (400, "Event field cannot be blank"),
}


class Received:
    """Events that were received become part of the indexes, and can be searched."""

    def __init__(self, indexes: dict[str, Index]) -> None:
        self._indexes = indexes
        self._turn = threading.Lock()
        self.events: list[dict[str, Any]] = []
        """All events that were received, in their order, with `index`, `time`, `host`, `source`, `sourcetype` and `event`."""

    def take(self, events: list[dict[str, Any]]) -> None:
        """Index events."""
        with self._turn:
            self.events += events
            for name in dict.fromkeys(each["index"] for each in events):
                rows = pl.DataFrame([_row(each) for each in events if each["index"] == name], infer_schema_length=None)
                there = self._indexes.get(name)
                known = [] if there is None else [there.frame.drop("__at")]
                self._indexes[name] = Index.of(name, together([*known, rows])[0])


class Collector(Received):
    """The HTTP event collector. `token` is what it takes; `busy` makes it say so for as many requests."""

    def __init__(self, indexes: dict[str, Index]) -> None:
        super().__init__(indexes)
        self.token = secrets.token_urlsafe(24)
        self.allowed_indexes: set[str] | None = None  # None: every index
        self.busy = 0
        self.acknowledges = False  # whether it says later what was indexed
        self.ack_after = 1  # how often one has to ask until what was received is acknowledged
        self._asked: dict[int, int] = {}

    def allowed(self, seen: Seen) -> Answer | None:
        """The refusal of a request without the token."""
        if not seen.token:
            return _code(2)
        return None if seen.token == self.token else _code(4)

    def event(self, seen: Seen) -> Answer:
        """Receive events. What stands before one that cannot be taken is taken."""
        if self.busy:
            self.busy -= 1
            return Answer(503, {"text": "Server is busy", "code": 9})
        if self.acknowledges and not (seen.headers.get("x-splunk-request-channel") or seen.params.get("channel")):
            return _code(10)
        taken: list[dict[str, Any]] = []
        problem = 0
        try:
            for each in _objects(_body(seen)):
                problem = self._problem(each)
                if problem:
                    break
                taken.append({"index": "main", **each})
        except (ValueError, zlib.error, OSError):
            problem = 6
        self.take(taken)
        if problem:
            return _code(problem, {"invalid-event-number": len(taken)})
        return _code(0, self._ack()) if taken else _code(5)

    def _problem(self, event: Any) -> int:
        if not isinstance(event, dict):
            return 6
        if "event" not in event:
            return 12
        if event["event"] == "":
            return 13
        allowed = self.allowed_indexes
        return 7 if allowed is not None and event.get("index", "main") not in allowed else 0

    def _ack(self) -> dict[str, Any]:
        if not self.acknowledges:
            return {}
        with self._turn:
            number = len(self._asked)
            self._asked[number] = 0
        return {"ackId": number}

    def ack(self, seen: Seen) -> Answer:
        """Say which of the requests were indexed."""
        said = {}
        for number in (seen.json or {}).get("acks", []):
            self._asked[number] = self._asked.get(number, 0) + 1
            said[str(number)] = self._asked[number] >= self.ack_after
        return Answer(json={"acks": said})


class Receivers(Received):
    """The receivers for text: `simple` and `stream`; each line is an event here."""

    def simple(self, seen: Seen) -> Answer:
        """Receive a body; what was received is told in bytes."""
        about = self._lines(seen)
        return Answer(json={**about, "bytes": len(seen.body)})

    def stream(self, seen: Seen) -> Answer:
        """Receive a body; nothing is told of it."""
        self._lines(seen)
        return Answer(204)

    def _lines(self, seen: Seen) -> dict[str, Any]:
        about: dict[str, Any] = {"index": seen.params.get("index", "main")}
        about |= {name: seen.params[name] for name in _ABOUT if name in seen.params}
        lines = [line for line in _body(seen).decode().splitlines() if line]
        if lines:
            self.take([{**about, "event": line} for line in lines])
        return about


def _body(seen: Seen) -> bytes:
    return gzip.decompress(seen.body) if seen.headers.get("content-encoding") == "gzip" else seen.body


def _objects(body: bytes) -> Iterator[Any]:
    """JSON objects that stand one behind the other."""
    text, decoder, at = body.decode(), json.JSONDecoder(), 0
    while (begins := _NO_SPACE.search(text, at)) is not None:
        found, at = decoder.raw_decode(text, begins.start())
        yield found


def _row(event: dict[str, Any]) -> dict[str, Any]:
    """An event as a row of an index: the members of what it holds are its fields."""
    inside = event["event"]
    own: dict[str, Any] = inside if isinstance(inside, dict) else {"_raw": str(inside)}
    fields = {name: str(one) for name, one in own.items() if one is not None}
    about: dict[str, Any] = {name: str(event[name]) for name in _ABOUT if name in event}
    time = {"_time": _iso(event["time"])} if "time" in event else {}
    return {**fields, **about, **time}


def _iso(seconds: Any) -> str:
    return datetime.fromtimestamp(round(float(seconds), 6), UTC).isoformat()


def _code(code: int, more: dict[str, Any] | None = None) -> Answer:
    status, text = _CODES[code]
    return Answer(status, {"text": text, "code": code, **(more or {})})
