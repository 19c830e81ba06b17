"""Azure Resource Graph: what there is in Azure, asked in KQL.

Sources: learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources (2024-04-01), and of
/azure/governance/resource-graph: concepts/query-language, concepts/paging-results, concepts/guidance-for-throttled-requests.
"""

from __future__ import annotations

import re
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

import polars as pl
from pydantic import Field

from huntbook.config.clouds import clouds
from huntbook.core.http import Http
from huntbook.core.result import Completeness
from huntbook.errors import AccessDenied, ConfigError, QueryRejected, RateLimited, ServiceError, UnknownName
from huntbook.query.dialects import dialects
from huntbook.query.kql.resource_graph_tables import about_resource_graph_tables, resource_graph_tables
from huntbook.query.kql.shape import tables_read
from huntbook.query.parameters import Kind
from huntbook.sources._base import Batch, Driver, Question, TableInfo
from huntbook.sources._kql.values import frame_of, type_named
from huntbook.sources._microsoft.identity import Identity, IdentitySettings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Mapping

    from huntbook.core.http import Reply
    from huntbook.core.timespan import TimeSpan

PAGE: Final = 1_000  # rows of a page at most
_API: Final = "2024-04-01"
_MOST_SCOPES: Final = 1_000
_MOST_PAGES: Final = 100_000
_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_OPERATOR: Final = re.compile(r"\s*(?:where|project|extend|summarize|distinct|order|sort|top|take|limit|count)\b")
_TOO_LARGE: Final = re.compile(r"ResponsePayloadTooLarge|payload size", re.IGNORECASE)
_SUPPORT: Final = "Please provide below info when asking for support"  # how a message begins that says nothing else
_STEADY: Final = re.compile(r"\b(?:sort|order)\s+by\b[^|]*\bid\b", re.IGNORECASE)
_UNSTEADY: Final = (
    "these came in pages, and some of them twice, so that as many others may be missing: the service has no order of its own from page to page; "
    "end the query with | sort by id asc"
)
_UNPAGED: Final = "the service pages no query with take, limit or sample, and none whose columns are all dynamic"


