"""Where a question is asked: `connect("local", folder)`. One file per source."""

from __future__ import annotations

from huntbook.core.registry import Registry
from huntbook.sources._base import Driver

sources: Registry[Driver] = Registry(__name__, what="source", base=Driver)
