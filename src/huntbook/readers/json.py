"""JSON: one object per line, arrays, wrapped records (`{"Records": […]}`, `{"value": […]}`), pretty-printed or concatenated."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl

from huntbook.readers._base import BATCH, LINE, RECORD, Batch, EvidenceFile, Losses, Reader
from huntbook.readers._json_stream import WRAPPER, RecordStream, is_wrapper
from huntbook.readers._text import TEXT, head_lines, line_batches, pieces, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROWS = 20_000
_SPACE = " \t\r\n\x1e"  # the last opens each record of a JSON text sequence (RFC 7464)
_AROUND = _SPACE + ","
_CONSTANTS = r"[:\[,]\s*(?:NaN|-?Infinity)\s*[,\]}]"


class Json(Reader):
    """JSON in every arrangement that log exports come in.

    Where records stand one to a line, `_Line` is the line and the lines are not looked into: whoever takes them apart
    finds the broken ones. In any other arrangement `_Line` counts the records.
    """

    rank = 40

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        """A text that opens an object or an array of objects, or most of whose lines are objects."""
        text = (text_of(head) or "").lstrip(_SPACE)
        if text.startswith("["):
            text = text[1:].lstrip(_SPACE) or "]"
            return text[0] == "]" or _opens_object(text)
        return _opens_object(text) or _mostly_objects(head)

    def read(self, file: EvidenceFile, losses: Losses) -> Iterator[Batch]:
        """Read the objects; a broken one is noted with its place, and reading goes on after it."""
        if _one_per_line(file.head()):
            yield from _lines(file, losses)
        else:
            yield from _documents(RecordStream(pieces(file, losses), losses))


def _opens_object(text: str) -> bool:
    return text.startswith("{") and text[1:].lstrip(_SPACE)[:1] in ('"', "}", "")


def _mostly_objects(head: bytes) -> bool:
    """Whether a log begins amid a record, as a rotated one may: then it is known by the lines after."""
    lines = head_lines(head, 20)[1:]
    return len(lines) > 1 and sum(_is_object(line) for line in lines) > 0.8 * len(lines)


def _one_per_line(head: bytes) -> bool:
    """Whether records stand one to a line: the first line is an object by itself, or broken and the next two are.

    What stands around an array may have lines of its own.
    """
    lines = [line.strip(_AROUND) for line in head_lines(head, 5)]
    if b"\n" not in head.rstrip() and (len(head) > 60_000 or any(map(is_wrapper, lines))):
        return False
    if lines[:1] == ["["]:
        lines = lines[1:]
    if lines and _is_object(lines[0]):
        return True
    opens = not lines or lines[0].endswith(("[", "{", ":"))
    return not opens and len(lines) > 2 and all(map(_is_object, lines[1:3]))


def _is_object(line: str) -> bool:
    if not line.startswith("{"):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _lines(file: EvidenceFile, losses: Losses) -> Iterator[Batch]:
    for frame in line_batches(file, losses):
        lines = pl.DataFrame([frame[LINE], frame[TEXT].alias(RECORD)])
        padded, unlike = lines.select(_is_padded().any(), unlike=_may_be_unlike().any()).row(0)
        if padded:
            lines = lines.with_columns(pl.col(RECORD).str.strip_chars(_AROUND))
        if padded or unlike:
            lines = _looked_at(lines, losses)
        if lines.height:
            yield Batch(lines)


def _looked_at(lines: pl.DataFrame, losses: Losses) -> pl.DataFrame:
    """The lines, with what those few are made of that are not simply an object."""
    unlike = lines.filter(_may_be_unlike()).filter(
        _may_be_more() | pl.col(RECORD).str.contains(_CONSTANTS)  # few are left to look at closely
    )
    if not unlike.height:
        return lines
    return pl.concat([lines.join(unlike, on=LINE, how="anti"), _one_by_one(unlike, losses)], rechunk=True).sort(LINE)


def _is_padded() -> pl.Expr:
    return (pl.col(RECORD).str.starts_with("{") & pl.col(RECORD).str.ends_with("}")).not_()


def _may_be_unlike() -> pl.Expr:
    return _may_be_more() | _mentions_constants()


def _may_be_more() -> pl.Expr:
    """Whether a line is not simply an object: no object, or one that wraps a list of records."""
    return (~pl.col(RECORD).str.starts_with("{")) | pl.col(RECORD).str.contains(f"^{WRAPPER}")


def _mentions_constants() -> pl.Expr:
    return pl.col(RECORD).str.contains("NaN|Infinity")


def _one_by_one(lines: pl.DataFrame, losses: Losses) -> pl.DataFrame:
    """Read the few lines that are not simply an object: wrappers, arrays, and what is no JSON."""
    rows: list[tuple[int, str]] = []
    for number, line in lines.iter_rows():
        if line[0] in "{[":
            own = Losses(losses.file)
            rows.extend((number, record) for record in RecordStream(iter((line,)), own))
            for loss in own:
                losses.add(loss.reason, position=f"line {number}", lost=loss.lost, unit=loss.unit)
        elif line.strip(",]}"):
            losses.add("not a JSON object", position=f"line {number}")
    return pl.DataFrame(rows, schema={LINE: pl.UInt64, RECORD: pl.String}, orient="row")


def _documents(stream: RecordStream) -> Iterator[Batch]:
    rows: list[tuple[int, str]] = []
    size = 0
    for number, record in enumerate(stream, 1):
        rows.append((number + stream.broken, record))
        size += len(record)
        if len(rows) == _ROWS or size > BATCH:
            yield _batch(rows)
            rows, size = [], 0
    if rows:
        yield _batch(rows)


def _batch(rows: list[tuple[int, str]]) -> Batch:
    return Batch(pl.DataFrame(rows, schema={LINE: pl.UInt64, RECORD: pl.String}, orient="row"))
