"""Azure Data Explorer, and Eventhouse in Microsoft Fabric: a database of a Kusto cluster, asked in KQL.

Sources: learn.microsoft.com/kusto/api/rest/request, /kusto/api/rest/request-properties, /kusto/management/show-schema-database,
/kusto/management/show-databases, /kusto/management/cancel-query-command.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final
from uuid import uuid4

from pydantic import Field

from huntbook import __version__
from huntbook.core import runtime
from huntbook.core.http import Http, Patience
from huntbook.errors import HuntbookError, ParameterError, QueryRejected, ServiceError
from huntbook.query.dialects import dialects
from huntbook.query.kql.shape import tables_read
from huntbook.sources._base import Batch, Driver, Question, TableInfo
from huntbook.sources._kql.values import type_named
from huntbook.sources._kusto import frames
from huntbook.sources._kusto.clusters import cluster_of
from huntbook.sources._kusto.time import time_column
from huntbook.sources._microsoft.identity import Identity, IdentitySettings
from huntbook.sources._microsoft.timespan import first_tick, last_tick

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Mapping

    import polars as pl

    from huntbook.core.timespan import TimeSpan
    from huntbook.query.kql.types import Type

LONGEST: Final = 3600  # seconds that the service takes for an answer at most
MOST_ROWS: Final = 500_000
MOST_BYTES: Final = 64 * 1024 * 1024
_CANCELLING: Final = 10.0  # seconds that a query may take to be cancelled
_KINDS: Final = ("Tables", "MaterializedViews", "ExternalTables")


class Kusto(Driver):
    """A database of Azure Data Explorer or of a Fabric Eventhouse.

    Example:
        kusto = hb.connect("kusto", cluster="help", database="Samples")
        kusto.query("StormEvents | summarize count() by State", start="2007-01-01", end="2007-02-01")

    Needs the role Database Viewer; in Fabric, to be a Viewer of the workspace or of the KQL database.
    """

    dialect: ClassVar[str] = "kql"

    class Settings(IdentitySettings):
        """What `hb.connect("kusto", …)` takes."""

        cluster: str
        """The cluster: its address, its name ("help", "soc.westeurope"), or a name of `clusters`; "/DATABASE" may follow."""
        database: str = ""
        """The database: its name, or a name of `databases`."""
        clusters: dict[str, str] = Field(default={})
        """Clusters by names of your own: name → address or name, which "/DATABASE" may follow."""
        databases: dict[str, str] = Field(default={})
        """Databases by names of your own: name → the database's name, which in Fabric may be an id."""
        audience: str = ""
        """For whom tokens are made out, if not for the cluster itself: needed for a host that is none of Microsoft's."""
        time_column: str = ""
        """The column that a span of time is about, if it is not TimeGenerated, Timestamp or a table's only time."""
        wait: int = Field(default=240, ge=1, le=LONGEST)
        """Seconds that the service may take for an answer, an hour at most."""
        most_rows: int = Field(default=MOST_ROWS, ge=1)
        """Rows that an answer may have before the service cuts it."""
        most_bytes: int = Field(default=MOST_BYTES, ge=1)
        """Bytes that an answer may have before the service cuts it."""

    def __init__(self, settings: Settings, *, identity: Identity | None = None, http: Http | None = None) -> None:
        self.settings = settings
        self._cluster = cluster_of(
            settings.cluster, cloud=settings.cloud, names=settings.clusters, audience=settings.audience
        )
        named = settings.database or self._cluster.database
        self._database = settings.databases.get(named, named)
        self._identity = identity or Identity(settings, extra="kusto")
        audience = self._cluster.audience
        self._http = http or Http(
            self.label,
            sign=self._identity.sign(f"{audience.rstrip('/')}/.default") if audience else None,
            complain=frames.complain,
            read_timeout=settings.wait + 60.0,
        )
        self._schema: list[TableInfo] | None = None
        self._types: dict[str, dict[str, Type]] = {}
        self._looking = asyncio.Lock()
        self._cancelling: set[asyncio.Task[None]] = set()

    label = "Kusto"

    @property
    def name(self) -> str:
        """Kusto, the cluster and the database."""
        return f"{self.label} {self._cluster.host}/{self._database}"

    @property
    def identity(self) -> str:
        """Who asks makes a difference where rows are kept from some."""
        settings = self.settings
        return f"{self.name} {self._cluster.url} {settings.tenant} {settings.client_id} {settings.time_column}"

    async def fetch(self, question: Question) -> AsyncGenerator[Batch, None]:
        """Ask the query API; the answer is taken whole, then read in batches."""
        self._need_database()
        known = f"huntbook.query;{uuid4()}"
        body = self._body(question.text, known, {**self._limits(), **await self._span(question)})
        try:
            reply = await self._http.send(
                "POST",
                f"{self._cluster.url}/v2/rest/query",
                json=body,
                headers=_headers(known),
                query=question.text,
            )
        except asyncio.CancelledError:
            self._cancel(known)
            raise
        for batch in frames.batches(reply, question.text):
            yield batch

    def _need_database(self) -> None:
        if not self._database:
            raise ParameterError(
                "No database is named.",
                hint='hb.connect("kusto", cluster=…, database="…"); conn.driver.databases() lists those of the cluster.',
            )

    def _body(self, text: str, known: str, options: Mapping[str, object]) -> dict[str, object]:
        wait = f"{self.settings.wait // 3600:02}:{self.settings.wait // 60 % 60:02}:{self.settings.wait % 60:02}"
        told = {"servertimeout": wait, "request_app_name": "huntbook", **options}
        properties = {"Options": told, "ClientRequestId": known}
        return {"db": self._database, "csl": text, "properties": json.dumps(properties)}

    def _limits(self) -> dict[str, object]:
        """What keeps an answer's rows where a limit ends it, and what keeps a query from changing anything."""
        return {
            "deferpartialqueryfailures": True,
            "request_readonly": True,
            "truncationmaxrecords": self.settings.most_rows,
            "truncationmaxsize": self.settings.most_bytes,
        }

    async def _span(self, question: Question) -> dict[str, object]:
        """What has the service keep to a span of time. A query that compares times with {{start}} and {{end}} keeps to it by itself."""
        span = question.span
        if span is None or question.says_span:
            return {}
        column = self.settings.time_column
        if not column:
            await self._known()
            column = time_column(self.named(question), self._types)
        return {
            "query_datetimescope_column": column,
            "query_datetimescope_from": first_tick(span),
            "query_datetimescope_to": last_tick(span),
        }

    def _cancel(self, known: str) -> None:
        """Ask the service to stop a query that nobody waits for any more, without being waited for."""
        task = asyncio.get_running_loop().create_task(self._stopped(known))
        self._cancelling.add(task)
        task.add_done_callback(self._cancelling.discard)

    async def _stopped(self, known: str) -> None:
        command = f".cancel query {dialects['kql'].literal(known)}"
        own = f"huntbook.cancel;{uuid4()}"
        once = replace(self._http, patience=Patience(attempts=1))
        try:
            async with asyncio.timeout(_CANCELLING):
                await once.send("POST", self._commands, json=self._body(command, own, {}), headers=_headers(own))
        except (HuntbookError, TimeoutError):
            return  # it was worth trying: the query ends with its time at the latest

    @property
    def _commands(self) -> str:
        return f"{self._cluster.url}/v1/rest/mgmt"

    async def _show(self, command: str) -> pl.DataFrame:
        """What a command shows. Only commands that show are sent, and as such that must not change anything."""
        known = f"huntbook.show;{uuid4()}"
        body = self._body(f".show {command}", known, {"request_readonly": True})
        headers = {**_headers(known), "x-ms-readonly": "true"}
        return frames.table(await self._http.send("POST", self._commands, json=body, headers=headers))

    def databases(self) -> list[str]:
        """The databases of the cluster that the account may see."""
        return runtime.run(self._databases())

    async def _databases(self) -> list[str]:
        return sorted((await self._show("databases"))["DatabaseName"].to_list(), key=str.lower)

    async def tables(self) -> list[TableInfo]:
        """The tables, materialized views and external tables of the database, with their columns."""
        self._need_database()
        self._schema = None
        return await self._known()

    async def _known(self) -> list[TableInfo]:
        """The schema of the database; it is asked for once, however many questions of an answer need it."""
        async with self._looking:
            if self._schema is None:
                shown = await self._show(f"database {dialects['kql'].column(self._database)} schema as json")
                self._schema, self._types = _read(shown)
        return self._schema

    def named(self, question: Question) -> Collection[str]:
        """The tables that a query reads."""
        return tables_read(question.text, called=False)

    async def holds(self, table: str, span: TimeSpan | None) -> bool | None:
        """Whether a table has any row of a time; None where it is not known which of its columns that is about."""
        question = Question(f"{dialects['kql'].column(table)} | take 1", "kql", span)
        try:
            return any([batch.rows.height async for batch in self.fetch(question)])
        except (ParameterError, QueryRejected):
            return None

    async def aclose(self) -> None:
        """Close the connections, once what is being cancelled is."""
        await asyncio.gather(*self._cancelling)
        await self._http.close()


def _headers(known: str) -> dict[str, str]:
    """What tells the cluster's administrators who asks, and tells this question from others."""
    version = f"huntbook:{__version__}"
    return {"x-ms-client-request-id": known, "x-ms-app": "huntbook", "x-ms-client-version": version}


def _read(shown: pl.DataFrame) -> tuple[list[TableInfo], dict[str, dict[str, Type]]]:
    """The tables, and the types of their columns, as `.show database … schema as json` tells them.

    Raises:
        ServiceError: if it tells something else.
    """
    tables, types = [], {}
    try:
        (database,) = json.loads(shown.item(0, 0))["Databases"].values()
        for each in [each for kind in _KINDS for each in (database.get(kind) or {}).values()]:
            name, columns = str(each["Name"]), each["OrderedColumns"]
            types[name] = {str(column["Name"]): type_named(str(column["CslType"])) for column in columns}
            tables.append(TableInfo(name, tuple(types[name]), about=str(each.get("DocString") or "")))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ServiceError("The schema of the database cannot be read.", service=Kusto.label) from error
    return sorted(tables, key=lambda table: table.name.lower()), types
