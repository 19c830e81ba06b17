"""A question that nobody waits for any more is stopped, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from pathlib import Path

import pytest

import huntbook as hb
from huntbook.sources._connection import Connection
from huntbook.sources.local import Local

LONG = "SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b"


@pytest.fixture
def logs(tmp_path: Path) -> Connection:
    (tmp_path / "app.json").write_text('{"colour": "red"}\n', encoding="utf-8")
    return hb.connect("local", tmp_path / "app.json", cache=tmp_path / "cache")


def running(logs: Connection) -> int:
    assert isinstance(logs.driver, Local)
    return len(logs.driver.database.running)


def wait_until_idle(logs: Connection) -> None:
    end = time.monotonic() + 10
    while running(logs) and time.monotonic() < end:
        time.sleep(0.02)
    assert running(logs) == 0


def test_a_cancelled_question_stops_in_the_database_too(logs: Connection, caplog: pytest.LogCaptureFixture) -> None:
    async def impatient() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(logs.asql(LONG), 0.5)

    with caplog.at_level(logging.ERROR, logger="asyncio"):
        asyncio.run(impatient())
        wait_until_idle(logs)
        assert logs.sql("SELECT 1 AS n").to_dicts() == [{"n": 1}]
        gc.collect()
    assert not caplog.records


def test_an_answer_read_in_part_lets_go_of_its_cursor(logs: Connection) -> None:
    answer = logs.stream("print n = 1")
    assert next(answer).height == 1
    assert list(answer) == []
    wait_until_idle(logs)
