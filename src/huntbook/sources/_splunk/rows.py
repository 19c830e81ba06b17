"""Rows of Splunk's answers as frames: texts, lists of texts, times, and those numbers that SPL says are some.

Splunk writes every value as text. It stays text, since "007", "1e5" and a number of twenty digits would not come back from being one. What
`count`, `sum` and their kin give is a number by what SPL says, and becomes one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from huntbook.core.times import YEARS, micros

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

TIMES: Final = ("_time", "_indextime")
# What Splunk keeps books with; it shows these to nobody who does not name them.
BOOKS: Final = frozenset(
    "_bkt _cd _confstr _eventtype_color _kv _pre_msg _serial _si _sourcetype _subsecond".split()  # noqa: SIM905
)
_UTC: Final = pl.Datetime("us", "UTC")
_EPOCH: Final = re.compile(r"-?\d{1,12}(?:\.\d+)?", re.ASCII)
_ZONE: Final = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) ([A-Za-z][A-Za-z0-9]{1,5})", re.ASCII)
_SAME_AS_UTC: Final = ("UTC", "GMT", "Z")


@dataclass
class Rows:
    """Makes frames of rows. A column keeps the type that it had in an earlier frame, and stays where it was.

    `zone` is the zone of the account, by which names such as CET are understood. `numbers` and `times` are columns whose texts are such.
    """

    numbers: Collection[str] = ()
    times: Collection[str] = TIMES
    hidden: Collection[str] = ()
    zone: str = ""
    notes: list[str] = field(default_factory=list)
    _kinds: dict[str, pl.DataType] = field(default_factory=dict)

    def frame(self, rows: Sequence[dict[str, Any]], names: Iterable[str] = ()) -> pl.DataFrame:
        """Make a frame of rows, in which a field that has no value may be missing."""
        found = dict.fromkeys([*self._kinds, *names, *(name for row in rows for name in row)])
        columns = [self._column(name, rows) for name in found if name not in self.hidden]
        self._kinds = {column.name: column.dtype for column in columns}
        return pl.DataFrame(columns)

    def _column(self, name: str, rows: Sequence[dict[str, Any]]) -> pl.Series:
        values = [row.get(name) for row in rows]
        several = isinstance(self._kinds.get(name), pl.List) or any(isinstance(each, list) for each in values)
        if several:
            listed = [None if each is None else [_text(one) for one in _listed(each)] for each in values]
            return pl.Series(name, listed, dtype=pl.List(pl.String))
        plain = None if name in self.times else _written_numbers(name, values)
        if plain is not None:
            return plain
        texts = pl.Series(name, [None if each is None else _text(each) for each in values], dtype=pl.String)
        if self._kinds.get(name) == pl.String():
            return texts
        if name in self.times:
            return self._moments(texts)
        return self._number(texts) if name in self.numbers else texts

    def _moments(self, texts: pl.Series) -> pl.Series:
        read = _moments(texts, self.zone)
        if read.null_count() == texts.null_count():
            return read.cast(_UTC)
        note = f"{texts.name} holds what is no time that can be read, and stays text"
        self.notes += [] if note in self.notes else [note]
        return texts

    def _number(self, texts: pl.Series) -> pl.Series:
        kinds = (pl.Float64(),) if self._kinds.get(texts.name) == pl.Float64() else (pl.Int64(), pl.Float64())
        for kind in kinds:
            read = texts.cast(kind, strict=False)
            if read.null_count() == texts.null_count():
                return read
        return texts


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _written_numbers(name: str, values: list[Any]) -> pl.Series | None:
    """A column that Splunk itself wrote as numbers; None if it did not."""
    there = [each for each in values if each is not None]
    for kind, wanted in ((int, pl.Int64()), (float, pl.Float64())):
        if there and all(type(each) is kind for each in there):
            return pl.Series(name, values, dtype=wanted, strict=False)
    return None


def _moments(texts: pl.Series, zone: str) -> pl.Series:
    """Times in microseconds: ISO 8601, seconds since 1970, or as an export writes them, with the name of a zone."""
    values = texts.to_list()
    if any(value is not None and _EPOCH.fullmatch(value) for value in values):
        return pl.Series(texts.name, [_epoch(value) for value in values], dtype=pl.Int64)
    if any(value is not None and _ZONE.fullmatch(value) for value in values):
        texts = pl.Series(texts.name, [_without_zone(value, zone) for value in values], dtype=pl.String)
    read = micros(texts)
    return texts.cast(pl.Int64, strict=False) if read is None else read


def _epoch(value: str | None) -> int | None:
    if value is None or not _EPOCH.fullmatch(value):
        return None
    found = round(Decimal(value) * 1_000_000)
    return found if YEARS[0] <= found <= YEARS[1] else None


def _without_zone(value: str | None, zone: str) -> str | None:
    """A time in UTC, of one with the name of a zone; None where nobody knows which zone is meant."""
    found = _ZONE.fullmatch(value) if value is not None else None
    if found is None:
        return value
    if found[2].upper() in _SAME_AS_UTC:
        return found[1]
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return None
    moment = datetime.fromisoformat(found[1])
    meant = (moment.replace(tzinfo=place, fold=fold) for fold in (0, 1))
    exact = next((each for each in meant if each.tzname() == found[2]), None)
    return None if exact is None else exact.isoformat()


def zone_needed(rows: Iterable[dict[str, Any]]) -> bool:
    """Whether rows name a zone that only the account's own can tell."""
    found = (_ZONE.fullmatch(row["_time"]) for row in rows if isinstance(row.get("_time"), str))
    return any(each is not None and each[2].upper() not in _SAME_AS_UTC for each in found)
