"""Rows of examples as tables keep them, and cases in their short form as whole rows."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from huntbook.query.cases import SHORT, rows_by_table
from huntbook.query.kql import Type
from huntbook.query.kql.parse.times import timespan_ticks
from huntbook.testing.examples._tables import columns_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from huntbook.query.pack import Query
    from huntbook.testing.examples._tables import Row, Rows

DAY = (datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))  # the span of an example that says none
START = datetime(2026, 3, 2, 9, tzinfo=UTC)  # when a row of a case happened that does not say it
_HOST = ("DvcHostname", "Computer")


def whole_rows(query: Query, case: Any) -> Rows:
    """A case as whole rows of tables."""
    return {
        table: [row for one in rows for row in _several(table, one, local=query.hunts)]
        for table, rows in rows_by_table(case, query.tables()).items()
    }


def _several(table: str, written: Any, *, local: bool) -> Iterator[Row]:
    """One row, or as many as `repeat` says, `every` so many seconds; `#n` in a text is the row's number."""
    short: Row = {"command": written} if isinstance(written, str) else dict(written)
    times, every = short.pop("repeat", 1), short.pop("every", 1)
    for number in range(times):
        yield _row(table, {key: _numbered(value, number) for key, value in short.items()}, number * every, local=local)


def _numbered(value: Any, number: int) -> Any:
    return value.replace("#n", str(number)) if isinstance(value, str) else value


def _row(table: str, short: Row, seconds: float, *, local: bool) -> Row:
    """A whole row: `at` is seconds after the start; `command`, `parent` and `by` stand for the columns of a new process."""
    time = START + timedelta(seconds=seconds + short.get("at", 0))
    usual = {"TimeGenerated": time, "_File": "example", "_Line": 1}
    known = columns_of(table, local=local)
    if known is None:
        usual = {"TimeGenerated": time}
    else:
        host = next((name for name in _HOST if name in known), "")
        usual = {name: value for name, value in {**usual, host: "host1"}.items() if name in known}
    if "command" in short:
        usual |= _process(short["command"], short.get("parent", ""))
    if "by" in short:
        usual["ActorUsername"] = short["by"]
    return usual | {name: value for name, value in short.items() if name not in SHORT}


def _process(command: str, parent: str) -> Row:
    """A program without a folder is one of Windows' own."""
    first = re.split(r'"|\s', command.strip('"'), maxsplit=1)[0]
    path = first if re.search(r"[\\/]", first) else rf"C:\Windows\System32\{first.removesuffix('.exe')}.exe"
    started = parent if re.search(r"[\\/]", parent) or not parent else rf"C:\Windows\System32\{parent}.exe"
    return {"TargetProcessCommandLine": command, "TargetProcessName": path, "ActingProcessName": started or None}


def cell(kind: Type, value: Any, *, local: bool) -> Any:
    """A cell as the table keeps it. A service's table has an empty text where there is none; local evidence has nothing."""
    if value is None:
        return "" if kind is Type.STRING and not local else None
    if kind is Type.DATETIME:
        return aware(datetime.fromisoformat(value) if isinstance(value, str) else value).replace(tzinfo=None)
    if kind is Type.TIMESPAN:
        return ticks(value)
    if kind is Type.DYNAMIC and isinstance(value, str):
        return value if _is_json(value) else json.dumps(value)
    if kind is Type.DYNAMIC or isinstance(value, (dict, list)):
        return json.dumps(value, default=str)
    return str(value) if kind in (Type.STRING, Type.GUID) else value


def _is_json(text: str) -> bool:
    """Whether a dynamic column takes a text for what it says; what is no JSON is a text there."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def aware(moment: date) -> datetime:
    """A time, or the beginning of a day; in UTC unless it says otherwise."""
    whole = moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return whole.replace(tzinfo=UTC) if whole.tzinfo is None else whole.astimezone(UTC)


def ticks(value: Any) -> Any:
    """A length of time in units of 100 nanoseconds; it may be written as KQL writes it."""
    if isinstance(value, timedelta):
        return value // timedelta(microseconds=1) * 10
    return timespan_ticks(value) if isinstance(value, str) else value
