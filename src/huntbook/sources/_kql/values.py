"""Rows as Kusto's services send them, as a table of the same types that local evidence answers with.

A dynamic is its JSON text, a guid its text; a datetime is in UTC. It and a timespan are to the microsecond, or to the nanosecond where the seventh
digit counts.
What a value is not of its column's type is not lost in silence: it is counted, and the answer says so.
"""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Context, Decimal, InvalidOperation
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import polars as pl

from huntbook.query.kql.parse.times import timespan_ticks
from huntbook.query.kql.types import NAMES, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_UTC_NS = pl.Datetime("ns", "UTC")
_UTC_US = pl.Datetime("us", "UTC")
_FRACTION = r"\.\d{6}[1-9]"
_EARLIEST, _LATEST = "1678", "2262"  # years that nanoseconds can count
_TICKS_OF_NANOSECONDS = 2**63 // 100  # ticks that nanoseconds can count
_DIGITS, _PLACES = 38, Decimal("1e-18")
_EXACTLY = Context(prec=60)
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
# As Defender, Graph, Resource Graph and .NET name them.
_ALSO = {
    "sbyte": Type.BOOL,
    "boolean": Type.BOOL,
    "int32": Type.INT,
    "int64": Type.LONG,
    "integer": Type.LONG,
    "number": Type.REAL,
    "single": Type.REAL,
    "sqldecimal": Type.DECIMAL,
    "object": Type.DYNAMIC,
    "dictionary": Type.DYNAMIC,
    "list": Type.DYNAMIC,
    "datetimeoffset": Type.DATETIME,
}


def type_named(name: str) -> Type:
    """The KQL type of a name that a service uses; what is not known is text.

    Example:
        >>> type_named("DateTime").value, type_named("SByte").value
        ('datetime', 'bool')
    """
    plain = name.lower().removeprefix("system.").rpartition(".")[2]
    return NAMES.get(plain) or _ALSO.get(plain) or Type.STRING


