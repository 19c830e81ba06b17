r"""Hexadecimal in a text: `0x48656c6c`, `48656c6c`, `48 65 6c`, `0x48,0x65`, `\x48\x65`, `%48%65`, `%u0048`, `\u0048`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from huntbook.analytics._decode.content import Budget, Hit, Reading, Trust
from huntbook.analytics._decode.promising import HEX
from huntbook.analytics._decode.read import read_bytes
from huntbook.analytics._decode.text import is_plausible

if TYPE_CHECKING:
    from collections.abc import Iterator

_PAIR = "[0-9a-fA-F]{2}"
_BREAK = r"[ \t\r\n]{0,8}+"
_ESCAPED = re.compile(rf"(?:\\x{_PAIR}){{6,}}+")
# Each repetition ends where the next begins and is bounded by itself: a run that ends badly is not searched again.
_LIST = re.compile(rf"0x[0-9a-fA-F]{{1,2}}(?:{_BREAK},{_BREAK}0x[0-9a-fA-F]{{1,2}}){{7,}}+")
_PLAIN = re.compile(rf"(?<![0-9A-Za-z])(?:0x(?:{_PAIR}){{8,}}+|(?:{_PAIR}){{10,}}+)(?![0-9A-Za-z])")
_SPACED = re.compile(rf"(?<![0-9A-Za-z]){_PAIR}(?:[ :,-]{_PAIR}(?![0-9A-Za-z])){{9,}}+")
_PERCENT = re.compile(rf"(?:%{_PAIR}){{8,}}+")
_UNITS = re.compile(r"(?:%u[0-9a-fA-F]{4}){4,}+|(?:\\u[0-9a-fA-F]{4}){4,}+")
_VALUE = re.compile(r"0x([0-9a-fA-F]{1,2})")
_UNIT = re.compile(r"[0-9a-fA-F]{4}")
_PROMISING = re.compile(HEX)
_NO_BREAKS = str.maketrans("", "", ", \t\r\n")
_NO_SEPARATORS = str.maketrans("", "", " :,-")
# The shape of a text: h for a hexadecimal digit, s for a separator. What these cannot find is not searched for.
_SHAPE = bytes(
    ord("h") if chr(code) in "0123456789abcdef" else ord("s") if chr(code) in " :,-" else ord(".")
    for code in range(256)
)
_PLAIN_SHAPE = b"h" * 16
_SPACED_SHAPE = b"hhs" * 9


def find_hex(text: str, low: str, budget: Budget) -> Iterator[Hit]:
    """Find hexadecimal in a text (given in lower case as well) that reads as text, or as a binary that has a name."""
    if "\\x" in low:
        for found in _ESCAPED.finditer(text):
            yield from _hit(found, bytes.fromhex(found[0].replace("\\x", "")), Trust.FORM, budget)
    if "0x" in low:
        for found in _LIST.finditer(text):
            yield from _hit(found, _listed(found[0]), Trust.FORM, budget)
    yield from _digits(text, low, budget)
    if "%" in text or "\\u" in text:
        yield from _escapes(text)


def _digits(text: str, low: str, budget: Budget) -> Iterator[Hit]:
    shape = low.encode("latin-1", "replace").translate(_SHAPE)
    for outline, pattern in ((_PLAIN_SHAPE, _PLAIN), (_SPACED_SHAPE, _SPACED)):
        for found in pattern.finditer(text) if outline in shape else ():
            digits = found[0].removeprefix("0x").translate(_NO_SEPARATORS)
            # A long number is no text, which would not lack all of j to o; nor is a hash.
            if not digits.isdecimal() and _PROMISING.search(digits):
                yield from _hit(found, bytes.fromhex(digits), Trust.GUESS, budget)


def _listed(run: str) -> bytes:
    """Read a list of bytes; nearly always each has two digits."""
    digits = run.translate(_NO_BREAKS).replace("0x", "")
    if len(digits) == 2 * run.count("0x"):
        return bytes.fromhex(digits)
    return bytes(int(value, 16) for value in _VALUE.findall(run))


def _hit(found: re.Match[str], data: bytes, trust: Trust, budget: Budget) -> Iterator[Hit]:
    if readings := read_bytes(data, trust, budget):
        yield Hit(found.start(), found.end(), "hex", readings)


def _escapes(text: str) -> Iterator[Hit]:
    """Find escaped ASCII, which nobody needs to escape; in other scripts an escape is only how JSON and URLs write."""
    for found in _PERCENT.finditer(text):
        plain = bytes.fromhex(found[0].replace("%", "")).decode("latin-1")
        yield from _escaped(found, plain, "+utf-8")
    for found in _UNITS.finditer(text):
        plain = "".join(chr(int(unit, 16)) for unit in _UNIT.findall(found[0].replace("u", "")))
        yield from _escaped(found, plain, "+utf-16")


def _escaped(found: re.Match[str], plain: str, encoding: str) -> Iterator[Hit]:
    if plain.isascii() and is_plausible(plain, Trust.FORM):
        yield Hit(found.start(), found.end(), "hex", [Reading(encoding, plain, is_text=True)])
