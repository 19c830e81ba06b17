"""Search jobs: a question that runs for hours over what is archived, and leaves its answer as a table.

Source: learn.microsoft.com/azure/azure-monitor/logs/search-jobs and /rest/api/loganalytics/tables (create or update, get, delete).
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from huntbook.core import runtime
from huntbook.core.progress import stage
from huntbook.core.timespan import TimeSpan
from huntbook.errors import ParameterError, QueryTimeout, ServiceError

if TYPE_CHECKING:
    from huntbook.core.timespan import Length, Moment
    from huntbook.sources._sentinel.workspaces import Workspaces

_API: Final = "2023-09-01"
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,40}_SRCH")
MOST_ROWS: Final = 1_000_000
_POLL: Final = (2.0, 30.0)  # seconds between two looks, at first and at most


@dataclass(frozen=True)
class SearchJob:
    """A search job of a workspace; its answer is the table of its name, asked like any other.

    Example:
        job = sentinel.driver.search_job("SecurityEvent | where CommandLine has 'certutil'", name="certutil_SRCH", last="365d")
        job.wait()
        sentinel.query("certutil_SRCH | summarize count() by Computer")
        job.delete()
    """

    name: str
    query: str
    span: TimeSpan
    _url: str
    _workspaces: Workspaces

    def state(self) -> str:
        """`InProgress`, `Updating`, `Succeeded`, `Failed` …, as the service says."""
        return runtime.run(self._state())

    def wait(self, *, longest: float = 86_400) -> SearchJob:
        """Wait until it is done; Ctrl-C leaves the job running.

        Args:
            longest: seconds to wait.

        Raises:
            ServiceError: if the job fails.
            QueryTimeout: if it takes longer.
        """
        with stage(f"Search job {self.name}") as step:
            runtime.run(self._done(longest, lambda state: step(0, 0, state)))
        return self

    def delete(self) -> None:
        """Delete the job with its table, which costs storage as long as it is there."""
        runtime.run(self._delete())

    async def start(self, limit: int) -> None:
        """Let the service begin."""
        search = {
            "query": self.query,
            "limit": limit,
            "startSearchTime": self.span.start.isoformat().replace("+00:00", "Z"),
            "endSearchTime": self.span.end.isoformat().replace("+00:00", "Z"),
        }
        body = {"properties": {"searchResults": search}}
        await self._workspaces.http.send(
            "PUT", self._url, params={"api-version": _API}, json=body, query=self.query, repeatable=True
        )

    async def _state(self) -> str:
        reply = await self._workspaces.http.send("GET", self._url, params={"api-version": _API})
        document = reply.json()
        state = document.get("properties", {}).get("provisioningState") if isinstance(document, dict) else None
        if not isinstance(state, str):
            raise reply.malformed("it says nothing of the job's state")
        return state

    async def _done(self, longest: float, tell: Any) -> None:
        delay, waited = _POLL[0], 0.0
        while (state := await self._state()) != "Succeeded":
            tell(state)
            if state in ("Failed", "Canceled"):
                raise ServiceError(
                    f"The search job {self.name} has ended as {state}.", service="Sentinel", query=self.query
                )
            if waited >= longest:
                raise QueryTimeout(
                    f"The search job {self.name} is still {state}.", service="Sentinel", query=self.query
                )
            await asyncio.sleep(delay)
            waited += delay
            delay = min(delay * 1.5, _POLL[1])

    async def _delete(self) -> None:
        await self._workspaces.http.send("DELETE", self._url, params={"api-version": _API})

    def __repr__(self) -> str:
        return f"<search job {self.name}: {self.query!r}, {self.span}>"


async def search_job(
    workspaces: Workspaces, workspace: str, query: str, *, name: str, span: TimeSpan, limit: int
) -> SearchJob:
    """Start a search job.

    Raises:
        ParameterError: if its name or limit is none that the service takes.
    """
    if not _NAME.fullmatch(name):
        raise ParameterError(
            f"{name!r} is no name for a search job.", hint="Letters, digits and _, and `_SRCH` at its end."
        )
    if not 1 <= limit <= MOST_ROWS:
        raise ParameterError(f"A search job gives 1 to {MOST_ROWS:,} rows, not {limit:,}.")
    found = await workspaces.find(workspace)
    if not found.resource_id:
        found = await workspaces.by_id(found.id)
    job = SearchJob(name, query, span, f"{workspaces.url}{found.resource_id}/tables/{name}", workspaces)
    await job.start(limit)
    return job


def span_of(last: Length | None, start: Moment | None, end: Moment | None) -> TimeSpan:
    """The time that a search job looks through; it has to have one."""
    span = TimeSpan.of(last=last, start=start, end=end)
    if span is None:
        raise ParameterError("A search job looks through a span of time.", hint="Give last=, or start= and end=.")
    return span
