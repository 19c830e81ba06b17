"""The rows of the picture in the order in which they stand below one another: hosts, and under each its processes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from huntbook.analytics._process_tree.families import candidates
from huntbook.analytics._process_tree.starts import read_shown
from huntbook.analytics._process_tree.values import host_codes
from huntbook.plots._theme import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from huntbook.analytics._process_tree.families import Chosen
    from huntbook.plots._process_tree.marks import Marks

MOST = 250_000  # processes in one page; beyond that a browser takes seconds to unpack them
_BROKERS = re.compile(r"(^|[\\/])(services\.exe|svchost\.exe|explorer\.exe|wininit\.exe|systemd|init|launchd|crond?)$")


@dataclass(frozen=True)
class Nodes:
    """The rows in preorder: a row's descendants follow it, with greater depth.

    Attributes:
        frame: for each row `process_key`, `host`, `time` (microseconds, UTC), `pid`, `user`, `image`, `command_line`,
            `inferred`, `records` and the extra columns; of a row that stands for a host only `host` is filled.
        depth: of each row; hosts have 0 where there are any.
        marks: of marked rows, by row number.
        lost: processes that had to be left out, and marks of processes that are not in the table.
    """

    frame: pl.DataFrame
    depth: list[int]
    marks: Marks
    lost: tuple[int, int] = (0, 0)

    @cached_property
    def is_host(self) -> list[bool]:
        """Tell the rows that stand for hosts."""
        return self.frame["process_key"].is_null().to_list()

    @cached_property
    def marked(self) -> list[int]:
        """Give the numbers of the marked rows, in order."""
        keys = self.frame["process_key"].to_list()
        return [number for number, key in enumerate(keys) if key in self.marks]

    @cached_property
    def brokers(self) -> list[int]:
        """Give the numbers of the marked rows that start programs for everybody: what they started tells nothing."""
        images = self.frame["image"].to_list()
        return [number for number in self.marked if _BROKERS.search((images[number] or "").lower())]

    @cached_property
    def parent(self) -> list[int]:
        """Give each row's parent, -1 at the top."""
        latest = {-1: -1}  # by depth; what is deeper is never asked for before it is set anew
        parents = []
        for number, depth in enumerate(self.depth):
            parents.append(latest[depth - 1])
            latest[depth] = number
        return parents

    @cached_property
    def end(self) -> list[int]:
        """Give the number of the first row that is not below each row."""
        ends, parents = list(range(1, len(self.depth) + 1)), self.parent
        for number in range(len(ends) - 1, -1, -1):
            above = parents[number]
            if above >= 0 and ends[above] < ends[number]:
                ends[above] = ends[number]
        return ends


def read_nodes(tree: pl.DataFrame, marks: Marks, chosen: Chosen, extra: Iterable[str] = ()) -> Nodes:
    """Read the processes of a tree, each once, and put them in order: by host, then by time under each parent."""
    processes = _processes(tree, chosen, list(extra))
    named = processes["host"] != ""
    order, depth = _preorder(processes)
    ordered = processes[order].with_columns(depth=pl.Series(depth, dtype=pl.Int32))
    unknown = len(marks.keys() - set(ordered["process_key"]))
    kept, left_out = _limited(ordered, marks)
    frame = _with_hosts(kept, marks) if named.any() else kept
    return Nodes(frame.drop("depth"), frame["depth"].to_list(), marks, (left_out, unknown))


def _processes(tree: pl.DataFrame, chosen: Chosen, extra: list[str]) -> pl.DataFrame:
    """One row for each process, with what is shown of it, and `parent`, the row of its parent."""
    shown = read_shown(tree, candidates(tree, chosen))
    codes, names = host_codes(shown["host"])
    shown = shown.with_columns(host=names.gather(codes))
    keys = tree.select("process_key", "parent_key", "inferred", *extra).with_row_index("row").drop_nulls("process_key")
    # Of several records of one start the one of the later family says more: Sysmon's more than event 4688.
    records = keys.join(shown, on="row", how="left").sort("family", "row", descending=[True, False])
    counts = keys.group_by("process_key").agg(records=pl.len())
    frame = records.unique("process_key", keep="first", maintain_order=True).join(counts, on="process_key").sort("row")
    frame = frame.with_row_index("node")
    places = frame.select(parent_key="process_key", parent="node")
    return frame.join(places, on="parent_key", how="left", maintain_order="left").with_columns(
        pl.col("host").fill_null("")
    )


