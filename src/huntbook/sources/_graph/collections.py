"""What is known of Microsoft Graph's collections: columns, times, page sizes, permissions. It is data: `collections.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import yaml

from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE: Final = Path(__file__).with_suffix(".yaml")
_TYPES: Final = {
    "": Type.STRING,
    "bool": Type.BOOL,
    "int": Type.LONG,
    "datetime": Type.DATETIME,
    "json": Type.DYNAMIC,
}


@dataclass(frozen=True)
class Collection:
    """One of them. `time` is the property that a span of time is about; without one it is a state of things, and no record of events."""

    path: str
    about: str
    page: str
    permission: str
    columns: Mapping[str, Type]
    shown: tuple[str, ...] = ()  # what comes without $select; all columns if empty
    time: str = ""
    until: str = "lt"
    top: int = 0
    days: int = 0  # that the service keeps, at most
    directory: bool = False


@cache
def collections() -> Mapping[str, Collection]:
    """All that are known, by their paths in small letters: Graph does not tell letters by their size."""
    read = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return MappingProxyType({path.lower(): _collection(path, **about) for path, about in read.items()})


def _collection(path: str, *, columns: str, shown: str = "", **about: str) -> Collection:
    written = [column.split() for column in columns.split(",")]
    types = {column[0]: _TYPES["".join(column[1:])] for column in written}
    return Collection(path, columns=MappingProxyType(types), shown=tuple(shown.replace(",", " ").split()), **about)  # type: ignore[arg-type]
