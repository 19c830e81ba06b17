"""Run the examples of a query: is what they say so?"""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import duckdb

from huntbook.errors import HuntbookError, QueryError
from huntbook.query.checks import Problem
from huntbook.query.kql import told
from huntbook.testing.examples._compare import differences
from huntbook.testing.examples._rows import DAY, aware, whole_rows
from huntbook.testing.examples._splunk import searched
from huntbook.testing.examples._tables import columns_of, narrowed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from huntbook.query.pack import Example, Query
    from huntbook.testing.examples._bench import Asked, Bench
    from huntbook.testing.examples._tables import Columns, Row, Rows

_TEXT = re.compile(
    r"""@"(?:[^"]|"")*"|@'(?:[^']|'')*'|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|//[^\n]*"""
)  # texts and comments
_ONE_BY_ONE = {
    "where",
    "filter",
    "extend",
    "project",
    "project-away",
    "project-rename",
    "project-reorder",
    "order",
    "sort",
}
_WIDER = re.compile(r"\b(?:union|join|_Im_\w+\s*\(|(?:prev|next|row_\w+)\s*\()")  # other rows have a say
RUN = ("kql", "spl")  # the languages of which examples are run


def run_examples(query: Query, bench: Bench) -> list[Problem]:
    """Run all examples of a query's KQL text and of its SPL, and return what is not as they say, each with its place in the query.

    Args:
        query: from a pack: `Packs("my/packs")["fleet"]["logons"]`.
        bench: where it is run.
    """
    found: list[Problem] = []
    for number, example in enumerate(query.example):
        dialect, place = query.dialect_of(example), ("example", number)
        if dialect not in RUN:
            continue
        try:
            wrong = searched(query, example) if dialect == "spl" else _of_kql(query, example, bench)
            found += [Problem(one.said, (*place, *one.place), one.line) for one in wrong]
        except QueryError as error:
            found.append(Problem(error.message, (dialect,), max(error.line - 1, 0)))
        except (duckdb.Error, HuntbookError, ValueError, TypeError) as error:
            found.append(Problem(_worded(error), place))
    return found


def _of_kql(query: Query, example: Example, bench: Bench) -> Iterator[Problem]:
    return _cases(query, example, bench) if example.finds else _rows(query, example, bench)


def _worded(error: Exception) -> str:
    return told(error).message if isinstance(error, duckdb.Error) else str(error)


def text_of(query: Query, example: Example) -> str:
    """The KQL text with the example's values and span."""
    start, end = (aware(moment) for moment in example.span or DAY)
    return query.write("kql", example.bound(query), SimpleNamespace(start=start, end=end))


def tables_of(query: Query, example: Example, every: Rows | None = None) -> dict[str, Columns]:
    """The tables that a query asks, with the columns that it or the example names; `every`: the rows, if not those of `example.rows`."""
    named = {name for row in example.returns for name in row}
    return narrowed(query, text_of(query, example), example.rows if every is None else every, named)


def asking(query: Query, example: Example, every: Rows, bench: Bench) -> AbstractContextManager[Asked]:
    """Make a query ready to be asked of some rows, or parts of them, with the values of an example."""
    now = aware((example.span or DAY)[1])
    return bench.asked(text_of(query, example), tables_of(query, example, every), now=now, local=query.hunts)


def _cases(query: Query, example: Example, bench: Bench) -> Iterator[Problem]:
    """Each case of its own: something comes back of those that it finds, nothing of those that it ignores."""
    cases = {
        (kind, number): whole_rows(query, case)
        for kind in ("finds", "ignores")
        for number, case in enumerate(getattr(example, kind))
    }
    unknown = [Problem(said, place) for place, rows in cases.items() for said in _unknown(query, rows)]
    if unknown:
        yield from unknown
        return
    with asking(query, example, _together(cases.values()), bench) as asked:
        for place, rows in cases.items():
            found = asked.of(rows)
            if place[0] == "finds" and not found:
                yield Problem("nothing came back, and something must.", place)
            elif place[0] == "ignores" and found:
                yield Problem(f"nothing must come back; this did: {_shown(found[0])}", place)
        if asked.of({}):
            yield Problem("something comes back where there are no rows at all.", ("ignores",))


def _rows(query: Query, example: Example, bench: Bench) -> Iterator[Problem]:
    """Exactly the rows that it says come back, and one of those that stand there does not matter."""
    unknown = [Problem(said, ("rows", table)) for table, said in _unknown_by_table(query, example.rows)]
    if unknown:
        yield from unknown
        return
    with asking(query, example, example.rows, bench) as asked:
        found = asked.of(example.rows)
        missing, besides = differences(found, example.returns)
        for number in missing:
            yield Problem(f"this did not come back, of {len(found)} in all.", ("returns", number))
        for number in besides:
            yield Problem(f"this came back besides: {_shown(found[number])}", ("returns",))
        agrees = not missing and not besides
        if agrees and not leaves_alone(asked, text_of(query, example), example.rows, found):
            yield Problem("every row makes a difference to the answer: add one that must not come back.", ("rows",))


def leaves_alone(asked: Asked, text: str, rows: Rows, whole: Sequence[Row]) -> bool:
    """Whether some row does not come back: without it the answer is the same, or longer."""
    if len(rows) == 1 and _row_by_row(text, next(iter(rows))):
        return len(whole) < sum(map(len, rows.values()))
    places = [(table, number) for table, listed in rows.items() for number in range(len(listed))]
    without = (
        asked.of({**rows, table: [*rows[table][:number], *rows[table][number + 1 :]]})
        for table, number in reversed(places)  # the last is mostly the one
    )
    return any(len(fewer) > len(whole) or _unordered(fewer) == _unordered(whole) for fewer in without)


def _row_by_row(text: str, table: str) -> bool:
    """Whether a query looks at the rows of a table one by one: each makes one row of the answer at most, whatever the others are.

    What stands before its last statement may be anything that does not name the table.
    """
    before, _, asked = _TEXT.sub("''", text).rstrip("; \n").rpartition(";")
    named = [len(re.findall(rf"\b{re.escape(table)}\b", part)) for part in (before, asked)]
    operators = set(re.findall(r"\|\s*([\w-]+)", asked))
    return named == [0, 1] and operators <= _ONE_BY_ONE and not _WIDER.search(asked)


def _unordered(rows: Sequence[Row]) -> list[str]:
    return sorted(json.dumps(row, default=str, sort_keys=True) for row in rows)


def _together(cases: Any) -> Rows:
    every: Rows = {}
    for case in cases:
        for table, rows in case.items():
            every.setdefault(table, []).extend(rows)
    return every


def _unknown(query: Query, rows: Rows) -> Iterator[str]:
    return (said for _, said in _unknown_by_table(query, rows))


def _unknown_by_table(query: Query, rows: Rows) -> Iterator[tuple[str, str]]:
    """Tables that the query does not need, and columns that a table has not, by the table: rows there would be lost."""
    for table, listed in rows.items():
        if query.tables() and table not in query.tables():
            yield table, f"{table} has rows here, and needs does not name it."
        known = columns_of(table, local=query.hunts)
        lacking = {name for row in listed for name in row} - set(known) if known is not None else ()
        if lacking:
            yield table, f"{table} has no {', '.join(sorted(lacking))}."


def _shown(row: Row) -> str:
    """A row without what is empty, in at most a few lines of a terminal."""
    told_of = {
        name: cell if isinstance(cell, (int, float)) else str(cell)
        for name, cell in row.items()
        if cell not in (None, "")
    }
    return f"{json.dumps(told_of, ensure_ascii=False):.400}"
