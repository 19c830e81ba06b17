"""The examples of lookups: their rows in tables as Microsoft documents them, the query run on them, the answer compared."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import chain
from types import SimpleNamespace
from typing import Any

import duckdb
import polars as pl
from tests.packs.tables import catalogue as local_tables
from tests.query.kql.score.engines import STORED

from huntbook.core import sql
from huntbook.query.kql import Catalogue, Compiled, Type, compile_kql, prepare
from huntbook.query.kql.duckdb import type_of
from huntbook.query.kql.known_tables import known_tables
from huntbook.query.kql.parse.times import timespan_ticks
from huntbook.query.kql.plan import Column
from huntbook.query.kql.resource_graph_tables import resource_graph_tables
from huntbook.query.pack import Example, Query
from huntbook.sources.local import stored_functions

DAY = (datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))
_WORD = re.compile(r"\w+")
_TICKS = 10_000_000
_YEAR_ONE = datetime(1, 1, 1, tzinfo=UTC)
Columns = dict[str, Type]
Row = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row]]


@cache
def columns_of(table: str) -> Mapping[str, Type] | None:
    """A table's columns: as Microsoft documents it, else as local evidence has it; None if nobody knows it."""
    for documented in (known_tables(), resource_graph_tables()):
        if table in documented:
            return documented[table]
    local = local_tables().get(table)
    return None if local is None else {column: type_of(stored) for column, stored in local.items()}


def schema(query: Query, example: Example) -> dict[str, Columns]:
    """The tables that a query needs, with the columns that the query or its example names: hundreds of others cost time.

    A query that is asked of any table, which is one of its values, needs those that the example has rows of.
    """
    stored = stored_functions()
    called = stored.text if set(query.tables()) & set(stored.names()) else ""  # filters by columns of its own
    words = set(_WORD.findall(query.kql + called)) | {name for row in example.returns for name in row}
    return {
        table: _narrow(query, table, example.rows.get(table, []), words) for table in query.tables() or example.rows
    }


def _narrow(query: Query, table: str, rows: Sequence[Row], words: set[str]) -> Columns:
    wanted = words | {name for row in rows for name in row}
    known = columns_of(table)
    if known is not None:
        return {column: kind for column, kind in known.items() if column in wanted}
    # A table that no documentation lists (Resource Graph's, a custom one) is what the pack says of it.
    named = dict.fromkeys([*query.needs["kql"][table], *(name for row in rows for name in row)])
    return {name: _kind([row[name] for row in rows if row.get(name) is not None]) for name in named}


def _kind(values: Sequence[Any]) -> Type:
    kinds = {
        bool: Type.BOOL,
        int: Type.LONG,
        float: Type.REAL,
        dict: Type.DYNAMIC,
        list: Type.DYNAMIC,
        datetime: Type.DATETIME,
    }
    return kinds.get(type(values[0]), Type.STRING) if values else Type.STRING


def text(query: Query, example: Example) -> str:
    """The KQL text with the example's values and span."""
    start, end = (_aware(moment) for moment in example.span or DAY)
    return query.write("kql", example.bound(query), SimpleNamespace(start=start, end=end))


def answers(query: Query, example: Example, cases: Iterable[Rows]) -> Iterator[list[dict[str, Any]]]:
    """What the query returns of each of several sets of rows; it is compiled once, unless its columns depend on the rows."""
    tables = schema(query, example)
    catalogue = Catalogue(tables, functions=stored_functions())
    written, parts, compiled = text(query, example), 0, None
    with holding(tables) as connection:

        def part_of(part: Compiled) -> list[tuple[Any, ...]]:
            nonlocal parts
            parts += 1
            return _run(connection, part)

        for rows in cases:
            for name, columns in tables.items():
                connection.execute(f"DELETE FROM {sql.name(name)}")
                _insert(connection, name, columns, rows.get(name, []))
            if compiled is None or parts:
                compiled = compile_kql(written, catalogue, ask=part_of)
            names = [column.name for column in compiled.columns]
            found = _run(connection, compiled)
            yield [dict(zip(names, map(_value, compiled.columns, cells), strict=True)) for cells in found]


def _run(connection: duckdb.DuckDBPyConnection, part: Compiled) -> list[tuple[Any, ...]]:
    prepare(connection, part)
    return connection.execute(part.sql, dict(part.values) or None).fetchall()


