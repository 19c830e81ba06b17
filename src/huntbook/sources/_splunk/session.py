"""How Splunk knows who asks: a token, a session key, or a user and a password for which it gives a session that ends at some time.

Source: help.splunk.com, REST API reference, "Access endpoint descriptions" (auth/login, authentication/current-context).
"""

from __future__ import annotations

import asyncio
import ssl
from contextvars import ContextVar
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Self
from urllib.parse import quote

from pydantic import Field, model_validator

from huntbook.config.secrets import Secret
from huntbook.config.settings import SettingsModel
from huntbook.core.http import Http, encrypted
from huntbook.errors import AccessDenied, ConfigError, ServiceError
from huntbook.sources._splunk.replies import MOST_ROWS, complain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from huntbook.core.http import Reply

JSON: Final = {"output_mode": "json"}
TRUST: Final = (
    'Splunk made it itself? Give ca="…", the authority of its certificate; verify=False asks without a check.'
)
_HEC_PORT: Final = 8088
_ENTRIES: Final = 1_000  # of a collection, that come at once
_AGAIN: Final = 3  # attempts to read a document that came as something else


class SplunkSettings(SettingsModel):
    """Where a Splunk is, who asks it, and how."""

    host: str = Field(min_length=1)
    """The host of the REST API: a search head, or the address of a stack in Splunk Cloud."""
    port: int = Field(default=8089, ge=1, le=65535)
    """The port of the REST API."""
    scheme: Literal["https", "http"] = "https"
    """How it is spoken to; over http nobody signs in, unless Splunk is on this very machine."""
    token: Secret | None = None
    """A token of Splunk's (Settings, Tokens); or else user and password, or session_key."""
    user: str = ""
    """Who signs in by a password."""
    password: Secret | None = None
    """The user's password."""
    session_key: Secret | None = None
    """A session that somebody else opened."""
    app: str = ""
    """The app whose saved searches, lookups and macros are meant; the account's own if not given."""
    owner: str = ""
    """Whose private ones, where an app is given; the account's if not given."""
    verify: bool = True
    """Whether the certificate of Splunk is checked. Splunk comes with one of its own making: give `ca`, and leave this."""
    ca: Path | None = None
    """A file or folder of certificates that are trusted besides the usual ones: that of the authority which made Splunk's."""
    timeout: float = Field(default=900.0, gt=0)
    """Seconds that a search may take; then it is cancelled."""
    max_rows: int = Field(default=MOST_ROWS, ge=1)
    """Most rows of one search (`max_count`). Splunk's own limit is 500,000; `stream` has none."""
    ttl: int = Field(default=600, ge=10)
    """Seconds that Splunk keeps a search which could not be cancelled, since the network was gone."""
    internal: bool = False
    """Whether fields that Splunk keeps its books with are given (_bkt, _cd, _si …); a search that names one gets it anyhow."""
    hec: str = ""
    """The address of the event collector, which `upload` sends to; port 8088 of the host if not given."""
    hec_token: Secret | None = None
    """The event collector's token."""
    hec_acknowledge: bool = False
    """Whether to wait until what was sent is indexed, for a token that is set up so."""

    ways_in: ClassVar = (frozenset({"token"}), frozenset({"session_key"}), frozenset({"user", "password"}))

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        ways = {
            "token": self.token is not None,
            "session_key": self.session_key is not None,
            "user and password": bool(self.user) or self.password is not None,
        }
        given = [way for way, there in ways.items() if there]
        if len(given) > 1:
            raise ValueError(f"give {' or '.join(given)}, not both.")
        if bool(self.user) != (self.password is not None):
            raise ValueError(f"{'user' if self.password else 'password'} is missing: user and password go together.")
        if not given and self.hec_token is None:
            raise ValueError("give token, or user and password, or session_key; hec_token is enough to upload.")
        if set("/@?#") & set(self.host) or self.host.count(":") == 1:
            raise ValueError("host is a name or an address; port and scheme are settings of their own.")
        return self

    @property
    def url(self) -> str:
        """The address of the REST API."""
        return f"{self.scheme}://{self._place}:{self.port}"

    @property
    def _place(self) -> str:
        return f"[{self.host}]" if ":" in self.host and not self.host.startswith("[") else self.host

    @property
    def hec_url(self) -> str:
        """The address of the event collector."""
        return (self.hec or f"{self.scheme}://{self._place}:{_HEC_PORT}").rstrip("/")

    def path(self, rest: str, *, reading: bool = False) -> str:
        """The address of an endpoint, for the app and owner that are set; to read, a wildcard stands for what is not set."""
        if not self.app and not self.owner:
            return f"{self.url}/services/{rest}"
        owner = self.owner or ("-" if reading else self.user or "nobody")
        app = self.app or ("-" if reading else "search")
        return f"{self.url}/servicesNS/{quote(owner, safe='-')}/{quote(app, safe='-')}/{rest}"

    def trust(self) -> ssl.SSLContext | bool:
        """What a certificate is checked against.

        Raises:
            ConfigError: if the file of authorities cannot be read.
        """
        if not self.verify or self.ca is None:
            return self.verify
        place = self.ca.expanduser()
        context = ssl.create_default_context()
        try:
            context.load_verify_locations(**{"capath" if place.is_dir() else "cafile": str(place)})
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(
                f"ca: {self.ca} holds no certificates that can be read.", hint="It is a PEM file, or a folder of them."
            ) from error
        return context


