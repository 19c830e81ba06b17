"""Microsoft Sentinel: a Log Analytics workspace, asked in KQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from huntbook.config.clouds import clouds
from huntbook.core import runtime
from huntbook.core.http import Http
from huntbook.core.pace import Pace
from huntbook.errors import ConfigError, ParameterError
from huntbook.query.dialects import dialects
from huntbook.query.kql.known_tables import known_tables
from huntbook.query.kql.shape import tables_read
from huntbook.sources._base import Batch, Driver, Question, TableInfo
from huntbook.sources._microsoft.identity import Identity, IdentitySettings
from huntbook.sources._microsoft.timespan import iso_interval
from huntbook.sources._sentinel import log_analytics
from huntbook.sources._sentinel.search_jobs import SearchJob, search_job, span_of
from huntbook.sources._sentinel.workspaces import Workspace, Workspaces

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Mapping, Sequence

    from huntbook.core.timespan import Length, Moment, TimeSpan
    from huntbook.sources._upload.sending import Receiver


class Sentinel(Driver):
    """A workspace of Microsoft Sentinel, or several side by side.

    Example:
        sentinel = hb.connect("sentinel", workspace="contoso")
        sentinel.query("SecurityIncident | where Severity == 'High'", last="7d")

    Needs the role Log Analytics Reader or Microsoft Sentinel Reader on the workspace, and Reader to find it by its name.
    """

    dialect: ClassVar[str] = "kql"
    normalized: ClassVar[bool] = True
    at_once: int = 5  # the service runs five questions of one user at a time

    class Settings(IdentitySettings):
        """What `hb.connect("sentinel", …)` takes."""

        workspace: str = Field(default="", description="The workspace: its name, its id, or its resource id.")
        workspaces: list[str] = Field(
            default=[], description="Several workspaces, asked side by side; each row says of which it is."
        )
        also: list[str] = Field(
            default=[], description="More workspaces that the service reads together with the first, as one."
        )
        names: dict[str, str] = Field(
            default={}, description="Workspaces by names of your own: name → id or resource id."
        )
        plan: Literal["analytics", "basic", "auxiliary"] = Field(
            default="analytics",
            description="The plan of the tables that are asked; basic and auxiliary ones are asked by another way.",
        )
        wait: int = Field(default=600, ge=1, le=600, description="Seconds that the service may take for an answer.")
        ingestion: str = Field(
            default="",
            description="Where `upload` sends to: the Logs Ingestion address of a collection endpoint or rule.",
        )
        rules: dict[str, str] = Field(
            default={}, description="Data collection rules for `upload`: table → the rule's immutable id (dcr-…)."
        )
        paced: bool = Field(
            default=True,
            description="Whether questions wait for their turn, so that no more than 200 in 30 seconds are asked.",
        )
        endpoint: str = Field(default="", description="The API's address, if it is not the cloud's.")
        arm_endpoint: str = Field(default="", description="Azure Resource Manager's address, if it is not the cloud's.")

    def __init__(self, settings: Settings, *, beside: Sentinel | None = None) -> None:
        """Make a connection; `beside` is one to other workspaces, with which it shares what is signed in and looked up."""
        self.settings = settings
        named = [*settings.workspaces, *([settings.workspace] if settings.workspace else [])]
        if not named:
            raise ConfigError(
                "A workspace is missing.", hint='hb.connect("sentinel", workspace="…"): its name, id or resource id.'
            )
        self._named = named
        self._cloud = clouds[settings.cloud]
        if beside is None:
            self._identity = Identity(settings, extra="sentinel")
            sign = self._identity.sign(self._cloud.log_analytics.scope)
            paces = {self._endpoint: Pace(*log_analytics.QUESTIONS)} if settings.paced else {}
            self._http = Http(self.label, sign=sign, complain=log_analytics.complain, paces=paces)
            self.workspaces = Workspaces(self._identity, self._cloud, settings.names, settings.arm_endpoint)
        else:
            self._identity, self._http = beside._identity, beside._http  # noqa: SLF001 - of the same class
            self.workspaces = beside.workspaces
        if settings.plan != "analytics":
            self.at_once = 2  # of tables that are not made for being asked
        self._apart = [self] if len(named) == 1 else [self._only(name) for name in named]

    label = "Sentinel"

    def _only(self, name: str) -> Sentinel:
        """The same connection to one of the workspaces."""
        settings = self.settings.model_copy(update={"workspace": name, "workspaces": []})
        return Sentinel(settings, beside=self)

    @property
    def name(self) -> str:
        """Sentinel and the workspaces as they were named."""
        return f"Sentinel {', '.join([*self._named, *(f'+{each}' for each in self.settings.also)])}"

    @property
    def identity(self) -> str:
        """The names are only unique where they are looked up, and mean what the settings say."""
        settings = self.settings
        meant = [settings.names.get(name, name) for name in [*self._named, *settings.also]]
        who = f"{settings.tenant} {settings.client_id}"
        return f"{self.name} {meant} {self._endpoint} {settings.arm_endpoint} {who} {settings.plan}"

    def apart(self) -> Sequence[Driver]:
        """Each workspace for itself."""
        return self._apart

    @property
    def quota(self) -> Http:
        """Users have their questions at a time whatever workspaces these are of."""
        return self._http

    async def _workspace(self) -> Workspace:
        return await self.workspaces.find(self._named[0])

    async def fetch(self, question: Question) -> AsyncGenerator[Batch, None]:
        """Ask the query API; the answer is taken whole, then read in batches."""
        workspace = await self._workspace()
        body: dict[str, Any] = {"query": question.text}
        span = {"timespan": iso_interval(question.span)} if question.span is not None else {}
        if self.settings.also:
            body["workspaces"] = [(await self.workspaces.find(each)).id for each in self.settings.also]
        analytics = self.settings.plan == "analytics"
        reply = await self._http.send(
            "POST",
            f"{self._endpoint}/v1/workspaces/{workspace.id}/{'query' if analytics else 'search'}",
            json=body | span if analytics else body,
            params=None if analytics else span,  # that is where its page has it
            headers={"Prefer": f"wait={self.settings.wait},include-statistics=true,include-render=true"},
            query=question.text,
        )
        for batch in log_analytics.batches(reply):
            yield batch

    @property
    def _endpoint(self) -> str:
        return (self.settings.endpoint or self._cloud.log_analytics.url).rstrip("/")

    async def tables(self) -> list[TableInfo]:
        """The tables of the workspace with their columns, as its metadata names them."""
        workspace = await self._workspace()
        reply = await self._http.send("GET", f"{self._endpoint}/v1/workspaces/{workspace.id}/metadata")
        document = reply.json()
        if not isinstance(document, dict) or not isinstance(document.get("tables"), list):
            raise reply.malformed("it names no tables")
        return sorted(map(_table, document["tables"]), key=lambda table: table.name.lower())

    def documented_tables(self) -> Collection[str]:
        """Those that Microsoft documents."""
        return known_tables()

    def named(self, question: Question) -> Collection[str]:
        """The tables that a query reads. Functions of the service (`_Im_Dns`) are none."""
        return [name for name in tables_read(question.text, called=False) if not name.startswith("_")]

    async def holds(self, table: str, span: TimeSpan | None) -> bool | None:
        """Whether a table has any row of a time."""
        question = Question(f"{dialects['kql'].column(table)} | take 1", "kql", span)
        return any([batch.rows.height async for batch in self.fetch(question)])

    def search_job(
        self,
        query: str,
        *,
        name: str,
        last: Length | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
        limit: int = 1_000,
    ) -> SearchJob:
        """Start a search job over a long time, archived data too; its answer becomes a table of the workspace.

        Args:
            query: KQL on one table, of the operators that search jobs take: where, extend, project, parse, take …
            name: of the table that it makes; ends with `_SRCH`.
            last: the time to look through, as of any question.
            start: its beginning.
            end: its end.
            limit: the most rows, up to 1,000,000.

        Raises:
            ParameterError: if the name, the limit or the time cannot be used.
            ServiceError: if the service does not take it.
        """
        span = span_of(last, start, end)
        return runtime.run(search_job(self.workspaces, self._named[0], query, name=name, span=span, limit=limit))

    def receiver(self, to: str, via: str, labels: Mapping[str, str]) -> Receiver:
        """A table that a data collection rule of the settings writes to."""
        from huntbook.sources._sentinel.logs_ingestion import LogsIngestion  # noqa: PLC0415 - what reads files is for those who upload

        if via or labels:
            raise ParameterError(
                "Sentinel has one way to receive rows, and no labels.", hint="Put what they say into columns."
            )
        rule = self.settings.rules.get(to, "")
        sign = self._identity.sign(self._cloud.monitor_scope)
        return LogsIngestion(sign, endpoint=self.settings.ingestion, rule=rule, to=to)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.close()
        await self.workspaces.close()


def _table(said: Mapping[str, Any]) -> TableInfo:
    name = str(said.get("name", ""))
    columns = tuple(str(column.get("name")) for column in said.get("columns", ()) if isinstance(column, dict))
    return TableInfo(name, columns or tuple(known_tables().get(name, ())), about=str(said.get("description") or ""))
