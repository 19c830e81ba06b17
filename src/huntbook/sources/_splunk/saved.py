"""Saved searches and fired alerts of Splunk, as prepared queries.

An argument of a saved search, `$args.host$`, becomes a parameter of the query. Splunk would put its value into the text as it is, where it could
become more than a value: so the text is taken from Splunk, and the value is written into it here, as a literal.

Source: help.splunk.com, REST API reference, "Search endpoint descriptions": saved/searches, alerts/fired_alerts; knowledge manager manual, time
modifiers.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from huntbook.core.timespan import point
from huntbook.errors import ParameterError
from huntbook.query.checks import OPTIONS
from huntbook.query.dialects import dialects
from huntbook.query.own import OwnPack
from huntbook.query.parameters import Kind, Value
from huntbook.query.query import Query
from huntbook.query.template import render

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from huntbook.query.own import Window

SAVED, FIRED = "saved", "fired"
EVERY_ALERT: Final = "every_alert"
_ARGUMENT: Final = re.compile(r'"\$args\.(\w+)\$"|\$args\.(\w+)\$')
_ALL_TIME: Final = ("", "0", "0.000")
_NOW: Final = ("", "now", "now()")
_FIRINGS: Final = "| rest /servicesNS/-/-/alerts/fired_alerts/- splunk_server=local count=0"
_SHOWN: Final = "_time savedsearch_name severity alert_type triggered_alerts sid actions expiration_time_rendered"


def saved_searches(entries: Iterable[Mapping[str, Any]]) -> OwnPack:
    """Prepared queries of saved searches."""
    queries: dict[str, Query] = {}
    windows: dict[str, Window] = {}
    left_out: dict[str, str] = {}
    for entry in sorted(entries, key=_order):
        title, content = str(entry.get("name", "")), entry.get("content") or {}
        name = identifier(title, queries)
        try:
            queries[name] = _saved(name, title, content, entry.get("acl") or {})
        except ValidationError as error:
            left_out[title] = _why(error)
            continue
        window = _window(content)
        if window is not None:
            windows[name] = window
    return OwnPack(
        SAVED,
        "Saved searches of this Splunk, each asked of its own time unless you say otherwise.",
        queries,
        windows,
        left_out,
    )


def _order(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Always the same, so that a name means the same search the next time."""
    acl = entry.get("acl") or {}
    return (str(entry.get("name", "")), str(acl.get("app", "")), str(acl.get("owner", "")))


def _saved(name: str, title: str, content: Mapping[str, Any], acl: Mapping[str, Any]) -> Query:
    parameters: dict[str, Any] = {}

    def hole(found: re.Match[str]) -> str:
        argument = found[1] or found[2]
        known = f"{argument}_" if argument in OPTIONS or iskeyword(argument) else argument
        parameters[known] = {"about": f"What stands for $args.{argument}$ in the search."}
        if content.get(f"args.{argument}"):
            parameters[known]["default"] = str(content[f"args.{argument}"])
        return f"{{{{{known}}}}}"

    text = _ARGUMENT.sub(hole, str(content.get("search", "")))
    described = f"{title}: {content['description']}" if content.get("description") else title
    beside = "; ".join(filter(None, (f"app {acl['app']}" if acl.get("app") else "", _asked_of(content))))
    return Query(
        name=name,
        pack=SAVED,
        about=f"{described} ({beside})",
        tags=["scheduled"] if content.get("is_scheduled") in (True, 1, "1") else [],
        parameters=parameters,
        texts={"spl": text},
    )


def _asked_of(content: Mapping[str, Any]) -> str:
    earliest, latest = (str(content.get(f"dispatch.{end}_time") or "").strip() for end in ("earliest", "latest"))
    if earliest in _ALL_TIME:
        return "asked of all time"
    return f"asked of {earliest} to {latest or 'now'}"


def _window(content: Mapping[str, Any]) -> Window | None:
    """Of which time Splunk would ask it; None if of all time, or if only Splunk understands how it is written."""
    earliest, latest = (str(content.get(f"dispatch.{end}_time") or "").strip() for end in ("earliest", "latest"))
    if earliest in _ALL_TIME:
        return None
    start = _moment(earliest)
    end = None if latest in _NOW else _moment(latest)
    return None if start is None or (end is None and latest not in _NOW) else (start, end)


def _moment(text: str) -> str | None:
    """A time as we read it: seconds since 1970, or one that is counted from now, such as `-24h@h`."""
    try:
        if re.fullmatch(r"\d+(?:\.\d+)?", text, re.ASCII):
            return datetime.fromtimestamp(float(text), UTC).isoformat()
        point(text, datetime.now(UTC))
    except (ParameterError, ValueError, OverflowError, OSError):
        return None
    return text


def fired_alerts(entries: Iterable[Mapping[str, Any]]) -> OwnPack:
    """Prepared queries of alerts that fired: when, how severe, and the job whose rows made it fire (`| loadjob`)."""
    counts = {
        str(each.get("name", "")): (each.get("content") or {}).get("triggered_alert_count", "") for each in entries
    }
    alerts = sorted(name for name in counts if name not in ("", "-"))
    queries = {EVERY_ALERT: _firings(EVERY_ALERT, "Every alert that fired.", "")} if alerts else {}
    left_out: dict[str, str] = {}
    for title in alerts:
        name = identifier(title, queries)
        about = f"{title}: fired {counts[title]} times, as far as Splunk remembers"
        try:
            queries[name] = _firings(name, about, _only(title))
        except (ParameterError, ValidationError) as error:
            left_out[title] = _why(error)
    about = "Alerts of this Splunk that fired, with when, how severe and which job it was."
    return OwnPack(FIRED, about, queries, left_out=left_out)


def _only(title: str) -> str:
    """The condition that an alert is this one; its name is a literal like every other value."""
    return f"{render('| where savedsearch_name={{alert}}', {'alert': Value(Kind.STRING, title)}, dialects['spl'])}\n"


def _firings(name: str, about: str, only: str) -> Query:
    text = (
        f"{_FIRINGS}\n{only}| where trigger_time>={{{{start}}}} AND trigger_time<{{{{end}}}}\n"
        f"| eval _time=trigger_time\n| sort 0 _time\n| table {_SHOWN}\n"
    )
    return Query(name=name, pack=FIRED, about=about, tags=["alert"], texts={"spl": text})


def _why(error: ParameterError | ValidationError) -> str:
    return error.message if isinstance(error, ParameterError) else str(error.errors()[0]["msg"])


def identifier(title: str, taken: Iterable[str]) -> str:
    """A name as Python takes it, and that nothing has yet: `Brute force (Windows)` is `brute_force_windows`.

    Example:
        >>> identifier("Brute force (Windows)", ["brute_force_windows"])
        'brute_force_windows_2'
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "search"
    if name[0].isdigit() or iskeyword(name):
        name = f"search_{name}"
    known, found, number = set(taken), name, 1
    while found in known:
        number += 1
        found = f"{name}_{number}"
    return found
