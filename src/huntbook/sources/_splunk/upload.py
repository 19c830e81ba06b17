"""How Splunk receives rows: the HTTP event collector, and the receivers of the REST API for text.

Source: help.splunk.com, "Format events for HTTP Event Collector", "About HTTP Event Collector Indexer Acknowledgment", "Troubleshoot HTTP Event
Collector"; REST API reference, "Input endpoint descriptions": services/collector/event, receivers/simple, receivers/stream.
"""

from __future__ import annotations

import asyncio
import gzip
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final
from uuid import uuid4

from huntbook.core.http import Http
from huntbook.errors import AccessDenied, ConfigError, ParameterError, QueryRejected, ServiceError
from huntbook.sources._splunk.session import TRUST, revealed
from huntbook.sources._upload.rows import TABLE, encoded
from huntbook.sources._upload.sending import Receiver, Taken, TooLarge

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from huntbook.core.http import Reply
    from huntbook.sources._splunk.session import Session, SplunkSettings
    from huntbook.sources._upload.rows import Fields, Row

WAYS: Final = ("hec", "stream", "simple")
LABELS: Final = ("sourcetype", "source", "host")
_BOOKS: Final = frozenset(
    (
        "_bkt",
        "_cd",
        "_indextime",
        "_raw",
        "_serial",
        "_si",
        "_sourcetype",
        "_time",
        "index",
        "linecount",
        "splunk_server",
    )
)
_SAFE_IN: Final = 60.0  # seconds in which what was received should be indexed
_LONGEST_WAIT: Final = 5.0


def receiver(session: Session, settings: SplunkSettings, to: str, via: str, labels: Mapping[str, str]) -> Receiver:
    """Where rows for an index go: to the event collector if there is a token for it, else to a receiver of the REST API.

    Raises:
        ParameterError: if there is no such way, or a label that Splunk does not have.
    """
    way = via or ("hec" if settings.hec_token is not None else "stream")
    if way not in WAYS:
        raise ParameterError(f"Splunk has no way {way!r} to receive rows.", hint=f"There are: {', '.join(WAYS)}.")
    if unknown := [name for name in labels if name not in LABELS]:
        raise ParameterError(f"Splunk has no label {unknown[0]!r}.", hint=f"There are: {', '.join(LABELS)}.")
    if way == "hec":
        return Collector(settings, to, labels)
    return TextReceiver(session, settings, to, way, labels)


class Collector(Receiver):
    """The HTTP event collector: a row is an event with a time, a host, a source and a kind of its own."""

    most_bytes: ClassVar[int] = 900_000  # Splunk Cloud takes a million
    most_rows: ClassVar[int] = 5_000

    def __init__(self, settings: SplunkSettings, index: str, labels: Mapping[str, str]) -> None:
        if settings.hec_token is None:
            raise ConfigError("hec_token is missing.", hint='hb.connect("splunk", …, hec_token="keyring:splunk-hec")')
        self._token = settings.hec_token
        self._url = settings.hec_url
        self._index = index
        self._labels = dict(labels)
        self._acknowledged = settings.hec_acknowledge
        self._channel = str(uuid4())
        self._http = Http(
            "Splunk's event collector", sign=self._sign, complain=complain, verify=settings.trust(), trust=TRUST
        )

    async def _sign(self, again: bool) -> Mapping[str, str]:
        if again:
            raise AccessDenied("The event collector does not know the token.", service=self._http.service, hint=_HINT)
        return {"Authorization": f"Splunk {await revealed(self._token)}"}

    @property
    def name(self) -> str:
        """The index, and the address of the collector."""
        return f"index {self._index} at {self._url}"

    def write(self, row: Row, part: str) -> bytes:
        """An event: the row, or its `_raw` where it is one of Splunk's own. Its host, source and sourcetype stand beside it."""
        fields = row.fields
        about: dict[str, Any] = {"index": self._index}
        if row.at is not None:
            about["time"] = f"{Decimal(row.at).scaleb(-6):f}"
        about |= _labels(fields, self._labels, part)
        return encoded({**about, "event": _event(fields)})

    def body(self, rows: Sequence[bytes]) -> bytes:
        """Events one behind the other, which is how the collector has a batch."""
        return b"\n".join(rows)

    async def send(self, body: bytes, rows: int) -> Taken:
        """Send a batch. Where one event is refused, those before it are perhaps received, and those behind it are not."""
        packed = await asyncio.to_thread(gzip.compress, body, 6)
        headers = {
            "Content-Encoding": "gzip",
            "Content-Type": "application/json",
            "X-Splunk-Request-Channel": self._channel,
        }
        url = f"{self._url}/services/collector/event"
        try:
            reply = await self._http.send("POST", url, content=packed, headers=headers, repeatable=False)
        except BadEvent as error:
            if not 0 <= error.number < rows:
                raise
            return Taken(0, perhaps=error.number, refused={error.number: error.message}, left=rows - error.number - 1)
        said = reply.json()
        if not isinstance(said, dict) or said.get("code") != 0:
            raise reply.malformed("it does not say that the events were received")
        receipt = said.get("ackId")
        if not self._acknowledged:
            return Taken(rows)
        return Taken(rows, receipt=receipt) if isinstance(receipt, int) else Taken(0, perhaps=rows)

    async def confirm(self, receipts: Collection[int]) -> Collection[int]:
        """Ask for acknowledgements until all are there, for a minute at most."""
        left, waited, wait = set(receipts), 0.0, 0.1
        url = f"{self._url}/services/collector/ack"
        while True:
            asked = {"acks": sorted(left)}
            reply = await self._http.send("POST", url, params={"channel": self._channel}, json=asked)
            said = reply.json()
            known = said.get("acks") if isinstance(said, dict) else None
            left -= {each for each in left if isinstance(known, dict) and known.get(str(each)) is True}
            if not left or waited >= _SAFE_IN:
                return set(receipts) - left
            await asyncio.sleep(wait)
            waited += wait
            wait = min(2 * wait, _LONGEST_WAIT)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


