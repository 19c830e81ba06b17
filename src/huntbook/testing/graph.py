"""A fake of Microsoft Graph: collections of objects, asked in OData, in pages."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import quote, unquote

from huntbook.core.frames import to_polars
from huntbook.core.timespan import TimeSpan
from huntbook.sources._graph.collections import Collection, collections
from huntbook.testing import odata
from huntbook.testing.service import Answer, FakeService, Refusal, Seen

if TYPE_CHECKING:
    from collections.abc import Collection as Names
    from collections.abc import Iterable, Mapping, Sequence

    from huntbook.core.frames import Table
    from huntbook.testing.faults import Faults

Row = dict[str, Any]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_KEY: Final = re.compile(r"(.+)/([^/()]+)|(.+)\('([^']+)'\)")
_ADVANCED: Final = re.compile(r"\bne\b|\bnot\b|\bendswith\b|/\$count\b", re.IGNORECASE)
_KNOWN: Final = frozenset(
    {"$filter", "$select", "$top", "$skip", "$skiptoken", "$orderby", "$count", "$search", "$expand", "$format"}
)


class FakeGraph(FakeService):
    """Microsoft Graph on loopback, with the collections that you give.

    Args:
        collections: objects by the path of their collection: `{"users": [{"id": "1", …}], "users/1/memberOf": […]}`; tables of any kind
            are taken as well.
        page_size: how many objects a page has at most; `$top` may say less.
        permissions: what the application may do, by name; everything, if not given.
        most_rows: what `connect` takes of an answer at most.
        faults: what goes wrong.

    Example:
        service = FakeGraph({"security/alerts_v2": [{"id": "1", "severity": "high", "createdDateTime": "2026-03-01T10:00:00Z"}]})
        graph = service.connect()
    """

    source: ClassVar[str] = "graph"

    def __init__(
        self,
        collections: Mapping[str, Table | Sequence[Row]] | None = None,
        *,
        page_size: int = 100,
        permissions: Names[str] | None = None,
        most_rows: int = 200_000,
        faults: Faults | None = None,
    ) -> None:
        self.collections = {path.lower(): _objects(table) for path, table in (collections or {}).items()}
        self.page_size = page_size
        self.permissions = permissions
        self.most_rows = most_rows
        super().__init__(faults=faults)

    def settings(self) -> dict[str, Any]:
        """This one, with a credential that is taken, asked as often as anybody likes."""
        return {"endpoint": self.url, "credential": self.credential(), "most_rows": self.most_rows, "paced": False}

    def answer(self, seen: Seen) -> Answer:
        """Answer as Graph would."""
        version, _, path = unquote(seen.path).lstrip("/").partition("/")
        if version not in ("v1.0", "beta") or seen.method != "GET":
            return _refused(404, "ResourceNotFound", "Invalid version.")
        unknown = [name for name in seen.params if name not in _KNOWN]
        if unknown:
            return _refused(400, "BadRequest", f"The query specified in the URI is not valid: '{unknown[0]}'.")
        counts = path.endswith("/$count")
        path = path.removesuffix("/$count").rstrip("/")
        known = collections().get(path.lower())
        self._allow(known)
        rows = self.collections.get(path.lower())
        if rows is None:
            return self._one(path, seen)
        return self._listed(path, rows, known, seen, counts=counts)

    def _allow(self, known: Collection | None) -> None:
        if known is None or self.permissions is None:
            return
        missing = [each for each in known.permission.split(" and ") if each not in self.permissions]
        if missing:
            text = "Insufficient privileges to complete the operation."
            raise Refusal(_refused(403, "Authorization_RequestDenied", text))

    def _one(self, path: str, seen: Seen) -> Answer:
        """One object by its key."""
        found = _KEY.fullmatch(path)
        collection, key = (found[1] or found[3], found[2] or found[4]) if found else ("", "")
        if collection.lower() not in self.collections:
            return _refused(400, "BadRequest", f"Resource not found for the segment '{path.rpartition('/')[2]}'.")
        names = ("id", "userPrincipalName")
        for row in self.collections[collection.lower()]:
            if any(str(row.get(name, "")).lower() == key.lower() for name in names):
                return Answer(json={"@odata.context": self._context(collection), **_selected(row, seen)})
        text = f"Resource '{key}' does not exist or one of its queried reference-property objects are not present."
        return _refused(404, "Request_ResourceNotFound", text)

    def _listed(self, path: str, rows: list[Row], known: Collection | None, seen: Seen, *, counts: bool) -> Answer:
        self._need_consistency(known, seen, counts=counts)
        found = self._sorted(self._filtered(rows, known, seen), seen)
        if counts:
            return Answer(body=f"\ufeff{len(found)}".encode(), headers={"X-Content": "text/plain"})
        size, start = self._size(known, seen), _start(seen)
        page = found[start : start + size]
        document: Row = {"@odata.context": self._context(path)}
        if seen.params.get("$count") == "true" and "$skiptoken" not in seen.params:
            document["@odata.count"] = len(found)
        if start + size < len(found):
            document["@odata.nextLink"] = self._following(path, seen, start + size)
        document["value"] = [_selected(row, seen) for row in page]
        return Answer(json=document)

    def _context(self, path: str) -> str:
        return f"{self.url}/v1.0/$metadata#{path}"

    def _following(self, path: str, seen: Seen, start: int) -> str:
        """The address of the next page; its token says nothing to whoever reads it."""
        token = base64.urlsafe_b64encode(f"from {start}".encode()).decode()
        params = {**seen.params, "$skiptoken": token}
        params.pop("$skip", None)
        options = "&".join(f"{name}={quote(value, safe='')}" for name, value in params.items())
        version = seen.path.lstrip("/").partition("/")[0]
        return f"{self.url}/{version}/{quote(path, safe='/')}?{options}"

    def _need_consistency(self, known: Collection | None, seen: Seen, *, counts: bool) -> None:
        """Directory objects answer some questions only where the caller takes an answer that may be a little old."""
        text = re.sub(r"'(?:[^']|'')*'", "''", seen.params.get("$filter", ""))
        advanced = bool(_ADVANCED.search(text)) or ("$orderby" in seen.params and bool(text))
        asks = advanced or counts or seen.params.get("$count") == "true" or "$search" in seen.params
        if known is None or not known.directory or not asks:
            return
        eventual = seen.headers.get("consistencylevel", "").lower() == "eventual"
        if not eventual or (advanced and not counts and seen.params.get("$count") != "true"):
            text = "Request with this query requires the ConsistencyLevel header and $count=true."
            raise Refusal(_refused(400, "Request_UnsupportedQuery", text))

    def _filtered(self, rows: list[Row], known: Collection | None, seen: Seen) -> list[Row]:
        if "$filter" not in seen.params:
            self.about(None)
            return rows
        try:
            node = odata.parse(seen.params["$filter"])
        except odata.FilterError as error:
            raise Refusal(_refused(400, "BadRequest", f"Invalid filter clause: {error}")) from error
        self.about(_span(node, known))
        there = {name for row in rows for name in row} | set(known.columns if known else ())
        for name in odata.properties(node):
            if name not in there and rows:
                raise Refusal(_refused(400, "BadRequest", f"Could not find a property named '{name}'."))
        return [row for row in rows if odata.holds(node, row)]

    def _sorted(self, rows: list[Row], seen: Seen) -> list[Row]:
        found = rows
        if "$search" in seen.params:
            name, _, text = seen.params["$search"].strip('"').partition(":")
            found = [row for row in found if text.lower() in str(row.get(name, "")).lower()]
        for key in reversed([key.split() for key in seen.params.get("$orderby", "").split(",") if key.strip()]):
            name, descending = key[0], key[1:] == ["desc"]
            found = sorted(found, key=lambda row: (row.get(name) is not None, row.get(name)), reverse=descending)
        return found

    def _size(self, known: Collection | None, seen: Seen) -> int:
        if "$top" not in seen.params:
            return self.page_size
        most = known.top if known and known.top else 1_000
        top = seen.params["$top"]
        if not top.isdecimal() or not 1 <= int(top) <= most:
            text = f"Invalid page size specified: '{top}'. Must be between 1 and {most} inclusive."
            raise Refusal(_refused(400, "Request_UnsupportedQuery", text))
        return min(int(top), self.page_size)


def _objects(table: Table | Sequence[Row]) -> list[Row]:
    rows: Iterable[Row] = table if isinstance(table, list) else to_polars(table).to_dicts()
    return [{name: _written(value) for name, value in row.items()} for row in rows]


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        utc = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return utc.isoformat().replace("+00:00", "Z")
    return value


def _start(seen: Seen) -> int:
    if token := seen.params.get("$skiptoken"):
        return int(base64.urlsafe_b64decode(token.encode()).decode().removeprefix("from "))
    return int(seen.params.get("$skip", "0"))


def _selected(row: Row, seen: Seen) -> Row:
    names = [name.strip() for name in seen.params.get("$select", "").split(",") if name.strip()]
    return {name: row.get(name) for name in names} if names else row


def _span(node: odata.Node, known: Collection | None) -> TimeSpan | None:
    """The time that a filter is about."""
    found = dict(odata.bounds(node, frozenset({known.time} if known and known.time else ())))
    start = found.get("ge") or found.get("gt")
    end = found.get("lt") or found.get("le")
    if start is None or end is None:
        return None
    last = timedelta(microseconds=-(-end.nanoseconds // 1000))
    return TimeSpan(_EPOCH + timedelta(microseconds=start.nanoseconds // 1000), _EPOCH + last)


def _refused(status: int, code: str, message: str) -> Answer:
    inner = {"date": "2026-03-02T12:00:00", "request-id": "0", "client-request-id": "0"}
    return Answer(status, {"error": {"code": code, "message": message, "innerError": inner}})
