"""Packages that only some need: imported where they are used, named when they are missing."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from huntbook.errors import NotInstalled

if TYPE_CHECKING:
    from types import ModuleType


def require(package: str, *, extra: str) -> ModuleType:
    """Import `package`, or say with which extra it comes.

    Raises:
        NotInstalled: with the pip line to run.
    """
    try:
        return import_module(package)
    except ImportError as error:
        raise NotInstalled.in_extra(package, extra) from error
