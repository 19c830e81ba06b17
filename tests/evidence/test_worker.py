"""Batches as they come: forms mixed, records broken, names that are hostile; and small batches put together."""

from __future__ import annotations

import io
import json
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from huntbook.evidence import ingest as ingest_module
from huntbook.evidence import mapping
from huntbook.evidence.ingest import MORSEL, Ingest, gather
from huntbook.evidence.outcome import Outcome
from huntbook.evidence.schema import load
from huntbook.evidence.worker import Worker
from huntbook.readers._base import LINE, RECORD, Batch, EvidenceFile

FLAT = {
    "EventID": 1,
    "Channel": "Microsoft-Windows-Sysmon/Operational",
    "Hostname": "h",
    "TimeCreated": "2024-03-01T00:00:00Z",
}


def lines(*records: str) -> Batch:
    return Batch(pl.DataFrame({LINE: pl.Series(range(1, len(records) + 1), dtype=pl.UInt64), RECORD: list(records)}))


def ingest(folder: Path, *batches: Batch) -> Outcome:
    file = EvidenceFile("evidence", io.BytesIO)
    with closing(Ingest(folder, workers=1)) as run:
        return run.run(((file, batch) for batch in batches), load())


@pytest.mark.parametrize("during", ["reading", "waiting for the workers"])
def test_ctrl_c_ends_the_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, during: str) -> None:
    def batches() -> Iterator[tuple[EvidenceFile, Batch]]:
        for _ in range(200 if during == "reading" else 1):
            yield EvidenceFile("evidence", io.BytesIO), lines(json.dumps(FLAT))
            time.sleep(0.01)

    begun = ended = 0

    def take(*_: object) -> None:
        nonlocal begun, ended
        begun += 1
        time.sleep(1)
        ended += 1

    monkeypatch.setattr(Worker, "take", take)
    monkeypatch.setattr(ingest_module, "LARGE", 1)
    main = threading.main_thread().ident or 0
    press = threading.Timer(0.3, lambda: signal.pthread_kill(main, signal.SIGINT))
    with closing(Ingest(tmp_path, workers=2)) as run:
        press.start()
        with pytest.raises(KeyboardInterrupt):
            run.run(batches(), load())
        assert ended == begun > 0


@pytest.mark.parametrize("where", ["take", "flush"])
def test_an_error_of_every_worker_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Worker, where, fail)
    file = EvidenceFile("evidence", io.BytesIO)
    batches = [(file, lines(json.dumps(FLAT)))] * 9
    with closing(Ingest(tmp_path, workers=2)) as run, pytest.raises(OSError, match="no space"):
        run.run(iter(batches), load())


def test_a_database_that_could_not_be_made_ready_is_not_taken_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Ingest(tmp_path, workers=1)) as run:
        with monkeypatch.context() as broken:
            broken.setattr(mapping, "MACROS", "no SQL")
            with pytest.raises(duckdb.ParserException):
                run.open()
        assert run.open().execute("SELECT hb_int('7')").fetchall() == [(7,)]


def test_a_large_batch_does_not_wait_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_module, "LARGE", 1_000)
    file = EvidenceFile("evidence", io.BytesIO)
    small, large = lines("{}"), lines("x" * 2_000)
    assert [rows.height for rows in gather((file, batch) for batch in [small, large, small])] == [1, 2]


def test_a_value_that_decides_is_looked_at_in_every_batch(tmp_path: Path) -> None:
    """`Type` names the table of an exported record; another one with the same members is of another table."""
    exported = {"TimeGenerated": "2024-03-01T00:00:00Z", "Note": "n"}
    rows = [exported | {"Type": kind} for kind in ("SecurityEvent", "WindowsEvent", "SecurityEvent", "Other")]
    for number, batch in enumerate([rows[:1], rows[1:2], rows, rows * 2, rows[1:3] * 2]):
        folder = tmp_path / str(number)
        folder.mkdir()
        worker = [lines(json.dumps(row)) for row in batch] if number < 2 else [lines(*map(json.dumps, batch))]
        outcome = ingest(folder, *worker)
        kinds = [row["Type"] for row in batch]
        counts = {table: count for (_, table), count in outcome.rows.items()}
        assert counts == {kind: kinds.count(kind) for kind in set(kinds) - {"Other"}}
        assert sum(outcome.unrecognised.values()) == kinds.count("Other")


