"""A fake Splunk: search jobs, export, saved searches and fired alerts, signing in, and receiving events, over its REST API."""

from __future__ import annotations

import json
import re
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import unquote, urlsplit

import polars as pl

from huntbook.core import sql
from huntbook.core.frames import to_polars
from huntbook.core.timespan import TimeSpan
from huntbook.query.spl.names import GENERATING
from huntbook.sources._base import Question
from huntbook.testing import kql
from huntbook.testing._splunk_jobs import ENDED, Job, feed, messages, page, written
from huntbook.testing._splunk_receiving import Collector, Receivers
from huntbook.testing.service import Answer, FakeService, Refusal, Seen
from huntbook.testing.spl import Index, Refused, Store, search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from huntbook.core.frames import Table
    from huntbook.testing.faults import Faults
    from huntbook.testing.spl import Event, Search

_PATH: Final = re.compile(r"/services(?:NS/(?P<owner>[^/]+)/(?P<app>[^/]+))?/(?P<rest>.+)")
_JOB: Final = re.compile(r"search/(?:v2/)?jobs/(?P<sid>[^/]+)(?:/(?P<part>\w+))?")
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2500, 1, 1, tzinfo=UTC)
_ROWS: Final = 500  # of an export, between two looks at whether anybody still listens


class FakeSplunk(FakeService):
    """A Splunk on loopback that runs a part of SPL: on a folder of logs, or on tables that you give. A table is an index of its name.

    Args:
        evidence: a folder of logs, as for `connect("local", …)`.
        tables: tables by name, in place of a folder.
        users: passwords by name, for those who sign in so.
        saved: saved searches by name: the text, or all that Splunk says of one.
        fired: alerts that fired: `savedsearch_name`, `trigger_time` (seconds since 1970), `severity`, `sid` …
        endpoints: what the command `rest` gets at further paths, such as `/services/data/lookup-table-files`.
        most_rows: rows that a job keeps (`max_count` in Splunk's limits).
        faults: what goes wrong.
        now: what times in a search go by.

    Example:
        service = FakeSplunk(tables={"main": [{"_time": "2026-03-01T10:00:00Z", "user": "anna"}]})
        splunk = service.connect()
    """

    source: ClassVar[str] = "splunk"

    def __init__(
        self,
        evidence: str | Path | None = None,
        *,
        tables: Mapping[str, Table] | None = None,
        users: Mapping[str, str] | None = None,
        saved: Mapping[str, str | Mapping[str, Any]] | None = None,
        fired: Sequence[Mapping[str, Any]] = (),
        endpoints: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
        most_rows: int = 500_000,
        faults: Faults | None = None,
        now: datetime | None = None,
    ) -> None:
        given = _evidence(str(evidence), now) if evidence is not None else tables or {}
        self.indexes = {name: Index.of(name, to_polars(table)) for name, table in given.items()}
        self.users = dict(users or {})
        self.saved = {
            name: {"search": one} if isinstance(one, str) else dict(one) for name, one in (saved or {}).items()
        }
        self.fired = [dict(each) for each in fired]
        self.endpoints = {path: [dict(each) for each in rows] for path, rows in (endpoints or {}).items()}
        self.most_rows = most_rows
        self.most_page = 50_000  # rows that come at once (`maxresultrows` in Splunk's limits)
        self.states = ["RUNNING", "DONE"]  # of a job, one after the other, each time that somebody looks
        self.versions: tuple[int, ...] = (1, 2)  # of the search endpoints; Splunk before 9.0 has the first alone
        self.messages: list[tuple[str, str]] = []  # what every job says besides
        self.now = now
        self.jobs: dict[str, Job] = {}
        self.sessions: set[str] = set()
        self.collector = Collector(self.indexes)
        self.receivers = Receivers(self.indexes)
        self._turn = threading.Lock()
        super().__init__(faults=faults)

    def settings(self) -> dict[str, Any]:
        """Where it is, with a token that is taken."""
        at = urlsplit(self.url)
        hec = {"hec": self.url, "hec_token": self.collector.token}
        return {"host": at.hostname, "port": at.port, "scheme": "http", "token": self.token(), **hec}

    def expire(self) -> None:
        """Let all tokens and sessions end."""
        super().expire()
        self.sessions.clear()

    def allowed(self, seen: Seen) -> Answer | None:
        """Whether a request is signed as it should be; to sign in needs no signature, and the event collector has its own."""
        if seen.path == "/services/auth/login":
            return None
        if seen.path.startswith("/services/collector"):
            return self.collector.allowed(seen)
        scheme = seen.headers.get("authorization", "").partition(" ")[0]
        known = self.sessions | self._tokens if scheme == "Splunk" else self._tokens if scheme == "Bearer" else set()
        return None if seen.token in known else Answer(401, messages(("WARN", "call not properly authenticated")))

    def answer(self, seen: Seen) -> Answer:
        """Answer as Splunk would."""
        found = _PATH.fullmatch(seen.path)
        rest = found["rest"].rstrip("/") if found else ""
        version = 2 if rest.startswith("search/v2/") else 1
        if rest.startswith("search/") and version not in self.versions:
            return _not_found()
        if job := _JOB.fullmatch(rest):
            return self._export(seen) if job["sid"] == "export" else self._job(seen, job)
        answers: dict[str, Callable[[Seen], Answer]] = {
            "auth/login": self._login,
            "authentication/current-context": lambda _: Answer(
                json=feed([("context", {"username": "fake", "tz": ""})])
            ),
            "search/v2/jobs": self._start,
            "search/jobs": self._start,
            "saved/searches": self._saved,
            "alerts/fired_alerts": self._alerts,
            "receivers/simple": self.receivers.simple,
            "receivers/stream": self.receivers.stream,
            "collector/event": self.collector.event,
            "collector/ack": self.collector.ack,
        }
        return answers[rest](seen) if rest in answers else _not_found()

    def _login(self, seen: Seen) -> Answer:
        form = seen.form
        if self.users.get(form.get("username", "")) != form.get("password"):
            return Answer(401, messages(("WARN", "Login failed")))
        session = self.token()
        self.sessions.add(session)
        self._tokens.discard(session)  # a session is no token
        return Answer(json={"sessionKey": session, "message": "", "code": ""})

    def _searched(self, form: Mapping[str, str]) -> Search:
        span = _span(form.get("earliest_time"), form.get("latest_time"))
        self.about(span)
        store = Store(self.indexes, self._rest, self.now)
        try:
            return search(_with_command(form.get("search", "")), store, span)
        except Refused as refused:
            raise Refusal(Answer(400, messages(("FATAL", str(refused))))) from refused

    def _start(self, seen: Seen) -> Answer:
        form = seen.form
        found = self._searched(form)
        sid = form.get("id") or f"{time.time():.3f}.{len(self.jobs)}"
        most = min(int(form.get("max_count", 10_000)), self.most_rows)
        job = Job(sid, form["search"], found, most, list(self.states))
        job.run()
        for said in self.messages:
            job.say(*said)
        with self._turn:
            self.jobs[sid] = job
        return Answer(201, {"sid": sid})

    def _job(self, seen: Seen, found: re.Match[str]) -> Answer:
        job = self.jobs.get(unquote(found["sid"]))
        if job is None or job.cancelled:
            return Answer(404, messages(("FATAL", "Unknown sid.")))
        if found["part"] is None:
            return Answer(json=feed([(job.text, job.looked_at())]))
        if found["part"] == "control":
            job.cancelled = seen.form.get("action") == "cancel"
            return Answer(json=messages(("INFO", "Search job cancelled.")))
        if found["part"] != "results":
            return _not_found()
        if job.state not in ENDED:
            return Answer(204)
        count = min(int(seen.params.get("count", 100)) or self.most_page, self.most_page)
        return Answer(json=page(job, int(seen.params.get("offset", 0)), count))

    def _export(self, seen: Seen) -> Answer:
        if seen.method != "POST":
            return Answer(405, messages(("ERROR", "Method Not Allowed")))
        return Answer(body=_exported(self._searched(seen.form)))

    def _saved(self, seen: Seen) -> Answer:
        offset, count = int(seen.params.get("offset", 0)), int(seen.params.get("count", 30))
        listed = [(name, {"is_scheduled": False, "disabled": False, **one}) for name, one in self.saved.items()]
        return Answer(json=feed(listed[offset : offset + count] if count > 0 else listed, len(listed), offset))

    def _alerts(self, _: Seen) -> Answer:
        counts: dict[str, int] = {"-": len(self.fired)}
        for each in self.fired:
            counts[each["savedsearch_name"]] = counts.get(each["savedsearch_name"], 0) + 1
        return Answer(json=feed((name, {"triggered_alert_count": count}) for name, count in counts.items()))

    def _rest(self, path: str) -> Iterator[Event]:
        if path in self.endpoints:
            return iter(self.endpoints[path])
        if path.endswith("/alerts/fired_alerts/-"):
            return (
                {"title": each.get("sid", ""), **{name: str(one) for name, one in each.items()}} for each in self.fired
            )
        if path.endswith("/saved/searches"):
            return ({"title": name, **one} for name, one in self.saved.items())
        raise Refused(f"Error in 'rest' command: this fake service has nothing at {path}.")


