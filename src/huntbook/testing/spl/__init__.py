"""A part of SPL, run on tables: enough for a fake Splunk to answer what a test asks.

Run are `search` with words, phrases, wildcards, comparisons, networks, `IN`, AND, OR and NOT; `where` and `eval` with the usual functions;
`table`, `fields`, `head`, `sort`, `dedup`, `rename`, `rex`, `spath`, `bin`, `stats`, `top`, `rare`, `xyseries` and `fieldsummary`; and of the
commands that make rows `tstats count`, `eventcount`, `metadata`, `makeresults` and `rest`. Whatever else is refused, as Splunk refuses a command
that it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from huntbook.core.timespan import TimeSpan, point
from huntbook.errors import ParameterError, SplError
from huntbook.query.spl import parse_spl, tree
from huntbook.testing.spl._commands import RUN, step
from huntbook.testing.spl._events import Index
from huntbook.testing.spl._generating import generated
from huntbook.testing.spl._terms import TIMES, matches, parts
from huntbook.testing.spl._values import Event, Refused

__all__ = ["Event", "Index", "Refused", "Search", "Store", "search"]

_STREAMING: Final = frozenset(("search", "where", "eval", "table", "fields", "rename", "rex", "spath", "bin", "bucket"))
_TRANSFORMING: Final = frozenset(("stats", "top", "rare", "xyseries", "fieldsummary"))
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2500, 1, 1, tzinfo=UTC)
Rest = Callable[[str], Iterator[Event]]


def _nothing(path: str) -> Iterator[Event]:
    raise Refused(f"Error in 'rest' command: this fake service has nothing at {path}.")


@dataclass(frozen=True)
class Store:
    """What is searched: indexes by name, and what the REST API says to the command `rest`."""

    indexes: Mapping[str, Index]
    rest: Rest = _nothing
    now: datetime | None = None


@dataclass
class Search:
    """A search that was understood: `rows` runs it. The counts are those of what was run so far."""

    pipeline: tree.Pipeline
    store: Store
    span: TimeSpan | None
    substituted: bool = False  # whether the text itself says of which time
    scanned: int = 0
    found: int = 0
    _names: frozenset[str] = field(default_factory=frozenset)

    @property
    def transforming(self) -> bool:
        """Whether its rows are no events any more."""
        return any(command.name in _TRANSFORMING for command in self.pipeline.commands) or not isinstance(
            self.pipeline.commands[0], tree.Search
        )

    @property
    def streaming(self) -> bool:
        """Whether each row is made of one event."""
        return all(command.name in _STREAMING for command in self.pipeline.commands)

    def rows(self) -> Iterator[Event]:
        """Run it.

        Raises:
            Refused: with what Splunk would say.
        """
        try:
            yield from self._run()
        except RecursionError as error:
            raise Refused("Error in 'EvalCommand': The expression is malformed: it is nested too deeply.") from error

    def _run(self) -> Iterator[Event]:
        first, *others = self.pipeline.commands
        rows = self._events(first.terms) if isinstance(first, tree.Search) else generated(first, self.store, self.span)
        for command in others:
            rows = step(command, rows)
        return rows

    def _events(self, terms: tree.Term | None) -> Iterator[Event]:
        """The events that are found, newest first; those of internal indexes only where they are named."""
        named = [index for name, index in self.store.indexes.items() if not name.startswith("_") or name in self._names]
        for index in named:
            for event in index.events(self.span):
                self.scanned += 1
                if matches(terms, event):
                    self.found += 1
                    yield event


def search(text: str, store: Store, span: TimeSpan | None) -> Search:
    """Understand a search.

    Raises:
        Refused: with what Splunk would say.
    """
    try:
        pipeline = parse_spl(text)
    except SplError as error:
        raise Refused(f"Error in 'SearchParser': {error.message}") from error
    for command in pipeline.commands[1:]:
        if command.name not in RUN:
            raise Refused(f"Error in '{command.name or 'macro'}' command: this fake service does not run it.")
    first = pipeline.commands[0]
    made = Search(pipeline, store, span)
    if isinstance(first, tree.Search):
        own = _own_time(first.terms, span, store.now or datetime.now(UTC))
        names = frozenset(_named(first.terms))
        made = replace(made, span=own or span, substituted=own is not None, _names=names)
    return made


def _named(terms: tree.Term | None) -> Iterator[str]:
    for part in parts(terms):
        if isinstance(part, tree.Comparison) and part.field == "index" and isinstance(part.value, tree.Word):
            yield part.value.text


def _own_time(terms: tree.Term | None, span: TimeSpan | None, now: datetime) -> TimeSpan | None:
    """The time that the terms themselves name, which goes before that of the job."""
    said = {
        part.field: part.value.text
        for part in parts(terms)
        if isinstance(part, tree.Comparison) and part.field in TIMES and isinstance(part.value, tree.Word)
    }
    if not said:
        return None
    try:
        start = _moment(said["earliest"], now) if "earliest" in said else span.start if span else _FIRST
        end = _moment(said["latest"], now) if "latest" in said else span.end if span else _LAST
        return TimeSpan(start, end)
    except ParameterError as error:
        raise Refused(f'Invalid value "{" ".join(said.values())}" for time term.') from error


def _moment(text: str, now: datetime) -> datetime:
    return datetime.fromtimestamp(float(text), UTC) if text.replace(".", "", 1).isdecimal() else point(text, now)