def _preorder(processes: pl.DataFrame) -> tuple[list[int], list[int]]:
    """Give the processes in the order of their rows, and their depths: siblings by time, the children of each below it.

    A parent without a time stands where its first child does. A table that was changed by hand may run in circles:
    what no root leads to starts at its first process.
    """
    earliest = processes.group_by(node="parent").agg(earliest=pl.col("time").min()).drop_nulls("node")
    moments = processes.select("node", "parent", "host", "time").join(earliest, on="node", how="left")
    moments = moments.sort("host", pl.coalesce("time", "earliest"), "node", nulls_last=True).reverse()
    children: dict[int | None, list[int]] = {}
    for node, parent in moments.select("node", "parent").iter_rows():
        children.setdefault(parent, []).append(node)
    depths = [0] * processes.height
    order = _walk(children, depths, children.pop(None, []))
    reached = set(order) if len(order) < processes.height else range(processes.height)
    missing = dict.fromkeys(node for node in range(processes.height) if node not in reached)
    while missing:
        start = next(iter(missing))
        children[processes["parent"][start]].remove(start)
        walked = _walk(children, depths, [start])
        order += walked
        for node in walked:
            del missing[node]
    return order, [depths[node] for node in order]


def _walk(children: dict[int | None, list[int]], depths: list[int], waiting: list[int]) -> list[int]:
    """Walk down from the last of `waiting`, without recursion; each process is taken from `children` once."""
    order = []
    while waiting:
        node = waiting.pop()
        order.append(node)
        below = children.pop(node, None)
        if below:
            depth = depths[node] + 1
            for child in below:
                depths[child] = depth
            waiting += below
    return order


def _limited(ordered: pl.DataFrame, marks: Marks) -> tuple[pl.DataFrame, int]:
    """Leave out what is more than `MOST` processes, from the end; trees with marks are counted first."""
    if ordered.height <= MOST:
        return ordered, 0
    trees = ordered.with_row_index("place").with_columns(tree=(pl.col("depth") == 0).cum_sum())
    plain = (~pl.col("process_key").is_in(list(marks))).all().over("tree")
    kept = trees.sort(plain, "place").head(MOST).sort("place").drop("place", "tree")
    return kept, ordered.height - kept.height


def _with_hosts(ordered: pl.DataFrame, marks: Marks) -> pl.DataFrame:
    """Put a row for each host above its trees, those with the gravest marks first, and number the depths anew."""
    # A tree stays whole under the host of its root, even if the table was changed by hand and it crosses hosts.
    group = pl.col("host").first().over((pl.col("depth") == 0).cum_sum())
    below = ordered.with_columns(pl.col("depth") + 1, group=group)
    # A process with a severe mark outweighs any number with slighter ones.
    weights = {key: 1000.0 ** -SEVERITIES.index(found[0].severity) for key, found in marks.items()}
    weight = pl.col("process_key").replace_strict(weights, default=0.0, return_dtype=pl.Float64)
    hosts = below.group_by("group", maintain_order=True).agg(weight=weight.sum())
    hosts = hosts.sort("weight", "group", descending=[True, False])
    place = hosts.select("group", place=pl.int_range(pl.len()))
    heads = hosts.select("group", host="group", depth=pl.lit(0, pl.Int32))
    together = pl.concat([heads, below], how="diagonal").join(place, on="group", maintain_order="left")
    return together.sort("place", maintain_order=True).select(ordered.columns)
