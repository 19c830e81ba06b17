"""A fake Kusto cluster: the v2 query API with its frames and errors, and the management commands that show databases and schemas."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

from huntbook.errors import HuntbookError, KqlError
from huntbook.query.dialects import dialects
from huntbook.query.kql import Type
from huntbook.sources._base import Question
from huntbook.testing import kql
from huntbook.testing.service import Answer, FakeService, Refusal, Seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from huntbook.core.frames import Table
    from huntbook.core.timespan import TimeSpan
    from huntbook.query.kql import Compiled
    from huntbook.sources._kql.database import KqlDatabase
    from huntbook.testing.faults import Faults

_SCHEMA: Final = re.compile(r"\.show database (.+) schema as json", re.IGNORECASE)
_CANCEL: Final = re.compile(r'\.cancel query "(.+)"', re.IGNORECASE)
_STATUS: Final = ("Level", "LevelName", "StatusCode", "StatusCodeName", "EventTypeName", "Payload")
_TOO_LARGE: Final = "Query result set has exceeded the internal record count limit {} (E_QUERY_RESULT_SET_TOO_LARGE)."


class FakeKusto(FakeService):
    """A cluster on loopback that runs KQL: on a folder of logs, or on tables that you give.

    Args:
        evidence: a folder of logs, as for `connect("local", …)`.
        tables: tables by name, in place of a folder; those that Microsoft documents have all their columns.
        database: the name of the database that has them.
        databases: more databases by name, each with its tables.
        most_rows: where the service cuts its answers, if the question does not ask for less.
        progressive: whether tables come in fragments, the first of which is replaced.
        faults: what goes wrong.
        now: what `now()` in queries goes by.

    `cancelled` are the ids of questions that were cancelled.

    Example:
        service = FakeKusto("evidence/")
        kusto = service.connect()
    """

    source: ClassVar[str] = "kusto"

    def __init__(
        self,
        evidence: str | Path | None = None,
        *,
        tables: Mapping[str, Table] | None = None,
        database: str = "Logs",
        databases: Mapping[str, Mapping[str, Table]] | None = None,
        most_rows: int = 500_000,
        progressive: bool = False,
        faults: Faults | None = None,
        now: datetime | None = None,
    ) -> None:
        first = kql.given(tables or {}, now) if evidence is None else kql.evidence(str(evidence), now)
        more = {name: kql.given(each, now) for name, each in (databases or {}).items()}
        self.databases = {database: first, **more}
        self.most_rows = most_rows
        self.progressive = progressive
        self.cancelled: list[str] = []
        super().__init__(faults=faults)

    def settings(self) -> dict[str, Any]:
        """The first database, here, with a credential that is taken."""
        return {
            "cluster": self.url,
            "database": next(iter(self.databases)),
            "audience": self.url,
            "credential": self.credential(),
        }

    def answer(self, seen: Seen) -> Answer:
        """Answer as the API would."""
        body = seen.json
        if not isinstance(body, dict) or not isinstance(body.get("csl"), str):
            raise _refused("General_BadRequest", "The request has no csl.")
        if seen.path == "/v1/rest/mgmt":
            return self._command(body["csl"])
        if seen.path != "/v2/rest/query":
            return Answer(404)
        if body["csl"].lstrip().startswith("."):
            raise _refused("General_BadRequest", "Management commands cannot be run by the query endpoint.")
        return self._query(body)

    def _found(self, name: Any) -> tuple[KqlDatabase, kql.Schema]:
        if name not in self.databases:
            raise _refused("BadRequest_EntityNotFound", f"Entity ID '{name}' of kind 'Database' was not found.")
        return self.databases[name]

    def _command(self, text: str) -> Answer:
        if text == ".show databases":
            return _table(["DatabaseName", "PrettyName"], [[name, ""] for name in self.databases])
        if found := _SCHEMA.fullmatch(text):
            name = next((each for each in self.databases if dialects["kql"].column(each) == found[1]), found[1])
            schema = self._found(name)[1]
            return _table(["DatabaseSchema"], [[json.dumps({"Databases": {name: _schema(name, schema)}})]])
        if found := _CANCEL.fullmatch(text):
            self.cancelled.append(found[1])
            return _table(["ClientRequestId"], [[found[1]]])
        raise _refused("General_BadRequest", "Syntax error: SYN0100: this is no command of the fake.")

    def _query(self, body: dict[str, Any]) -> Answer:
        database, schema = self._found(body.get("db"))
        properties = body.get("properties") or {}
        options = (json.loads(properties) if isinstance(properties, str) else properties).get("Options") or {}
        span, within = _span(options)
        self.about(span)
        try:
            compiled = database.compile(Question(body["csl"], "kql"))
            if span is not None:
                compiled = database.compile(Question(_inside(schema, options, within) + body["csl"], "kql"))
            rows = kql.rows(database, compiled, self._most(options) + 1, trees=True)
        except KqlError as error:
            place = f" [line:position={error.line}:{error.column - 1}]" if error.line else ""
            raise _refused("General_BadRequest", f"{error.message}{place}", _inner(error)) from error
        except HuntbookError as error:
            raise _refused("General_BadRequest", error.message) from error
        return Answer(body=self._frames(compiled, rows, options))

    def _most(self, options: Mapping[str, Any]) -> int:
        return min(self.most_rows, int(options.get("truncationmaxrecords", self.most_rows)))

    def _frames(
        self, compiled: Compiled, rows: Iterator[list[list[Any]]], options: Mapping[str, Any]
    ) -> Iterator[bytes]:
        """The frames of an answer. Where a limit cuts it, an error says so: in the rows and at the end, or in the completion information."""
        most = self._most(options)
        columns = [{"ColumnName": column.name, "ColumnType": column.type.value} for column in compiled.columns]
        chart = {"Visualization": compiled.chart.kind if compiled.chart else None}
        yield b"[" + _json({"FrameType": "DataSetHeader", "IsProgressive": self.progressive, "Version": "v2.0"})
        yield b"," + _data(0, "QueryProperties", ("TableId", "Key", "Value"), [[1, "Visualization", json.dumps(chart)]])
        head = {"TableId": 1, "TableKind": "PrimaryResult", "TableName": "PrimaryResult", "Columns": columns}
        if self.progressive:
            yield b"," + _json({"FrameType": "TableHeader", **head})
            passing = {"FrameType": "TableFragment", "TableFragmentType": "DataAppend", "TableId": 1}
            yield b"," + _json({**passing, "Rows": [[None] * len(columns)]})
            replacing = {**passing, "TableFragmentType": "DataReplace", "Rows": []}
            yield b"," + _json(replacing)[:-2]
        else:
            yield b"," + _json({"FrameType": "DataTable", **head, "Rows": []})[:-2]
        given, between, inline = 0, b"", not options.get("deferpartialqueryfailures")
        for part in rows:
            shown = part[: most - given]
            given += len(part)
            if shown:
                yield between + _json(shown)[1:-1]
                between = b","
        error = _too_large(most) if given > most else None
        yield between + _json({"OneApiErrors": [error]}) + b"]}" if error and inline else b"]}"
        if self.progressive:
            yield b"," + _json({"FrameType": "TableCompletion", "TableId": 1, "RowCount": min(given, most)})
        yield b"," + _data(2, "QueryCompletionInformation", _STATUS, _status(None if inline or not error else most))
        ended = {"FrameType": "DataSetCompletion", "HasErrors": bool(error and inline), "Cancelled": False}
        yield b"," + _json({**ended, "OneApiErrors": [error]} if error and inline else ended) + b"]"


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _data(number: int, kind: str, names: tuple[str, ...], rows: list[list[Any]]) -> bytes:
    columns = [{"ColumnName": name, "ColumnType": "dynamic" if name == "Value" else "string"} for name in names]
    table = {"FrameType": "DataTable", "TableId": number, "TableKind": kind, "TableName": kind}
    return _json({**table, "Columns": columns, "Rows": rows})


def _status(cut: int | None) -> list[list[Any]]:
    """The lines of the completion information: what was used, and whether a limit ended the answer."""
    used = [6, "Stats", 0, "S_OK (0)", "QueryResourceConsumption", '{"ExecutionTime":0.1}']
    if cut is None:
        return [[4, "Info", 0, "S_OK (0)", "QueryInfo", '{"Count":1,"Text":"Query completed successfully"}'], used]
    name = "Query result set too large (E_QUERY_RESULT_SET_TOO_LARGE). (-2133196797)"
    said = json.dumps({"Count": 1, "Text": _TOO_LARGE.format(cut)})
    return [[2, "Error", -2133196797, name, "QueryLimitsExceeded", said], used]


def _too_large(most: int) -> dict[str, Any]:
    about = {"code": "LimitsExceeded", "message": "Request is invalid and cannot be executed.", "@permanent": False}
    kind = "Kusto.Data.Exceptions.KustoServicePartialQueryFailureLimitsExceededException"
    return {"error": {**about, "@type": kind, "@message": _TOO_LARGE.format(most)}}


def _span(options: Mapping[str, Any]) -> tuple[TimeSpan | None, str]:
    """The time that a question is about, and the condition that it makes. Both ends are part of it, to the tick."""
    start, end = options.get("query_datetimescope_from"), options.get("query_datetimescope_to")
    if not start or not end or not options.get("query_datetimescope_column"):
        return None, ""
    column = dialects["kql"].column(str(options["query_datetimescope_column"]))
    return kql.span_of(f"{start}/{end}"), f"{column} between (datetime({start}) .. datetime({end}))"


def _inside(schema: kql.Schema, options: Mapping[str, Any], condition: str) -> str:
    """What makes the tables that have the column have the rows of that time only."""
    time = options["query_datetimescope_column"]
    names = [dialects["kql"].column(name) for name, columns in schema.items() if columns.get(time) is Type.DATETIME]
    return "".join(f"let {name} = {name} | where {condition};" for name in names)


def _schema(name: str, schema: kql.Schema) -> dict[str, Any]:
    tables = {
        table: {
            "Name": table,
            "DocString": f"The table {table}.",
            "OrderedColumns": [{"Name": column, "CslType": kind.value} for column, kind in columns.items()],
        }
        for table, columns in schema.items()
    }
    return {"Name": name, "Tables": tables, "MaterializedViews": {}, "ExternalTables": {}, "Functions": {}}


def _table(names: list[str], rows: list[list[Any]]) -> Answer:
    columns = [{"ColumnName": name, "DataType": "String", "ColumnType": "string"} for name in names]
    return Answer(json={"Tables": [{"TableName": "Table_0", "Columns": columns, "Rows": rows}]})


def _refused(code: str, message: str, inner: dict[str, Any] | None = None) -> Refusal:
    error = {
        "code": code,
        "message": "Request is invalid and cannot be executed.",
        "@type": "Kusto.Data.Exceptions.KustoBadRequestException",
        "@message": f"Request is invalid and cannot be processed: {message}",
        "@permanent": True,
    }
    return Refusal(Answer(400, {"error": {**error, "innererror": inner} if inner else error}))


def _inner(error: KqlError) -> dict[str, Any]:
    told = {"code": "SYN0002", "message": error.message, "@message": f"Syntax error: SYN0002: {error.message}"}
    return {**told, "@line": str(error.line), "@pos": str(error.column - 1)} if error.line else told
