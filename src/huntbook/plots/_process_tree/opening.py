"""What is seen at first: the marked branches, or as many levels as fit, and nothing of the rest."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huntbook.plots._process_tree.nodes import Nodes

_FITS = 60  # rows that one looks over without being told where to look


@dataclass(frozen=True)
class Opening:
    """The first state of the picture.

    Attributes:
        open: rows whose children are seen.
        visible: the rows that are seen, in order.
        hidden: how many children of each visible row are left out because no branch of theirs is marked.
    """

    open: list[int]
    visible: list[int]
    hidden: list[int]


def opening(nodes: Nodes) -> Opening:
    """Decide what is open, and which rows are seen then."""
    if not nodes.marked:
        opened = _levels(nodes)
        return _seen(nodes, opened, bytearray(b"\1") * len(nodes.depth))
    kept, opened, brokers = bytearray(len(nodes.depth)), set(nodes.marked), set(nodes.brokers)
    for number in nodes.marked:
        if number in brokers:
            kept[number] = 1
        elif not kept[number]:  # else it is below an earlier mark, whose whole branch is kept
            kept[number : nodes.end[number]] = b"\1" * (nodes.end[number] - number)
        above = nodes.parent[number]
        # Stops where an earlier mark has gone already, so that a hostile depth costs no more than its length.
        while above >= 0 and not (kept[above] and above in opened):
            kept[above] = 1
            opened.add(above)
            above = nodes.parent[above]
    return _seen(nodes, opened, kept)


def _levels(nodes: Nodes) -> set[int]:
    """Open level by level, as long as it all fits; a host that stands alone is open in any case."""
    sizes = Counter(nodes.depth)
    totals = accumulate(sizes[depth] for depth in range(len(sizes)))
    last = max(sum(total <= _FITS for total in totals) - 1, 0)
    if sum(nodes.is_host) == 1:
        last = max(last, 1)
    return {number for number, depth in enumerate(nodes.depth) if depth < last and nodes.end[number] > number + 1}


def _seen(nodes: Nodes, opened: set[int], kept: bytearray) -> Opening:
    hidden: dict[int, int] = {}
    visible, number = [], 0
    while number < len(nodes.depth):
        if not kept[number]:
            hidden[nodes.parent[number]] = hidden.get(nodes.parent[number], 0) + 1
            number = nodes.end[number]
            continue
        visible.append(number)
        number = number + 1 if number in opened else nodes.end[number]
    opened_here = sorted(number for number in opened if nodes.end[number] > number + 1)
    return Opening(opened_here, visible, [hidden.get(number, 0) for number in visible])