@contextmanager
def holding(tables: Mapping[str, Columns]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with these tables, empty."""
    with duckdb.connect(config={"threads": 1}) as connection:
        for name, columns in tables.items():
            listed = ", ".join(f"{sql.name(column)} {STORED[kind]}" for column, kind in columns.items())
            connection.execute(f"CREATE TABLE {sql.name(name)} ({listed})")
        yield connection


def _insert(connection: duckdb.DuckDBPyConnection, table: str, columns: Columns, rows: Sequence[Row]) -> None:
    if not rows:
        return
    frame = pl.DataFrame(
        {name: [_cell(kind, row.get(name)) for row in rows] for name, kind in columns.items()}, strict=False
    )
    names = ", ".join(map(sql.name, columns))
    connection.register("_rows", frame)
    connection.execute(f"INSERT INTO {sql.name(table)} ({names}) SELECT {names} FROM _rows")
    connection.unregister("_rows")


def _cell(kind: Type, value: Any) -> Any:
    """A cell as the table keeps it; text that is empty is no null."""
    if value is None:
        return "" if kind is Type.STRING else None
    if kind is Type.DATETIME:
        return _aware(datetime.fromisoformat(value) if isinstance(value, str) else value).replace(tzinfo=None)
    if kind is Type.TIMESPAN:
        return _ticks(value)
    if kind is Type.DYNAMIC and isinstance(value, str):
        return value if _is_json(value) else json.dumps(value)
    if kind is Type.DYNAMIC or isinstance(value, (dict, list)):
        return json.dumps(value, default=str)
    return str(value) if kind in (Type.STRING, Type.GUID) else value


def _is_json(text: str) -> bool:
    """Whether a dynamic column takes a text for what it says; what is no JSON is a text there."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _aware(moment: date) -> datetime:
    whole = moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return whole.replace(tzinfo=UTC) if whole.tzinfo is None else whole.astimezone(UTC)


def _ticks(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value // timedelta(microseconds=1) * 10
    return timespan_ticks(value) if isinstance(value, str) else value


def _value(column: Column, cell: Any) -> Any:
    """A cell of the answer as an example would write it."""
    match column.type:
        case Type.DATETIME if isinstance(cell, int):
            return _YEAR_ONE + timedelta(microseconds=cell // 10)
        case Type.DATETIME if isinstance(cell, datetime):
            return _aware(cell)
        case Type.DYNAMIC if isinstance(cell, str):
            return json.loads(cell)
        case Type.STRING:
            return cell or ""
    return cell


def same(found: Any, written: Any) -> bool:  # noqa: PLR0911 - one line for each kind of value
    """Whether a cell is what an example says: empty text is nothing, times are UTC, timespans are written as KQL writes them."""
    if found in (None, "") or written in (None, ""):
        return found in (None, "") and written in (None, "")
    if isinstance(found, datetime):
        moment = datetime.fromisoformat(written) if isinstance(written, str) else written
        return isinstance(moment, date) and found == _aware(moment)
    if isinstance(found, bool) or isinstance(written, bool):
        return found is written
    if isinstance(found, int) and isinstance(written, (str, timedelta)):
        return bool(found == _ticks(written))
    if isinstance(found, float) or isinstance(written, float):
        return isinstance(found, (int, float)) and math.isclose(found, written, rel_tol=1e-9)
    if isinstance(found, list) and isinstance(written, list):
        return len(found) == len(written) and all(map(same, found, written))
    if isinstance(found, dict) and isinstance(written, dict):
        return found.keys() == written.keys() and all(same(found[key], written[key]) for key in found)
    return bool(found == written)


def matches(row: Row, written: Row) -> bool:
    """Whether a row is the written one, in the columns that that names."""
    return all(name in row and same(row[name], value) for name, value in written.items())


def agree(found: Sequence[Row], written: Sequence[Row]) -> bool:
    """Whether the rows are exactly the written ones, in any order."""
    return len(found) == len(written) and _paired(list(found), list(written))


def _paired(found: list[Row], written: list[Row]) -> bool:
    """Pair each written row with one of its own: a written row that names few columns can match several."""
    partner: dict[int, int] = {}

    def place(number: int, tried: set[int]) -> bool:
        for candidate, row in enumerate(found):
            if candidate not in tried and matches(row, written[number]):
                tried.add(candidate)
                if candidate not in partner or place(partner[candidate], tried):
                    partner[candidate] = number
                    return True
        return False

    return all(place(number, set()) for number in range(len(written)))


@dataclass(frozen=True)
class Tried:
    """What an example returned, and one of its rows that does not come back: without it the answer is the same, or longer."""

    returned: list[dict[str, Any]]
    ignored: tuple[str, int] | None


def tried(query: Query, example: Example) -> Tried:
    """Run an example, and again without one of its rows, until that makes no difference."""
    places = [(table, row) for table, rows in example.rows.items() for row in range(len(rows))][::-1]
    fewer = ({**example.rows, table: _without(example.rows[table], row)} for table, row in places)
    ran = answers(query, example, chain([example.rows], fewer))
    whole = next(ran)
    same = (
        place
        for place, other in zip(places, ran, strict=True)
        if len(other) > len(whole) or _unordered(other) == _unordered(whole)
    )
    return Tried(whole, next(same, None))


def _without(rows: Sequence[Row], number: int) -> Sequence[Row]:
    return [*rows[:number], *rows[number + 1 :]]


def _unordered(rows: Sequence[Row]) -> list[str]:
    return sorted(json.dumps(row, default=str, sort_keys=True) for row in rows)
