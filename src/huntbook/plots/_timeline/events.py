"""Tables become events: one long list of times and series numbers, and the way back to the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from huntbook.core.frames import to_polars
from huntbook.errors import ColumnMissing
from huntbook.plots._text import shown
from huntbook.plots._theme import colour
from huntbook.plots._timeline.lanes import Values, alone, texts, values
from huntbook.plots._timeline.times import Times, read_times, time_column

if TYPE_CHECKING:
    from collections.abc import Iterable

    from huntbook.core.frames import Table

MOST_LANES = 40
MOST_COLOURS = 8


@dataclass(frozen=True)
class Choice:
    """Which columns make the picture, and which stretch of time; None is for the usual."""

    time: str | None = None
    lane: str | None = None
    color: str | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Lane:
    """One row of the picture: its name, the table it belongs to ("" if there is but one), its number of events."""

    name: str
    group: str
    events: int


@dataclass(frozen=True)
class Colour:
    """One entry of the legend: a value, and the name of its colour in the theme."""

    name: str
    shade: str


@dataclass(frozen=True)
class Tabled:
    """The events of one table that can be drawn: `rows` are row numbers of `frame`, None for all of them in order."""

    name: str
    frame: pl.DataFrame
    time: str
    rows: pl.Series | None
    micros: pl.Series
    lanes: Values
    colours: Values | None
    said: list[str]

    @property
    def lane_counts(self) -> list[int]:
        """How many events each lane has."""
        counted = self.lanes.codes.value_counts()
        found = dict(zip(counted[:, 0].to_list(), counted[:, 1].to_list(), strict=True))
        return [found.get(number, 0) for number in range(len(self.lanes.names))]


@dataclass(frozen=True)
class Events:
    """The events of all tables: series number = lane number times number of colours + colour number.

    Attributes:
        tables: where they come from, in order.
        lanes: of all tables, one after the other.
        colours: of the legend; empty where the lanes have the colours.
        said: what the reader has to know of what is not drawn.
    """

    tables: list[Tabled]
    lanes: list[Lane]
    colours: list[Colour]
    shades: list[str]
    said: list[str]

    @cached_property
    def micros(self) -> pl.Series:
        """The time of every event in microseconds since 1970."""
        return pl.concat([table.micros for table in self.tables])

    @cached_property
    def codes(self) -> pl.Series:
        """The series number of every event, Int64."""
        breadth = max(len(self.colours), 1)
        parts, before = [], 0
        for table in self.tables:
            part = (table.lanes.codes.cast(pl.Int64) + before) * breadth
            parts.append(part + table.colours.codes if table.colours is not None else part)
            before += len(table.lanes.names)
        return pl.concat(parts)

    @property
    def series(self) -> int:
        """How many series there may be."""
        return max(len(self.lanes) * max(len(self.colours), 1), 1)

    def shade(self, series: int) -> str:
        """Name the colour of a series."""
        if self.colours:
            return self.colours[series % len(self.colours)].shade
        return self.shades[series]


def read_events(table: Table | Mapping[str, Table], choice: Choice) -> Events:
    """Read one table, or several by name, into events.

    Raises:
        ColumnMissing: if a chosen column is in none of the tables, or a table has no column of times.
        ParameterError: if what is given is no table.
    """
    frames = _frames(table)
    for name in (choice.time, choice.lane, choice.color):
        _check_chosen(name, frames)
    colours = _legend(choice.color, frames)
    tables = [_tabled(name, frame, choice, colours) for name, frame in frames.items()]
    grouped = len(tables) > 1 and any(choice.lane in part.frame.columns for part in tables)
    lanes = [
        Lane(lane, part.name if grouped else "", events)
        for part in tables
        for lane, events in zip(part.lanes.names, part.lane_counts, strict=True)
    ]
    legend = _coloured(colours) if colours is not None else []
    return Events(
        tables, lanes, legend, _shades(tables, by_table=grouped), [line for part in tables for line in part.said]
    )


def _frames(table: Table | Mapping[str, Table]) -> dict[str, pl.DataFrame]:
    """Tell several tables by name from one table that is a dict of columns."""
    if isinstance(table, Mapping) and all(not isinstance(value, list) or _are_rows(value) for value in table.values()):
        return {str(name): to_polars(part) for name, part in table.items()} or {"events": pl.DataFrame()}
    return {"events": to_polars(table)}


def _are_rows(value: list[object]) -> bool:
    return all(isinstance(row, dict) for row in value)


def _check_chosen(name: str | None, frames: Mapping[str, pl.DataFrame]) -> None:
    columns = [column for frame in frames.values() for column in frame.columns]
    if name is not None and columns and name not in columns:
        raise ColumnMissing([name], dict.fromkeys(columns))


def _tabled(name: str, frame: pl.DataFrame, choice: Choice, colours: dict[str, Values] | None) -> Tabled:
    shade = None if colours is None else colours[name]
    name = shown(name, limit=120)
    if not frame.columns:
        return Tabled(name, frame, "", None, pl.Series([], dtype=pl.Int64), alone(name, 0), shade, [])
    column = time_column(frame, choice.time if choice.time in frame.columns else None)
    times = read_times(frame[column])
    lanes = values(frame[choice.lane], MOST_LANES) if choice.lane in frame.columns else alone(name, frame.height)
    rows, outside = _kept(times.micros, choice)
    said = [*_unknown(f"{name}.{shown(column, limit=60)}", times), *_outside(outside), *_shared(choice.lane, lanes)]
    if rows is None:
        return Tabled(name, frame, column, None, times.micros, lanes, shade, said)
    kept = None if shade is None else shade.of(rows)
    return Tabled(name, frame, column, rows, times.micros[rows], lanes.of(rows), kept, said)


def _kept(micros: pl.Series, choice: Choice) -> tuple[pl.Series | None, int]:
    """Find the rows to draw, None for all of them, and count those outside the stretch of time asked for."""
    inside = micros.is_not_null()
    if choice.start is not None:
        inside &= micros >= choice.start
    if choice.end is not None:
        inside &= micros < choice.end
    if inside.all():
        return None, 0
    rows = inside.fill_null(value=False).arg_true()
    return rows, len(micros) - micros.null_count() - len(rows)


def _unknown(where: str, times: Times) -> Iterable[str]:
    if times.missing:
        yield f"{counted(times.missing)} without a time ({where} is empty): not drawn."
    if times.unread:
        yield f"{counted(times.unread)} with a time that cannot be read ({where}): not drawn."


def _outside(events: int) -> Iterable[str]:
    if events:
        yield f"{counted(events)} outside start and end: not drawn."


def _shared(lane: str | None, lanes: Values) -> Iterable[str]:
    if lanes.rest:
        yield f"The {lanes.rest:,} rarest values of {shown(lane, limit=60)} share one lane."


def _legend(color: str | None, frames: Mapping[str, pl.DataFrame]) -> dict[str, Values] | None:
    """Number the values of the colour column over all tables together, so that a value has one colour everywhere."""
    if color is None:
        return None
    columns = [
        texts(frame[color])
        if color in frame.columns
        else pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
        for frame in frames.values()
    ]
    every, before, parts = values(pl.concat(columns), MOST_COLOURS), 0, {}
    for name, column in zip(frames, columns, strict=True):
        parts[name] = Values(every.names, every.codes.slice(before, len(column)), every.rest)
        before += len(column)
    return parts


def _coloured(colours: Mapping[str, Values]) -> list[Colour]:
    every = next(iter(colours.values()))
    shades = every.severities or [colour(number) for number in range(len(every.names))]
    return [Colour(name, shade) for name, shade in zip(every.names, shades, strict=True)]


def _shades(tables: list[Tabled], *, by_table: bool) -> list[str]:
    """Colour the lanes: severities as such, the lanes of several tables by their table, others one by one."""
    shades: list[str] = []
    for number, table in enumerate(tables):
        severities = table.lanes.severities if table.lanes.names != ["events"] else None
        fixed = [colour(number)] * len(table.lanes.names) if by_table else None
        shades += severities or fixed or [colour(len(shades) + place) for place in range(len(table.lanes.names))]
    return shades


def counted(number: int) -> str:
    """Write how many events these are."""
    return f"{number:,} event" if number == 1 else f"{number:,} events"
