"""A text with the breaks inside its encoded runs taken out, and the way back to what was written.

Payloads are split to get past a search: `'SQBF'+'AFgA'` in PowerShell, `"SQBF" & "AFgA"` in VBA, `S^Q^B^F` in cmd,
a backtick or a backslash before a line's end, or simply lines of 64 or 76 letters. All of these are cut out once, so
that what looks for encoded runs need not know of them.
"""

from __future__ import annotations

import re
import string
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# One class of letters first, which the engine searches for quickly; what follows it is bounded: one pass, always.
_BREAK = re.compile(
    r"""['"^`\\\r\n](?:"""
    r"""(?<=['"])\s{0,8}[+&]\s{0,8}(?:_\s{1,16})?['"]"""  # closed, joined, opened again
    r"""|(?<=[\^`])(?:\r?\n)?"""
    r"""|(?<=\\)(?:r\\n|n|\r?\n[ \t]{0,16})"""  # a line's end as JSON writes it, or continued in a shell
    r"""|(?<=\r)\n[ \t]{0,16}|(?<=\n)[ \t]{0,16})"""
)
_RUN_LETTERS = string.ascii_letters + string.digits + "+/_-"
_LETTERS = frozenset(_RUN_LETTERS + "=")
# Encoded lines have 40 to 200 letters, usually 64 or 76; the last may be shorter, and then the run ends with it.
_SHORTEST_LINE, _LONGEST_LINE = 40, 200
_NEXT_LINE = re.compile(r"[A-Za-z0-9+/_-]{1,200}+(?![^=\s'\")<\\])(?![ \t])")
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@dataclass(frozen=True, slots=True)
class Flat:
    """A text without its breaks, and the same in lower case, letter for letter; positions are those in both."""

    written: str
    text: str
    low: str
    cuts: Sequence[int] = ()
    removed: Sequence[int] = ()

    def as_written(self, start: int, end: int) -> str:
        """Return what stands between two positions in the original, breaks and all."""
        first = start + self._removed_by(bisect_right(self.cuts, start))
        return self.written[first : end + self._removed_by(bisect_left(self.cuts, end))]

    def _removed_by(self, cut: int) -> int:
        return self.removed[cut - 1] if cut else 0


def flatten(text: str) -> Flat:
    """Take out the breaks that stand inside what could be an encoded run."""
    parts: list[str] = []
    cuts: list[int] = []
    removed: list[int] = []
    last = size = gone = 0
    for found in _BREAK.finditer(text) if _may_break(text) else ():
        start, end = found.span()
        if not _is_inside_a_run(text, start, end):
            continue
        parts.append(text[last:start])
        size, gone, last = size + start - last, gone + end - start, end
        cuts.append(size)
        removed.append(gone)
    flat = "".join((*parts, text[last:])) if cuts else text
    return Flat(text, flat, _lower(flat), cuts, removed)


def _may_break(text: str) -> bool:
    return (
        "^" in text
        or "`" in text
        or "\n" in text
        or "\\n" in text
        or (("+" in text or "&" in text) and ("'" in text or '"' in text))
    )


def _is_inside_a_run(text: str, start: int, end: int) -> bool:
    if start == 0 or end >= len(text) or text[start - 1] not in _LETTERS or text[end] not in _LETTERS:
        return False
    return text[start] in "'\"^`" or _is_wrapped(text, start, end)


def _is_wrapped(text: str, start: int, end: int) -> bool:
    """Whether a line's end is one that an encoder put there, and not the end of a run that another line follows."""
    before = text[max(0, start - _LONGEST_LINE - 1) : start]
    size = len(before) - len(before.rstrip(_RUN_LETTERS))
    return _SHORTEST_LINE <= size <= _LONGEST_LINE and _NEXT_LINE.match(text, end) is not None


def _lower(text: str) -> str:
    """Lower the ASCII letters alone: a few others would become two."""
    return text.lower() if text.isascii() else text.translate(_LOWER)
