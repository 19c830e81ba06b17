"""Taking members out of JSON: each value as `json_extract_string` gives it, whatever the paths and records."""

from __future__ import annotations

import json
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from huntbook.evidence.envelope import json_envelope
from huntbook.evidence.kinds import Kinds
from huntbook.evidence.lookup import Lookup, object_of
from huntbook.evidence.schema import Form, Schemas

NAMES = st.sampled_from(["a", "A", "b", "b c", "d.e", "#text", "@x", "q'\"", "0", "é"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(st.characters(codec="utf-8"), max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
RECORDS = st.lists(st.dictionaries(NAMES, VALUES, max_size=5), min_size=1, max_size=4)
PATHS = st.lists(st.lists(NAMES, min_size=1, max_size=3).map("/".join), min_size=1, max_size=8, unique=True)

database = duckdb.connect()
database.execute("SET TimeZone = 'UTC'")


def fill(records: list[dict[str, Any]]) -> None:
    database.execute("CREATE OR REPLACE TABLE given (_Line UBIGINT, record VARCHAR)")
    rows = [(number, json.dumps(record, ensure_ascii=False)) for number, record in enumerate(records)]
    database.executemany("INSERT INTO given VALUES (?, ?)", rows)


@given(RECORDS, PATHS)
@settings(deadline=None)
def test_a_lookup_finds_what_one_path_at_a_time_finds(records: list[dict[str, Any]], paths: list[str]) -> None:
    fill(records)
    found = Lookup("record", paths)
    columns = ", ".join(found.at[path] for path in paths)
    together = f"SELECT {columns} FROM (SELECT *, {', '.join(found.computed)} FROM given) ORDER BY _Line"
    alone = ", ".join(f"json_extract_string(record, '/' || {literal(path)})" for path in paths)
    assert (
        database.execute(together).fetchall()
        == database.execute(f"SELECT {alone} FROM given ORDER BY _Line").fetchall()
    )


@given(RECORDS, PATHS, PATHS)
@settings(deadline=None)
def test_objects_are_taken_whole_beside_what_lies_in_them(
    records: list[dict[str, Any]], paths: list[str], objects: list[str]
) -> None:
    fill(records)
    found = Lookup("record", paths, objects=objects)
    columns = ", ".join([*(found.as_json[path] for path in objects), *(found.at[path] for path in paths)])
    computed = "".join(f", {each}" for each in found.computed)
    together = database.execute(f"SELECT {columns} FROM (SELECT *{computed} FROM given) ORDER BY _Line").fetchall()
    whole = [f"nullif(json_extract(record, '/' || {literal(path)})::VARCHAR, 'null')" for path in objects]
    alone = ", ".join([*whole, *(f"json_extract_string(record, '/' || {literal(path)})" for path in paths)])
    expected = database.execute(f"SELECT {alone} FROM given ORDER BY _Line").fetchall()
    without_null = [tuple(None if value == "null" else value for value in row[: len(objects)]) for row in together]
    assert without_null == [row[: len(objects)] for row in expected]
    assert [row[len(objects) :] for row in together] == [row[len(objects) :] for row in expected]


def test_the_first_object_below_counts_whatever_its_name() -> None:
    fill([{"u": {"EventXML": {"p": 1}}}, {"u": {"Other": {"q": 2}}}, {"u": None}, {}])
    found = Lookup("record", [], objects=["u/EventXML", "u/*"])
    rows = database.execute(
        f"SELECT {found.as_json['u/EventXML']}, {found.as_json['u/*']} FROM "
        f"(SELECT *, {', '.join(found.computed)} FROM given) ORDER BY _Line"
    ).fetchall()
    assert rows == [('{"p":1}', '{"p":1}'), (None, '{"q":2}'), (None, None), (None, None)]


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@given(RECORDS)
@settings(deadline=None)
def test_kept_members_make_the_record_again(records: list[dict[str, Any]]) -> None:
    plain = [{k: v for k, v in record.items() if v is not None and k != "A"} for record in records]
    fill(plain)
    kept = list(dict.fromkeys(key for record in plain for key in record)) or ["a"]
    found = Lookup("record", kept, kept)
    columns = ", ".join([object_of(kept), *(found.at[name] for name in kept)])
    rows = database.execute(
        f"SELECT {columns} FROM (SELECT *, {', '.join(found.computed)} FROM given) ORDER BY _Line"
    ).fetchall()
    assert [json.loads(row[0]) for row in rows] == plain
    for row, record in zip(rows, plain, strict=True):
        assert [value for value, name in zip(row[1:], kept, strict=True) if isinstance(record.get(name), str)] == [
            record[name] for name in kept if isinstance(record.get(name), str)
        ]


def test_a_text_that_only_looks_like_an_object_is_no_reason_to_stop() -> None:
    fill([{"id": "{not json"}, {"id": {"n": 1}}, {"id": 7}])
    found = Lookup("record", ["id/n", "id"])
    rows = database.execute(
        f"SELECT {found.at['id/n']}, {found.at['id']} FROM (SELECT *, {', '.join(found.computed)} FROM given) "
        "ORDER BY _Line"
    ).fetchall()
    assert rows == [(None, "{not json"), ("1", '{"n":1}'), (None, "7")]


FLAT = Form(about="x", has=["t"], fields={"t": ["t"], "never": ["never"]})


def enveloped(*records: str, wanted: frozenset[str]) -> tuple[list[dict[str, Any]], bool]:
    """The envelope of records of one form; and whether they were found to be plain."""
    database.execute("CREATE OR REPLACE TABLE incoming (_File VARCHAR, _Line UBIGINT, record VARCHAR)")
    database.executemany("INSERT INTO incoming VALUES ('f', ?, ?)", list(enumerate(records)))
    schemas = Schemas(tables={}, forms={"flat": FLAT}, views={})
    nulls = any("null" in record for record in records)
    [kind] = Kinds(database, schemas).of_incoming(nulls=nulls)
    assert kind.form == "flat"
    envelope = json_envelope(FLAT, kind.relation, kind.where, kind.keys, plain=kind.plain, wanted=wanted)
    assert "never" in envelope.absent
    cursor = database.execute(envelope.select)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()], kind.plain


def test_the_data_beside_the_fields_are_all_that_is_no_field() -> None:
    rows, plain = enveloped(
        '{"t": 1, "a": {"x": [1, 2]}, "b": "é"}', '{"t": 2, "b": 0}', wanted=frozenset({"_data", "b"})
    )
    assert plain
    assert [json.loads(row["_data"]) for row in rows] == [{"a": {"x": [1, 2]}, "b": "é"}, {"b": 0}]
    assert [row["b"] for row in rows] == ["é", "0"]


def test_nulls_and_members_that_are_there_twice_stay_in_the_data() -> None:
    rows, plain = enveloped('{"t": 1, "a": null}', wanted=frozenset({"_data"}))
    assert not plain
    assert json.loads(rows[0]["_data"]) == {"a": None}
    rows, plain = enveloped('{"t": 1, "a": 1, "a": 2}', wanted=frozenset({"_data"}))
    assert not plain
    assert rows[0]["_data"].count('"a"') == 2


def test_a_field_is_found_in_any_case_that_the_records_spell_it_in() -> None:
    rows, _ = enveloped('{"t": 1, "processid": 4}', '{"t": 2, "ProcessId": 5}', wanted=frozenset({"ProcessID"}))
    assert [row["ProcessID"] for row in rows] == ["4", "5"]
