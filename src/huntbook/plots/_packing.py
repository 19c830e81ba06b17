"""Much text in a small page: every distinct text once, numbers for the rows, compressed; `_page.js` unpacks it."""

from __future__ import annotations

import base64
import json
import zlib

import polars as pl

from huntbook.plots._text import shown


def packed(data: object, *, level: int) -> str:
    """Compress JSON (zlib), as base64.

    Args:
        data: what JSON has a form for.
        level: 1 is quick, 9 is small.
    """
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":")).encode()
    return base64.b64encode(zlib.compress(text, level)).decode()


def dictionary(column: pl.Series, longest: int) -> dict[str, list[str] | list[int]]:
    """Write every distinct text of a column once, and the number of its text for every row, -1 for none.

    Args:
        column: of any type that can be text.
        longest: characters of a text; what is longer is cut, with a sign that it is.
    """
    text = column.cast(pl.String, strict=False).str.slice(0, longest + 1)  # one more than is shown: the cut is marked
    distinct = text.filter(text != "").unique(maintain_order=True)
    numbers = text.replace_strict(distinct, pl.Series(range(len(distinct)), dtype=pl.Int32), default=-1)
    # Most texts are plain and short: only the others go through `shown`, one by one.
    values = distinct.to_list()
    for place in (distinct.str.contains("[^ -~]") | (distinct.str.len_chars() > longest)).arg_true():
        values[place] = shown(values[place], limit=longest)
    return {"values": values, "rows": numbers.to_list()}
