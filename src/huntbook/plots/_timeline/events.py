"""Tables become events: one long list of times and series numbers, and the way back to the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from huntbook.core.frames import to_polars
from huntbook.errors import ColumnMissing
from huntbook.plots._text import shown
from huntbook.plots._theme import COLOURS, colour
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
    said: list[str]

    def column(self, name: str | None) -> pl.Series | None:
        """Fetch a column of the events, None if the table has none of this name."""
        if name is None or name not in self.frame.columns:
            return None
        return self.frame[name] if self.rows is None else self.frame[name][self.rows]

    @property
    def lane_counts(self) -> list[int]:
        """How many events each lane has."""
        found = dict(self.lanes.codes.value_counts().iter_rows())
        return [found.get(number, 0) for number in range(len(self.lanes.names))]


@dataclass(frozen=True)
class Events:
    """The events of all tables, one after the other.

    Attributes:
        tables: where they come from.
        micros: the time of each, microseconds since 1970.
        codes: the number of each one's series, Int64: number of the lane times number of colours + number of the colour.
        lanes: of all tables; those of a table stand together.
        shades: of the lanes, names of colours in the theme.
        colours: of the legend; empty where the lanes have the colours.
    """

    tables: list[Tabled]
    micros: pl.Series
    codes: pl.Series
    lanes: list[Lane]
    shades: list[str]
    colours: list[Colour]

    @property
    def series(self) -> int:
        """How many series there may be."""
        return len(self.lanes) * max(len(self.colours), 1)

    def shade(self, series: int) -> str:
        """Name the colour of a series."""
        return self.colours[series % len(self.colours)].shade if self.colours else self.shades[series]


def read_events(table: Table | Mapping[str, Table], choice: Choice) -> Events:
    """Read one table, or several by name, into events.

    Raises:
        ColumnMissing: if a chosen column is in none of the tables, or a table has no column of times.
        ParameterError: if what is given is no table.
    """
    frames = _frames(table)
    check_chosen([name for name in (choice.time, choice.lane, choice.color) if name is not None], frames.values())
    tables = [_tabled(name, frame, choice) for name, frame in frames.items()]
    grouped = len(tables) > 1 and any(choice.lane in part.frame.columns for part in tables)
    colours = None if choice.color is None else _colours(choice.color, tables)
    return Events(
        tables=tables,
        micros=pl.concat([part.micros for part in tables]),
        codes=_codes(tables, colours),
        lanes=[lane for part in tables for lane in _lanes(part, part.name if grouped else "")],
        shades=_shades(tables, by_table=grouped),
        colours=[] if colours is None else _legend(colours),
    )


def check_chosen(names: list[str], frames: Iterable[pl.DataFrame]) -> None:
    """Check that every column that was asked for is in one of the tables at least.

    Raises:
        ColumnMissing: naming those that are in none.
    """
    known = dict.fromkeys(name for frame in frames for name in frame.columns)
    missing = [name for name in names if name not in known]
    if missing and known:
        raise ColumnMissing(missing, known)


def _frames(table: Table | Mapping[str, Table]) -> dict[str, pl.DataFrame]:
    """Tell several tables by name from one table that is a dict of columns."""
    if isinstance(table, Mapping) and all(not isinstance(value, list) or _are_rows(value) for value in table.values()):
        return {str(name): to_polars(part) for name, part in table.items()} or {"events": pl.DataFrame()}
    return {"events": to_polars(table)}


def _are_rows(value: list[object]) -> bool:
    return all(isinstance(row, dict) for row in value)


def _tabled(name: str, frame: pl.DataFrame, choice: Choice) -> Tabled:
    name = shown(name, limit=120)
    if not frame.columns:
        return Tabled(name, frame, "", None, pl.Series([], dtype=pl.Int64), alone(name, 0), [])
    column = time_column(frame, choice.time if choice.time in frame.columns else None)
    times = read_times(frame[column])
    rows, outside = _kept(times.micros, choice)
    micros = times.micros if rows is None else times.micros[rows]
    plain = Tabled(name, frame, column, rows, micros, alone(name, len(micros)), [])
    laned = plain.column(choice.lane)
    lanes = plain.lanes if laned is None else values(laned, MOST_LANES)
    said = [*_unknown(f"{name}.{shown(column, limit=60)}", times), *_outside(outside), *_shared(choice.lane, lanes)]
    return replace(plain, lanes=lanes, said=said)


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


def _lanes(table: Tabled, group: str) -> list[Lane]:
    return [Lane(name, group, events) for name, events in zip(table.lanes.names, table.lane_counts, strict=True)]


def _colours(color: str, tables: list[Tabled]) -> Values:
    """Number the values of the colour column over all tables together, so that a value has one colour everywhere."""
    columns = [(table.column(color), len(table.micros)) for table in tables]
    nothing = pl.Series([None], dtype=pl.String)
    every = [nothing.new_from_index(0, rows) if found is None else texts(found) for found, rows in columns]
    return values(pl.concat([column.rename(color) for column in every]), MOST_COLOURS)


def _codes(tables: list[Tabled], colours: Values | None) -> pl.Series:
    parts, before = [], 0
    for table in tables:
        parts.append(table.lanes.codes.cast(pl.Int64) + before)
        before += len(table.lanes.names)
    lanes = pl.concat(parts)
    return lanes if colours is None else lanes * len(colours.names) + colours.codes


def _legend(colours: Values) -> list[Colour]:
    shades = colours.severities or [colour(number) for number in range(len(colours.names))]
    return [Colour(name, shade) for name, shade in zip(colours.names, shades, strict=True)]


def _shades(tables: list[Tabled], *, by_table: bool) -> list[str]:
    """Colour the lanes: severities as such, the lanes of several tables by their table, others one by one.

    More lanes than there are colours have one: a colour that comes twice would say that two lanes belong together.
    """
    shades: list[str] = []
    many = sum(len(table.lanes.names) for table in tables) > COLOURS
    for number, table in enumerate(tables):
        fixed = [colour(number if by_table else 0)] * len(table.lanes.names) if by_table or many else None
        shades += (
            table.lanes.severities or fixed or [colour(len(shades) + place) for place in range(len(table.lanes.names))]
        )
    return shades


def counted(number: int) -> str:
    """Write how many events these are."""
    return f"{number:,} event" if number == 1 else f"{number:,} events"