def frame_of(
    columns: Sequence[tuple[str, Type]], rows: Sequence[Sequence[Any]], *, trees: bool = False
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Make a table of rows.

    Args:
        columns: names and types, in order; of two of one name the second gets a number.
        rows: the values, in the columns' order.
        trees: whether a dynamic is sent as the tree that it is, so that a text in it is a text, and not the JSON of something.

    Returns:
        The table, and what the reader has to know of it.
    """
    named = _distinct([name for name, _ in columns])
    if not rows:
        kinds = (_TYPES.get(kind, pl.String) for _, kind in columns)
        return pl.DataFrame(schema=dict(zip(named, kinds, strict=True))), ()
    if {len(row) for row in rows} - {len(columns)}:
        raise ValueError(f"a row has another number of values than the {len(columns)} columns")
    values = (list(map(itemgetter(place), rows)) for place in range(len(columns)))
    notes: list[str] = []
    made = []
    for name, (_, kind), column in zip(named, columns, values, strict=True):
        nothing = column.count(None)
        if nothing == len(column):  # most columns of most tables are empty: no need to look at them one value at a time
            made.append(pl.Series(name, column, dtype=_TYPES.get(kind, pl.String)))
            continue
        read = _tree if trees and kind is Type.DYNAMIC else _READ.get(kind, _text)
        series = read(column).alias(name)
        if kind is not Type.STRING and (lost := series.null_count() - nothing - column.count("")) > 0:
            notes.append(f"{lost:,} values of {name} are no {kind.value} and are left out")
        made.append(series)
    return pl.DataFrame(made), tuple(notes)


def _distinct(names: list[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        number, free = 1, name
        while free in found:
            free, number = f"{name}{number}", number + 1
        found.append(free)
    return found


def _direct(values: Sequence[Any], kind: type[pl.DataType]) -> pl.Series | None:
    """The values as they are, where all of them are of one type already: mostly so, and the quickest."""
    try:
        return pl.Series(values, dtype=kind, strict=True)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
        return None


def _text(values: Sequence[Any]) -> pl.Series:
    direct = _direct(values, pl.String)
    if direct is not None:
        return direct
    return pl.Series(
        [value if value is None or isinstance(value, str) else _json(value) for value in values], dtype=pl.String
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _dynamic(values: Sequence[Any]) -> pl.Series:
    """As JSON text; a text is JSON already in what Log Analytics sends, and a member of a tree in what others do."""
    return _text(values)


def _tree(values: Sequence[Any]) -> pl.Series:
    """As JSON text; an empty text stands for nothing at all, as in what Kusto sends of columns without values."""
    return pl.Series([None if value is None or value == "" else _json(value) for value in values], dtype=pl.String)


def _bool(values: Sequence[Any]) -> pl.Series:
    direct = _direct(values, pl.Boolean)
    if direct is not None:
        return direct
    return pl.Series([_TRUTH.get(str(value).lower()) for value in values], dtype=pl.Boolean)


def _whole(kind: type[pl.DataType]) -> Callable[[Sequence[Any]], pl.Series]:
    def read(values: Sequence[Any]) -> pl.Series:
        direct = _direct(values, pl.Int64)
        whole = pl.Series([_integer(value) for value in values], dtype=pl.Int64) if direct is None else direct
        return whole.cast(kind, strict=False)

    return read


def _integer(value: Any) -> int | None:
    try:
        number = value if isinstance(value, int) else int(value) if isinstance(value, str) and value else None
    except ValueError:
        return None
    return number if number is not None and -(2**63) <= number < 2**63 else None


def _real(values: Sequence[Any]) -> pl.Series:
    direct = _direct(values, pl.Float64)
    if direct is not None:
        return direct
    return pl.Series([_float(value) for value in values], dtype=pl.Float64)


def _float(value: Any) -> float | None:
    try:
        return None if value is None or value == "" else float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _decimal(values: Sequence[Any]) -> pl.Series:
    return pl.Series([_exact(value) for value in values], dtype=pl.Decimal(_DIGITS, 18))


def _exact(value: Any) -> Decimal | None:
    try:
        number = None if value is None or value == "" else Decimal(str(value))
    except InvalidOperation:
        return None
    if number is None or not number.is_finite() or abs(number) >= 10**20:
        return None
    return number.quantize(_PLACES, context=_EXACTLY)  # or a long one costs others that stand beside it their value


def _datetime(values: Sequence[Any]) -> pl.Series:
    direct = _direct(values, pl.String)
    texts = [value if isinstance(value, str) else None for value in values] if direct is None else []
    text = pl.Series(texts, dtype=pl.String) if direct is None else direct
    years = text.str.head(4)
    near = bool((years.is_between(pl.lit(_EARLIEST), pl.lit(_LATEST), closed="none")).all())
    kind = _UTC_NS if near and text.str.contains(_FRACTION).any() else _UTC_US
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_unit=kind.time_unit, time_zone="UTC", strict=False)


def _timespan(values: Sequence[Any]) -> pl.Series:
    ticks = [timespan_ticks(value) if isinstance(value, str) else None for value in values]
    there = [each for each in ticks if each is not None]
    if any(each % 10 for each in there) and all(abs(each) < _TICKS_OF_NANOSECONDS for each in there):
        return pl.Series([None if each is None else each * 100 for each in ticks], dtype=pl.Duration("ns"))
    return pl.Series(
        [None if each is None else timedelta(microseconds=each // 10) for each in ticks], dtype=pl.Duration("us")
    )


_TYPES: dict[Type, pl.DataType | type[pl.DataType]] = {
    Type.BOOL: pl.Boolean,
    Type.INT: pl.Int32,
    Type.LONG: pl.Int64,
    Type.REAL: pl.Float64,
    Type.DECIMAL: pl.Decimal(38, 18),
    Type.DATETIME: _UTC_US,
    Type.TIMESPAN: pl.Duration("us"),
}
_READ: dict[Type, Callable[[Sequence[Any]], pl.Series]] = {
    Type.BOOL: _bool,
    Type.INT: _whole(pl.Int32),
    Type.LONG: _whole(pl.Int64),
    Type.REAL: _real,
    Type.DECIMAL: _decimal,
    Type.DATETIME: _datetime,
    Type.TIMESPAN: _timespan,
    Type.DYNAMIC: _dynamic,
}
