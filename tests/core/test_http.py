"""Asking over HTTP, against a server on loopback: what is tried again, what is not, and what is said."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
import trustme
from tests.config.showing import in_frames

from huntbook.core import runtime
from huntbook.core.http import Http, Patience, Reply, encrypted, same_place, seconds_of
from huntbook.core.pace import Pace
from huntbook.core.redaction import hide
from huntbook.core.result import Completeness, Missing
from huntbook.errors import (
    AccessDenied,
    ConfigError,
    ParameterError,
    QueryRejected,
    QueryTimeout,
    RateLimited,
    ServiceError,
    Unreachable,
)
from huntbook.testing.service import Answer, FakeService, Seen

QUICK = Patience(attempts=4, first=0.01, longest=0.02, in_all=5)


class Echo(FakeService):
    """Answers as it is told to, one answer after the other; the last one for ever."""

    source: ClassVar[str] = "echo"

    def __init__(self, *answers: Answer | Callable[[Seen], Answer]) -> None:
        self.answers = list(answers)
        super().__init__()

    def settings(self) -> dict[str, Any]:
        return {}

    def allowed(self, seen: Seen) -> Answer | None:
        return None

    def answer(self, seen: Seen) -> Answer:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer if isinstance(answer, Answer) else answer(seen)


@pytest.fixture
def made() -> Iterator[Callable[..., tuple[Echo, Http]]]:
    services: list[Echo] = []
    clients: list[Http] = []

    def make(*answers: Any, **settings: Any) -> tuple[Echo, Http]:
        services.append(Echo(*answers))
        clients.append(Http("Echo", **{"patience": QUICK, **settings}))
        return services[-1], clients[-1]

    yield make
    for client in clients:
        runtime.run(client.close())
    for service in services:
        service.stop()


Made = Callable[..., tuple[Echo, Http]]


def ask(service: Echo, http: Http, **more: Any) -> Reply:
    return runtime.run(http.send("POST", f"{service.url}/x", **{"json": {"q": 1}, **more}))


def test_an_answer_is_taken_whole(made: Made) -> None:
    service, http = made(Answer(json={"a": ["ü", 1]}))
    reply = ask(service, http)
    assert (reply.json(), reply.status, reply.attempts) == ({"a": ["ü", 1]}, 200, 1)
    assert b"".join(reply.chunks()) == b'{"a": ["\xc3\xbc", 1]}'
    assert service.requests[0].headers["user-agent"].startswith("huntbook/")


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(made: Made, status: int) -> None:
    service, http = made(Answer(status), Answer(status), Answer(json=1))
    assert ask(service, http).attempts == 3


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ServiceError),
        (403, AccessDenied),
        (404, ServiceError),
        (429, RateLimited),
        (500, ServiceError),
        (504, QueryTimeout),
        (302, ServiceError),
    ],
)
def test_what_does_not_pass_is_an_error_of_its_kind(made: Made, status: int, kind: type[ServiceError]) -> None:
    service, http = made(Answer(status, {"said": "because"}, headers={"Location": "https://elsewhere.example/"}))
    with pytest.raises(kind) as caught:
        ask(service, http, query="T | take 1")
    assert (caught.value.service, caught.value.query) == ("Echo", "T | take 1")
    assert "because" in caught.value.reply
    assert len(service.requests) == (QUICK.attempts if status in (429, 500, 504) else 1)


def test_what_must_not_happen_twice_is_not_repeated(made: Made) -> None:
    service, http = made(Answer(500))
    with pytest.raises(ServiceError):
        ask(service, http, repeatable=False)
    assert len(service.requests) == 1
    service, http = made(Answer(503), Answer(json=1))
    assert ask(service, http, repeatable=False).attempts == 2  # it was not taken


def test_everybody_waits_as_long_as_the_service_asks(made: Made) -> None:
    service, http = made(Answer(429, headers={"Retry-After": "0.4"}), Answer(json=1))
    began = time.monotonic()

    async def both() -> None:
        await asyncio.gather(*(http.send("GET", f"{service.url}/{name}") for name in "ab"))

    runtime.run(both())
    assert time.monotonic() - began >= 0.4


def test_a_wait_that_is_too_long_is_told_at_once(made: Made) -> None:
    service, http = made(Answer(429, headers={"Retry-After": "3600"}))
    began = time.monotonic()
    with pytest.raises(RateLimited) as caught:
        ask(service, http)
    assert caught.value.retry_after == 3600
    assert time.monotonic() - began < 2


def test_a_wait_that_the_service_asks_for_is_counted_once(made: Made) -> None:
    patience = Patience(attempts=4, first=0.01, longest=0.02, in_all=0.7)
    service, http = made(Answer(429, headers={"Retry-After": "0.2"}), patience=patience)
    with pytest.raises(RateLimited):
        ask(service, http)
    assert len(service.requests) == 4  # 0.6 s of waiting


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("7", 7.0), ("0.5", 0.5), ("-3", None), ("soon", None), ("", None), ("nan", None), ("1e9999", None)],
)
def test_retry_after(written: str, seconds: float | None) -> None:
    assert seconds_of(written) == seconds


def test_retry_after_as_a_date() -> None:
    found = seconds_of(format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True))
    assert found is not None
    assert 25 < found <= 30
    assert seconds_of("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0


def test_a_token_that_ended_is_renewed(made: Made) -> None:
    given: list[bool] = []

    async def sign(again: bool) -> dict[str, str]:
        given.append(again)
        return {"Authorization": f"Bearer {len(given)}"}

    service, http = made(lambda seen: Answer(json=1) if seen.token == "2" else Answer(401), sign=sign)
    assert ask(service, http).json() == 1
    assert given == [False, True]


def test_no_redirect_is_followed_with_the_signature(made: Made) -> None:
    async def sign(_: bool) -> dict[str, str]:
        return {"Authorization": "Bearer secret-token"}

    thief, _ = made(Answer(json=1))
    service, http = made(Answer(302, headers={"Location": f"{thief.url}/steal"}), sign=sign)
    with pytest.raises(ServiceError, match="points elsewhere"):
        ask(service, http)
    assert thief.requests == []


def test_a_signature_goes_encrypted_or_to_this_machine(made: Made) -> None:
    async def sign(_: bool) -> dict[str, str]:
        return {}

    with pytest.raises(ConfigError, match="not encrypted"):
        runtime.run(Http("Echo", sign=sign).send("GET", "http://logs.example/x"))
    assert encrypted("https://logs.example")
    assert encrypted("http://127.0.0.1:80/")
    assert not encrypted("http://127.0.0.1.evil.example/")
    assert not encrypted("http://localhost@evil.example/")


def test_what_is_too_large_is_left_off_whatever_it_is_packed_in(made: Made) -> None:
    bomb = gzip.compress(b"0" * 20_000_000)
    service, http = made(Answer(body=bomb, headers={"Content-Encoding": "gzip"}), most_bytes=1_000_000)
    with pytest.raises(ServiceError, match="larger than 1 MB"):
        ask(service, http)


def test_large_answers_lie_on_disk_and_leave_nothing(made: Made) -> None:
    service, http = made(Answer(body=[b"x" * 1_000_000] * 20))
    reply = ask(service, http)
    assert reply.size == 20_000_000
    assert sum(map(len, reply.chunks())) == 20_000_000
    assert not isinstance(reply.body.name, str)  # it has no name that others could open


def test_nobody_there_and_no_answer_in_time(made: Made) -> None:
    service, http = made(Answer(json=1))
    service.stop()
    with pytest.raises(Unreachable, match="No answer"):
        ask(service, http)
    slow, http = made(lambda _: time.sleep(1) or Answer(json=1), read_timeout=0.1, patience=Patience(attempts=1))  # type: ignore[func-returns-value]
    with pytest.raises(QueryTimeout):
        ask(slow, http)


@pytest.mark.parametrize(
    ("url", "hint"),
    [("http://127.0.0.1:{port}/x", "Nothing listens"), ("http://nobody.invalid/x", "Nobody here knows its name")],
)
def test_who_is_not_there_is_asked_once_more_and_then_once(url: str, hint: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    http = Http("Echo", patience=Patience(attempts=9, first=0.01, longest=0.01))
    began = time.monotonic()
    for _ in range(2):
        with pytest.raises(Unreachable) as caught:
            runtime.run(http.send("GET", url.format(port=port)))
        assert hint in caught.value.hint
        assert caught.value.gone
    remembered = http.gone
    assert remembered
    assert time.monotonic() - began < 5
    with Echo(Answer(json=1)) as service:
        assert ask(service, http).json() == 1
    assert not http.gone
    runtime.run(http.close())


def test_https_where_nobody_speaks_it_is_told_at_once(made: Made) -> None:
    service, _ = made(Answer(json=1))
    http = Http("Echo", patience=Patience(attempts=9, first=60))
    with pytest.raises(Unreachable) as caught:
        runtime.run(http.send("GET", f"{service.url.replace('http:', 'https:')}/x"))
    assert "scheme" in caught.value.hint
    runtime.run(http.close())


def test_secrets_are_in_no_error(made: Made) -> None:
    hide("s3cret-value-of-a-token")
    service, http = made(Answer(400, {"echo": "Bearer s3cret-value-of-a-token"}))
    with pytest.raises(ServiceError) as caught:
        ask(service, http)
    assert "s3cret" not in caught.value.reply + str(caught.value)
    assert "•••" in caught.value.reply


def test_what_a_request_is_signed_with_is_in_no_error_and_no_note_whoever_makes_them(made: Made) -> None:
    async def sign(_again: bool) -> dict[str, str]:
        return {"Authorization": "Bearer made-by-a-plug-in", "X-Key": "another+secret/of=it"}

    def complain(reply: Reply) -> ServiceError:
        said = reply.json()["said"]
        return QueryRejected(said, hint=said, service=said, reply=said)

    def echoed(seen: Seen) -> Answer:
        return Answer(400, {"said": f"{seen.headers['authorization']} {seen.headers['x-key']}"})

    service, http = made(echoed, sign=sign, complain=complain)
    with pytest.raises(QueryRejected) as caught:
        ask(service, http)
    note = Completeness(notes=("made-by-a-plug-in",), missing=(Missing("x", None, "another+secret/of=it"),))
    for shown in (str(caught.value), repr(caught.value), caught.value.reply, caught.value.message, repr(note)):
        assert "made-by-a-plug-in" not in shown
        assert "another+secret" not in shown
        assert "•••" in shown


def test_secrets_are_in_no_traceback(made: Made) -> None:
    async def sign(_: bool) -> dict[str, str]:
        return {"Authorization": "Bearer s3cret-token"}

    service, http = made(Answer(400), sign=sign)
    with pytest.raises(ServiceError) as refused:
        ask(service, http, json=None, form={"password": "s3cret-word"}, headers={"X-Key": "s3cret-key"})
    away, http = made(Answer(json=1), sign=sign)
    away.stop()
    with pytest.raises(Unreachable) as gone:
        ask(away, http, json=None, content=b"s3cret-content")
    for caught in (refused, gone):
        assert "send: " in in_frames(caught.value)
        assert "s3cret" not in in_frames(caught.value)


def test_what_is_no_json_is_told(made: Made) -> None:
    service, http = made(Answer(body=b"<html>proxy</html>"))
    with pytest.raises(ServiceError, match="cannot be read") as caught:
        ask(service, http).json()
    assert caught.value.transient
    assert "proxy" in caught.value.reply


def test_a_new_signature_is_made_only_when_the_last_was_refused(made: Made) -> None:
    given: list[bool] = []

    async def sign(again: bool) -> dict[str, str]:
        given.append(again)
        return {"Authorization": "Bearer x"}

    service, http = made(Answer(401), Answer(503), Answer(json=1), sign=sign)
    assert ask(service, http).json() == 1
    assert given == [False, True, False]


def test_an_answer_that_cannot_be_unpacked_is_one_that_broke_off(made: Made) -> None:
    packed = Answer(body=b"this is not gzip", headers={"Content-Encoding": "gzip"})
    service, http = made(packed, Answer(json=1))
    assert ask(service, http).attempts == 2
    service, http = made(packed)
    with pytest.raises(Unreachable):
        ask(service, http)


def test_what_is_no_address_is_told_at_once(made: Made) -> None:
    _, http = made(Answer(json=1))
    with pytest.raises(ConfigError, match="no address"):
        runtime.run(http.send("GET", "https://logs.example/\n"))
    http.patience = Patience(attempts=9, first=60)
    with pytest.raises(Unreachable):
        runtime.run(http.send("GET", "https:///x"))


def test_nothing_goes_from_here_to_here_by_a_proxy(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, _ = made(Answer(418))
    service, http = made(Answer(json=1))
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert ask(service, http).json() == 1
    assert runtime.run(http.send("GET", f"{service.url.replace('127.0.0.1', 'localhost')}/x")).json() == 1
    assert proxy.requests == []


def test_a_certificate_that_nobody_trusts_is_told_at_once() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    http = Http("Echo", patience=Patience(attempts=9, first=60))
    try:
        with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED") as caught:
            runtime.run(http.send("GET", f"https://localhost:{server.server_address[1]}/"))
        assert "SSL_CERT_FILE" in caught.value.hint
    finally:
        runtime.run(http.close())
        server.shutdown()
        server.server_close()


def test_requests_wait_for_their_turn(made: Made) -> None:
    service, http = made(Answer(json=1))
    http.paces = {f"{service.url}/SLOW": Pace(3, seconds=0.3)}

    async def several(path: str, number: int) -> float:
        began = asyncio.get_running_loop().time()
        await asyncio.gather(*(http.send("GET", f"{service.url}/{path}") for _ in range(number)))
        return asyncio.get_running_loop().time() - began

    assert runtime.run(several("other", 9)) < 0.25
    assert runtime.run(several("slow", 3)) < 0.25
    assert (
        0.3 <= runtime.run(several("slow", 4)) < 1
    )  # three were asked just now, and the fourth comes after three more


def test_everybody_rests_after_an_answer_that_asks_for_it(made: Made) -> None:
    service, http = made(Answer(json=1, headers={"X-Rest": "0.3"}), Answer(json=2))
    http.rest = lambda reply: seconds_of(reply.headers.get("x-rest", ""))
    began = time.monotonic()
    assert ask(service, http).json() == 1
    assert time.monotonic() - began < 0.25
    assert ask(service, http).json() == 2
    assert time.monotonic() - began >= 0.3


def test_who_waits_waits_on_if_more_is_asked_for_meanwhile(made: Made) -> None:
    service, http = made(Answer(json=1))

    async def asked() -> float:
        began = asyncio.get_running_loop().time()
        await http.pause(0.1, everyone=True)
        asking = asyncio.create_task(http.send("GET", f"{service.url}/x"))
        await asyncio.sleep(0.05)
        await http.pause(0.3, everyone=True)
        await asking
        return asyncio.get_running_loop().time() - began

    assert runtime.run(asked()) >= 0.35


@pytest.mark.parametrize(
    ("url", "other", "same"),
    [
        ("https://management.azure.com/a", "https://Management.azure.com:443/b", True),
        ("http://127.0.0.1:8000/a", "http://127.0.0.1:8000/b?c", True),
        ("https://graph.microsoft.com/a", "https://graph.microsoft.com.evil.example/a", False),
        ("https://graph.microsoft.com/a", "https://graph.microsoft.com@evil.example/a", False),
        ("https://graph.microsoft.com/a", "http://graph.microsoft.com/a", False),
        ("https://graph.microsoft.com/a", "https://graph.microsoft.com:8443/a", False),
        ("https://graph.microsoft.com/a", "/v1.0/users", False),
        ("https://graph.microsoft.com/a", "https://graph.microsoft.com:x/", False),
    ],
)
def test_what_is_the_same_place(url: str, other: str, same: bool) -> None:
    assert same_place(url, other) is same


def test_a_query_that_cannot_be_written_is_told(made: Made) -> None:
    service, http = made(Answer(json=1))
    with pytest.raises(ParameterError, match="cannot be written"):
        ask(service, http, json={"query": "half a character: \ud800"})
