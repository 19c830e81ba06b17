"""One question to several connections, side by side: each row says where it comes from, and one that fails spoils nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from huntbook.core.result import Completeness, Missing, Origin, Result
from huntbook.errors import HuntbookError, ParameterError
from huntbook.sources._joined import SOURCE, together

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
    results = [
        (connection, answer)
        for connection, answer in zip(connections, answers, strict=True)
        if isinstance(answer, Result)
    ]
    problems = [
        (connection, answer)
        for connection, answer in zip(connections, answers, strict=True)
        if isinstance(answer, HuntbookError)
    ]
    if not results:
        raise problems[0][1]
    frames = [_marked(connection.name, answer.to_polars()) for connection, answer in results]
    rows, notes = together([frame for frame in frames if frame.width > 1])
    lost = [
        Completeness(complete=False, missing=(Missing(connection.name, None, problem.message),))
        for connection, problem in problems
    ]
    said = [_named(connection.name, answer.origin.completeness) for connection, answer in results]
    first = results[0][1].origin
    origin = Origin(
        source=", ".join(connection.name for connection in connections),
        query=first.query,
        native="\n\n".join(f"{answer.origin.source}:\n{answer.origin.native}" for _, answer in results),
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


async def _one(connection: Connection, question: str, values: Mapping[str, object]) -> Result | HuntbookError:
    try:
        return await connection.aanswer(connection.asked(question, values))
    except HuntbookError as error:
        return error


def _marked(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Where each row comes from; what says so already has been asked of several itself."""
    return frame if SOURCE in frame.columns else frame.with_columns(pl.lit(name).alias(SOURCE))


def _named(name: str, completeness: Completeness) -> Completeness:
    notes = tuple(f"{name}: {note}" for note in completeness.notes)
    return Completeness(completeness.complete, notes, completeness.cut, completeness.missing)
