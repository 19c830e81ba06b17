"""The rows of a table that are process starts, in one shape whatever recorded them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from huntbook.analytics._process_tree.families import fold
from huntbook.analytics._process_tree.values import guids, host_codes, image_codes, pids, text
from huntbook.core.times import micros
from huntbook.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from huntbook.analytics._process_tree.families import Identity, Names, Reading

    Read = Callable[[pl.Series], pl.Series | None]  # None: of a type that says nothing of this

# Columns that say what kind of event a row is, and the kinds that are process starts. A column none of whose cells is
# among them says something else and is not looked at.
_KINDS = {
    "eventid": ["1", "4688"],
    "actiontype": ["processcreated"],
    "eventtype": ["processcreated"],
    "syscall": ["execve", "execveat", "59", "322", "11", "358", "221", "281"],  # x86-64, i386 and ARM64 numbers
}


class Starts(NamedTuple):
    """Process starts, and the names of the hosts that their `host` numbers.

    The frame has `row` (of the table), `family`, `host`, `at` (when its parent was there), `end`, and `pid`, `guid`,
    `name`, `time` (of start) of the process, of its parent (`p_…`) and of its parent's parent (`g_…`), null where
    unknown. Times are microseconds in UTC.
    """

    frame: pl.DataFrame
    hosts: pl.Series


def read_starts(table: pl.DataFrame, readings: list[Reading]) -> Starts:
    """Read the process starts of a table; each row belongs to the first reading whose mark it has."""
    parts = [_columns(table, rows, reading, family) for family, (reading, rows) in enumerate(_shares(table, readings))]
    frame = pl.concat(parts).sort("row") if len(parts) > 1 else parts[0]
    codes, hosts = host_codes(frame["host"])
    names = image_codes([frame["name"], frame["p_name"], frame["g_name"]])
    frame = frame.with_columns(codes.alias("host"), *names)
    known = frame.select(pl.any_horizontal(pl.col("pid", "guid", "p_pid", "p_guid").is_not_null())).to_series()
    frame = (frame if known.all() else frame.filter(known)).with_columns(at="time")
    # A process that names itself as its parent says nothing of its parent.
    for own in ("pid", "guid"):
        itself = frame[own] == frame[f"p_{own}"]
        if itself.any():
            frame = frame.with_columns(frame[f"p_{own}"].set(itself, None))
    return Starts(frame, hosts)


def read_shown(table: pl.DataFrame, readings: list[Reading]) -> pl.DataFrame:
    """Read what one shows of a start: `row`, `family`, `host`, `time`, `pid`, `user`, `image` and `command_line`."""
    parts = []
    for family, (reading, rows) in enumerate(_shares(table, readings)):
        part = table.filter(rows)
        columns = {
            "row": rows.arg_true(),
            "family": pl.repeat(family, part.height, dtype=pl.UInt8, eager=True),
            "host": _first_of(part, reading.host, text, pl.String),
            "time": _first_of(part, reading.own.time, micros, pl.Int64),
            "pid": _first_of(part, reading.own.pid, pids, pl.Int64),
            "user": _first_of(part, reading.user, _said, pl.String),
            "image": _first_of(part, reading.own.image, _said, pl.String),
            "command_line": _first_of(part, reading.command_line, _said, pl.String),
        }
        parts.append(pl.DataFrame(columns))
    return pl.concat(parts).sort("row")


def _said(column: pl.Series) -> pl.Series | None:
    cells = text(column)
    return None if cells is None else cells.set(cells.is_in(["", "-"]), None)


def _shares(table: pl.DataFrame, readings: list[Reading]) -> Iterator[tuple[Reading, pl.Series]]:
    left = _is_start(table)
    for reading in readings:
        mine = left
        if len(readings) > 1 and reading.mark is not None:
            mine = left & table[reading.mark].is_not_null()
        yield reading, mine
        left = left & ~mine


def _is_start(table: pl.DataFrame) -> pl.Series:
    starts = pl.repeat(value=True, n=table.height, eager=True)
    for column in table.get_columns():
        kinds = _KINDS.get(fold(column.name))
        if kinds is None or column.dtype.is_nested():
            continue
        is_kind = _is_one_of(column, kinds)
        if is_kind.any():
            starts = starts & (is_kind | column.is_null())
    return starts


def _is_one_of(column: pl.Series, kinds: list[str]) -> pl.Series:
    if column.dtype.is_integer():
        return column.is_in([int(kind) for kind in kinds if kind.isdigit()])
    return column.cast(pl.String, strict=False).str.to_lowercase().is_in(kinds)


def _columns(table: pl.DataFrame, rows: pl.Series, reading: Reading, family: int) -> pl.DataFrame:
    part = table if rows.all() else table.filter(rows)
    columns = {
        "row": rows.arg_true(),
        "family": pl.repeat(family, part.height, dtype=pl.UInt8, eager=True),
        "host": _first_of(part, reading.host, text, pl.String),
        "end": _first_of(part, reading.terminated, micros, pl.Int64),
        **_identity(part, reading.own, ""),
        **_identity(part, reading.parent, "p_"),
        **_identity(part, reading.grandparent, "g_"),
    }
    return pl.DataFrame(columns)


def _identity(part: pl.DataFrame, columns: Identity, prefix: str) -> dict[str, pl.Series]:
    return {
        f"{prefix}pid": _first_of(part, columns.pid, pids, pl.Int64, what="process ids"),
        f"{prefix}guid": _first_of(part, columns.guid, guids, pl.String),
        f"{prefix}name": _first_of(part, columns.image, text, pl.String),
        f"{prefix}time": _first_of(part, columns.time, micros, pl.Int64, what="times"),
    }


def _first_of(part: pl.DataFrame, names: Names, read: Read, kind: type[pl.DataType], *, what: str = "") -> pl.Series:
    """Read the first column that says something in each row; a later one is read only where the earlier ones do not.

    Raises:
        ParameterError: if no column is of a type that can say `what`.
    """
    found = pl.Series([None], dtype=kind).new_from_index(0, part.height)
    useless = []
    for name in names:
        if found.null_count() == 0:
            break
        cells = read(part[name])
        if cells is None:
            useless.append(name)
        elif found.null_count() < part.height:
            found = pl.select(pl.coalesce(found, cells)).to_series()
        else:
            found = cells
    if what and useless and len(useless) == len(names):
        raise ParameterError(
            f"The column {names[0]!r} of type {part.schema[names[0]]} holds no {what}.",
            hint="Name another, or turn it into numbers or text first.",
        )
    return found
