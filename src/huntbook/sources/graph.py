"""Microsoft Graph: alerts, incidents, sign-ins, changes, accounts, devices, asked in OData."""

from __future__ import annotations

from contextlib import aclosing
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from pydantic import Field

from huntbook.config.clouds import clouds
from huntbook.core.http import Http
from huntbook.core.pace import Pace
from huntbook.core.result import Completeness
from huntbook.errors import AccessDenied
from huntbook.query.dialects import dialects
from huntbook.query.parameters import Kind
from huntbook.sources._base import Batch, Driver, Question, TableInfo
from huntbook.sources._graph import odata, pages
from huntbook.sources._graph.collections import Collection, collections
from huntbook.sources._graph.rows import Columns
from huntbook.sources._microsoft.identity import Identity, IdentitySettings
from huntbook.sources._microsoft.timespan import last_tick

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from collections.abc import Collection as Names

    from huntbook.core.timespan import TimeSpan
    from huntbook.sources._graph.odata import Asked
    from huntbook.sources._graph.pages import Page

_ENUMS: Final = "include-unknown-enum-members"  # or newer values come as unknownFutureValue
_TOP_WITH_SIGN_INS: Final = 500
# Requests that an application may make of a tenant, and in how many seconds: learn.microsoft.com/graph/throttling-limits. The second kind says
# nothing of how long to wait when it refuses one.
PACES: Final = {
    ("auditLogs",): (5, 10.0),
    ("identityProtection", "identity/conditionalAccess"): (1, 1.0),
    ("security",): (150, 60.0),
}


class Graph(Driver):
    """Microsoft Graph: what it knows of security and of the directory.

    Example:
        graph = hb.connect("graph")
        graph.query("security/alerts_v2?$filter=severity eq {{severity}}", severity="high", last="7d")
        graph.query("users?$select=id,userPrincipalName,accountEnabled,createdDateTime")

    Needs a permission for each collection, such as SecurityAlert.Read.All or AuditLog.Read.All: docs/sources/graph.md has them.
    """

    dialect: ClassVar[str] = "odata"
    at_once: int = 3
    label: ClassVar[str] = "Microsoft Graph"

    class Settings(IdentitySettings):
        """What `hb.connect("graph", …)` takes."""

        version: Literal["v1.0", "beta"] = Field(default="v1.0", description="Which version of Graph.")
        most_rows: int = Field(default=200_000, ge=1, description="How many rows of an answer are taken at most.")
        most_pages: int = Field(default=2_000, ge=1, description="How many pages of an answer are taken at most.")
        paced: bool = Field(
            default=True,
            description="Whether questions wait for their turn, so that none is asked more often than Graph says it may be.",
        )
        endpoint: str = Field(default="", description="Graph's address, if it is not the cloud's.")

    def __init__(self, settings: Settings, *, identity: Identity | None = None, http: Http | None = None) -> None:
        self.settings = settings
        service = clouds[settings.cloud].graph
        self._base = f"{(settings.endpoint or service.url).rstrip('/')}/{settings.version}"
        self._identity = identity or Identity(settings, extra="graph")
        self._http = http or Http(
            self.label,
            sign=self._identity.sign(service.scope),
            complain=pages.complain,
            read_timeout=330.0,
            paces=_paces(self._base) if settings.paced else {},
        )

    @property
    def name(self) -> str:
        """Graph, and of which tenant as far as that was said."""
        return " ".join(filter(None, (self.label, self.settings.tenant)))

    @property
    def identity(self) -> str:
        """The tenant is only known where it was said; another account may sign in elsewhere."""
        settings = self.settings
        return f"{self.name} {self._base} {settings.client_id} {settings.most_rows} {settings.most_pages}"

    async def fetch(self, question: Question) -> AsyncGenerator[Batch, None]:
        """Ask, page by page."""
        asked, collection = self._asked(question)
        columns = Columns(asked, collection)
        url, rows, pages, count = asked.below(self._base), 0, 0, None
        while url:
            page = await self._page(asked, collection, url, question)
            pages += 1
            count = page.count if count is None else count
            shown = page.rows[: self.settings.most_rows - rows]
            rows += len(shown)
            ends = rows >= self.settings.most_rows or pages >= self.settings.most_pages
            left = bool(page.following) or len(shown) < len(page.rows)
            frame, notes = columns.frame(shown)
            known = [Completeness(notes=(*notes, *_about(collection, question, self)))]
            if page.missing:
                known.append(Completeness(complete=False, notes=(page.missing,)))
            if ends and left:
                known.append(_ended(rows, pages, count, self.settings))
            yield Batch(frame, Completeness.together(known))
            url = "" if ends else page.following

    async def _page(self, asked: Asked, collection: Collection | None, url: str, question: Question) -> Page:
        try:
            reply = await self._http.send("GET", url, headers=_headers(asked, collection), query=question.text)
        except AccessDenied as error:
            if collection is not None and not error.stale:
                error.hint = f"{collection.path} needs {collection.permission}, with an administrator's consent."
                error.args = (f"{error.message}\n{error.hint}",)
            raise
        return pages.page(reply, asked, url, listed=collection is not None)

    def _asked(self, question: Question) -> tuple[Asked, Collection | None]:
        """The question as it is sent, and the collection that it is about, if that is known."""
        asked = odata.read(question.text, self._base)
        collection = _collection(asked)
        if collection is None:
            return asked, None
        if collection.directory and asked.advanced and not asked.counts and asked.option("count") is None:
            asked = asked.having("count", "true")
        if question.span is not None and not question.says_span and collection.time:
            asked = asked.where(_within(collection, question.span))
        if collection.top and not asked.counts and not any(map(asked.option, ("top", "search", "apply"))):
            wide = "signInActivity" in f"{asked.option('select')}{asked.option('filter')}"
            asked = asked.having("top", str(_TOP_WITH_SIGN_INS if wide else collection.top))
        return asked, collection

    def explain(self, question: Question) -> str:
        """The request as it is sent, without the signature."""
        asked, collection = self._asked(question)
        headers = "".join(f"\n{name}: {value}" for name, value in _headers(asked, collection).items())
        return f"GET {asked.below(self._base)}{headers}"

    def timeless(self, question: Question) -> str:
        """Whether a collection has a time that is known here."""
        asked = odata.read(question.text, self._base)
        collection = _collection(asked)
        if collection is not None and collection.time:
            return ""
        why = "is a state of things and no record of events" if collection else "has no time that is known here"
        return (
            f"asked without a time span: {asked.path} {why}; {{{{start}}}} and {{{{end}}}} in $filter would give it one"
        )

    async def tables(self) -> list[TableInfo]:
        """The collections that are known here; Graph has more, which can be asked all the same."""
        return [TableInfo(each.path, tuple(each.columns), each.about) for each in collections().values()]

    def named(self, question: Question) -> Names[str]:
        """The collection, if it is known."""
        collection = _collection(odata.read(question.text, self._base))
        return () if collection is None else (collection.path,)

    async def holds(self, table: str, span: TimeSpan | None) -> bool | None:
        """Whether a collection has anything of a time."""
        async with aclosing(self.fetch(Question(f"{table}?$top=1", "odata", span))) as batches:
            async for batch in batches:
                if batch.rows.height:
                    return True
        return False

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.close()


