"""From a schema to SQL: what turns a batch of raw records into rows of a table and of the ASIM views.

A batch reaches DuckDB as a relation with one column `record` (JSON) or one text column per field. `envelope` brings either
into the same shape: the form's fields as text columns, and `_data`, the object with the rest. `table_rows` maps that to the
table's typed columns, `view_rows` maps the table's rows to an ASIM view. Values are cast by the macros in `macros.py`; a value
that cannot be cast is kept in `_Unparsed`, never dropped.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import duckdb

from huntbook.core import sql
from huntbook.errors import SchemaError
from huntbook.evidence import macros
from huntbook.evidence.schema import DUCKDB_TYPES, Asim, Column, Form, Table, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# Columns that every table has besides its own: where a row comes from and what of it has no column.
PROVENANCE = {"_File": "VARCHAR", "_Line": "UBIGINT", "_Zone": "VARCHAR", "_Extra": "JSON", "_Unparsed": "JSON"}
VIEW_PROVENANCE = {"_File": "VARCHAR", "_Line": "UBIGINT"}

MACROS = macros.MACROS

_EMPTY = "('', '-', 'null', 'N/A')"  # what exporters write into a typed column that has no value


@dataclass(frozen=True)
class Envelope:
    """The SQL that brings a batch into the shape that tables are mapped from."""

    select: str
    fields: frozenset[str]  # names that the relation has as text columns
    has_data: bool  # whether other fields are to be looked up in `_data`
    keys: frozenset[str] | None = None  # the members, in lower case, that some record's `_data` has; None: not known

    def source(self, relation: str) -> _Source:
        """The relation, as one that offers fields."""
        return _Source(relation, {name.lower(): name for name in self.fields}, self.has_data, self.keys)

    named: frozenset[str] = frozenset()  # those of the fields that the form names; the others are the record's own


def json_envelope(form: Form, relation: str, where: str) -> Envelope:
    """Take JSON records apart: the form's fields as text, the rest as `_data`."""
    paths = [path for paths in form.fields.values() for path in paths]
    parts, at = [], 1
    for field, alternatives in form.fields.items():
        values = [f"_paths[{at + number}]" for number in range(len(alternatives))]
        parts.append(f"{_first(values)} AS {sql.name(field)}")
        at += len(alternatives)
    data = _first([_object_at(path) for path in form.data]) if form.data else _without(form)
    extra = _root_extra(form)
    found = f"json_extract_string(record, {sql.texts('/' + path for path in paths)})" if paths else "NULL"
    rows = f"(SELECT * FROM {relation} WHERE {where})"
    if form.each:
        rows = f"(SELECT * REPLACE (json_merge_patch(record, unnest({_items(form.each)})) AS record) FROM {rows})"
    select = (
        f"SELECT _File, _Line, {', '.join([*parts, f'{data} AS _data', f'{extra} AS _root'])} "
        f"FROM (SELECT *, {found} AS _paths FROM {rows})"
    )
    if form.data_as:
        select = f"SELECT * REPLACE ({form.data_as} AS _data) FROM ({select})"
    return Envelope(select, frozenset(form.fields), has_data=True)


def _items(each: str) -> str:
    """The parts that a record is taken apart into; one without parts stays one row."""
    return f"CASE WHEN len({each}) > 0 THEN {each} ELSE ['{{}}'::JSON] END"


def _object_at(path: str) -> str:
    """The object at a path; `a/b/*` is the first member of `b` that is an object, whatever its name."""
    if not path.endswith("/*"):
        return f"record -> {sql.text('/' + path)}"
    keys = "".join(f'."{key}"' for key in path.split("/")[:-1])
    return f"json_extract(record, {sql.text(f'${keys}.*')})[1]"


