"""Async code for callers that are not: one loop, whoever calls."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

from huntbook.core import runtime


async def double(number: int) -> int:
    await asyncio.sleep(0)
    return number * 2


async def fail() -> None:
    raise ValueError("on purpose")


async def where() -> str:
    return threading.current_thread().name


def test_a_coroutine_is_run() -> None:
    assert runtime.run(double(4)) == 8


def test_an_error_arrives_at_the_caller() -> None:
    with pytest.raises(ValueError, match="on purpose"):
        runtime.run(fail())


def test_it_works_inside_a_running_loop() -> None:
    async def cell() -> int:
        return runtime.run(double(5))  # as a cell of a notebook does, whose loop is running

    assert asyncio.run(cell()) == 10


def test_it_can_be_awaited_from_another_loop() -> None:
    assert asyncio.run(runtime.arun(double(6))) == 12


def test_all_callers_share_one_thread() -> None:
    names: list[str] = []
    threads = [threading.Thread(target=lambda: names.append(runtime.run(where()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names == ["huntbook"] * 4
    assert asyncio.run(runtime.arun(where())) == "huntbook"


def test_cancelling_the_caller_cancels_the_work() -> None:
    ended = threading.Event()

    async def long() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async def caller() -> None:
        task = asyncio.ensure_future(runtime.arun(long()))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(caller())
    assert ended.wait(5)


CTRL_C = """
import asyncio, os, signal, threading, time
from huntbook.core import runtime

signal.signal(signal.SIGINT, signal.default_int_handler)
ended = threading.Event()

async def long():
    try:
        await asyncio.sleep(60)
    finally:
        ended.set()

threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    runtime.run(long())
except KeyboardInterrupt:
    print("stopped", ended.wait(5))
"""


def test_ctrl_c_stops_the_work() -> None:
    done = subprocess.run([sys.executable, "-c", CTRL_C], capture_output=True, text=True, check=True, timeout=30)
    assert (done.stdout, done.stderr) == ("stopped True\n", "")


LEFT_OPEN = """
from huntbook.core import runtime

async def numbers():
    try:
        yield 1
        yield 2
    finally:
        print("let go")

async def first(given):
    return await anext(given)

kept = numbers()
print(runtime.run(first(kept)))
"""


def test_what_was_left_half_read_is_let_go_of_at_the_end() -> None:
    done = subprocess.run([sys.executable, "-c", LEFT_OPEN], capture_output=True, text=True, check=True, timeout=30)
    assert (done.stdout, done.stderr) == ("1\nlet go\n", "")


def test_ctrl_c_inside_the_database_is_ctrl_c() -> None:
    with pytest.raises(KeyboardInterrupt), runtime.ctrl_c():
        raise RuntimeError("Query interrupted")  # what DuckDB makes of it


def test_another_error_of_its_kind_stays_what_it_is() -> None:
    with pytest.raises(RuntimeError, match="something else"), runtime.ctrl_c():
        raise RuntimeError("something else")
