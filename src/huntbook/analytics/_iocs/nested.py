"""Indicators inside others: the hash in a path, the address in a query string, the number in a detection's name."""

from __future__ import annotations

import polars as pl

from huntbook.analytics._iocs import context, patterns
from huntbook.analytics._iocs.kinds import Kind
from huntbook.analytics._iocs.place import is_easy, with_places
from huntbook.analytics._iocs.shapes import read

_ADDRESS = "^[0-9.]+$"  # the one alternative of `patterns.INNER` that asks for the border of a word


def nested(seen: pl.DataFrame) -> pl.DataFrame:
    """Look once more inside each different match that a reading says may hold more.

    Args:
        seen: readings, one for each different match.

    Returns:
        A reading for each indicator inside, `outer` being the row of the reading that it is in and `start` where in it.
    """
    tail = pl.col("raw").str.slice(pl.col("tail_at"))
    # In a query, "&" is where the next value begins; a space keeps the places.
    text = pl.when(pl.col("kind") == Kind.URL).then(tail.str.replace_all("&", " ", literal=True)).otherwise(tail)
    outer = seen.with_row_index("outer").filter(pl.col("tail_at").is_not_null())
    outer = outer.select("outer", outer_kind="kind", base="tail_at", text=text)
    outer = outer.filter(pl.col("text").str.contains(patterns.INNER_HINT)).with_row_index("row")
    matches = outer.with_columns(raw=pl.col("text").str.extract_all(patterns.INNER), easy=is_easy(pl.col("text")))
    matches = matches.explode("raw").drop_nulls("raw")
    placed = with_places(matches.with_columns(whole=pl.col("raw").str.contains(_ADDRESS)))
    inner = placed.join(read(placed["raw"].unique()), on="raw", how="inner").filter(_is_plausible())
    inner = context.standing(inner, names_only=False)
    return inner.with_columns(pl.col("start") + pl.col("base"))


def _is_plausible() -> pl.Expr:
    """An address inside a path is a version, as in `lib-1.2.3.4`; behind `=` in a URL, or in a range, it is an address."""
    in_url = (pl.col("outer_kind") == Kind.URL) & pl.col("before").str.contains("[=,&@:;]$")
    first = (pl.col("before") == "") | pl.col("before").str.contains(r"@$|^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+-$")
    in_run = pl.col("outer_kind").is_null() & first & pl.col("after").str.contains(r"^(?:$|[-_][0-9]|_)")
    is_address = pl.col("kind") == Kind.IPV4
    return pl.col("kind").is_not_null() & (~is_address | in_url | in_run).fill_null(value=False)