def _with_command(text: str) -> str:
    """A search as the REST API takes it: unlike in Splunk Web, its first word is a command."""
    first = text.lstrip().partition(" ")[0].lower()
    if not first.startswith("|") and first not in GENERATING:
        raise Refused(f"Unknown search command '{first}'.")
    return text


def _evidence(folder: str, now: datetime | None) -> dict[str, Table]:
    database, schema = kql.evidence(folder, now)
    found = {
        name: database.read(Question(f"SELECT * FROM {sql.name(name)}", "sql")) for name in schema if name[0] != "_"
    }
    return {name: pl.concat([batch.rows for batch in batches]) for name, batches in found.items()}


def _span(earliest: str | None, latest: str | None) -> TimeSpan | None:
    if earliest is None and latest is None:
        return None
    start = datetime.fromtimestamp(float(earliest), UTC) if earliest else _FIRST
    return TimeSpan(start, datetime.fromtimestamp(float(latest), UTC) if latest else _LAST)


def _exported(found: Search) -> Iterator[bytes]:
    """Rows as they are found, each on a line; what comes before the end is a preview where rows are still counted."""
    lines: list[str] = []
    try:
        if found.transforming:
            lines.append(json.dumps({"preview": True, "offset": 0, "lastrow": True, "result": {"count": "0"}}))
        for offset, row in enumerate(found.rows()):
            told = {"preview": False, "offset": offset, "result": written(row, exported=True)}
            lines.append(json.dumps(told, ensure_ascii=False))
            if len(lines) == _ROWS:
                yield ("\n".join(lines) + "\n").encode("utf-8", "replace")
                lines = []
    except Refused as refused:
        lines.append(json.dumps(messages(("FATAL", str(refused)))))
    else:
        lines.append(json.dumps({"preview": False, "lastrow": True}))
    yield ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _not_found() -> Answer:
    return Answer(404, messages(("ERROR", "Not Found")))
