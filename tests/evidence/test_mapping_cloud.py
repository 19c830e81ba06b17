"""What cloud logs ask of the mapping: rows inside records, JSON inside strings, exports under a table's own names."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huntbook.evidence import mapping
from huntbook.evidence.envelope import json_envelope, plain
from huntbook.evidence.recognise import form_of_columns, form_of_json
from huntbook.evidence.schema import Form, Table, load


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(mapping.MACROS)
    return connection


def opened(database: duckdb.DuckDBPyConnection, form: Form, *records: dict[str, Any]) -> list[dict[str, Any]]:
    """The envelope's rows."""
    database.execute("CREATE OR REPLACE TABLE batch (_File VARCHAR, _Line UBIGINT, record JSON)")
    for number, record in enumerate(records, 1):
        database.execute("INSERT INTO batch VALUES ('f', ?, ?)", [number, json.dumps(record)])
    cursor = database.execute(json_envelope(form, "batch").select)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_a_record_is_taken_apart_into_its_items(database: duckdb.DuckDBPyConnection) -> None:
    form = Form(about="x", has=["items"], each="CAST(record -> '/items' AS JSON[])", fields={"a": ["a"], "b": ["b"]})
    rows = opened(
        database, form, {"a": 1, "items": [{"b": 1}, {"b": 2}]}, {"a": 2, "items": []}, {"a": 3, "items": None}
    )
    assert [(row["_Line"], row["a"], row["b"]) for row in rows] == [
        (1, "1", "1"),
        (1, "1", "2"),
        (2, "2", None),
        (3, "3", None),
    ]


@pytest.mark.parametrize(
    ("text", "data"),
    [('{"a": 1}', {"a": 1}), ("cut {", {"_text": "cut {"}), ("[1]", {"_text": "[1]"}), ("", None)],
)
def test_json_inside_a_string_is_opened_and_what_is_none_is_kept(
    database: duckdb.DuckDBPyConnection,
    text: str,
    data: object,
) -> None:
    form = Form(about="x", has=["Data"], data=["Data"], data_as="hb_object(_data ->> '$')")
    [row] = opened(database, form, {"Data": text})
    assert (json.loads(row["_data"]) if row["_data"] else None) == data


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0")))
@settings(deadline=None)
def test_any_text_opens_to_an_object_or_nothing(database: duckdb.DuckDBPyConnection, text: str) -> None:
    [[found]] = database.execute("SELECT hb_object(?)", [text]).fetchall()
    assert found is None or isinstance(json.loads(found), dict)


def test_in_an_export_an_expression_counts_only_if_it_speaks_of_its_column(database: duckdb.DuckDBPyConnection) -> None:
    columns = {
        "TimeGenerated": "datetime",
        "When": 'string = coalesce("When", Other)',
        "Renamed": "string = raw",
        "Fixed": "string = 'constant'",
    }
    table = Table.model_validate({"table": "T", "about": "x", "forms": {}, "own": ["When"], "columns": columns})
    form = Form(about="x", has=["When"], fields={name: [name] for name in columns})
    record = {"Other": "o", "Renamed": "kept", "raw": "not this", "Fixed": "nor this"}
    database.execute("CREATE OR REPLACE TABLE batch (_File VARCHAR, _Line UBIGINT, record JSON)")
    database.execute("INSERT INTO batch VALUES ('f', 1, ?)", [json.dumps(record)])
    envelope = json_envelope(form, "batch")
    database.execute(f"CREATE OR REPLACE TABLE envelope AS {envelope.select}").fetchall()
    rows = mapping.table_rows(table, envelope, "envelope", "true", own=True)
    found = database.execute(f'SELECT "When", Renamed, Fixed FROM ({rows.select})').fetchall()
    assert found == [("o", "kept", "constant")]


def test_records_that_no_table_takes_are_kept_whole(database: duckdb.DuckDBPyConnection) -> None:
    form = Form(about="x", has=["kind"], fields={"kind": ["kind"], "absent": ["absent"]}, data=["data"])
    opened(database, form, {"kind": "a", "data": {"deep": 1}, "more": 2}, {"kind": "b", "data": {"deep": 2}})
    envelope = json_envelope(form, "batch")
    database.execute(f"CREATE OR REPLACE TABLE envelope AS {envelope.select}").fetchall()
    # A condition may ask for members of the data, too.
    rest = database.execute(mapping.rest_rows(envelope, "envelope", ["kind = 'b' OR deep = '9'"])).fetchall()
    assert [(line, json.loads(record)) for _, line, record in rest] == [(1, {"kind": "a", "deep": 1, "more": 2})]


def test_a_record_that_names_its_table_belongs_there() -> None:
    schemas = load()
    named = {"TimeGenerated": "x", "Type": "DeviceFileEvents", "DeviceName": "d"}
    assert form_of_json(json.dumps(named), schemas) == "own:DeviceFileEvents"
    assert form_of_json(json.dumps(named | {"Type": "Application"}), schemas) is None


def test_columns_are_known_by_their_names_without_the_zone() -> None:
    columns = ["TimeGenerated [UTC]", "OfficeWorkload", "Operation", "UserId"]
    assert form_of_columns(columns, load()) == "own:OfficeActivity"
    assert plain("TimeGenerated [UTC]") == "TimeGenerated"
    assert plain("Name [x]") == "Name [x]"


@pytest.mark.parametrize(
    ("folder", "file", "path"),
    [
        (r"C:\Windows\System32", "cmd.exe", r"C:\Windows\System32\cmd.exe"),
        (r"c:\windows\system32\CMD.exe", "cmd.exe", r"c:\windows\system32\CMD.exe"),
        ("/usr/bin", "id", "/usr/bin/id"),
        ("/", "id", "/id"),
        ("", "id", "id"),
        (r"C:\x", "", r"C:\x"),
        (None, None, None),
    ],
)
def test_paths_of_folder_and_file(
    database: duckdb.DuckDBPyConnection,
    folder: str | None,
    file: str | None,
    path: str | None,
) -> None:
    assert database.execute("SELECT hb_path(?, ?)", [folder, file]).fetchall() == [(path,)]
