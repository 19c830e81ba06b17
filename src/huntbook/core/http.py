"""One way to ask a service over HTTP: signed, repeated with patience, bounded in size, and with errors that say what to do.

An answer is taken whole before anybody reads it: into memory while it is small, into a nameless temporary file when it is not. So a connection
that drops in the middle is asked again without rows being lost or given twice, and memory stays bounded.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx2

from huntbook import __version__
from huntbook.core import runtime
from huntbook.core.redaction import hide, redacted
from huntbook.core.reply import SHOWN, Body, Reply, meaning, seconds_of, stale
from huntbook.core.unreached import TRUST, unreached
from huntbook.errors import (
    AccessDenied,
    ConfigError,
    ParameterError,
    QueryTimeout,
    RateLimited,
    ServiceError,
    Unreachable,
)

__all__ = [
    "MOST_BYTES",
    "PATIENCE",
    "SHOWN",
    "Http",
    "Patience",
    "Reply",
    "encrypted",
    "same_place",
    "seconds_of",
    "stale",
]

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from huntbook.core.pace import Pace

    Sign = Callable[
        [bool], Awaitable[Mapping[str, str]]
    ]  # headers of a signed request; True: the last ones were refused
    Complain = Callable[["Reply"], ServiceError | None]  # what a service means by a reply; None: what HTTP means by it

MOST_BYTES: Final = 1_000_000_000
_RENEWALS: Final = 2  # of a token, for one request: one may end just as it is used
_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_UNCERTAIN: Final = frozenset({408, 500, 502, 504})  # answers after which something may have been done
_CONNECT: Final = 10.0  # seconds until somebody answers at all
_TELLING: Final = 8  # characters of a signature below which it may be part of an innocent text, and keeps nobody out
_ALONE: Final = (
    2  # attempts to reach somebody who is not there: a wrong address, or no network, does not pass in some seconds
)
_LONGEST_REST: Final = 60.0  # seconds that all requests rest at most after a good answer
# Of this machine nothing goes by a proxy: what may go unencrypted here may not go to somebody else so.
_HERE: Final = ("127.0.0.1", "::1", "localhost")
_NO_PROXY: Final = ("all://127.0.0.1", "all://[::1]", "all://localhost")


@dataclass(frozen=True)
class Patience:
    """How often, and for how long, a request is tried again: each wait is twice the last, less up to half of it by chance."""

    attempts: int = 6
    first: float = 0.5  # seconds
    longest: float = 60.0
    in_all: float = 600.0

    def wait(self, attempt: int, asked: float | None, waited: float) -> float | None:
        """How long to wait before another attempt; None if there is to be none."""
        if attempt >= self.attempts:
            return None
        delay = min(self.first * 2 ** (attempt - 1), self.longest) * random.uniform(0.5, 1)  # noqa: S311 - spreads load
        delay = delay if asked is None else max(delay, asked)
        return delay if waited + delay <= self.in_all else None


PATIENCE = Patience()  # of whoever does not say otherwise


@dataclass(eq=False)
class Http:
    """A service that is asked over HTTP; used on huntbook's own loop only.

    `sign` gives the headers of a signed request, `complain` reads a service's own errors. `paces` say how often addresses that begin so may be
    asked, `rest` for how many seconds nobody should ask after a good answer, and `trust` how one says whose certificates to trust. When a service asks for less, all requests of this object wait,
    not only the one that was told.
    """

    service: str
    sign: Sign | None = None
    complain: Complain | None = None
    verify: ssl.SSLContext | bool = True
    patience: Patience = field(default_factory=lambda: PATIENCE)
    read_timeout: float = 660.0  # seconds; a service that needs longer says so itself
    most_bytes: int = MOST_BYTES
    paces: Mapping[str, Pace] = field(default_factory=dict)
    rest: Callable[[Reply], float | None] = lambda _: None
    trust: str = TRUST
    gone: bool = False  # whether nobody was there when it was last asked: it is then asked once, until it answers
    _clients: dict[bool, httpx2.AsyncClient] = field(default_factory=dict)
    _quiet_until: float = 0.0

    async def send(
        self,
        method: str,
        url: str,
        *,
        json: object = None,
        content: bytes | None = None,
        form: Mapping[str, object] | None = None,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        query: str = "",
        repeatable: bool = True,
    ) -> Reply:
        """Ask, again where that may help, and return the answer.

        Args:
            method: GET, POST …
            url: absolute; nothing that redirects is followed, since the signature would go with it.
            json: a body, written as JSON.
            content: a body as it is.
            form: a body, written as a form.
            params: the query part of the address.
            headers: beside the signature.
            query: the question, for errors.
            repeatable: whether asking twice does no harm. If not, only what surely did not arrive is sent again.

        Raises:
            ServiceError: or one of its kinds, if there is no good answer.
        """
        make = _Made(method, url, json, content, form, params, headers or {})
        del json, content, form, params, headers  # tracebacks show what a function's names stand for
        tries = _Tries(self, query, repeatable=repeatable)
        while True:
            await tries.begin(url)
            try:
                reply = await self._once(make, again=tries.refused_signature)
            except httpx2.RequestError as error:
                await tries.broken(error)
                continue
            if reply.status < 300:
                reply.attempts = tries.attempt
                if rest := self.rest(reply):
                    await self.pause(min(rest, _LONGEST_REST), everyone=True)
                return reply
            await tries.refused(reply)

    @asynccontextmanager
    async def stream(
        self, method: str, url: str, *, query: str = "", **parts: Any
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Ask and take the body as it comes, for answers without an end in sight; what breaks off then is not asked again.

        Raises:
            ServiceError: or one of its kinds.
        """
        make = _Made(
            method, url, **{"json": None, "content": None, "form": None, "params": None, "headers": {}} | parts
        )
        del parts
        tries = _Tries(self, query)
        while True:
            await tries.begin(url)
            try:
                response = await self._opened(make, again=tries.refused_signature)
            except httpx2.RequestError as error:
                await tries.broken(error)
                continue
            if response.status_code < 300:
                break
            await tries.refused(await self._closed(response))
        try:
            yield response.aiter_bytes()
        except httpx2.RequestError as error:
            raise self.broken(error, query) from error
        finally:
            await response.aclose()

    async def _opened(self, make: _Made, *, again: bool) -> httpx2.Response:
        client = self._client(make.url)
        try:
            request = client.build_request(
                **await self._signed(make, again=again)
            )  # it shows no headers, as a dict would
        except httpx2.InvalidURL as error:
            raise ConfigError(f"{self.service}: {make.url!r} is no address.", hint="Check the address.") from error
        except UnicodeEncodeError as error:
            hint = "A query may hold half of a character (a lone surrogate), or a token what is not ASCII."
            raise ParameterError(f"{self.service}: what is to be sent cannot be written.", hint=hint) from error
        response = await client.send(request, stream=True)
        self.gone = False
        return response

    async def _closed(self, response: httpx2.Response) -> Reply:
        try:
            return await self._taken(response)
        finally:
            await response.aclose()

    async def _once(self, make: _Made, *, again: bool) -> Reply:
        return await self._closed(await self._opened(make, again=again))

    async def _signed(self, make: _Made, *, again: bool) -> dict[str, Any]:
        if self.sign is not None and not encrypted(make.url):
            parts = urlsplit(make.url)
            raise ConfigError(
                f"{self.service}: {parts.scheme}://{parts.netloc} is not encrypted.",
                hint="Use https: the signature would be read on its way.",
            )
        signature = await self.sign(again) if self.sign is not None else {}
        for value in signature.values():
            if len(secret := value.rpartition(" ")[2]) >= _TELLING:  # what follows "Bearer"
                hide(secret)  # a service may repeat it in what it says
        return make.arguments({**make.headers, **signature})

    async def _taken(self, response: httpx2.Response) -> Reply:
        """Take the whole body, as far as it is allowed to go."""
        body = Body()
        reply = Reply(self.service, response.status_code, response.headers, body, 0)
        async for chunk in response.aiter_bytes():
            reply.size += len(chunk)
            if reply.size > self.most_bytes:
                error = ServiceError(
                    f"The answer is larger than {self.most_bytes / 1e6:,.0f} MB.",
                    service=self.service,
                    hint="Ask for fewer rows or columns, or for less time at once (split).",
                )
                error.too_much = True
                raise error
            body.write(chunk)
        body.seek(0)
        return reply

    def problem(self, reply: Reply, query: str) -> ServiceError:
        """What an answer says is wrong."""
        problem = (self.complain(reply) if self.complain is not None else None) or meaning(reply)
        problem.query = problem.query or query
        return problem

    def broken(self, error: httpx2.RequestError, query: str) -> ServiceError:
        """What an answer that did not come means."""
        what = redacted(str(error)) or type(error).__name__
        about = {"service": self.service, "query": query}
        if isinstance(error, (httpx2.ReadTimeout, httpx2.WriteTimeout)):
            return QueryTimeout("No answer came in time.", hint="Ask for less time at once (split).", **about)
        found = unreached(error, self.trust)
        problem = Unreachable(f"No answer: {what}.", hint=found.hint, **about)
        problem.gone = found.nobody
        return problem

    async def pause(self, delay: float, *, everyone: bool) -> None:
        """Wait before another attempt, or have every request of this object wait."""
        if everyone:
            self._quiet_until = max(self._quiet_until, asyncio.get_running_loop().time() + delay)
        else:
            await asyncio.sleep(delay)

    async def quiet(self) -> float:
        """Wait as long as the service asked everybody to, also where it asks for more meanwhile; say how long that was."""
        waited = 0.0
        while (delay := self._quiet_until - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(delay)
            waited += delay
        return waited

    async def turn(self, url: str) -> None:
        """Wait for the turn of a request to an address, where the service says how often it may be asked."""
        for begins, pace in self.paces.items():
            if url.lower().startswith(begins.lower()):
                await pace.turn()

    def _client(self, url: str) -> httpx2.AsyncClient:
        """Certificates are loaded by the first request that needs them: that takes a tenth of a second."""
        secure = url.startswith("https:")
        if secure not in self._clients:
            runtime.close_at_end(self)
            self._clients[secure] = httpx2.AsyncClient(
                verify=self.verify if secure else False,
                timeout=httpx2.Timeout(30.0, connect=_CONNECT, read=self.read_timeout, pool=None),
                limits=httpx2.Limits(max_connections=64, max_keepalive_connections=16),
                headers={"User-Agent": f"huntbook/{__version__}"},
                follow_redirects=False,
                mounts=dict.fromkeys(_NO_PROXY),
            )
        return self._clients[secure]

    async def close(self) -> None:
        """Close all connections."""
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.aclose()


@dataclass
class _Tries:
    """How often a request was tried, and whether there is to be another attempt."""

    http: Http
    query: str
    repeatable: bool = True
    attempt: int = 0
    renewed: int = 0  # how often the signature was refused and made anew
    refused_signature: bool = False  # whether that is what the last attempt met
    _waited: float = 0.0
    _alone: int = 0  # attempts that met nobody

    async def begin(self, url: str) -> None:
        """Wait as long as the service asked everybody to."""
        self.attempt += 1
        await self.http.turn(url)
        self._waited += await self.http.quiet()

    async def refused(self, reply: Reply) -> None:
        """Wait before another attempt after an answer that is an error, or raise the error."""
        self.refused_signature = False
        problem = self.http.problem(reply, self.query)
        problem.uncertain = reply.status in _UNCERTAIN
        stale_token = isinstance(problem, AccessDenied) and problem.stale and self.http.sign is not None
        if stale_token and self.renewed < _RENEWALS:
            self.renewed += 1
            self.refused_signature = True
            return
        again = reply.status in _AGAIN and (self.repeatable or reply.status in (429, 503))
        asked = problem.retry_after if isinstance(problem, RateLimited) else reply.retry_after
        await self._wait(problem, asked, again)

    async def broken(self, error: httpx2.RequestError) -> None:
        """The same after an answer that did not come, or broke off."""
        self.refused_signature = False
        problem, found = self.http.broken(error, self.query), unreached(error)
        problem.uncertain = found.sent
        again = not found.hopeless and (self.repeatable or not problem.uncertain)
        if found.nobody:
            self._alone += 1
            again = again and self._alone < _ALONE and not self.http.gone
            self.http.gone = self.http.gone or not again
        await self._wait(problem, None, again)

    async def _wait(self, problem: ServiceError, asked: float | None, again: bool) -> None:
        delay = self.http.patience.wait(self.attempt, asked, self._waited) if again else None
        if delay is None:
            raise problem from None
        everyone = isinstance(problem, RateLimited)
        self._waited += 0 if everyone else delay  # what everybody waits is counted when it is waited: in `begin`
        await self.http.pause(delay, everyone=everyone)


@dataclass(frozen=True)
class _Made:
    """A request, before it is signed. It does not show what may be secret: a form may be one that signs in."""

    method: str
    url: str
    json: object = field(repr=False)
    content: bytes | None = field(repr=False)
    form: Mapping[str, object] | None = field(repr=False)
    params: Mapping[str, str | int] | None = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    @cached_property
    def _body(self) -> dict[str, Any]:
        named = {"json": self.json, "content": self.content, "data": self.form, "params": self.params}
        return {name: value for name, value in named.items() if value is not None}

    def arguments(self, headers: Mapping[str, str]) -> dict[str, Any]:
        return {"method": self.method, "url": self.url, "headers": dict(headers), **self._body}


def encrypted(url: str) -> bool:
    """Whether nobody on the way can read what is sent: https, or this very machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in _HERE


def same_place(url: str, other: str) -> bool:
    """Whether two addresses are of one host: of the same scheme, name and port, a port that goes without saying included."""
    return _place(url) == _place(other)


def _place(url: str) -> tuple[str, str | None, int | None] | None:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None
