"""Mapping batches: each is told apart by form, brought into an envelope, and from there into tables and views."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from huntbook.core import sql
from huntbook.evidence import mapping
from huntbook.evidence.envelope import Envelope, json_envelope, rows_envelope
from huntbook.evidence.kinds import Kind, Kinds
from huntbook.evidence.parts import Parts
from huntbook.evidence.recognise import OWN, form_of_columns
from huntbook.evidence.schema import Form, Schemas, Table
from huntbook.readers._base import LINE, RECORD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import duckdb
    import polars as pl

    from huntbook.evidence.outcome import Outcome

FILE = "_File"
UNRECOGNISED = "_unrecognised"
_RECORD = {FILE: "VARCHAR", LINE: "UBIGINT", RECORD: "JSON"}


class _Frame:
    """A Polars frame as DuckDB can scan it without pyarrow: by the Arrow capsule alone."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self._rows = rows

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._rows.__arrow_c_stream__(requested_schema)


def _json(kind: Kind, form: Form, wanted: frozenset[str]) -> Envelope:
    return json_envelope(form, kind.relation, kind.where, kind.keys, plain=kind.plain, wanted=wanted)


class Worker:
    """Maps batches, one after the other, into tables of its own."""

    def __init__(
        self, folder: Path, number: int, connection: duckdb.DuckDBPyConnection, schemas: Schemas, outcome: Outcome
    ) -> None:
        self._db = connection
        self._schemas = schemas
        self._outcome = outcome
        self._kinds = Kinds(connection, schemas)
        self._parts = Parts(folder, number, connection)

    def take(self, rows: pl.DataFrame) -> None:
        """Map one batch."""
        self._db.register("incoming", _Frame(rows))
        try:
            if set(rows.columns) == set(_RECORD):
                self._take_json(nulls=bool(rows[RECORD].str.contains("null", literal=True).any()))
            else:
                self._take_rows([column for column in rows.columns if column not in (FILE, LINE)])
        finally:
            self._db.unregister("incoming")
        self._parts.flush()

    def flush(self) -> None:
        """Write what is left."""
        self._parts.flush(at_least=0)

    def _take_json(self, *, nulls: bool) -> None:
        kinds = self._kinds.of_incoming(nulls=nulls)
        for kind in kinds:
            if kind.form is None:
                where = kind.where or "true"
                self._keep_unrecognised(f"SELECT _File, _Line, record FROM {kind.relation} WHERE {where}")
            else:
                self._map(kind.form, partial(_json, kind))
        if any(kind.relation == "batch" for kind in kinds):
            self._note_broken()

    def _note_broken(self) -> None:
        broken = "SELECT _File, count(*), min(_Line) FROM batch WHERE _shape IS NULL GROUP BY _File"
        for file, count, line in self._db.execute(broken).fetchall():
            self._outcome.lose(file, "broken JSON", count, line)

    def _take_rows(self, columns: list[str]) -> None:
        name = form_of_columns(columns, self._schemas)
        if name is None:
            members = ", ".join(f"{sql.text(column)}, {sql.name(column)}" for column in columns)
            self._keep_unrecognised(f"SELECT _File, _Line, json_object({members}) AS record FROM incoming")
            return
        self._map(name, lambda form, _: rows_envelope(form, "incoming", columns))

    def _form(self, name: str, spoken: frozenset[str]) -> Form:
        if not name.startswith(OWN):
            form = self._schemas.forms[name]
            asked = {field.lower() for field in spoken}
            return form.model_copy(update={"fields": {f: p for f, p in form.fields.items() if f.lower() in asked}})
        table = self._schemas.tables[name.removeprefix(OWN)]
        data = [table.data_column] if table.data_column else []
        fields = {name: [name, *table.also.get(name, [])] for name in table.columns}
        return Form(about="an export of the table itself", has=table.own or ["TimeGenerated"], fields=fields, data=data)

    def _map(self, name: str, envelope_of: Callable[[Form, frozenset[str]], Envelope]) -> None:
        own = name.startswith(OWN)
        tables = self._tables_of(name)
        spoken = mapping.spoken_of(tables, own=own)
        envelope = envelope_of(self._form(name, spoken), spoken | mapping.used_by_views(tables))
        self._replace("envelope", envelope.select)
        if envelope.has_data and envelope.keys is None:
            envelope = replace(envelope, keys=self._keys())
        for table, where in self._concerned(tables, envelope):
            self._map_table(table, envelope, where, own=own)
        self._keep_rest(envelope, [where for _, where in tables])

    def _keys(self) -> frozenset[str]:
        """The members that some row's data has."""
        found = "SELECT DISTINCT unnest(keys) FROM (SELECT DISTINCT json_keys(_data) AS keys FROM envelope)"
        return frozenset(key for [key] in self._db.execute(found).fetchall())

    def _map_table(self, table: Table, envelope: Envelope, where: str, *, own: bool) -> None:
        mapped = mapping.table_rows(table, envelope, "envelope", where, own=own)
        rows = self._replace("mapped", mapped.select)
        if rows:
            there = [*mapped.columns, *mapping.PROVENANCE]
            self._parts.keep(table.table, mapping.table_types(table), "mapped", there, rows)
            self._count(table.table, "mapped")
            self._note_unparsed(table.table)
            self._fill_views(table, mapped)

    def _concerned(self, tables: list[tuple[Table, str]], envelope: Envelope) -> list[tuple[Table, str]]:
        """Those of a form's tables that some row is for: to look is cheaper than to map no rows to each."""
        if len(tables) == 1:
            return tables
        counted = mapping.counted_rows(envelope, "envelope", [where for _, where in tables])
        [counts] = self._db.execute(counted).fetchall()
        return [concerned for concerned, rows in zip(tables, counts, strict=True) if rows]

    def _tables_of(self, name: str) -> list[tuple[Table, str]]:
        if name.startswith(OWN):
            return [(self._schemas.tables[name.removeprefix(OWN)], "true")]
        return [(table, table.forms[name]) for table in self._schemas.tables.values() if name in table.forms]

    def _fill_views(self, table: Table, mapped: mapping.Mapped) -> None:
        """Fill the ASIM views; to count first is cheaper than to run a mapping that no row is for."""
        every = [(name, asim) for name, mappings in table.asim.items() for asim in mappings]
        if not every:
            return
        counted = mapping.view_counts(table, [asim for _, asim in every], "mapped", mapped)
        [counts] = self._db.execute(counted).fetchall()
        for (name, asim), rows in zip(every, counts, strict=True):
            if rows:
                view = self._schemas.views[name]
                types = mapping.view_types(view, self._schemas.filled(name))
                select, there = mapping.view_rows(table, asim, view, "mapped", mapped)
                self._parts.insert(name, types, select, there)

    def _keep_rest(self, envelope: Envelope, wheres: list[str]) -> None:
        """Records of a known form that no table wants are kept like those of no form."""
        if "true" not in wheres:
            self._keep_unrecognised(mapping.rest_rows(envelope, "envelope", wheres))

    def _keep_unrecognised(self, select: str) -> None:
        self._replace("rest", select)
        if self._parts.insert(
            UNRECOGNISED, _RECORD, "SELECT _File, _Line, record::JSON AS record FROM rest", list(_RECORD)
        ):
            self._count("", "rest")

    def _note_unparsed(self, table: str) -> None:
        members = "SELECT _File, _Line, unnest(json_keys(_Unparsed)) AS name FROM mapped WHERE _Unparsed IS NOT NULL"
        for file, column, count, line in self._db.execute(
            f"SELECT _File, name, count(*), min(_Line) FROM ({members}) GROUP BY ALL",
        ).fetchall():
            self._outcome.unparsed(file, table, column, count, line)

    def _replace(self, name: str, select: str) -> int:
        [[rows]] = self._db.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {select}").fetchall()
        return int(rows)

    def _count(self, table: str, relation: str) -> None:
        self._outcome.count(table, self._db.execute(f"SELECT _File, count(*) FROM {relation} GROUP BY 1").fetchall())
