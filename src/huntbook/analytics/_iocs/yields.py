"""What a hit gives: the indicator itself, and the host of a URL, a mailbox or a share as a further one, at its own place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from huntbook.analytics._iocs.kinds import KIND, Kind
from huntbook.analytics._iocs.patterns import FILE_NAME_REST

if TYPE_CHECKING:
    from huntbook.analytics._iocs.reading import Readings

PLACES = pl.Schema({"cell": pl.Int64(), "start": pl.Int64(), "text": pl.UInt32()})
TEXTS = pl.Schema({"kind": KIND, "value": pl.String(), "found": pl.String()})


def yields(hits: pl.DataFrame, readings: Readings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Take hits apart that stand.

    Args:
        hits: `cell`, the `start` of the match in it, its `id`, `reading` (the row of its indicator), `before` and `after`.
        readings: of the matches.

    Returns:
        Of each indicator the `cell`, the `start` in it, and the row of its `text`, what holds another coming before it;
        and these texts: `kind`, `value`, `found`. So a text is copied once, however often it is found and sorted.
    """
    seen, hosts = readings.indicators, readings.hosts
    whole, longer = _read_on(hits, seen)
    skip = seen["skip"][whole["reading"]].fill_null(0)
    hosted = hits.select("cell", "start", "id").join(hosts.select("id", "host_at").with_row_index("text"), on="id")
    first = seen.height + longer.height
    places = [
        longer.select("cell", pl.col("start") + pl.col("skip"), text=pl.int_range(pl.len()) + seen.height),
        whole.select("cell", pl.col("start") + skip, text="reading"),
        hosted.select("cell", pl.col("start") + pl.col("host_at"), text=pl.col("text").cast(pl.Int64) + first),
    ]
    texts = [seen, longer, hosts.select(kind="host_kind", value="host_value", found="host")]
    return (
        pl.concat([part.cast(PLACES) for part in places]),
        pl.concat([part.select(*TEXTS) for part in texts], rechunk=True),
    )


def _read_on(hits: pl.DataFrame, seen: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part the hits that a pattern may have cut short from the others, and give them their whole texts.

    A path up to its first space goes on with ` New Report.docx`. The local part of a mailbox may have a dot and then a plus:
    the pattern found `x@b.org` of `a.b+x@b.org`.
    """
    rows = (seen["unfinished"] | (seen["kind"] == Kind.EMAIL))[hits["reading"]].arg_true()
    short = hits[rows]
    short = short.with_columns(seen.select(*TEXTS, "skip")[short["reading"]])
    is_mailbox = pl.col("kind") == Kind.EMAIL
    is_cut = short.select(~is_mailbox | pl.col("before").str.ends_with("+")).to_series()
    lead = pl.col("before").str.extract(r"(?:^|[^0-9A-Za-z_.-])([0-9A-Za-z_.-]+\+)$")
    lead = pl.when(is_mailbox).then(lead).fill_null("")
    rest = pl.when(~is_mailbox).then(pl.col("after").str.extract(FILE_NAME_REST)).fill_null("")
    longer = short.filter(is_cut).with_columns(
        found=pl.concat_str(lead, "found", rest),
        value=pl.concat_str(lead, "value", rest),
        skip=pl.col("skip").fill_null(0) - lead.str.len_chars().cast(pl.Int64),
    )
    rows = rows.filter(is_cut)
    return hits.filter(~pl.int_range(pl.len(), dtype=pl.UInt32).is_in(rows.implode())), longer
