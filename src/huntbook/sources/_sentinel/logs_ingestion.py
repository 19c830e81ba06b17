"""How Azure Monitor receives rows: the Logs Ingestion API, by a data collection rule.

Source: learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview; limits: /azure/azure-monitor/fundamentals/service-limits.
"""

from __future__ import annotations

import asyncio
import gzip
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import quote

from huntbook.core.http import Http, stale
from huntbook.errors import AccessDenied, ConfigError, ParameterError, QueryRejected, ServiceError
from huntbook.sources._upload.rows import encoded
from huntbook.sources._upload.sending import Receiver, Taken, TooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from huntbook.core.http import Reply, Sign
    from huntbook.sources._upload.rows import Row

TIME: Final = "TimeGenerated"
_API: Final = "2023-01-01"
_RULE: Final = re.compile(r"dcr-[0-9a-f]{32}", re.IGNORECASE)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HINTS: Final = {
    400: "Rows have the columns of the rule's stream, in its types.",
    403: "The account needs the role Monitoring Metrics Publisher on the data collection rule.",
    404: "Check the address of the endpoint, the rule's immutable id, and the stream.",
}


class LogsIngestion(Receiver):
    """A stream of a data collection rule. A request takes a megabyte, also of what it is when it is unpacked."""

    most_bytes: ClassVar[int] = 950_000
    most_rows: ClassVar[int] = 20_000

    def __init__(self, sign: Sign, *, endpoint: str, rule: str, to: str) -> None:
        if not endpoint or not rule:
            missing = "The setting ingestion is missing" if not endpoint else f"The setting rules has no rule for {to}"
            hint = f'ingestion="https://….ingest.monitor.azure.com", rules={{"{to}": "dcr-…"}}'
            raise ConfigError(f"{missing}, which upload needs.", hint=hint)
        if not _RULE.fullmatch(rule):
            raise ConfigError(f"{rule!r} is no immutable id of a data collection rule.", hint="It begins with dcr-.")
        self._stream = stream(to)
        self._url = f"{endpoint.rstrip('/')}/dataCollectionRules/{rule}/streams/{quote(self._stream, safe='-_')}"
        self._http = Http("Azure Monitor's Logs Ingestion", sign=sign, complain=complain)

    @property
    def name(self) -> str:
        """The stream, and where it is."""
        return f"{self._stream} at {self._url}"

    def write(self, row: Row, part: str) -> bytes:  # noqa: ARG002 - rows say themselves where they come from
        """The row, with its time where the service looks for it."""
        fields = row.fields
        if row.at is not None and fields.get(TIME) is None:
            moment = (_EPOCH + timedelta(microseconds=row.at)).isoformat().replace("+00:00", "Z")
            fields = {TIME: moment, **{name: value for name, value in fields.items() if name != TIME}}
        return encoded(fields)

    def body(self, rows: Sequence[bytes]) -> bytes:
        """A list of JSON."""
        return b"[" + b",".join(rows) + b"]"

    async def send(self, body: bytes, rows: int) -> Taken:
        """Send a batch. It is taken as a whole or not at all."""
        packed = await asyncio.to_thread(gzip.compress, body, 6)
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        reply = await self._http.send(
            "POST", self._url, content=packed, params={"api-version": _API}, headers=headers, repeatable=False
        )
        if reply.status != 204:
            raise reply.malformed(f"{reply.status} in place of 204")
        return Taken(rows)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


def stream(to: str) -> str:
    """The stream of a table: `Custom-MyTable_CL`, or `Microsoft-Syslog` for one of Microsoft's; a stream's own name stays.

    Raises:
        ParameterError: if it is no name of a table.

    Example:
        >>> stream("MyTable_CL"), stream("Syslog"), stream("Custom-Raw")
        ('Custom-MyTable_CL', 'Microsoft-Syslog', 'Custom-Raw')
    """
    if not re.fullmatch(r"[A-Za-z][\w-]*", to, re.ASCII):
        raise ParameterError(f"{to!r} is no name of a table or a stream.")
    if to.startswith(("Custom-", "Microsoft-")):
        return to
    return f"Custom-{to}" if to.endswith("_CL") else f"Microsoft-{to}"


def complain(reply: Reply) -> ServiceError | None:
    """What an error of the API means; None where it says nothing of its own."""
    about: dict[str, Any] = {"service": reply.service, "reply": reply.text()}
    if reply.status == 413:
        return TooLarge("A batch is too large.", **about)
    text = _said(reply)
    if text is None:
        return None
    if reply.status == 401:
        return stale(AccessDenied(text, hint="Sign in again.", **about))
    if reply.status == 403:
        return AccessDenied(text, hint=_HINTS[403], **about)
    if reply.status == 404:
        return ServiceError(text, hint=_HINTS[404], **about)
    return QueryRejected(text, hint=_HINTS[400], **about) if reply.status == 400 else None


def _said(reply: Reply) -> str | None:
    try:
        problem: Mapping[str, Any] = reply.json()["error"]
        return f"{problem.get('code', '')}: {problem.get('message', '')}"
    except (ServiceError, KeyError, TypeError, AttributeError):
        return None
