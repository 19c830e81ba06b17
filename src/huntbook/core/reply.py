"""What a service answered over HTTP, and what a status means where the service does not say more."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import IO, TYPE_CHECKING, Any, Final
from weakref import finalize

from huntbook.core.json_text import read_json
from huntbook.core.redaction import redacted, shortened
from huntbook.errors import AccessDenied, QueryTimeout, RateLimited, ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

IN_MEMORY: Final = 8_000_000  # bytes of an answer
SHOWN: Final = 600  # characters of a reply in an error
_CHUNK: Final = 1 << 18


class Body(tempfile.SpooledTemporaryFile[bytes]):
    """The body of a reply: in memory while it is small. It goes with the reply, so that nobody has to be told that it was not closed."""

    def __init__(self) -> None:
        super().__init__(max_size=IN_MEMORY)

    def __del__(self) -> None:
        self.close()


@dataclass
class Reply:
    """What a service answered; `body` is at its beginning. A reply that is let go of takes its temporary file with it."""

    service: str
    status: int
    headers: Mapping[str, str]
    body: IO[bytes]
    size: int
    attempts: int = 1

    def __post_init__(self) -> None:
        finalize(self, self.body.close)

    def text(self, most: int = SHOWN) -> str:
        """The beginning of the body as text, without secrets."""
        self.body.seek(0)
        return redacted(self.body.read(most * 4).decode("utf-8", "replace"))[:most]

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ServiceError: if it is none.
        """
        self.body.seek(0)
        try:
            return read_json(self.body.read())
        except ValueError as error:
            raise self.malformed(str(error)) from error

    def chunks(self) -> Iterator[bytes]:
        """The body in pieces, from its beginning."""
        self.body.seek(0)
        while chunk := self.body.read(_CHUNK):
            yield chunk

    def malformed(self, why: str) -> ServiceError:
        """Say that the body is not what was expected."""
        error = ServiceError(
            f"The answer cannot be read: {shortened(why, SHOWN)}",
            service=self.service,
            reply=self.text(),
            hint="Something between here and the service may have answered in its place (a proxy, a sign-in page).",
        )
        error.transient = error.uncertain = True
        return error

    @property
    def retry_after(self) -> float | None:
        """Seconds that the service asks to wait."""
        return seconds_of(self.headers.get("retry-after", ""))


def seconds_of(value: str) -> float | None:
    """Read `Retry-After`: seconds, or the time of an HTTP date; None if it is neither."""
    try:
        return max(float(value), 0.0) if value.strip().replace(".", "", 1).isdigit() else _until(value)
    except (ValueError, TypeError, OverflowError):
        return None


def _until(value: str) -> float:
    moment = parsedate_to_datetime(value)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)


def meaning(reply: Reply) -> ServiceError:
    """What a status means where the service does not say more."""
    about = {"service": reply.service, "reply": reply.text()}
    status = reply.status
    if status == 401:
        return stale(AccessDenied("Not signed in (401).", hint="Check the credential; sign in again.", **about))
    if status == 403:
        return AccessDenied("Not allowed (403).", hint="The account lacks a permission that this needs.", **about)
    if status == 429:
        return RateLimited(
            "Too many requests (429).", retry_after=reply.retry_after, hint="Wait, and ask less at once.", **about
        )
    if status in (408, 504):
        return QueryTimeout(
            f"The service took too long ({status}).", hint="Ask for less time at once (split).", **about
        )
    if 300 <= status < 400:
        return ServiceError(
            f"The service points elsewhere ({status}), which is not followed.", hint="Check the address.", **about
        )
    return ServiceError(f"The service answered with {status}.", **about)


def stale(error: AccessDenied) -> AccessDenied:
    """Say of an error that a new token may help."""
    error.stale = True
    return error