def _paces(base: str) -> dict[str, Pace]:
    """How often collections may be asked, by how their addresses begin."""
    return {f"{base}/{path}": pace for paths, limit in PACES.items() for pace in [Pace(*limit)] for path in paths}


def _collection(asked: Asked) -> Collection | None:
    return collections().get(asked.path.lower().removesuffix("/$count"))


def _within(collection: Collection, span: TimeSpan) -> str:
    """A span as a condition; where only `le` is documented, its end is the last tick (100 ns) before."""
    literal = dialects["odata"].literal
    end = literal(span.end, Kind.DATETIME) if collection.until == "lt" else last_tick(span)
    return f"{collection.time} ge {literal(span.start, Kind.DATETIME)} and {collection.time} {collection.until} {end}"


def _headers(asked: Asked, collection: Collection | None) -> dict[str, str]:
    """They go with every page: a page's address does not have them."""
    headers = {"Prefer": _ENUMS}
    if (collection is None or collection.directory) and asked.advanced:
        headers["ConsistencyLevel"] = "eventual"
    return headers


def _about(collection: Collection | None, question: Question, driver: Driver) -> tuple[str, ...]:
    """What the vendor says of how long a collection is kept, where that may matter."""
    if collection is None or not collection.days or question.span is None:
        return ()
    first = driver.now() - timedelta(days=collection.days)
    if question.span.start >= first - timedelta(hours=1):
        return ()
    return (
        f"{collection.path} is kept for {collection.days} days at most, so that nothing may be left of earlier times",
    )


def _ended(rows: int, pages: int, count: int | None, settings: Graph.Settings) -> Completeness:
    """The answer goes on, and was not read to its end."""
    which = f"{rows:,} rows (most_rows)" if rows >= settings.most_rows else f"{pages:,} pages (most_pages)"
    there = "there are more" if count is None else f"the service counts {count:,}"
    return Completeness(complete=False, notes=(f"ended after {which}; {there}",), cut=True)
