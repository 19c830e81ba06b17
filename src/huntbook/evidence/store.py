"""Evidence that was read once stays: Parquet files in a cache folder, under a key made of what the files hold.

A folder of the cache is complete or not there: it is built under another name and renamed, so that two processes may
read the same evidence at the same time. Which key a set of files has is remembered by names, sizes and times of
modification, so that opening it again reads none of them.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from huntbook.core import sql
from huntbook.evidence.ingest import Ingest, Progress, read_batches
from huntbook.evidence.manifest import Manifest, StoredLoss, StoredTable
from huntbook.evidence.schema import Schemas, load, version
from huntbook.evidence.views import define
from huntbook.evidence.walk import Limits, roots_of, walk
from huntbook.evidence.worker import UNRECOGNISED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future

    import duckdb

    from huntbook.evidence.outcome import Outcome
    from huntbook.readers._base import EvidenceFile, Loss

MANIFEST = "manifest.json"
_PIECE = 8 * 1024 * 1024
_PART = 4 * _PIECE  # of a file, that one core takes at a time
MOST_COLUMNS = 400  # columns that a table of unrecognised records may have


class Store:
    """A set of evidence files as Parquet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = Manifest.model_validate_json((folder / MANIFEST).read_text(encoding="utf-8"))

    def parts(self, table: str) -> list[Path]:
        """The Parquet files of a table or view."""
        return sorted((self.folder / table).glob("*.parquet"))


def cache_folder() -> Path:
    """Where stores are kept: `HUNTBOOK_CACHE`, or the user's cache folder."""
    given = os.environ.get("HUNTBOOK_CACHE")
    if given:
        return Path(given)
    base = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.environ.get("XDG_CACHE_HOME")
    return Path(base or Path.home() / ".cache") / "huntbook"


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
    remembered = root / "index" / _digest(map(_stat_line, files), limits)
    if not refresh and remembered.is_file():
        kept = _kept(root / "evidence" / remembered.read_text(encoding="utf-8").strip())
        if kept is not None:
            return kept
    key = _digest(_content_lines(files), limits)
    folder = root / "evidence" / key
    if refresh or _kept(folder) is None:
        build = _Build(folder, limits, sum(_size(file) for file in files))
        build.run(paths, progress)
    _write(remembered, key)
    return Store(folder)


def _kept(folder: Path) -> Store | None:
    """The store in a folder, if it is there and whole."""
    try:
        return Store(folder)
    except (OSError, ValidationError):
        return None


def disk_files(paths: Sequence[str | Path]) -> list[Path]:
    """Every file on disk that the paths name, in order; archives are not opened."""
    found: list[Path] = []
    for root in (root for path in paths for root in roots_of(path)):
        if root.is_dir():
            found += sorted(Path(base, name) for base, _, names in os.walk(root) for name in names)
        else:
            found.append(root)
    return found


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _stat_line(file: Path) -> str:
    try:
        about = file.stat()
    except OSError:
        return f"{file.absolute()}\0unreadable"
    return f"{file.absolute()}\0{about.st_size}\0{about.st_mtime_ns}\0{about.st_ino}"


def _content_lines(files: Sequence[Path]) -> Iterator[str]:
    """What each file holds; with its time, since a syslog line takes its year from there. All cores help."""
    pool = ThreadPoolExecutor()
    try:
        parts = [[pool.submit(_part, file, at) for at in range(0, max(_size(file), 1), _PART)] for file in files]
        pool.submit(load)  # evidence that was not read before needs the schemas next
        for file, digests in zip(files, parts, strict=True):
            yield _content_line(file, digests)
    finally:
        pool.shutdown(cancel_futures=True)


def _content_line(file: Path, parts: Iterable[Future[str]]) -> str:
    try:
        if not file.is_file():
            return f"{file}\0not a file"
        digests = " ".join(part.result() for part in parts)
        return f"{file}\0{digests}\0{int(file.stat().st_mtime)}"
    except OSError:
        return f"{file}\0unreadable"


