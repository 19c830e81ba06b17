"""A table that remembers the question it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from huntbook.core.display import table_html, visible
from huntbook.core.frames import Table, to_polars
from huntbook.core.optional import require
from huntbook.core.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime, timedelta

    import polars as pl

    from huntbook.core.chart import Chart
    from huntbook.core.timespan import TimeSpan

_SHOWN = 20
_NAMED = 3  # missing parts that a caption names


@dataclass(frozen=True)
class Missing:
    """A part of the answer that is not there: of which source and time, and why."""

    source: str
    span: TimeSpan | None
    why: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "why", redacted(self.why))

    def __str__(self) -> str:
        return visible(f"{self.source}{f', {self.span}' if self.span else ''}: {self.why}")


@dataclass(frozen=True)
class Completeness:
    """How complete an answer is; `notes` says what is missing and why, and what else to know of its figures.

    `cut` says that a limit of the service ended the answer, so that asking for less at once would bring the rest;
    `missing` are the parts that failed altogether. Neither holds a secret that was used, even if the service repeats it.
    """

    complete: bool = True
    notes: tuple[str, ...] = ()
    cut: bool = False
    missing: tuple[Missing, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "notes", tuple(redacted(note) for note in self.notes))

    @classmethod
    def together(cls, parts: Iterable[Completeness]) -> Completeness:
        """How complete an answer is that is made of parts; what several say is said once."""
        found = list(parts)
        return cls(
            all(part.complete for part in found),
            tuple(dict.fromkeys(note for part in found for note in part.notes)),
            any(part.cut for part in found),
            tuple(missing for part in found for missing in part.missing),
        )

    def __str__(self) -> str:
        lost = [f"missing {missing}" for missing in self.missing[:_NAMED]]
        lost += [f"and {len(self.missing) - _NAMED} more are missing"] if len(self.missing) > _NAMED else []
        state = "complete" if self.complete else "partial" if self.missing else "incomplete"
        said = (*lost, *self.notes)
        return visible("; ".join((state, *said) if self.complete or self.missing or not said else said))


@dataclass(frozen=True)
class Origin:
    """Where an answer comes from. `kept` is when it was first answered, if it was not asked anew."""

    source: str  # the connection that was asked
    query: str  # as it was written
    native: str  # as it was run
    dialect: str
    at: datetime
    elapsed: timedelta
    rows: int
    completeness: Completeness = field(default_factory=Completeness)
    values: Mapping[str, object] = field(default_factory=dict)
    chart: Chart | None = None
    span: TimeSpan | None = None
    kept: datetime | None = None


class Result:
    """A table that remembers the question it answers, and how complete the answer is.

    It is a table to pandas, Polars, DuckDB and everything else that reads the Arrow stream interface.

    Example:
        >>> from datetime import datetime, timedelta, timezone
        >>> import polars as pl
        >>> origin = Origin("demo", "T", "T", "kql", datetime.now(timezone.utc), timedelta(0), 2)
        >>> Result(pl.DataFrame({"a": [1, 2]}), origin).to_dicts()
        [{'a': 1}, {'a': 2}]
    """

    def __init__(self, table: Table, origin: Origin) -> None:
        self._frame = to_polars(table)
        self.origin = origin

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return self._frame.columns

    @property
    def chart(self) -> Chart | None:
        """How the question asks to see the answer, if it does."""
        return self.origin.chart

    def __len__(self) -> int:
        return self._frame.height

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self._frame.iter_rows(named=True)

    def __getitem__(self, column: str) -> pl.Series:
        return self._frame[column]

    def to_polars(self) -> pl.DataFrame:
        """Return it as a Polars frame, without copying."""
        return self._frame

    def to_pandas(self) -> Any:
        """Return it as a pandas frame.

        Raises:
            NotInstalled: if pandas is not there.
        """
        require("pandas", extra="pandas")
        from huntbook.core.frames import pandas_frame  # noqa: PLC0415

        return pandas_frame(self._frame)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return its rows as dicts."""
        return self._frame.to_dicts()

    def __repr__(self) -> str:
        return visible(f"{self._frame}\n{self._caption()}")

    def _repr_html_(self) -> str:
        """Show the first rows in a notebook; every cell is text, whatever a log may hold."""
        more = f" (first {_SHOWN} shown)" if len(self) > _SHOWN else ""
        return table_html(self._frame.columns, self._frame.head(_SHOWN).iter_rows(), caption=self._caption() + more)

    def _caption(self) -> str:
        origin = self.origin
        seconds = origin.elapsed.total_seconds()
        chart = f", to be seen as {origin.chart}" if origin.chart else ""
        span = f", {origin.span}" if origin.span else ""
        return f"{len(self):,} rows from {origin.source}{span} in {seconds:.2f} s, {origin.completeness}{chart}"
