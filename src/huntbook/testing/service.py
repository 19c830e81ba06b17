"""A fake service: a real HTTP server on loopback, with faults on demand, that remembers what it was asked."""

from __future__ import annotations

import json
import secrets
import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

from huntbook.core import runtime
from huntbook.testing.faults import Fault, Faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from huntbook.core.timespan import TimeSpan
    from huntbook.sources._connection import Connection

_LATE = 30.0  # seconds that a slow answer takes, unless the service is stopped
_MOST_BODY = 100_000_000


@dataclass(frozen=True)
class Seen:
    """A request, as it came."""

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON; None if it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body.decode("utf-8"), keep_blank_values=True))

    @property
    def token(self) -> str:
        """What it is signed with."""
        return self.headers.get("authorization", "").partition(" ")[2]


class Refusal(Exception):
    """What a fake raises to answer with an error."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(answer.status)


@dataclass(frozen=True)
class Answer:
    """What is answered: JSON, or the body in pieces."""

    status: int = 200
    json: Any = None
    body: Iterable[bytes] | bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def pieces(self) -> Iterable[bytes]:
        """The body."""
        if self.body is None:
            return [json.dumps(self.json, ensure_ascii=False).encode()] if self.json is not None else []
        return [self.body] if isinstance(self.body, bytes) else self.body


class AccessToken(NamedTuple):
    """What a credential gives, as azure-identity's do."""

    token: str
    expires_on: int


class FakeCredential:
    """A credential of Azure's kind whose tokens a fake service takes."""

    def __init__(self, service: FakeService, *, lifetime: float = 3600) -> None:
        self._service = service
        self._lifetime = lifetime
        self.asked = 0

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """A new token."""
        self.asked += 1
        return AccessToken(self._service.token(*scopes), int(time.time() + self._lifetime))


