"""Zeek's tab-separated logs: `#fields`, `#types`, `#path`, then values. Zeek's JSON logs are JSON.

The form is that of Zeek's ASCII writer (LogAscii): the header names its own separator and its marks for empty and unset.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from huntbook.readers._base import LINE, Batch, EvidenceFile, Losses, Reader
from huntbook.readers._text import TEXT, head_lines, lines_of, numbered_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATH = "_path"


@dataclass(frozen=True)
class _Header:
    """What the header lines said so far."""

    separator: str = "\t"
    empty: str = "(empty)"
    unset: str = "-"
    path: str = ""
    fields: tuple[str, ...] = ()


class Zeek(Reader):
    """One column for each field, as written; unset is null; times stay the epoch's seconds; `_path` names the log."""

    rank = 20

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        """Comment lines at the top, `#separator` or `#fields` among them."""
        comments = [line for line in head_lines(head, 12) if line.startswith("#")]
        return any(re.match(r"#(?:separator \S|fields\s\S)", line) for line in comments) and any(
            line.startswith("#fields") for line in comments
        )

    def read(self, file: EvidenceFile, losses: Losses) -> Iterator[Batch]:
        """Read the rows; a new header in the midst of the file (a rotated or joined log) begins a new batch."""
        header = _Header()
        for number, block in numbered_blocks(file, losses):
            frame = lines_of(block, number, losses).filter(pl.col(TEXT) != "")
            for comments, rows in _runs(frame):
                header = _read_header(header, comments)
                if rows.height and not header.fields:
                    losses.add("before any #fields line", position=f"line {rows[LINE][0]}", lost=rows.height)
                elif rows.height:
                    yield Batch(_columns(rows, header, losses))


def _runs(frame: pl.DataFrame) -> Iterator[tuple[list[str], pl.DataFrame]]:
    """Cut a frame at its comment lines: the comments, and the rows up to the next."""
    marks = frame.with_row_index("row").filter(pl.col(TEXT).str.starts_with("#"))
    if not marks.height:
        yield [], frame
        return
    yield [], frame.head(int(marks["row"][0]))
    places = [*marks["row"].to_list(), frame.height]
    pending: list[str] = []
    for at, line in enumerate(marks[TEXT]):
        pending.append(line)
        begin, end = places[at] + 1, places[at + 1]
        if end > begin:
            yield pending, frame.slice(begin, end - begin)
            pending = []
    if pending:
        yield pending, frame.clear()


def _read_header(header: _Header, comments: list[str]) -> _Header:
    for line in comments:
        name, _, value = (
            line[1:].partition(" ") if line.startswith("#separator") else line[1:].partition(header.separator)
        )
        match name:
            case "separator":
                header = replace(_Header(), separator=_unescaped(value) or "\t")
            case "empty_field":
                header = replace(header, empty=value)
            case "unset_field":
                header = replace(header, unset=value)
            case "path":
                header = replace(header, path=value)
            case "fields":
                header = replace(header, fields=_unique(value.split(header.separator)))
    return header


def _unescaped(text: str) -> str:
    return re.sub(r"\\x([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), text.strip())


def _unique(names: list[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        count = seen[name] = seen.get(name, 0) + 1
        unique.append(name if count == 1 and name not in (LINE, _PATH) else f"{name}_{count}")
    return tuple(unique)


def _columns(rows: pl.DataFrame, header: _Header, losses: Losses) -> pl.DataFrame:
    count = len(header.fields)
    ragged = rows.filter(pl.col(TEXT).str.count_matches(header.separator, literal=True) != count - 1)
    if ragged.height:
        reason = "not as many values as #fields names; kept as far as they go"
        losses.add(reason, position=f"line {ragged[LINE][0]}", lost=0, unit="rows")
    split = pl.col(TEXT).str.split_exact(header.separator, count)
    columns = rows.select(LINE, split.struct.rename_fields([*header.fields, "\0rest"]).alias("values"))
    columns = columns.unnest("values").drop("\0rest")
    values = pl.col(header.fields)
    values = pl.when(values != header.unset).then(values.replace(header.empty, ""))
    return columns.with_columns(values, pl.lit(header.path).alias(_PATH))
