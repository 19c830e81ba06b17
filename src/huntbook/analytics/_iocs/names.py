"""What a refanged dotted name is: an IPv4 address, a domain, an onion service, or nothing."""

from __future__ import annotations

import polars as pl

from huntbook.analytics._iocs.checksums import ipv6, is_onion
from huntbook.analytics._iocs.domains import are_domains, to_ascii, top_level
from huntbook.analytics._iocs.kinds import KIND, Kind
from huntbook.analytics._iocs.refang import dots

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
IPV4 = rf"^{_OCTET}(?:\.{_OCTET}){{3}}$"


def with_name_kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Add `kind` (null for nothing) and `value` to a frame with the column `name`.

    The value of a domain is lower case and ASCII, as the DNS has it. Octets with leading zeros make no address: tools
    disagree on whether they are octal.
    """
    values = ascii_names(frame["name"], only_domains=True)
    value = pl.col("value")
    of_tor = values.str.ends_with(".onion")
    kind: pl.Expr = (
        pl.when(value.str.contains(IPV4)).then(pl.lit(Kind.IPV4))
        .when(are_domains(values) & ~of_tor).then(pl.lit(Kind.DOMAIN))
    )  # fmt: skip
    if of_tor.any():
        kind = pl.when(_is_onion(value)).then(pl.lit(Kind.ONION)).otherwise(kind)
    return frame.with_columns(value=values).with_columns(kind=kind.cast(pl.String))


def ascii_names(names: pl.Series, *, only_domains: bool = False) -> pl.Series:
    """Lower case, and punycode for what is not ASCII; Python looks only at the latter, and may leave out what is no domain."""
    if names.str.contains(r"[^\x00-\x7f]").any():
        below = top_level() if only_domains else None
        ready = [name if name is None or name.isascii() else to_ascii(name, below) for name in names]
        names = pl.Series(names.name, ready, dtype=pl.String)
    return names.str.to_lowercase()


def _is_onion(value: pl.Expr) -> pl.Expr:
    """Python looks at the few names that have the form of an onion address."""
    label = value.str.extract(r"(?:^|\.)([a-z2-7]{16}|[a-z2-7]{56})\.onion$")
    return label.map_elements(is_onion, return_dtype=pl.Boolean, skip_nulls=True).fill_null(value=False)


def read_hosts(hosts: pl.Series) -> pl.DataFrame:
    """Read names and the hosts of URLs, mailboxes and shares: what they are beside being a host.

    Args:
        hosts: as written, so perhaps defanged; an IPv6 address without its brackets.

    Returns:
        One row for each different host that is something: `host`, `host_kind`, `host_value`.
    """
    hosts = hosts.drop_nulls().unique()
    frame = pl.DataFrame({"host": hosts})
    is_plain = hosts.str.contains("^[0-9A-Za-z_.-]*$")
    read = [with_name_kinds(frame.filter(is_plain).with_columns(name="host"))]
    if not is_plain.all():
        is_ipv6 = hosts.str.contains(":", literal=True)
        read.append(with_name_kinds(frame.filter(~is_plain & ~is_ipv6).with_columns(name=dots(pl.col("host")))))
        read.append(with_ipv6_kinds(frame.filter(is_ipv6).with_columns(value=pl.col("host"))))
    named = [part.select("host", host_kind=pl.col("kind").cast(KIND), host_value="value") for part in read]
    return pl.concat(named).drop_nulls("host_kind")


def with_ipv6_kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Add `kind` to a frame whose `value` may be an IPv6 address, and normalise it; a mapped IPv4 address is IPv4."""
    values = pl.Series([ipv6(text) for text in frame["value"]], dtype=pl.String)
    kind = (
        pl.when(pl.col("value").str.contains(":", literal=True)).then(pl.lit(Kind.IPV6))
        .when(pl.col("value") != "").then(pl.lit(Kind.IPV4))
    )  # fmt: skip
    return frame.with_columns(value=values).with_columns(kind=kind.cast(pl.String))
