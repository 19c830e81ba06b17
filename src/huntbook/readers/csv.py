"""CSV: separated by comma, tab, semicolon or pipe, with or without a header, quoted or not; all columns are text."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import polars as pl

from huntbook.readers._base import LINE, Batch, EvidenceFile, Losses, Reader
from huntbook.readers._csv_form import Form, form_of
from huntbook.readers._text import LONGEST_LINE, PACKED, TEXT, as_text, lines_of, numbered_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_QUOTE = 1024 * 1024  # text after an opening quote that is never closed is read again without it
_ROWS = 20_000
_RAGGED = "not as many values as columns; kept, what is beyond them in the last"

csv.field_size_limit(LONGEST_LINE)


class Csv(Reader):
    """Rows of text. Without a header the columns are `column1`, `column2` …; names that occur twice are numbered.

    `_Line` is the line that a row begins on. An empty value is null. What a row has beyond the columns stays in the
    last one, separated as it was.
    """

    rank = 70

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        """The first rows have the same number of values, at least two, and do not read like prose."""
        return form_of(head) is not None

    def read(self, file: EvidenceFile, losses: Losses) -> Iterator[Batch]:
        """Read the rows: those without quotes by splitting, well-formed quotes by Polars, the rest one by one."""
        form = form_of(file.head())
        if form is None:
            return
        header = form.header
        for number, text, is_open in _whole_records(file, form, losses):
            if is_open:
                losses.add("a quote is not closed; read without it", position=f"line {number}", lost=0, unit="rows")
            lines = _lines(text, number, losses)
            for rows in [_split(lines, form, losses)] if is_open else _read(text, lines, form, losses):
                frame = rows.filter(pl.any_horizontal(pl.exclude(LINE).is_not_null()))
                if header and frame.height:
                    frame, header = frame.tail(-1), False
                if frame.height:
                    yield Batch(frame)


def _whole_records(file: EvidenceFile, form: Form, losses: Losses) -> Iterator[tuple[int, str, bool]]:
    """Give the text in blocks that end with a record: the number of the first line, the text, whether a quote is open."""
    rest, begin = "", 1
    for number, block in numbered_blocks(file, losses):
        text = as_text(block, number, losses).replace("\r\n", "\n")
        begin, text = (begin, rest + text) if rest else (number, text)
        end = _end_of_records(text, form)
        if end:
            yield begin, text[:end], False
            begin += text.count("\n", 0, end)
        rest = text[end:]
        if len(rest) > _LONGEST_QUOTE:
            yield begin, rest, True
            rest = ""
    if rest:
        yield begin, rest, "\n" in rest.rstrip("\n")


def _end_of_records(text: str, form: Form) -> int:
    """Where the last record that is surely whole ends: of an odd number of quotes, one may be open in the last row."""
    if text.count('"') % 2 == 0:
        return len(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=form.separator)
    before, line = 0, 0
    try:
        for _ in reader:
            before, line = line, reader.line_num
    except csv.Error:
        return len(text)
    at = 0
    for _ in range(before):
        at = text.index("\n", at) + 1
    return at


def _read(text: str, lines: pl.DataFrame, form: Form, losses: Losses) -> Iterator[pl.DataFrame]:
    if '"' not in text:
        yield _split(lines, form, losses)
        return
    frame = _by_polars(text, lines, form)
    if frame is not None:
        yield frame
        return
    yield from _one_by_one(text, int(lines[LINE][0]), form, losses)


def _lines(text: str, number: int, losses: Losses) -> pl.DataFrame:
    return lines_of(text.encode(), number, losses).filter(pl.col(TEXT).str.contains(r"\S"))


def _split(lines: pl.DataFrame, form: Form, losses: Losses) -> pl.DataFrame:
    count = len(form.names)
    ragged = lines.filter(pl.col(TEXT).str.count_matches(form.separator, literal=True) != count - 1)
    if ragged.height:
        losses.add(_RAGGED, position=f"line {ragged[LINE][0]}", lost=0, unit="rows")
    values = pl.col(TEXT).str.splitn(form.separator, count).struct.rename_fields(form.names)
    frame = lines.select(LINE, values.alias("values")).unnest("values")
    return frame.with_columns(pl.when(pl.col(form.names) != "").then(pl.col(form.names)))


def _by_polars(text: str, lines: pl.DataFrame, form: Form) -> pl.DataFrame | None:
    """Read lines that each hold one well-formed record; None where any may not."""
    even = lines.select((pl.col(TEXT).str.count_matches('"', literal=True) % 2 == 0).all()).item()
    given = text.encode()
    if not even or given.startswith(PACKED):
        return None
    try:
        frame = pl.read_csv(
            io.BytesIO(given),
            has_header=False,
            new_columns=list(form.names),
            separator=form.separator,
            infer_schema=False,
        )
    except pl.exceptions.PolarsError:
        return None
    # A row that is too short has nulls at its end, as one whose last value is empty: those are looked at one by one.
    if frame.shape != (lines.height, len(form.names)) or frame[form.names[-1]].null_count():
        return None
    frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
    return frame.insert_column(0, lines[LINE])


def _one_by_one(text: str, number: int, form: Form, losses: Losses) -> Iterator[pl.DataFrame]:
    count = len(form.names)
    rows: list[tuple[int | str | None, ...]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=form.separator)
    begin = number
    try:
        for row in reader:
            if row and len(row) != count:
                losses.add(_RAGGED, position=f"line {begin}", lost=0, unit="rows")
                row = [*row[: count - 1], form.separator.join(row[count - 1 :])] if len(row) > count else row  # noqa: PLW2901
            if row:
                rows.append((begin, *(value or None for value in row), *(None,) * (count - len(row))))
            begin = number + reader.line_num
    except csv.Error as error:
        losses.add(f"not readable as CSV: {error}", position=f"line {begin}")
    schema = {LINE: pl.UInt64, **dict.fromkeys(form.names, pl.String)}
    for at in range(0, len(rows), _ROWS):
        yield pl.DataFrame(rows[at : at + _ROWS], schema=schema, orient="row")
