"""From columns of text to their indicators: look, read, place, judge, derive."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from huntbook.analytics._iocs import context
from huntbook.analytics._iocs.kinds import Kind
from huntbook.analytics._iocs.matches import matches
from huntbook.analytics._iocs.nested import nested
from huntbook.analytics._iocs.place import with_places
from huntbook.analytics._iocs.reading import Readings, rows_by
from huntbook.analytics._iocs.shapes import read
from huntbook.analytics._iocs.yields import PLACES, yields

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

HITS = {
    "row": pl.Int64,
    "column": pl.String,
    "kind": pl.String,
    "value": pl.String,
    "found": pl.String,
    "start": pl.Int64,
    "end": pl.Int64,
}
# Columns that hold names of hosts, where `get.sh` is no script.
_NAMES_OF_HOSTS = re.compile(r"domain|dns|fqdn|query_?name|sni\b|server_?name|host_?name", re.IGNORECASE | re.ASCII)


def scan(columns: Sequence[pl.Series], kinds: Collection[Kind]) -> pl.DataFrame:
    """Find every indicator of `kinds` in columns of text that are of the same length.

    Returns:
        The columns of `HITS`, in the order of rows, columns and text; `row` counts from 0, `start` and `end` in characters.
    """
    found, different = matches(columns, kinds)
    readings = read(different)
    inner, inner_texts = nested(readings.tails, different)
    placed = _placed(found, different, readings, inner["cell"].unique().cast(pl.UInt32))
    names = pl.Series([column.name for column in columns], dtype=pl.String)
    hits = placed.drop_nulls("reading")
    hits = context.standing(hits, readings.indicators, names_only=_names_only(names))
    places, texts = yields(hits, readings)
    every = pl.concat([places, _moved(placed, inner, texts.height)])
    texts = pl.concat([texts, inner_texts], rechunk=True)
    if len(set(kinds)) < len(Kind):
        every = every.filter(texts["kind"][every["text"]].is_in(list(kinds)))
    return _ordered(every, texts, names)


def _names_only(names: pl.Series) -> pl.Expr | None:
    """Whether a hit is in one of the columns whose name says that they hold names of hosts."""
    of_hosts = [number for number, name in enumerate(names) if _NAMES_OF_HOSTS.search(name)]
    return (pl.col("cell") % len(names)).is_in(of_hosts) if of_hosts else None


def _placed(found: pl.DataFrame, different: pl.Series, readings: Readings, outer: pl.Series) -> pl.DataFrame:
    """Give every match that is or holds an indicator its place, and the row of its reading, if it is one.

    The other matches of the same cell are found again as well: an indicator's text may occur inside one of them.
    """
    found = found.with_columns(reading=rows_by(readings.indicators["id"], len(different))[found["id"]])
    useful = found["reading"].is_not_null() | found["id"].is_in(outer.implode())
    if not useful.all():
        found = found.filter(pl.col("cell").is_in(found["cell"].filter(useful).unique().implode()))
    whole = pl.col("id").is_in(readings.whole.implode())
    placed = with_places(found.with_columns(raw=different[found["id"]], whole=whole))
    return placed.select("cell", "start", "id", "reading", "before", "after")


def _moved(placed: pl.DataFrame, inner: pl.DataFrame, first: int) -> pl.DataFrame:
    """The indicators inside other matches, moved to where these lie; their texts come behind the `first` of all."""
    if inner.is_empty():
        return inner
    outer = placed.select(outer=pl.col("id").cast(pl.Int64), at="cell", base="start")
    moved = outer.join(inner, left_on="outer", right_on="cell")
    places = moved.select(cell="at", start=pl.col("start") + pl.col("base"), text=pl.col("text").cast(pl.Int64) + first)
    return places.cast(PLACES)


def _ordered(every: pl.DataFrame, texts: pl.DataFrame, names: pl.Series) -> pl.DataFrame:
    """Copy each text to where it was found; at the same place, what holds another comes before it."""
    every = every.sort("cell", "start", maintain_order=True)
    texts = texts.with_columns(pl.col("kind").cast(pl.String), size=pl.col("found").str.len_chars().cast(pl.Int64))
    cell, count = every["cell"], len(names)
    column = pl.lit(names[0]) if count == 1 else names[cell % count].alias("column")
    hits = every.select("start", row=cell // count, column=column)
    hits = pl.concat([hits, texts[every["text"]]], how="horizontal")
    return hits.with_columns(end=pl.col("start") + pl.col("size")).select(*HITS)
