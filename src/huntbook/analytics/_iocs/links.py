"""Readers for what has a host: URLs, mailboxes, names and addresses."""

from __future__ import annotations

import polars as pl

from huntbook.analytics._iocs import patterns
from huntbook.analytics._iocs.doubts import with_doubts
from huntbook.analytics._iocs.kinds import Kind
from huntbook.analytics._iocs.names import ascii_names, with_name_kinds
from huntbook.analytics._iocs.reading import RAW, trimmed
from huntbook.analytics._iocs.refang import dots, is_defanged, scheme, tail

# Scheme, what is behind it, who is named before the host, host, and the rest: as most URLs are written, and as they may be. The first is
# many times faster, because a reader of it never has two ways to go on.
_PLAIN_URL = r"(?s)^([A-Za-z+]+)(://)()([A-Za-z0-9_][A-Za-z0-9._-]*)((?::[0-9]*)?(?:[/?#].*)?)$"
_HOST = rf"(?:\[[0-9A-Fa-f:.]+\]|(?:{patterns.LABEL}|{patterns.DOT})+)"
_ANY_URL = rf"(?s)^([A-Za-z*_+-]+)({patterns.SEPARATOR})((?:[^/?#\\]*@)?)({_HOST})(.*)$"


def urls(frame: pl.DataFrame) -> pl.DataFrame:
    """URLs with a scheme, whatever their host: only the host itself has to be a name that is registered."""
    frame = frame.with_columns(found=trimmed(RAW))
    plain = _url_parts(frame, _PLAIN_URL)
    written = plain.filter(pl.col("host").is_not_null())
    others = plain.filter(pl.col("host").is_null())
    local, others = others.filter(_is_local()), others.filter(~_is_local())
    readings = [_url_reading(written, pl.col("host").str.to_lowercase()), _local_reading(local)]
    if not others.is_empty():
        others = _url_parts(others, _ANY_URL)
        readings.append(_url_reading(others, pl.lit(ascii_names(others.select(dots(pl.col("host"))).to_series()))))
    return pl.concat(readings, how="diagonal")


def _is_local() -> pl.Expr:
    return pl.col("found").str.contains("^(?i-u:file):///[0-9A-Za-z._~%-]")


def _local_reading(parts: pl.DataFrame) -> pl.DataFrame:
    """A URL of a file on the same machine, which has no host."""
    value = pl.lit("file") + pl.col("found").str.slice(len("file"))
    return parts.select("id", "raw", value=value, kind=pl.lit(Kind.URL), size=pl.col("found").str.len_chars())


def _url_parts(frame: pl.DataFrame, pattern: str) -> pl.DataFrame:
    names = ["scheme", "separator", "user", "host", "tail"]
    parts = pl.col("found").str.extract_groups(pattern).struct.rename_fields(names)
    return frame.select("id", "raw", "found", parts.alias("parts")).unnest("parts")


def _url_reading(parts: pl.DataFrame, host: pl.Expr) -> pl.DataFrame:
    """Read the parts of URLs, `host` being their refanged hosts."""
    before = [pl.col(name).str.len_chars().cast(pl.Int64) for name in ("scheme", "separator", "user")]
    host_at = pl.sum_horizontal(before)
    bracket = pl.col("host").str.starts_with("[").cast(pl.Int64)
    return parts.select(
        "id",
        "raw",
        value=pl.concat_str(scheme(pl.col("scheme")), pl.lit("://"), "user", host, tail(pl.col("tail"))),
        kind=pl.when(pl.col("host").str.contains(r"[0-9A-Za-z]|[^\x00-\x7f]")).then(pl.lit(Kind.URL)),
        size=pl.col("found").str.len_chars(),
        host=pl.col("host").str.strip_chars("[]"),
        host_at=host_at + bracket,
        tail_at=host_at + pl.col("host").str.len_chars(),
    )


