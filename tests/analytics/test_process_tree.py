"""Who started whom: each kind of record, and each way in which records mislead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from huntbook.analytics.process_tree import process_tree
from huntbook.errors import ColumnMissing, ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
Row = dict[str, Any]


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def plain(seconds: float, pid: int, ppid: int, image: str | None = None, **more: object) -> Row:
    return {"time": at(seconds), "pid": pid, "ppid": ppid, "image": image, **more}


def links(tree: pl.DataFrame) -> list[int | None]:
    """For each row the number of its parent's row."""
    keys = tree["process_key"].to_list()
    return [None if parent is None else keys.index(parent) for parent in tree["parent_key"]]


def sysmon(seconds: float, ids: tuple[str | None, int], parent: tuple[str | None, int]) -> Row:
    return {
        "UtcTime": f"{at(seconds):%Y-%m-%d %H:%M:%S.%f}",
        "ProcessGuid": ids[0],
        "ProcessId": ids[1],
        "ParentProcessGuid": parent[0],
        "ParentProcessId": parent[1],
    }


def test_sysmon_links_by_guid_though_the_process_id_was_used_again() -> None:
    events = [
        sysmon(0, ("{A}", 10), ("{0}", 4)),
        sysmon(5, ("{B}", 10), ("{0}", 4)),
        sysmon(6, ("{C}", 11), ("{a}", 10)),
    ]
    tree = process_tree(pl.DataFrame(events))
    assert links(tree)[2] == 0
    assert tree["process_key"][0] == "/a"


def test_a_row_without_guid_is_linked_by_process_id() -> None:
    events = [sysmon(0, ("{A}", 10), (None, 0)), sysmon(1, ("{B}", 11), (None, 10)), sysmon(2, (None, 12), ("{B}", 11))]
    assert links(process_tree(pl.DataFrame(events))) == [None, 0, 1]


def test_a_child_with_a_guid_is_not_linked_to_another_process_of_the_same_id() -> None:
    first, lost, child = (f"39e4a257-{second}-5f92-7117-000000000700" for second in ("79fb", "79ed", "8000"))
    tree = process_tree(pl.DataFrame([sysmon(0, (first, 10), (None, 0)), sysmon(1, (child, 11), (lost, 10))]))
    assert links(tree) == [None, 2, None]
    assert tree["process_key"][2] == f"/{lost}"


def test_a_guid_that_ends_differently_in_the_childs_record_is_the_same_process() -> None:
    """Sysmon does so on some systems: machine and second of start agree, the token's number does not."""
    mine, told = "{e2c04bb9-08d0-60c4-5d60-400100000000}", "{e2c04bb9-08d0-60c4-8309-000000000300}"
    events = [sysmon(0, (mine, 7444), (None, 0)), sysmon(0.01, (None, 1588), (told, 7444))]
    assert links(process_tree(pl.DataFrame(events))) == [None, 0]


def security(seconds: float, new: str, creator: str, **more: object) -> Row:
    return {"TimeGenerated": at(seconds), "Computer": "WS01", "NewProcessId": new, "ProcessId": creator, **more}


def test_4688_reads_hexadecimal_ids_and_the_creators_name() -> None:
    events = [
        security(0, "0x1f4", "0x4", NewProcessName=r"C:\Windows\explorer.exe", ParentProcessName=None),
        security(
            1,
            "0x3E8",
            "0x1F4",
            NewProcessName=r"C:\Windows\System32\cmd.exe",
            ParentProcessName=r"C:\WINDOWS\Explorer.EXE",
        ),
        security(2, "0x5dc", "0x3e8", NewProcessName=r"C:\a.exe", ParentProcessName=r"C:\Windows\System32\cmd.exe"),
    ]
    tree = process_tree(pl.DataFrame(events))
    assert links(tree) == [3, 0, 1, None]
    assert tree["depth"].to_list() == [1, 2, 3, 0]
    assert tree["root_key"].n_unique() == 1
    assert tree.row(3, named=True)["NewProcessId"] == "0x4"


