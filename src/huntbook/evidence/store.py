"""Evidence that was read once stays: Parquet files in a cache folder, under a key made of what the files hold.

A folder of the cache is complete or not there: it is built under another name and renamed, so that two processes may
read the same evidence at the same time. Which key a set of files has is remembered by names, sizes and times of
modification, so that opening it again reads none of them.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pydantic import ValidationError

from huntbook.core import sql
from huntbook.core.folders import cache_folder
from huntbook.evidence.ingest import Ingest, Progress, read_batches
from huntbook.evidence.keys import content_key, disk_files, size_of, stat_key
from huntbook.evidence.manifest import Manifest, StoredLoss, StoredTable
from huntbook.evidence.references import open_parser
from huntbook.evidence.schema import load
from huntbook.evidence.views import define
from huntbook.evidence.walk import Limits, walk
from huntbook.evidence.worker import UNRECOGNISED
from huntbook.readers import readers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import duckdb

    from huntbook.evidence.outcome import Outcome
    from huntbook.readers._base import EvidenceFile, Loss

MANIFEST = "manifest.json"
MOST_COLUMNS = 400  # columns that a table of unrecognised records may have


class Store:
    """A set of evidence files as Parquet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = Manifest.model_validate_json((folder / MANIFEST).read_text(encoding="utf-8"))

    def parts(self, table: str) -> list[Path]:
        """The Parquet files of a table or view."""
        return sorted((self.folder / table).glob("*.parquet"))


def open_store(
    paths: Sequence[str | Path],
    *,
    cache: Path | None = None,
    progress: Progress | None = None,
    limits: Limits | None = None,
    refresh: bool = False,
) -> Store:
    """Open a set of evidence, reading it first if that was never done.

    Args:
        paths: folders, files or globs.
        cache: the folder that stores are kept in; `cache_folder()` if not given.
        progress: called with bytes done, bytes in all and the file at hand.
        limits: of what is unpacked from archives.
        refresh: read it anew, whatever is kept.

    Raises:
        EvidenceError: if there is nothing at the paths.
    """
    root = cache or cache_folder()
    limits = limits or Limits()
    files = disk_files(paths)
    remembered = root / "index" / stat_key(files, limits)
    if not refresh and remembered.is_file():
        kept = _kept(root / "evidence" / remembered.read_text(encoding="utf-8").strip())
        if kept is not None:
            return kept
    with _Build(root / "evidence", limits) as build:
        key = content_key(files, limits, meanwhile=build.preparations)
        folder = root / "evidence" / key
        if refresh or _kept(folder) is None:
            build.run(folder, paths, _Meter(sum(map(size_of, files)), progress))
    _write(remembered, key)
    return Store(folder)


def _kept(folder: Path) -> Store | None:
    """The store in a folder, if it is there and whole."""
    try:
        return Store(folder)
    except (OSError, ValidationError):
        return None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as written:
        written.write(text)
    Path(written.name).replace(path)


