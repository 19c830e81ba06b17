"""The kinds of indicator, by the names that analysts use."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Self

import polars as pl

from huntbook.errors import UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterable


class Kind(StrEnum):
    """What an indicator is. A member is its own lower-case name, so `"ipv4"` and `Kind.IPV4` are equal."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"
    DOMAIN = "domain"
    ONION = "onion"
    URL = "url"
    EMAIL = "email"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA512 = "sha512"
    WINDOWS_PATH = "windows_path"
    LINUX_PATH = "linux_path"
    REGISTRY_KEY = "registry_key"
    CVE = "cve"
    ATTACK_TECHNIQUE = "attack_technique"
    BITCOIN = "bitcoin"
    ETHEREUM = "ethereum"
    MAC = "mac"
    ASN = "asn"

    @classmethod
    def of(cls, name: str) -> Self:
        """Return the kind of this name.

        Raises:
            UnknownName: saying which kinds there are, or which was probably meant.
        """
        try:
            return cls(name)
        except ValueError as error:
            raise UnknownName.among("kind of indicator", name, [kind.value for kind in cls]) from error


KIND = pl.Enum([kind.value for kind in Kind])


def chosen(kinds: str | Iterable[str] | None) -> frozenset[Kind]:
    """Read the `kinds=` of a caller: one name, several, or None for all."""
    if kinds is None:
        return frozenset(Kind)
    return frozenset(Kind.of(name) for name in ([kinds] if isinstance(kinds, str) else kinds))
