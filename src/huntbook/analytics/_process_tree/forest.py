"""Roots and depths of a forest, and the breaking of cycles, by pointer doubling: log2(longest chain) passes.

Each pass lets every process point to what its ancestor points to, so the distance doubles. A process that is still not
at a root after log2(n) passes leads into a cycle, and the ancestors then pointed at are exactly the cycles' members.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl


class Forest(NamedTuple):
    """For each node its parent (null at a root), its root and its depth; and the nodes at which a cycle was cut."""

    parent: pl.Series
    root: pl.Series
    depth: pl.Series
    cut: pl.Series


def grow(parent: pl.Series, born: pl.Series) -> Forest:
    """Make a forest of the links `parent`; where they run in a circle, the node born first becomes a root."""
    each = pl.int_range(len(parent), dtype=pl.UInt32, eager=True)
    anchored = pl.select(pl.coalesce(parent.cast(pl.UInt32), each)).to_series()
    root, depth = _climb(anchored, each)
    cut = _to_cut(anchored, root, born)
    if len(cut):
        anchored = anchored.scatter(cut, cut)
        root, depth = _climb(anchored, each)
    return Forest(pl.select(pl.when(anchored != each).then(anchored)).to_series(), root, depth, cut)


def _climb(anchored: pl.Series, each: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Double the distance until nothing moves, or until only cycles can still move."""
    ancestor, depth = anchored, (anchored != each).cast(pl.UInt32)
    for _ in range(len(each).bit_length()):
        further = ancestor.gather(ancestor)
        if (further == ancestor).all():
            break
        depth = depth + depth.gather(ancestor)
        ancestor = further
    return ancestor, depth


def _to_cut(anchored: pl.Series, ancestor: pl.Series, born: pl.Series) -> pl.Series:
    """Give of each cycle the member that was born first; equal births are told apart by their order."""
    members = ancestor.filter(anchored.gather(ancestor) != ancestor).unique().sort()
    if not len(members):
        return members
    order = pl.DataFrame({"member": members, "born": born.gather(members)}).sort("born", "member", nulls_last=True)
    ordered = order["member"]
    # Number the members by birth, then let each learn the lowest number on its cycle, doubling the distance again.
    place = pl.int_range(len(ordered), dtype=pl.UInt32, eager=True)
    following = anchored.gather(ordered).replace_strict(ordered, place, return_dtype=pl.UInt32)
    lowest = place
    for _ in range(len(ordered).bit_length()):
        lowest = pl.select(pl.min_horizontal(lowest, lowest.gather(following))).to_series()
        following = following.gather(following)
    return ordered.gather(lowest.unique()).sort()
