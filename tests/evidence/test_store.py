"""Evidence is read once, kept whole or not at all, and opened again at once."""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from pathlib import Path

import pytest

from huntbook.evidence import keys
from huntbook.evidence.store import open_store


def write(folder: Path, name: str = "x.json", rows: int = 50) -> Path:
    folder.mkdir(exist_ok=True)
    record = {
        "EventID": 1,
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Hostname": "h",
        "TimeCreated": "2024-01-01T00:00:00Z",
    }
    (folder / name).write_text("".join(json.dumps({**record, "n": number}) + "\n" for number in range(rows)))
    return folder


def stores(cache: Path) -> list[str]:
    return sorted(entry.name for entry in (cache / "evidence").iterdir())


def test_the_same_content_is_stored_once(tmp_path: Path) -> None:
    folder, cache = write(tmp_path / "logs"), tmp_path / "cache"
    first = open_store([folder], cache=cache)
    again = open_store([folder], cache=cache)
    assert first.folder == again.folder
    assert first.manifest == again.manifest
    assert len(stores(cache)) == 1


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    folder, cache = write(tmp_path / "logs"), tmp_path / "cache"
    assert open_store([folder], cache=cache).manifest.tables[0].rows == 50
    write(folder, rows=60)
    assert open_store([folder], cache=cache).manifest.tables[0].rows == 60


def test_a_change_far_into_a_file_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_PIECE", 100)
    monkeypatch.setattr(keys, "_PART", 1000)  # the file has several parts, each of several pieces
    folder, cache = write(tmp_path / "logs"), tmp_path / "cache"
    open_store([folder], cache=cache)
    file = folder / "x.json"
    before = file.stat()
    file.write_text(file.read_text().replace('"n": 49}', '"n": 94}'))
    os.utime(file, (before.st_atime + 1, before.st_mtime))  # neither its size nor its time tells
    assert stores(cache) != stores(open_store([folder], cache=tmp_path / "other").folder.parents[1])


def test_refresh_replaces_what_is_kept(tmp_path: Path) -> None:
    folder, cache = write(tmp_path / "logs"), tmp_path / "cache"
    created = open_store([folder], cache=cache).manifest.created
    assert open_store([folder], cache=cache, refresh=True).manifest.created > created
    assert len(stores(cache)) == 1


def test_a_build_that_ends_early_leaves_nothing_behind(tmp_path: Path) -> None:
    folder, cache = write(tmp_path / "logs"), tmp_path / "cache"

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_store([folder], cache=cache, progress=interrupt)
    assert stores(cache) == []
    assert open_store([folder], cache=cache).manifest.tables[0].rows == 50


def test_a_store_that_is_not_complete_is_built_again(tmp_path: Path) -> None:
    folder, cache = write(tmp_path / "logs"), tmp_path / "cache"
    store = open_store([folder], cache=cache)
    (store.folder / "manifest.json").write_text("{")
    assert open_store([folder], cache=cache).manifest.tables[0].rows == 50


def _open(folder: Path, cache: Path, found: multiprocessing.Queue[int]) -> None:
    found.put(open_store([folder], cache=cache).manifest.tables[0].rows)


def test_two_processes_may_read_the_same_evidence_at_once(tmp_path: Path) -> None:
    folder, cache = write(tmp_path / "logs", rows=5000), tmp_path / "cache"
    context = multiprocessing.get_context("spawn")
    found: multiprocessing.Queue[int] = context.Queue()
    processes = [context.Process(target=_open, args=(folder, cache, found)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]  # one that failed has put nothing there to wait for
    assert [found.get(), found.get()] == [5000, 5000]
    assert len(stores(cache)) == 1


def test_opening_again_is_quick(tmp_path: Path) -> None:
    folder, cache = write(tmp_path / "logs", rows=20_000), tmp_path / "cache"
    open_store([folder], cache=cache)
    began = time.process_time()
    open_store([folder], cache=cache)
    assert time.process_time() - began < 0.3


def test_progress_ends_with_everything_done(tmp_path: Path) -> None:
    folder = write(tmp_path / "logs")
    steps: list[tuple[int, int]] = []
    open_store([folder], cache=tmp_path / "cache", progress=lambda done, total, _: steps.append((done, total)))
    assert steps[-1][0] == steps[-1][1] == (folder / "x.json").stat().st_size
