"""What a store says of itself: files, tables, views, losses."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class StoredLoss(BaseModel):
    """A `Loss`, as it is kept."""

    model_config = ConfigDict(frozen=True)
    file: str
    reason: str
    position: str = ""
    lost: int = 0
    unit: str = "records"


class StoredTable(BaseModel):
    """A table of the evidence: what `logs.tables` shows of it."""

    model_config = ConfigDict(frozen=True)
    name: str
    rows: int
    start: datetime | None = None
    end: datetime | None = None
    files: dict[str, int] = {}
    recognised: bool = True
    about: str = ""
    keys: list[str] = []  # of a table that was not recognised: the members of its records, which are its columns


class StoredView(BaseModel):
    """A view of the store: SQL that reads `_parts`, the Parquet files in the folder `parts` (none: it reads other views)."""

    model_config = ConfigDict(frozen=True)
    name: str
    parts: str = ""
    select: str


class Manifest(BaseModel):
    """What a store holds."""

    key: str
    created: datetime
    files: dict[str, int | None]
    tables: list[StoredTable]
    views: list[StoredView]
    losses: list[StoredLoss]
