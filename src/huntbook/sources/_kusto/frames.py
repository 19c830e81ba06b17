"""What Kusto answers: frames with tables in them, and what it says of their completeness.

Rows are read as they come, so that memory stays bounded; the answer itself has been taken whole by then. Frames that replace rows that came
before are held back until the table is complete: they come only where somebody asks for progressive results.

Formats: learn.microsoft.com/kusto/api/rest/response-v2 and /kusto/api/rest/response-http (errors, and what management commands answer);
codes of engine errors: /kusto/concepts/errors-in-native-code; limits: /kusto/concepts/query-limits.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import from_json

from huntbook.core.chart import Chart
from huntbook.core.http import stale
from huntbook.core.json_rows import Around, json_rows
from huntbook.core.redaction import shortened
from huntbook.core.result import Completeness
from huntbook.errors import AccessDenied, QueryRejected, QueryTimeout, RateLimited, ServiceError
from huntbook.sources._base import Batch
from huntbook.sources._kql.values import frame_of, type_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import polars as pl

    from huntbook.core.http import Reply
    from huntbook.query.kql.types import Type

    Columns = Sequence[tuple[str, Type]]

# A limit that asking for less at once stays below: rows or bytes of the answer, memory of the query.
_LIMIT: Final = re.compile(
    r"E_QUERY_RESULT_SET_TOO_LARGE|E_RUNAWAY_QUERY|E_LOW_MEMORY_CONDITION|80DA000[137]|LimitsExceeded"
    r"|2161770499|-2133196797",
    re.IGNORECASE,
)
_SLOW: Final = re.compile(r"time-?out|timed out", re.IGNORECASE)
_THROTTLED: Final = re.compile(r"throttl", re.IGNORECASE)
_REFUSED: Final = re.compile(r"\b(?:SEM|SYN)\d{4}\b|BadRequest|Semantic error|Syntax error", re.IGNORECASE)
_PLACE: Final = re.compile(r"line:position\s*=\s*(\d+)\s*:\s*(\d+)")
_STATUS: Final = ("QueryCompletionInformation", "QueryStatus")
_ERROR, _WARNING = 2, 3  # levels of what a query says of its completion; lower is worse
_SHOWN: Final = 500
_LESS: Final = "Ask for less time at once: split='1d'."


def batches(reply: Reply, query: str) -> Iterator[Batch]:
    """Read an answer: the rows of its first table in batches; the last batch says how complete it is.

    Raises:
        ServiceError: if it is no such answer, or if it holds nothing but an error.
    """
    reader = _Reader(reply, query)
    try:
        for frame, notes in reader.frames():
            yield Batch(frame, Completeness(notes=notes))
    except ValueError as error:
        raise reply.malformed(str(error)) from error
    yield reader.last()


@dataclass
class _Reader:
    reply: Reply
    query: str
    rows: int = 0
    columns: Columns | None = None
    primary: set[object] = field(default_factory=set)
    headers: dict[object, dict[str, Any]] = field(default_factory=dict)
    status: list[dict[str, Any]] = field(default_factory=list)
    errors: list[Any] = field(default_factory=list)
    chart: Chart | None = None
    cancelled: bool = False
    completed: bool = False
    held: list[tuple[pl.DataFrame, tuple[str, ...]]] | None = None  # of a table whose rows may still be replaced

    def frames(self) -> Iterator[tuple[pl.DataFrame, tuple[str, ...]]]:
        """The rows of the first table.

        Raises:
            ValueError: if this is no set of frames.
        """
        text, table = b"", {}
        for part in json_rows(self.reply.chunks(), key="Rows"):
            if isinstance(part, Around):
                text += part.text
                if text.endswith(b"["):  # rows follow
                    *before, table = _listed(text, partial=True)
                    self._told(before)
                    self._opened(table)
                    text = b"[" + json.dumps(table).encode()[:-2]  # what comes next closes it
            else:
                yield from self._taken(table, part.rows)
        self._told(_listed(text))
        yield from self.held or ()

    def _told(self, frames: Sequence[dict[str, Any]]) -> None:
        """Take what frames without rows say."""
        for frame in frames:
            match frame.get("FrameType"):
                case "DataSetHeader" if frame.get("IsProgressive"):
                    self.held = []
                case "TableHeader":
                    self.headers[frame.get("TableId")] = frame
                case "TableCompletion":
                    self.errors += frame.get("OneApiErrors") or ()
                case "DataSetCompletion":
                    self.completed = True
                    self.cancelled = bool(frame.get("Cancelled"))
                    self.errors += frame.get("OneApiErrors") or (
                        ["errors of no kind"] if frame.get("HasErrors") else ()
                    )

    def _opened(self, table: dict[str, Any]) -> None:
        """Begin with the rows of a table, or with some of them."""
        header = self.headers.get(table.get("TableId"), table)
        if header.get("TableKind") != "PrimaryResult":
            return
        if not self.primary:
            self.columns = [_column(each) for each in header["Columns"]]
        self.primary.add(header.get("TableId"))
        if table.get("TableFragmentType") == "DataReplace" and self._is_first(table) and self.held:
            self.held.clear()
            self.rows = 0

    def _is_first(self, table: dict[str, Any]) -> bool:
        return len(self.primary) == 1 and table.get("TableId") in self.primary

    def _taken(self, table: dict[str, Any], rows: list[Any]) -> Iterator[tuple[pl.DataFrame, tuple[str, ...]]]:
        """Take rows of a table; an object in the place of a row is an error."""
        header = self.headers.get(table.get("TableId"), table)
        values = [row for row in rows if isinstance(row, list)]
        self.errors += [
            error for row in rows if isinstance(row, dict) for error in row.get("OneApiErrors") or ("an error",)
        ]
        kind = header.get("TableKind")
        if kind == "PrimaryResult" and self._is_first(table) and self.columns is not None:
            made = frame_of(self.columns, values, trees=True)
            self.rows += made[0].height
            if self.held is None:
                yield made
            else:
                self.held.append(made)
        elif kind in _STATUS:
            names = [name for name, _ in map(_column, header["Columns"])]
            self.status += [dict(zip(names, row, strict=True)) for row in values]
        elif kind == "QueryProperties":
            self.chart = self.chart or next(filter(None, map(_chart, values)), None)

    def last(self) -> Batch:
        """What ends the answer: no more rows, and how complete it is.

        Raises:
            ServiceError: if it broke off, has no table, or holds nothing but an error.
        """
        said = [_said(each) for each in self.errors]
        said += [_status(each) for each in self.status if _level(each) <= _ERROR]
        said += ["the query was cancelled"] if self.cancelled else []
        cut = any(_LIMIT.search(each) for each in said)
        if said and not cut and not self.rows:
            raise _error(said[0], self.reply, self.query)
        if not self.completed or self.columns is None:
            raise self.reply.malformed("it breaks off" if self.columns is not None else "it has no table")
        notes = [f"the service answered in part: {shortened(' '.join(dict.fromkeys(said)), _SHOWN)}"] if said else []
        notes += [f"the service warns: {_status(each)}" for each in self.status if _level(each) == _WARNING]
        if len(self.primary) > 1:
            notes.append(f"the answer has {len(self.primary) - 1} more tables, which are left out")
        return Batch(frame_of(self.columns, [])[0], Completeness(not said, tuple(notes), cut), self.chart)


def _listed(text: bytes, *, partial: bool = False) -> list[dict[str, Any]]:
    found = from_json(text, allow_partial=partial)
    if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
        raise ValueError("it is no list of frames")
    return found


def _column(said: Mapping[str, Any]) -> tuple[str, Type]:
    return str(said["ColumnName"]), type_named(str(said.get("ColumnType") or said.get("DataType") or "string"))


def _chart(row: Sequence[Any]) -> Chart | None:
    """What `render` asks for: a row of table, key and value."""
    if len(row) < 3 or row[1] != "Visualization":
        return None
    told = from_json(row[2]) if isinstance(row[2], str) else row[2]
    kind = told.get("Visualization") if isinstance(told, dict) else None
    return Chart(str(kind), {key: value for key, value in told.items() if value is not None}) if kind else None


def _level(status: Mapping[str, Any]) -> int:
    level = status.get("Level")
    return level if isinstance(level, int) else 9


def _status(status: Mapping[str, Any]) -> str:
    """What a line of the completion information says: a text of its payload, or the name of its code."""
    try:
        payload = from_json(str(status.get("Payload") or "{}"))
    except ValueError:
        payload = {}
    text = payload.get("Text") if isinstance(payload, dict) else None
    return shortened(" ".join(filter(None, [str(text or ""), str(status.get("StatusCodeName") or "")])), _SHOWN)


def _said(error: Any, depth: int = 0) -> str:
    """The most telling message of an error; the one that says the least is outside, and in the plainest name."""
    inside = error.get("error", error) if isinstance(error, dict) else error
    if not isinstance(inside, dict) or depth > 8:
        return shortened(str(inside), _SHOWN)
    further = inside.get("innererror")
    deeper = _said(further, depth + 1) if isinstance(further, dict) else ""
    return deeper or shortened(str(inside.get("@message") or inside.get("message") or inside.get("code") or ""), _SHOWN)


def _error(said: str, reply: Reply, query: str) -> ServiceError:
    """What an error means that came where rows should be."""
    about = {"service": reply.service, "query": query, "reply": said}
    if _SLOW.search(said):
        return QueryTimeout(said, hint=_LESS, **about)
    if _REFUSED.search(said):
        return QueryRejected(said, position=_position(said), hint=_HINTS[400], **about)
    error = ServiceError(said, **about)
    error.transient = True
    return error


def complain(reply: Reply) -> ServiceError | None:
    """What an error of the API means; None where it says nothing of its own."""
    try:
        problem = reply.json()["error"]
        said = _said(problem)
    except (ServiceError, KeyError, TypeError):
        problem, said = {}, ""
    service, shown, status = reply.service, reply.text(), reply.status
    if status == 401:
        return stale(AccessDenied(said or "Not signed in (401).", service=service, reply=shown, hint=_HINTS[401]))
    if not said:
        return None
    if status == 429 or (_THROTTLED.search(said) and status >= 500):
        return RateLimited(said, retry_after=reply.retry_after, service=service, reply=shown, hint=_HINTS[429])
    if status in (400, 404):
        return QueryRejected(said, position=_position(problem), service=service, reply=shown, hint=_HINTS[status])
    kind = AccessDenied if status == 403 else QueryTimeout if status in (408, 504) else ServiceError
    return kind(said, service=service, reply=shown, hint=_HINTS.get(status, ""))


_HINTS: Final = {
    400: "The query is refused as it is written.",
    401: "Sign in again; the token is made out for the cluster, or for what audience= names.",
    403: "The account needs the role Database Viewer on the database (in Fabric: Viewer of the workspace or of the KQL database).",
    404: "Check the cluster and the database; conn.driver.databases() lists those of the cluster.",
    408: _LESS,
    429: "Wait, and ask less at once.",
    504: _LESS,
}


def _position(problem: Any) -> tuple[int, int] | None:
    """Line and column that an error names, counted from 1; 0:0 stands for a place that is not known."""
    inner = problem
    for _ in range(8):
        if not isinstance(inner, dict):
            break
        line, place = str(inner.get("@line", "")), str(inner.get("@pos", ""))
        if line.isdigit() and place.isdigit() and int(line):
            return int(line), int(place) + 1
        inner = inner.get("innererror")
    found = _PLACE.search(json.dumps(problem) if isinstance(problem, dict) else str(problem))
    return (int(found[1]), int(found[2]) + 1) if found and int(found[1]) else None


def table(reply: Reply) -> pl.DataFrame:
    """Read what a management command answers: its first table.

    Raises:
        ServiceError: if it is no such answer.
    """
    document = reply.json()
    try:
        first = document["Tables"][0]
        return frame_of([_column(each) for each in first["Columns"]], first["Rows"])[0]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise reply.malformed("it has no table") from error
