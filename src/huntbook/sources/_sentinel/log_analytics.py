"""What Azure Monitor's query API answers: tables in JSON, perhaps with an error beside them.

Format: learn.microsoft.com/azure/azure-monitor/logs/api/response-format and /errors; limits: /azure/azure-monitor/fundamentals/service-limits.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import from_json

from huntbook.core.chart import Chart
from huntbook.core.http import stale
from huntbook.core.json_rows import Around, Rows, json_rows
from huntbook.core.redaction import shortened
from huntbook.core.result import Completeness
from huntbook.errors import AccessDenied, QueryRejected, QueryTimeout, ServiceError
from huntbook.sources._base import Batch
from huntbook.sources._kql.values import frame_of, type_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from huntbook.core.http import Reply
    from huntbook.query.kql.types import Type

MOST_ROWS: Final = 500_000
QUESTIONS: Final = (200, 30.0)  # that a user may ask, and in how many seconds
_CUT: Final = re.compile(r"exceed|truncat|too large|limit of|-2133196797|E_QUERY_RESULT_SET_TOO_LARGE", re.IGNORECASE)
_PLACE: Final = re.compile(r"\[(\d+),(\d+)\]")
_TOKENS: Final = (
    "InvalidAuthenticationToken",
    "AuthenticationFailed",
    "ExpiredAuthenticationToken",
    "InvalidTokenError",
)
_TYPE: Final = re.compile(rb'"columns"\s*:\s*(\[(?:[^\[\]"]|"(?:[^"\\]|\\.)*+")*+\])[^\[]*\[\Z', re.DOTALL)


def batches(reply: Reply) -> Iterator[Batch]:
    """Read an answer: the rows of its first table in batches; the last batch says how complete it is.

    Raises:
        ServiceError: if it is no such answer.
    """
    columns: list[tuple[str, Type]] | None = None
    around, rows, number = b"", 0, 0
    try:
        for part in json_rows(reply.chunks()):
            if isinstance(part, Around):
                around += part.text
                columns = columns if columns is not None else _columns(part.text)
                number += 1
            elif isinstance(part, Rows) and columns is not None and number == 1:
                frame, notes = frame_of(columns, part.rows)
                rows += frame.height
                yield Batch(frame, Completeness(notes=notes))
        document = from_json(around)
    except ValueError as error:
        raise reply.malformed(str(error)) from error
    if columns is None or not isinstance(document, dict):
        raise reply.malformed("it has no table")
    yield Batch(frame_of(columns, [])[0], _completeness(document, rows), _chart(document))


def _columns(before: bytes) -> list[tuple[str, Type]] | None:
    """The columns that stand before a table's rows."""
    found = _TYPE.search(before)
    if found is None:
        return None
    return [(str(each["name"]), type_named(str(each.get("type", "string")))) for each in from_json(found[1])]


def _completeness(document: dict[str, Any], rows: int) -> Completeness:
    notes, cut = [], rows >= MOST_ROWS
    if cut:
        notes.append(f"the service gives {MOST_ROWS:,} rows at most")
    problem = document.get("error")
    if isinstance(problem, dict):
        said = list(dict.fromkeys(_said(problem)))
        cut = cut or any(_CUT.search(text) for text in said)
        spoken = [text for text in said if " " in text] or said
        notes.append(f"the service answered in part: {spoken[-1] if spoken else 'it does not say why'}")
    complete = not notes
    if len(document.get("tables", ())) > 1:
        notes.append(f"the answer has {len(document['tables']) - 1} more tables, which are left out")
    return Completeness(complete, tuple(notes), cut)


def _said(problem: dict[str, Any], depth: int = 0) -> Iterator[str]:
    """The messages of an error, from the outside in."""
    if depth > 8:
        return
    for key in ("code", "message"):
        if problem.get(key):
            yield shortened(str(problem[key]), 500)
    inside = problem.get("innererror")
    for each in [*(problem.get("details") or ()), *([inside] if isinstance(inside, dict) else ())]:
        if isinstance(each, dict):
            yield from _said(each, depth + 1)


def _chart(document: dict[str, Any]) -> Chart | None:
    """What `render` asks for."""
    render = document.get("render")
    kind = render.get("visualization") if isinstance(render, dict) else None
    return (
        Chart(str(kind), {key: value for key, value in render.items() if value is not None})
        if kind and render
        else None
    )


def complain(reply: Reply) -> ServiceError | None:
    """What an error of the API means; None where it says nothing of its own."""
    try:
        problem = reply.json()["error"]
        said = list(_said(problem))
    except (ServiceError, KeyError, TypeError, AttributeError):
        return None
    text = ": ".join(dict.fromkeys(each for each in said if " " in each)) or str(problem.get("code", ""))
    service, shown = reply.service, reply.text()
    if any(code in said for code in _TOKENS):
        return stale(AccessDenied(text, service=service, reply=shown, hint="Sign in again."))
    if reply.status in (400, 404):
        return QueryRejected(text, position=_position(problem), service=service, reply=shown, hint=_HINTS[reply.status])
    kind = _KINDS.get(reply.status)
    return kind if kind is None else kind(text, service=service, reply=shown, hint=_HINTS[reply.status])


_KINDS: Final[dict[int, type[ServiceError]]] = {403: AccessDenied, 408: QueryTimeout, 504: QueryTimeout}
_HINTS: Final = {
    400: "The query is refused as it is written.",
    403: "The account needs the role Log Analytics Reader or Microsoft Sentinel Reader on the workspace.",
    404: "Check the workspace: its name, id or resource id.",
    408: "Ask for less time at once: split='1d'.",
    504: "Ask for less time at once: split='1d'.",
}


def _position(problem: dict[str, Any]) -> tuple[int, int] | None:
    """Line and column that an error names, counted from 1."""
    inner: Any = problem
    for _ in range(8):
        if not isinstance(inner, dict):
            return None
        if isinstance(inner.get("line"), int) and isinstance(inner.get("pos"), int):
            return inner["line"], inner["pos"] + 1
        if found := _PLACE.search(str(inner.get("message", ""))):
            return int(found[1]), int(found[2]) + 1
        inner = inner.get("innererror")
    return None
