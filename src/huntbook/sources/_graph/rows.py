"""Objects of Microsoft Graph as rows: scalars become columns of their types, objects and lists JSON text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from huntbook.query.kql.types import Type
from huntbook.sources._kql.values import frame_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from huntbook.sources._graph.collections import Collection
    from huntbook.sources._graph.odata import Asked

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_TYPE: Final = "@odata.type"  # of an object; it tells users from groups where a list has both


class Columns:
    """The columns of an answer: those that are known of its collection first, then what comes. Each keeps its type from page to page."""

    def __init__(self, asked: Asked, collection: Collection | None) -> None:
        self._known = collection is not None
        self._types = dict(_expected(asked, collection) if collection is not None and not asked.counts else {})

    def frame(self, rows: Sequence[Mapping[str, Any]]) -> tuple[pl.DataFrame, tuple[str, ...]]:
        """A page of objects, in all columns that were seen so far; and what the reader has to know of it."""
        for row in rows:
            for name in row:
                if name not in self._types and self._is_property(name):
                    self._types[name] = _guessed(name, [each.get(name) for each in rows])
        columns = list(self._types.items())
        return frame_of(columns, [[row.get(name) for name, _ in columns] for row in rows])

    def _is_property(self, name: str) -> bool:
        """Annotations of the protocol are none; the type of an object is, where the collection does not say it."""
        return "@" not in name or (name == _TYPE and not self._known)


def _expected(asked: Asked, collection: Collection) -> dict[str, Type]:
    """The columns that an answer has, whether it has rows or not."""
    if asked.option("apply") is not None:
        return {}
    spelled = {name.lower(): name for name in collection.columns}
    selected = [spelled.get(name.lower(), name) for name in asked.list("select")]
    names = selected or collection.shown or tuple(collection.columns)
    types = {name: collection.columns[name] for name in names if name in collection.columns}
    return {**types, **dict.fromkeys(asked.list("expand"), Type.DYNAMIC)}


def _guessed(name: str, values: Sequence[Any]) -> Type:
    """The type of a property that is not known, by a page of its values."""
    there = [value for value in values if value is not None]
    if any(isinstance(value, (dict, list)) for value in there):
        return Type.DYNAMIC
    if there and all(isinstance(value, bool) for value in there):
        return Type.BOOL
    if there and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in there):
        return Type.LONG if all(isinstance(value, int) for value in there) else Type.REAL
    if name.endswith(("DateTime", "Date")) and (not there or all(_MOMENT.fullmatch(str(value)) for value in there)):
        return Type.DATETIME
    return Type.STRING