def _part(file: Path, at: int) -> str:
    """The digest of a part of a file; a file that is none (a pipe, a socket) is not waited for."""
    digest = hashlib.sha256()
    if file.is_file():
        piece = memoryview(bytearray(_PIECE))
        end = at + _PART
        with file.open("rb", buffering=0) as stream:
            stream.seek(at)
            while read := stream.readinto(piece[: end - at]):
                digest.update(piece[:read])
                at += read
    return digest.hexdigest()


def _digest(lines: Iterable[str], limits: Limits) -> str:
    digest = hashlib.sha256(f"{version()}\0{limits}\0".encode())
    for line in lines:
        digest.update(line.encode(errors="surrogateescape") + b"\n")
    return digest.hexdigest()[:32]


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
    """The making of one store."""

    def __init__(self, folder: Path, limits: Limits, total: int) -> None:
        self._folder = folder
        self._schemas: Schemas = load()
        self._limits = limits
        self._total = total
        self._lost: list[Loss] = []
        self._seen: dict[str, int | None] = {}

    def run(self, paths: Sequence[str | Path], progress: Progress | None) -> None:
        """Read everything into a folder of another name, then give it its own."""
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=".building-", dir=self._folder.parent))
        try:
            meter = _Meter(self._total, progress)
            files = self._noting(walk(paths, limits=self._limits, lost=self._lost, begin=meter.begin))
            with Ingest(building, self._schemas) as ingest:
                outcome = ingest.run(read_batches(files, self._lost, meter.read))
                meter.begin(0)
                manifest = self._manifest(ingest.database, building, outcome)
            (building / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
            self._publish(building)
        finally:
            shutil.rmtree(building, ignore_errors=True)

    def _noting(self, files: Iterable[EvidenceFile]) -> Iterable[EvidenceFile]:
        for file in files:
            self._seen[file.name] = file.size
            yield file

    def _publish(self, building: Path) -> None:
        """Rename it; where another process was faster, its store is as good. An older one, to be refreshed, makes room."""
        shutil.rmtree(building / "spill", ignore_errors=True)
        for _ in range(2):
            try:
                building.rename(self._folder)
            except OSError:
                if not self._folder.exists():
                    raise
                old = Path(tempfile.mkdtemp(prefix=".old-", dir=self._folder.parent)) / "store"
                self._folder.rename(old)
                shutil.rmtree(old.parent, ignore_errors=True)
            else:
                return

    def _manifest(self, database: duckdb.DuckDBPyConnection, building: Path, outcome: Outcome) -> Manifest:
        tables = [
            self._table(database, building, name, outcome) for name in sorted({table for _, table in outcome.rows})
        ]
        taken = {name.lower() for name in (*self._schemas.tables, *self._schemas.views)}
        tables += self._unrecognised(database, building, outcome, taken)
        views = define(tables, self._schemas, database, building)
        return Manifest(
            key=self._folder.name,
            created=datetime.now(UTC),
            files=self._seen,
            tables=tables,
            views=views,
            losses=[StoredLoss(**vars(loss)) for loss in [*self._lost, *outcome.losses]],
        )

    def _table(self, database: duckdb.DuckDBPyConnection, building: Path, name: str, outcome: Outcome) -> StoredTable:
        parts = sql.text(str(building / name / "*.parquet"))
        [(start, end)] = database.execute(f"SELECT min(TimeGenerated), max(TimeGenerated) FROM {parts}").fetchall()
        files = {file: rows for (file, table), rows in sorted(outcome.rows.items()) if table == name}
        about = self._schemas.tables[name].about
        return StoredTable(
            name=name, about=about, rows=sum(files.values()), start=_aware(start), end=_aware(end), files=files
        )

    def _unrecognised(
        self, database: duckdb.DuckDBPyConnection, building: Path, outcome: Outcome, taken: set[str]
    ) -> list[StoredTable]:
        """One table for each file that has records of no known form, under the file's name."""
        if not outcome.unrecognised:
            return []
        parts = sql.text(str(building / UNRECOGNISED / "*.parquet"))
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