_given: ContextVar[Mapping[int, Secret]] = ContextVar("_given", default={})  # noqa: B039 - replaced, never changed


class Session:
    """Signs requests; opens a session when it is needed, and another one when that has ended."""

    def __init__(self, settings: SplunkSettings, service: str) -> None:
        self._settings = settings
        self.service = service
        self._key: Secret | None = settings.session_key
        self._refused: AccessDenied | None = None
        self._opening = asyncio.Lock()
        self._plain = Http(service, complain=complain, verify=settings.trust(), trust=TRUST)
        self.http = Http(service, sign=self.sign, complain=complain, verify=settings.trust(), trust=TRUST)

    async def sign(self, again: bool) -> Mapping[str, str]:
        """The headers of a signed request.

        Raises:
            AccessDenied: if Splunk does not know the user.
        """
        settings = self._settings
        if settings.token is not None:
            return {"Authorization": f"Bearer {await revealed(settings.token)}"}
        if settings.password is not None:
            last = _given.get().get(id(self))  # of this task: others may have another one by now
            async with self._opening:
                if self._key is None or (again and self._key is last):
                    self._key = await self._open(settings.password)
            _given.set({**_given.get(), id(self): self._key})
        if self._key is None:
            hint = "Give token, or user and password, or session_key."
            raise AccessDenied("There is nothing to sign in with.", service=self.service, hint=hint)
        return {"Authorization": f"Splunk {await revealed(self._key)}"}

    async def _open(self, password: Secret) -> Secret:
        """Open a session. A password that was refused is not tried again: that would lock the account."""
        if self._refused is not None:
            raise self._refused
        if not encrypted(self._settings.url):
            raise ConfigError(
                f"{self._settings.url} is not encrypted.", hint="Use https: the password would be read on its way."
            )

        async def signing_in() -> Reply:
            url, user = f"{self._settings.url}/services/auth/login", self._settings.user
            # No name stands for the form: tracebacks would show it.
            return await self._plain.send(
                "POST", url, form={"username": user, "password": await revealed(password), **JSON}
            )

        try:
            said = await _object(signing_in)
        except AccessDenied as error:
            self._refused = error.with_traceback(None)
            raise
        key = said.get("sessionKey")
        if not isinstance(key, str) or not key:
            raise AccessDenied("Splunk opened no session.", service=self.service, hint="Check host and port.")
        return Secret(key, plain=True)

    async def document(self, url: str, *, query: str = "", params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Get a document in JSON; empty where Splunk has none yet.

        Raises:
            ServiceError: if it cannot be had.
        """
        asked = {**JSON, **(params or {})}
        return await _object(lambda: self.http.send("GET", url, params=asked, query=query))

    async def entries(self, url: str) -> list[dict[str, Any]]:
        """All entries of a collection, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            page = await self.document(url, params={"count": _ENTRIES, "offset": len(found)})
            listed = page.get("entry")
            entries = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
            found += entries
            if len(entries) < _ENTRIES:
                return found

    async def close(self) -> None:
        """Close the connections."""
        await self.http.close()
        await self._plain.close()


async def _object(ask: Callable[[], Awaitable[Reply]]) -> dict[str, Any]:
    """The object that a service answers with; something in between may answer in its place, for once."""
    for attempt in count(1):
        reply = await ask()
        if reply.status == 204 or not reply.size:
            break
        try:
            found = reply.json()
            if not isinstance(found, dict):
                raise reply.malformed("it is no object")
        except ServiceError:
            if attempt == _AGAIN:
                raise
        else:
            return found
    return {}


async def revealed(secret: Secret) -> str:
    """The value of a secret; one that has to be fetched is fetched in a thread."""
    return await asyncio.to_thread(secret.reveal) if secret.reference else secret.reveal()
