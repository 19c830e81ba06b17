"""From what is uploaded to the result that says what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from huntbook.core.progress import stage
from huntbook.core.result import Completeness, Origin, Result
from huntbook.sources._upload.journal import Journal
from huntbook.sources._upload.rows import parts
from huntbook.sources._upload.sending import Sending

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from huntbook.sources._base import Driver
    from huntbook.sources._upload.sending import Tally

_COLUMNS = ("part", "rows", "accepted", "before", "perhaps", "refused", "not_sent", "why")
_WHYS = 5  # reasons that a result names


@dataclass(frozen=True)
class Upload:
    """What is to be uploaded, where to, and how; see `Connection.upload`."""

    what: Any
    to: str
    via: str = ""
    time: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    again: bool = False
    resend: bool = False


async def uploaded(driver: Driver, upload: Upload) -> Result:
    """Upload, and say what became of every row.

    Raises:
        ServiceError: if nothing could be sent.
        ParameterError: if the source takes no rows, or these are none.
    """
    began = datetime.now(UTC)
    receiver = driver.receiver(upload.to, upload.via, upload.labels)
    journal = Journal("\0".join((receiver.name, *map(repr, sorted(upload.labels.items())))))
    try:
        with stage(f"Uploading to {receiver.name}") as step:
            sending = Sending(receiver, journal, upload.again, upload.resend, upload.time, step)
            await sending.send(parts(upload.what))
    finally:
        await receiver.close()
    values = {name: value for name, value in (("time", upload.time), *upload.labels.items()) if value}
    rows = _table(sending.tallies)
    origin = Origin(
        source=driver.name,
        query=f"upload to {upload.to}",
        native=receiver.name,
        dialect="upload",
        at=began,
        elapsed=datetime.now(UTC) - began,
        rows=rows.height,
        completeness=Completeness(sending.complete, tuple(_notes(sending.tallies))),
        values=values,
    )
    return Result(rows, origin)


def _table(tallies: Sequence[Tally]) -> pl.DataFrame:
    rows = [
        (
            each.part,
            each.rows,
            each.accepted,
            each.before,
            each.perhaps,
            each.refused,
            each.not_sent,
            "; ".join(each.why),
        )
        for each in tallies
    ]
    kinds = [pl.String, *[pl.Int64] * (len(_COLUMNS) - 2), pl.String]
    return pl.DataFrame(rows, schema=dict(zip(_COLUMNS, kinds, strict=True)), orient="row")


def _notes(tallies: Sequence[Tally]) -> Iterator[str]:
    """What became of all rows, in words, and why."""
    total = sum(each.rows for each in tallies)
    yield f"{sum(each.accepted for each in tallies):,} of {total:,} rows were accepted"
    told = (
        ("before", "were accepted by an earlier upload, and not sent again"),
        ("perhaps", "were perhaps received"),
        ("refused", "were refused"),
        ("not_sent", "were not sent"),
    )
    for name, words in told:
        if count := sum(getattr(each, name) for each in tallies):
            yield f"{count:,} {words}"
    if count := sum(each.timeless for each in tallies):
        yield f"in {count:,} rows no time was found (time= names its column): the service dates them, by their arrival if it finds none either"
    whys: dict[str, int] = {}
    for each in tallies:
        for why, rows in each.why.items():
            whys[why] = whys.get(why, 0) + rows
    yield from list(whys)[:_WHYS]
    if len(whys) > _WHYS:
        yield f"and {len(whys) - _WHYS} more reasons, in the column why"
