"""An answer that comes frame by frame, for those that are larger than memory."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Final, Self

import polars as pl
from polars.io.plugins import register_io_source

from huntbook.core import runtime
from huntbook.core.result import Completeness
from huntbook.errors import QueryError
from huntbook.sources._asking.joined import marked
from huntbook.sources._asking.pieces import Asking

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from huntbook.sources._asking.plan import Plan
    from huntbook.sources._base import Driver

_BATCH: Final = 4_096  # rows that a reader of Arrow is given at once: few, since a row may be long
_NAMED: Final = "Name the columns in the query, or take the answer frame by frame."


class Stream:
    """An answer that comes in Polars frames, in order; memory holds a few pieces at a time. Close it to stop asking.

    It can be read once: frame by frame (`for` and `async for`), or by whatever reads an Arrow stream batch by batch. `completeness` is of what
    came so far, and of the whole once it has come to its end.

    Example:
        with logs.stream("SecurityEvent", last="30d") as events:
            duckdb.sql("COPY (FROM events) TO 'events.parquet'")
    """

    def __init__(self, driver: Driver, planned: Plan, *, raises: bool) -> None:
        self._several = len(driver.apart()) > 1
        self._raises = raises
        self._planned = planned
        self.completeness = Completeness(notes=planned.notes)
        self._turn = asyncio.Lock()
        self._peeked: pl.DataFrame | None = None
        self._frames = self._given()
        runtime.leave_at_end(self._frames)

    async def _given(self) -> AsyncGenerator[pl.DataFrame, None]:
        pieces = self._planned.pieces
        if len(pieces) == 1 and not self._planned.refine:
            async with aclosing(pieces[0].driver.stream(pieces[0].question())) as batches:
                async for batch in batches:
                    self._note(batch.completeness)
                    yield batch.rows
            return
        async with aclosing(Asking(pieces, self._planned.refine).answers()) as answers:
            async for each in answers:
                if each.problem is not None and self._raises:
                    raise each.told(each.problem)
                self._note(each.completeness)
                for batch in each.batches:
                    yield marked(each.piece.driver.name, batch.rows) if self._several else batch.rows

    def _note(self, completeness: Completeness) -> None:
        self.completeness = Completeness.together([self.completeness, completeness])

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> pl.DataFrame:
        try:
            return runtime.run(self._next())
        except StopAsyncIteration:
            raise StopIteration from None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> pl.DataFrame:
        return await runtime.arun(self._next())

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Give the answer as an Arrow stream, whose columns are those of the first frame."""
        schema = runtime.run(self._schema())
        frames = register_io_source(lambda *_: (fitted(frame, schema) for frame in self), schema=schema)
        batches = frames.collect_batches(chunk_size=_BATCH, lazy=True)
        return batches.__arrow_c_stream__(requested_schema)

    async def _next(self) -> pl.DataFrame:
        async with self._turn:
            frame, self._peeked = self._peeked, None
            return await anext(self._frames) if frame is None else frame

    async def _schema(self) -> pl.Schema:
        """The columns of the next frame, which stays the next one: readers ask for the schema before they read."""
        async with self._turn:
            if self._peeked is None:
                self._peeked = await anext(self._frames, None)
            return pl.Schema() if self._peeked is None else self._peeked.schema

    def close(self) -> None:
        """Stop asking."""
        runtime.run(self._left())

    async def _left(self) -> None:
        async with self._turn:  # a step that Ctrl-C has cancelled may not have come to its end yet
            await self._frames.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<answer in frames, {self.completeness}>"


def fitted(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Give a frame the columns and types of the first one, since a stream of Arrow has one schema.

    Raises:
        QueryError: if the frame has columns or values that have no place there.
    """
    if frame.schema == schema:
        return frame
    new = [name for name in frame.columns if name not in schema]
    if new:
        raise QueryError(f"The answer got columns that its first rows do not have: {', '.join(new)}.", hint=_NAMED)
    values = [frame[name] if name in frame.columns else pl.Series(name, [None] * frame.height) for name in schema]
    made = [series.cast(kind, strict=False) for series, kind in zip(values, schema.values(), strict=True)]
    lost = [series.name for series, cast in zip(values, made, strict=True) if series.null_count() != cast.null_count()]
    if lost:
        raise QueryError(f"Values of {', '.join(lost)} have other types than in the first rows.", hint=_NAMED)
    return pl.DataFrame(made)
