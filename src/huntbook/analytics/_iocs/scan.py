"""From one column of text to its indicators: look, read, place, judge, derive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from huntbook.analytics._iocs import context, patterns
from huntbook.analytics._iocs.domains import suffixes
from huntbook.analytics._iocs.names import read_hosts
from huntbook.analytics._iocs.nested import nested
from huntbook.analytics._iocs.place import is_easy, with_places
from huntbook.analytics._iocs.shapes import read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from huntbook.analytics._iocs.kinds import Kind

HITS = {
    "row": pl.Int64,
    "kind": pl.String,
    "value": pl.String,
    "found": pl.String,
    "start": pl.Int64,
    "end": pl.Int64,
}
_MANY = 200_000  # cells, from which on the exact hint pays for its compilation
# The fraction of a time, a duration, a size: most dotted runs of a log, and never anything.
_DECIMAL = "^[0-9]+[.][0-9]+[A-Za-z]?$"
# What asks for the border of a word, and so may occur earlier inside one.
_WHOLE = r"^(?:T[01][0-9]{3}|AS|[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f:]|\[:|-[0-9A-Fa-f]{2}-))"
# Columns that hold names of hosts, where `get.sh` is no script.
_NAMES_OF_HOSTS = r"(?i-u:domain|dns|fqdn|query_?name|sni\b|server_?name|host_?name)"
_OF_READING = ["kind", "value", "skip", "found", "name", "doubt", "host", "host_at"]
_OF_HIT = ["row", "start", "kind", "value", "skip", "found", "host", "host_at"]


def scan(cells: pl.Series, kinds: Iterable[Kind]) -> pl.DataFrame:
    """Find every indicator of `kinds` in a column of text.

    Returns:
        The columns of `HITS`, in the order of the text; `row` counts from 0, `start` and `end` in characters.
    """
    kinds = list(kinds)
    matches, different = _matches(cells, kinds)
    seen = read(different)
    matches = matches.with_columns(reading=seen["id"].arg_sort()[matches["id"]]).drop("id")
    inner = nested(seen)
    placed = _placed(matches, seen, inner["outer"].unique())
    names_only = pl.select(pl.lit(cells.name).str.contains(_NAMES_OF_HOSTS)).item()
    hits = context.standing(placed.drop_nulls("kind"), names_only=names_only)
    hits = pl.concat([hits.select(_OF_HIT), _moved(placed, inner)])
    every = pl.concat([_plain(hits), _hosts(hits)]).filter(pl.col("kind").is_in(kinds))
    # One key instead of two, which is much faster; at the same place, what holds another comes before it.
    return every.sort(pl.col("row") * (1 << 32) + pl.col("start"), maintain_order=True)


def _matches(cells: pl.Series, kinds: list[Kind]) -> tuple[pl.DataFrame, pl.Series]:
    """Everything that may be an indicator: `row`, `text`, `easy` and `id` of the match, in order; and the matches by `id`."""
    top_level = suffixes().ascii_top if len(cells) >= _MANY else ()
    hinted = cells.str.contains(patterns.hint(kinds, top_level=top_level)).fill_null(value=False)
    frame = pl.DataFrame({"row": hinted.arg_true().cast(pl.Int64), "text": cells.filter(hinted)})
    raw = pl.col("text").str.extract_all(patterns.COMBINED)
    frame = frame.with_columns(raw=raw, easy=is_easy(pl.col("text"))).explode("raw")
    frame = frame.filter(~pl.col("raw").str.contains(_DECIMAL))
    # Categories of their own number the different matches from 0, in one pass.
    number = pl.col("raw").cast(pl.Categorical(pl.Categories.random())).to_physical()
    frame = frame.with_columns(id=number)
    return frame.drop("raw"), frame.select("id", "raw").filter(pl.col("id").is_first_distinct()).sort("id")["raw"]


def _placed(matches: pl.DataFrame, seen: pl.DataFrame, outer: pl.Series) -> pl.DataFrame:
    """Give every match that is or holds an indicator its reading and its place.

    The other matches of the same cell are found again as well: an indicator's text may occur inside one of them.
    """
    holds = pl.int_range(pl.len(), dtype=pl.UInt32).is_in(outer.implode())
    seen = seen.with_columns(useful=pl.col("kind").is_not_null() | holds, whole=pl.col("raw").str.contains(_WHOLE))
    matches = matches.with_columns(seen.select("useful")[matches["reading"]])
    rows = matches.filter("useful")["row"].unique()
    matches = matches.filter(pl.col("row").is_in(rows.implode()))
    placed = with_places(matches.with_columns(seen.select("raw", "whole")[matches["reading"]])).filter("useful")
    placed = placed.select("row", "reading", "start", "before", "after")
    return pl.concat([placed, seen.select(_OF_READING)[placed["reading"]]], how="horizontal")


def _moved(placed: pl.DataFrame, inner: pl.DataFrame) -> pl.DataFrame:
    """The indicators inside other matches, moved to where these lie."""
    moved = placed.select(at="row", outer="reading", base="start").join(
        inner.drop("row", "base"), on="outer", how="inner"
    )
    return moved.with_columns(row="at", start=pl.col("start") + pl.col("base")).select(_OF_HIT)


def _plain(hits: pl.DataFrame) -> pl.DataFrame:
    return _as_hits(hits, kind="kind", value="value", found=pl.col("found"), start=pl.col("start") + pl.col("skip"))


def _hosts(hits: pl.DataFrame) -> pl.DataFrame:
    """What the hosts of URLs, mailboxes and shares are: each is an indicator of its own, at its own place."""
    hosts = hits.filter(pl.col("host").is_not_null())
    hosts = hosts.join(read_hosts(hosts["host"]), on="host", how="inner")
    return _as_hits(
        hosts, kind="host_kind", value="host_value", found=pl.col("host"), start=pl.col("start") + pl.col("host_at")
    )


def _as_hits(hits: pl.DataFrame, *, kind: str, value: str, found: pl.Expr, start: pl.Expr) -> pl.DataFrame:
    hits = hits.select("row", kind=kind, value=value, found=found, start=start)
    hits = hits.with_columns(end=pl.col("start") + pl.col("found").str.len_chars())
    return hits.select(pl.col(name).cast(dtype) for name, dtype in HITS.items())
