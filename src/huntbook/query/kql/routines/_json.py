"""JSON as the routines read and write it: numbers stay the texts that they are, and nesting has an end."""

from __future__ import annotations

import json
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Any

_DEEPEST = 200


class Number(str):
    """A number, as it is written."""

    __slots__ = ()

    @property
    def whole(self) -> bool:
        """Whether it is written without a point and an exponent."""
        return self.lstrip("-").isdecimal()


class NotJson(ValueError):
    """A text is no JSON, or nested too deeply."""


_DECODER = json.JSONDecoder(parse_int=Number, parse_float=Number, parse_constant=Number)


def read(text: str) -> Any:
    """What a text says: dicts, lists, `str`, `Number`, `bool` and `None`.

    Raises:
        NotJson: it says nothing.
    """
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise NotJson from error
    if _depth(value) > _DEEPEST:
        raise NotJson
    return value


def quoted(text: str) -> str:
    """A text as JSON."""
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character: as an escape it can be written
        return encode_basestring_ascii(text)
    return encode_basestring(text)


def scalar(value: str | bool | None) -> str:
    """A value without members as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    return str(value) if isinstance(value, Number) else quoted(value)


def _depth(value: Any) -> int:
    deepest, level = 0, [value]
    while level and deepest <= _DEEPEST + 1:
        inside = [each for each in level if isinstance(each, (dict, list))]
        deepest += bool(inside)
        level = [one for each in inside for one in (each.values() if isinstance(each, dict) else each)]
    return deepest
