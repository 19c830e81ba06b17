"""Signing in to Microsoft's clouds: azure-identity does it; tokens are kept, renewed in time, and shown to nobody."""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import BeforeValidator, Field, model_validator

from huntbook.config.clouds import Cloud, clouds
from huntbook.config.references import guard_azure
from huntbook.config.secrets import Secret
from huntbook.config.settings import SettingsModel
from huntbook.core.optional import require
from huntbook.core.redaction import hide
from huntbook.errors import AccessDenied, ConfigError, HuntbookError
from huntbook.sources._microsoft.sign_in import BY_ITSELF, SERVICE, Show, failure, said, ways

_SHOWN = 120  # characters of what each of several ways says
_EARLY = 300.0  # seconds before its end that a token is no longer used

WayName = Literal[
    "environment",
    "cli",
    "powershell",
    "developer_cli",
    "vscode",
    "managed_identity",
    "workload_identity",
    "interactive",
    "device_code",
    "client_secret",
    "certificate",
]
Sign = Callable[[bool], Awaitable[Mapping[str, str]]]


def _listed(value: object) -> object:
    """Take one name, or several with commas, for a list."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class IdentitySettings(SettingsModel):
    """How to sign in; the settings of a source in Microsoft's clouds derive from it."""

    tenant: str = ""
    """The directory to sign in to: its id, or one of its domains."""
    client_id: str = ""
    """The application that signs in."""
    client_secret: Secret | None = None
    """The application's secret."""
    certificate: Path | None = None
    """A file with the application's certificate and private key, PEM or PFX."""
    certificate_password: Secret | None = None
    """What that file is encrypted with."""
    sign_in: Annotated[list[WayName], BeforeValidator(_listed)] = Field(default_factory=list)
    """The ways to sign in, tried in this order; by default whoever is signed in already."""
    cloud: Literal["public", "usgov", "china"] = "public"
    """Which of Microsoft's clouds."""
    credential: Any = Field(default=None, exclude=True, repr=False)
    """An object with `get_token`, made by the caller, instead of all of these."""

    ways_in: ClassVar = (frozenset({"client_secret"}), frozenset({"certificate", "certificate_password"}))

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.credential is not None and not callable(getattr(self.credential, "get_token", None)):
            raise ValueError("credential is no object with get_token, as those of azure.identity are.")
        needs = {"client_secret": self.client_secret, "certificate": self.certificate}
        for way in self.order() if self.credential is None else ():
            named = {"tenant": self.tenant, "client_id": self.client_id, way: needs.get(way)}
            missing = [name for name, value in named.items() if not value]
            if way in needs and missing:
                raise ValueError(f"signing in by {way} needs {' and '.join(missing)}.")
        return self

    def order(self) -> tuple[str, ...]:
        """The ways to try, in order."""
        if self.sign_in:
            return tuple(self.sign_in)
        given = [way for way in ("client_secret", "certificate") if getattr(self, way)]
        return tuple(given[:1]) or BY_ITSELF


@dataclass(frozen=True, repr=False, slots=True)
class _Kept:
    """A token, and until when it is used."""

    token: str
    until: float


class _Attempt(NamedTuple):
    """What came of asking for a token. An error is kept as what to say of it, not as what it holds."""

    kept: _Kept | None = None
    problem: HuntbookError | None = None
    absent: bool = False  # this way is not there at all: the next is tried

    def __repr__(self) -> str:
        return f"<{self.problem or 'signed in'}>"


_given: ContextVar[Mapping[tuple[int, str], str]] = ContextVar("_given", default={})  # noqa: B039 - replaced, never changed


