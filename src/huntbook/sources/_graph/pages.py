"""Pages of Microsoft Graph's answers, and its errors.

Paging: learn.microsoft.com/graph/paging; errors: /graph/errors; throttling: /graph/throttling.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx2

from huntbook.core.http import same_place, stale
from huntbook.core.redaction import redacted
from huntbook.errors import AccessDenied, QueryRejected, QueryTimeout, RateLimited, ServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from huntbook.core.http import Reply
    from huntbook.sources._graph.odata import Asked

_AS_WRITTEN: Final = "The query is refused as it is written: not every property can be filtered, selected or sorted by."
_LESS: Final = "Ask for less: a shorter time (split), fewer properties ($select)."
_KINDS: Final[dict[int, tuple[type[ServiceError], str]]] = {
    400: (QueryRejected, _AS_WRITTEN),
    401: (AccessDenied, "Sign in again."),
    403: (AccessDenied, "The account lacks a permission that this needs, or the tenant a licence."),
    404: (QueryRejected, "Check the path: the object or the collection is not there."),
    408: (QueryTimeout, _LESS),
    414: (QueryRejected, "The address is too long: ask for fewer values at a time."),
    429: (RateLimited, _LESS),
    501: (QueryRejected, _AS_WRITTEN),
    504: (QueryTimeout, _LESS),
}


@dataclass(frozen=True)
class Page:
    """Some objects, the address of the next page, how many objects there are in all, where that was asked for, and what is missing."""

    rows: Sequence[dict[str, Any]]
    following: str = ""
    count: int | None = None
    missing: str = ""


def page(reply: Reply, asked: Asked, url: str, *, listed: bool = False) -> Page:
    """Read an answer: a list, one object, or a number. `listed` says that it has to be a list.

    Raises:
        ServiceError: if it is none, or its next page is at another host: the signature goes nowhere else.
    """
    if asked.counts:
        return Page([{"count": _number(reply)}])
    document = reply.json()
    if not isinstance(document, dict):
        raise reply.malformed("it is no object")
    rows = document.get("value", document)
    if (listed or "@odata.nextLink" in document) and not isinstance(document.get("value"), list):
        raise reply.malformed("it is no list of objects")
    if isinstance(rows, dict):
        rows = [rows]
    elif not isinstance(rows, list):
        rows = [{"value": rows}]
    if not all(isinstance(row, dict) for row in rows):
        rows = [{"value": row} for row in rows]
    count = document.get("@odata.count")
    found = count if isinstance(count, int) else None
    return Page(rows, _following(reply, document, url), found, _missing(reply))


def _missing(reply: Reply) -> str:
    """What the service says it left out: those who know the rest did not answer it."""
    if reply.status != httpx2.codes.PARTIAL_CONTENT:
        return ""
    return f"the service answered in part (206): {redacted(str(reply.headers.get('warning') or 'it does not say why'))}"


def _following(reply: Reply, document: dict[str, Any], url: str) -> str:
    following = str(document.get("@odata.nextLink") or "")
    if following and not same_place(url, following):
        error = reply.malformed("its next page is at another address")
        error.transient = False
        raise error
    return following


def _number(reply: Reply) -> int:
    text = reply.text().strip("\ufeff \r\n")
    if not text.isdecimal():
        raise reply.malformed("it is no number")
    return int(text)


def complain(reply: Reply) -> ServiceError | None:
    """What an error of Graph means; None where it says nothing of its own."""
    try:
        problem = reply.json()["error"]
        code, text = str(problem.get("code") or ""), str(problem.get("message") or "")
    except (ServiceError, KeyError, TypeError, AttributeError):
        return None
    said = ": ".join(each for each in (code, text) if each)
    kind, hint = _KINDS.get(reply.status, (None, ""))
    if kind is None:
        return None
    error = kind(said, service=reply.service, reply=reply.text(), hint=hint)
    if isinstance(error, RateLimited):
        error.retry_after = reply.retry_after
    return stale(error) if isinstance(error, AccessDenied) and reply.status == 401 else error
