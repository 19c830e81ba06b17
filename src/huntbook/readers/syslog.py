"""Syslog: RFC 3164, RFC 5424, and what syslogd, rsyslog and journald write to files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from huntbook.readers._base import LINE, Batch, EvidenceFile, Losses, Reader
from huntbook.readers._syslog_lines import (
    BEGINS,
    FACILITIES,
    HEADER,
    JOINED,
    LIKE,
    MONTHS,
    NEW_REST,
    OLD_REST,
    SEVERITIES,
    SPELLINGS,
    SPLIT,
    Years,
    ahead_of,
    years_of,
)
from huntbook.readers._text import TEXT, head_lines, line_batches

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_MESSAGE = 1024 * 1024
_MONTH = (
    r"^(?:<\d{1,3}>)?(?P<month>" + "|".join(MONTHS) + r") {1,2}(?P<day>\d{1,2}) (?:\d{4} )?(?P<clock>\d\d:\d\d:\d\d)"
)
COLUMNS = (
    "TimeGenerated",
    "HostName",
    "ProcessName",
    "ProcessID",
    "Facility",
    "SeverityLevel",
    "SyslogMessage",
    "StructuredData",
    "MessageID",
)


class Syslog(Reader):
    """Syslog lines as rows of Sentinel's table Syslog, all columns text.

    `TimeGenerated` is ISO 8601 with the zone as written, or Z where none is. Where the year is missing it is judged by
    the file's last modification, going back over each new year. A line without a header goes on the message before it.
    """

    rank = 35

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        """Most of the first lines have a time, a host or none, and `program:`; or a priority and a time."""
        lines = [line[:1000] for line in head_lines(head) if not line[0].isspace()]
        like = int(pl.Series(lines, dtype=pl.String).str.contains(LIKE).sum())
        return like > 0 and like >= 0.4 * len(lines)

    def read(self, file: EvidenceFile, losses: Losses) -> Iterator[Batch]:
        """Read the messages, those of several lines as one."""
        years = years_of(_months(file), file.modified or datetime.now(UTC))
        month, ahead = years.month, 0
        for frame in _messages(file, losses):
            parts = frame.select(LINE, pl.col(TEXT).str.extract_groups(HEADER).struct.unnest(), TEXT)
            parts = parts.with_columns(_bsd_parts())
            at = pl.col("month").forward_fill().fill_null(month)
            parts = parts.with_columns(ahead=ahead_of(at, month) + ahead, at=at)
            month, ahead = int(parts["at"][-1]), int(parts["ahead"][-1])
            yield Batch(_rows(parts, years))


def _months(file: EvidenceFile) -> Iterator[pl.DataFrame]:
    """The months, days and clocks of a file whose times have no year."""
    for frame in line_batches(file, Losses(file.name)):
        parts = frame.select(pl.col(TEXT).str.extract_groups(_MONTH).struct.unnest()).drop_nulls()
        yield parts.select(_number_of_month("month"), pl.col("day").cast(pl.Int32), "clock")


def _number_of_month(column: str) -> pl.Expr:
    return pl.col(column).replace_strict(list(MONTHS), range(1, 13), default=None, return_dtype=pl.Int32).alias("month")


def _messages(file: EvidenceFile, losses: Losses) -> Iterator[pl.DataFrame]:
    """Frames of whole messages: what stands on one line is split, what goes on over several is joined."""
    frames = line_batches(file, losses)
    lines = next(frames, None)
    while lines is not None:
        following = next(frames, None)
        joined = _joined(_split(lines), losses)
        if following is None or len(str(joined[TEXT][-1])) > _LONGEST_MESSAGE:
            yield joined
            lines = following
        else:  # the last message may go on
            yield joined.head(-1)
            lines = pl.concat([joined.tail(1), following])


def _split(frame: pl.DataFrame) -> pl.DataFrame:
    if not frame.select(pl.col(TEXT).str.contains(JOINED).any()).item():
        return frame
    apart = pl.col(TEXT).str.replace_all(SPLIT, "\0$1").str.strip_chars_start("\0").str.split("\0")
    return frame.with_columns(apart).explode(TEXT)


def _joined(lines: pl.DataFrame, losses: Losses) -> pl.DataFrame:
    """Append each line without a header to the message before it."""
    begins = lines.with_columns(begins=pl.col(TEXT).str.contains(BEGINS))
    if begins["begins"].all():
        return lines
    strange = begins.filter(~pl.col("begins") & ~pl.col(TEXT).str.contains(r"^\s"))
    if strange.height:
        reason = "no syslog header: taken as the message before going on"
        losses.add(reason, position=f"line {strange[LINE][0]}", lost=0, unit="lines")
    groups = begins.group_by(pl.col("begins").cum_sum().alias("group"), maintain_order=True)
    return groups.agg(pl.col(LINE).first(), pl.col(TEXT).str.join("\n")).select(LINE, TEXT)


def _bsd_parts() -> list[pl.Expr]:
    month = pl.col("bsd").str.head(3)
    parts = pl.col("bsd").str.extract_groups(r"^\w{3} {1,2}(?P<day>\d{1,2}) (?:(?P<year>\d{4}) )?(?P<clock>\S+)")
    number = month.replace_strict(list(MONTHS), range(1, 13), default=None, return_dtype=pl.Int32)
    return [
        number.alias("month"),
        parts.struct.field("day").str.zfill(2),
        parts.struct.field("year"),
        parts.struct.field("clock"),
    ]


def _rows(parts: pl.DataFrame, years: Years) -> pl.DataFrame:
    new = pl.col("version").is_not_null()
    fields = parts.with_columns(
        new=pl.when(new).then(pl.col("rest")).str.extract_groups(NEW_REST),
        old=pl.when(~new).then(pl.col("rest")).str.extract_groups(OLD_REST),
    ).with_columns(_bare_host())
    priority = pl.col("priority").cast(pl.Int32)
    priority = pl.when(priority < 192).then(priority)
    return fields.select(
        LINE,
        TimeGenerated=_time(years),
        HostName=_either("host", "bare"),
        ProcessName=_either("program"),
        ProcessID=_either("process"),
        Facility=(priority // 8).replace_strict(range(24), list(FACILITIES), default=None, return_dtype=pl.String),
        SeverityLevel=pl.coalesce(_name_of_severity(priority % 8), _word("level"), _word("word")),
        SyslogMessage=pl.coalesce(_new("message"), _old("message"), "bare_message", "rest", TEXT).str.strip_chars_start(
            " "
        ),
        StructuredData=_nothing(_new("data")),
        MessageID=_nothing(_new("id")),
    )


def _bare_host() -> list[pl.Expr]:
    """`host message`: no program is named. A time followed by a colon is syslogd speaking, without a host."""
    alone = _old("message").is_null() & _new("message").is_null() & pl.col("speaks").is_null()
    parts = pl.when(alone).then(pl.col("rest")).str.extract_groups(r"(?s)^(?P<host>[^\s\[\]]+) (?P<message>.*)$")
    return [parts.struct.field("host").alias("bare"), parts.struct.field("message").alias("bare_message")]


def _new(field: str) -> pl.Expr:
    return pl.col("new").struct.field(field)


def _old(field: str) -> pl.Expr:
    return pl.col("old").struct.field(field)


def _either(field: str, *others: str) -> pl.Expr:
    return _nothing(pl.coalesce(_new(field), _old(field), *others))


def _nothing(value: pl.Expr) -> pl.Expr:
    return pl.when(~value.is_in(["-", ""])).then(value)


def _name_of_severity(number: pl.Expr) -> pl.Expr:
    return number.replace_strict(range(8), list(SEVERITIES), default=None, return_dtype=pl.String)


def _word(field: str) -> pl.Expr:
    return _old(field).str.to_lowercase().replace(SPELLINGS)


def _time(years: Years) -> pl.Expr:
    iso = pl.col("iso").str.replace(",", ".", literal=True)
    zoned = pl.when(iso.str.contains(r"(?:Z|[+-]\d\d:?\d\d)$")).then(iso).otherwise(iso + "Z")
    year = pl.coalesce("year", (pl.col("ahead") + years.first).cast(pl.String))
    month = pl.col("month").cast(pl.String).str.zfill(2)
    return pl.coalesce(zoned, pl.format("{}-{}-{}T{}Z", year, month, "day", "clock"))