class ResourceGraph(Driver):
    """What there is in Azure: resources, who may do what, and what Defender for Cloud found.

    Example:
        azure = hb.connect("resource_graph")
        azure.query("Resources | where type =~ 'microsoft.compute/virtualmachines' | project name, location, properties")

    Needs Reader on the subscriptions: what the account may not see is not there. It is asked of what is there now: a span of time is of use
    only in a query that compares a time with {{start}} and {{end}}.
    """

    dialect: ClassVar[str] = "kql"
    at_once: int = 3  # the quota is about fifteen questions in five seconds

    class Settings(IdentitySettings):
        """What `hb.connect("resource_graph", …)` takes."""

        subscriptions: list[str] = Field(default=[], max_length=_MOST_SCOPES)
        """Subscriptions to ask, by id or name; all that the account sees if none is given."""
        management_groups: list[str] = Field(default=[], max_length=_MOST_SCOPES)
        """Management groups whose subscriptions are asked, by id."""
        endpoint: str = ""
        """Azure Resource Manager's address, if it is not the cloud's."""

    def __init__(self, settings: Settings, *, identity: Identity | None = None, http: Http | None = None) -> None:
        self.settings = settings
        if settings.subscriptions and settings.management_groups:
            raise ConfigError(
                "Both subscriptions and management groups are given.",
                hint="Give either: the service takes one of them.",
            )
        arm = clouds[settings.cloud].arm
        self._url = f"{(settings.endpoint or arm.url).rstrip('/')}/providers/Microsoft.ResourceGraph/resources"
        self._identity = identity or Identity(settings, extra="resource_graph")
        self._http = http or Http(self.label, sign=self._identity.sign(arm.scope), complain=complain, rest=_rest_of_all)
        self._named: dict[str, str] | None = None  # subscriptions that were given by name → their ids

    label = "Azure Resource Graph"

    @property
    def name(self) -> str:
        """Resource Graph, and what of Azure is asked."""
        scopes = [*self.settings.subscriptions, *self.settings.management_groups]
        return f"{self.label} ({', '.join(scopes) or 'all subscriptions'})"

    @property
    def identity(self) -> str:
        """Everybody sees something else."""
        return f"{self.name} {self._url} {self.settings.tenant} {self.settings.client_id}"

    async def fetch(self, question: Question) -> AsyncGenerator[Batch, None]:
        """Ask for page after page."""
        async with aclosing(self._pages(question.text, await self._scope())) as batches:
            async for batch in batches:
                yield batch

    async def _pages(self, text: str, scope: Mapping[str, object]) -> AsyncGenerator[Batch, None]:
        token, top, pages = "", PAGE, _Pages(steady=_STEADY.search(text) is not None)
        for _ in range(_MOST_PAGES):
            options: dict[str, object] = {"resultFormat": "table", "$top": top}
            options |= {"$skipToken": token} if token else {}
            options |= {} if "subscriptions" in scope else {"allowPartialScopes": True}
            body = {"query": text, **scope, "options": options}
            try:
                reply = await self._http.send("POST", self._url, json=body, params={"api-version": _API}, query=text)
            except _TooLarge:
                if top == 1:
                    raise
                top //= 2
                continue
            page = _Page(reply)
            pages.take(page)
            token = page.following(token)
            if not token:
                yield page.batch(pages.missing(page, top))
                return
            yield page.batch()
        raise ServiceError(f"There is no end after {_MOST_PAGES:,} pages.", service=self.label, query=text)

    async def _scope(self) -> dict[str, object]:
        """What of Azure is asked: nothing said is everything."""
        if self.settings.management_groups:
            return {"managementGroups": self.settings.management_groups}
        wanted = self.settings.subscriptions
        names = [name for name in wanted if not _GUID.fullmatch(name)]
        if names and self._named is None:
            self._named = await self._ids(names)
        found = self._named or {}
        return {"subscriptions": [found.get(name.lower(), name) for name in wanted]} if wanted else {}

    async def _ids(self, names: list[str]) -> dict[str, str]:
        """The ids of subscriptions by their names.

        Raises:
            UnknownName: if one is not there.
            ConfigError: if there are several of one name.
        """
        text = (
            "ResourceContainers | where type =~ 'microsoft.resources/subscriptions' "
            f"| where name in~ ({dialects['kql'].literal(names, Kind.LIST)}) | project name, subscriptionId"
        )
        rows = [row async for batch in self._pages(text, {}) for row in batch.rows.iter_rows(named=True)]
        found: dict[str, str] = {}
        for row in rows:
            name = str(row["name"]).lower()
            if name in found:
                raise ConfigError(f"There are several subscriptions {row['name']!r}.", hint="Give the id of one.")
            found[name] = str(row["subscriptionId"])
        for name in names:
            if name.lower() not in found:
                raise UnknownName.among("subscription", name, [str(row["name"]) for row in rows])
        return found

    def tables_at_hand(self) -> list[TableInfo]:
        """The tables that are documented; nobody is asked."""
        about = about_resource_graph_tables()
        return [TableInfo(name, tuple(columns), about=about[name]) for name, columns in resource_graph_tables().items()]

    def named(self, question: Question) -> Collection[str]:
        """The tables that a query reads, as they are documented: the service takes their names in any case, and Resources for granted."""
        known = {name.lower(): name for name in resource_graph_tables()}
        text = f"Resources | {question.text}" if _OPERATOR.match(question.text) else question.text
        return [known.get(name.lower(), name) for name in tables_read(text)]

    def timeless(self, question: Question) -> str:
        """No span makes a difference to a question that does not name its ends."""
        _ = question
        return "asked of what is there now: Resource Graph keeps to no span, unless a query compares a time with {{start}} and {{end}}"

    async def holds(self, table: str, span: TimeSpan | None) -> bool | None:
        """Whether there is anything in a table; of which time is not known."""
        if span is not None:
            return None
        return any([batch.rows.height async for batch in self.fetch(Question(f"{table} | take 1", "kql"))])

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.close()


class _Page:
    """A page of an answer."""

    def __init__(self, reply: Reply) -> None:
        """Read it.

        Raises:
            ServiceError: if it is none.
        """
        self._reply = reply
        self._said = reply.json()
        try:
            data = self._said["data"]
            columns = [(str(each["name"]), type_named(str(each["type"]))) for each in data["columns"]]
            self.frame, self._notes = frame_of(columns, data["rows"], trees=True)
            self.total = int(self._said["totalRecords"])
        except (KeyError, TypeError, ValueError) as error:
            raise reply.malformed("it has no table") from error

    def following(self, token: str) -> str:
        """What asks for the next page; empty if there is none.

        Raises:
            ServiceError: if it is the token of this page, which would go on for ever.
        """
        following = str(self._said.get("$skipToken") or "")
        if following and following == token:
            raise self._reply.malformed("its next page is itself")
        return following

    @property
    def truncated(self) -> bool:
        """Whether the service says that rows were left out."""
        return str(self._said.get("resultTruncated")).lower() == "true"

    def batch(self, missing: str = "") -> Batch:
        """Its rows; the last one says what is missing of all of them."""
        notes = [*self._notes, *([missing] if missing else [])]
        limited = str(self._reply.headers.get("x-ms-tenant-subscription-limit-hit", "")).lower() == "true"
        if limited:
            notes.append("the account sees more subscriptions than the service asks at once: some were not asked")
        return Batch(self.frame, Completeness(not missing and not limited, tuple(notes)))


