"""Kusto clusters by what people call them: a name of the settings, a short name, a host, an address.

Where a token may go is decided here, and by what the user wrote alone. A cluster under one of Microsoft's suffixes gets tokens that are made
out for that cluster and no other; any other host gets one only if the user says for whom it is to be made out.

Sources: learn.microsoft.com/kusto/api/rest/authenticate-with-msal (whom tokens are for), /kusto/api/connection-strings/kusto (names and
databases in addresses), azure-kusto-python's wellKnownKustoEndpoints.json (suffixes).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from huntbook.config.clouds import clouds
from huntbook.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

SUFFIXES: Final[Mapping[str, tuple[str, ...]]] = {
    "public": (
        "kusto.windows.net",
        "kusto.fabric.microsoft.com",
        "kusto.azuresynapse.net",
        "kusto.data.microsoft.com",
        "kustomfa.windows.net",
    ),
    "usgov": ("kusto.usgovcloudapi.net", "kustomfa.usgovcloudapi.net"),
    "china": ("kusto.chinacloudapi.cn", "kusto.azuresynapse.azure.cn", "kustomfa.chinacloudapi.cn"),
}
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_SHORT: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})?")
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


@dataclass(frozen=True)
class Cluster:
    """A cluster: where it answers, for whom tokens to it are made out (empty: it gets none), and the database that its address names."""

    url: str
    audience: str
    database: str = ""

    @property
    def host(self) -> str:
        """Its host, for people."""
        return urlsplit(self.url).netloc


def cluster_of(wanted: str, *, cloud: str, names: Mapping[str, str], audience: str = "") -> Cluster:
    """Find a cluster.

    Args:
        wanted: a name of the settings, a short name with or without a region, a host of Microsoft's, or an address; each may be followed by
            a slash and a database.
        cloud: which of Microsoft's clouds short names are of.
        names: the settings' names, each with what it stands for.
        audience: for whom tokens are to be made out, if not for the cluster itself.

    Raises:
        ConfigError: if it is none of these, or if it is not safe to send a token there.

    Example:
        >>> cluster_of("help/Samples", cloud="public", names={})
        Cluster(url='https://help.kusto.windows.net', audience='https://help.kusto.windows.net', database='Samples')
        >>> cluster_of("soc.westeurope", cloud="usgov", names={}).url
        'https://soc.westeurope.kusto.usgovcloudapi.net'
    """
    named, _, database = wanted.partition("/")
    if wanted in names or named in names:
        found = cluster_of(names.get(wanted) or names[named], cloud=cloud, names={}, audience=audience)
        return found if wanted in names else Cluster(found.url, found.audience, database or found.database)
    if "://" in wanted:
        return _at(wanted, cloud, audience)
    host = named.lower()
    if _SHORT.fullmatch(host):
        return _at(f"https://{host}.{clouds[cloud].kusto}/{database}", cloud, audience)
    if _cloud_of(host):
        return _at(f"https://{host}/{database}", cloud, audience)
    close = get_close_matches(wanted, names, n=1, cutoff=0.6)
    meant = f"Did you mean {close[0]!r}? " if close else ""
    raise ConfigError(
        f"{wanted!r} is no cluster.",
        hint=f'{meant}Give its address, "https://…", its name, "help" or "soc.westeurope", or a name of clusters in the settings.',
    )


def _at(address: str, cloud: str, audience: str) -> Cluster:
    parts = urlsplit(address)
    host, path = (parts.hostname or "").lower(), [unquote(each) for each in parts.path.split("/") if each]
    if (
        parts.scheme not in ("https", "http")
        or parts.username is not None
        or parts.query
        or len(path) > 1
        or not _HOST.fullmatch(host)
    ):
        raise ConfigError(
            f"{parts.scheme}://{host} is no address of a cluster.",
            hint='It is "https://HOST", or "https://HOST/DATABASE".',
        )
    url = f"{parts.scheme}://{host}{f':{_port(parts)}' if _port(parts) else ''}"
    return Cluster(url, _audience(parts.scheme, host, cloud, audience), path[0] if path else "")


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise ConfigError(f"{parts.netloc!r} has no port that there is.") from None


def _audience(scheme: str, host: str, cloud: str, given: str) -> str:
    """For whom a token to a host is made out; empty for one that is to get none.

    Raises:
        ConfigError: if it would not be safe to send one, or if it would be of another cloud.
    """
    if scheme == "http":
        if given and not _is_here(host):
            raise ConfigError(f"No token goes to {host} over http.", hint="Give its address with https://.")
        return given
    theirs = _cloud_of(host)
    if theirs and theirs != cloud:
        raise ConfigError(f"{host} is in another cloud.", hint=f'Give cloud="{theirs}".')
    if not theirs and not given:
        raise ConfigError(
            f"{host} is no host of Azure Data Explorer or Fabric that is known here, so no token is made for it.",
            hint='If it is yours, say whom tokens to it are for: audience="https://…".',
        )
    return given or f"https://{host}"


def _cloud_of(host: str) -> str:
    """The cloud that a host is in; empty if it is none of Microsoft's."""
    return next(
        (name for name, known in SUFFIXES.items() if any(host.endswith(f".{suffix}") for suffix in known)),
        "",
    )


def _is_here(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