class TextReceiver(Receiver):
    """A receiver of the REST API: a row is a line of text, and Splunk finds its time in it by its sourcetype."""

    most_bytes: ClassVar[int] = 900_000
    most_rows: ClassVar[int] = 5_000

    def __init__(
        self, session: Session, settings: SplunkSettings, index: str, way: str, labels: Mapping[str, str]
    ) -> None:
        self._http = session.http
        self._url = f"{settings.url}/services/receivers/{way}"
        self._params = {"index": index, "sourcetype": "_json", **labels}

    @property
    def name(self) -> str:
        """The index, and the address of the receiver."""
        return f"index {self._params['index']} at {self._url}"

    def write(self, row: Row, part: str) -> bytes:  # noqa: ARG002 - a request has one source, not each row
        """A line: the row in JSON, or its `_raw` where that is one line."""
        event = _event(row.fields)
        return event.encode("utf-8", "replace") if isinstance(event, str) and "\n" not in event else encoded(row.fields)

    def body(self, rows: Sequence[bytes]) -> bytes:
        """Lines."""
        return b"\n".join(rows) + b"\n"

    async def send(self, body: bytes, rows: int) -> Taken:
        """Send lines. `simple` says how many bytes it took, `stream` says nothing."""
        params: dict[str, str | int] = {**self._params, "output_mode": "json"}
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        reply = await self._http.send("POST", self._url, content=body, params=params, headers=headers, repeatable=False)
        if reply.size and isinstance(said := reply.json(), dict) and said.get("bytes", len(body)) != len(body):
            return Taken(0, perhaps=rows)
        return Taken(rows)


def _labels(fields: Fields, labels: Mapping[str, str], part: str) -> dict[str, str]:
    """Host, source and sourcetype: what the caller says, else what the row says, else the file that it comes from."""
    found = {name: str(fields[name]) for name in LABELS if fields.get(name) not in (None, "")}
    beside = {} if part in ("", TABLE) else {"source": part}
    return {"sourcetype": "_json", **beside, **found, **labels}


def _event(fields: Fields) -> Any:
    """What is indexed: the text of an event that came from Splunk, else the row."""
    raw = fields.get("_raw")
    if isinstance(raw, str) and raw:
        return raw
    return {name: value for name, value in fields.items() if name not in _BOOKS and value is not None}


_HINT: Final = "Check hec_token, and that it may write to this index."


class BadEvent(QueryRejected):
    """An event of a batch that the collector does not take; `number` says which, from 0."""

    number = -1


def complain(reply: Reply) -> ServiceError | None:
    """What an error of the event collector means; None where it says nothing of its own."""
    try:
        said = reply.json()
        text, number = str(said["text"]), said.get("invalid-event-number")
    except (ServiceError, KeyError, TypeError, AttributeError):
        return TooLarge("A batch is too large.", service=reply.service) if reply.status == 413 else None
    about: dict[str, Any] = {"service": reply.service, "reply": reply.text()}
    if reply.status in (401, 403):
        return AccessDenied(text, hint=_HINT, **about)
    if reply.status == 413:
        return TooLarge(text, **about)
    if reply.status != 400:
        return None
    error = BadEvent(text, hint=_HINT, **about)
    error.number = number if isinstance(number, int) else -1
    return error
