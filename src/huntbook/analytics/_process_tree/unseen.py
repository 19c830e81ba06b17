"""Parents that were never recorded: one process for each, with what its children's records say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from huntbook.analytics._process_tree.links import link
from huntbook.analytics._process_tree.values import text

if TYPE_CHECKING:
    from huntbook.analytics._process_tree.families import Reading
    from huntbook.analytics._process_tree.links import Links

_KNOWN = ("pid", "guid", "name", "time")
_SAME = ("p_pid", "p_time", "p_name", "latest")


class Household(NamedTuple):
    """All processes, recorded ones first, and the number of each one's parent, null where there is none.

    `level` is 0 for a recorded process, 1 for one that a child's record tells of, 2 for one of a grandchild's record;
    for the latter two `row` is the row of the record that tells.
    """

    processes: pl.DataFrame
    parent: pl.Series


def complete(processes: pl.DataFrame) -> Household:
    """Link the recorded processes, and add their parents, and the parents of those, that are only told of."""
    recorded = processes.with_columns(level=pl.lit(0, pl.UInt8))
    links = link(recorded, recorded)
    told = _told(recorded, links, level=1)
    home = _with_told(recorded, links.parent, told, first_child=0)
    if not told.select(pl.any_horizontal(pl.col("p_pid", "p_guid").is_not_null().any())).item():
        return home
    # A child's record may tell of its grandparent too: the parents just added look for theirs among all.
    told = told.drop("child")
    links = link(told, home.processes)
    parent = home.parent.head(recorded.height).append(links.parent)
    return _with_told(home.processes, parent, _told(told, links, level=2), first_child=recorded.height)


def _told(children: pl.DataFrame, links: Links, *, level: int) -> pl.DataFrame:
    """Give the distinct parents that are told of and not there, in the order of their first child.

    `latest` keeps two apart that had the same id and image, with a recorded process of that id between them.
    """
    there = pl.col("p_guid").is_not_null() | (pl.col("p_pid") != 0)  # id 0 says that there is no parent
    orphans = children.with_columns(links.parent.alias("parent"), links.latest.alias("latest")).with_row_index("child")
    orphans = orphans.filter(pl.col("parent").is_null() & there)
    by_id = [pl.when(pl.col("p_guid").is_null()).then(name).alias(f"={name}") for name in _SAME]
    firsts = [pl.col(name).first() for name in children.columns if name not in {"at", "child", "host"}]
    told = orphans.group_by("host", pl.col("p_guid").alias("=p_guid"), *by_id, maintain_order=True).agg(
        pl.col("at").min(), "child", *firsts
    )
    return told.select(
        "row",
        "family",
        "host",
        "child",
        pl.coalesce("p_time", "at").alias("at"),
        pl.lit(None, pl.Int64).alias("end"),
        pl.lit(level, pl.UInt8).alias("level"),
        *(pl.col(f"p_{name}").alias(name) for name in _KNOWN),
        *(pl.col(f"g_{name}").alias(f"p_{name}") for name in _KNOWN),
        *(pl.lit(None, children.schema[f"g_{name}"]).alias(f"g_{name}") for name in _KNOWN),
    )


def _with_told(processes: pl.DataFrame, parent: pl.Series, told: pl.DataFrame, *, first_child: int) -> Household:
    """Append the parents told of, and link the children, which start at number `first_child`, to them."""
    if not told.height:
        return Household(processes, parent)
    numbers = pl.int_range(processes.height, processes.height + told.height, dtype=pl.UInt32, eager=True)
    pairs = told.select("child", number=numbers).explode("child")
    parent = parent.scatter(pairs["child"] + first_child, pairs["number"])
    nobody = pl.Series([None], dtype=pl.UInt32).new_from_index(0, told.height)
    everyone = pl.concat([processes, told.select(processes.columns)])
    return Household(everyone, pl.concat([parent, nobody]))


def unseen_rows(table: pl.DataFrame, processes: pl.DataFrame, readings: list[Reading]) -> pl.DataFrame:
    """Make rows of the table for the processes that were not recorded, empty but for what is told of them."""
    told = processes.filter(pl.col("level") > 0).with_row_index("order")
    parts, orders = [table.clear()], [told["order"].clear()]
    for (family, level), share in told.group_by("family", "level"):
        reading = readings[int(str(family))]
        cells = {**{name: name for name in reading.host}, **_cells(reading, int(str(level)))}
        records = table[share["row"]]
        parts.append(pl.DataFrame([_cell(records, name, cells.get(name)) for name in table.columns]))
        orders.append(share["order"])
    return pl.concat(parts)[pl.concat(orders).arg_sort()]


def _cell(records: pl.DataFrame, name: str, source: str | None) -> pl.Series:
    """Give a column of the row as another column tells of it; empty, if none does or if the types do not go together."""
    kind = records.schema[name]
    nothing = pl.Series(name, [None], dtype=kind).new_from_index(0, records.height)
    cells = None if source is None else records[source]
    if cells is not None and cells.dtype != kind and kind in (pl.Categorical, pl.Enum):
        cells = text(cells)
    if cells is None:
        return nothing
    try:
        return cells.cast(kind, strict=False).alias(name)
    except pl.exceptions.PolarsError:  # no value of the one type is one of the other
        return nothing


def _cells(reading: Reading, level: int) -> dict[str, str | None]:
    """Say from which column of the telling record each column of the row is filled."""
    if level > 1:
        return dict(reading.grand_copies)
    elders: dict[str, str | None] = {parents: reading.grand_copies.get(own) for own, parents in reading.copies.items()}
    return {**elders, **reading.copies}
