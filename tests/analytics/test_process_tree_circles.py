"""Records that run in circles, or very deep: a forest all the same, in a moment, and said aloud."""

from __future__ import annotations

import time
import warnings

import polars as pl
import pytest

from huntbook.analytics.process_tree import ProcessTreeWarning, process_tree


def test_a_circle_is_cut_at_the_process_that_started_first_and_named() -> None:
    circle = [("c", "b", 3), ("b", "a", 2), ("a", "c", 1), ("d", "c", 4), ("s", "s", 0)]
    frame = pl.DataFrame(circle, schema=["ProcessGuid", "ParentProcessGuid", "UtcTime"], orient="row")
    with pytest.warns(ProcessTreeWarning, match="'/a'"):
        tree = process_tree(frame.with_columns(ProcessId=1, ParentProcessId=2))
    assert tree["parent_key"].to_list()[:4] == ["/b", "/a", None, "/c"]
    assert tree["depth"].to_list()[:4] == [2, 1, 0, 3]


def test_a_warning_does_not_repeat_a_hostile_name_raw() -> None:
    frame = pl.DataFrame({"time": [0, 0], "pid": [1, 2], "ppid": [2, 1], "host": "\x1b[31m" + "é" * 500})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        process_tree(frame)
    message = str(caught[0].message)
    assert message.isascii()
    assert message.isprintable()
    assert len(message) < 1000


def test_a_chain_of_100_000_takes_a_moment() -> None:
    count = 100_000
    frame = pl.DataFrame({"time": pl.int_range(count, eager=True), "pid": pl.int_range(1, count + 1, eager=True)})
    frame = frame.with_columns(ppid=pl.col("pid") - 1)
    began = time.process_time()
    tree = process_tree(frame)
    assert time.process_time() - began < 5
    assert tree["depth"].to_list() == list(range(count))


def test_circles_of_100_000_take_a_moment() -> None:
    count = 100_000
    guid = pl.int_range(count, eager=True)
    names = "p" + guid.cast(pl.String)
    frame = pl.DataFrame({"time": guid, "ProcessId": 7, "ParentProcessId": 8, "guid": names})
    frame = frame.with_columns(parent_guid=names.gather((guid + 1) % count))
    began = time.process_time()
    with pytest.warns(ProcessTreeWarning):
        tree = process_tree(frame, guid="guid", parent_guid="parent_guid")
    assert time.process_time() - began < 10
    assert tree["depth"].max() == count - 1


def test_100_000_hosts_of_one_short_name_take_a_moment() -> None:
    count = 100_000
    domain = pl.int_range(count, eager=True).cast(pl.String)
    frame = pl.DataFrame({"time": pl.int_range(count, eager=True), "pid": 7, "ppid": 8, "host": "dc1.n" + domain})
    began = time.process_time()
    tree = process_tree(frame)
    assert time.process_time() - began < 5
    assert tree["root_key"].n_unique() == count
