"""Reading evidence into a store: JSON lines against DuckDB's own reader, EVTX against the Rust parser, memory on 2 GB."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path

import duckdb
from evtx import PyEvtxParser

from benchmarks._evtx import large_evtx
from benchmarks._measure import Cost, Figure, measure
from huntbook.evidence.store import open_store
from huntbook.evidence.worker import Worker
from huntbook.readers import read, readers
from huntbook.readers._base import EvidenceFile, Losses

_SIZES = {"20 MB": 20, "100 MB": 100, "400 MB": 400}
_LARGE = 2048
_MEMORY_LIMIT = Cost(wall=0, cpu=0, memory=2048)


def figures() -> Iterator[Figure]:
    """The figures of reading; files are generated in a temporary folder first."""
    with tempfile.TemporaryDirectory(prefix="huntbook-bench-") as place:
        yield from _json_lines(Path(place))
        yield from _small_files(Path(place))
        yield from _evtx(Path(place))
        yield _memory(Path(place))


def _json_lines(place: Path) -> Iterator[Figure]:
    for name, megabytes in _SIZES.items():
        path = write_events(place / f"{megabytes}.json", megabytes)
        ours = measure(_into_store, partial(_fresh, place, path))
        tables = measure(_into_tables, partial(_fresh, place, path))
        theirs = measure(_duckdb_reads, partial(_fresh, place, path))
        alternative = "DuckDB's read_json_auto to Parquet"
        yield Figure("JSON lines to tables in Parquet", name, tables, alternative, theirs, limit=2.0, by="wall")
        whole = "JSON lines to tables and ASIM views in Parquet"
        yield Figure(whole, name, ours, alternative, theirs, limit=2.0, by="wall")
        path.unlink()


def _small_files(place: Path) -> Iterator[Figure]:
    chance = random.Random(7)
    for files in (100, 1_000, 5_000):
        folder = place / f"{files} files"
        folder.mkdir()
        for number in range(files):
            lines = (json.dumps(_event(chance, 5 * number + each)) + "\n" for each in range(5))
            (folder / f"{number:05}.json").write_text("".join(lines), encoding="utf-8")
        ours = measure(_into_store, partial(_fresh, place, folder))
        theirs = measure(_duckdb_reads, partial(_fresh, place, folder / "*.json"))
        yield Figure(
            "JSON files of five lines",
            f"{files:,} files",
            ours,
            "DuckDB's read_json_auto to Parquet",
            theirs,
            by="wall",
        )


def _evtx(place: Path) -> Iterator[Figure]:
    for chunks in (40, 200, 800):
        path = place / f"{chunks}.evtx"
        records = large_evtx(path, chunks)
        theirs = measure(_parser_reads, partial(_fresh, place, path))
        size = f"{path.stat().st_size / 1e6:.0f} MB, {records:,} records"
        alternative = "the evtx package to JSON"
        ours = measure(_reader_reads, partial(_fresh, place, path))
        yield Figure("EVTX to batches", size, ours, alternative, theirs, limit=2.0, by="wall")
        ours = measure(_into_store, partial(_fresh, place, path))
        yield Figure("EVTX to tables and ASIM views in Parquet", size, ours, alternative, theirs, by="wall")
        path.unlink()


def _memory(place: Path) -> Figure:
    path = write_events(place / "large.json", _LARGE)
    ours = measure(_into_store, partial(_fresh, place, path), runs=1)
    name = f"{path.stat().st_size / 1e9:.1f} GB"
    return Figure(
        "Memory while reading JSON lines", name, ours, "the limit of 2 GiB", _MEMORY_LIMIT, limit=1.0, by="memory"
    )


def _fresh(place: Path, path: Path) -> tuple[Path, Path]:
    """A file and a folder to write into; the readers are imported before, as the parser and DuckDB are."""
    dict(readers)
    return path, Path(tempfile.mkdtemp(dir=place))


def _into_store(given: tuple[Path, Path]) -> None:
    path, cache = given
    open_store([path], cache=cache)


def _into_tables(given: tuple[Path, Path]) -> None:
    """What DuckDB does: read the file into tables. The views over them are work that it does not do."""
    Worker._fill_views = lambda *_: None  # type: ignore[method-assign]  # noqa: SLF001 - in a process of its own
    _into_store(given)


def _duckdb_reads(given: tuple[Path, Path]) -> None:
    path, folder = given
    with duckdb.connect() as database:
        database.execute("SET enable_progress_bar = false")
        database.execute(f"COPY (SELECT * FROM read_json_auto('{path}')) TO '{folder}/out.parquet'").fetchall()


def _reader_reads(given: tuple[Path, Path]) -> None:
    path, _ = given
    file = EvidenceFile(path.name, lambda: path.open("rb"), path=path)
    for _ in read(file, Losses(path.name)):
        pass


def _parser_reads(given: tuple[Path, Path]) -> None:
    for _ in PyEvtxParser(str(given[0])).records_json():
        pass


def write_events(path: Path, megabytes: int) -> Path:
    """Write that many megabytes of Windows events as JSON lines in the flat form, like a busy week of many hosts.

    No two are alike: of events that repeat, a reader would write a dictionary, which is less work than logs are.
    """
    chance = random.Random(7)
    left = megabytes * 1_000_000
    with path.open("w", encoding="utf-8") as file:
        for number in count():
            left -= file.write(json.dumps(_event(chance, number)) + "\n")
            if left <= 0:
                return path
    return path


def _event(chance: random.Random, number: int) -> dict[str, object]:
    kind = chance.choices([1, 3, 7, 10, 11, 13, 4688, 4624], weights=[5, 6, 20, 40, 5, 15, 5, 4])[0]
    security = kind > 100
    channel = "Security" if security else "Microsoft-Windows-Sysmon/Operational"
    time = f"2024-03-0{1 + number % 9}T{number % 24:02}:{number % 60:02}:{chance.randrange(60):02}.{number % 1000:03}Z"
    common: dict[str, object] = {
        "SourceName": f"Microsoft-Windows-{'Security-Auditing' if security else 'Sysmon'}",
        "Level": "4",
        "Keywords": "0x8000000000000000",
        "Channel": channel,
        "Hostname": f"host{chance.randrange(200):03}.corp.example",
        "TimeCreated": time,
        "@timestamp": time,
        "EventID": kind,
        "Task": str(kind),
        "RecordNumber": number,
        "Message": "An event happened.\r\n" + "".join(f"Field{n}: {chance.getrandbits(64):x}\r\n" for n in range(20)),
    }
    return common | _data(chance, kind)


def _data(chance: random.Random, kind: int) -> dict[str, object]:
    image = chance.choice(
        [r"C:\Windows\System32\svchost.exe", r"C:\Program Files\App\app.exe", r"C:\Windows\explorer.exe"]
    )
    guid = f"{{{chance.getrandbits(128):032x}}}"
    pid = str(chance.randrange(4, 30_000, 4))
    if kind == 10:
        trace = "|".join(rf"C:\Windows\SYSTEM32\ntdll.dll+{chance.randrange(99999):x}" for _ in range(8))
        return {
            "SourceProcessGUID": guid,
            "SourceProcessId": pid,
            "SourceImage": image,
            "TargetImage": image,
            "GrantedAccess": "0x1400",
            "CallTrace": trace,
        }
    if kind == 4688:
        return {
            "NewProcessId": hex(int(pid)),
            "NewProcessName": image,
            "ProcessId": "0x2a4",
            "CommandLine": f"{image} -k {pid}",
            "SubjectUserName": "alice",
            "SubjectDomainName": "CORP",
        }
    if kind == 4624:
        return {
            "TargetUserName": "alice",
            "TargetDomainName": "CORP",
            "LogonType": "3",
            "IpAddress": f"10.0.0.{chance.randrange(250)}",
            "IpPort": "50000",
        }
    if kind == 3:
        return {
            "ProcessGuid": guid,
            "ProcessId": pid,
            "Image": image,
            "SourceIp": "10.0.0.4",
            "DestinationIp": "10.0.0.9",
            "DestinationPort": "443",
            "Initiated": "true",
            "Protocol": "tcp",
        }
    return {
        "ProcessGuid": guid,
        "ProcessId": pid,
        "Image": image,
        "CommandLine": f"{image} {pid}",
        "TargetFilename": rf"C:\t\{pid}.txt",
        "TargetObject": rf"HKLM\Software\App\{pid}",
        "Details": "1",
    }