class Identity:
    """Tokens for one connection. They are asked for one at a time, in a thread of their own, and kept until shortly before their end.

    Example:
        identity = Identity(settings, extra="sentinel")
        token = await identity.token(identity.cloud.log_analytics.scope)
    """

    def __init__(self, settings: IdentitySettings, *, extra: str, show: Show | None = None) -> None:
        """Keep what is needed to sign in; it is done when the first token is asked for.

        Args:
            settings: how to.
            extra: the extra of huntbook that brings azure-identity for this source.
            show: tells the person something, by default on standard error, which notebooks show below the cell.
        """
        self.settings = settings
        self._extra = extra
        self._show_person = show or _on_stderr
        self._shown = ""
        self._kept: dict[str, _Kept] = {}
        self._pending: dict[str, Future[str]] = {}
        self._beginning = threading.Lock()
        self._one_at_a_time = threading.Lock()
        self._credentials: dict[str, Any] = {}
        self._settled = ""  # the way that worked: the others are not tried again

    @property
    def cloud(self) -> Cloud:
        """Where the services of this cloud are."""
        return clouds[self.settings.cloud]

    async def token(self, scope: str) -> str:
        """Return a token for a scope that is good for some time to come.

        Raises:
            Unreachable: if the network or Microsoft does not answer.
            AccessDenied: if the sign-in is refused, with what to do about it.
            ConfigError: if a setting is of no use; SecretMissing if a secret is not there.
        """
        kept = self._kept.get(scope)
        return kept.token if kept and kept.until > time.time() else await self._awaited(scope)

    async def refresh(self, scope: str, *, refused: str = "", claims: str = "") -> str:
        """Return another token than the one that was `refused`, for an answer 401; `claims` is what the service asks for with it."""
        kept = self._kept.get(scope)
        if kept and refused and kept.token != refused:
            return kept.token  # somebody else has renewed it meanwhile
        return await self._awaited(scope, renew=True, claims=claims)

    def sign(self, scope: str) -> Sign:
        """Make what signs requests for a scope: it is called with True after an answer 401, and gives the headers."""
        key = (id(self), scope)

        async def headers(again: bool) -> Mapping[str, str]:
            last = _given.get().get(key, "")  # of this task: others may have another one by now
            token = await (self.refresh(scope, refused=last) if again else self.token(scope))
            _given.set({**_given.get(), key: token})
            return {"Authorization": f"Bearer {token}"}

        return headers

    async def _awaited(self, scope: str, *, renew: bool = False, claims: str = "") -> str:
        """Wait for a sign-in, one that is under way already if there is one."""
        with self._beginning:
            future = self._pending.get(scope)
            if future is None or future.done():
                future = self._pending[scope] = Future()
                future.set_running_or_notify_cancel()  # so that nobody who stops waiting stops it for the others
                work = (future, scope, renew, claims)
                # Not a thread of a pool: Python waits for those when it ends, and a person may never enter a code.
                threading.Thread(target=self._work, args=work, name="huntbook sign-in", daemon=True).start()
            elif self._shown:
                self._show_person(self._shown)
        return await asyncio.wrap_future(future)

    def _work(self, future: Future[str], scope: str, renew: bool, claims: str) -> None:
        try:
            with self._one_at_a_time:
                kept = self._signed_in(scope, renew, claims)
            hide(kept.token)
            self._kept[scope] = kept
            future.set_result(kept.token)
        except BaseException as error:  # noqa: BLE001 - it is raised where the token is awaited
            future.set_exception(error)
        finally:
            self._shown = ""

    def _signed_in(self, scope: str, renew: bool, claims: str) -> _Kept:
        """Try the ways in order; one that is not there at all makes room for the next, one that is refused does not."""
        given = self.settings.credential is not None
        problems: dict[str, HuntbookError] = {}
        for way in ("credential",) if given else (self._settled,) if self._settled else self.settings.order():
            attempt = self._attempt(way, scope, renew, claims)
            if attempt.kept:
                self._settled = way
                return attempt.kept
            assert attempt.problem  # noqa: S101 - one of them is there
            problems[way] = attempt.problem
            if not attempt.absent:
                break
        raise _none_of(problems)

    def _attempt(self, way: str, scope: str, renew: bool, claims: str) -> _Attempt:
        by_person = way in ways and ways[way].by_person
        if renew and by_person and not claims:  # the refresh token is good: a new claim has azure-identity use it
            claims = json.dumps({"access_token": {"nbf": {"essential": True, "value": str(int(time.time()))}}})
        try:
            credential = self._credential(way, renew=renew and not by_person)
            found = credential.get_token(scope, **({"claims": claims} if claims else {}))
        except HuntbookError as error:
            return _Attempt(problem=error.with_traceback(None))
        except (ValueError, OSError) as error:
            problem = ConfigError(
                f"Signing in by {way} cannot begin: {said(error)}.", hint=ways[way].hint if way in ways else ""
            )
            return _Attempt(problem=problem, absent=way == "workload_identity")
        except Exception as error:  # noqa: BLE001 - a credential may be anybody's
            return _Attempt(problem=failure(way, error, self.cloud.login), absent=_absent(way, error))
        return _kept(found)

    def _credential(self, way: str, *, renew: bool) -> Any:
        """The credential of a way; renewed it is made anew, since azure-identity keeps tokens and would give the same again."""
        if way == "credential":
            return self.settings.credential
        if renew and way in self._credentials:
            _close(self._credentials.pop(way))
        if way not in self._credentials:
            identity = require("azure.identity", extra=self._extra)
            guard_azure()
            self._credentials[way] = ways[way].make(identity, self.settings, self._show)
        return self._credentials[way]

    def _show(self, text: str) -> None:
        self._shown = text
        self._show_person(text)

    def close(self) -> None:
        """Let go of connections; a credential that was given is its owner's to close."""
        while self._credentials:
            _close(self._credentials.popitem()[1])

    def __repr__(self) -> str:
        by = "a given credential" if self.settings.credential is not None else ", ".join(self.settings.order())
        return f"<sign-in to Microsoft's {self.settings.cloud} cloud by {by}>"


