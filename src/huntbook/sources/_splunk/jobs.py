"""A search as a job of Splunk's: begun, waited for, read page by page, and always let go of.

A job has an id that is made here. So it can be cancelled even where the answer to its beginning was lost, and a search is never left running.

Source: help.splunk.com, REST API reference, "Search endpoint descriptions": search/jobs, search/v2/jobs/{search_id}, its results and its control.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from pydantic_core import from_json

from huntbook.core import http
from huntbook.core.json_rows import Around, Rows, json_rows
from huntbook.errors import ServiceError
from huntbook.sources._splunk.replies import FAILED, Absent, failure, flag, messages, too_slow

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from datetime import datetime

    from huntbook.core.http import Reply
    from huntbook.core.timespan import TimeSpan
    from huntbook.sources._base import Tell
    from huntbook.sources._splunk.session import Session, SplunkSettings

PAGE: Final = 50_000  # rows that come at once (maxresultrows), unless Splunk's limits are changed
_UNWATCHED: Final = 300  # seconds after which Splunk itself cancels a search that nobody looks at
_LAST_WORD: Final = 3.0  # seconds to cancel a search in
_WAITS: Final = (0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.3)  # seconds between two looks at a job
_LONGEST_WAIT: Final = 2.0


@dataclass
class Page:
    """Some rows of a job, and the names of all its fields."""

    rows: list[dict[str, Any]]
    fields: list[str]


@dataclass
class SearchJob:
    """A search, from its beginning to its end. Whoever begins it leaves it, whatever happens between."""

    session: Session
    settings: SplunkSettings
    search: str  # as it is sent
    span: TimeSpan | None
    query: str  # as it was written, for errors
    version: int = 2  # of the search endpoints
    sid: str = ""
    content: dict[str, Any] = field(default_factory=dict)  # what the job says of itself
    said: list[tuple[str, str]] = field(default_factory=list)  # messages of the job and of its results

    @property
    def jobs(self) -> str:
        """The address of all jobs."""
        return self.settings.path("search/v2/jobs" if self.version == 2 else "search/jobs")

    @property
    def _job(self) -> str:
        return f"{self.jobs}/{self.sid}"

    def form(self) -> dict[str, Any]:
        """What a search is begun with. The end of its time is not part of it, as the REST API has it."""
        self.sid = f"huntbook_{uuid4().hex}"
        times = {}
        if self.span is not None:
            times = {"earliest_time": epoch(self.span.start), "latest_time": epoch(self.span.end)}
        return {
            "search": self.search,
            "id": self.sid,
            "output_mode": "json",
            "rf": "*",  # all fields of the events, not only those that the search names
            "timeout": self.settings.ttl,
            "auto_cancel": _UNWATCHED,
            **times,
        }

    async def begin(self) -> None:
        """Begin the search. If that is not answered, what may have begun is cancelled, and it is begun anew.

        Raises:
            ServiceError: or one of its kinds, if it cannot be.
        """
        attempt, waited = 0, 0.0
        while True:
            attempt += 1
            form = {**self.form(), "exec_mode": "normal", "max_count": self.settings.max_rows, "status_buckets": 0}
            try:
                reply = await self.session.http.send("POST", self.jobs, form=form, query=self.query, repeatable=False)
                said = reply.json()
                self.sid = said["sid"] if isinstance(said, dict) and isinstance(said.get("sid"), str) else self.sid
            except ServiceError as error:
                if not error.uncertain:
                    self.sid = ""
                    if self.older(error):
                        continue
                    raise
                delay = http.PATIENCE.wait(attempt, None, waited)
                await self.leave()
                if delay is None:
                    raise
                waited += delay
                await asyncio.sleep(delay)
            else:
                return

    def older(self, error: ServiceError) -> bool:
        """Whether it may be Splunk before 9.0, which has the first version of the endpoints alone; that is then used."""
        found = isinstance(error, Absent) and self.version == 2
        self.version = 1 if found else self.version
        return found

    async def end(self, tell: Tell) -> None:
        """Wait for the end of the search, and tell how far it is.

        Raises:
            QueryTimeout: if it takes longer than the settings allow.
            ServiceError: or one of its kinds, if it fails.
        """
        clock = asyncio.get_running_loop().time
        latest = clock() + self.settings.timeout
        for wait in chain(_WAITS, repeat(_LONGEST_WAIT)):
            found = await self.session.document(self._job, query=self.query)
            self.content = _content(found) or self.content
            state = str(self.content.get("dispatchState", "QUEUED"))
            if state in FAILED or flag(self.content, "isFailed") or flag(self.content, "isZombie"):
                raise failure(self.content, self.query, self.session.service)
            if state == "DONE" or flag(self.content, "isDone"):
                self.said += messages(self.content.get("messages"))
                return
            tell(_share(self.content), f"{state.lower()}, {self.content.get('scanCount', 0)} events scanned")
            if clock() + wait > latest:
                raise too_slow(self.settings.timeout, self.query, self.session.service)
            await asyncio.sleep(wait)

    async def pages(self) -> AsyncGenerator[Page, None]:
        """The rows, some thousands at a time."""
        offset, there = 0, True
        while there:
            count = min(PAGE, self.settings.max_rows - offset)
            asked: dict[str, str | int] = {"output_mode": "json", "count": count, "offset": offset}
            reply = await self.session.http.send("GET", f"{self._job}/results", params=asked, query=self.query)
            before = offset
            for page in self._read(reply):
                offset += len(page.rows)
                yield page
            total = self.content.get("resultCount")
            most = min(total, self.settings.max_rows) if isinstance(total, int) else self.settings.max_rows
            there = before < offset < most

    def _read(self, reply: Reply) -> Iterator[Page]:
        """One page, which may be large, in parts."""
        around = b""
        fields: list[str] = []
        if reply.status == 204 or not reply.size:
            return
        try:
            for part in json_rows(reply.chunks(), "results"):
                if isinstance(part, Around):
                    around += part.text
                    fields = fields or _fields(part.text)
                elif isinstance(part, Rows):
                    yield Page([row for row in part.rows if isinstance(row, dict)], fields)
            document = from_json(around)
        except ValueError as error:
            raise reply.malformed(str(error)) from error
        if not isinstance(document, dict) or "results" not in document:
            raise reply.malformed("it has no results")
        self.said += [each for each in messages(document.get("messages")) if each not in self.said]

    async def leave(self) -> None:
        """Cancel the search, or let go of what it found: Splunk keeps neither.

        There is a moment for it and no more. What is not cancelled then ends by itself, since nobody looks at it any longer.
        """
        sid, self.sid = self.sid, ""
        if not sid:
            return
        url = f"{self.jobs}/{sid}/control"
        try:
            async with asyncio.timeout(_LAST_WORD):
                await self.session.http.send("POST", url, form={"action": "cancel", "output_mode": "json"})
        except (ServiceError, TimeoutError):
            return


def epoch(moment: datetime) -> str:
    """A time in seconds since 1970, exact to the microsecond."""
    micros = round(moment.replace(microsecond=0).timestamp()) * 1_000_000 + moment.microsecond
    return f"{Decimal(micros).scaleb(-6):f}"


def _content(document: dict[str, Any]) -> dict[str, Any]:
    """What the one entry of a document holds."""
    entries = document.get("entry")
    first = entries[0] if isinstance(entries, list) and entries else None
    content = first.get("content") if isinstance(first, dict) else None
    return content if isinstance(content, dict) else {}


def _share(content: dict[str, Any]) -> float:
    done = content.get("doneProgress", 0)
    return min(max(float(done), 0.0), 1.0) if isinstance(done, (int, float)) else 0.0


def _fields(before: bytes) -> list[str]:
    """The names of the fields, which stand before the rows: `{"fields":[{"name":"_time"}],"results":[`."""
    try:
        document = from_json(before, allow_partial=True)
    except ValueError:
        return []
    listed = document.get("fields") if isinstance(document, dict) else None
    return [str(each["name"]) for each in listed or () if isinstance(each, dict) and "name" in each]