def test_defender_links_by_creation_time_and_tells_of_the_grandparent() -> None:
    def event(pid: int, born: float, parent: tuple[int, float, str], grand: tuple[int, float, str]) -> Row:
        return {
            "Timestamp": at(born + 3), "DeviceName": "ws01.corp.example", "ActionType": "ProcessCreated",
            "ProcessId": pid, "ProcessCreationTime": at(born), "FileName": f"p{pid}.exe", "ProcessCommandLine": f"p{pid} -x",
            "InitiatingProcessId": parent[0], "InitiatingProcessCreationTime": at(parent[1]),
            "InitiatingProcessFileName": parent[2], "InitiatingProcessCommandLine": f"{parent[2]} -y",
            "InitiatingProcessParentId": grand[0], "InitiatingProcessParentCreationTime": at(grand[1]),
            "InitiatingProcessParentFileName": grand[2],
        }  # fmt: skip

    events = [
        event(10, 0, (5, -50, "shell.exe"), (1, -90, "init.exe")),
        event(10, 8, (5, -50, "shell.exe"), (1, -90, "init.exe")),
        event(11, 9, (10, 0, "p10.exe"), (5, -50, "shell.exe")),
        event(12, 10, (7, -20, "lost.exe"), (10, 8, "p10.exe")),
    ]
    tree = process_tree(pl.DataFrame(events))
    rows = tree.rows(named=True)
    assert links(tree) == [4, 4, 0, 5, 6, 1, None]
    assert [row["FileName"] for row in rows[4:]] == ["shell.exe", "lost.exe", "init.exe"]
    assert rows[4]["ProcessCommandLine"] == "shell.exe -y"
    assert rows[4]["InitiatingProcessId"] == 1
    assert rows[4]["ProcessCreationTime"] == at(-50)
    assert rows[6]["depth"] == 0
    assert tree["inferred"].to_list() == [False] * 4 + [True] * 3


def test_asim_columns() -> None:
    events = [
        {"TimeGenerated": at(s), "EventType": "ProcessCreated", "DvcHostname": "ws01", "TargetProcessId": str(pid), "TargetProcessName": image,
         "ActingProcessId": str(ppid), "ActingProcessName": parent, "TargetProcessCommandLine": ""}
        for s, pid, image, ppid, parent in [(0, 10, "/bin/bash", 1, "/sbin/init"), (1, 11, "/bin/ls", 10, "/usr/bin/bash")]
    ]  # fmt: skip
    tree = process_tree(pl.DataFrame(events))
    assert links(tree) == [2, 0, None]
    assert tree["TargetProcessName"][2] == "/sbin/init"


def test_auditd_uses_the_records_that_start_a_program() -> None:
    events = [
        {
            "TimeGenerated": at(0),
            "Computer": "web",
            "syscall": "execve",
            "pid": 10,
            "ppid": 1,
            "exe": "/bin/bash",
            "comm": "bash",
            "cmd": "bash",
        },
        {
            "TimeGenerated": at(1),
            "Computer": "web",
            "syscall": "connect",
            "pid": 10,
            "ppid": 1,
            "exe": "/bin/bash",
            "comm": "bash",
            "cmd": None,
        },
        {
            "TimeGenerated": at(2),
            "Computer": "web",
            "syscall": "59",
            "pid": 11,
            "ppid": 10,
            "exe": "/bin/id",
            "comm": "id",
            "cmd": "id",
        },
    ]
    tree = process_tree(pl.DataFrame(events))
    assert tree.height == 4
    assert tree.row(1, named=True)["process_key"] is None
    assert tree["parent_key"][2] == tree["process_key"][0]


def test_named_columns_override_recognition() -> None:
    events = [
        {
            "when": "2026-01-05T09:00:00+01:00",
            "a": "10",
            "b": "1",
            "box": "x",
            "ProcessId": 1,
            "ParentProcessId": 2,
            "time": 0,
        },
        {
            "when": "2026-01-05T08:00:01Z",
            "a": "11",
            "b": "10",
            "box": "X",
            "ProcessId": 1,
            "ParentProcessId": 2,
            "time": 0,
        },
    ]
    tree = process_tree(pl.DataFrame(events), time="when", pid="a", parent_pid="b", host="box")
    assert links(tree) == [2, 0, None]
    assert tree["a"][2] == "1"


def test_a_table_of_something_else_is_refused_with_what_was_expected() -> None:
    with pytest.raises(ColumnMissing, match=r"pid \(ProcessId.*parent_pid.*time"):
        process_tree(pl.DataFrame({"a": [1]}))
    with pytest.raises(ColumnMissing, match="'when'"):
        process_tree(pl.DataFrame([plain(0, 1, 2)]), time="when")


SPELLINGS = {
    "4688": ("Computer", "TimeGenerated", "NewProcessId", "ProcessId"),
    "Sysmon": ("Computer", "UtcTime", "ProcessId", "ParentProcessId"),
    "auditd": ("Computer", "TimeGenerated", "pid", "ppid"),
    "ASIM": ("DvcHostname", "TimeGenerated", "TargetProcessId", "ActingProcessId"),
    "Defender": ("DeviceName", "ProcessCreationTime", "ProcessId", "InitiatingProcessId"),
    "plain": ("host", "time", "pid", "parent_pid"),
}


