"""The tables of Microsoft Sentinel and Defender XDR, with the types of their columns.

They are kept packed beside this file, as `docs/microsoft_tables.py` writes them: a line a table, `Table,Column,Column type,…`; a column
without a type is a string. A table of Defender's is marked `Table*`, and those of its columns that only Sentinel has, `-Column`.
"""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from huntbook.query.kql.types import NAMES, Type

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    Tables = Mapping[str, Mapping[str, Type]]

PACKED = Path(__file__).with_name("microsoft_tables.txt.gz")


def known_tables() -> Tables:
    """Return every table that Microsoft documents: its columns in the order of the documentation, and their types.

    What Sentinel and Defender both have under one name has the columns of both; of a column whose type they document differently,
    Sentinel's is taken. Names are spelled as documented.
    """
    return _packed()[0]


def defender_tables() -> Tables:
    """Return the tables of Defender's advanced hunting with the columns that they have there; the types are those of `known_tables`."""
    return _packed()[1]


@cache
def _packed() -> tuple[Tables, Tables]:
    return unpack(PACKED.read_bytes())


def pack(tables: Tables, defender: Mapping[str, Collection[str]]) -> bytes:
    """Pack tables into few bytes, always the same ones for the same tables.

    Args:
        tables: columns and their types.
        defender: which of the tables Defender has, and with which of the columns.
    """
    lines = [_line(table, columns, defender.get(table)) for table, columns in sorted(tables.items())]
    return gzip.compress("\n".join(lines).encode(), 9, mtime=0)


def unpack(packed: bytes) -> tuple[Tables, Tables]:
    """Return what `pack` was given: all tables, and those of Defender. Nothing in them can be changed."""
    seen = _Read()
    tables, defender = {}, {}
    for line in gzip.decompress(packed).decode().split("\n"):
        name, *columns = line.split(",")
        table = name.removesuffix("*")
        tables[table] = MappingProxyType(dict(seen[column.removeprefix("-")] for column in columns))
        if table != name:
            defender[table] = MappingProxyType(dict(seen[column] for column in columns if column[0] != "-"))
    return MappingProxyType(tables), MappingProxyType(defender)


def _line(table: str, columns: Mapping[str, Type], defender: Collection[str] | None) -> str:
    if defender is None:
        return ",".join([table, *map(_written, columns.items())])
    marked = ((name if name in defender else f"-{name}", kind) for name, kind in columns.items())
    return ",".join([f"{table}*", *map(_written, marked)])


def _written(column: tuple[str, Type]) -> str:
    name, kind = column
    return name if kind is Type.STRING else f"{name} {kind}"


class _Read(dict[str, tuple[str, Type]]):
    """A column as it is written → its name and type; most are in many tables, and are read once."""

    def __missing__(self, written: str) -> tuple[str, Type]:
        name, _, kind = written.partition(" ")
        self[written] = name, NAMES[kind] if kind else Type.STRING
        return self[written]
