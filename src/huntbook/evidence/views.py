"""How a store is shown: the SQL of a view for every table, every ASIM view and every file that was not recognised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.core import sql
from huntbook.evidence import mapping
from huntbook.evidence.manifest import StoredTable, StoredView
from huntbook.evidence.references import references
from huntbook.evidence.schema import DUCKDB_TYPES, Column, Schemas, Table, View
from huntbook.evidence.worker import UNRECOGNISED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import duckdb


def define(
    tables: Iterable[StoredTable], schemas: Schemas, database: duckdb.DuckDBPyConnection, folder: Path
) -> list[StoredView]:
    """Write the views of a store whose Parquet files lie in `folder`."""
    views = []
    for table in tables:
        if table.recognised:
            views.append(StoredView(name=table.name, parts=table.name, select=_table(schemas.tables[table.name])))
        else:
            views.append(StoredView(name=table.name, parts=UNRECOGNISED, select=_unrecognised(table)))
    shown = {view.name for view in views}
    derived = [table for table in schemas.tables.values() if table.derived_from in shown]
    views += [StoredView(name=table.table, select=_typed(table, derived_rows(table))) for table in derived]
    for name, view in schemas.views.items():
        stored = _columns(name, database, folder)
        views.append(StoredView(name=name, parts=name if stored else "", select=_asim(view, stored)))
        views += [StoredView(name=other, select=f"SELECT * FROM {sql.name(name)}") for other in view.also_named]
    return views


def _columns(name: str, database: duckdb.DuckDBPyConnection, folder: Path) -> frozenset[str]:
    if not (folder / name).is_dir():
        return frozenset()
    parts = sql.text(str(folder / name / "*.parquet"))
    return frozenset(row[0] for row in database.execute(f"DESCRIBE SELECT * FROM {parts}").fetchall())


def _table(table: Table) -> str:
    return _typed(table, with_computed(table, "_parts"))


def _typed(table: Table, rows: str) -> str:
    """The rows with every documented column, whether evidence fills it or not."""
    unfilled = {name: DUCKDB_TYPES[kind] for kind, names in table.unfilled.items() for name in names}
    # An export of the table may have filled them; then they are in `_Extra`.
    extra = [
        f"TRY_CAST(_Extra ->> {sql.text('/' + name)} AS {kind}) AS {sql.name(name)}" for name, kind in unfilled.items()
    ]
    own = [sql.name(name) for name in (*table.columns, *table.computed)]
    kind = [f'{sql.text(table.table)} AS "Type"'] if "Type" not in table.columns else []
    return f"SELECT {', '.join([*own, *extra, *kind, *mapping.PROVENANCE])} FROM ({rows})"


def derived_rows(table: Table) -> str:
    """SQL of a table that shows another one's rows under other names; speaks of `table.derived_from` as a relation."""
    columns = [f"{_read(column)} AS {sql.name(name)}" for name, column in table.columns.items()]
    return f"SELECT {', '.join([*columns, *mapping.PROVENANCE])} FROM {sql.name(table.derived_from)}"


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


def _asim(view: View, stored: frozenset[str]) -> str:
    """The view's documented columns, null where no table fills them, then its aliases."""
    kinds = view.types | mapping.VIEW_PROVENANCE | {"Type": "VARCHAR"}
    columns = [
        sql.name(column) if column in stored else f"NULL::{kind} AS {sql.name(column)}"
        for column, kind in kinds.items()
    ]
    inner = f"SELECT {', '.join(columns)} {'FROM _parts' if stored else 'WHERE false'}"
    aliases = [f"{expression} AS {sql.name(alias)}" for alias, expression in view.aliases.items()]
    return f"SELECT {', '.join(['*', *aliases])} FROM ({inner})"


def _unrecognised(table: StoredTable) -> str:
    [file] = table.files
    columns = [f"record ->> {sql.text('/' + _pointer(key))} AS {sql.name(key)}" for key in table.keys]
    return f"SELECT {', '.join([*columns, '_File', '_Line'])} FROM _parts WHERE _File = {sql.text(file)}"


def _pointer(key: str) -> str:
    """Escape a key for a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")
