"""The examples of searches for Splunk, run by the part of SPL that the fake service runs, on events that stand in them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from huntbook.core.timespan import TimeSpan
from huntbook.query.checks import Problem
from huntbook.sources._splunk.text import times
from huntbook.testing.examples._compare import differences
from huntbook.testing.examples._rows import DAY, aware
from huntbook.testing.spl import Index, Refused, Store, search
from huntbook.testing.spl._values import text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from huntbook.query.pack import Example, Query
    from huntbook.testing.examples._tables import Row, Rows

NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)  # when an event happened that does not say when


def searched(query: Query, example: Example) -> Iterator[Problem]:
    """Exactly the rows that it says come back, and one of those that stand there does not matter."""
    try:
        found = answer(query, example, example.rows)
        missing, besides = _differ(found, [told(row) for row in example.returns])
        for number in missing:
            yield Problem(f"this did not come back, of {len(found)} in all.", ("returns", number))
        for number in besides:
            yield Problem(f"this came back besides: {found[number]!s:.400}", ("returns",))
        if not missing and not besides and not _leaves_alone(query, example, found):
            yield Problem("every row makes a difference to the answer: add one that must not come back.", ("rows",))
    except Refused as refused:
        yield Problem(f"Splunk would say: {refused}")


def answer(query: Query, example: Example, rows: Rows) -> list[dict[str, Any]]:
    """What the search returns of some rows: numbers are texts, as Splunk writes them, and what is a time by what SPL says is one.

    Raises:
        Refused: it cannot be run here.
    """
    start, end = map(aware, example.span or DAY)
    span = TimeSpan(start, end)
    indexes, endpoints = store_of(rows)

    def rest(path: str) -> Iterator[dict[str, Any]]:
        return iter(endpoints.get(path, []))

    written = query.write("spl", example.bound(query), span)
    moments = times(written)
    return [told(row, moments) for row in search(written, Store(indexes, rest, end), span).rows()]


def store_of(rows: Rows) -> tuple[dict[str, Index], dict[str, list[dict[str, Any]]]]:
    """The indexes that rows are in, and what the REST API says at paths, which begin with a slash."""
    indexes = {name: Index.of(name, _events(held)) for name, held in rows.items() if not name.startswith("/")}
    return indexes, {name: list(map(dict, held)) for name, held in rows.items() if name.startswith("/")}


def told(row: Row, moments: Collection[str] = ()) -> dict[str, Any]:
    """A row as it is compared, of which some columns are times."""
    return {name: _time(value) if name in moments else _told(value) for name, value in row.items()}


def _time(value: Any) -> Any:
    return datetime.fromtimestamp(float(value), UTC) if isinstance(value, (int, float)) else value


def _told(value: Any) -> Any:
    if value is None or isinstance(value, datetime):
        return value
    return [text(each) for each in value] if isinstance(value, list) else text(value)


def _differ(found: Sequence[Row], written: Sequence[Row]) -> tuple[list[int], list[int]]:
    """As `differences`; a field that a row has not is empty there."""
    named = dict.fromkeys(name for row in written for name in row)
    return differences([{**named, **row} for row in found], written)


def _leaves_alone(query: Query, example: Example, found: Sequence[Row]) -> bool:
    """Whether the answer is the same without one of the rows, the last first; of what REST says, without one of a row's fields."""
    if all(name.startswith("/") for name in example.rows):
        shown = {name for row in found for name in row}
        return any(row.keys() - shown for rows in example.rows.values() for row in rows)
    places = [(name, number) for name, rows in example.rows.items() for number in range(len(rows))]
    without = (answer(query, example, _without(example.rows, *place)) for place in reversed(places))
    known = [{name: value for name, value in row.items() if not name.startswith("_")} for row in found]
    return any(len(other) > len(found) or _differ(other, known) == ([], []) for other in without)


def _without(rows: Mapping[str, Sequence[Row]], name: str, number: int) -> dict[str, Any]:
    return {**rows, name: [*rows[name][:number], *rows[name][number + 1 :]]}


def _events(rows: Sequence[Row]) -> pl.DataFrame:
    """A table of texts, with times as they are."""
    names = dict.fromkeys(["_time", *(name for row in rows for name in row)])
    cells = {name: [_cell(row.get(name, NOON if name == "_time" else None)) for row in rows] for name in names}
    for name, column in cells.items():
        if any(isinstance(cell, list) for cell in column):
            cells[name] = [cell if cell is None or isinstance(cell, list) else [cell] for cell in column]
    return pl.DataFrame(cells, schema_overrides={"_time": pl.Datetime("us", "UTC")})


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, datetime):
        return value
    return list(map(str, value)) if isinstance(value, list) else str(value)
