"""Raw records in, rows of tables and views out: what the tests of schemas start from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest

from huntbook.evidence.ingest import Ingest
from huntbook.evidence.schema import load
from huntbook.readers._base import LINE, RECORD, Batch, EvidenceFile

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, Any]
Rows = dict[str, list[Row]]
Ingested = Callable[..., Rows]


def _json(records: Iterable[Mapping[str, object]]) -> Batch:
    lines = [json.dumps(record) for record in records]
    return Batch(pl.DataFrame({LINE: pl.Series(range(1, len(lines) + 1), dtype=pl.UInt64), RECORD: lines}))


def _columns(records: Iterable[Mapping[str, str]]) -> Batch:
    frame = pl.DataFrame(list(records), infer_schema_length=None)
    return Batch(frame.with_columns(pl.Series(LINE, range(1, len(frame) + 1), dtype=pl.UInt64)))


def _stored(folder: Path) -> Rows:
    found: Rows = {}
    with duckdb.connect() as database:
        for place in sorted(folder.iterdir()):
            if list(place.glob("*.parquet")):
                cursor = database.execute(
                    "SELECT * FROM read_parquet(?) ORDER BY _Line",
                    [str(place / "*.parquet")],
                )
                names = [column[0] for column in cursor.description or []]
                found[place.name] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return found


@pytest.fixture
def ingested(tmp_path: Path) -> Ingested:
    """Map records (JSON objects; with `csv=True`, rows of text columns; or ready batches) and give what was stored, by table."""

    def run(*records: Mapping[str, Any], csv: bool = False, batches: Iterable[Batch] = ()) -> Rows:
        todo = [*batches] or [_columns(records) if csv else _json(records)]
        file = EvidenceFile("evidence", lambda: (tmp_path / "absent").open("rb"))
        Ingest(tmp_path, workers=1).run(((file, batch) for batch in todo), load())
        return _stored(tmp_path)

    return run
