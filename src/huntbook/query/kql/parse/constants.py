"""What constants mean: strings with their escapes, numbers, and typed literals such as `datetime(2020-01-01)`."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from math import inf, nan

from huntbook.query.kql.parse.times import datetime_ticks, timespan_ticks
from huntbook.query.kql.tokens import ESCAPE
from huntbook.query.kql.types import NAMES, Type, Value

_ESCAPE = re.compile(ESCAPE)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\\": "\\", "'": "'", '"': '"'}
_SURROGATE = re.compile("[\ud800-\udfff]")
_INTEGER = re.compile(r"[+-]?\s*(?:0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20})", re.ASCII)
_NUMBER = re.compile(r"[+-]?\s*(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,5})?", re.ASCII)
_GUID = re.compile(
    r"[{(]?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})[})]?", re.IGNORECASE
)
_REALS = {"nan": nan, "+inf": inf, "inf": inf, "-inf": -inf}
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


class NotReadable(ValueError):
    """A constant that is none of its type."""


def string_value(text: str) -> str:
    r"""The value of one string literal, in any of its spellings: `"…"`, `'…'`, `@"…"`, three backquotes, `h"…"`.

    >>> string_value(r'h"a\tb"'), string_value("@'it''s'")
    ('a\tb', "it's")
    """
    if text[0] in "hH":
        text = text[1:]
    if text[0] == "@":
        quote = text[1]
        return text[2:-1].replace(quote * 2, quote)
    if text[0] in "`~":
        return text[3:-3]
    body = text[1:-1]
    if "\\" not in body:
        return body
    value = _ESCAPE.sub(_escaped, body)
    if _SURROGATE.search(value):  # "\ud83d\ude00" is one character
        value = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value


def _escaped(found: re.Match[str]) -> str:
    text = found[0]
    first = text[1]
    if first in _PLAIN:
        return _PLAIN[first]
    code = int(text.lstrip("\\uUx"), 16) if first in "uUx" else int(text[1:], 8)
    return chr(code) if code < 0x110000 else "\ufffd"


def integer_value(text: str, type_: Type = Type.LONG) -> int:
    """An integer, decimal or hexadecimal, that its type can hold."""
    if not _INTEGER.fullmatch(text):
        raise NotReadable(text)
    sign = -1 if text[0] == "-" else 1
    digits = text.lstrip("+- ").lower()
    value = sign * int(digits, 0 if digits.startswith("0x") else 10)
    bound = 2**31 if type_ is Type.INT else 2**63
    if not -bound <= value < bound:
        raise NotReadable(text)
    return value


def typed_value(text: str) -> tuple[Type, Value]:
    """The type and value of `type(value)`; `null` is `None`, and a value may stand in quotes."""
    word, _, rest = text.partition("(")
    type_ = NAMES[word]
    inner = rest[:-1].strip()
    if inner in ("null", ""):
        return type_, None
    if len(inner) > 1 and inner[0] == inner[-1] and inner[0] in "'\"":
        inner = inner[1:-1].strip()
    return type_, _value(type_, inner)


def _value(type_: Type, text: str) -> Value:
    match type_:
        case Type.BOOL:
            value: Value = _BOOLEANS.get(text.lower())
        case Type.INT | Type.LONG:
            value = integer_value(text, type_)
        case Type.REAL:
            value = real_value(text)
        case Type.DECIMAL:
            value = _decimal(text)
        case Type.DATETIME:
            value = datetime_ticks(text)
        case Type.TIMESPAN:
            value = timespan_ticks(text)
        case _:
            found = _GUID.fullmatch(text)
            value = "-".join(found.groups()).lower() if found else None
    if value is None:
        raise NotReadable(text)
    return value


def real_value(text: str) -> float:
    """A real number, or one of nan, +inf and -inf."""
    if (named := _REALS.get(text.lower())) is not None:
        return named
    if not _NUMBER.fullmatch(text):
        return float(integer_value(text))
    return float(text.replace(" ", ""))


def _decimal(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise NotReadable(text)
    try:
        return Decimal(text.replace(" ", ""))
    except InvalidOperation as error:
        raise NotReadable(text) from error
