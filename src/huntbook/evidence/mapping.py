"""From an envelope to rows: SQL that fills a table's typed columns, and the ASIM views from those.

Values are cast by the macros in `macros.py`; one that cannot be cast is kept in `_Unparsed`, never dropped. Columns that
nothing in a batch can fill are left out of its rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from huntbook.core import sql
from huntbook.errors import SchemaError
from huntbook.evidence import macros
from huntbook.evidence.lookup import first
from huntbook.evidence.references import references
from huntbook.evidence.schema import DUCKDB_TYPES, Asim, Column, Table, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from huntbook.evidence.envelope import Envelope

# Columns that every table has besides its own: where a row comes from and what of it has no column.
PROVENANCE = {"_File": "VARCHAR", "_Line": "UBIGINT", "_Zone": "VARCHAR", "_Extra": "JSON", "_Unparsed": "JSON"}
VIEW_PROVENANCE = {"_File": "VARCHAR", "_Line": "UBIGINT"}

MACROS = macros.MACROS


@dataclass(frozen=True)
class Mapped:
    """The SQL of a table's rows.

    Attributes:
        select: the rows: the table's columns as far as something fills them, provenance, and fields that only views use.
        columns: the names of the table's columns among them.
        fields: the names of the other fields, which are text.
    """

    select: str
    columns: frozenset[str]
    fields: frozenset[str]


def table_rows(table: Table, envelope: Envelope, relation: str, where: str, *, own: bool) -> Mapped:
    """Map the rows that the condition takes.

    With `own`, the batch is an export of this table, so that every column is the field of its name.
    """
    source = envelope.source(relation)
    values = _sources(table, own=own)
    refs = references((where, *values.values()))
    wanted = frozenset().union(*refs)
    spoken = dict(zip(values, refs[1:], strict=True))
    # A column that is a field and no more is null where no record has the field; an expression may have a default.
    filled = {
        name: value
        for name, value in values.items()
        if not _is_bare(value) or all(source.holds(field) for field in spoken[name])
    }
    fields = sorted(name for name in _of_views(table) if source.holds(name))
    typed = [name for name in filled if table.columns[name].type not in _TEXTS]
    if "_data" in wanted and not envelope.has_data:  # then it is made of columns
        relation = f"(SELECT *, {_rest(wanted, envelope)} AS _data FROM {relation})"
    inner = [
        *(f"{_cast(value, table.columns[name])} AS {sql.name(name)}" for name, value in filled.items()),
        *(f"CAST({filled[name]} AS VARCHAR) AS {_given(name)}" for name in typed),
        *map(sql.name, fields),
        *("_File", "_Line", f"{_extra(wanted, envelope)} AS _Extra"),
    ]
    rows = f"SELECT {', '.join(inner)} FROM {source.offering(wanted.union(fields), where, relation=relation)} WHERE {where}"
    select = f"SELECT * EXCLUDE ({', '.join(map(_given, typed))}), {_kept(typed)} FROM ({rows})" if typed else rows
    return Mapped(select, frozenset(filled), frozenset(fields))


_TEXTS = ("string", "guid", "dynamic")  # types that hold whatever was written


def _is_bare(expression: str) -> bool:
    return (
        expression.strip('"').replace("_", "").isalnum() and not expression.isdigit() and expression.upper() != "NULL"
    )


@cache
def _spoken_by_views(expressions: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*references(expressions))


def _of_views(table: Table) -> Iterable[str]:
    """The fields that the ASIM views use and that are no column of the table; of several spellings, one."""
    expressions = [item for mappings in table.asim.values() for asim in mappings for item in _expressions(asim)]
    spoken = _spoken_by_views(tuple(expressions)) if expressions else frozenset()
    known = {name.lower() for name in (*table.columns, *PROVENANCE)}
    others = {name.lower(): name for name in sorted(spoken) if name.lower() not in known and not name.startswith("_")}
    return others.values()


def _expressions(asim: Asim) -> list[str]:
    return [asim.where, *asim.columns.values()]


def _given(name: str) -> str:
    """The column that carries a value as it was written, next to what was made of it."""
    return sql.name(f"{name} as given")


def _kept(typed: Sequence[str]) -> str:
    """What makes the mapping lossless: the zone that a time was written in, and values that the columns would not hold."""
    zone = f"hb_zone({_given('TimeGenerated')})" if "TimeGenerated" in typed else "NULL::VARCHAR"
    failed = {name: f"hb_failed({sql.name(name)}, {_given(name)})" for name in typed}
    members = ", ".join(f"{sql.text(name)}, {part}" for name, part in failed.items())
    some = first(list(failed.values()))
    unparsed = f"CASE WHEN {some} IS NOT NULL THEN json_merge_patch('{{}}', json_object({members})) END"
    return f"{zone} AS _Zone, {unparsed} AS _Unparsed"


def spoken_of(tables: Sequence[tuple[Table, str]], *, own: bool = False) -> frozenset[str]:
    """The fields that a form's tables and their conditions speak of."""
    spoken = [references((where, *_sources(table, own=own).values())) for table, where in tables]
    return frozenset().union(*(names for refs in spoken for names in refs))


def used_by_views(tables: Sequence[tuple[Table, str]]) -> frozenset[str]:
    """The fields that the ASIM views of the tables use beside the tables' columns."""
    return frozenset(name for table, _ in tables for name in _of_views(table))


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
    if column.type in ("string", "guid"):
        return f"CAST({value} AS VARCHAR)"
    if column.type == "dynamic":
        return value if value == "_data" else f"hb_dynamic(CAST({value} AS VARCHAR))"
    return f"hb_{column.type}(CAST({value} AS VARCHAR))"