@dataclass
class _Pages:
    """All pages of an answer. Those of rows in no order of their own (`steady`) may have some rows twice, and lack others."""

    steady: bool
    given: int = 0
    number: int = 0
    _seen: list[pl.Series] = field(default_factory=list)

    def take(self, page: _Page) -> None:
        """Count a page's rows, and remember what tells each of them."""
        self.given += page.frame.height
        self.number += 1
        if not self.steady:
            self._seen.append(page.frame.hash_rows())

    def missing(self, last: _Page, top: int) -> str:
        """What is missing of the whole; empty if nothing is. `top` is how many rows the last page could have had."""
        if self.given < last.total or (last.truncated and last.frame.height >= top):
            return f"these are {self.given:,} rows of {max(last.total, self.given):,}: {_UNPAGED}"
        twice = self.number > 1 and bool(self._seen) and pl.concat(self._seen).n_unique() < self.given
        return _UNSTEADY if twice else ""


class _TooLarge(QueryRejected):
    """A page that is larger than the service sends."""


def _rest_of_all(reply: Reply) -> float | None:
    """Seconds that nobody should ask, after the last question that the quota had room for."""
    return _rest(reply) if reply.headers.get("x-ms-user-quota-remaining") == "0" else None


def _rest(reply: Reply) -> float | None:
    """Seconds until the quota is full again, from hh:mm:ss; None if it is not said."""
    try:
        hours, minutes, seconds = str(reply.headers.get("x-ms-user-quota-resets-after", "")).split(":")
        return max(int(hours) * 3600 + int(minutes) * 60 + float(seconds), 0.0)
    except ValueError:
        return None


def complain(reply: Reply) -> ServiceError | None:
    """What an error of the API means; None where it says nothing of its own."""
    try:
        problem = reply.json()["error"]
        details = [each for each in problem.get("details") or () if isinstance(each, dict)]
        said = _said([*details, problem])
    except (ServiceError, KeyError, TypeError, AttributeError):
        return None
    about: dict[str, Any] = {"service": reply.service, "reply": reply.text()}
    match reply.status:
        case 429:
            asked = max(filter(None, (reply.retry_after, _rest(reply))), default=None)
            return RateLimited(said, retry_after=asked, hint=_HINTS[429], **about)
        case 400 if _TOO_LARGE.search(said):
            return _TooLarge(said, hint="Project fewer columns: a page may have 16 MB.", **about)
        case 400 | 404:
            return QueryRejected(said, position=_position(details), hint=_HINTS[400], **about)
        case 403:
            return AccessDenied(said, hint=_HINTS[403], **about)
    return None


def _said(parts: list[dict[str, Any]]) -> str:
    """What an error and its details say, without what is meant for support."""
    texts = [f"{each.get('message') or ''}{_near(each)}" for each in parts]
    told = [text for text in dict.fromkeys(texts) if text and not text.startswith(_SUPPORT)]
    return " ".join(told) or str(parts[0].get("code") or "")


def _near(detail: Mapping[str, Any]) -> str:
    found, wanted = detail.get("token"), detail.get("expectedToken")
    return f" at {found!r}{f', where {wanted} is expected' if wanted else ''}" if found else ""


def _position(details: list[dict[str, Any]]) -> tuple[int, int] | None:
    """Line and column that an error names, counted from 1."""
    for each in details:
        line, place = each.get("line"), each.get("characterPositionInLine")
        if isinstance(line, int) and isinstance(place, int):
            return line, place + 1
    return None


_HINTS: Final = {
    400: "The query is refused as it is written; Resource Graph takes a part of KQL only.",
    403: "The account needs the role Reader on the subscriptions or on their management group.",
    429: "Wait, and ask less at once.",
}