def _on_stderr(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _close(credential: Any) -> None:
    close = getattr(credential, "close", None)
    if close:
        close()


def _absent(way: str, error: Exception) -> bool:
    """Whether a way is not there, as opposed to refused; of a managed identity the vendor's chain tells only that it failed."""
    identity: Any = sys.modules.get("azure.identity")
    return way == "managed_identity" or bool(identity and isinstance(error, identity.CredentialUnavailableError))


def _kept(found: Any) -> _Attempt:
    """Read what a credential gave: a token and when it ends. Half of a short life is used, else all but the last minutes."""
    if inspect.isawaitable(found):
        close = getattr(found, "close", None)
        if close:
            close()
        hint = "Use those of azure.identity, not of azure.identity.aio."
        return _Attempt(problem=ConfigError("credential is asynchronous, which is not taken.", hint=hint))
    token, ends = getattr(found, "token", None), getattr(found, "expires_on", None)
    if not isinstance(token, str) or not token or not isinstance(ends, int | float):
        return _Attempt(problem=AccessDenied("The credential gave no token.", service=SERVICE))
    left = ends - time.time()
    return _Attempt(kept=_Kept(token, ends - min(_EARLY, max(left, 0) / 2)))


def _none_of(problems: Mapping[str, HuntbookError]) -> HuntbookError:
    """The error of the only way or the last, if it was refused; of several that are not there, all of them."""
    last = list(problems.values())[-1]
    if len(problems) == 1 or not isinstance(last, AccessDenied):
        return last
    said_by = {way: getattr(problem, "reply", "") or problem.message for way, problem in problems.items()}
    told = "; ".join(f"{way}: {text[:_SHOWN]}{'…' * (len(text) > _SHOWN)}" for way, text in said_by.items())
    hint = 'Run az login, or say how: sign_in=["device_code"], or tenant, client_id and client_secret.'
    return AccessDenied(f"No way to sign in worked. {told}.", service=SERVICE, reply=told, hint=hint)
