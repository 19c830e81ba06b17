"""The cases of examples: rows that a query must find or leave alone, in the short form that a pack writes them in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from huntbook.query.query import Example

# Words of a row that stand for columns, or for more rows.
SHORT = {
    "at": "Seconds after the start, which is 2026-03-02T09:00:00Z.",
    "repeat": "So many such rows; `#n` in a text is the number of each, from 0.",
    "every": "Seconds from each of the repeated rows to the next; 1 if not given.",
    "command": "The command line of a new process, and its program.",
    "parent": "The program that started it.",
    "by": "The account that did it.",
}
MOST_REPEATED = 10_000
Place = tuple[str | int, ...]


def rows_by_table(case: Any, tables: Sequence[str]) -> dict[str, list[Any]]:
    """Read a case as the rows of each table, still short: it is `{table: rows}`, or rows of the first table; one row needs no list."""
    named = case if isinstance(case, Mapping) and case and set(case) <= set(tables) else None
    if not tables:  # it is asked of any table
        named = case
    spread = {tables[0]: case} if named is None else named
    return {table: rows if isinstance(rows, list) else [rows] for table, rows in spread.items()}


def mistakes(example: Example, tables: Sequence[str]) -> Iterator[tuple[str, Place]]:
    """Find what is wrong with an example besides its values: what is wrong, and where in the example."""
    said = example.model_fields_set
    whole, cases = [said & set(pair) for pair in (("rows", "returns"), ("finds", "ignores"))]
    if whole and cases:
        yield "an example has `rows` and `returns`, or cases that the query `finds` and `ignores`; not both.", ()
    elif not cases:
        yield from ((f"{name} is missing.", ()) for name in ("rows", "returns") if name not in said)
    else:
        yield from ((f"{name} is missing.", ()) for name in ("finds", "ignores") if name not in said)
    for name in ("finds", "ignores"):
        for number, case in enumerate(getattr(example, name)):
            yield from ((what, (name, number)) for what in _wrong(case, tables))


def _wrong(case: Any, tables: Sequence[str]) -> Iterator[str]:
    named = isinstance(case, Mapping) and all(isinstance(rows, (list, Mapping)) for rows in case.values())
    if not tables and not named:
        yield "a query that needs no table by name has cases of the form {table: rows}."
        return
    foreign = set(case) - set(tables) if isinstance(case, Mapping) and set(case) & set(tables) else ()
    if foreign:
        yield f"it has rows of {', '.join(sorted(map(str, foreign)))}, which needs does not name."
        return
    for rows in rows_by_table(case, tables).values():
        if not rows:
            yield "a case has at least one row."
        for row in rows:
            yield from _wrong_row(row)


def _wrong_row(row: Any) -> Iterator[str]:
    if isinstance(row, str) and row:
        return
    if not isinstance(row, Mapping) or not row:
        yield f"{row!r:.80} is no row: a row is a mapping of columns, or the command of a new process."
        return
    for word in row.keys() & SHORT.keys():
        wanted = _wanted(word, row[word])
        if wanted:
            yield f"{word} is {row[word]!r:.80}; it takes {wanted}."
    if "parent" in row and "command" not in row:
        yield "parent stands beside the command of a new process."


def _wanted(word: str, given: Any) -> str:
    """What a short word takes, if it is not what is given."""
    if word in ("command", "parent", "by"):
        return "" if isinstance(given, str) else "text"
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        return "a number"
    within = word != "repeat" or (isinstance(given, int) and 0 < given <= MOST_REPEATED)
    return "" if within else f"a whole number from 1 to {MOST_REPEATED:,}"
