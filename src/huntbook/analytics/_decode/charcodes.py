"""Characters written as their numbers: `[char]73+[char]69`, `Chr(73) & "ex"`, `fromCharCode(73, 69)`, `(73,69)|%{[char]$_}`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from huntbook.analytics._decode.content import Hit, Reading, Trust
from huntbook.analytics._decode.text import is_plausible

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBER = r"(?:0x[0-9a-f]{1,4}|[0-9]{1,5})"
_CODE = rf"(?:\[char\]\s?(?:{_NUMBER}\b|\(\s?{_NUMBER}\s?\))|(?:n?char|chrw?)\$?\(\s{{0,4}}{_NUMBER}\s{{0,4}}\))"
_PIECE = rf"""(?:{_CODE}|'[^'\r\n]{{0,200}}+'|"[^"\r\n]{{0,200}}+")"""
_CHAIN = re.compile(
    rf"{_PIECE}(?:\s{{0,8}}+(?:\+|&|\.|,|\|\|)\s{{0,8}}+(?:_\s{{1,16}}+)?{_PIECE}){{2,}}+", re.IGNORECASE
)
_ITEM = re.compile(rf"""{_CODE}|'([^'\r\n]{{0,200}}+)'|"([^"\r\n]{{0,200}}+)\"""", re.IGNORECASE)
_IN_CODE = re.compile(r"(0x[0-9a-f]{1,4}|[0-9]{1,5})\b", re.IGNORECASE)
_FEWEST_CODES = 3

_BETWEEN = r"""['"]?(?:\s{0,4}+[,;]\s{0,4}+|\s{1,4}+)['"]?"""
_LIST = re.compile(rf"(?<![\w.]){_NUMBER}(?:{_BETWEEN}{_NUMBER}(?![\w.])){{3,}}+", re.IGNORECASE)
_NUMBERS = re.compile(_NUMBER, re.IGNORECASE)
_CHAIN_CUES = ("char]", "char(", "chr(", "chrw(", "chr$(")
_NEAR = ("char", "getstring", "fromcodepoint")
_LIST_CUES = ("[char", "fromcharcode", "fromcodepoint", "char(", "getstring")


def find_charcodes(text: str, low: str) -> Iterator[Hit]:
    """Find numbers that stand for characters in a text (given in lower case as well) that says that numbers do."""
    if "ch" not in low and "getstring" not in low:
        return
    if any(cue in low for cue in _CHAIN_CUES):
        for found in _CHAIN.finditer(text):
            items = list(_ITEM.finditer(found[0]))
            if sum(1 for item in items if item[1] is None and item[2] is None) >= _FEWEST_CODES:
                yield from _hit(found, [_characters(item) for item in items], Trust.COMMAND)
    if any(cue in low for cue in _LIST_CUES):
        for found in _LIST.finditer(text):
            near = low[max(0, found.start() - 24) : found.start()] + low[found.end() : found.end() + 64]
            trust = Trust.FORM if any(cue in near for cue in _NEAR) else Trust.GUESS
            yield from _hit(found, [_character(number) for number in _NUMBERS.findall(found[0])], trust)


def _hit(found: re.Match[str], characters: list[str | None], trust: Trust) -> Iterator[Hit]:
    known = [character for character in characters if character is not None]
    plain = "".join(known)
    if len(known) == len(characters) and is_plausible(plain, trust) and not _is_only_numbers(plain):
        yield Hit(found.start(), found.end(), "charcode", [Reading("", plain, is_text=True)])


def _is_only_numbers(plain: str) -> bool:
    """Whether these are numbers of something else: bytes of a key, flags, sizes."""
    accented = sum(1 for letter in plain if 0x7F <= ord(letter) < 0x250)
    return accented * 4 > len(plain) or "\0" in plain or not any(letter.isalpha() for letter in plain)


def _characters(item: re.Match[str]) -> str | None:
    literal = item[1] if item[1] is not None else item[2]
    if literal is not None:
        return literal
    number = _IN_CODE.search(item[0])
    return _character(number[1]) if number else None


def _character(number: str) -> str | None:
    """Return the character that has this number; none where it is no character's, or half of a pair."""
    code = int(number, 16 if number[:2].lower() == "0x" else 10)
    return chr(code) if code < 0xD800 or 0xDFFF < code < 0x10FFFF else None
