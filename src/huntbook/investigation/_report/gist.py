"""A finding in one line: which process, which remote end, and what the rows say was done."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from huntbook.investigation._report.markup import Html, h
from huntbook.plots._base import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from huntbook.investigation.finding import Finding, ProcessRef, RemoteRef

# The columns of answers that say what was done, in the order in which one would say it.
_TELLING = (
    "Operation", "Event", "Object", "Key", "Value", "Data", "New", "Target", "Path", "Group", "Detail", "Details", "Request",
    "Commands", "Url", "RemoteName", "Mailbox", "Country", "Failures", "Accounts", "Connections", "EverySeconds", "Calls", "Times", "Some",
)  # fmt: skip
# What stands elsewhere on the card, or says little.
_ASIDE = re.compile(
    r"_|Time|Last|Window|Host|Account$|Process|Parent|Remote|Local|Region|UserAgent|Channel|EventID|CallTrace|Start|Access$|"
    r"Result$|ObjectType|Protocol|CommandLine"
)
_PLAIN = frozenset({"Operation", "Detail", "Data", "Path", "Url", "Commands"})  # that need no name beside them
_MOST = 4
_LONGEST = 300


def process_name(process: ProcessRef | None) -> str:
    """Name a process by its file's name and its id, whichever is known."""
    if process is None:
        return ""
    name = (process.path or "").replace("\\", "/").rpartition("/")[2]
    number = f"[{process.id}]" if process.id else ""
    return shown(" ".join(part for part in (name, number) if part), limit=100)


def remote_end(remote: RemoteRef | None) -> str:
    """Write a remote end as `→ address:port`; nothing if its address is not known."""
    if remote is None or not remote.address or remote.address == "-":
        return ""
    return shown(f"→ {remote.address}" + ("" if remote.port is None else f":{remote.port}"), limit=120)


def gist(finding: Finding) -> Html | None:
    """Write what was done in one line: the command line, else what the first row tells, else the program's path."""
    process = finding.process
    if process and process.command_line:
        return h("span.line", shown(process.command_line, limit=400))
    told = list(_told(finding))
    if told:
        parts = [
            h("span", None if name in _PLAIN else h("i", name), shown(value, limit=_LONGEST)) for name, value in told
        ]
        return h("span.line.told", parts)
    return h("span.line", shown(process.path, limit=400)) if process and process.path else None


def gist_line(finding: Finding, longest: int) -> str:
    """Write the same as plain text."""
    told = (f"{name.lower()} {value}" if value.isdecimal() else value for name, value in _told(finding))
    return shown(" ".join(told), limit=longest)


def _told(finding: Finding) -> Iterator[tuple[str, str]]:
    row = finding.rows[0] if finding.rows else {}
    others = () if finding.process else (name for name in row if name not in _TELLING and not _ASIDE.match(name))
    named = [(name, _written(row.get(name))) for name in (*_TELLING, *others)]
    # An operation that is a sentence ("A service was installed") says what the title says.
    yield from [(name, value) for name, value in named if value and not (name == "Operation" and " " in value)][:_MOST]


def _written(value: Any) -> str:
    """Write a cell in one line; a list without its brackets."""
    if isinstance(value, str) and value[:1] == "[":
        try:
            value = json.loads(value)
        except ValueError:  # text that merely begins like a list
            value = str(value)
    if isinstance(value, list):
        value = ", ".join(each if isinstance(each, str) else json.dumps(each, default=str) for each in value)
    text = "" if value is None else " ".join(str(value).split())
    return "" if text == "-" else text
