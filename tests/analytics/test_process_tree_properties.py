"""Whatever the records say: nothing is lost, every chain ends at its root, and what can be known is found."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from huntbook.analytics.process_tree import process_tree

if TYPE_CHECKING:
    import random

SECOND = 1_000_000
Row = dict[str, Any]
KINDS = {
    "time": pl.Int64, "host": pl.String, "parent": pl.Int64, "ppid": pl.Int64, "ParentImage": pl.String,
    "pid": pl.Int64, "image": pl.String, "number": pl.Int64,
}  # fmt: skip


def forest(chance: random.Random, processes: int, hosts: int, ids: int) -> list[Row]:
    """Start and end processes at random on several hosts; with few ids they are used again after their process ends."""
    alive: list[dict[int, tuple[int, str]]] = [{} for _ in range(hosts)]
    rows: list[Row] = []
    now = 1_767_603_600 * SECOND
    for number in range(processes):
        now += chance.choice([0, 1, 1000, 3 * SECOND])
        host = chance.randrange(hosts)
        here = alive[host]
        if here and (len(here) >= ids or chance.random() < 0.3):
            del here[chance.choice(sorted(here))]
            now += 2 * SECOND  # a clock this far out of order would be borne: an id comes back later than that
        parent = chance.choice([None, *sorted(here)])
        row = {"time": now, "host": f"H{host}", "parent": None, "ppid": 0, "ParentImage": None}
        if parent is not None:
            row |= {"parent": here[parent][0], "ppid": parent, "ParentImage": here[parent][1]}
        pid = chance.choice([free for free in range(1, ids + 2) if free not in here]) if ids < processes else number + 1
        image = f"/bin/{chance.choice('abc')}"
        here[pid] = (number, image)
        rows.append({**row, "pid": pid, "image": image, "number": number})
    return rows


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(1, 3), st.integers(2, 12), st.booleans(), st.randoms())
def test_forests_are_found_exactly(processes: int, hosts: int, ids: int, images: bool, chance: random.Random) -> None:
    rows = forest(chance, processes, hosts, ids)
    chance.shuffle(rows)
    frame = pl.DataFrame(rows, schema=KINDS)
    tree = process_tree(frame if images else frame.drop("ParentImage"))
    assert tree.height == frame.height
    key_of = dict(zip(tree["number"], tree["process_key"], strict=True))
    assert tree["parent_key"].to_list() == [None if p is None else key_of[p] for p in tree["parent"]]


@settings(max_examples=30, deadline=None)
@given(st.randoms(), st.integers(2, 60), st.sets(st.integers(0, 59), max_size=20))
def test_a_lost_record_changes_no_link_between_the_others(
    chance: random.Random, processes: int, lost: set[int]
) -> None:
    rows = [row for row in forest(chance, processes, 2, processes) if row["number"] not in lost]
    frame = pl.DataFrame(rows, schema=KINDS)
    tree = process_tree(frame)
    key_of = dict(zip(tree["number"], tree["process_key"], strict=True))
    inferred = set(tree.filter("inferred")["process_key"])
    for row in tree.head(frame.height).iter_rows(named=True):
        if row["parent"] is None:
            assert row["parent_key"] is None
        elif row["parent"] in key_of:
            assert row["parent_key"] == key_of[row["parent"]]
        else:
            assert row["parent_key"] in inferred


ID = st.one_of(st.none(), st.integers(0, 4))
GUID = st.one_of(st.none(), st.sampled_from(["a", "b", "c", "-"]))
HOSTILE = st.fixed_dictionaries(
    {
        "time": st.one_of(st.none(), st.integers(0, 5).map(lambda tick: (1_767_603_600 + tick) * SECOND)),
        "pid": ID, "ppid": ID, "guid": GUID, "parent_guid": GUID,
        "host": st.sampled_from(["a", "A", "a.example", "b", None, ""]),
        "image": st.sampled_from(["x", "/bin/X", None, "y", '" \\/']),
        "ParentImage": st.sampled_from(["x", None, "y"]),
        "terminated": st.one_of(st.none(), st.integers(1_767_603_600, 1_767_603_605).map(lambda second: second * SECOND)),
    }
)  # fmt: skip


HOSTILE_KINDS = {
    **dict.fromkeys(("time", "pid", "ppid", "terminated"), pl.Int64),
    **dict.fromkeys(("guid", "parent_guid", "host", "image", "ParentImage"), pl.String),
}


@settings(max_examples=200, deadline=None)
@given(st.lists(HOSTILE, max_size=25))
def test_any_records_make_a_forest_and_lose_nothing(rows: list[Row]) -> None:
    frame = pl.DataFrame(rows, schema=HOSTILE_KINDS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = process_tree(frame)
    assert tree.head(frame.height).select(frame.columns).equals(frame)
    nodes: dict[str, Row] = {row["process_key"]: row for row in tree.iter_rows(named=True) if row["process_key"]}
    for row in nodes.values():
        steps, node = 0, row
        while node["parent_key"] is not None:
            assert node["parent_key"].split("/")[0] == node["process_key"].split("/")[0]  # of one host
            node, steps = nodes[node["parent_key"]], steps + 1
            assert steps <= len(nodes)
        assert (node["process_key"], steps) == (row["root_key"], row["depth"])
    unseen = tree.filter("inferred")
    assert unseen["process_key"].n_unique() == unseen.height
    assert set(unseen["process_key"]) <= set(tree["parent_key"])
