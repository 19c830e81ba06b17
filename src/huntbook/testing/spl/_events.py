"""Tables as Splunk's indexes: each row an event with its time, its text and where it came from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from huntbook.core.times import micros
from huntbook.testing.spl._values import single

if TYPE_CHECKING:
    from collections.abc import Iterator

    from huntbook.core.timespan import TimeSpan
    from huntbook.testing.spl._values import Event

_TIMES: Final = ("_time", "TimeGenerated", "Timestamp")
_HOSTS: Final = ("host", "Computer", "DeviceName")
_AT: Final = "__at"


@dataclass(frozen=True)
class Index:
    """An index: a table whose rows lie in time, the newest first."""

    name: str
    frame: pl.DataFrame

    @classmethod
    def of(cls, name: str, table: pl.DataFrame) -> Index:
        """Make an index of a table. The time is `_time`, `TimeGenerated`, `Timestamp` or the first column of times; the present if there is none."""
        times = [column.name for column in table if isinstance(column.dtype, pl.Datetime)]
        named = next((each for each in (*_TIMES, *times) if each in table.columns), None)
        at = micros(table[named]) if named else None
        if at is None:
            now = int(datetime.now(UTC).timestamp() * 1_000_000)
            at = pl.Series([now] * table.height, dtype=pl.Int64)
        frame = table.with_columns(at.alias(_AT)).filter(pl.col(_AT).is_not_null())
        return cls(name, frame.sort(_AT, descending=True, maintain_order=True))

    def __len__(self) -> int:
        return self.frame.height

    def events(self, span: TimeSpan | None) -> Iterator[Event]:
        """The events of a time, newest first."""
        frame = self.frame
        if span is not None:
            start, end = (round(each.timestamp() * 1_000_000) for each in (span.start, span.end))
            frame = frame.filter(pl.col(_AT).is_between(start, end, closed="left"))
        for number, row in enumerate(frame.iter_rows(named=True)):
            yield self._event(number, row)

    def _event(self, number: int, row: dict[str, Any]) -> Event:
        at = row.pop(_AT)
        fields = {name: told for name, value in row.items() if (told := _told(value)) is not None}
        host = next((fields[name] for name in _HOSTS if name in fields), "fake")
        around = {
            "_bkt": f"{self.name}~0~00000000-0000-0000-0000-000000000000",
            "_cd": f"0:{number}",
            "_indextime": str(at // 1_000_000),
            "_raw": json.dumps(fields, ensure_ascii=False),
            "_serial": str(number),
            "_si": ["fake-indexer", self.name],
            "_sourcetype": self.name.lower(),
            "host": host,
            "index": self.name,
            "linecount": "1",
            "source": f"fake:{self.name}",
            "sourcetype": self.name.lower(),
            "splunk_server": "fake-indexer",
        }
        return {**around, **fields, "_time": at / 1_000_000, "index": self.name}


def _told(value: Any) -> Any:
    """A value of a table as a field has it: text, or a list of texts."""
    if isinstance(value, list):
        return single([told for each in value if isinstance(told := _told(each), str)])
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return None if value is None else str(value)
