"""What the rest of huntbook asks of the compiler: SQL that is ready to run, with the values that it takes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from huntbook.errors import KqlError
from huntbook.query.kql.catalogue import Catalogue
from huntbook.query.kql.compiler import compile_query

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from huntbook.core.chart import Chart
    from huntbook.core.timespan import TimeSpan
    from huntbook.query.kql.catalogue import Tables
    from huntbook.query.kql.duckdb import Written
    from huntbook.query.kql.plan import Column

_1970 = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Compiled:
    """SQL for DuckDB, the values to bind to its parameters, and the macros and routines that must be there (`prepare` makes them).

    `columns` says of which KQL type each column of the answer is. A timespan comes as a BIGINT in ticks of 100 nanoseconds, and so does a
    datetime that is `fine` (it may need all of KQL's seven digits), from 0001-01-01 on; others are TIMESTAMP. `cautions` say where figures may
    differ from Kusto's; `chart` is what `render` asks for.
    """

    sql: str
    values: Mapping[str, object]
    macros: Mapping[str, str] = field(default_factory=dict)
    routines: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    columns: tuple[Column, ...] = ()
    cautions: tuple[str, ...] = ()
    chart: Chart | None = None


def compile_kql(
    text: str,
    tables: Tables | Catalogue,
    *,
    now: datetime | None = None,
    span: TimeSpan | None = None,
    ask: Callable[[Compiled], list[tuple[object, ...]]] | None = None,
) -> Compiled:
    """Translate a KQL query to SQL for DuckDB.

    Args:
        text: the query. It may only read: management commands are refused.
        tables: the tables that the query may name, their columns in order, and the columns' KQL types; or a `Catalogue` of them with
            what is known but not there (it counts as empty, which the cautions say) and with stored functions.
        now: what `now()` and `ago()` go by; the present if not given.
        span: of tables that have a `TimeGenerated` (or else a `Timestamp`), only the rows of this time are there; a view's, by its own.
        ask: runs a part of the query and gives its rows: the columns of `pivot` and `bag_unpack` depend on them.

    Raises:
        KqlError: with line and column where they are known, and what was probably meant.

    Example:
        >>> from huntbook.query.kql import Type, compile_kql
        >>> print(compile_kql("T | where n > 1 | project n", {"T": {"n": Type.LONG}}).sql)
        WITH s1 AS NOT MATERIALIZED (
          SELECT "n" FROM "T" WHERE ("n" > 1::BIGINT)
        )
        SELECT "n" FROM s1
    """
    if not text.strip():
        raise KqlError("The query is empty.")
    moment = _naive(now)

    def ready(written: Written) -> Compiled:
        values = {"now": moment} if "$now" in written.sql else {}
        return Compiled(
            written.sql, values, written.macros, written.routines, written.columns, written.cautions, written.chart
        )

    catalogue = tables if isinstance(tables, Catalogue) else Catalogue(tables)
    if span is not None:
        catalogue = replace(catalogue, span=(_micros(span.start), _micros(span.end)))
    return ready(compile_query(text, catalogue, None if ask is None else lambda part: ask(ready(part))))


def _micros(moment: datetime) -> int:
    return (moment - _1970) // timedelta(microseconds=1)


def _naive(now: datetime | None) -> datetime:
    """KQL's datetimes are UTC without saying so."""
    return (now or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None)
