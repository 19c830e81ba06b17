"""From records and rows to columns: names, spellings, what has no column, what is made when a table is read."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

from huntbook.evidence import mapping, views
from huntbook.evidence.envelope import json_envelope, rows_envelope
from huntbook.evidence.recognise import form_of_json
from huntbook.evidence.schema import Column, Form, Schemas, Table


@pytest.fixture
def database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(mapping.MACROS)
    connection.execute("CREATE TABLE batch (_File VARCHAR, _Line UBIGINT, record JSON)")
    return connection


def answer(database: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = database.execute(query)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def table(**columns: str) -> Table:
    return Table.model_validate({"table": "T", "about": "x", "columns": {"TimeGenerated": "datetime = t"} | columns})


def mapped(
    database: duckdb.DuckDBPyConnection, into: Table, form: Form, *records: dict[str, Any]
) -> list[dict[str, Any]]:
    for number, record in enumerate(records, 1):
        database.execute("INSERT INTO batch VALUES ('f', ?, ?)", [number, json.dumps(record)])
    envelope = json_envelope(form, "batch")
    database.execute(f"CREATE TABLE envelope AS {envelope.select}")
    return answer(database, mapping.table_rows(into, envelope, "envelope", "true", own=False).select)


def rows_mapped(database: duckdb.DuckDBPyConnection, into: Table, form: Form, **columns: str | None) -> dict[str, Any]:
    values = ", ".join(f'{"NULL" if v is None else repr(v)}::VARCHAR AS "{k}"' for k, v in columns.items())
    database.execute(f"CREATE TABLE incoming AS SELECT 'f' AS _File, 1::UBIGINT AS _Line, {values}")
    envelope = rows_envelope(form, "incoming", list(columns))
    database.execute(f"CREATE TABLE envelope AS {envelope.select}")
    [row] = answer(database, mapping.table_rows(into, envelope, "envelope", "true", own=False).select)
    return row


ANY = Form(about="x", has=["t"])


def test_a_member_may_be_spelled_in_two_ways(database: duckdb.DuckDBPyConnection) -> None:
    into = table(Guid='string = coalesce(ProcessGuid, "ProcessGUID")')
    rows = mapped(database, into, ANY, {"t": "1", "ProcessGuid": "a"}, {"t": "1", "ProcessGUID": "b"})
    assert [row["Guid"] for row in rows] == ["a", "b"]
    assert [row["_Extra"] for row in rows] == [None, None]


def test_the_data_may_lie_under_a_member_of_any_name(database: duckdb.DuckDBPyConnection) -> None:
    form = Form(about="x", has=["t"], fields={"t": ["t"]}, data=["d", "u/*"])
    rows = mapped(
        database, table(a="string"), form, {"t": "1", "u": {"Anything": {"a": "x"}}}, {"t": "1", "d": {"a": "y"}}
    )
    assert [row["a"] for row in rows] == ["x", "y"]


def test_what_stands_beside_the_data_is_kept_when_all_the_data_have_columns(
    database: duckdb.DuckDBPyConnection,
) -> None:
    form = Form(about="x", has=["t"], fields={"t": ["t"]}, data=["d"])
    [row] = mapped(database, table(a="string"), form, {"t": "1", "d": {"a": "x"}, "beside": 5})
    assert json.loads(row["_Extra"]) == {"beside": 5}


def test_rows_keep_what_has_no_column_and_no_nulls(database: duckdb.DuckDBPyConnection) -> None:
    row = rows_mapped(database, table(a="string"), ANY, t="2024-03-01T00:00:00Z", a="x", other="y", empty=None)
    assert json.loads(row["_Extra"]) == {"other": "y"}


def test_rows_give_their_columns_as_one_object(database: duckdb.DuckDBPyConnection) -> None:
    form = Form(about="x", has=["t"], fields={"Host": ["Hostname"]})
    into = table(Host="string", Data="dynamic = _data")
    row = rows_mapped(database, into, form, t="2024-03-01T00:00:00Z", Hostname="h", a="x")
    assert row["Host"] == "h"
    assert json.loads(row["Data"]) == {"a": "x"}
    assert row["_Extra"] is None


def test_columns_made_when_the_table_is_read(database: duckdb.DuckDBPyConnection) -> None:
    into = Table(
        table="T",
        about="x",
        columns={"a": Column(type="int"), "b": Column(type="string", expression="upper(a)")},
        computed={"All": Column(type="string", expression="_Fields::VARCHAR")},
    )
    [row] = answer(database, views.with_computed(into, "(SELECT 1 AS a, 'x' AS b)"))
    assert row == {"a": 1, "b": "x", "All": '{"a":"1"}'}  # b is made of a, it is no field of the record


def test_a_table_may_show_the_rows_of_another(database: duckdb.DuckDBPyConnection) -> None:
    into = Table(table="T", about="x", derived_from="S", columns={"n": Column(type="int", expression="m")})
    provenance = ", ".join(f"NULL::{kind} AS {name}" for name, kind in mapping.PROVENANCE.items())
    database.execute(f"CREATE VIEW S AS SELECT '7' AS m, {provenance}")
    [row] = answer(database, views.derived_rows(into))
    assert row["n"] == 7


def test_a_record_that_names_its_table_is_an_export_of_it() -> None:
    own = Table(table="T", about="x", own=["TimeGenerated", "a", "b"], columns={"a": Column(type="int")})
    shown = Table(table="D", about="x", derived_from="T", columns={"a": Column(type="int")})
    form = Form(about="x", has=["a", "c"])
    schemas = Schemas(tables={"T": own, "D": shown}, forms={"raw": form}, views={})
    assert form_of_json('{"TimeGenerated": "x", "Type": "T", "a": 1, "c": 2}', schemas) == "own:T"
    assert form_of_json('{"TimeGenerated": "x", "Type": "D", "a": 1, "c": 2}', schemas) == "raw"
    assert form_of_json('{"a": 1, "c": 2}', schemas) == "raw"
    assert form_of_json("[1]", schemas) is None


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("hb_ip('::ffff:192.0.2.1')", "192.0.2.1"),
        ("hb_ip('::1')", "::1"),
        ("hb_ip('-')", None),
        ("hb_ip('LOCAL')", None),
        ("hb_port('0')", None),
        ("hb_port('443')", 443),
        ("hb_key('HKLM\\A')", "HKEY_LOCAL_MACHINE\\A"),
        ("hb_key('\\REGISTRY\\USER\\S-1')", "HKEY_USERS\\S-1"),
        ("hb_set('(empty)')", "[]"),
        ("hb_set('a,b')", '["a","b"]'),
        ("hb_set('[1,2]')", "[1,2]"),
        ("hb_set(NULL)", None),
        ("hb_socket_address('020001BBC6336407')", "198.51.100.7"),
        ("hb_socket_port('020001BBC6336407')", 443),
        ("hb_socket_port('01002F72756E')", None),
        ("hb_unescaped('&amp;lt;')", "&lt;"),
    ],
)
def test_macros(database: duckdb.DuckDBPyConnection, call: str, expected: object) -> None:
    [row] = answer(database, f"SELECT {call} AS value")
    assert row["value"] == expected


def test_event_data_as_xml(database: duckdb.DuckDBPyConnection) -> None:
    [row] = answer(database, """SELECT hb_event_xml('{"Data": ["a", null], "N": "<"}'::JSON) AS xml""")
    assert row["xml"].endswith('<Data>a</Data><Data></Data><Data Name="N">&lt;</Data></EventData>')


def test_what_has_no_data_has_nothing_left_over(database: duckdb.DuckDBPyConnection) -> None:
    form = Form(about="x", has=["t"], fields={"t": ["t"]}, data=["d"])
    rows = mapped(database, table(a="string"), form, {"t": "1", "d": None}, {"t": "1"}, {"t": "1", "d": ["kept"]})
    assert [row["_Extra"] for row in rows] == [None, None, '["kept"]']


def test_data_that_are_null_do_not_hide_those_at_the_next_place(database: duckdb.DuckDBPyConnection) -> None:
    form = Form(about="x", has=["t"], fields={"t": ["t"]}, data=["e/d", "e/u"])
    records = {"t": "1", "e": {"d": None, "u": {"x": "a"}}}, {"t": "1", "e": {"d": {"x": "b"}, "u": {"x": "c"}}}
    rows = mapped(database, table(x="string"), form, *records)
    assert [row["x"] for row in rows] == ["a", "b"]
