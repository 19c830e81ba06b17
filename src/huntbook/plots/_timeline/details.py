"""What a tooltip says of a single event: a few columns of its row, packed so that thousands fit into a page."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from huntbook.plots._packing import dictionary, packed
from huntbook.plots._timeline.lanes import texts

MOST_BYTES = 280_000  # of packed text in the page
LONGEST = 240
_MOST_COLUMNS = 10
_ROW = "\0row"

# What an analyst asks of an event, in this order; each is the first of its spellings that the table has.
_USUAL = (
    ("EventID", "EventId", "ActionType", "OperationName", "Operation", "EventName", "eventName", "event_id", "Title", "title"),
    ("Activity", "Channel", "AlertName", "event_type", "Severity", "severity"),
    ("Computer", "DeviceName", "Hostname", "HostName", "host", "hostname", "Host"),
    ("Account", "User", "AccountName", "TargetUserName", "SubjectUserName", "UserPrincipalName", "UserId", "user"),
    ("Image", "NewProcessName", "FileName", "ProcessName", "Process", "process"),
    ("CommandLine", "ProcessCommandLine", "command_line", "ScriptBlockText"),
    ("SourceIp", "IpAddress", "IPAddress", "ClientIP", "SourceIPAddress", "sourceIPAddress", "id.orig_h", "LocalIP"),
    ("DestinationIp", "RemoteIP", "DestinationIPAddress", "id.resp_h", "TargetFilename", "TargetObject", "QueryName"),
    ("Message", "SyslogMessage", "RenderedDescription", "message", "why"),
)  # fmt: skip


@dataclass(frozen=True)
class Details:
    """The packed texts.

    Attributes:
        columns: names, in the order of the tooltip.
        rows: how many events have details: numbers 0 to rows - 1.
        packed: base64 of zlib of JSON: for each column the distinct values, and for each row the number of its value,
            -1 for none.
    """

    columns: list[str]
    rows: int
    packed: str


def tooltip_columns(frame: pl.DataFrame, wanted: list[str] | None, *, besides: set[str]) -> list[str]:
    """Choose the columns of the tooltip.

    Args:
        frame: the table.
        wanted: those asked for; None for the usual ones, or the first if there are no usual ones.
        besides: columns that the picture shows anyway.
    """
    if wanted is not None:
        return [name for name in wanted if name in frame.columns]
    plain = [
        name
        for name, kind in frame.schema.items()
        if not kind.is_nested() and kind != pl.Object and name not in besides
    ]
    usual = [next((name for name in names if name in plain), None) for names in _USUAL]
    chosen = [name for name in usual if name is not None]
    if len(chosen) < 3:
        chosen += [name for name in plain if name not in chosen][: 5 - len(chosen)]
    return chosen[:_MOST_COLUMNS]


def pick(frame: pl.DataFrame, columns: list[str], rows: pl.Series) -> pl.DataFrame:
    """Take the texts of a few rows; a column of row numbers comes along, which keeps a frame without columns in shape."""
    texts_of = [texts(frame[name][rows]) for name in columns if name != _ROW]
    return pl.DataFrame([rows.alias(_ROW), *texts_of])


def pack(parts: list[pl.DataFrame], order: pl.Series) -> Details:
    """Pack what was picked from several tables, reordered by `order`, as far as there is room for it."""
    together = pl.concat(parts, how="diagonal_relaxed")[order].drop(_ROW)
    rows = len(order) if together.columns else 0
    text = _packed(together)
    while len(text) > MOST_BYTES and rows:
        rows = int(rows * min(MOST_BYTES / len(text), 0.95))
        text = _packed(together[:rows])
    return Details(together.columns, rows, text)


def _packed(rows: pl.DataFrame) -> str:
    return packed([dictionary(column, LONGEST) for column in rows.get_columns()], level=6)
