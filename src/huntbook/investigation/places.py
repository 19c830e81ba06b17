"""Of which host a log is that names none: auditd writes no host unless told to, but it lies among logs that do."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from huntbook.sources._connection import Connection

_SILENT, _TELLING = "LinuxAuditLog", "Syslog"
# Folders of a host's own tree: what lies in var/log/audit and in var/log is of one host.
_OWN = {"var", "log", "logs", "audit"}


async def hosts_of_files(logs: Connection) -> dict[str, str]:
    """The audit logs that name no host, and the only host that the system logs of the same folder name."""
    if _SILENT not in logs.tables or _TELLING not in logs.tables:
        return {}
    silent = (await logs.aquery(f"{_SILENT} | where isempty(Computer) | distinct _File")).to_polars()
    if silent.is_empty():
        return {}
    telling = (await logs.aquery(f"{_TELLING} | where isnotempty(Computer) | distinct _File, Computer")).to_polars()
    named: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for file, host in telling.iter_rows():
        named[_home(file)].add(host)
    homes = {file: named.get(_home(file), set()) for file in silent["_File"]}
    return {file: next(iter(hosts)) for file, hosts in homes.items() if len(hosts) == 1}


def _home(file: str) -> tuple[str, ...]:
    """The folder that a host's files lie in, above its own `var/log`; an archive is a folder."""
    parts = re.split(r"[/\\!]", file)[:-1]
    while parts and parts[-1].lower() in _OWN:
        parts.pop()
    return tuple(parts)


def placed(answer: pl.DataFrame, hosts: Mapping[str, str]) -> pl.DataFrame:
    """Fill in the host of rows that name none, where their file tells it."""
    if not hosts or not {"Host", "_File"} <= set(answer.columns):
        return answer
    told = pl.col("_File").cast(pl.String).replace_strict(hosts, default=None, return_dtype=pl.String)
    said = pl.col("Host").cast(pl.String)
    return answer.with_columns(pl.when(said != "").then(said).otherwise(pl.coalesce(told, said)).alias("Host"))
