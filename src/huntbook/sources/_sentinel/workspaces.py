"""Log Analytics workspaces by what people call them: a name, an id, a resource id.

Source: learn.microsoft.com/rest/api/loganalytics/workspaces (get, list) and /rest/api/resources/subscriptions/list.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from huntbook.core.http import Http, same_place
from huntbook.errors import AccessDenied, ConfigError, QueryRejected, ServiceError, UnknownName

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from huntbook.config.clouds import Cloud
    from huntbook.core.http import Reply
    from huntbook.sources._microsoft.identity import Identity

_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_RESOURCE: Final = re.compile(
    r"/?subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.OperationalInsights/workspaces/[^/]+/?",
    re.IGNORECASE,
)
_API: Final = "2023-09-01"
_SUBSCRIPTIONS: Final = "2022-12-01"
_MOST_PAGES: Final = 1_000


@dataclass(frozen=True)
class Workspace:
    """A workspace: its id for queries, and where it is in Azure, where that is known."""

    id: str
    name: str = ""
    resource_id: str = ""
    location: str = ""


@dataclass
class Workspaces:
    """Finds workspaces; each is looked up once."""

    identity: Identity
    cloud: Cloud
    names: Mapping[str, str] = field(default_factory=dict)
    endpoint: str = ""
    _found: dict[str, Workspace] = field(default_factory=dict)
    _http: Http | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def http(self) -> Http:
        """Azure Resource Manager."""
        if self._http is None:
            sign = self.identity.sign(self.cloud.arm.scope)
            self._http = Http("Azure Resource Manager", sign=sign, complain=complain)
        return self._http

    @property
    def url(self) -> str:
        """Azure Resource Manager's address."""
        return (self.endpoint or self.cloud.arm.url).rstrip("/")

    async def find(self, wanted: str) -> Workspace:
        """Find a workspace by a name of the settings, its id, its resource id, or its name in Azure.

        Raises:
            UnknownName: if no subscription that the account sees has it.
            ConfigError: if several have one of that name.
        """
        async with self._turn:  # windows that are asked side by side look it up once
            if wanted not in self._found:
                self._found[wanted] = await self._looked_up(self.names.get(wanted, wanted), wanted)
        return self._found[wanted]

    async def _looked_up(self, given: str, wanted: str) -> Workspace:
        if _GUID.fullmatch(given):
            return Workspace(given, wanted)
        return await (self._by_resource(given) if _RESOURCE.fullmatch(given) else self._by_name(given))

    async def _by_resource(self, resource_id: str) -> Workspace:
        path = quote(resource_id.strip("/"))
        return _workspace((await self.http.send("GET", f"{self.url}/{path}", params={"api-version": _API})).json())

    async def _by_name(self, name: str) -> Workspace:
        there = [each async for each in self.all()]
        found = [each for each in there if each.name.lower() == name.lower()]
        if not found:
            raise UnknownName.among("workspace", name, [*self.names, *(each.name for each in there)])
        if len(found) > 1:
            places = ", ".join(each.resource_id for each in found)
            raise ConfigError(
                f"There are {len(found)} workspaces {name!r}.", hint=f"Give the resource id of one: {places}."
            )
        return found[0]

    async def by_id(self, id_: str) -> Workspace:
        """Find where a workspace is in Azure.

        Raises:
            UnknownName: if no subscription that the account sees has it.
        """
        there = [each async for each in self.all()]
        found = next((each for each in there if each.id.lower() == id_.lower()), None)
        if found is None:
            raise UnknownName.among("workspace", id_, [each.id for each in there])
        return found

    async def all(self) -> AsyncGenerator[Workspace, None]:
        """Every workspace of every subscription that the account sees."""
        async for subscription in self._listed("subscriptions", _SUBSCRIPTIONS):
            path = f"subscriptions/{quote(str(subscription['subscriptionId']))}/providers/Microsoft.OperationalInsights/workspaces"
            async for each in self._listed(path, _API):
                yield _workspace(each)

    async def _listed(self, path: str, version: str) -> AsyncGenerator[dict[str, Any], None]:
        url = f"{self.url}/{path}?api-version={version}"
        for _ in range(_MOST_PAGES):
            reply = await self.http.send("GET", url)
            page = reply.json()
            if not isinstance(page, dict) or not isinstance(page.get("value"), list):
                raise reply.malformed("it is no list")
            for each in page["value"]:
                yield each
            following = page.get("nextLink")
            if not following:
                return
            if not same_place(self.url, str(following)):  # the signature goes nowhere else
                raise reply.malformed("its next page is at another address")
            url = str(following)

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()


_KINDS: Final[dict[int, tuple[type[ServiceError], str]]] = {
    400: (QueryRejected, "What it says is wrong is in the name, the query or the time."),
    403: (AccessDenied, "The account needs Reader to find a workspace, and Log Analytics Contributor for search jobs."),
    404: (
        ServiceError,
        "Check the subscription, the resource group and the name; the account may not see them either.",
    ),
    409: (ServiceError, "There is a search job of this name: look at its state, or delete it."),
}


def complain(reply: Reply) -> ServiceError | None:
    """What an error of Azure Resource Manager means; None where it says nothing of its own."""
    try:
        problem = reply.json()["error"]
        said = ": ".join(str(problem[part]) for part in ("code", "message") if problem.get(part))
    except (ServiceError, KeyError, TypeError, AttributeError):
        return None
    kind, hint = _KINDS.get(reply.status, (None, ""))
    return None if kind is None else kind(said, service=reply.service, reply=reply.text(), hint=hint)


def _workspace(said: Mapping[str, Any]) -> Workspace:
    properties = said.get("properties") or {}
    return Workspace(
        id=str(properties.get("customerId", "")),
        name=str(said.get("name", "")),
        resource_id=str(said.get("id", "")),
        location=str(said.get("location", "")),
    )
