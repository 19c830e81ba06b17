"""Reading evidence into Parquet: batches from the readers, mapped by the schemas, in memory that stays bounded.

The calling thread walks the files and reads batches; a few workers, each with its own tables in one DuckDB, map them.
A worker's table goes out as a Parquet file when it has grown to `FLUSH` rows.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from huntbook.core import sql
from huntbook.evidence import mapping
from huntbook.evidence.recognise import OWN, deciding_values, form_of_columns, form_of_json
from huntbook.evidence.schema import Form, Schemas, Table
from huntbook.readers import read
from huntbook.readers._base import LINE, RECORD, Batch, EvidenceFile, Loss, Losses

if TYPE_CHECKING:
    from pathlib import Path

FLUSH = 250_000
MANY = 15_000  # rows of a batch that are worth a Parquet file of their own
SMALL = 20_000  # rows that batches are put together up to
FILE = "_File"
UNRECOGNISED = "_unrecognised"
_SHAPES = 2_000  # records of more shapes than this in one batch are not told apart any further
Progress = Callable[[int, int, str], None]  # bytes done, bytes in all (0: unknown), the file at hand


@dataclass
class Outcome:
    """What an ingest found, besides the Parquet files that it wrote."""

    rows: dict[tuple[str, str], int] = field(default_factory=dict)  # (file, table) → rows
    unrecognised: dict[tuple[str, str], int] = field(default_factory=dict)  # (file, table) → rows
    losses: list[Loss] = field(default_factory=list)


class Ingest:
    """One run over a set of files."""

    def __init__(self, folder: Path, schemas: Schemas, *, workers: int | None = None, memory: str = "1GB") -> None:
        self.folder = folder
        self.schemas = schemas
        self.outcome = Outcome()
        self.lock = threading.Lock()
        self._count = workers or min(os.cpu_count() or 1, 4)
        self._jobs: queue.Queue[pl.DataFrame | None] = queue.Queue(maxsize=2)
        self._failed: list[BaseException] = []
        self._database = duckdb.connect(
            config={"memory_limit": memory, "temp_directory": str(folder / "spill")},
        )
        self._database.execute("SET TimeZone = 'UTC'; SET threads = 1; SET preserve_insertion_order = true")
        self._database.execute(mapping.MACROS)

    def run(self, batches: Iterable[tuple[EvidenceFile, Batch]]) -> Outcome:
        """Map every batch and write what it holds; an error or Ctrl-C ends the workers and is raised here."""
        workers = [_Worker(self, number, self._database.cursor()) for number in range(self._count)]
        threads = [threading.Thread(target=self._work, args=(worker,), daemon=True) for worker in workers]
        for thread in threads:
            thread.start()
        try:
            for batch in gather(batches):
                self._put(batch)
        except BaseException as error:  # noqa: BLE001 - kept, and raised below when the workers have ended
            self._failed.append(error)
        finally:
            for _ in threads:
                self._jobs.put(None)
            for thread in threads:
                thread.join()
            self._database.close()
        if self._failed:
            raise self._failed[0]
        return self.outcome

    def _put(self, batch: pl.DataFrame) -> None:
        if self._failed:
            raise self._failed[0]
        self._jobs.put(batch)

    def _work(self, worker: _Worker) -> None:
        try:
            while (job := self._jobs.get()) is not None:
                if not self._failed:
                    worker.take(job)
            if not self._failed:
                worker.flush_all()
        except BaseException as error:  # noqa: BLE001 - handed to the calling thread, which raises it
            self._failed.append(error)
            while self._jobs.get() is not None:
                pass


class _Frame:
    """A Polars frame as DuckDB can scan it without pyarrow: by the Arrow capsule alone."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self._rows = rows

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._rows.__arrow_c_stream__(requested_schema)


