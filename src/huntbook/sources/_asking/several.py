"""One question to several connections, side by side: each row says where it comes from, and one that fails spoils nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from huntbook.core.result import Completeness, Missing, Origin, Result
from huntbook.errors import HuntbookError, ParameterError
from huntbook.sources._asking.joined import marked, together

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from huntbook.sources._connection import Connection


async def ask_several(connections: Sequence[Connection], question: str, values: Mapping[str, object]) -> Result:
    """Ask all of them at once.

    Raises:
        HuntbookError: that of the first, if all of them fail.
    """
    if not connections:
        raise ParameterError("There is nobody to ask.", hint="Give a list of connections.")
    began = datetime.now(UTC)
    answers = await asyncio.gather(*(_one(connection, question, values) for connection in connections))
    told = list(zip(_names(connections), answers, strict=True))
    results = [(name, answer) for name, answer in told if isinstance(answer, Result)]
    problems = [(name, answer) for name, answer in told if isinstance(answer, Exception)]
    if not results:
        raise problems[0][1]
    frames = [marked(name, answer.to_polars()) for name, answer in results]
    rows, notes = together([frame for frame in frames if frame.width > 1])
    lost = [Completeness(complete=False, missing=(Missing(name, None, _why(each)),)) for name, each in problems]
    said = [_named(name, answer.origin.completeness) for name, answer in results]
    first = results[0][1].origin
    origin = Origin(
        source=", ".join(name for name, _ in told),
        query=first.query,
        native="\n\n".join(f"{name}:\n{answer.origin.native}" for name, answer in results),
        dialect=", ".join(dict.fromkeys(answer.origin.dialect for _, answer in results)),
        at=began,
        elapsed=datetime.now(UTC) - began,
        rows=rows.height,
        completeness=Completeness.together([*said, *lost, Completeness(notes=notes)]),
        values=first.values,
        chart=first.chart,
        span=first.span,
    )
    return Result(rows, origin)


def _names(connections: Sequence[Connection]) -> list[str]:
    """What each is called in the answer; of several of one name, the later ones get a number."""
    names = [connection.name for connection in connections]
    return [
        name if (nth := names[:place].count(name)) == 0 else f"{name} ({nth + 1})" for place, name in enumerate(names)
    ]


async def _one(connection: Connection, question: str, values: Mapping[str, object]) -> Result | Exception:
    try:
        return await connection.aask(question, **values)
    except Exception as error:  # noqa: BLE001 - a plug-in may fail in any way, and what failed is named in the answer
        return error


def _why(problem: Exception) -> str:
    return problem.message if isinstance(problem, HuntbookError) else f"{type(problem).__name__}: {problem}"


def _named(name: str, completeness: Completeness) -> Completeness:
    notes = tuple(f"{name}: {note}" for note in completeness.notes)
    return Completeness(completeness.complete, notes, completeness.cut, completeness.missing)
