"""Microsoft Defender: advanced hunting in KQL, by Microsoft Graph or by the older API of Defender for Endpoint."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from pydantic import Field

from huntbook.config.clouds import clouds
from huntbook.core.http import Http
from huntbook.core.pace import Pace
from huntbook.core.result import Completeness
from huntbook.errors import ConfigError, KqlError, QueryRejected
from huntbook.query.dialects import dialects
from huntbook.query.kql.known_tables import defender_tables, known_tables
from huntbook.query.kql.shape import tables_read
from huntbook.query.kql.spanned import Conditions, Spanned, spanned
from huntbook.query.parameters import Kind
from huntbook.sources._base import Batch, Driver, Question, TableInfo
from huntbook.sources._microsoft import hunting
from huntbook.sources._microsoft.identity import Identity, IdentitySettings
from huntbook.sources._microsoft.timespan import iso_interval

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection

    from huntbook.core.timespan import TimeSpan

_GRACE: Final = timedelta(hours=1)  # between the moment that "last 30d" is counted from and that of the answer
_TIMES: Final = ("Timestamp", "TimeGenerated")


class Defender(Driver):
    """Advanced hunting in Microsoft Defender XDR.

    Example:
        defender = hb.connect("defender")
        defender.query("DeviceProcessEvents | where FileName =~ 'powershell.exe'", last="7d")

    Needs the permission ThreatHunting.Read.All on Microsoft Graph; the older API (`api="endpoint"`) AdvancedQuery.Read.All.
    """

    dialect: ClassVar[str] = "kql"
    at_once: int = 3  # of the 45 questions a minute that the tenant has
    label: ClassVar[str] = "Defender"

    class Settings(IdentitySettings):
        """What `hb.connect("defender", …)` takes."""

        api: Literal["graph", "endpoint"] = Field(
            default="graph",
            description="By Microsoft Graph, or by the older API of Defender for Endpoint, which has the tables of devices only.",
        )
        days: int = Field(
            default=30,
            ge=1,
            description="How many days back the data goes: more than 30 where Microsoft Sentinel keeps it for Defender.",
        )
        most_rows: int = Field(
            default=100_000, ge=1, description="How many rows the service gives at most: an answer of as many is cut."
        )
        paced: bool = Field(
            default=True,
            description="Whether questions wait for their turn, so that no more than 45 a minute are asked.",
        )
        endpoint: str = Field(
            default="",
            description="The API's address, if it is not the cloud's: https://eu.api.security.microsoft.com.",
        )

    def __init__(self, settings: Settings, *, identity: Identity | None = None, http: Http | None = None) -> None:
        self.settings = settings
        cloud = clouds[settings.cloud]
        service = cloud.graph if settings.api == "graph" else cloud.defender
        if settings.cloud == "china" or service is None:
            raise ConfigError("Advanced hunting is not offered in Microsoft's cloud in China.")
        self._api = hunting.APIS[settings.api]
        self._url = (settings.endpoint or service.url).rstrip("/")
        self._identity = identity or Identity(settings, extra="defender")
        self._http = http or Http(
            self.label,
            sign=self._identity.sign(service.scope),
            complain=partial(hunting.complain, api=self._api),
            read_timeout=self._api.seconds + 120.0,
            paces={self._url: Pace(*hunting.CALLS)} if settings.paced else {},
        )

    @property
    def name(self) -> str:
        """Defender, and of which tenant as far as that was said."""
        older = " for Endpoint" if self.settings.api == "endpoint" else ""
        return " ".join(filter(None, (f"{self.label}{older}", self.settings.tenant)))

    @property
    def identity(self) -> str:
        """The tenant is only known where it was said; another account may sign in elsewhere."""
        return f"{self.name} {self._url} {self.settings.client_id}"

    async def fetch(self, question: Question) -> AsyncGenerator[Batch, None]:
        """Ask; the answer is taken whole, then read in batches."""
        body = {"Query": self.explain(question)}
        if question.span is not None and self.settings.api == "graph":
            body["Timespan"] = iso_interval(question.span)
        try:
            reply = await self._http.send(
                "POST",
                f"{self._url}{self._api.path}",
                json=body,
                headers={"Content-Type": "application/json; charset=utf-8"},
                query=question.text,
            )
        except QueryRejected as error:
            if body["Query"] != question.text:
                error.position = None  # it is one in the text as it was sent
            raise
        for batch in hunting.batches(reply, self._api, self.settings.most_rows, self._known(question)):
            yield batch

    def explain(self, question: Question) -> str:
        """The query as it is sent: the older API takes no time span, so that it stands in the text."""
        return self._spanned(question).text if self._puts_span(question) else question.text

    def timeless(self, question: Question) -> str:
        """Whether the older API can be asked of a time: only where the time can be put into the text."""
        if not self._puts_span(question):
            return ""
        found = self._spanned(question)
        why = found.problem or ("" if found.tables else "no table in it has a time")
        return f"asked of all the time that there is: {why}" if why else ""

    def _puts_span(self, question: Question) -> bool:
        return self.settings.api == "endpoint" and question.span is not None and not question.says_span

    def _spanned(self, question: Question) -> Spanned:
        assert question.span is not None  # noqa: S101 - `_puts_span` has seen to it
        try:
            return spanned(question.text, _conditions(question.span))
        except KqlError as error:
            return Spanned(question.text, problem=f"the query cannot be read here ({error.message})")

    def _known(self, question: Question) -> Completeness:
        """What is known of an answer's completeness before it is there."""
        if question.span is None:
            note = f"no time was given: the service looks back {self.settings.days} days"
            return Completeness(notes=(note,) if self.settings.api == "graph" else ())
        notes = []
        first = self.now() - timedelta(days=self.settings.days)
        complete = question.span.start >= first - _GRACE
        if not complete:
            notes.append(
                f"Defender keeps {self.settings.days} days: nothing is there from before {first:%Y-%m-%d %H:%M} UTC"
            )
        if self._puts_span(question):
            notes += [f"{name}() was not bounded in time" for name in self._spanned(question).functions]
        elif self.settings.api == "endpoint":
            notes.append("the query names its time itself; none was put into it")
        return Completeness(complete, tuple(notes))

    async def tables(self) -> list[TableInfo]:
        """The tables that Microsoft documents; no API says which of them a tenant has."""
        only = "Device" if self.settings.api == "endpoint" else ""
        found = sorted(defender_tables().items(), key=lambda table: table[0].lower())
        return [TableInfo(name, tuple(columns), "as documented") for name, columns in found if name.startswith(only)]

    def documented_tables(self) -> Collection[str]:
        """Those that Microsoft documents."""
        return defender_tables()

    def named(self, question: Question) -> Collection[str]:
        """The tables that a query reads, of those that are documented: of others nobody here knows whether they are there."""
        return [name for name in tables_read(question.text) if name in defender_tables()]

    async def holds(self, table: str, span: TimeSpan | None) -> bool | None:
        """Whether a table has any row of a time."""
        question = Question(f"{dialects['kql'].column(table)} | take 1", "kql", span)
        return any([batch.rows.height async for batch in self.fetch(question)])

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.close()


def _conditions(span: TimeSpan) -> Conditions:
    """The time of tables that have one; Defender's have Timestamp."""
    start = dialects["kql"].literal(span.start, Kind.DATETIME)
    between = f"between ({start} .. {dialects['kql'].end(span.end)})"
    known = {**known_tables(), **defender_tables()}
    times = {table: next((time for time in _TIMES if time in columns), None) for table, columns in known.items()}
    perhaps = "column_ifexists('Timestamp', datetime(null))"
    return Conditions(
        known={table: f"{time} {between}" if time else None for table, time in times.items()},
        unknown=f"column_ifexists('Timestamp', {start}) {between}",
        mixed=f"isnull({perhaps}) or {perhaps} {between}",
    )