class _Worker:
    """Maps batches, one after the other, into tables of its own."""

    def __init__(self, ingest: Ingest, number: int, connection: duckdb.DuckDBPyConnection) -> None:
        self._ingest = ingest
        self._schemas = ingest.schemas
        self._number = number
        self._db = connection
        self._tables: dict[str, int] = {}  # staged table → rows in it
        self._parts = 0

    def take(self, rows: pl.DataFrame) -> None:
        """Map one batch."""
        self._db.register("incoming", _Frame(rows))
        try:
            if set(rows.columns) == {FILE, LINE, RECORD}:
                self._take_json()
            else:
                self._take_rows([column for column in rows.columns if column not in (FILE, LINE)])
        finally:
            self._db.unregister("incoming")
        for table, staged in list(self._tables.items()):
            if staged >= FLUSH:
                self._flush(table)

    def flush_all(self) -> None:
        """Write what is left."""
        for table in list(self._tables):
            self._flush(table)

    # --- JSON records ---

    def _take_json(self) -> None:
        parsed = f"SELECT _File, _Line, TRY_CAST({RECORD} AS JSON) AS record FROM incoming"
        self._replace("batch", f"SELECT *, hash(json_keys(record)) AS _shape FROM ({parsed})")
        self._note_broken()
        forms: dict[str, list[str]] = {}
        for condition, sample in self._samples():
            name = form_of_json(sample, self._schemas)
            if name is not None:
                forms.setdefault(name, []).append(condition)
        for name, conditions in forms.items():
            where = " OR ".join(conditions)
            self._map(name, partial(mapping.json_envelope, relation="batch", where=where))
        known = " OR ".join(condition for conditions in forms.values() for condition in conditions) or "false"
        self._keep_unrecognised(f"SELECT _File, _Line, record FROM batch WHERE record IS NOT NULL AND NOT ({known})")

    def _samples(self) -> Iterator[tuple[str, str]]:
        """Tell apart the records that may have different forms: a condition for each kind, and one record of it."""
        for shape, sample in self._groups("_shape", "record IS NOT NULL"):
            paths = deciding_values(sample, self._schemas)
            if not paths:
                yield f"_shape = {shape}", sample
                continue
            values = f"hash(json_extract_string(record, {sql.texts('/' + path for path in paths)}))"
            for digest, part in self._groups(values, f"_shape = {shape}"):
                yield f"(_shape = {shape} AND {values} = {digest})", part

    def _groups(self, key: str, where: str) -> list[tuple[str, str]]:
        found = self._db.execute(
            f"SELECT ({key})::VARCHAR, any_value(record)::VARCHAR FROM batch WHERE {where} GROUP BY 1 "
            f"ORDER BY count(*) DESC LIMIT {_SHAPES}",
        ).fetchall()
        return [(str(value), str(sample)) for value, sample in found]

    def _note_broken(self) -> None:
        broken = "SELECT _File, count(*), min(_Line) FROM batch WHERE record IS NULL GROUP BY _File"
        for file, count, first in self._db.execute(broken).fetchall():
            self._lose(Loss(file, "broken JSON", f"line {first}", count))

    # --- records that come as columns ---

    def _take_rows(self, columns: list[str]) -> None:
        self._replace("batch", "SELECT * FROM incoming")
        name = form_of_columns(columns, self._schemas)
        if name is None:
            members = ", ".join(f"{sql.text(column)}, {sql.name(column)}" for column in columns)
            self._keep_unrecognised(f"SELECT _File, _Line, json_object({members}) AS record FROM batch")
            return
        self._map(name, partial(mapping.rows_envelope, relation="batch", columns=columns))

    # --- both ---

    def _form(self, name: str) -> Form:
        if not name.startswith(OWN):
            form = self._schemas.forms[name]
            wanted = mapping.wanted_fields(tuple(self._tables_of(name)))
            return form.model_copy(
                update={"fields": {f: paths for f, paths in form.fields.items() if f.lower() in wanted}}
            )
        table = self._schemas.tables[name.removeprefix(OWN)]
        data = [table.data_column] if table.data_column else []
        fields = {name: [name, *table.also.get(name, [])] for name in table.columns}
        return Form(about="an export of the table itself", has=table.own or ["TimeGenerated"], fields=fields, data=data)

    def _map(self, name: str, envelope_of: Callable[[Form], mapping.Envelope]) -> None:
        envelope = envelope_of(self._form(name))
        self._replace("envelope", envelope.select)
        if envelope.has_data:
            members = "SELECT DISTINCT lower(unnest(json_keys(_data))) FROM envelope"
            envelope = replace(envelope, keys=frozenset(key for [key] in self._db.execute(members).fetchall()))
        own = name.startswith(OWN)
        tables = self._tables_of(name)
        for table, where in self._concerned(tables, envelope):
            rows = self._replace("mapped", mapping.table_rows(table, envelope, "envelope", where, own=own))
            if rows:
                self._keep(table.table, mapping.table_types(table), rows)
                self._count(self._ingest.outcome.rows, table.table, "mapped")
                self._note_unparsed(table.table)
                self._fill_views(table, envelope.keys)
        self._keep_rest(envelope, [where for _, where in tables])

    def _concerned(self, tables: list[tuple[Table, str]], envelope: mapping.Envelope) -> list[tuple[Table, str]]:
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

    def _fill_views(self, table: Table, keys: frozenset[str] | None) -> None:
        """Fill the ASIM views; to count first is cheaper than to run a mapping that no row is for."""
        every = [(name, asim) for name, mappings in table.asim.items() for asim in mappings]
        if not every:
            return
        counted = ", ".join(f"count(*) FILTER (WHERE {asim.where})" for _, asim in every)
        [counts] = self._db.execute(f"SELECT {counted} FROM mapped").fetchall()
        for (name, asim), rows in zip(every, counts, strict=True):
            if rows:
                view = self._schemas.views[name]
                types = mapping.view_types(view, self._filled(name))
                self._insert(name, types, mapping.view_rows(table, asim, view, "mapped", keys))

    def _filled(self, view_name: str) -> set[str]:
        return {
            column
            for table in self._schemas.tables.values()
            for asim in table.asim.get(view_name, [])
            for column in asim.columns
        }

    def _keep_rest(self, envelope: mapping.Envelope, wheres: list[str]) -> None:
        """Records of a known form that no table wants are kept like those of no form."""
        if "true" in wheres:
            return
        self._keep_unrecognised(mapping.rest_rows(envelope, "envelope", wheres))

    def _keep_unrecognised(self, select: str) -> None:
        self._replace("rest", select)
        types = {"_File": "VARCHAR", "_Line": "UBIGINT", "record": "JSON"}
        if self._insert(UNRECOGNISED, types, "SELECT * FROM rest"):
            self._count(self._ingest.outcome.unrecognised, "", "rest")

    def _note_unparsed(self, table: str) -> None:
        members = "SELECT _File, _Line, unnest(json_keys(_Unparsed)) AS name FROM mapped WHERE _Unparsed IS NOT NULL"
        for file, column, count, line in self._db.execute(
            f"SELECT _File, name, count(*), min(_Line) FROM ({members}) GROUP BY ALL",
        ).fetchall():
            reason = f"values of {table}.{column} are not what the column holds; kept in _Unparsed"
            self._lose(Loss(file, f"{count} {reason}", f"record {line}", 0, "values"))

    def _keep(self, table: str, types: dict[str, str], rows: int) -> None:
        """Write the mapped rows at once when they are many, else stage them: each copy of them in memory costs."""
        select = f"SELECT {sql.names(types)} FROM mapped"
        if rows < MANY:
            self._insert(table, types, select)
        else:
            self._write(table, f"({select})")

    def _insert(self, table: str, types: dict[str, str], select: str) -> int:
        staged = sql.name(f"{table}@{self._number}")
        if table not in self._tables:
            columns = ", ".join(f"{sql.name(column)} {kind}" for column, kind in types.items())
            self._db.execute(f"CREATE OR REPLACE TABLE {staged} ({columns})")
            self._tables[table] = 0
        [[rows]] = self._db.execute(f"INSERT INTO {staged} BY NAME {select}").fetchall()
        self._tables[table] += rows
        return int(rows)

    def _flush(self, table: str) -> None:
        staged = sql.name(f"{table}@{self._number}")
        if self._tables.pop(table):
            self._write(table, staged)
        self._db.execute(f"DROP TABLE {staged}")

    def _write(self, table: str, rows: str) -> None:
        folder = self._ingest.folder / table
        folder.mkdir(exist_ok=True)
        path = sql.text(str(folder / f"{self._number}-{self._parts:05}.parquet"))
        self._parts += 1
        self._db.execute(f"COPY {rows} TO {path} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)")

    def _replace(self, name: str, select: str) -> int:
        [[rows]] = self._db.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {select}").fetchall()
        return int(rows)

    def _count(self, counts: dict[tuple[str, str], int], table: str, relation: str) -> None:
        found = self._db.execute(f"SELECT _File, count(*) FROM {relation} GROUP BY 1").fetchall()
        with self._ingest.lock:
            for file, rows in found:
                counts[file, table] = counts.get((file, table), 0) + rows

    def _lose(self, loss: Loss) -> None:
        with self._ingest.lock:
            self._ingest.outcome.losses.append(loss)


def gather(batches: Iterable[tuple[EvidenceFile, Batch]]) -> Iterator[pl.DataFrame]:
    """Name the file in every row, and put small batches of the same columns together: a statement costs more than its rows."""
    held: list[pl.DataFrame] = []
    size = 0
    for file, batch in batches:
        rows = batch.rows.rename({FILE: f"{FILE}_"}, strict=False).with_columns(pl.lit(file.name).alias(FILE))
        if held and (size + rows.height > SMALL or rows.schema != held[0].schema):
            yield pl.concat(held)
            held, size = [], 0
        held.append(rows)
        size += rows.height
    if held:
        yield pl.concat(held)


def read_batches(
    files: Iterable[EvidenceFile], lost: list[Loss], read_so_far: Callable[[str, int], None]
) -> Iterator[tuple[EvidenceFile, Batch]]:
    """Read every file with the reader that recognises it; `read_so_far` hears of each batch's file and bytes."""
    for file in files:
        losses = Losses(file.name)
        for batch in read(file, losses):
            yield file, batch
            read_so_far(file.name, int(batch.rows.estimated_size()))
        lost.extend(losses)
