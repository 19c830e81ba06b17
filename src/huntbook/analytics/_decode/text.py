"""Whether bytes are text, and in which encoding: UTF-8, UTF-16 in either order, or Windows-1252; by content alone."""

from __future__ import annotations

import codecs
import string
from bisect import bisect_right
from collections import Counter
from typing import NamedTuple

from huntbook.analytics._decode.content import Trust

_READABLE = (string.ascii_letters + string.digits + string.punctuation + " \t\r\n").encode()
_WORD = (string.ascii_letters + string.digits + " ").encode()
_SHORTEST = {Trust.GUESS: 8, Trust.FORM: 4, Trust.CALL: 4, Trust.COMMAND: 3}
_SAMPLE = 2048
_SHORTEST_UTF16_WITHOUT_NULS = {Trust.GUESS: 16, Trust.FORM: 8, Trust.CALL: 8, Trust.COMMAND: 4}
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Where each group of characters starts, as in the block chart of the Unicode standard, coarsely. "" is no text: control
# and private characters, surrogates, and blocks so rare in text that random bytes are the better explanation.
_GROUPS = (
    (0x0000, ""), (0x0009, "common"), (0x000B, ""), (0x000D, "common"), (0x000E, ""), (0x0020, "common"),
    (0x0041, "latin"), (0x005B, "common"), (0x0061, "latin"), (0x007B, "common"), (0x007F, ""), (0x00A0, "common"),
    (0x00C0, "latin"), (0x0250, ""), (0x0370, "greek"), (0x0400, "cyrillic"), (0x0530, ""), (0x0590, "hebrew"),
    (0x0600, "arabic"), (0x0700, ""), (0x0900, "indic"), (0x0E00, "thai"), (0x0E80, ""), (0x1E00, "latin"),
    (0x1F00, "greek"), (0x2000, "common"), (0x2070, ""), (0x20A0, "common"), (0x20C0, ""), (0x2100, "common"),
    (0x2150, ""), (0x2190, "common"), (0x2200, ""), (0x2500, "common"), (0x2800, ""), (0x3000, "east asian"),
    (0x3100, ""), (0x4E00, "east asian"), (0xA000, ""), (0xAC00, "hangul"), (0xD7A4, ""), (0xFF00, "east asian"),
    (0xFFEF, ""), (0x1F300, "common"), (0x1FB00, ""),
)  # fmt: skip
_STARTS = [start for start, _ in _GROUPS]


class Text(NamedTuple):
    """Text, and the encoding that it was in."""

    text: str
    encoding: str


def read_text(data: bytes, trust: Trust) -> Text | None:
    """Read bytes as text, or return None where text is not the best explanation of them."""
    strange = data.translate(None, _READABLE)
    if not strange:
        # A script is UTF-16; a few letters of anything else are more likely a word that follows the switch.
        if trust is Trust.COMMAND and len(data) < _SHORTEST[Trust.GUESS]:
            return None
        return Text(data.decode("ascii"), "utf-8") if _is_ascii_text(data, trust) else None
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], encoding, trust)
    if b"\0" in strange:
        return _utf16(data, trust) or _terminated(data, trust)
    return _decoded(data, "utf-8", trust) or _unusual(data, strange, trust)


def readable_rest(data: bytes) -> str:
    """What a person can still read of a damaged script: NULs left out, what is no UTF-8 replaced."""
    return data.replace(b"\0", b"").decode("utf-8", "replace")


def is_plausible(text: str, trust: Trust) -> bool:
    """Whether characters, however they were come by, are what people and programs write."""
    if text.isascii():
        return _is_ascii_text(text.encode(), trust)
    return len(text) >= _SHORTEST[trust] and _is_coherent(text, trust)


def _is_ascii_text(data: bytes, trust: Trust) -> bool:
    if len(data) < _SHORTEST[trust]:
        return False
    strange = len(data.translate(None, _READABLE))
    if trust is not Trust.GUESS:
        return strange * 10 <= len(data) and bool(data.strip())
    return not strange and _is_wordy(data)


def _is_wordy(data: bytes) -> bool:
    """Random printable bytes are two thirds letters, digits and spaces; the shorter, the more we ask for."""
    size = len(data)
    least = 0.8 if size < 24 else 0.55 if size < 64 else 0.35
    return size - len(data.translate(None, _WORD)) >= least * size


def _decoded(data: bytes, encoding: str, trust: Trust) -> Text | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return Text(text, encoding) if is_plausible(text, trust) else None


def _utf16(data: bytes, trust: Trust) -> Text | None:
    """Read as UTF-16 in the more likely order; an odd last byte is what a careless encoder left behind."""
    even = data[: len(data) // 2 * 2]
    little = even[1::2].count(0) >= even[::2].count(0)
    for encoding in ("utf-16-le", "utf-16-be") if little else ("utf-16-be", "utf-16-le"):
        text = even.decode(encoding, "replace")
        if is_plausible(text, trust):
            return Text(text, encoding)
    return None


def _terminated(data: bytes, trust: Trust) -> Text | None:
    """Read strings that end with a NUL each, as C and the Linux kernel write them; between them a space is shown."""
    text = data.rstrip(b"\0")
    if b"\0\0" in text or text.count(0) * 3 > len(text):
        return None
    return _decoded(text.replace(b"\0", b" "), "utf-8", trust)


def _unusual(data: bytes, strange: bytes, trust: Trust) -> Text | None:
    """Read bytes without NULs that are no UTF-8: UTF-16 in a script other than Latin, or Windows-1252."""
    if len(strange) * 4 >= len(data):
        return _utf16(data, trust) if len(data) // 2 >= _SHORTEST_UTF16_WITHOUT_NULS[trust] else None
    if len(data) >= 24 and len(strange) * 8 <= len(data) and min(strange) >= 0xA0:
        return _decoded(data, "cp1252", trust)
    return None


def _is_coherent(text: str, trust: Trust) -> bool:
    """Whether text keeps to one script (and Latin), as writing does and random numbers do not."""
    return _keeps_to_a_script(text[:16], trust) and (len(text) <= 16 or _keeps_to_a_script(text[:_SAMPLE], trust))


def _keeps_to_a_script(text: str, trust: Trust) -> bool:
    groups = Counter(_GROUPS[bisect_right(_STARTS, ord(letter)) - 1][1] for letter in text)
    bad, _ = groups.pop("", 0), groups.pop("common", 0)
    if bad * 10 > (0 if trust is Trust.GUESS else len(text)):
        return False
    latin = groups.pop("latin", 0)
    other = sum(groups.values())
    return latin + other > 0 and (not groups or max(groups.values()) >= 0.95 * other)
