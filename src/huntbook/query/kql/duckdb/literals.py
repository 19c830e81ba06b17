"""Constants in DuckDB's SQL."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from decimal import Decimal

from huntbook.core import sql
from huntbook.errors import KqlError
from huntbook.query.kql.types import Type, Value

TYPES = {
    Type.BOOL: "BOOLEAN",
    Type.INT: "INTEGER",
    Type.LONG: "BIGINT",
    Type.REAL: "DOUBLE",
    Type.DECIMAL: "DECIMAL(38, 18)",
    Type.STRING: "VARCHAR",
    Type.DATETIME: "TIMESTAMP",
    Type.TIMESPAN: "BIGINT",
    Type.GUID: "VARCHAR",
    Type.DYNAMIC: "JSON",
    Type.UNKNOWN: "VARCHAR",
}
_STORED = {
    "BOOLEAN": Type.BOOL,
    "TINYINT": Type.INT,
    "SMALLINT": Type.INT,
    "INTEGER": Type.INT,
    "UTINYINT": Type.INT,
    "USMALLINT": Type.INT,
    "UINTEGER": Type.LONG,
    "BIGINT": Type.LONG,
    "UBIGINT": Type.LONG,
    "FLOAT": Type.REAL,
    "DOUBLE": Type.REAL,
    "TIMESTAMP": Type.DATETIME,
    "JSON": Type.DYNAMIC,
}


def type_of(stored: str) -> Type:
    """The KQL type of a column, from what DuckDB calls its type; what KQL has no type for is a string."""
    return Type.DECIMAL if stored.startswith("DECIMAL") else _STORED.get(stored, Type.STRING)


MOST_DECIMAL = Decimal(10) ** 20
_EPOCH = datetime(1, 1, 1)  # noqa: DTZ001 - KQL's are UTC without saying so


def literal(kind: Type, value: Value) -> str:  # noqa: PLR0911 - a type each
    """Write a constant: typed, where its text alone would not say of which type it is."""
    if value is None:
        return f"NULL::{TYPES[kind]}"
    if kind is Type.BOOL:
        return "true" if value else "false"
    if kind is Type.STRING:
        return text(str(value))
    if kind is Type.REAL:
        return _real(float(value))
    if kind is Type.DATETIME:
        return f"TIMESTAMP '{_moment(int(value))}'"
    if kind is Type.GUID:
        return text(str(value))
    if kind is Type.DYNAMIC:
        return f"{text(str(value))}::JSON"
    if kind is Type.DECIMAL:
        return _decimal(Decimal(value))
    written = _signed(str(int(value)))
    small = kind is Type.INT or 2**31 <= abs(int(value)) < 2**63
    return written if small else f"{written}::BIGINT"


def _decimal(value: Decimal) -> str:
    if not value.is_finite() or abs(value) >= MOST_DECIMAL:
        message = f"decimal({value}) is beyond what a decimal holds here: 20 digits before the point, 18 after it."
        raise KqlError(message, hint="A real holds greater numbers.")
    return f"{_signed(format(value, 'f'))}::{TYPES[Type.DECIMAL]}"


def _signed(number: str) -> str:
    """A number, in brackets where it is negative: a cast binds more tightly than the sign."""
    return f"({number})" if number.startswith("-") else number


def text(value: str) -> str:
    """Write a string; DuckDB's literals hold no zero character, and UTF-8 no half of a pair."""
    parts = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").split("\0")
    return sql.text(parts[0]) if len(parts) == 1 else f"({' || chr(0) || '.join(map(sql.text, parts))})"


def _real(value: float) -> str:
    if math.isfinite(value):
        return f"{_signed(repr(value))}::DOUBLE"
    return f"'{value}'::DOUBLE"


def _moment(ticks: int) -> str:
    moment = _EPOCH + timedelta(microseconds=ticks // 10)
    return (
        f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond:06}".rjust(26, "0")
        if moment.year < 1000
        else moment.isoformat(" ")
    )
