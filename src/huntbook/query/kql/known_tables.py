"""The tables of Microsoft Sentinel and Defender XDR, with the types of their columns.

They are kept packed beside this file, as `docs/microsoft_tables.py` writes them: a line a table, `Table,Column,Column type,…`; a column
without a type is a string.
"""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from huntbook.query.kql.types import NAMES, Type

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKED = Path(__file__).with_name("microsoft_tables.txt.gz")


@cache
def known_tables() -> Mapping[str, Mapping[str, Type]]:
    """Return every table that Microsoft documents: its columns in the order of the documentation, and their types.

    What Sentinel and Defender both have under one name has the columns of both; of a column whose type they document differently,
    Sentinel's is taken. Names are spelled as documented.
    """
    return unpack(PACKED.read_bytes())


def pack(tables: Mapping[str, Mapping[str, Type]]) -> bytes:
    """Pack tables into few bytes, always the same ones for the same tables."""
    lines = [",".join([table, *map(_written, columns.items())]) for table, columns in sorted(tables.items())]
    return gzip.compress("\n".join(lines).encode(), 9, mtime=0)


def unpack(packed: bytes) -> Mapping[str, Mapping[str, Type]]:
    """Return what `pack` was given. Nothing in it can be changed."""
    seen = _Read()
    tables = {}
    for line in gzip.decompress(packed).decode().split("\n"):
        table, *columns = line.split(",")
        tables[table] = MappingProxyType(dict(map(seen.__getitem__, columns)))
    return MappingProxyType(tables)


def _written(column: tuple[str, Type]) -> str:
    name, kind = column
    return name if kind is Type.STRING else f"{name} {kind}"


class _Read(dict[str, tuple[str, Type]]):
    """A column as it is written → its name and type; most are in many tables, and are read once."""

    def __missing__(self, written: str) -> tuple[str, Type]:
        name, _, kind = written.partition(" ")
        self[written] = name, NAMES[kind] if kind else Type.STRING
        return self[written]
