"""What Defender's advanced hunting answers, by Microsoft Graph and by the older API: rows in JSON, or an error.

Graph: learn.microsoft.com/graph/api/security-security-runhuntingquery, its quotas in /graph/api/resources/security-api-overview.
Older: learn.microsoft.com/defender-endpoint/api/run-advanced-query-api. Errors: /defender-xdr/advanced-hunting-errors.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import from_json

from huntbook.core.http import stale
from huntbook.core.json_rows import Around, Rows, json_rows
from huntbook.core.result import Completeness
from huntbook.errors import AccessDenied, QueryRejected, QueryTimeout, RateLimited, ServiceError
from huntbook.sources._base import Batch
from huntbook.sources._kql.values import frame_of, type_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from huntbook.core.http import Reply
    from huntbook.query.kql.types import Type

    Columns = list[tuple[str, Type]]


@dataclass(frozen=True)
class Api:
    """One of the two: how it is asked, and what it allows."""

    path: str
    rows: str  # the key of the rows in its answer
    permission: str
    seconds: int  # that a query may take


CALLS: Final = (45, 60.0)  # that a tenant may make at least, and in how many seconds
APIS: Final[Mapping[str, Api]] = {
    "graph": Api("/v1.0/security/runHuntingQuery", "results", "ThreatHunting.Read.All", 180),
    "endpoint": Api(
        "/api/advancedqueries/run",
        "Results",
        "AdvancedQuery.Read.All (of an application) or AdvancedQuery.Read (of a person)",
        200,
    ),
}
_SCHEMA: Final = re.compile(rb'"schema"\s*:\s*(\[(?:[^\[\]"]|"(?:[^"\\]|\\.)*+")*+\])', re.IGNORECASE | re.DOTALL)
_PLACE: Final = re.compile(r"\[(\d+),(\d+)\]|line:position=(\d+):(\d+)")
_TOO_LARGE: Final = re.compile(r"result size", re.IGNORECASE)
_TOO_LONG: Final = re.compile(r"timeout|timed out|preempted|resource consumption|allowed limits", re.IGNORECASE)
_AGAIN_IN: Final = re.compile(r"\bin (?:about )?(?:(\d+):(\d\d):(\d\d)|(\d+)\s*(second|minute|hour)s?)", re.IGNORECASE)
_UNITS: Final = {"second": 1, "minute": 60, "hour": 3600}


def batches(reply: Reply, api: Api, most_rows: int, known: Completeness) -> Iterator[Batch]:
    """Read an answer: its rows in batches; the last batch says how complete it is.

    Args:
        reply: the answer.
        api: whose it is.
        most_rows: an answer of as many is cut.
        known: what is known of its completeness beforehand.

    Raises:
        ServiceError: if it is no such answer.
    """
    columns: Columns | None = None
    early: list[Mapping[str, Any]] = []  # rows that come before the columns are known
    around, rows = b"", 0
    try:
        for part in json_rows(reply.chunks(), api.rows):
            if isinstance(part, Around):
                around += part.text
                columns = _columns(around) if columns is None else columns
            elif isinstance(part, Rows) and columns is None:
                early += part.rows
            elif isinstance(part, Rows) and columns is not None:
                rows += len(part.rows)
                yield _batch(columns, part.rows)
        document = from_json(around)
    except (ValueError, AttributeError) as error:
        raise reply.malformed(str(error)) from error
    if columns is None or not isinstance(document, dict) or api.rows not in document:
        raise reply.malformed("it has no columns or no rows")
    if early:
        rows += len(early)
        yield _batch(columns, early)
    yield Batch(frame_of(columns, [])[0], Completeness.together([known, _cut(rows, most_rows)]))


def _columns(text: bytes) -> Columns | None:
    found = _SCHEMA.search(text)
    if found is None:
        return None
    named = [{key.lower(): str(value) for key, value in each.items()} for each in from_json(found[1])]
    return [(each.get("name", ""), type_named(each.get("type", ""))) for each in named]


def _batch(columns: Columns, rows: list[Mapping[str, Any]]) -> Batch:
    """Rows are objects. How the first letter of a key is written is not the same in all answers; what has no column is an annotation."""
    there: set[str] = set().union(*rows)
    spelled = {key.lower(): key for key in there}
    keys = [name if name in there else spelled.get(name.lower(), name) for name, _ in columns]
    frame, notes = frame_of(columns, [[row.get(key) for key in keys] for row in rows])
    return Batch(frame, Completeness(notes=notes))


def _cut(rows: int, most_rows: int) -> Completeness:
    if rows < most_rows:
        return Completeness()
    note = f"the service gives {most_rows:,} rows at most"
    return Completeness(complete=False, notes=(note,), cut=True)


def complain(reply: Reply, api: Api) -> ServiceError | None:
    """What an error of either API means; None where it says nothing of its own."""
    try:
        problem = reply.json()["error"]
        code, text = str(problem.get("code") or ""), str(problem.get("message") or "")
    except (ServiceError, KeyError, TypeError, AttributeError):
        return None
    about = {"service": reply.service, "reply": reply.text()}
    said = text or code
    if reply.status == 401:
        return stale(AccessDenied(said or "Not signed in.", hint="Sign in again.", **about))
    if reply.status == 403:
        return AccessDenied(
            said, hint=f"It needs the permission {api.permission}, with an administrator's consent.", **about
        )
    if reply.status == 429:
        wait = reply.retry_after if reply.retry_after is not None else _again_in(text)
        hint = "Quotas are of the whole tenant: 45 calls a minute, and processor time every 15 minutes. Wait, and ask less."
        return RateLimited(said, retry_after=wait, hint=hint, **about)
    if reply.status in (408, 504):
        hint = f"A query may take {api.seconds} seconds: ask for less time at once (split), or for less."
        return QueryTimeout(said if " " in said else "The query took too long.", hint=hint, **about)
    return _refused(text or code, api, about) if reply.status == 400 else None


def _refused(text: str, api: Api, about: dict[str, str]) -> ServiceError:
    """What 400 means: a mistake in the query, or that it would cost or give too much."""
    if _TOO_LARGE.search(text):
        error = ServiceError(
            text, hint="Ask for fewer rows or columns, or for less time at once (split='auto').", **about
        )
        error.too_much = True
        return error
    if _TOO_LONG.search(text):
        hint = f"A query may take {api.seconds} seconds: ask for less time at once (split), or for less."
        return QueryTimeout(text, hint=hint, **about)
    found = _PLACE.search(text)
    place = [int(each) for each in found.groups() if each] if found else []
    position = (place[0], place[1] + 1) if place else None
    return QueryRejected(text, position=position, hint="The query is refused as it is written.", **about)


def _again_in(text: str) -> float | None:
    """Seconds until a quota is renewed, where an error says it in words."""
    found = _AGAIN_IN.search(text)
    if found is None:
        return None
    if found[1]:
        return int(found[1]) * 3600.0 + int(found[2]) * 60 + int(found[3])
    return float(int(found[4]) * _UNITS[found[5].lower()])
