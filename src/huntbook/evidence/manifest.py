"""What a store says of itself: files, tables, views, losses."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from huntbook.core.display import printable, table_html


class StoredLoss(BaseModel):
    """A `Loss`, as it is kept."""

    model_config = ConfigDict(frozen=True)
    file: str
    reason: str
    position: str = ""
    lost: int = 0
    unit: str = "records"

    def __str__(self) -> str:
        place = f" at {self.position}" if self.position else ""
        lost = f"; {self.unit} lost: {self.lost:,}" if self.lost else ""
        return printable(f"{self.file}{place}: {self.reason}{lost}")


class StoredLosses(list[StoredLoss]):
    """What could not be read: a list, which a notebook shows as a table."""

    def __repr__(self) -> str:
        return "\n".join(map(str, self)) or "Everything was read."

    def _repr_html_(self) -> str:
        if not self:
            return "<p>Everything was read.</p>"
        rows = [(loss.file, loss.position, loss.reason, loss.lost, loss.unit) for loss in self]
        return table_html(["file", "position", "reason", "lost", "unit"], rows)


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