@pytest.mark.parametrize("kind", SPELLINGS)
def test_hosts_are_never_mixed(kind: str) -> None:
    """The same ids, times and images on two hosts: neither a parent nor a key is ever the other host's."""
    cells = [
        ("ws01", at(0), 10, 0),
        ("ws02", at(0), 10, 0),
        ("WS01", at(1), 11, 10),
        ("ws02", at(1), 11, 10),
        ("ws03", at(2), 12, 10),
    ]
    frame = pl.DataFrame(cells, schema=SPELLINGS[kind], orient="row")
    if kind == "Defender":
        frame = frame.with_columns(InitiatingProcessCreationTime=pl.lit(at(0)))
    tree = process_tree(frame)
    assert links(tree) == [None, None, 0, 1, 5, None]
    assert tree["process_key"].n_unique() == 6
    assert tree[SPELLINGS[kind][0]][5] == "ws03"


def test_a_guid_on_another_host_is_another_process() -> None:
    events = [
        {**sysmon(0, ("{A}", 10), (None, 0)), "Computer": "ws01"},
        {**sysmon(1, ("{B}", 11), ("{A}", 10)), "Computer": "ws02"},
    ]
    assert links(process_tree(pl.DataFrame(events))) == [None, 2, None]


def test_a_short_name_is_the_host_of_the_only_full_name_that_fits() -> None:
    rows = [plain(0, 10, 0, host="ws01.corp.example"), plain(1, 11, 10, host="WS01")]
    assert links(process_tree(pl.DataFrame(rows))) == [None, 0]
    rows = [plain(0, 10, 0, host="dc.a.example"), plain(0, 10, 0, host="dc.b.example"), plain(1, 11, 10, host="dc")]
    assert links(process_tree(pl.DataFrame(rows))) == [None, None, 3, None]
    rows = [plain(0, 10, 0, host="192.0.2.7"), plain(1, 11, 10, host="192.0.2.8"), plain(1, 11, 10, host="192")]
    assert links(process_tree(pl.DataFrame(rows)))[1:3] == [3, 4]


def test_a_process_id_used_again_belongs_to_the_latest_process_before_the_child() -> None:
    rows = [plain(0, 10, 0), plain(5, 11, 10), plain(9, 10, 0), plain(12, 12, 10), plain(6, 13, 10)]
    assert links(process_tree(pl.DataFrame(rows))) == [None, 0, None, 2, 0]


def test_a_candidate_with_another_image_than_the_recorded_one_is_passed_over() -> None:
    rows = [
        plain(0, 10, 0, "cmd.exe", ParentImage=None),
        plain(5, 10, 0, "calc.exe", ParentImage=None),
        plain(9, 11, 10, "net.exe", ParentImage=r"C:\Windows\cmd.exe"),
        plain(9, 12, 10, "net.exe", ParentImage=r"C:\Windows\winword.exe"),
    ]
    tree = process_tree(pl.DataFrame(rows))
    assert links(tree) == [None, None, 0, 4, None]
    assert tree["image"][4] == r"C:\Windows\winword.exe"


def test_a_process_that_had_ended_is_no_parent() -> None:
    rows = [plain(0, 10, 0, terminated=at(3)), plain(2, 11, 10, terminated=None), plain(60, 12, 10, terminated=None)]
    assert links(process_tree(pl.DataFrame(rows))) == [None, 0, 3, None]


def test_equal_times_and_a_little_disorder_are_borne() -> None:
    rows = [
        plain(0, 11, 10),
        plain(0, 10, 0),
        plain(10, 21, 20),
        plain(10.4, 20, 0),
        plain(20, 31, 30),
        plain(25, 30, 0),
    ]
    assert links(process_tree(pl.DataFrame(rows))) == [1, None, 3, None, 6, None, None]


def test_siblings_meet_at_the_parent_that_was_never_recorded() -> None:
    rows = [
        plain(0, 11, 10, "x.exe", ParentImage="a.exe", ParentCommandLine="a -1"),
        plain(1, 12, 10, ParentImage=r"C:\A.EXE", ParentCommandLine="a -1"),
        plain(2, 13, 10, ParentImage="b.exe", ParentCommandLine=None),
        plain(3, 14, 0, ParentImage=None, ParentCommandLine=None),
    ]
    tree = process_tree(pl.DataFrame(rows).with_columns(CommandLine=pl.lit("x")))
    assert links(tree) == [4, 4, 5, None, None, None]
    parent = tree.row(4, named=True)
    assert (parent["pid"], parent["image"], parent["CommandLine"], parent["time"]) == (10, "a.exe", "a -1", None)


def test_unseen_parents_with_a_recorded_namesake_between_them_are_two() -> None:
    rows = [
        plain(0, 11, 10, ParentImage="a.exe"),
        plain(5, 10, 0, "b.exe", ParentImage=None),
        plain(9, 12, 10, ParentImage="a.exe"),
    ]
    assert links(process_tree(pl.DataFrame(rows))) == [3, None, 4, None, None]


