"""The tables of Azure Resource Graph, with the types of their columns: `schemas/_resource_graph.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import yaml

from huntbook.query.kql.types import NAMES, Type

if TYPE_CHECKING:
    from collections.abc import Mapping

WRITTEN = Path(__file__).parents[2] / "schemas" / "_resource_graph.yaml"


@cache
def resource_graph_tables() -> Mapping[str, Mapping[str, Type]]:
    """Return every table that Azure Resource Graph is documented to have, with its columns and their types.

    Example:
        >>> list(resource_graph_tables()["Resources"])[:3]
        ['id', 'name', 'type']
    """
    columns = MappingProxyType({name: NAMES[kind] for name, kind in _written()["columns"].items()})
    return MappingProxyType(dict.fromkeys(_written()["tables"], columns))


def about_resource_graph_tables() -> Mapping[str, str]:
    """Return what each of these tables has in it, in a sentence."""
    return MappingProxyType(_written()["tables"])


@cache
def _written() -> dict[str, dict[str, str]]:
    written: dict[str, dict[str, str]] = yaml.safe_load(WRITTEN.read_text(encoding="utf-8"))
    return written