class _Meter:
    """How far the reading is, in bytes on disk: whole files, and of the one at hand as much as its batches amount to."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total = total
        self._progress = progress
        self._done = self._size = self._within = 0

    def begin(self, size: int) -> None:
        """The next file on disk is begun, the last one is done."""
        self._done, self._size, self._within = self._done + self._size, size, 0
        self._tell("")

    def read(self, name: str, size: int) -> None:
        """A batch was read."""
        self._within = min(self._within + size, self._size)
        self._tell(name)

    def _tell(self, name: str) -> None:
        if self._progress:
            self._progress(self._done + self._within, self._total, name)


class _Build:
    """The making of one store: in a folder of another name, that is given its own when all is there."""

    def __init__(self, evidence: Path, limits: Limits) -> None:
        evidence.mkdir(parents=True, exist_ok=True)
        self._building = Path(tempfile.mkdtemp(prefix=".building-", dir=evidence))
        self._ingest = Ingest(self._building)
        self._limits = limits
        self._lost: list[Loss] = []
        self._seen: dict[str, int | None] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ingest.close()
        shutil.rmtree(self._building, ignore_errors=True)

    @property
    def preparations(self) -> list[Callable[[], object]]:
        """What does not depend on the evidence, and may be done before."""
        return [self._ingest.open, load, open_parser, partial(dict, readers)]

    def run(self, folder: Path, paths: Sequence[str | Path], meter: _Meter) -> None:
        """Read everything, and give it its folder."""
        files = self._noting(walk(paths, limits=self._limits, lost=self._lost, begin=meter.begin))
        outcome = self._ingest.run(read_batches(files, self._lost, meter.read), load())
        meter.begin(0)
        manifest = self._manifest(folder.name, outcome)
        self._ingest.close()  # nothing may be open in a folder that is to be renamed
        (self._building / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
        self._publish(folder)

    def _noting(self, files: Iterable[EvidenceFile]) -> Iterable[EvidenceFile]:
        for file in files:
            self._seen[file.name] = file.size
            yield file

    def _publish(self, folder: Path) -> None:
        """Rename it; where another process was faster, its store is as good. An older one, to be refreshed, makes room."""
        shutil.rmtree(self._building / "spill", ignore_errors=True)
        for _ in range(2):
            try:
                self._building.rename(folder)
            except OSError:
                if not folder.exists():
                    raise
                old = Path(tempfile.mkdtemp(prefix=".old-", dir=folder.parent)) / "store"
                folder.rename(old)
                shutil.rmtree(old.parent, ignore_errors=True)
            else:
                return

    def _manifest(self, key: str, outcome: Outcome) -> Manifest:
        schemas, database = load(), self._ingest.open()
        tables = [self._table(database, name, outcome) for name in sorted({table for _, table in outcome.rows})]
        taken = {name.lower() for name in (*schemas.tables, *schemas.views)}
        tables += self._unrecognised(database, outcome, taken)
        views = define(tables, schemas, database, self._building)
        return Manifest(
            key=key,
            created=datetime.now(UTC),
            files=self._seen,
            tables=tables,
            views=views,
            losses=[StoredLoss(**vars(loss)) for loss in [*self._lost, *outcome.losses]],
        )

    def _table(self, database: duckdb.DuckDBPyConnection, name: str, outcome: Outcome) -> StoredTable:
        parts = sql.text(str(self._building / name / "*.parquet"))
        [(start, end)] = database.execute(f"SELECT min(TimeGenerated), max(TimeGenerated) FROM {parts}").fetchall()
        files = {file: rows for (file, table), rows in sorted(outcome.rows.items()) if table == name}
        about = load().tables[name].about
        return StoredTable(
            name=name, about=about, rows=sum(files.values()), start=_aware(start), end=_aware(end), files=files
        )

    def _unrecognised(
        self, database: duckdb.DuckDBPyConnection, outcome: Outcome, taken: set[str]
    ) -> list[StoredTable]:
        """One table for each file that has records of no known form, under the file's name."""
        if not outcome.unrecognised:
            return []
        parts = sql.text(str(self._building / UNRECOGNISED / "*.parquet"))
        found = database.execute(
            f"SELECT _File, key, count(*) FROM (SELECT _File, unnest(json_keys(record)) AS key FROM {parts}) "
            "GROUP BY ALL ORDER BY 1, 3 DESC, 2",
        ).fetchall()
        keys: dict[str, list[str]] = {}
        for file, key, _ in found:
            keys.setdefault(file, []).append(key)
        tables = []
        for (file, _), rows in sorted(outcome.unrecognised.items()):
            name = _table_name(file, taken)
            columns = _distinct(keys.get(file, []))[:MOST_COLUMNS]
            tables.append(StoredTable(name=name, rows=rows, files={file: rows}, recognised=False, keys=columns))
        return tables


def _aware(time: datetime | None) -> datetime | None:
    return time.replace(tzinfo=UTC) if time else None


def _distinct(keys: Iterable[str]) -> list[str]:
    """Keys that DuckDB can tell apart: it does not see case."""
    return list({key.lower(): key for key in keys if key}.values())


def _table_name(file: str, taken: set[str]) -> str:
    """Make a name for a table from that of a file: letters, digits and underscores, one that is free."""
    stem = re.split(r"[/\\!]", file)[-1].split(".")[0] or "file"
    base = re.sub(r"\W", "_", stem, flags=re.ASCII)[:60]
    base = base if base[:1].isalpha() else f"file_{base}"
    name, number = base, 2
    while name.lower() in taken:
        name, number = f"{base}_{number}", number + 1
    taken.add(name.lower())
    return name