def _first(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"


def _without(form: Form) -> str:
    """The record without the envelope's own members, when the data stand beside them."""
    keys = [path for paths in form.fields.values() for path in paths if "/" not in path]
    return _drop("record", keys)


def _root_extra(form: Form) -> str:
    """What stands beside the data and is not one of the form's fields."""
    if not form.data:
        return "NULL"
    used = [path.split("/")[0] for paths in (*form.fields.values(), form.data) for path in paths]
    return f"nullif({_drop('record', used)}::VARCHAR, '{{}}')::JSON"


def _drop(value: str, keys: Iterable[str]) -> str:
    """Remove members from a JSON object: a merge patch (RFC 7386) with null for each."""
    patch = dict.fromkeys(sorted(set(keys)))
    return f"json_merge_patch({value}, {sql.text(json.dumps(patch))})" if patch else value


def rows_envelope(form: Form, relation: str, columns: Sequence[str]) -> Envelope:
    """Name the fields of a batch that has them as columns; names are matched without regard to case."""
    by_name = {plain(column).lower(): column for column in columns} | {column.lower(): column for column in columns}
    parts = {plain(column): _as_text(column) for column in columns if not column.startswith("_")}
    for field, alternatives in form.fields.items():
        present = [by_name[path.lower()] for path in alternatives if path.lower() in by_name]
        for column in {plain(column) for column in present} - form.fields.keys():
            parts.pop(column, None)  # it is there under the field's name
        if present:
            parts[field] = _first([_as_text(column) for column in present])
    chosen = {field.lower(): (field, part) for field, part in parts.items()}  # a form's field wins over a column
    data = next((by_name[path.lower()] for path in form.data if path.lower() in by_name), None)
    selected = ", ".join(f"{part} AS {sql.name(field)}" for field, part in chosen.values())
    as_data = f", hb_object({_as_text(data)}) AS _data, NULL AS _root" if data else ", NULL AS _root"
    select = f"SELECT _File, _Line, {selected}{as_data} FROM {relation}"
    if data and form.data_as:
        select = f"SELECT * REPLACE ({form.data_as} AS _data) FROM ({select})"
    fields = frozenset(field for field, _ in chosen.values())
    return Envelope(select, fields, has_data=data is not None, named=frozenset(form.fields))


def plain(column: str) -> str:
    """Name a column without the zone that exports of Log Analytics add: `TimeGenerated [UTC]`."""
    return column.removesuffix(" [UTC]")


def _as_text(column: str) -> str:
    return f"CAST({sql.name(column)} AS VARCHAR)"


_PARSING = threading.Lock()  # workers share the parser


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """A database that only parses; to open one takes longer than all that it parses here."""
    return duckdb.connect()


@cache
def references(expressions: tuple[str, ...]) -> tuple[frozenset[str], ...]:
    """The field names that each SQL expression speaks of, found by DuckDB's own parser."""
    statement = "SELECT " + ", ".join(f"({expression})" for expression in expressions)
    with _PARSING:
        tree = json.loads(_parser().execute("SELECT json_serialize_sql(?)", [statement]).fetchall()[0][0])
    if tree.get("error", True):
        raise SchemaError(f"not SQL: {tree.get('error_message')} in {statement[:300]}")
    return tuple(frozenset(_columns_in(item)) for item in tree["statements"][0]["node"]["select_list"])


def _columns_in(node: object) -> Iterable[str]:
    if isinstance(node, dict):
        if node.get("class") == "COLUMN_REF":
            yield node["column_names"][-1]
        for value in node.values():
            yield from _columns_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from _columns_in(value)


@dataclass(frozen=True)
class _Source:
    """A relation that offers fields: those that it has, others from `_data`, and null for the rest."""

    relation: str
    fields: Mapping[str, str]  # lower-case name → the name as it is
    has_data: bool
    keys: frozenset[str] | None = None

    def holds(self, names: Iterable[str]) -> bool:
        """Whether some row may have one of the names, or none is asked for; what no row has need not be computed."""
        listed = list(names)
        return not listed or any(map(self._may_hold, listed))

    def _may_hold(self, name: str) -> bool:
        low = name.lower()
        if name.startswith("_") or low in self.fields:
            return True
        return self.has_data and (self.keys is None or low.split("/")[0] in self.keys)

    def offering(self, wanted: Iterable[str], where: str = "true") -> str:
        """A subquery that has all the wanted names as columns."""
        missing = _spellings(name for name in wanted if name.lower() not in self.fields and not name.startswith("_"))
        inner = where if self._answers(where) else "true"
        absent = [names for names in missing if not self.holds(names)]
        nulls = "".join(f", NULL::VARCHAR AS {sql.name(names[0])}" for names in absent)
        there = [names for names in missing if names not in absent]
        if not there:
            return f"(SELECT *{nulls} FROM {self.relation} WHERE {inner})"
        keys = [name for names in there for name in names]
        found = f"json_extract_string(_data, {sql.texts('/' + key for key in keys)})"
        at = {key: f"_found[{number}]" for number, key in enumerate(keys, 1)}
        taken = ", ".join(f"{_first([at[name] for name in names])} AS {sql.name(names[0])}" for names in there)
        rows = f"(SELECT *, {found} AS _found FROM {self.relation} WHERE {inner})"
        return f"(SELECT * EXCLUDE (_found), {taken}{nulls} FROM {rows})"

    def _answers(self, where: str) -> bool:
        return all(name.lower() in self.fields or name.startswith("_") for name in references((where,))[0])


def _spellings(names: Iterable[str]) -> list[list[str]]:
    """Group names that differ in case alone (`ProcessGuid`, `ProcessGUID`): one column in SQL, several keys in JSON."""
    groups: dict[str, list[str]] = {}
    for name in sorted(set(names), reverse=True):
        groups.setdefault(name.lower(), []).append(name)
    return list(groups.values())


def table_rows(table: Table, envelope: Envelope, relation: str, where: str, *, own: bool) -> str:
    """SQL of the table's rows: typed columns, provenance, `_data` for the views.

    With `own`, the batch is an export of this table, so that every column is the field of its name.
    """
    values = _sources(table, own=own)
    refs = references((where, *values.values()))
    source = envelope.source(relation)
    wanted = frozenset().union(*refs)
    # A column that is a field and no more is null where no record has the field; an expression may have a default.
    plain_fields = {
        name: next(iter(spoken)) for name, spoken in zip(values, refs[1:], strict=True) if _is_bare(values[name])
    }
    filled = {name: value if source.holds([plain_fields.get(name, "_")]) else "NULL" for name, value in values.items()}
    columns = [f"{_cast(filled[name], column)} AS {sql.name(name)}" for name, column in table.columns.items()]
    given = [f"CAST({filled[name]} AS VARCHAR) AS {_given(name)}" for name in _typed(table)]
    made = "_data" in wanted and not envelope.has_data  # of columns, since there is no object
    data = "_data" if envelope.has_data or made else f"{_rest(wanted, envelope)} AS _data"
    if made:
        source = replace(source, relation=f"(SELECT *, {_rest(wanted, envelope)} AS _data FROM {relation})")
    inner = [*columns, *given, "_File", "_Line", f"{_extra(wanted, envelope)} AS _Extra", data]
    mapped = f"SELECT {', '.join(inner)} FROM {source.offering(wanted, where)} WHERE {where}"
    return f"SELECT * EXCLUDE ({', '.join(map(_given, _typed(table)))}), {_kept(table)} FROM ({mapped})"


def _is_bare(expression: str) -> bool:
    return (
        expression.strip('"').replace("_", "").isalnum() and not expression.isdigit() and expression.upper() != "NULL"
    )


def _typed(table: Table) -> list[str]:
    """The columns whose values might not be what the column holds; there is always a time."""
    return [name for name, column in table.columns.items() if column.type not in ("string", "guid", "dynamic")]


def _given(name: str) -> str:
    """The column that carries a value as it was written, next to what was made of it."""
    return sql.name(f"{name} as given")


def _kept(table: Table) -> str:
    """What makes the mapping lossless: the zone that a time was written in, and values that the columns would not hold."""
    failed = {
        name: f"CASE WHEN {sql.name(name)} IS NULL AND trim({_given(name)}) NOT IN {_EMPTY} THEN {_given(name)} END"
        for name in _typed(table)
    }
    members = ", ".join(f"{sql.text(name)}, {part}" for name, part in failed.items())
    unparsed = f"CASE WHEN {_first(list(failed.values()))} IS NOT NULL THEN json_merge_patch('{{}}', json_object({members})) END"
    return f"hb_zone({_given('TimeGenerated')}) AS _Zone, {unparsed} AS _Unparsed"


def wanted_fields(tables: Sequence[tuple[Table, str]]) -> frozenset[str]:
    """The fields, in lower case, that a form's tables and their conditions speak of."""
    spoken = [
        name
        for table, where in tables
        for refs in references((where, *_sources(table, own=False).values()))
        for name in refs
    ]
    return frozenset(name.lower() for name in spoken)


def _sources(table: Table, *, own: bool) -> dict[str, str]:
    """What fills each column; in an export of the table, an expression counts only if it is a constant or speaks of its own column."""
    given = {name: column.expression or sql.name(name) for name, column in table.columns.items()}
    if not own:
        return given
    spoken = references(tuple(given.values()))
    keeps = {
        name
        for name, fields in zip(given, spoken, strict=True)
        if given[name].startswith("'") or name.lower() in {field.lower() for field in fields}
    }
    return {name: value if name in keeps else sql.name(name) for name, value in given.items()}


def _cast(value: str, column: Column) -> str:
    if value == "NULL":
        return f"NULL::{DUCKDB_TYPES[column.type]}"
    if column.type in ("string", "guid"):
        return f"CAST({value} AS VARCHAR)"
    text = f"CAST({value} AS VARCHAR)"
    if column.type == "dynamic":
        return f"hb_dynamic({text})"
    return f"hb_{column.type}({text})"


def _extra(wanted: frozenset[str], envelope: Envelope) -> str:
    if "_data" in wanted:
        return "_root"
    if not envelope.has_data:
        return _rest(wanted, envelope)
    rest_of = f"nullif({_drop('_data', wanted - envelope.fields)}::VARCHAR, '{{}}')::JSON"
    return f"CASE WHEN _root IS NULL THEN {rest_of} ELSE json_merge_patch(_root, coalesce({rest_of}, '{{}}')) END"


def _rest(wanted: frozenset[str], envelope: Envelope) -> str:
    """The object of a row's fields that nothing asks for, those that are null left out."""
    asked = {name.lower() for name in wanted | envelope.named}
    rest = sorted(field for field in envelope.fields if field.lower() not in asked)
    members = ", ".join(f"{sql.text(field)}, {sql.name(field)}" for field in rest)
    return f"nullif(json_merge_patch('{{}}', json_object({members}))::VARCHAR, '{{}}')::JSON" if rest else "NULL::JSON"


def derived_rows(table: Table) -> str:
    """SQL of a table that shows another one's rows under other names; speaks of `table.derived_from` as a relation."""
    columns = [f"{_read(column)} AS {sql.name(name)}" for name, column in table.columns.items()]
    return f"SELECT {', '.join([*columns, *PROVENANCE])} FROM {sql.name(table.derived_from)}"


def with_computed(table: Table, relation: str) -> str:
    """SQL of a stored table's rows with the columns that are made when it is read; costs nothing where they are not used."""
    if not table.computed:
        return f"SELECT * FROM {relation}"
    fields = [name for name, column in table.columns.items() if _is_field(name, column)]
    members = ", ".join(f"{sql.text(name)}, {sql.name(name)}::VARCHAR" for name in fields)
    columns = ", ".join(f"{_read(column)} AS {sql.name(name)}" for name, column in table.computed.items())
    return f"SELECT * EXCLUDE (_Fields), {columns} FROM (SELECT *, json_object({members}) AS _Fields FROM {relation})"


def _is_field(name: str, column: Column) -> bool:
    """Whether a column is a field of the record, in whatever spelling, and not made of others."""
    if not column.expression:
        return True
    return {field.lower() for field in references((column.expression,))[0]} == {name.lower()}


def _read(column: Column) -> str:
    return f"TRY_CAST({column.expression} AS {DUCKDB_TYPES[column.type]})"


def counted_rows(envelope: Envelope, relation: str, wheres: Sequence[str]) -> str:
    """SQL of how many rows each of the conditions takes."""
    source = envelope.source(relation)
    wanted = frozenset().union(*references(tuple(wheres)))
    return f"SELECT {', '.join(f'count(*) FILTER ({where})' for where in wheres)} FROM {source.offering(wanted)}"


def rest_rows(envelope: Envelope, relation: str, wheres: Sequence[str]) -> str:
    """SQL of the records, whole, that none of the conditions takes."""
    source = envelope.source(relation)
    wanted = " OR ".join(f"coalesce(({where}), false)" for where in wheres) or "false"
    fields = ", ".join(f"{sql.text(field)}, {sql.name(field)}" for field in sorted(envelope.fields))
    record = f"json_object({fields})"
    if envelope.has_data:
        record = f"json_merge_patch('{{}}', {record}, coalesce(_root, '{{}}'::JSON), coalesce(_data, '{{}}'::JSON))"
    refs = frozenset().union(*references((wanted,)))
    return f"SELECT _File, _Line, {record} AS record FROM {source.offering(refs)} WHERE NOT ({wanted})"


def view_rows(table: Table, asim: Asim, view: View, rows: str, keys: frozenset[str] | None = None) -> str:
    """SQL of the rows that a table gives to an ASIM view; `keys` are the members that some row's `_data` has, if known."""
    fields = {name.lower(): name for name in (*table.columns, *PROVENANCE, "_data")}
    source = _Source(rows, fields, has_data=True, keys=keys)
    names = list(asim.columns)
    refs = references((asim.where, *asim.columns.values()))
    types = view.types
    unknown = [name for name in names if name not in types]
    if unknown:
        raise SchemaError(f"schemas/{table.table}.yaml: the ASIM view has no column {', '.join(unknown)}.")
    columns = [f"{_as(asim.columns[name], types[name])} AS {sql.name(name)}" for name in names]
    constant = [f'{sql.text(table.table)} AS "Type"', "TimeGenerated", "_File", "_Line"]
    return f"SELECT {', '.join([*columns, *constant])} FROM {source.offering(frozenset().union(*refs), asim.where)} WHERE {asim.where}"


def _as(expression: str, kind: str) -> str:
    return f"TRY_CAST({expression} AS {kind})"


def table_types(table: Table) -> dict[str, str]:
    """The columns that a table is stored with, and DuckDB's types of them."""
    return {name: DUCKDB_TYPES[column.type] for name, column in table.columns.items()} | PROVENANCE


def view_types(view: View, mapped: Iterable[str]) -> dict[str, str]:
    """The columns that an ASIM view is stored with: those that some table fills."""
    wanted = set(mapped) | {"TimeGenerated", "Type"}
    return {name: kind for name, kind in view.types.items() if name in wanted} | VIEW_PROVENANCE
