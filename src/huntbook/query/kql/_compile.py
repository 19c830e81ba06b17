"""The one place that knows duckdb-kql."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches

from huntbook.errors import KqlError
from huntbook.query.kql._place import place_of, without_strings

Catalogue = Mapping[str, Sequence[str]]  # table → its columns, in order
KEPT = 1024  # translations: each takes some hundredths of a second to make and some kilobytes to keep


@dataclass(frozen=True)
class Compiled:
    """SQL for DuckDB, and the values to bind to its parameters."""

    sql: str
    values: Mapping[str, object]


_PLACE = re.compile(r" at (\d{1,9}):(\d{1,9})(?:: )?")


def compile_kql(text: str, catalogue: Catalogue, *, now: datetime | None = None) -> Compiled:
    """Translate a KQL query to SQL for DuckDB. What was translated before is not translated again.

    Args:
        text: the query. It may only read: management commands are refused.
        catalogue: the tables that the query may name, and their columns.
        now: what `now()` and `ago()` go by; the present if not given.

    Raises:
        KqlError: with line and column where they are known, and what was probably meant.
    """
    if not text.strip():
        raise KqlError("The query is empty.")
    if text.lstrip().startswith("."):
        near = text.split(maxsplit=1)[0]
        raise KqlError("Evidence is only read: management commands are refused.", line=1, column=1, near=near)
    tables = _concerned(text, catalogue)
    key = _key(text, tables)
    with _lock:  # the translator keeps what it is at in globals: one at a time
        kept = _kept.get(key) or _translate(text, tables, catalogue)
        _kept[key] = kept
        _kept.move_to_end(key)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    moment = _naive(now)
    return Compiled(kept.sql, {name: moment if value is _NOW else value for name, value in kept.values.items()})


_NOW = datetime(2000, 1, 1)  # noqa: DTZ001 - KQL's are naive; this very object stands for the time of asking
_kept: OrderedDict[bytes, Compiled] = OrderedDict()
_lock = threading.Lock()


_WORD = re.compile(r"\w+")
_EVERY = re.compile(r"[*]|\b(?:search|find)\b")  # what may mean tables without naming them


def _concerned(text: str, catalogue: Catalogue) -> Catalogue:
    """Leave out the tables that a query cannot mean, so that what other evidence holds makes no other translation of it."""
    if _EVERY.search(without_strings(text)):
        return catalogue
    words = set(_WORD.findall(text))
    return {name: columns for name, columns in catalogue.items() if not words.isdisjoint(_WORD.findall(name) or words)}


def _key(text: str, catalogue: Catalogue) -> bytes:
    """What a translation depends on. Names are written with their lengths, so that no two catalogues give one key."""
    digest = hashlib.blake2b(repr(text).encode(), digest_size=16)
    for table, columns in catalogue.items():
        digest.update(repr((table, *columns)).encode())
    return digest.digest()


def _translate(text: str, tables: Catalogue, catalogue: Catalogue) -> Compiled:
    from duckdb_kql import errors, to_sql  # noqa: PLC0415 - a second that only those who ask a query should wait

    schema = {name: list(columns) for name, columns in tables.items()}
    try:
        translated = to_sql(text, schema=schema, allow_write=False, query_now=_NOW)
    except errors.KqlSyntaxError as error:
        raise _syntax(error, text) from error
    except errors.KqlUnsupportedError as error:
        line, column = (error.span.line, error.span.column + 1) if error.span else (0, 0)
        raise KqlError(
            f"{error.construct} cannot be run on local evidence yet.", line=line, column=column, hint=error.hint or ""
        ) from error
    except errors.KqlSchemaError as error:
        raise _schema(error.name, error.hint or "", text, catalogue) from error
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


def _schema(name: str, said: str, text: str, catalogue: Catalogue) -> KqlError:
    line, column = place_of(name, text)
    if "unknown table" in said or "matched no table" in said:
        close = get_close_matches(name, catalogue, n=1, cutoff=0.6)
        hint = f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(catalogue) or 'none'}."
        return KqlError(f"There is no table {name!r} in this evidence.", line=line, column=column, near=name, hint=hint)
    return KqlError(f"{name}: {said}" if said else f"{name!r} cannot be used here.", line=line, column=column)


# The last two are said of a name that the translation gives as well: `project X` becomes `SELECT "X" AS "X"`.
_MISSING = re.compile(
    r'Table with name (?P<table>\S+) does not exist|Referenced column "(?P<referenced>[^"]+)"'
    r'|Column "(?P<projected>[^"]+)" referenced that exists|Alias with name "(?P<grouped>[^"]+)" exists'
)


def not_run(message: str, text: str, catalogue: Catalogue) -> KqlError:
    """What DuckDB said when it was to run a translation; of a name that it does not know, with the place in the query."""
    first, _, rest = message.split("\n\nLINE", 1)[0].strip().partition("\n")
    said = rest.strip().replace("Candidate bindings:", "There are:")
    missing = _MISSING.search(first)
    if missing is None or missing.lastgroup is None:
        return KqlError(first, hint=said)
    name, of_table = missing[missing.lastgroup], missing.lastgroup == "table"
    known = set(catalogue) if of_table else {column for columns in catalogue.values() for column in columns}
    close = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    line, column = place_of(name, text)
    return KqlError(
        f"There is no {'table' if of_table else 'column'} {name!r} here.",
        line=line,
        column=column,
        hint=f"Did you mean {close[0]!r}?" if close else said,
    )
