"""The many ways in which exports write process ids and times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from huntbook.analytics.process_tree import process_tree

TIMES = [datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(seconds=seconds) for seconds in (0, 1)]


@pytest.mark.parametrize("pid", [10, 10.0, "10", "0xa", "0XA", " 10 "])
def test_every_way_to_write_a_process_id(pid: object) -> None:
    other = "0xb" if isinstance(pid, str) else 11
    tree = process_tree(pl.DataFrame({"time": TIMES, "pid": [pid, other], "ppid": [0, 10]}, strict=False))
    assert tree["parent_key"].to_list() == [None, tree["process_key"][0]]


@pytest.mark.parametrize("pid", [-1, 1 << 40, "0xffffffffffffffffff", "ten", "", None])
def test_what_is_no_process_id_links_nothing(pid: object) -> None:
    frame = pl.DataFrame({"time": TIMES, "pid": [pid, pid], "ppid": [1, 2]}, strict=False)
    tree = process_tree(frame)
    assert tree["inferred"].sum() == 2
    assert tree["process_key"].n_unique() == 4


@pytest.mark.parametrize("moment", [
    "2026-01-05T09:00:00Z", "2026-01-05 09:00:00.0000000", "2026-01-05T10:00:00.000+01:00", "1/5/2026, 9:00:00.000 AM",
    1767603600, 1767603600.0, 1767603600000, 1767603600000000, datetime(2026, 1, 5, 9),  # noqa: DTZ001
])  # fmt: skip
def test_every_way_to_write_a_time(moment: object) -> None:
    tree = process_tree(pl.DataFrame({"time": [moment], "pid": [10], "ppid": [0]}))
    assert tree["process_key"].to_list() == ["/10@1767603600000000"]
