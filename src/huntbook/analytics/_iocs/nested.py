"""Indicators inside others: the hash in a path, the address in a query string, the number in a detection's name."""

from __future__ import annotations

import polars as pl

from huntbook.analytics._iocs import context, patterns
from huntbook.analytics._iocs.kinds import Kind
from huntbook.analytics._iocs.place import with_places
from huntbook.analytics._iocs.shapes import read
from huntbook.analytics._iocs.yields import PLACES, TEXTS, yields

_ADDRESS = "^[0-9.]+$"  # the one alternative of `patterns.INNER` that asks for the border of a word


def nested(tails: pl.DataFrame, different: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Look once more inside each different match that a reading says may hold more.

    Args:
        tails: of readings: where in which match to look.
        different: the matches, by their `id`.

    Returns:
        What `yields` returns of the indicators inside, `cell` being the `id` of the match that one is in.
    """
    tail = pl.col("raw").str.slice(pl.col("tail_at"))
    # In a query, "&" is where the next value begins; a space keeps the places.
    text = pl.when(pl.col("kind") == Kind.URL).then(tail.str.replace_all("&", " ", literal=True)).otherwise(tail)
    outer = tails.with_columns(raw=different[tails["id"]])
    outer = outer.select(cell=pl.col("id").cast(pl.Int64), outer_kind="kind", base="tail_at", text=text)
    outer = outer.filter(pl.col("text").str.contains(patterns.INNER_HINT))
    if outer.is_empty():
        return pl.DataFrame(schema=PLACES), pl.DataFrame(schema=TEXTS)
    found = outer.with_columns(raw=pl.col("text").str.extract_all(patterns.INNER)).explode("raw").drop_nulls("raw")
    matches = pl.DataFrame({"raw": found["raw"].unique()}).with_row_index("id")
    inner = read(matches["raw"])
    kinds = inner.indicators.select("id", "kind").with_row_index("reading")
    placed = with_places(found.with_columns(whole=pl.col("raw").str.contains(_ADDRESS)))
    placed = placed.join(matches, on="raw").join(kinds, on="id").with_columns(pl.col("start") + pl.col("base"))
    return yields(context.standing(placed.filter(_is_plausible()), inner.indicators), inner)


def _is_plausible() -> pl.Expr:
    """An address inside a path is a version, as in `lib-1.2.3.4`; behind `=` in a URL, or in a range, it is an address."""
    in_url = (pl.col("outer_kind") == Kind.URL) & pl.col("before").str.contains("[=,&@:;]$")
    first = (pl.col("before") == "") | pl.col("before").str.contains(r"@$|^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+-$")
    in_run = pl.col("outer_kind").is_null() & first & pl.col("after").str.contains(r"^(?:$|[-_][0-9]|_)")
    is_address = pl.col("kind") == Kind.IPV4
    return (~is_address | in_url | in_run).fill_null(value=False)