def test_the_same_event_twice_is_one_process() -> None:
    rows = [
        plain(0, 10, 0, "a"),
        plain(0, 10, 0, "a"),
        plain(1, 11, 10, "b"),
        plain(1, 12, 0, "c"),
        plain(1, 12, 0, "d"),
    ]
    tree = process_tree(pl.DataFrame(rows))
    assert tree["process_key"][0] == tree["process_key"][1]
    assert links(tree)[2] == 0
    assert tree["process_key"][3] != tree["process_key"][4]


def test_one_start_recorded_by_sysmon_and_as_4688_is_one_process() -> None:
    blank: Row = {
        "ProcessGuid": None,
        "ParentProcessId": None,
        "ParentProcessGuid": None,
        "Image": None,
        "NewProcessId": None,
        "NewProcessName": None,
    }
    rows = [
        {**blank, "EventID": 1, "TimeCreated": at(0.003), "ProcessId": "500", "ParentProcessId": "4", "ProcessGuid": "{A}", "Image": r"C:\cmd.exe"},
        {**blank, "EventID": 4688, "TimeCreated": at(0), "ProcessId": "0x4", "NewProcessId": "0x1f4", "NewProcessName": r"C:\cmd.exe"},
        {**blank, "EventID": 1, "TimeCreated": at(1), "ProcessId": "600", "ParentProcessId": "500", "ParentProcessGuid": "{A}", "ProcessGuid": "{B}"},
        {**blank, "EventID": 4688, "TimeCreated": at(2), "ProcessId": "0x1f4", "NewProcessId": "0x2bc"},
        {**blank, "EventID": 3, "TimeCreated": at(3), "ProcessId": "500", "ProcessGuid": "{A}"},
    ]  # fmt: skip
    tree = process_tree(pl.DataFrame(rows, infer_schema_length=None))
    keys = tree["process_key"].to_list()
    assert keys[0] == keys[1] == "/a"
    assert tree["parent_key"].to_list()[2:5] == ["/a", "/a", None]
    assert keys[4] is None
    assert tree["inferred"].sum() == 1


KINDS: list[Callable[[list[Row]], Any]] = [pl.DataFrame, pl.LazyFrame, pd.DataFrame, pa.Table.from_pylist, list]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_kind_of_table_comes_back(kind: Callable[[list[Row]], Any]) -> None:
    given = kind([plain(0, 10, 0, "a"), plain(1, 11, 10, "b")])
    tree = process_tree(given)
    assert isinstance(tree, pl.DataFrame if kind is list else type(given))
    assert len(tree.collect() if isinstance(tree, pl.LazyFrame) else tree) == 2


def test_rows_and_columns_are_kept_in_order_and_the_answer_can_be_computed_anew() -> None:
    frame = pl.DataFrame([plain(3, 12, 11, note="x"), plain(0, 10, 9, note="y"), plain(1, 11, 10, note="z")])
    tree = process_tree(frame)
    assert tree.head(3).select(frame.columns).equals(frame)
    assert process_tree(tree).equals(tree)
    with pytest.raises(ParameterError, match="'depth'"):
        process_tree(frame.with_columns(depth=1))


def test_empty_tables_and_rows_without_ids() -> None:
    frame = pl.DataFrame([plain(0, 10, 0)])
    assert process_tree(frame.clear()).height == 0
    rows = [
        {"time": at(0), "pid": None, "ppid": None},
        {"time": at(0), "pid": None, "ppid": 10},
        {"time": None, "pid": 10, "ppid": 0},
    ]
    tree = process_tree(pl.DataFrame(rows, schema_overrides={"pid": pl.Int64}))
    assert links(tree.slice(1)) == [1, None]
    assert tree["process_key"][0] is None


def test_a_normalised_view_shows_sysmon_and_security_records_of_one_start_as_one_process() -> None:
    common = {"DvcHostname": "WS01", "TargetProcessId": "5080", "ActingProcessId": "7196"}
    rows = [
        {
            **common,
            "TimeGenerated": "2026-01-05T09:00:00.259Z",
            "TargetProcessGuid": "{aa-1}",
            "TargetProcessName": "C:\\Windows\\system32\\cmd.exe",
        },
        {
            **common,
            "TimeGenerated": "2026-01-05T09:00:00.254Z",
            "TargetProcessGuid": None,
            "TargetProcessName": "C:\\Windows\\System32\\cmd.exe",
        },
        {
            **common,
            "TimeGenerated": "2026-01-05T09:30:00.000Z",
            "TargetProcessGuid": None,
            "TargetProcessName": "C:\\Windows\\System32\\cmd.exe",
        },
    ]
    keys = process_tree(rows)["process_key"].to_list()[:3]
    assert keys[0] == keys[1]
    assert keys[2] != keys[0]
