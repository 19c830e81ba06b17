"""Syslog: RFC 3164, RFC 5424, and what syslogd, rsyslog and journald write to files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from huntbook.readers import _syslog_lines as lines
from huntbook.readers._base import LINE, Batch, EvidenceFile, Losses, Reader
from huntbook.readers._text import TEXT, head_lines, line_batches

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_MESSAGE = 1024 * 1024


class Syslog(Reader):
    """Syslog lines as rows of Sentinel's table Syslog, all columns text.

    Columns: `TimeGenerated`, `HostName`, `ProcessName`, `ProcessID`, `Facility`, `SeverityLevel`, `SyslogMessage`,
    `StructuredData`, `MessageID`. `TimeGenerated` is ISO 8601 with the zone as written, or Z where none is. Where the
    year is missing it is judged by the file's last modification, going back over each new year. A line without a header
    goes on the message before it.
    """

    rank = 35

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        """Most of the first lines have a time, a host or none, and `program:`; or a priority and a time."""
        first = [line[:1000] for line in head_lines(head) if not line[0].isspace()]
        likely = [line for line in first if not line.startswith("{")]  # the expression costs more than most heads
        like = int(pl.Series(likely).str.contains(lines.LIKE).sum()) if likely else 0
        return like > 0 and like >= 0.4 * len(first)

    def read(self, file: EvidenceFile, losses: Losses) -> Iterator[Batch]:
        """Read the messages, those of several lines as one."""
        years = lines.years_of(_dates(file), file.modified or datetime.now(UTC))
        month, ahead = years.month, 0
        for frame in _messages(file, losses):
            parts = _headed(frame).with_row_index("row")
            at = pl.col("month").forward_fill().fill_null(month)
            parts = parts.with_columns(ahead=lines.ahead_of(at, month) + ahead, at=at)
            month, ahead = int(parts["at"][-1]), int(parts["ahead"][-1])
            yield Batch(_rows(parts, years))


def _dates(file: EvidenceFile) -> Iterator[pl.DataFrame]:
    """The months, days and clocks of a file whose times have no year."""
    for frame in line_batches(file, Losses(file.name)):
        dated = _headed(frame).filter(pl.col("month").is_not_null() & pl.col("year").is_null())
        yield dated.select("month", pl.col("day").cast(pl.Int32), "clock")


def _messages(file: EvidenceFile, losses: Losses) -> Iterator[pl.DataFrame]:
    """Frames of whole messages: what stands on one line is split, what goes on over several is joined."""
    frames = line_batches(file, losses)
    frame = next(frames, None)
    while frame is not None:
        following = next(frames, None)
        joined = _joined(_split(frame), losses)
        if following is None or len(str(joined[TEXT][-1])) > _LONGEST_MESSAGE:
            yield joined
            frame = following
        else:  # the last message may go on
            if joined.height > 1:
                yield joined.head(-1)
            frame = pl.concat([joined.tail(1), following], rechunk=True)


def _split(frame: pl.DataFrame) -> pl.DataFrame:
    several = pl.col(TEXT).str.contains("<", literal=True) & pl.col(TEXT).str.contains(lines.JOINED)
    if not frame.select(several.any()).item():
        return frame
    apart = pl.col(TEXT).str.replace_all(lines.SPLIT, "\0$1").str.strip_chars_start("\0").str.split("\0")
    return frame.with_columns(apart).explode(TEXT)


def _joined(frame: pl.DataFrame, losses: Losses) -> pl.DataFrame:
    """Append each line without a header to the message before it."""
    begins = frame.with_columns(begins=pl.col(TEXT).str.contains(lines.BEGINS) | pl.col(TEXT).str.contains(lines.CUT))
    if begins["begins"].all():
        return frame
    strange = begins.filter(~pl.col("begins") & ~pl.col(TEXT).str.contains(r"^[ \t]"))
    if strange.height:
        reason = "no syslog header: taken as the message before going on"
        losses.add(reason, position=f"line {strange[LINE][0]}", lost=0, unit="lines")
    groups = begins.group_by(pl.col("begins").cum_sum().alias("group"), maintain_order=True)
    return groups.agg(pl.col(LINE).first(), pl.col(TEXT).str.join("\n")).select(LINE, TEXT)


def _headed(frame: pl.DataFrame) -> pl.DataFrame:
    """Take the header off: priority, version, time and its parts; `rest` is what follows."""
    text = pl.col(TEXT)
    if frame.select(text.str.contains(lines.BEFORE).any()).item():
        before = text.str.extract(lines.BEFORE)
        parts = frame.with_columns(
            priority=text.str.extract(lines.PRIORITY).cast(pl.Int32, strict=False),
            new=before.str.ends_with(">1 ").fill_null(value=False),
            after=text.str.strip_prefix(before.fill_null("")),
        )
    else:
        parts = frame.with_columns(priority=pl.lit(None, pl.Int32), new=pl.lit(value=False), after=text)
    parts = parts.with_columns(time=pl.col("after").str.extract(lines.TIME))
    nil = pl.col("new") & pl.col("after").str.starts_with("- ")
    rest = pl.col("after").str.strip_prefix(pl.when(nil).then(pl.lit("-")).otherwise(pl.col("time").fill_null("")))
    parts = parts.with_columns(speaks=rest.str.starts_with(":"), rest=rest.str.strip_chars_start(": \t"))
    return parts.with_columns(_date())


def _date() -> list[pl.Expr]:
    """Parts of `Mar  6 04:07:28`, with or without a year before the clock."""
    time = pl.col("time")
    month = time.str.head(3).replace_strict(list(lines.MONTHS), range(1, 13), default=None, return_dtype=pl.Int32)
    after = time.str.slice(4).str.strip_chars_start(" ").str.splitn(" ", 2)
    day, clock = after.struct.field("field_0"), after.struct.field("field_1")
    has_year = clock.str.contains(r"^[0-9]{4} ")
    return [
        month.alias("month"),
        day.str.zfill(2).alias("day"),
        pl.when(has_year).then(clock.str.head(4)).alias("year"),
        pl.when(has_year).then(clock.str.slice(5)).otherwise(clock).alias("clock"),
    ]


def _rows(parts: pl.DataFrame, years: lines.Years) -> pl.DataFrame:
    found = (
        pl.concat([_old(parts.filter(~pl.col("new"))), _new(parts.filter("new"))], rechunk=True)
        if parts["new"].any()
        else _old(parts)
    )
    found = found.sort("row") if parts["new"].any() else found
    priority = pl.when(pl.col("priority") < 192).then(pl.col("priority"))
    facility = (priority // 8).replace_strict(range(24), list(lines.FACILITIES), default=None, return_dtype=pl.String)
    severity = (priority % 8).replace_strict(range(8), list(lines.SEVERITIES), default=None, return_dtype=pl.String)
    word = pl.coalesce("level", "word").str.to_lowercase().replace(lines.SPELLINGS)
    return found.select(
        LINE,
        TimeGenerated=_time(years),
        HostName=_nothing("host"),
        ProcessName=_nothing("program"),
        ProcessID=_nothing("process"),
        Facility=facility,
        SeverityLevel=pl.coalesce(severity, word),
        SyslogMessage=pl.coalesce("message", "rest").str.strip_chars_start(" "),
        StructuredData=_nothing("data"),
        MessageID=_nothing("id"),
    )


_FOUND = ("host", "program", "process", "level", "word", "message", "data", "id")


def _found(frame: pl.DataFrame) -> pl.DataFrame:
    missing = [pl.lit(None, pl.String).alias(name) for name in _FOUND if name not in frame.columns]
    return frame.with_columns(missing).select(
        "row", LINE, "priority", "time", "year", "month", "day", "clock", "ahead", "rest", *_FOUND
    )


def _old(parts: pl.DataFrame) -> pl.DataFrame:
    """RFC 3164. The usual `host program[pid]: message` is taken word by word; only what differs goes to the pattern."""
    words = pl.col("rest").str.splitn(" ", 3).struct.rename_fields(["w0", "w1", "w2"])
    parts = parts.with_columns(words.struct.unnest())
    plain = pl.col("w0").str.contains(lines.PLAIN_HOST) & pl.col("w1").str.contains(lines.PLAIN_TAG)
    plain &= ~pl.col("w0").is_in(lines.LEVEL.split("|"))
    parts = parts.with_columns(plain=plain.fill_null(value=False))
    tag = pl.col("w1").str.strip_suffix(":").str.splitn("[", 2).struct.rename_fields(["t0", "t1"])
    usual = parts.filter("plain").with_columns(tag.struct.unnest())
    usual = usual.with_columns(
        host="w0", program="t0", process=pl.col("t1").str.strip_suffix("]"), message=pl.col("w2").fill_null("")
    )
    if usual.height == parts.height:
        return _found(usual)
    other = parts.filter(~pl.col("plain"))
    other = other.with_columns(pl.col("rest").str.extract_groups(lines.REST).struct.unnest()).with_columns(_bare())
    return pl.concat([_found(usual), _found(other)], rechunk=True).sort("row")


def _bare() -> list[pl.Expr]:
    """`host message`: no program is named. A time followed by a colon is syslogd speaking, without a host."""
    alone = pl.col("message").is_null() & ~pl.col("speaks") & pl.col("time").is_not_null() & pl.col("w1").is_not_null()
    alone &= pl.col("w0").str.contains(lines.PLAIN_HOST)
    message = pl.when(alone).then(pl.col("rest").str.strip_prefix(pl.col("w0") + " ")).otherwise("message")
    return [pl.when(alone).then("w0").otherwise("host").alias("host"), message.alias("message")]


def _new(parts: pl.DataFrame) -> pl.DataFrame:
    """RFC 5424: host, program, process id, message id, structured data, message; a hyphen is nothing."""
    words = pl.col("rest").str.splitn(" ", 5).struct.rename_fields(["host", "program", "process", "id", "tail"])
    parts = parts.with_columns(words.struct.unnest())
    tail = pl.col("tail")
    has_data = pl.when(tail.str.starts_with("[")).then(tail).str.extract_groups(lines.DATA)
    plain = pl.when(tail.str.starts_with("- ") | (tail == "-")).then(tail.str.slice(2)).otherwise(tail)
    message = pl.coalesce(
        has_data.struct.field("message"), pl.when(has_data.struct.field("data").is_null()).then(plain)
    )
    return _found(
        parts.with_columns(
            data=has_data.struct.field("data"), message=message.str.strip_prefix("\ufeff").fill_null("")
        ),
    )


def _nothing(column: str) -> pl.Expr:
    return pl.when(~pl.col(column).is_in(["-", ""])).then(pl.col(column))


def _time(years: lines.Years) -> pl.Expr:
    written = pl.col("time").str.replace(",", ".", literal=True)
    iso = pl.when(pl.col("month").is_null()).then(written)
    zoned = pl.when(iso.str.contains(r"(?:Z|[+-][0-9][0-9]:?[0-9][0-9])$")).then(iso).otherwise(iso + "Z")
    year = pl.coalesce("year", (pl.col("ahead") + years.first).cast(pl.String))
    month = pl.col("month").cast(pl.String).str.zfill(2)
    return pl.coalesce(zoned, pl.format("{}-{}-{}T{}Z", year, month, "day", "clock"))
