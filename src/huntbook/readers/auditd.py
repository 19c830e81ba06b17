"""Linux auditd: `type=SYSCALL msg=audit(1600000000.123:456): …`, from audit.log or wrapped in syslog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from huntbook.readers._auditd_fields import COLUMNS, ENRICHED, FIELD, fields_of
from huntbook.readers._base import LINE, Batch, EvidenceFile, Losses, Reader
from huntbook.readers._text import TEXT, head_lines, line_batches

if TYPE_CHECKING:
    from collections.abc import Iterator

_LIKE = r"(?:^|[ \t])type=[^ ]+ msg=audit\([0-9.]+:[0-9]+\):"
_TYPE = r"(?:^|[ \t])type=([^ ]+) msg=audit\("
_ID = r" msg=audit\(([0-9.]+:[0-9]+)\):"
_NODE = r"(?:^|[ \t])node=([^ ]+) type="
_SYSLOG_HOST = r"^(?:<[0-9]+>)?(?:[A-Z][a-z][a-z]  ?[0-9]+ [0-9:]+|[0-9]{4}-[0-9-]+T[^ ]+) ([^ ]+) "
_OPEN = 64  # records of events that stand this near to the end of a batch may go on in the next
_REACH = 1000  # lines that one event's records are spread over, at most
_KEY = ["node", "id"]


class Auditd(Reader):
    """One row for each record, as in Sentinel's table LinuxAuditLog; all columns text.

    Columns: `TimeGenerated` (ISO 8601, UTC), `Computer`, `RecordType`, `AuditID`, `SerialNumber`, the fields that
    auditd knows (`uid`, `pid`, `exe`, `a0` …) and `RawRecord`, the line itself. What the kernel writes in hexadecimal
    is decoded. A SYSCALL row has, of the other records of its event, `cmd` (the arguments of EXECVE joined by spaces),
    `cwd` and `proctitle`.
    """

    rank = 30

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        """Most of the first lines are audit records."""
        lines = [line[:2000] for line in head_lines(head)]
        likely = [line for line in lines if " msg=audit(" in line]  # the expression costs more than most heads
        if not likely or len(likely) < 0.5 * len(lines):
            return False
        return int(pl.Series(likely).str.contains(_LIKE).sum()) >= 0.5 * len(lines)

    def read(self, file: EvidenceFile, losses: Losses) -> Iterator[Batch]:
        """Read the records; what is none is noted."""
        for frame in _whole_events(_headed(line_batches(file, losses), losses)):
            yield Batch(_rows(frame))


def _headed(frames: Iterator[pl.DataFrame], losses: Losses) -> Iterator[pl.DataFrame]:
    text = pl.col(TEXT)
    for frame in frames:
        headed = frame.with_columns(
            type=text.str.extract(_TYPE),
            id=text.str.extract(_ID),
            node=pl.coalesce(text.str.extract(_NODE), text.str.extract(_SYSLOG_HOST)).fill_null(""),
        )
        strange = headed.filter(pl.any_horizontal(pl.col("type", "id").is_null()))
        if strange.height:
            losses.add("not an audit record", position=f"line {strange[LINE][0]}", lost=strange.height)
        yield headed.drop_nulls(["type", "id"])


def _whole_events(frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Hold back the records of events that are near the end of a batch, so that each event is in one batch."""
    held: pl.DataFrame | None = None
    for frame in frames:
        lines = frame if held is None else pl.concat([held, frame], rechunk=True)
        near_end = lines.tail(_OPEN).select(_KEY).unique()
        held = lines.tail(_REACH).join(near_end, on=_KEY, how="semi", maintain_order="left")
        done = lines.join(held.select(LINE), on=LINE, how="anti", maintain_order="left")
        if done.height:
            yield done
    if held is not None and held.height:
        yield held


def _rows(records: pl.DataFrame) -> pl.DataFrame:
    fields = fields_of(records)
    wide = _wide(records, fields)
    wide = wide.join(_of_events(records, fields), on=_KEY, how="left", maintain_order="left")
    is_call = pl.col("type") == "SYSCALL"
    shared = [
        pl.when(is_call).then(pl.coalesce(name, f"{name}_of_event")).otherwise(name).alias(name)
        for name in ("cwd", "proctitle")
    ]
    cmd = pl.when(is_call | (pl.col("type") == "EXECVE")).then(pl.coalesce("cmd_of_event", "cmd")).otherwise("cmd")
    seconds, serial = pl.col("id").str.splitn(":", 2).struct.field("field_0"), pl.col("id").str.split(":").list.last()
    time = (seconds.cast(pl.Float64, strict=False) * 1000).round().cast(pl.Int64, strict=False)
    when = pl.from_epoch(time, time_unit="ms").dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
    return wide.with_columns(*shared, cmd.alias("cmd")).select(
        LINE,
        when.alias("TimeGenerated"),
        pl.when(pl.col("node") != "").then("node").alias("Computer"),
        pl.col("type").alias("RecordType"),
        pl.col("id").alias("AuditID"),
        serial.alias("SerialNumber"),
        *COLUMNS,
        pl.col(TEXT).alias("RawRecord"),
    )


def _wide(records: pl.DataFrame, fields: pl.DataFrame) -> pl.DataFrame:
    """One column for each field that has one; of a field that a record names twice, the first."""
    names = {*COLUMNS, *ENRICHED}
    kept = fields.filter(pl.col("field").is_in(sorted(names)))
    kept = kept.with_columns(pl.col("field").replace(ENRICHED))
    wide = kept.pivot(on="field", on_columns=list(COLUMNS), index=LINE, values="value", aggregate_function="first")
    return records.join(wide, on=LINE, how="left", maintain_order="left")


def _of_events(records: pl.DataFrame, fields: pl.DataFrame) -> pl.DataFrame:
    """Of each event: the joined arguments of EXECVE, the folder of CWD, the title of PROCTITLE."""
    typed = fields.join(records.select(LINE, "type", *_KEY), on=LINE, how="left", maintain_order="left")
    number = pl.col("field").str.extract(FIELD).cast(pl.UInt32, strict=False)
    arguments = typed.filter(pl.col("type") == "EXECVE").with_columns(number=number).drop_nulls("number")
    # A long argument comes in pieces, `a1[0]=` and on.
    pieces = arguments.group_by([*_KEY, "number"], maintain_order=True).agg(pl.col("value").str.join(""))
    cmd = pieces.sort("number", maintain_order=True).group_by(_KEY).agg(cmd_of_event=pl.col("value").str.join(" "))
    events = records.select(_KEY).unique().join(cmd, on=_KEY, how="left")
    for kind, field in (("CWD", "cwd"), ("PROCTITLE", "proctitle")):
        found = typed.filter((pl.col("type") == kind) & (pl.col("field") == field))
        first = found.group_by(_KEY, maintain_order=True).agg(pl.col("value").first().alias(f"{field}_of_event"))
        events = events.join(first, on=_KEY, how="left")
    return events