def test_a_remembered_shape_does_not_decide_for_another_value(tmp_path: Path) -> None:
    exported = {"TimeGenerated": "2024-03-01T00:00:00Z", "Note": "n"}
    big = {"Note": "x" * ingest_module.LARGE}  # so that each record is a batch
    batches = [
        lines(json.dumps(exported | {"Type": kind} | big)) for kind in ("SecurityEvent", "WindowsEvent", "Other")
    ]
    outcome = ingest(tmp_path, *batches)
    assert {table: count for (_, table), count in outcome.rows.items()} == {"SecurityEvent": 1, "WindowsEvent": 1}
    assert sum(outcome.unrecognised.values()) == 1


def stored(folder: Path, table: str) -> list[dict[str, Any]]:
    with duckdb.connect() as database:
        cursor = database.execute("SELECT * FROM read_parquet(?) ORDER BY _Line", [str(folder / table / "*.parquet")])
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.mark.parametrize("beside", [{}, {"nothing": None}, {f"Field{n}": n for n in range(200)}])
def test_members_of_any_name_stay_in_the_data(tmp_path: Path, beside: dict[str, Any]) -> None:
    odd = {
        "\0": "nul",
        'a"b': 1,
        "c'd": 2,
        "{": {"}": [1]},
        "a\nb": "line",
        "é": "x",
        "n" * 70_000: "long",
        "/": 3,
        "~0": 4,
    }
    ingest(tmp_path, lines(json.dumps(FLAT | odd | beside), json.dumps(FLAT | {"Image": "i"})))
    first, second = stored(tmp_path, "WindowsEvent")
    assert json.loads(first["EventData"]) == odd | beside
    assert json.loads(second["EventData"]) == {"Image": "i"}


def test_one_batch_may_hold_several_forms_and_what_is_broken(tmp_path: Path) -> None:
    trail = {
        "eventName": "GetObject",
        "awsRegion": "eu-west-1",
        "eventTime": "2024-03-01T00:00:00Z",
        "eventSource": "s3",
    }
    found = ingest(
        tmp_path, lines(json.dumps(FLAT), "{broken", json.dumps(trail), '{"no": "form"}', "{", json.dumps(FLAT))
    )
    assert found.rows == {("evidence", "WindowsEvent"): 2, ("evidence", "AWSCloudTrail"): 1}
    assert found.unrecognised == {("evidence", ""): 1}
    [loss] = found.losses
    assert (loss.reason, loss.position, loss.lost) == ("broken JSON", "line 2", 2)


def test_losses_of_several_batches_are_told_once(tmp_path: Path) -> None:
    bad = json.dumps(FLAT | {"EventID": "seven"})
    found = ingest(tmp_path, lines("{", bad), lines("{broken", bad))
    assert [(loss.reason, loss.lost) for loss in found.losses] == [
        ("broken JSON", 2),
        ("2 values of WindowsEvent.EventID are not what the column holds; kept in _Unparsed", 0),
    ]


def test_columns_have_one_type_in_every_part(tmp_path: Path) -> None:
    many = [json.dumps(FLAT | {"Image": str(n)}) for n in range(5_000)]  # enough for a part of their own
    other = json.dumps({"Event": {"System": {"EventID": 1, "Channel": "x"}, "EventData": {}, "beside": 1}})
    ingest(tmp_path, lines(*many), lines(other))
    assert len(stored(tmp_path, "WindowsEvent")) == 5_001


def batches(*sizes: int) -> Iterator[tuple[EvidenceFile, Batch]]:
    for number, size in enumerate(sizes):
        kind = RECORD if number % 2 else "line"  # formats alternate
        rows = pl.DataFrame({LINE: pl.Series([1], dtype=pl.UInt64), kind: ["x" * size]})
        yield EvidenceFile(f"f{number}", io.BytesIO), Batch(rows)


def test_small_batches_of_a_kind_are_put_together_whatever_lies_between() -> None:
    together = list(gather(batches(1, 2, 3, 4, 5)))
    assert sorted((frame.columns[1], frame["_File"].to_list()) for frame in together) == [
        ("line", ["f0", "f2", "f4"]),
        ("record", ["f1", "f3"]),
    ]


def test_who_is_hungry_need_not_wait() -> None:
    eager = gather(batches(MORSEL, 1, MORSEL, 1), hungry=lambda: True)
    assert [frame["_File"].to_list() for frame in eager] == [["f0"], ["f2"], ["f1", "f3"]]