class FixedCredential:
    """A credential of Azure's kind that gives one token, for a fake service in another process."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_: Any) -> AccessToken:
        """The token."""
        return AccessToken(self._token, int(time.time() + 86_400))

    def __repr__(self) -> str:
        return f"FixedCredential({self._token!r})"  # of a fake: it opens nothing


class FakeService(ABC):
    """A service on loopback that a source connects to. Subclasses answer in `answer`; this one does the rest.

    `requests` are those that came, `faults` is the schedule of what goes wrong.
    """

    source: ClassVar[str]  # the name of the source that asks it
    port: ClassVar[int] = 0  # where it listens; any free one

    def __init__(self, *, faults: Faults | None = None, retry_after: float = 0.02) -> None:
        self.faults = faults or Faults()
        self.retry_after = retry_after
        self.requests: list[Seen] = []
        self.failures: list[Exception] = []
        self.down: Callable[[TimeSpan | None], bool] = lambda _: (
            False
        )  # whether questions about a time are never answered
        self.stopping = threading.Event()
        self._tokens: set[str] = set()
        self._connections: list[Connection] = []
        self._server = _Server(self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="fake service", daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Its address."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def token(self, *_scopes: str) -> str:
        """Make a token that is taken until `expire` is called."""
        token = secrets.token_urlsafe(24)
        self._tokens.add(token)
        return token

    def expire(self) -> None:
        """Let all tokens end."""
        self._tokens.clear()

    def credential(self) -> FakeCredential:
        """A credential whose tokens are taken."""
        return FakeCredential(self)

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """What `hb.connect` needs to get here."""

    def connect(self, **more: Any) -> Connection:
        """Connect to it: `hb.connect(source, …)` with what it needs."""
        from huntbook.session import connect  # noqa: PLC0415 - only those who connect need it

        connection = connect(self.source, **{**self.settings(), **more})
        self._connections.append(connection)
        return connection

    @abstractmethod
    def answer(self, seen: Seen) -> Answer:
        """Answer a request that is allowed."""

    def allowed(self, seen: Seen) -> Answer | None:
        """Whether a request is signed as it should be; the refusal if not."""
        if seen.token in self._tokens:
            return None
        return Answer(
            401,
            {
                "error": {
                    "code": "InvalidAuthenticationToken",
                    "message": "The access token has expired or is not valid.",
                }
            },
        )

    def respond(self, seen: Seen) -> tuple[Answer, Fault | None]:
        """What a request gets, and whether the connection is to be dropped on the way."""
        self.requests.append(seen)
        fault = self.faults.next((seen.method, seen.path, tuple(seen.params.items()), seen.body))
        if fault is Fault.SLOW:
            self.stopping.wait(_LATE)
        if fault in _FAULTS:
            status, body = _FAULTS[fault]
            headers = {"Retry-After": str(self.retry_after)} if fault is Fault.THROTTLED else {}
            return Answer(status, body=body, headers=headers), fault
        try:
            answer = self.allowed(seen) or self.answer(seen)
            return replace(answer, body=self._watched(answer.pieces(), seen)), fault
        except Refusal as refusal:
            return refusal.answer, fault
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told to the client here and to the test by `stop`
            self.failed(error, seen)
            told = {"code": "FakeFailed", "message": f"The fake service itself failed: {error!r}"}
            return Answer(500, {"error": told}), None

    def _watched(self, pieces: Iterable[bytes], seen: Seen) -> Iterator[bytes]:
        """A body that is made while it is sent: what fails then ends the connection, since the status was told already."""
        try:
            yield from pieces
        except Exception as error:
            self.failed(error, seen)
            raise

    def failed(self, error: Exception, seen: Seen) -> None:
        """Remember that the fake itself failed, which is not what the service would do: `stop` raises the first such error."""
        error.add_note(f"This is a fault of the fake service, met while it answered {seen.method} {seen.path}.")
        self.failures.append(error)

    def about(self, span: TimeSpan | None) -> None:
        """Fakes call this with the time of a question: it is refused where the service is `down`."""
        if self.down(span):
            raise Refusal(Answer(503, body=b"down for this time"))

    def stop(self) -> None:
        """Stop it; what is open to it ends, in good order where it was made with `connect`. Such a connection may go on with kept answers.

        Raises:
            Exception: the first of `failures`, errors of the fake itself; clear them if they are no surprise.
        """
        self.stopping.set()
        for connection in self._connections:
            runtime.run(connection.driver.aclose())
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
        if self.failures:
            raise self.failures[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        try:
            self.stop()
        except Exception as own:
            if error is None:
                raise
            error.add_note(f"The fake service itself failed: {own!r}")

    def __repr__(self) -> str:
        return f"<fake {self.source} at {self.url}>"


_FAULTS = {
    Fault.THROTTLED: (429, b'{"error": {"code": "429", "message": "Too many requests"}}'),
    Fault.UNAVAILABLE: (503, b"upstream connect error"),
    Fault.BROKEN: (500, b'{"error": {"code": "InternalServerError", "message": "Something went wrong"}}'),
    Fault.MALFORMED: (200, b"<html><title>Proxy</title><p>Sign in to continue</p></html>"),
    Fault.EXPIRED: (
        401,
        b'{"error": {"code": "ExpiredAuthenticationToken", "message": "The access token is expired"}}',
    ),
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, service: FakeService) -> None:
        self.service = service
        super().__init__(("127.0.0.1", service.port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is no error of ours."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 60
    wbufsize = 1 << 16  # an answer in small packets would wait for each to be acknowledged
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        length = min(int(self.headers.get("Content-Length") or 0), _MOST_BODY)
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        answer, fault = self.server.service.respond(
            Seen(self.command, parts.path, params, headers, self.rfile.read(length))
        )
        self._send(answer, dropped=fault is Fault.DROPPED)

    def _send(self, answer: Answer, *, dropped: bool) -> None:
        if dropped and answer.status == 204:  # there is no body in the middle of which to end
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status == 204:  # has no body, not even an empty one in chunks
            self.end_headers()
            self.wfile.flush()
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in answer.pieces():
            if self.server.service.stopping.is_set():
                self.close_connection = True
                return
            if dropped:
                self.wfile.write(b"%x\r\n%b" % (len(piece) + 1, piece[: len(piece) // 2]))
                self.close_connection = True
                return
            if piece:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve  # noqa: N815 - as the base class looks for them

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class names it
        """Say nothing: what came is in `requests`."""
