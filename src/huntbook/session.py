"""Connecting to a source."""

from __future__ import annotations

from typing import Any

from huntbook.sources import sources
from huntbook.sources._connection import Connection


def connect(source: str, /, *given: Any, **settings: Any) -> Connection:
    """Connect to a source and return what the analyst asks.

    Args:
        source: the name of the source: `hb.sources` lists them.
        given: what the source takes by position; for "local" a folder, a file, a glob, or a list of them.
        settings: what else the source takes: see the class's own documentation, `help(hb.sources["local"])`.

    Example:
        logs = hb.connect("local", "evidence/")

    Raises:
        UnknownName: if there is no such source.
    """
    return Connection(sources[source](*given, **settings))
