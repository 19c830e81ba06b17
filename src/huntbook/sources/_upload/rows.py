"""What is uploaded, as rows: a table, a file, a folder; each row with its time, and written as JSON."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import polars as pl
from pydantic_core import from_json

from huntbook.core.frames import Table, to_polars
from huntbook.core.times import micros
from huntbook.errors import ParameterError
from huntbook.evidence.walk import walk
from huntbook.readers import read
from huntbook.readers._base import LINE, RECORD, EvidenceFile, Loss, Losses

TABLE: Final = "table"  # the name of what is no file
# Where the time of a row is looked for, unless the caller says; the last is that of Windows' event logs.
TIMES: Final = (
    "_time",
    "TimeGenerated",
    "Timestamp",
    "@timestamp",
    "timestamp",
    "Event.System.TimeCreated.#attributes.SystemTime",
)
_SLICE: Final = 2_000  # rows at a time
_LEFT_OUT: Final = ("_Line",)

Fields = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """A row: its fields, where it is in its part (from 0), and its time in microseconds since 1970, None where it has none."""

    fields: Fields
    number: int
    at: int | None


@dataclass
class Part:
    """A table or a file. `total` is how many rows it has, 0 where that is not known; `lost` fills as it is read."""

    name: str
    total: int
    read: Callable[[], Iterator[list[Fields]]]
    lost: list[Loss] = field(default_factory=list)

    def rows(self, time: str) -> Iterator[list[Row]]:
        """Its rows, some thousands at a time; `time` names the field that has their time, empty: wherever one is found.

        Raises:
            ParameterError: if no row of the first ones has the field that was named.
        """
        begins, path = 0, time
        for fields in self.read():
            path = path or next((each for each in TIMES if any(reached(one, each) is not None for one in fields)), "")
            times = _times(fields, path)
            if time and not begins and not any(each is not None for each in times):
                raise ParameterError(
                    f"{self.name}: no row has a time in {time!r}.", hint=f"There are: {_names(fields)}."
                )
            yield [Row(one, begins + at, moment) for at, (one, moment) in enumerate(zip(fields, times, strict=True))]
            begins += len(fields)


def parts(what: Table | str | Path | Sequence[str | Path]) -> Iterator[Part]:
    """The parts of what is uploaded: a path is a file, a folder or a glob, anything else is a table.

    Raises:
        EvidenceError: if a path leads to nothing.
        ParameterError: if it is no table.
    """
    paths = _paths(what)
    if paths is None:
        frame = to_polars(what)
        yield Part(TABLE, frame.height, lambda: _of_frame(frame))
        return
    lost: list[Loss] = []
    for file in walk(paths, lost=lost):
        yield _of_file(file)
    if lost:
        yield Part("", 0, lambda: iter(()), lost)


def _paths(what: object) -> list[str | Path] | None:
    if isinstance(what, (str, Path)):
        return [what]
    if isinstance(what, (list, tuple)) and what and all(isinstance(each, (str, Path)) for each in what):
        return list(what)
    return None


def _of_frame(frame: pl.DataFrame) -> Iterator[list[Fields]]:
    return (part.to_dicts() for part in frame.iter_slices(_SLICE) if part.height)


def _of_file(file: EvidenceFile) -> Part:
    losses = Losses(file.name)
    part = Part(file.name, 0, lambda: iter(()))

    def rows() -> Iterator[list[Fields]]:
        for batch in read(file, losses):
            for frame in batch.rows.iter_slices(_SLICE):
                if frame.height:
                    yield (
                        _of_records(frame, losses) if batch.is_json else frame.drop(_LEFT_OUT, strict=False).to_dicts()
                    )
        part.lost.extend(losses)

    part.read = rows
    return part


def _of_records(frame: pl.DataFrame, losses: Losses) -> list[Fields]:
    found: list[Fields] = []
    for line, record in frame.select(LINE, RECORD).iter_rows():
        try:
            fields = from_json(record)
        except ValueError:
            losses.add("is no JSON", position=f"line {line}")
            continue
        found.append(fields if isinstance(fields, dict) else {"value": fields})
    return found


def reached(fields: Mapping[str, Any], path: str) -> Any:
    """A field by its name, or one inside others by their names with points between; None if it is not there."""
    if path in fields or "." not in path:
        return fields.get(path)
    found: Any = fields
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _times(fields: Sequence[Fields], path: str) -> list[int | None]:
    if not path:
        return [None] * len(fields)
    values = [reached(one, path) for one in fields]
    numeric = all(
        value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)) for value in values
    )
    aware = all(value is None or isinstance(value, datetime) for value in values)
    texts = values if numeric or aware else [None if value is None else str(value) for value in values]
    read_ = micros(pl.Series(path, texts, strict=False))
    return [None] * len(fields) if read_ is None else read_.to_list()


def _names(fields: Sequence[Fields]) -> str:
    return ", ".join(list(dict.fromkeys(name for one in fields for name in one))[:20]) or "none"


def encoded(fields: Mapping[str, Any]) -> bytes:
    """An object of JSON, without what has no value."""
    there = {name: value for name, value in fields.items() if value is not None}
    try:
        text = json.dumps(there, ensure_ascii=False, allow_nan=False, default=_plain, separators=(",", ":"))
    except ValueError:  # numbers that JSON does not have
        text = json.dumps(_finite(there), ensure_ascii=False, default=_plain, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _plain(value: object) -> Any:
    """What JSON has no type for, as text."""
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, pl.Series):
        return value.to_list()
    return str(value)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {name: found for name, each in value.items() if (found := _finite(each)) is not None}
    return [_finite(each) for each in value] if isinstance(value, list) else value
