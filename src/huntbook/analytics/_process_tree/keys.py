"""A name for each process that does not depend on the other rows of the table: `host/guid` or `host/pid@start`."""

from __future__ import annotations

import polars as pl


def process_keys(processes: pl.DataFrame, hosts: pl.Series) -> pl.Series:
    """Name the processes: by GUID where there is one, else by id and start in microseconds since 1970, `?` for what is unknown.

    Of a process that is only told of, often no start is known but that it was before the first record that tells of
    it: that is `host/pid@<time`.
    Processes that would have one name get `#2`, `#3` … in their order.
    """
    told = processes.filter(pl.col("level") > 0)
    recorded = processes.head(processes.height - told.height)
    start, before = pl.col("time").cast(pl.String), pl.concat_str(pl.lit("<"), pl.col("at").cast(pl.String))
    keys = _names(recorded, hosts, start)
    if told.height:
        keys = keys.append(_names(told, hosts, pl.coalesce(start, before)))
    while len(alike := _repeated(keys)):
        numbered = (
            keys.gather(alike).alias("key").to_frame().with_columns(nth=pl.int_range(1, pl.len() + 1).over("key"))
        )
        name = pl.when(pl.col("nth") > 1).then(pl.format("{}#{}", "key", "nth")).otherwise("key")
        keys = keys.scatter(alike, numbered.select(name).to_series())
    return keys


def _names(processes: pl.DataFrame, hosts: pl.Series, start: pl.Expr) -> pl.Series:
    names = processes.select("guid", "pid", start=start).with_columns(host=hosts.gather(processes["host"]))
    pid, at = pl.col("pid").cast(pl.String).fill_null("?"), pl.col("start").fill_null("?")
    by_id = ("host", pl.lit("/"), pid, pl.lit("@"), at)
    unknown = names["guid"].null_count()
    if unknown == names.height:
        return names.select(pl.concat_str(*by_id)).to_series()
    by_guid = pl.concat_str("host", pl.lit("/"), "guid")
    return names.select(pl.coalesce(by_guid, pl.concat_str(*by_id)) if unknown else by_guid).to_series()


def _repeated(keys: pl.Series) -> pl.Series:
    """Give the places of keys that are there more than once; the hashes tell first, for they are quick to compare."""
    hashes = keys.hash()
    if hashes.n_unique() == len(keys):
        return pl.Series([], dtype=pl.UInt32)
    alike = hashes.is_duplicated().arg_true()
    return alike.filter(keys.gather(alike).is_duplicated())
