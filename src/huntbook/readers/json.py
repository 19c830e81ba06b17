"""JSON: one object per line, arrays, wrapped records (`{"Records": […]}`, `{"value": […]}`), pretty-printed or concatenated."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import polars as pl

from huntbook.readers._base import LINE, RECORD, Batch, EvidenceFile, Losses, Reader
from huntbook.readers._text import LONGEST_LINE, blocks, line_batches, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROWS = 20_000
# A wrapper's own members before the list of records: `{"@odata.context": "…", "value": [`. Each member is a scalar.
_WRAPPER = re.compile(
    r'\{(?:\s*"[^"\\]{1,100}"\s*:\s*(?:"[^"\\]{0,2000}"|[\w.+-]{1,40})\s*,){0,20}\s*"[^"\\]{1,100}"\s*:\s*\['
)
_SPACE = " \t\r\n,"


class Json(Reader):
    """JSON in every arrangement that log exports come in."""

    rank = 40

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        """A text whose first character opens an object, or an array of objects."""
        text = (text_of(head) or "").lstrip()
        return text.startswith("{") or (text.startswith("[") and text[1:].lstrip()[:1] in ("{", "]", ""))

    def read(self, file: EvidenceFile, losses: Losses) -> Iterator[Batch]:
        """Read the objects; a broken one is noted with its line, and reading goes on after it."""
        if _one_per_line(text_of(file.head()) or ""):
            yield from _lines(file, losses)
        else:
            yield from _documents(file, losses)


def _one_per_line(head: str) -> bool:
    """Whether records stand one to a line: the first line that is whole is an object by itself, or a broken one."""
    lines = [line.strip().rstrip("\x1e") for line in head.splitlines() if line.strip()]
    if not lines or not lines[0].startswith("{"):
        return False
    if _WRAPPER.match(lines[0]) and len(lines) == 1:
        return False
    return _is_object(lines[0]) or (len(lines) > 1 and all(line.startswith("{") for line in lines[1:3]))


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return len(line) > 60_000  # cut off by the end of the head: taken for whole


def _lines(file: EvidenceFile, losses: Losses) -> Iterator[Batch]:
    for frame in line_batches(file, losses):
        whole = frame.rename({"line": RECORD})
        starts = pl.col(RECORD).str.strip_chars_start().str.starts_with("{")
        for number, line in whole.filter(~starts).select(LINE, pl.col(RECORD).str.head(20)).iter_rows():
            losses.add("not a JSON object", position=f"line {number}: {line!r}")
        yield Batch(whole.filter(starts))


def _documents(file: EvidenceFile, losses: Losses) -> Iterator[Batch]:
    """Objects that do not stand one to a line: take one after the other from the text, numbered as records."""
    rows: list[str] = []
    first = 1
    for record in _records(blocks(file, losses), losses):
        rows.append(record)
        if len(rows) == _ROWS:
            yield _batch(rows, first)
            first += len(rows)
            rows = []
    if rows:
        yield _batch(rows, first)


def _batch(rows: list[str], first: int) -> Batch:
    numbers = pl.Series(LINE, range(first, first + len(rows)), dtype=pl.UInt64)
    return Batch(pl.DataFrame([numbers, pl.Series(RECORD, rows, dtype=pl.String)]))


def _records(pieces: Iterator[bytes], losses: Losses) -> Iterator[str]:
    decoder = json.JSONDecoder()
    text, at, line, opened = "", 0, 1, False
    for piece in pieces:
        line += text.count("\n", 0, at)
        text, at = text[at:] + piece.decode("utf-8"), 0
        if not opened:
            at, opened = _open(text), True
        while True:
            at = _skip(text, at)
            if at == len(text):
                break
            try:
                value, end = decoder.raw_decode(text, at)
            except (ValueError, RecursionError) as error:
                if len(text) - at < LONGEST_LINE and not isinstance(error, RecursionError) and _is_cut(error, text):
                    break  # the rest of the record is in the next piece
                losses.add("broken JSON", position=f"line {line + text.count(chr(10), 0, at)}")
                at = _resume(text, at)
                continue
            yield from _objects(value, text[at:end])
            at = end
    if text[at:].strip(_SPACE + "]}"):
        losses.add("the file ends inside a record", position=f"line {line + text.count(chr(10), 0, at)}")


def _open(text: str) -> int:
    """Step over what stands around the records: a bracket, or a wrapper's members up to its list."""
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] == "[":
        return start + 1
    wrapper = _WRAPPER.match(text, start)
    return wrapper.end() if wrapper else start


def _skip(text: str, at: int) -> int:
    """Step over space and commas between records, and over what closes the list and its wrapper."""
    while at < len(text) and (text[at] in _SPACE or text[at] in "]}"):
        at += 1
    return at


def _is_cut(error: Exception, text: str) -> bool:
    """Whether decoding failed because the text ended, not because it is broken: then the error is near the end."""
    place = getattr(error, "pos", 0)
    return "Unterminated string" in str(error) or place >= len(text) - 16


def _resume(text: str, at: int) -> int:
    """Find where the next record may begin: an object at the start of a line or after `},`."""
    found = re.compile(r"\n\s{0,8}\{|\}\s{0,8},\s{0,8}\{").search(text, at + 1)
    return found.end() - 1 if found else len(text)


def _objects(value: object, text: str) -> Iterator[str]:
    """Give the records that a decoded value holds, each on one line: itself, or those of a list in it."""
    if isinstance(value, dict):
        yield text if "\n" not in text else json.dumps(value, ensure_ascii=False)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                yield json.dumps(item, ensure_ascii=False)
