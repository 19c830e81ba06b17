"""Reading evidence into Parquet: batches from the readers, mapped by the schemas, in memory that stays bounded.

The calling thread walks the files and reads batches; a few workers, each with its own tables in one DuckDB, map them.
A worker's table goes out as a Parquet file when it has grown to `FLUSH` rows.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb

from huntbook.core import sql
from huntbook.evidence import mapping
from huntbook.evidence.recognise import OWN, form_of_columns, form_of_json
from huntbook.evidence.schema import Form, Schemas, Table
from huntbook.readers import choose
from huntbook.readers._base import LINE, RECORD, Batch, EvidenceFile, Loss, Losses

if TYPE_CHECKING:
    from pathlib import Path

FLUSH = 250_000
_SHAPES = 2_000  # records of more shapes than this in one batch are not told apart any further
Progress = Callable[[int, int, str], None]  # bytes done, bytes in all (0: unknown), the file at hand


@dataclass
class Outcome:
    """What an ingest found, besides the Parquet files that it wrote."""

    rows: dict[tuple[str, str], int] = field(default_factory=dict)  # (file, table) → rows
    unrecognised: dict[tuple[str, str], int] = field(default_factory=dict)  # (file, table) → rows
    losses: list[Loss] = field(default_factory=list)

    def add(self, counts: dict[tuple[str, str], int], key: tuple[str, str], rows: int) -> None:
        """Count rows up."""
        if rows:
            counts[key] = counts.get(key, 0) + rows


@dataclass(frozen=True)
class _Job:
    file: str
    batch: Batch


class Ingest:
    """One run over a set of files."""

    def __init__(self, folder: Path, schemas: Schemas, *, workers: int | None = None, memory: str = "1GB") -> None:
        self.folder = folder
        self.schemas = schemas
        self.outcome = Outcome()
        self.lock = threading.Lock()
        self._count = workers or min(os.cpu_count() or 1, 4)
        self._jobs: queue.Queue[_Job | None] = queue.Queue(maxsize=2)
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
            for file, batch in batches:
                self._put(_Job(file.name, batch))
        except BaseException as error:
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

    def _put(self, job: _Job) -> None:
        if self._failed:
            raise self._failed[0]
        self._jobs.put(job)

    def _work(self, worker: _Worker) -> None:
        try:
            while (job := self._jobs.get()) is not None:
                if not self._failed:
                    worker.take(job.file, job.batch)
            if not self._failed:
                worker.flush_all()
        except BaseException as error:  # handed to the calling thread, which raises it
            self._failed.append(error)
            while self._jobs.get() is not None:
                pass


class _Frame:
    """A Polars frame as DuckDB can scan it without pyarrow: by the Arrow capsule alone."""

    def __init__(self, batch: Batch) -> None:
        self._rows = batch.rows

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
        self._shapes: dict[str, str | None] = {}  # shape of a record → its form

    def take(self, file: str, batch: Batch) -> None:
        """Map one batch."""
        self._db.register("incoming", _Frame(batch))
        try:
            if batch.is_json:
                self._take_json(file)
            else:
                self._take_rows(file, [column for column in batch.rows.columns if column != LINE])
        finally:
            self._db.unregister("incoming")
        for table, rows in list(self._tables.items()):
            if rows >= FLUSH:
                self._flush(table)

    def flush_all(self) -> None:
        """Write what is left."""
        for table in list(self._tables):
            self._flush(table)

    # --- JSON records ---

    def _take_json(self, file: str) -> None:
        self._replace(
            "batch",
            f"SELECT {sql.text(file)} AS _File, {LINE}, record, hash(json_keys(record)) AS _shape FROM "
            f"(SELECT {LINE}, TRY_CAST({RECORD} AS JSON) AS record, {RECORD} AS line FROM incoming)",
        )
        self._note_broken(file)
        forms: dict[str | None, list[str]] = {}
        for shape, sample in self._samples():
            forms.setdefault(self._form_of(sample), []).append(shape)
        for name, shapes in forms.items():
            where = f"_shape IN ({', '.join(shapes)})"
            if name is None:
                self._keep_unrecognised(file, f"SELECT _File, _Line, record FROM batch WHERE {where}")
            else:
                self._map(
                    file, name, self._form(name), lambda form, where=where: mapping.json_envelope(form, "batch", where)
                )

    def _note_broken(self, file: str) -> None:
        count, first = self._one("SELECT count(*), min(_Line) FROM batch WHERE record IS NULL")
        if count:
            self._lose(Loss(file, "broken JSON", f"line {first}", int(count)))

    def _samples(self) -> list[tuple[str, str]]:
        found = self._db.execute(
            "SELECT _shape::VARCHAR, any_value(record)::VARCHAR FROM batch WHERE record IS NOT NULL GROUP BY 1 "
            f"ORDER BY count(*) DESC LIMIT {_SHAPES}",
        ).fetchall()
        return [(str(shape), str(sample)) for shape, sample in found]

    def _form_of(self, sample: str) -> str | None:
        return form_of_json(sample, self._schemas)

    # --- records that come as columns ---

    def _take_rows(self, file: str, columns: list[str]) -> None:
        self._replace("batch", f"SELECT {sql.text(file)} AS _File, * FROM incoming")
        name = form_of_columns(columns, self._schemas)
        if name is None:
            members = ", ".join(f"{sql.text(column)}, {sql.name(column)}" for column in columns)
            self._keep_unrecognised(file, f"SELECT _File, _Line, json_object({members}) AS record FROM batch")
            return
        self._map(file, name, self._form(name), lambda form: mapping.rows_envelope(form, "batch", columns))

    # --- both ---

    def _form(self, name: str) -> Form:
        if not name.startswith(OWN):
            return self._schemas.forms[name]
        table = self._schemas.tables[name.removeprefix(OWN)]
        data = [table.data_column] if table.data_column else []
        fields = {name: [name, *table.also.get(name, [])] for name in table.columns}
        return Form(about="an export of the table itself", has=table.own or ["TimeGenerated"], fields=fields, data=data)

    def _map(self, file: str, name: str, form: Form, envelope_of: Callable[[Form], mapping.Envelope]) -> None:
        envelope = envelope_of(form)
        self._replace("envelope", envelope.select)
        own = name.startswith(OWN)
        tables = self._tables_of(name)
        for table, where in tables:
            self._replace("mapped", mapping.table_rows(table, envelope, "envelope", where, own=own))
            rows = self._insert(table.table, mapping.table_types(table), "SELECT * EXCLUDE (_data) FROM mapped")
            self._count(self._ingest.outcome.rows, file, table.table, rows)
            if rows:
                self._note_unparsed(file, table.table)
                self._fill_views(table)
        self._keep_rest(file, envelope, [where for _, where in tables])

    def _tables_of(self, name: str) -> list[tuple[Table, str]]:
        if name.startswith(OWN):
            return [(self._schemas.tables[name.removeprefix(OWN)], "true")]
        return [(table, table.forms[name]) for table in self._schemas.tables.values() if name in table.forms]

    def _fill_views(self, table: Table) -> None:
        for view_name, mappings in table.asim.items():
            view = self._schemas.views[view_name]
            types = mapping.view_types(view, self._filled(view_name))
            for asim in mappings:
                self._insert(view_name, types, mapping.view_rows(table, asim, view, "mapped", ["_data"]))

    def _filled(self, view_name: str) -> set[str]:
        return {
            column
            for table in self._schemas.tables.values()
            for asim in table.asim.get(view_name, [])
            for column in asim.columns
        }

    def _keep_rest(self, file: str, envelope: mapping.Envelope, wheres: list[str]) -> None:
        """Records of a known form that no table wants are kept like those of no form."""
        if "true" in wheres:
            return
        self._keep_unrecognised(file, mapping.rest_rows(envelope, "envelope", wheres))

    def _keep_unrecognised(self, file: str, select: str) -> None:
        rows = self._insert("_unrecognised", {"_File": "VARCHAR", "_Line": "UBIGINT", "record": "JSON"}, select)
        self._count(self._ingest.outcome.unrecognised, file, "", rows)

    def _note_unparsed(self, file: str, table: str) -> None:
        found = self._db.execute(
            "SELECT name, count(*), min(_Line) FROM "
            "(SELECT unnest(json_keys(_Unparsed)) AS name, _Line FROM mapped WHERE _Unparsed IS NOT NULL) GROUP BY ALL",
        ).fetchall()
        for column, count, line in found:
            reason = f"{count} values of {table}.{column} are not what the column holds; kept in _Unparsed"
            self._lose(Loss(file, reason, f"record {line}", 0, "values"))

    def _insert(self, table: str, types: dict[str, str], select: str) -> int:
        staged = sql.name(f"{table}@{self._number}")
        if table not in self._tables:
            columns = ", ".join(f"{sql.name(column)} {kind}" for column, kind in types.items())
            self._db.execute(f"CREATE OR REPLACE TABLE {staged} ({columns})")
            self._tables[table] = 0
        rows = int(self._one(f"INSERT INTO {staged} BY NAME {select}")[0])
        self._tables[table] += rows
        return rows

    def _flush(self, table: str) -> None:
        staged = sql.name(f"{table}@{self._number}")
        if self._tables.pop(table):
            folder = self._ingest.folder / table
            folder.mkdir(exist_ok=True)
            path = folder / f"{self._number}-{self._parts:05}.parquet"
            self._parts += 1
            self._db.execute(f"COPY {staged} TO {sql.text(str(path))} (FORMAT parquet, COMPRESSION zstd)")
        self._db.execute(f"DROP TABLE {staged}")

    def _replace(self, name: str, select: str) -> None:
        self._db.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {select}")

    def _one(self, statement: str) -> tuple[object, ...]:
        return tuple(self._db.execute(statement).fetchall()[0])

    def _count(self, counts: dict[tuple[str, str], int], file: str, table: str, rows: int) -> None:
        with self._ingest.lock:
            self._ingest.outcome.add(counts, (file, table), rows)

    def _lose(self, loss: Loss) -> None:
        with self._ingest.lock:
            self._ingest.outcome.losses.append(loss)


def read_batches(
    files: Iterable[EvidenceFile], lost: list[Loss], progress: Progress | None = None, total: int = 0
) -> Iterator[tuple[EvidenceFile, Batch]]:
    """Read every file with the reader that recognises it."""
    done = 0
    for file in files:
        losses = Losses(file.name)
        for batch in _read(file, losses):
            if progress:
                progress(done, total, file.name)
            yield file, batch
        lost.extend(losses)
        done += file.size or 0
    if progress:
        progress(total, total, "")


def _read(file: EvidenceFile, losses: Losses) -> Iterator[Batch]:
    try:
        reader = choose(file, losses)
        if reader is not None:
            yield from reader.read(file, losses)
    except OSError as error:
        losses.add(f"could not be read: {error.strerror or error}", unit="files")
