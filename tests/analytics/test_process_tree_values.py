"""The many ways in which exports write process ids and times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from huntbook.analytics.process_tree import process_tree
from huntbook.errors import ParameterError

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


def test_categories_are_text() -> None:
    text = pl.DataFrame(
        {"time": ["2026-01-05 09:00:00"] * 2, "pid": ["10", "0xb"], "ppid": ["4", "10"], "image": ["a", "b"]}
    )
    tree = process_tree(text.cast(pl.Categorical))
    assert tree["process_key"].to_list() == process_tree(text)["process_key"].to_list()
    assert tree["depth"].to_list() == [1, 2, 0]


@pytest.mark.parametrize("name", ["pid", "ppid", "time"])
@pytest.mark.parametrize("cell", [[1], {"a": 1}, b"1"], ids=["list", "struct", "bytes"])
def test_a_column_that_can_hold_neither_ids_nor_times_is_refused(name: str, cell: object) -> None:
    frame = pl.DataFrame({"time": TIMES, "pid": [10, 11], "ppid": [4, 10]}).with_columns(pl.Series(name, [cell, cell]))
    with pytest.raises(ParameterError, match=f"'{name}'"):
        process_tree(frame)


def test_a_column_that_holds_none_is_passed_over_where_another_does() -> None:
    frame = pl.DataFrame(
        {"start_time": [["x"], ["y"]], "time": TIMES, "pid": [10, 11], "ppid": [4, 10], "image": [[1], [2]]}
    )
    assert process_tree(frame)["depth"].to_list() == [1, 2, 0]


def test_a_parent_that_was_not_recorded_is_shown_in_the_types_of_the_columns() -> None:
    frame = pl.DataFrame(
        {"time": TIMES, "pid": ["10", "11"], "ppid": [4, 10], "ParentImage": [["x"], ["y"]], "image": ["a", "b"]}
    )
    tree = process_tree(frame.with_columns(pl.col("pid").cast(pl.Categorical)))
    assert tree["pid"].cast(pl.String).to_list() == ["10", "11", "4"]
    assert tree["image"].to_list() == ["a", "b", None]


def test_no_name_of_a_column_is_in_the_way() -> None:
    names = ["\0row", "row", "order", "level", "child", "first", "number", "parent", "start", "at"]
    frame = pl.DataFrame({"time": TIMES, "pid": [10, 11], "ppid": [4, 10], **dict.fromkeys(names, 5)})
    tree = process_tree(frame)
    assert tree["depth"].to_list() == [1, 2, 0]
    assert tree.head(2).select(frame.columns).equals(frame)


def test_an_answer_that_went_through_a_text_file_is_computed_anew() -> None:
    tree = process_tree(pl.DataFrame({"time": TIMES, "pid": [10, 11], "ppid": [4, 10]}))
    for inferred in (pl.String, pl.Int8):
        again = process_tree(tree.with_columns(pl.col("inferred").cast(inferred)))
        assert again["process_key"].to_list() == tree["process_key"].to_list()
