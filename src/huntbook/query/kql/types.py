"""KQL's types, and the values that constants of them have."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

TICKS_A_SECOND = 10_000_000  # KQL's datetimes and timespans count 100 nanoseconds
EPOCH = 621_355_968_000_000_000  # ticks of 1970-01-01


class Type(StrEnum):
    """The scalar types. `UNKNOWN` is what nothing is known of: an expression that was refused already."""

    BOOL = "bool"
    INT = "int"
    LONG = "long"
    REAL = "real"
    DECIMAL = "decimal"
    STRING = "string"
    DATETIME = "datetime"
    TIMESPAN = "timespan"
    GUID = "guid"
    DYNAMIC = "dynamic"
    UNKNOWN = "unknown"


NAMES = {each.value: each for each in Type if each is not Type.UNKNOWN} | {
    "boolean": Type.BOOL,
    "int32": Type.INT,
    "int64": Type.LONG,
    "double": Type.REAL,
    "date": Type.DATETIME,
    "time": Type.TIMESPAN,
    "uuid": Type.GUID,
    "uniqueid": Type.GUID,
}  # as they may be written

NUMBERS = (Type.INT, Type.LONG, Type.REAL, Type.DECIMAL)

# bool; int and long; real; decimal; string, guid and dynamic as text (JSON); datetime and timespan in ticks: of a datetime,
# since 0001-01-01 (UTC). `None` is null.
Value = bool | int | float | Decimal | str | None
