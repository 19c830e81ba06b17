"""The one place that knows duckdb-kql."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches

from huntbook.errors import KqlError

Catalogue = Mapping[str, Sequence[str]]  # table → its columns, in order


@dataclass(frozen=True)
class Compiled:
    """SQL for DuckDB, and the values to bind to its parameters."""

    sql: str
    values: Mapping[str, object]


_PLACE = re.compile(r" at (\d{1,9}):(\d{1,9})(?:: )?")


def compile_kql(text: str, catalogue: Catalogue, *, now: datetime | None = None) -> Compiled:
    """Translate a KQL query to SQL for DuckDB.

    Args:
        text: the query. It may only read: management commands are refused.
        catalogue: the tables that the query may name, and their columns.
        now: what `now()` and `ago()` go by; the present if not given.

    Raises:
        KqlError: with line and column where they are known, and what was probably meant.
    """
    from duckdb_kql import errors, to_sql  # noqa: PLC0415 - a second that only those who ask a query should wait

    if not text.strip():
        raise KqlError("The query is empty.")
    if text.lstrip().startswith("."):
        near = text.split(maxsplit=1)[0]
        raise KqlError("Evidence is only read: management commands are refused.", line=1, column=1, near=near)
    schema = {name: list(columns) for name, columns in catalogue.items()}
    try:
        translated = to_sql(text, schema=schema, allow_write=False, query_now=_naive(now))
    except errors.KqlSyntaxError as error:
        raise _syntax(error, text) from error
    except errors.KqlUnsupportedError as error:
        line, column = (error.span.line, error.span.column + 1) if error.span else (0, 0)
        raise KqlError(
            f"{error.construct} cannot be run on local evidence yet.", line=line, column=column, hint=error.hint or ""
        ) from error
    except errors.KqlSchemaError as error:
        raise unknown_name(error.name, catalogue, error.hint or "") from error
    except errors.KqlError as error:
        raise KqlError(str(error)) from error
    except RecursionError as error:
        raise KqlError("The query is nested too deeply.") from error
    except Exception as error:  # the translator's own faults must not reach the analyst as something else
        raise KqlError(f"The query cannot be translated: {type(error).__name__}: {error}") from error
    if translated.unbound:
        raise KqlError(f"The query declares parameters that have no value: {', '.join(translated.unbound)}.")
    return Compiled(str(translated), dict(translated.parameters))


def _naive(now: datetime | None) -> datetime:
    """KQL's datetimes are UTC without saying so."""
    return (now or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None)


def _syntax(error: Exception, text: str) -> KqlError:
    place = _PLACE.search(str(error))
    message = _PLACE.sub(": ", str(error), count=1).removeprefix("could not parse KQL: ")
    if place is None:
        return KqlError(message)
    line, column = int(place[1]), int(place[2]) + 1
    rows = text.splitlines()
    near = rows[line - 1][column - 1 : column + 20].strip() if 0 < line <= len(rows) else ""
    return KqlError(message, line=line, column=column, near=near)


def unknown_name(name: str, catalogue: Catalogue, hint: str = "") -> KqlError:
    """Say that a table or column is not there, and what was probably meant."""
    close = get_close_matches(name, catalogue, n=1, cutoff=0.6)
    guess = f"Did you mean {close[0]!r}?" if close else hint
    return KqlError(f"There is no table or column {name!r} in this evidence.", near=name, hint=guess)
