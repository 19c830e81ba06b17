"""An answer that comes frame by frame: read as frames, in async code, and by what reads Arrow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from huntbook.core.result import Completeness
from huntbook.errors import QueryError, ServiceError
from huntbook.sources._asking.stream import Stream, fitted
from huntbook.sources._base import Batch, Driver, Question
from huntbook.sources._connection import Connection

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FRAMES = [pl.DataFrame({"t": [NOON] * 10, "n": range(10 * part, 10 * part + 10)}) for part in range(30)]


def ask(text: str, *, events: Stream) -> list[tuple[Any, ...]]:
    with duckdb.connect() as database:
        return database.register("events", events).execute(text).fetchall()


class Parts(Driver):
    """Gives frames one by one, and counts them; the last one may be trouble."""

    dialect: ClassVar[str] = "kql"

    def __init__(self, frames: Sequence[pl.DataFrame], trouble: Exception | None = None) -> None:
        self.frames, self.trouble = frames, trouble
        self.given, self.left = 0, False

    @property
    def name(self) -> str:
        return "parts"

    async def fetch(self, question: Question) -> AsyncGenerator[Batch, None]:
        _ = question
        try:
            for frame in self.frames:
                self.given += 1
                yield Batch(frame, Completeness(notes=("seen",)))
            if self.trouble is not None:
                raise self.trouble
        finally:
            self.left = True


def test_what_reads_arrow_reads_it_batch_by_batch() -> None:
    parts = Parts([pl.concat(FRAMES * 100)] * 30)
    answer = Connection(parts).stream("T")
    reader = pa.RecordBatchReader.from_stream(answer)
    assert reader.schema.names == ["t", "n"]
    assert parts.given == 1
    first = reader.read_next_batch()
    assert parts.given < 20  # a few are made ready beside the reading, and not all
    rows = first.num_rows + sum(batch.num_rows for batch in reader)
    assert (rows, parts.given) == (900_000, 30)
    assert answer.completeness.notes == ("seen",)


def test_duckdb_and_polars_read_it() -> None:
    events = Connection(Parts(FRAMES)).stream("T")
    assert ask("SELECT count(*), sum(n), min(t) = max(t) FROM events", events=events) == [(300, 44_850, True)]
    assert pl.DataFrame(Connection(Parts(FRAMES)).stream("T")).equals(pl.concat(FRAMES))


def test_the_first_frame_is_not_lost_by_looking_at_the_schema() -> None:
    answer = Connection(Parts(FRAMES)).stream("T")
    answer.__arrow_c_stream__()
    assert pl.concat(list(answer)).equals(pl.concat(FRAMES))


def test_an_answer_of_nothing_is_an_empty_stream() -> None:
    assert pl.DataFrame(Connection(Parts([])).stream("T")).shape == (0, 0)
    assert pl.DataFrame(Connection(Parts([FRAMES[0].clear()])).stream("T")).schema == FRAMES[0].schema


def test_what_fails_in_the_middle_is_no_end() -> None:
    answer = Connection(Parts(FRAMES[:3], ServiceError("the store went away"))).stream("T")
    with pytest.raises(duckdb.Error, match="the store went away"):
        ask("SELECT count(*) FROM events", events=answer)
    with pytest.raises(pl.exceptions.PolarsError, match="the store went away"):
        pl.DataFrame(Connection(Parts(FRAMES[:3], ServiceError("the store went away"))).stream("T"))


def test_it_can_be_read_in_async_code() -> None:
    async def read() -> int:
        return sum([frame.height async for frame in Connection(Parts(FRAMES)).stream("T")])

    assert asyncio.run(read()) == 300


def test_closing_it_leaves_the_question() -> None:
    parts = Parts(FRAMES)
    with Connection(parts).stream("T") as answer:
        next(answer)
    assert (parts.given, parts.left) == (1, True)


def test_later_frames_get_the_columns_of_the_first() -> None:
    schema = pl.Schema({"a": pl.Int64(), "b": pl.String(), "c": pl.Datetime("ns", "UTC")})
    assert fitted(pl.DataFrame({"b": ["x"], "a": pl.Series([1], dtype=pl.Int32)}), schema).rows() == [(1, "x", None)]
    with pytest.raises(QueryError, match="columns that its first rows do not have: d"):
        fitted(pl.DataFrame({"a": [1], "d": [1]}), schema)
    with pytest.raises(QueryError, match="Values of a have other types"):
        fitted(pl.DataFrame({"a": ["one"]}), schema)
    with pytest.raises(QueryError, match="Values of c"):
        fitted(pl.DataFrame({"c": [datetime(1601, 1, 1, tzinfo=UTC)]}), schema)