def _extra(wanted: frozenset[str], envelope: Envelope) -> str:
    if "_data" in wanted:
        return "_root"
    if not envelope.has_data:
        return _rest(wanted, envelope)
    rest = envelope.rest(wanted)
    if not envelope.has_root:
        return rest
    return f"CASE WHEN _root IS NULL THEN {rest} ELSE json_merge_patch(_root, coalesce({rest}, '{{}}')) END"


def _rest(wanted: frozenset[str], envelope: Envelope) -> str:
    """The object of a row's fields that nothing asks for, those that are null left out."""
    asked = {name.lower() for name in wanted | envelope.named}
    rest = sorted(field for field in envelope.fields if field.lower() not in asked)
    members = ", ".join(f"{sql.text(field)}, {sql.name(field)}" for field in rest)
    return f"nullif(json_merge_patch('{{}}', json_object({members}))::VARCHAR, '{{}}')::JSON" if rest else "NULL::JSON"


def counted_rows(envelope: Envelope, relation: str, wheres: Sequence[str]) -> str:
    """SQL of how many rows each of the conditions takes."""
    source = envelope.source(relation)
    wanted = frozenset().union(*references(tuple(wheres)))
    return f"SELECT {', '.join(f'count(*) FILTER ({where})' for where in wheres)} FROM {source.offering(wanted)}"


def rest_rows(envelope: Envelope, relation: str, wheres: Sequence[str]) -> str:
    """SQL of the records, whole, that none of the conditions takes."""
    source = envelope.source(relation)
    wanted = " OR ".join(f"coalesce(({where}), false)" for where in wheres) or "false"
    fields = ", ".join(f"{sql.text(name)}, {sql.name(name)}" for name in sorted(envelope.fields))
    record = f"json_object({fields})"
    if envelope.has_data:
        record = f"json_merge_patch('{{}}', {record}, coalesce(_root, '{{}}'::JSON), coalesce(_data, '{{}}'::JSON))"
    refs = frozenset().union(*references((wanted,)))
    return f"SELECT _File, _Line, {record} AS record FROM {source.offering(refs | {'_data'})} WHERE NOT ({wanted})"


def view_counts(table: Table, every: Sequence[Asim], relation: str, mapped: Mapped) -> str:
    """SQL of how many of a table's mapped rows each of the mappings to ASIM views takes."""
    counts = ", ".join(f"count(*) FILTER (WHERE {asim.where})" for asim in every)
    spoken = frozenset().union(*references(tuple(asim.where for asim in every)))
    return f"SELECT {counts} FROM {_offering(table, spoken, relation, mapped)}"


def view_rows(table: Table, asim: Asim, view: View, relation: str, mapped: Mapped) -> tuple[str, list[str]]:
    """SQL of the rows that a table's mapped rows give to an ASIM view, and the columns that it gives.

    Raises:
        SchemaError: if the mapping fills a column that the view does not have.
    """
    types = view.types
    unknown = [name for name in asim.columns if name not in types]
    if unknown:
        raise SchemaError(f"schemas/{table.table}.yaml: the ASIM view has no column {', '.join(unknown)}.")
    absent = _absent((value for value in asim.columns.values() if value.isidentifier()), mapped)
    filled = {name: value for name, value in asim.columns.items() if value.lower() not in absent}  # others stay null
    columns = [f"TRY_CAST({value} AS {types[name]}) AS {sql.name(name)}" for name, value in filled.items()]
    constant = [f'{sql.text(table.table)} AS "Type"', "TimeGenerated", "_File", "_Line"]
    spoken = frozenset().union({"TimeGenerated"}, *references(tuple(_expressions(asim))))
    rows = _offering(table, spoken, relation, mapped)
    there = [*filled, "Type", "TimeGenerated", "_File", "_Line"]
    return f"SELECT {', '.join([*columns, *constant])} FROM {rows} WHERE {asim.where}", there


def _offering(table: Table, wanted: Iterable[str], relation: str, mapped: Mapped) -> str:
    """Mapped rows with all the wanted names as columns, null where nothing filled them."""
    types = {name.lower(): DUCKDB_TYPES[column.type] for name, column in table.columns.items()}
    absent = _absent(wanted, mapped)
    nulls = "".join(f", NULL::{types.get(low, 'VARCHAR')} AS {sql.name(name)}" for low, name in absent.items())
    return f"(SELECT *{nulls} FROM {relation})"


def _absent(wanted: Iterable[str], mapped: Mapped) -> dict[str, str]:
    """Which of the wanted names nothing filled, by how they are told apart: without case."""
    there = {name.lower() for name in (*mapped.columns, *mapped.fields, *PROVENANCE)}
    return {name.lower(): name for name in sorted(wanted) if name.lower() not in there}


def table_types(table: Table) -> dict[str, str]:
    """The columns that a table is stored with, and DuckDB's types of them."""
    return {name: DUCKDB_TYPES[column.type] for name, column in table.columns.items()} | PROVENANCE


def view_types(view: View, mapped: Iterable[str]) -> dict[str, str]:
    """The columns that an ASIM view is stored with: those that some table fills."""
    wanted = set(mapped) | {"TimeGenerated", "Type"}
    return {name: kind for name, kind in view.types.items() if name in wanted} | VIEW_PROVENANCE
