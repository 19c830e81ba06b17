"""Splunk: asked in SPL over its REST API, as search jobs, and as an export where the answer is larger than memory."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any, ClassVar

from huntbook.core.result import Completeness
from huntbook.sources._base import Batch, Driver, Question, TableInfo
from huntbook.sources._splunk.export import Export
from huntbook.sources._splunk.jobs import SearchJob
from huntbook.sources._splunk.replies import completeness
from huntbook.sources._splunk.rows import BOOKS, Rows, zone_needed
from huntbook.sources._splunk.saved import FIRED, SAVED, fired_alerts, saved_searches
from huntbook.sources._splunk.session import Session, SplunkSettings
from huntbook.sources._splunk.tables import EVENTCOUNT, SOURCETYPES, any_event, tables
from huntbook.sources._splunk.text import native, numbers, read_from, times

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Mapping

    from huntbook.core.timespan import TimeSpan
    from huntbook.query.own import OwnPack
    from huntbook.sources._upload.sending import Receiver


class Splunk(Driver):
    """A Splunk, Enterprise or Cloud.

    Example:
        splunk = hb.connect("splunk", host="splunk.contoso.com", token="keyring:splunk")
        splunk.query("index=wineventlog EventCode=4625 | stats count BY user", last="1d")

    Needs a role that may search the indexes (`srchIndexesAllowed`), and a token of Splunk's or a user with a password. `upload` needs the token of an
    event collector, or the capability `edit_tcp` for the receivers.
    """

    dialect: ClassVar[str] = "spl"
    at_once: int = 3  # searches that a user's role may run at a time, as Splunk comes (srchJobsQuota)
    label: ClassVar[str] = "Splunk"
    own_packs: ClassVar[tuple[str, ...]] = (SAVED, FIRED)

    class Settings(SplunkSettings):
        """What `hb.connect("splunk", …)` takes."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._session = Session(settings, self.label)
        self._version = 2  # of the search endpoints
        self._zone: str | None = None

    @property
    def name(self) -> str:
        """Splunk, its host, and the app where one is set."""
        return f"Splunk {self.settings.host}{f', app {self.settings.app}' if self.settings.app else ''}"

    @property
    def identity(self) -> str:
        """Who asks matters as well: roles see different indexes."""
        settings = self.settings
        signs = settings.token or settings.session_key
        who = settings.user or (signs.holder if signs is not None else "")
        return f"{settings.url} {settings.app} {settings.owner} {who} {settings.internal} {settings.max_rows}"

    def explain(self, question: Question) -> str:
        """The search as it is sent."""
        return native(question.text)

    async def fetch(self, question: Question) -> AsyncGenerator[Batch, None]:
        """Ask by a search job: its end is waited for, then its rows are read page by page."""
        job = self._search(question)
        made = self._rows(question.text)
        rows = 0
        try:
            await job.begin()
            self._version = job.version
            await job.end(question.tell)
            async with aclosing(job.pages()) as pages:
                async for page in pages:
                    rows += len(page.rows)
                    yield Batch(made.frame(page.rows, page.fields))
            most = self.settings.max_rows
            told = completeness(job.content, job.said, rows, most=most, text=question.text)
            yield Batch(made.frame([]), Completeness.together([told, Completeness(notes=tuple(made.notes))]))
        finally:
            await job.leave()

    async def stream(self, question: Question) -> AsyncGenerator[Batch, None]:
        """Ask by an export: rows come as they are found, however many there are; Splunk keeps none of them."""
        job = self._search(question)
        made = self._rows(question.text)
        export = Export(job)
        try:
            async with aclosing(export.rows()) as found:
                async for rows in found:
                    self._version = job.version
                    if zone_needed(rows):
                        made.zone = await self._own_zone()
                    yield Batch(made.frame(rows))
            yield Batch(
                made.frame([]), Completeness.together([export.completeness, Completeness(notes=tuple(made.notes))])
            )
        finally:
            await job.leave()

    def _search(self, question: Question) -> SearchJob:
        return SearchJob(
            self._session, self.settings, native(question.text), question.span, question.text, self._version
        )

    def _rows(self, text: str) -> Rows:
        hidden = frozenset() if self.settings.internal else {name for name in BOOKS if name not in text}
        return Rows(numbers(text), times(text), hidden)

    async def _own_zone(self) -> str:
        """The time zone of the account, in which an export writes times; empty where it is not known."""
        if self._zone is None:
            said = await self._session.document(f"{self.settings.url}/services/authentication/current-context")
            entries = said.get("entry") or [{}]
            self._zone = str((entries[0].get("content") or {}).get("tz") or "")
        return self._zone

    async def _found(self, text: str, span: TimeSpan | None = None) -> list[dict[str, Any]]:
        """The rows of a small search of our own."""
        return [row async for batch in self.fetch(Question(text, "spl", span)) for row in batch.rows.to_dicts()]

    async def own_queries(self) -> list[OwnPack]:
        """Saved searches, and the alerts that fired: `conn.queries.saved.…` and `conn.queries.fired.…`."""
        saved, fired = (
            self.settings.path("saved/searches", reading=True),
            self.settings.path("alerts/fired_alerts", reading=True),
        )
        return [saved_searches(await self._session.entries(saved)), fired_alerts(await self._session.entries(fired))]

    async def tables(self) -> list[TableInfo]:
        """The indexes that the account may search with how many events each has, and the kinds of events (`sourcetype=…`)."""
        return tables(await self._found(EVENTCOUNT), await self._found(SOURCETYPES))

    def named(self, question: Question) -> Collection[str]:
        """The indexes that a search names, or else the kinds of events."""
        return read_from(question.text)

    async def holds(self, table: str, span: TimeSpan | None) -> bool | None:
        """Whether an index or a kind of events has any event of a time."""
        found = await self._found(any_event(table), span)
        return any(row.get("count") for row in found)

    def receiver(self, to: str, via: str, labels: Mapping[str, str]) -> Receiver:
        """An index: by the event collector ("hec"), or as text by the REST API ("stream", "simple")."""
        from huntbook.sources._splunk.upload import receiver  # noqa: PLC0415 - what reads files is for those who upload

        return receiver(self._session, self.settings, to, via, labels)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.close()
