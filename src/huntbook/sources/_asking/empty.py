"""Why an answer is empty: the table is not there, it has no rows of that time, or none of its rows matched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.errors import HuntbookError

if TYPE_CHECKING:
    from huntbook.sources._asking.known import Known
    from huntbook.sources._base import Question

_MOST = 5  # tables that are looked into


async def why_empty(known: Known, question: Question) -> tuple[str, ...]:
    """Tell the empty answers apart; nothing where the source cannot tell. What fails in asking about it is no failure of the answer."""
    names = list(known.driver.named(question))[:_MOST]
    if not names:
        return ()
    try:
        there = {table.name for table in await known.tables()}
        absent = [name for name in names if name not in there and "*" not in name]
        held = {name: await known.holds(name, question.span) for name in names if name not in absent}
    except HuntbookError as error:
        return (f"why nothing came back could not be found out: {error.message}",)
    when = " of that time" if question.span else ""
    gone = tuple(f"there is no table {name} here" for name in absent)
    empty = tuple(f"{name} has no rows{when}" for name, rows in held.items() if rows is False)
    if empty or not held or not all(held.values()):
        return (*gone, *empty)
    return (*gone, f"there are rows{when}, and none matched")
