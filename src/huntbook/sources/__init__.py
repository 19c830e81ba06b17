"""Where a question is asked: `connect("local", folder)`. One file per source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.sources._base import Driver
from huntbook.sources._menu import Sources

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def _local() -> Mapping[str, Path]:
    from huntbook.config.plugins import plugin_files  # noqa: PLC0415 - only where a name is asked for that is not ours

    return plugin_files("sources")


sources = Sources(__name__, what="source", base=Driver, local=_local)
