"""The picture as JSON: what is seen first in plain, everything else packed, to be unpacked behind the first picture."""

from __future__ import annotations

import base64
import json
import zlib
from typing import TYPE_CHECKING, Any

import polars as pl

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
    whole = _rows(nodes, nodes.frame, nodes.depth, extra) | {"open": first.open}
    return {
        "columns": extra,
        "visible": len(first.visible),
        "rows": len(nodes.depth),
        "marked": len(nodes.marked),
        "first": start,
        "packed": packed(whole),
    }


def packed(data: object) -> str:
    """Compress JSON (zlib), as base64; at level 3, which takes a third of the time for a tenth more bytes."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":")).encode()
    return base64.b64encode(zlib.compress(text, 3)).decode()


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
        "texts": [dictionary(frame[name]) for name in (*_TEXTS, *extra)],
    }


def dictionary(column: pl.Series) -> dict[str, list[str] | list[int]]:
    """Write every distinct text once, and the number of its text for every row, -1 for none."""
    text = column.cast(pl.String, strict=False).str.slice(0, _LONGEST + 1)
    distinct = text.filter(text != "").unique(maintain_order=True)
    numbers = text.replace_strict(distinct, pl.Series(range(len(distinct)), dtype=pl.Int32), default=-1)
    # Most texts are plain and short: only the others go through `shown`, one by one.
    values = distinct.to_list()
    for place in (distinct.str.contains("[^ -~]") | (distinct.str.len_chars() > _LONGEST)).arg_true():
        values[place] = shown(values[place], limit=_LONGEST)
    return {"values": values, "rows": numbers.to_list()}
