"""What every file in `schemas/` owes, whoever wrote it. A new table is covered by being there."""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cache
from pathlib import Path

import duckdb
import pytest

from huntbook.evidence import mapping, views
from huntbook.evidence.envelope import json_envelope
from huntbook.evidence.recognise import OWN
from huntbook.evidence.references import references
from huntbook.evidence.schema import DUCKDB_TYPES, FOLDER, Form, Table, load

SCHEMAS = load()
TABLES = sorted(SCHEMAS.tables)
# Columns that Log Analytics adds to every table for its own accounts; `Type` is made by the view.
ACCOUNTS = {"Type", "_IsBillable", "_BilledSize", "_ItemId", "_TimeReceived", "_Internal_WorkspaceResourceId"}
STORED = [name for name in TABLES if not SCHEMAS.tables[name].derived_from]


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(mapping.MACROS)
    connection.execute("CREATE TABLE batch (_File VARCHAR, _Line UBIGINT, record JSON)")
    return connection


def own_form(table: Table) -> Form:
    data = [table.data_column] if table.data_column else []
    return Form(about="its own", has=["TimeGenerated"], fields={name: name for name in table.columns}, data=data)


def forms_of(table: Table) -> dict[str, tuple[Form, str]]:
    forms = {name: (SCHEMAS.forms[name], where) for name, where in table.forms.items()}
    return forms | ({OWN + table.table: (own_form(table), "true")} if table.own else {})


@pytest.mark.parametrize("name", TABLES)
def test_it_says_what_it_is(name: str) -> None:
    table = SCHEMAS.tables[name]
    assert (FOLDER / f"{name}.yaml").is_file()
    assert table.about.endswith(".")
    assert len(table.about) > 20
    assert "TimeGenerated" in table.columns or "Timestamp" in table.columns


@pytest.mark.parametrize("name", STORED)
def test_its_forms_exist(name: str) -> None:
    table = SCHEMAS.tables[name]
    assert table.forms or table.own
    assert set(table.forms) <= set(SCHEMAS.forms)


@pytest.mark.parametrize("name", STORED)
def test_its_expressions_run(name: str, database: duckdb.DuckDBPyConnection) -> None:
    """On a batch of no rows, so that every name binds and every type fits, for every form that the table takes."""
    table = SCHEMAS.tables[name]
    for form_name, (form, where) in forms_of(table).items():
        envelope = json_envelope(form, "batch")
        database.execute(f"CREATE OR REPLACE TEMP TABLE envelope AS {envelope.select}").fetchall()
        rows = mapping.table_rows(table, envelope, "envelope", where, own=form_name.startswith(OWN))
        database.execute(f"CREATE OR REPLACE TEMP TABLE mapped AS {rows.select}").fetchall()
        assert rows.columns == set(table.columns), (
            "where it is not known what the records have, nothing may be left out"
        )
        stored = {column[0]: column[1] for column in database.execute("DESCRIBE mapped").fetchall()}
        for column, kind in mapping.table_types(table).items():
            assert stored[column] in (kind, '"NULL"', "INTEGER"), (form_name, column)
        for view_name, mappings in table.asim.items():
            view = SCHEMAS.views[view_name]
            for asim in mappings:
                select, there = mapping.view_rows(table, asim, view, "mapped", rows)
                given = database.execute(select).description or []
                assert [column[0] for column in given] == there
        database.execute(views.with_computed(table, "mapped")).fetchall()


@pytest.mark.parametrize("name", [name for name in TABLES if SCHEMAS.tables[name].derived_from])
def test_a_derived_table_reads_its_source(name: str, database: duckdb.DuckDBPyConnection) -> None:
    table = SCHEMAS.tables[name]
    source = SCHEMAS.tables[table.derived_from]
    columns = ", ".join(f'NULL::{kind} AS "{column}"' for column, kind in mapping.table_types(source).items())
    database.execute(f'CREATE OR REPLACE TEMP VIEW "{source.table}" AS SELECT {columns} WHERE false')
    database.execute(f"CREATE OR REPLACE TEMP TABLE derived AS {views.derived_rows(table)}").fetchall()
    types = {column[0]: column[1] for column in database.execute("DESCRIBE derived").fetchall()}
    assert {column: types[column] for column in table.columns} == {
        column: DUCKDB_TYPES[item.type] for column, item in table.columns.items()
    }
    assert not table.forms
    assert not table.own


@pytest.mark.parametrize("name", STORED)
def test_its_views_have_the_columns_that_it_fills(name: str) -> None:
    for view_name, mappings in SCHEMAS.tables[name].asim.items():
        known = SCHEMAS.views[view_name].types
        for asim in mappings:
            assert set(asim.columns) <= set(known), view_name
            assert {"EventType", "EventResult", "EventProduct", "EventVendor"} <= set(asim.columns), view_name


@pytest.mark.parametrize("name", STORED)
def test_a_view_chooses_rows_by_columns(name: str) -> None:
    """A condition over fields that are not columns would take every record's JSON apart, for rows that it then drops."""
    table = SCHEMAS.tables[name]
    columns = {column.lower() for column in (*table.columns, *mapping.PROVENANCE)}
    for view_name, mappings in table.asim.items():
        for asim in mappings:
            [used] = references((asim.where,))
            assert {column.lower() for column in used} <= columns, view_name


def test_forms_tell_records_by_different_members() -> None:
    seen: dict[frozenset[str], str] = {}
    for name, form in SCHEMAS.forms.items():
        key = frozenset(form.has)
        assert key not in seen, (name, seen.get(key))
        seen[key] = name


def test_every_form_has_a_table() -> None:
    wanted = {form for table in SCHEMAS.tables.values() for form in table.forms}
    assert set(SCHEMAS.forms) - wanted == set()


@cache
def documented(folder: Path) -> dict[str, dict[str, set[str]]]:
    """Table, column in lower case, the types that Microsoft documents: Sentinel's and Defender's pages differ at times."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for file in ("sentinel.tsv", "defender.tsv"):
        with (folder / "schemas" / file).open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                found[row["table"]][row["column"].lower()].add(row["type"])
    return found


@pytest.mark.evidence
@pytest.mark.parametrize("name", TABLES)
def test_it_has_every_documented_column(name: str, evidence: Path) -> None:
    table = SCHEMAS.tables[name]
    wanted = {c: t for c, t in documented(evidence)[name].items() if c not in {a.lower() for a in ACCOUNTS}}
    have = {column.lower(): item.type for column, item in (table.columns | table.computed).items()}
    have |= {column.lower(): kind for kind, columns in table.unfilled.items() for column in columns}
    assert {column: kinds for column, kinds in wanted.items() if have.get(column, "") not in kinds} == {}
