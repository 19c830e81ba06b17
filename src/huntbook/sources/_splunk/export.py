"""A search whose rows come as they are found: the export endpoint, which keeps nothing and has no limit of rows.

Each line is an object of JSON with a row; previews of an answer that is still being counted are left out. The last line says that it is the last:
without it, the answer broke off.

Source: help.splunk.com, REST API reference, "Search endpoint descriptions": search/v2/jobs/export.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from huntbook.core.json_text import read_json
from huntbook.core.redaction import shortened
from huntbook.core.result import Completeness
from huntbook.errors import ServiceError
from huntbook.sources._splunk.replies import completeness, failure, flag, messages

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from huntbook.sources._splunk.jobs import SearchJob

_AT_ONCE: Final = 4_000_000  # bytes of lines that become one frame
_NO_LIMIT: Final = 1 << 62


class Export:
    """An export while it comes: `rows` are read once, then `completeness` is known."""

    def __init__(self, job: SearchJob) -> None:
        self._job = job
        self._ended = False
        self._rows = 0
        self._said: list[tuple[str, str]] = []

    async def rows(self) -> AsyncGenerator[list[dict[str, Any]], None]:
        """The rows, some thousands at a time.

        Raises:
            ServiceError: or one of its kinds, if the search fails.
        """
        while True:
            try:
                async for rows in self._exported():
                    yield rows
            except ServiceError as error:
                if self._rows or not self._job.older(error):
                    raise
            else:
                return

    async def _exported(self) -> AsyncGenerator[list[dict[str, Any]], None]:
        form = {**self._job.form(), "preview": "false"}
        http = self._job.session.http
        async with http.stream("POST", f"{self._job.jobs}/export", form=form, query=self._job.query) as body:
            async for lines in _lines(body):
                rows = [row for line in lines if (row := self._row(line)) is not None]
                self._rows += len(rows)
                if rows:
                    yield rows

    def _row(self, line: bytes) -> dict[str, Any] | None:
        """The row that a line holds; None if it is a preview or says something else."""
        try:
            said = read_json(line)
        except ValueError:
            raise self._unreadable(line) from None
        if not isinstance(said, dict):
            raise self._unreadable(line)
        if found := messages(said.get("messages")):
            self._said += [each for each in found if each not in self._said]
            if any(kind == "FATAL" for kind, _ in found):
                raise failure(said, self._job.query, self._job.session.service)
        if flag(said, "preview"):
            return None
        row = said.get("result")
        self._ended = flag(said, "lastrow") or (self._ended and row is None)  # messages may follow the last row
        return row if isinstance(row, dict) else None

    def _unreadable(self, line: bytes) -> ServiceError:
        shown = shortened(line.decode("utf-8", "replace"), 200)
        hint = "Something between here and Splunk may have answered in its place (a proxy, a sign-in page)."
        return ServiceError(
            "A line of the answer is no object of JSON.", service=self._job.session.service, reply=shown, hint=hint
        )

    @property
    def completeness(self) -> Completeness:
        """How complete the answer is, once it has come to its end."""
        told = completeness({}, self._said, self._rows, most=_NO_LIMIT, text="")
        if self._ended:
            return told
        return Completeness.together(
            [told, Completeness(complete=False, notes=("the export ended without its last line",), cut=True)]
        )


async def _lines(body: AsyncIterator[bytes]) -> AsyncGenerator[list[bytes], None]:
    """Whole lines, some megabytes at a time; empty ones are left out."""
    held: list[bytes] = []
    size = 0
    async for chunk in body:
        held.append(chunk)
        size += len(chunk)
        if size < _AT_ONCE or b"\n" not in chunk:
            continue
        whole, _, rest = b"".join(held).rpartition(b"\n")
        yield [line for line in whole.split(b"\n") if line.strip()]
        held, size = [rest], len(rest)
    yield [line for line in b"".join(held).split(b"\n") if line.strip()]
