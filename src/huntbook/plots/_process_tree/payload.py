"""The picture as JSON: what is seen first in plain, everything else packed, to be unpacked behind the first picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from huntbook.plots._packing import dictionary, packed
from huntbook.plots._text import shown

if TYPE_CHECKING:
    from huntbook.plots._process_tree.nodes import Nodes
    from huntbook.plots._process_tree.opening import Opening

FIRST = 150  # rows: more than a screen holds
_LONGEST = 8192  # characters of a text in the page; Windows allows command lines four times as long
_TEXTS = ("host", "user", "image", "command_line")
_INFERRED, _IS_HOST = 1, 2


def payload(nodes: Nodes, first: Opening, extra: list[str]) -> dict[str, Any]:
    """Write the data that the page's script reads."""
    seen = first.visible[:FIRST]
    opened = set(first.open)
    start = _rows(nodes, nodes.frame[seen], [nodes.depth[number] for number in seen], extra)
    start |= {
        "number": seen,
        "below": [nodes.end[number] - number - 1 for number in seen],
        "open": [number in opened for number in seen],
        "hidden": first.hidden[:FIRST],
    }
    whole = _rows(nodes, nodes.frame, nodes.depth, extra) | {"open": first.open, "brokers": nodes.brokers}
    return {
        "columns": extra,
        "visible": len(first.visible),
        "rows": len(nodes.depth),
        "marked": len(nodes.marked),
        "first": start,
        "packed": packed(whole, level=3),  # a third of the time for a tenth more bytes
    }


def _rows(nodes: Nodes, frame: pl.DataFrame, depth: list[int], extra: list[str]) -> dict[str, Any]:
    keys = frame["process_key"].to_list()
    flags = frame.select(
        pl.col("inferred").fill_null(value=False).cast(pl.Int8) * _INFERRED
        + pl.col("process_key").is_null().cast(pl.Int8) * _IS_HOST
    ).to_series()
    usual = pl.format("{}/{}@{}", "host", "pid", "time")
    unusual = frame.with_row_index("n").filter(
        usual.ne_missing(pl.col("process_key")) & pl.col("process_key").is_not_null()
    )
    repeated = frame.with_row_index("n").filter(pl.col("records") > 1)
    return {
        "depth": depth,
        "flags": flags.to_list(),
        "pid": frame["pid"].to_list(),
        "time": frame["time"].to_list(),
        "keys": [[number, shown(key)] for number, key in unusual.select("n", "process_key").iter_rows()],
        "records": repeated.select("n", "records").rows(),
        "marks": [
            [number, [[mark.severity, mark.text] for mark in nodes.marks[key]]]
            for number, key in enumerate(keys)
            if key in nodes.marks
        ],
        "texts": [dictionary(frame[name], _LONGEST) for name in (*_TEXTS, *extra)],
    }