def dotted(frame: pl.DataFrame) -> pl.DataFrame:
    """Names, addresses and mailboxes, and URLs that were written without a scheme."""
    core = RAW.str.replace(rf"(?s)(?:{patterns.COLON}[0-9]+)?(?:\\?/|\[/\]).*$", "")
    frame = frame.with_columns(core=core).with_columns(rest=trimmed(RAW.str.slice(pl.col("core").str.len_chars())))
    frame = frame.with_columns(
        name=pl.when(is_defanged(pl.col("core"))).then(dots(pl.col("core"))).otherwise(pl.col("core"))
    )
    mailbox = pl.col("name").str.contains("@", literal=True)
    return pl.concat([_mailboxes(frame.filter(mailbox)), _names(frame.filter(~mailbox))], how="diagonal_relaxed")


def _mailboxes(frame: pl.DataFrame) -> pl.DataFrame:
    core, name = pl.col("core"), pl.col("name")
    parts = frame.with_columns(
        local=name.str.extract("^([^@]+)@[^@]+$"),
        name=name.str.extract("@([^@]+)$"),
        host=core.str.extract(rf"{patterns.AT}([^@]+)$"),
        size=core.str.len_chars(),
    )
    named = with_name_kinds(parts).with_columns(right=(pl.col("kind") == Kind.DOMAIN) & pl.col("local").is_not_null())
    right = pl.col("right").fill_null(value=False)
    return named.select(
        "id",
        "raw",
        "size",
        kind=pl.when(right).then(pl.lit(Kind.EMAIL)),
        value=pl.col("local") + "@" + pl.col("value"),
        host=pl.when(right).then(pl.col("host")),
        host_at=pl.col("size") - pl.col("host").str.len_chars(),
        tail_at=pl.when(right).then(pl.col("size")).otherwise(0),
    )


def _names(frame: pl.DataFrame) -> pl.DataFrame:
    skip = pl.col("core").str.extract(r"^(.*\+)").str.len_chars().fill_null(0)
    frame = frame.with_columns(
        skip=skip, core=pl.col("core").str.slice(skip), name=pl.col("name").str.replace(r"^.*\+", "")
    )
    frame = with_doubts(with_name_kinds(frame)).with_columns(_written_with_dots())
    named = pl.col("kind").is_in([Kind.IPV4, Kind.DOMAIN, Kind.ONION])
    # Without a scheme, most of `name/word` are keys, units of a service, parts of a path: a file or a query must follow.
    path = pl.col("rest").str.contains(r"/.*[.?=]") | (pl.col("rest").str.contains("/") & is_defanged(pl.col("core")))
    path = named & path
    size = pl.col("core").str.len_chars()
    judged = named & ~is_defanged(pl.col("core"))
    return frame.select(
        "id",
        "raw",
        "skip",
        kind=pl.when(path).then(pl.lit(Kind.URL)).otherwise(pl.col("kind")),
        value=pl.when(path).then(pl.col("value") + tail(pl.col("rest"))).otherwise(pl.col("value")),
        size=pl.when(path).then(size + pl.col("rest").str.len_chars()).otherwise(size),
        bare=judged,
        doubt=pl.when(judged & (pl.col("kind") == Kind.DOMAIN)).then("doubt"),
        host=pl.when(path).then(pl.col("core")),
        host_at=pl.when(path).then(pl.col("skip")),
        tail_at=pl.when(pl.col("kind").is_null()).then(0).otherwise(pl.col("skip") + size),
    )


def _written_with_dots() -> list[pl.Expr]:
    """What is written with dots and is no name: T1003.001, and Cisco's way of writing a hardware address."""
    name, value = pl.col("name"), pl.col("value")
    technique = name.str.contains(r"^T[01][0-9]{3}\.[0-9]{3}$")
    mac = value.str.contains(r"^[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}$")
    pairs = value.str.replace_all(".", "", literal=True).str.replace_all("(..)", "$1:").str.strip_chars_end(":")
    return [
        pl.when(technique)
        .then(pl.lit(Kind.ATTACK_TECHNIQUE))
        .when(mac)
        .then(pl.lit(Kind.MAC))
        .otherwise("kind")
        .alias("kind"),
        pl.when(technique).then(name).when(mac).then(pairs).otherwise(value).alias("value"),
    ]
