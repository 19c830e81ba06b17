"""The rows of a JSON document that is too large to be read at once: `{"tables": [{"columns": […], "rows": [[…], […], …]}]}`.

The document comes in chunks. What stands around the rows is given as it is, the rows some thousands at a time. Where one row ends and another
begins is found by trying: a stretch of text that ends with a row's bracket is a list of rows if, and only if, it can be parsed as one, since a
bracket inside a text or inside a cell leaves quotes or brackets open. Where trying fails too often (a text full of brackets), the text is
walked through, so that the time stays linear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from huntbook.core.json_text import read_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TRIES: Final = 4
_AT_ONCE: Final = 1 << 20  # bytes of rows
_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_BETWEEN: Final = re.compile(rb"[\]}]\s*,\s*[\[{]")
_LAST: Final = re.compile(rb"[\]}\[]\s*\]")


@dataclass(frozen=True)
class Around:
    """What stands before, between and after rows, as it is: with an empty list in the place of each list of rows, it is the document."""

    text: bytes


@dataclass(frozen=True)
class Rows:
    """Some rows, each a list or an object."""

    rows: list[Any]


def json_rows(chunks: Iterable[bytes], key: str = "rows") -> Iterator[Around | Rows]:
    """Take a document apart: what is around the lists under `key`, and those lists, some rows at a time.

    Args:
        chunks: the document.
        key: the name under which lists of rows stand. A text in the document cannot be taken for it: its quotes are escaped.

    Raises:
        ValueError: if it is no JSON, or breaks off.
    """
    return _Reader(chunks, key).parts()


class _Reader:
    def __init__(self, chunks: Iterable[bytes], key: str) -> None:
        self._chunks = iter(chunks)
        self._begins = re.compile(rb'"%s"\s*:\s*\[' % re.escape(key.encode()))
        self._longest = len(key) + 64
        self._text = b""
        self._ended = False

    def _more(self) -> bool:
        chunk = next(self._chunks, None)
        if chunk is None:
            self._ended = True
            return False
        self._text += chunk
        return True

    def parts(self) -> Iterator[Around | Rows]:
        around = bytearray()  # which grows in place: a document may be large and have no rows
        while True:
            found = self._begins.search(self._text)
            if found is None:
                if self._ended:
                    yield Around(bytes(around + self._text))
                    return
                around += self._text[: -self._longest]
                self._text = self._text[-self._longest :]
                self._more()
                continue
            around += self._text[: found.end()]
            self._text = self._text[found.end() :]
            yield Around(bytes(around))
            around.clear()
            yield from self._list()

    def _list(self) -> Iterator[Rows]:
        """The rows of one list; afterwards the text begins with the bracket that ends it."""
        while True:
            while len(self._text) < _AT_ONCE and self._more():
                pass
            if self._text.lstrip()[:1] == b"]":
                self._text = self._text.lstrip()
                return
            rows, length, whole = self._stretch()
            if rows:
                yield Rows(rows)
            self._text = self._text[length:]
            if whole:
                return

    def _stretch(self) -> tuple[list[Any], int, bool]:
        """Some whole rows at the beginning of the text: what they are, how long they are with the comma after them, and whether they end the list."""
        while True:
            for cut, length, whole in self._places():
                rows = _parsed(self._text[:cut])
                if rows is not None:
                    return rows, length, whole
            walked = _walked(self._text)
            if walked is not None:
                cut, length, whole = walked
                return read_json(b"[" + self._text[:cut] + b"]"), length, whole
            if self._ended:
                raise ValueError("the rows break off")
            enough = 2 * len(
                self._text
            )  # doubled, so that a row without an end in sight is not walked through for each chunk
            while len(self._text) < enough and self._more():
                pass

    def _places(self) -> Iterator[tuple[int, int, bool]]:
        """Where rows may end: of a text that goes on, the last places; of one that ended, the first where the list may end."""
        if not self._ended:
            between = list(_BETWEEN.finditer(self._text, max(0, len(self._text) - (_AT_ONCE >> 1))))
            for found in reversed(between[-_TRIES:]):
                yield found.start() + 1, found.end() - 1, False
            return
        for number, found in enumerate(_LAST.finditer(self._text)):
            if number == _TRIES:
                return
            yield found.start() + 1, found.end() - 1, True


def _parsed(text: bytes) -> list[Any] | None:
    try:
        return read_json(b"[" + text + b"]")  # type: ignore[no-any-return]
    except ValueError:
        return None


def _walked(text: bytes) -> tuple[int, int, bool] | None:
    """Where the last whole row ends, found by walking through the text: (its end, with the comma after it, whether it ends the list)."""
    depth, best = 0, None
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token in (b"[", b"{"):
            depth += 1
        elif token in (b"]", b"}"):
            depth -= 1
            if depth < 0:  # the bracket of the list
                end = len(text[: found.start()].rstrip())
                return end, found.start(), True
            if depth == 0:
                comma = text.find(b",", found.end(), found.end() + 64)
                if comma >= 0 and not text[found.end() : comma].strip():
                    best = found.end(), comma + 1, False
    return best
