"""What Splunk says: its errors, the state of a search job, and how complete an answer is.

Format: help.splunk.com, REST API reference, "Search endpoint descriptions" (search/jobs, search/v2/jobs/{search_id}/results); "Job inspector" for
the properties of a job; codes of the event collector: "Troubleshoot HTTP Event Collector".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from huntbook.core.http import stale
from huntbook.core.redaction import shortened
from huntbook.core.result import Completeness
from huntbook.errors import AccessDenied, QueryRejected, QueryTimeout, RateLimited, ServiceError
from huntbook.sources._splunk.text import every_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from huntbook.core.http import Reply

MOST_ROWS: Final = 500_000  # that Splunk keeps of a search, unless its limits are changed
FAILED: Final = (
    "FAILED",
    "USER_CANCEL",
    "INTERNAL_CANCEL",
    "BAD_INPUT_CANCEL",
    "QUIT",
)  # states that no job comes back from
_SHOWN: Final = 300  # characters of a message
_QUOTA: Final = re.compile(r"quota|concurren|maximum number of .*searches|could not be dispatched", re.IGNORECASE)
_QUERY: Final = re.compile(
    r"\berror in '|unknown search command|unable to parse|syntax|mismatched|malformed|invalid (?:value|argument|earliest|latest|_?time)",
    re.IGNORECASE,
)
_CUT: Final = re.compile(r"truncat|limit|maximum|exceed|finaliz|auto-?cancel|maxout|max_", re.IGNORECASE)
_LESS: Final = re.compile(r"incomplete|partial|unable to distribute|peer .*(?:down|failed|unreachable)", re.IGNORECASE)
_ABOUT_FIELDS: Final = re.compile(r"could not load lookup|lookup table .* does not exist", re.IGNORECASE)
_SILENT: Final = ("DEBUG",)
_HINTS: Final = {
    400: "The search is refused as it is written.",
    401: "Check the token, or user and password; a token may have ended.",
    402: "The licence of this Splunk does not allow it.",
    403: "The role of the account lacks a capability that this needs.",
}


class Absent(ServiceError):
    """An endpoint that is not there: an older Splunk, or none."""


def complain(reply: Reply) -> ServiceError | None:
    """What an error of the REST API means; None where it says nothing of its own."""
    try:
        said = reply.json()
        text = " ".join(str(each["text"]) for each in said["messages"]) if "messages" in said else _collected(said)
    except (ServiceError, KeyError, TypeError, AttributeError):
        return None
    about: dict[str, Any] = {"service": reply.service, "reply": reply.text()}
    text = shortened(text, _SHOWN) or f"The service answered with {reply.status}."
    hint = _HINTS.get(reply.status, "")
    if reply.status == 401:
        return stale(AccessDenied(text, hint=hint, **about))
    if reply.status in (402, 403):
        return AccessDenied(text, hint=hint, **about)
    if _QUOTA.search(text):
        return crowded(text, about)
    if reply.status == 404:
        return gone(text, about)
    return QueryRejected(text, hint=hint, **about) if reply.status == 400 else None


def _collected(said: Mapping[str, Any]) -> str:
    """What the event collector says."""
    at = f" (event {said['invalid-event-number']} of the batch)" if "invalid-event-number" in said else ""
    return f"{said['text']}{at}"


def crowded(text: str, about: Mapping[str, Any]) -> RateLimited:
    """Say that the account runs or keeps as many searches as it may."""
    return RateLimited(text, hint="Wait for other searches to end, or delete the results of old ones.", **about)


def gone(text: str, about: Mapping[str, Any]) -> ServiceError:
    """Say that something is not there, which a search that was begun may be if somebody else ended it."""
    if "sid" not in text.lower():
        return Absent(text, hint="Check host and port: 8089 is that of the REST API.", **about)
    error = ServiceError(f"The search is gone: {text}", hint="Somebody may have cancelled it.", **about)
    error.transient = True
    return error


def messages(said: object) -> list[tuple[str, str]]:
    """The messages of a job or of its results, as (type, text)."""
    if not isinstance(said, list):
        return []
    found = [(str(each.get("type", "")).upper(), str(each.get("text", ""))) for each in said if isinstance(each, dict)]
    return list(dict.fromkeys((kind, shortened(text, _SHOWN)) for kind, text in found if text and kind not in _SILENT))


def failure(content: Mapping[str, Any], query: str, service: str) -> ServiceError:
    """The error of a job that failed."""
    said = messages(content.get("messages"))
    told = [text for kind, text in said if kind in ("FATAL", "ERROR")] or [text for _, text in said]
    state = str(content.get("dispatchState", ""))
    ended = f"was ended ({state})" if state in FAILED[1:] else "failed"
    text = " ".join(dict.fromkeys(told)) or f"The search {ended}, and Splunk does not say why."
    if _QUOTA.search(text):
        return crowded(text, {"service": service, "query": query})
    if _QUERY.search(text):
        return QueryRejected(text, service=service, query=query, hint=_HINTS[400])
    error = ServiceError(text, service=service, query=query, hint="Splunk's search log of the job says more.")
    error.transient = True
    return error


def too_slow(seconds: float, query: str, service: str) -> QueryTimeout:
    """Say that a search took longer than we wait."""
    return QueryTimeout(
        f"The search took longer than {seconds:g} s, and was cancelled.",
        service=service,
        query=query,
        hint="Ask for less time at once (split='1d'), or connect with a longer timeout.",
    )


def completeness(
    content: Mapping[str, Any], said: Iterable[tuple[str, str]], rows: int, *, most: int, text: str
) -> Completeness:
    """How complete the answer of a job is.

    Args:
        content: what the job says of itself.
        said: its messages, and those of its results.
        rows: how many were read.
        most: how many were asked for at most.
        text: the search.
    """
    notes, cut = _cut(content, rows, most, text)
    less = cut
    for kind, told in said:
        notes.append(f"Splunk says: {told}")
        worse = kind in ("WARN", "ERROR", "FATAL")
        cut = cut or (worse and _CUT.search(told) is not None)
        less = less or (worse and (_CUT.search(told) or _LESS.search(told)) is not None)
        less = less or (kind in ("ERROR", "FATAL") and not _ABOUT_FIELDS.search(told))
    return Completeness(not less, tuple(dict.fromkeys(notes)), cut)


def _cut(content: Mapping[str, Any], rows: int, most: int, text: str) -> tuple[list[str], bool]:
    """Whether rows were left out because of a limit, and which."""
    results, events = _count(content, "resultCount"), _count(content, "eventCount")
    scanned = f"{_count(content, 'scanCount'):,} events were scanned"
    if flag(content, "isFinalized"):
        return [f"the search was ended early: {rows:,} rows are here, {scanned}"], True
    if rows < results:
        return [f"Splunk gave {rows:,} of {results:,} rows"], True
    if every_event(text) and events > rows:
        return [f"Splunk kept {rows:,} rows of {events:,} events; {scanned}"], True
    if rows >= most:
        return [f"at most {most:,} rows are asked for (max_rows); there may be more; {scanned}"], True
    if flag(content, "eventIsTruncated") and every_event(text):
        return [f"Splunk left events out, without saying how many; {scanned}"], True
    return [], False


def _count(content: Mapping[str, Any], name: str) -> int:
    value = content.get(name, 0)
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else 0


def flag(content: Mapping[str, Any], name: str) -> bool:
    """A property that is true or false, however it is written."""
    return content.get(name) in (True, 1, "1", "true")
