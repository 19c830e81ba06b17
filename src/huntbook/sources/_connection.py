"""What the analyst holds: a connection, the same for every source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from huntbook.core import runtime
from huntbook.core.cache import Answers
from huntbook.core.display import html_text, printable
from huntbook.core.names import OwnNames
from huntbook.core.timespan import Length, Moment, TimeSpan
from huntbook.errors import QueryError
from huntbook.query.menu import QueryMenu
from huntbook.query.options import OPTIONS, CacheUse, OnPartial, Options
from huntbook.query.own import PacksAndOwn
from huntbook.query.pack import packs
from huntbook.query.prepared import Asked, PreparedQuery
from huntbook.query.provenance import without_provenance
from huntbook.query.typed import typed
from huntbook.sources._asking.answer import Asker
from huntbook.sources._asking.plan import Ask
from huntbook.sources._asking.tables import TableMenu

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from huntbook.core.frames import Table
    from huntbook.core.result import Result
    from huntbook.query.own import OwnPack
    from huntbook.query.parameters import Value
    from huntbook.query.query import Query
    from huntbook.sources._asking.stream import Stream
    from huntbook.sources._base import Driver

Span = TimeSpan | Length


def _none() -> Span | None:
    return None


class Connection(OwnNames):
    """A source that is connected: ask it with `query`, see what it has with `tables`.

    Attributes:
        tables: the tables that can be asked; a service is asked for them once, when they are first looked at.
        queries: the prepared queries, by pack: `queries.<pack>.<query>(…)`.

    Example:
        logs = hb.connect("local", "evidence/")
        logs.query("SecurityEvent | where EventID == 4625 | summarize count() by Account")
        sentinel = hb.connect("sentinel", workspace="contoso")
        sentinel.query("SigninLogs | where UserPrincipalName =~ {{user}}", last="7d", split="1d", user="anna@contoso.com")
    """

    tables: TableMenu
    queries: QueryMenu

    def __init__(
        self, driver: Driver, *, span: Callable[[], Span | None] = _none, answers: Answers | None = None
    ) -> None:
        self._driver = driver
        self._asker = Asker(driver, self._default_span, answers or Answers())
        self._outer_span = span
        self._span: Span | None = None
        # Plain attributes, these two: what completes names does not run properties.
        self.tables = TableMenu(lambda: runtime.run(self._asker.known.tables()), driver.tables_at_hand)
        asked = Asked(
            (driver.dialect,),
            self._known_tables,
            self._prepared,
            self._prepared_text,
            normalized=driver.normalized,
            look=lambda: self.tables or None,
            columns=self._known_columns,
        )
        self._packs = PacksAndOwn(packs, driver.own_packs, self._own_queries)
        self.queries = QueryMenu(self._packs, asked)

    @property
    def name(self) -> str:
        """What it is connected to."""
        return self._driver.name

    @property
    def driver(self) -> Driver:
        """The source's own object, for what only this kind of source has."""
        return self._driver

    async def atables(self) -> TableMenu:
        """`tables`, which are known then, for callers that are async."""
        if not self.tables.known:
            self.tables.take(await runtime.arun(self._asker.known.tables()))
        return self.tables

    @property
    def span(self) -> Span | None:
        """The time that is asked of where a question names none: "2d" (counted from each question on) or a `TimeSpan`.

        It is the session's if the connection has none of its own.
        """
        return self._default_span()

    @span.setter
    def span(self, value: Span | None) -> None:
        if value is not None and not isinstance(value, TimeSpan):
            TimeSpan.of(last=value)  # an unreadable one is told now
        self._span = value

    def _default_span(self) -> Span | None:
        return self._outer_span() if self._span is None else self._span

    def query(
        self,
        text: str,
        /,
        *,
        last: Length | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
        split: Length | None = None,
        on_partial: OnPartial = "keep",
        cache: CacheUse | None = None,
        add_query_items: str = "",
        **values: object,
    ) -> Result:
        """Ask in the source's own language (KQL for local evidence).

        Args:
            text: the query; `{{name}}` in it stands for the value of that name, always written as one literal, and `{{start}}` and `{{end}}`
                for the span of time.
            last: ask of the last "2d", "90m" …, up to `end` if that is given.
            start: ask from then on: a datetime, an ISO 8601 text, "-3d", "-3d@d"; what names no zone is UTC.
            end: ask up to then, which is not included.
            split: cut the span into windows of this length ("1d"), which are asked side by side; "auto" cuts only where the service says
                that it left rows out.
            on_partial: what happens if some windows cannot be answered: "keep" the rest, and name them in `origin.completeness`, or "raise".
            cache: "use" what was kept of the same question of a fixed time, if that was over a day before, and where the service cannot be reached
                what was kept of a relative one ("last 2d"); "refresh" asks anew and keeps the answer; "off" does neither. Answers that are
                not asked anew say so.
            add_query_items: query text to put at the end: "| where Account has 'adm' | take 10".
            values: for the holes of the text: texts, numbers, datetimes, lists …

        Returns:
            The answer; its times are aware, in UTC.

        Raises:
            QueryError: if the query cannot be run as it is written (`KqlError` with line and column for KQL).
            ParameterError: if a time or a value cannot be used.
            ServiceError: if nothing of the answer can be had.
        """
        options = Options(last, start, end, split, on_partial, cache, add_query_items)
        return runtime.run(self._asker.answer(self._ask(text, options, values)))

    async def aquery(
        self,
        text: str,
        /,
        *,
        last: Length | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
        split: Length | None = None,
        on_partial: OnPartial = "keep",
        cache: CacheUse | None = None,
        add_query_items: str = "",
        **values: object,
    ) -> Result:
        """`query`, for callers that are async."""
        options = Options(last, start, end, split, on_partial, cache, add_query_items)
        return await runtime.arun(self._asker.answer(self._ask(text, options, values)))

    def stream(
        self,
        text: str,
        /,
        *,
        last: Length | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
        split: Length | None = None,
        on_partial: OnPartial = "raise",
        **values: object,
    ) -> Stream:
        """Ask, and take the answer as it comes, for answers that are larger than memory; see `query`.

        Returns:
            Polars frames one by one (`for`, `async for`), or a stream for what reads Arrow (DuckDB, pyarrow …). Its `completeness` is known
            at its end; close it to stop asking.
        """
        options = Options(last, start, end, split, on_partial, "off")
        return self._asker.stream(self._ask(text, options, values))

    def explain(
        self,
        text: str,
        /,
        *,
        last: Length | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
        add_query_items: str = "",
        **values: object,
    ) -> str:
        """Return the native query that would be run (SQL for local evidence), without running it."""
        options = Options(last, start, end, add_query_items=add_query_items)
        return self._asker.explain(self._ask(text, options, values))

    def sql(self, text: str, /) -> Result:
        """Ask in SQL, where the source speaks it (DuckDB's SQL for local evidence)."""
        return runtime.run(self._asker.answer(Ask(text, "sql")))

    async def asql(self, text: str, /) -> Result:
        """`sql`, for callers that are async."""
        return await runtime.arun(self._asker.answer(Ask(text, "sql")))

    def _known_tables(self) -> Collection[str] | None:
        """The names of tables and views, if they are known already: to complete a name should ask no service anything."""
        return self.tables if self.tables.known else None

    def _known_columns(self) -> Collection[str] | None:
        """The names of all columns, if the tables are known already, and the columns of each."""
        tables = self.tables.values() if self.tables.known else ()
        if not tables or not all(table.columns for table in tables):
            return None
        from huntbook.evidence import schema  # noqa: PLC0415 - the views' columns are for queries that take the name of one

        views = schema.load().views.values() if self._driver.normalized else ()
        known = {name for table in tables for name in table.columns}
        return known.union(*((*view.types, *view.aliases) for view in views))

    def _own_queries(self) -> list[OwnPack]:
        return runtime.run(self._driver.own_queries())

    def _prepared(self, query: Query, dialect: str, values: dict[str, Value], options: Options) -> Result:
        return runtime.run(self._asker.answer(self._ask_of(query, dialect, values, options)))

    def _prepared_text(self, query: Query, dialect: str, values: dict[str, Value], options: Options) -> str:
        return self._asker.explain(self._ask_of(query, dialect, values, options))

    def _ask_of(self, query: Query, dialect: str, values: dict[str, Value], options: Options) -> Ask:
        text = query.texts[dialect]
        if dialect == "kql" and not self._driver.provenance:
            text = without_provenance(text)
        return Ask(text, dialect, values, self._packs.timed(query, options), prepared=not self._packs.own(query))

    def ask(self, question: str | Query, /, **values: Any) -> Result:
        """Ask a prepared query, or one by its name ("windows.logons"), or a query's text: what `hb.ask` asks of several connections.

        Args:
            question: what is asked.
            values: the query's parameters, and what may be said of any question: `last`, `start`, `end`, `split`, `on_partial`, `cache` …

        Raises:
            UnknownName: if it looks like the name of a prepared query, and there is none of that name.
            QueryError: if it cannot be asked here, or not as it is written.
            ParameterError: if a value or an option cannot be used.
            ServiceError: if nothing of the answer can be had.
        """
        return runtime.run(self.aask(question, **values))

    async def aask(self, question: str | Query, /, **values: Any) -> Result:
        """`ask`, for callers that are async."""
        if isinstance(question, str) and question.partition(".")[0] in self._packs.unread:
            self._packs.take(await runtime.arun(self._driver.own_queries()))
        return await runtime.arun(self._asker.answer(self._asked(question, values)))

    def _asked(self, question: str | Query, values: Mapping[str, Any]) -> Ask:
        prepared = self._named(question) if isinstance(question, str) else self.queries.prepared(question)
        if prepared is not None:
            if prepared.unavailable:
                raise QueryError(f"{prepared.query.full_name} cannot be asked here: {prepared.unavailable}.")
            dialect, read, options = prepared.read(values)
            return self._ask_of(prepared.query, dialect, read, options)
        given = {name: value for name, value in values.items() if name in OPTIONS}
        others = {name: value for name, value in values.items() if name not in given}
        return self._ask(str(question), Options(**given), others)

    def _named(self, question: str) -> PreparedQuery | None:
        """The prepared query that a text names; None if it is the text of a query."""
        self.queries.check_name(question)
        found = self.queries[question] if question in self.queries else None  # noqa: SIM401 - a menu is no mapping
        return found if isinstance(found, PreparedQuery) else None

    def _ask(self, text: str, options: Options, values: Mapping[str, object]) -> Ask:
        made: dict[str, Value] = {name: typed(value, name) for name, value in values.items()}
        return Ask(text, self._driver.dialect, made, options)

    def upload(
        self,
        what: Table | str | Path | Sequence[str | Path],
        /,
        *,
        to: str,
        via: str = "",
        time: str = "",
        labels: Mapping[str, str] | None = None,
        again: bool = False,
        resend: bool = False,
    ) -> Result:
        """Give rows to the service: those of a table, of a file that huntbook can read, or of a folder of such files.

        Rows go in batches. A batch whose answer was lost is not sent again, and counts as perhaps received. An upload that broke off goes on
        where it was when the same is uploaded once more: a journal in huntbook's cache holds hashes of what was accepted, until all is.

        Args:
            what: a table of any kind; or a path, a glob, or a list of them.
            to: where to: an index of Splunk, a table or a stream of Sentinel ("MyTable_CL").
            via: which of several ways the service has: for Splunk "hec", "stream" or "simple".
            time: the column that has the time of a row (or a path in it: "Event.System.Time"); by default `_time`, `TimeGenerated`,
                `Timestamp` or the like. What names no zone is UTC. Rows without one are dated by the service, mostly by their arrival, and
                `origin.completeness` says how many these are.
            labels: what is said of all rows, for Splunk: `sourcetype`, `source`, `host`.
            again: send also what was accepted by an earlier upload that broke off.
            resend: send also what was perhaps received, which may then be there twice.

        Returns:
            A row for each file or table: `part`, `rows`, and how many of them were `accepted`, accepted `before`, `perhaps` received,
            `refused` and `not_sent`, with `why`. `origin.completeness` says whether all of it was accepted.

        Raises:
            ServiceError: if nothing could be sent.
            ParameterError: if the source takes no rows, or no row has a time in the column that `time` names.
            EvidenceError: if a path leads to nothing.
        """
        return runtime.run(self._upload(what, to, again=again, resend=resend, via=via, time=time, labels=labels))

    async def aupload(
        self,
        what: Table | str | Path | Sequence[str | Path],
        /,
        *,
        to: str,
        via: str = "",
        time: str = "",
        labels: Mapping[str, str] | None = None,
        again: bool = False,
        resend: bool = False,
    ) -> Result:
        """`upload`, for callers that are async."""
        return await runtime.arun(self._upload(what, to, again=again, resend=resend, via=via, time=time, labels=labels))

    async def _upload(self, what: Any, to: str, *, labels: Mapping[str, str] | None, **how: Any) -> Result:
        from huntbook.sources._upload.uploaded import Upload, uploaded  # noqa: PLC0415 - what reads files is for those who upload

        self._asker.refuse_if_closed()
        return await uploaded(self._driver, Upload(what, to, labels=dict(labels or {}), **how))

    def close(self) -> None:
        """Let go of what is held: connections to the service, the database. Nothing can be asked any more; answers stay."""
        self._asker.closed = True
        runtime.run(self._driver.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        name = printable(self.name)
        return f"{name}\n{self.tables!r}" if self.tables.known else name

    def _repr_html_(self) -> str:
        tables = self.tables._repr_html_() if self.tables.known else ""
        return f"<p>{html_text(self.name)}</p>{tables}"
