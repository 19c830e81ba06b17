"""Readers for single words: hashes, coins, addresses of hardware and of IPv6, catalogue numbers."""

from __future__ import annotations

import polars as pl

from huntbook.analytics._iocs import checksums
from huntbook.analytics._iocs.kinds import Kind
from huntbook.analytics._iocs.names import with_ipv6_kinds
from huntbook.analytics._iocs.reading import RAW, SIZE


def long_words(frame: pl.DataFrame) -> pl.DataFrame:
    """Hashes by their length, and addresses of coins by their checksums."""
    skip = pl.when(RAW.str.contains("^0x[0-9A-Fa-f]{64}")).then(2).otherwise(0)
    frame = frame.with_columns(skip=skip, value=RAW.str.slice(skip))
    frame = frame.with_columns(kind=_hash_kind())
    others = pl.Series(_coins(frame.filter(pl.col("kind").is_null())["raw"].to_list()), dtype=pl.String)
    known = frame.filter(pl.col("kind").is_not_null()).with_columns(pl.col("value").str.to_lowercase())
    coins = frame.filter(pl.col("kind").is_null()).with_columns(kind=others, value=_coin_value())
    return pl.concat([known, coins]).with_columns(size=pl.col("raw").str.len_chars() - pl.col("skip"))


def _hash_kind() -> pl.Expr:
    """By its length; a run of one digit, or of decimal digits alone, is a counter or a filler."""
    digits = pl.col("value")
    is_hash = (
        digits.str.contains("^[0-9A-Fa-f]+$") & digits.str.contains("[1-9A-Fa-f]") & digits.str.contains("[A-Fa-f]")
    )
    length = digits.str.len_bytes()
    kinds = {32: Kind.MD5, 40: Kind.SHA1, 64: Kind.SHA256, 128: Kind.SHA512}
    kind = pl.lit(None)
    for size, name in kinds.items():
        kind = pl.when(is_hash & (length == size) & ~digits.str.contains("^[Ff]+$")).then(pl.lit(name)).otherwise(kind)
    return kind.cast(pl.String)


def _coin_value() -> pl.Expr:
    lowered = RAW.str.contains("^(?:0x|BC1)")
    return pl.when(lowered).then(RAW.str.to_lowercase()).otherwise(RAW)


def _coins(words: list[str]) -> list[str | None]:
    """Tell addresses from other long words; checksums are computed only for what has the right form."""
    candidates = [word for word in words if word[:2] == "0x" and len(word) == 42 and _is_hex(word[2:])]
    ethereum = {word for word, right in zip(candidates, checksums.are_ethereum(candidates), strict=True) if right}
    return [
        Kind.ETHEREUM if word in ethereum else Kind.BITCOIN if checksums.is_bitcoin(word) else None for word in words
    ]


def _is_hex(text: str) -> bool:
    return all(character in "0123456789abcdefABCDEF" for character in text)


def ipv6_addresses(frame: pl.DataFrame) -> pl.DataFrame:
    """IPv6 addresses; a mapped IPv4 address is IPv4."""
    found = RAW.str.strip_chars_end(".").str.replace("([^:]):$", "$1")
    frame = frame.with_columns(size=found.str.len_chars(), value=found.str.replace_all(r"\[(:+)\]", "$1"))
    # Letters alone are words (`add::bad`), eight pairs are a dump of bytes.
    plausible = pl.col("value").str.contains("[0-9]") & ~pl.col("value").str.contains(
        "^(?:[0-9A-Fa-f]{2}:){7}[0-9A-Fa-f]{2}$"
    )
    return with_ipv6_kinds(frame.with_columns(pl.when(plausible).then(pl.col("value")).otherwise(pl.lit(""))))


def macs(frame: pl.DataFrame) -> pl.DataFrame:
    """Hardware addresses; the value has colons."""
    value = RAW.str.to_lowercase().str.replace_all("-", ":", literal=True)
    filler = value.is_in(["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"])
    mixed = RAW.str.contains(":", literal=True) & RAW.str.contains("-", literal=True)
    dated = RAW.str.contains("^[0-9-]+$")
    is_mac = (SIZE == 17) & ~filler & ~mixed & ~dated
    return frame.select("id", "raw", kind=pl.when(is_mac).then(pl.lit(Kind.MAC)), value=value)


def cves(frame: pl.DataFrame) -> pl.DataFrame:
    """Numbers of vulnerabilities."""
    value = RAW.str.to_uppercase().str.replace_all(r"[\u{2010}-\u{2013}]", "-")
    right = value.str.contains("^CVE-(?:199|20[0-9])[0-9]-[0-9]{4,7}$")
    return frame.select("id", "raw", kind=pl.when(right).then(pl.lit(Kind.CVE)), value=value)


def techniques(frame: pl.DataFrame) -> pl.DataFrame:
    """Numbers of ATT&CK techniques; those with a sub-technique have a dot and are read elsewhere."""
    return frame.select("id", "raw", kind=pl.lit(Kind.ATTACK_TECHNIQUE), value=RAW)


def asns(frame: pl.DataFrame) -> pl.DataFrame:
    """Numbers of autonomous systems."""
    number = RAW.str.extract("([0-9]+)$")
    right = ~number.str.starts_with("0") & (number.cast(pl.Int64) < 1 << 32)
    return frame.select("id", "raw", kind=pl.when(right).then(pl.lit(Kind.ASN)), value=pl.lit("AS") + number)
