"""Which columns of a table say what about a process: one `Family` for each way of recording a process start.

Sources: the fields of Sysmon event 1 and of Windows event 4688 as Windows writes them, the columns of Defender's
DeviceProcessEvents and of ASIM's process events as Microsoft documents them, auditd's own field names, and the
spellings that minimal exports use. Names are compared without case, `_`, `.`, `@` and blanks.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import TYPE_CHECKING

from huntbook.core.frames import need
from huntbook.errors import ColumnMissing

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

Names = tuple[str, ...]


@dataclass(frozen=True)
class Identity:
    """The columns that tell one process: in a family all accepted spellings, in a `Reading` those of the table."""

    pid: Names = ()
    guid: Names = ()
    image: Names = ()
    time: Names = ()


@dataclass(frozen=True)
class Family:
    """One way of recording process starts: the columns of the process, of its parent and of the parent's parent.

    `marks` are columns without which a table is not of this family. `copies` are the further columns that an event
    carries for the process and for its parent, and that an unrecorded parent is therefore shown with.
    """

    own: Identity
    parent: Identity
    grandparent: Identity = Identity()
    host: Names = (
        "Computer",
        "Hostname",
        "host",
        "DvcHostname",
        "Dvc",
        "DeviceName",
        "computer_name",
        "host.name",
        "node",
    )
    marks: Names = ()
    command_line: tuple[Names, Names] = ((), ())
    user: Names = ("User", "AccountName", "Account", "UserName", "user.name", "audit_user", "effective_user")
    copies: Mapping[str, str] = field(default_factory=dict)
    terminated: Names = ()


_TIMES = ("TimeGenerated", "TimeCreated", "Timestamp", "EventTime", "@timestamp", "time", "datetime", "date", "ts")

DEFENDER = Family(
    marks=("InitiatingProcessId", "ProcessId"),
    own=Identity(("ProcessId",), ("ProcessUniqueId",), ("FileName",), ("ProcessCreationTime", *_TIMES)),
    parent=Identity(
        ("InitiatingProcessId",),
        ("InitiatingProcessUniqueId",),
        ("InitiatingProcessFileName",),
        ("InitiatingProcessCreationTime",),
    ),
    grandparent=Identity(
        ("InitiatingProcessParentId",),
        (),
        ("InitiatingProcessParentFileName",),
        ("InitiatingProcessParentCreationTime",),
    ),
    host=("DeviceName", "DeviceId"),
    command_line=(("ProcessCommandLine",), ("InitiatingProcessCommandLine",)),
    copies={
        "FolderPath": "InitiatingProcessFolderPath",
        "AccountName": "InitiatingProcessAccountName",
        "AccountDomain": "InitiatingProcessAccountDomain",
        "SHA1": "InitiatingProcessSHA1",
        "SHA256": "InitiatingProcessSHA256",
    },
)

ASIM = Family(
    marks=("TargetProcessId", "ActingProcessId"),
    own=Identity(
        ("TargetProcessId",),
        ("TargetProcessGuid",),
        ("TargetProcessName",),
        ("TargetProcessCreationTime", "EventStartTime", *_TIMES),
    ),
    parent=Identity(
        ("ActingProcessId",), ("ActingProcessGuid",), ("ActingProcessName",), ("ActingProcessCreationTime",)
    ),
    grandparent=Identity(
        ("ParentProcessId",), ("ParentProcessGuid",), ("ParentProcessName",), ("ParentProcessCreationTime",)
    ),
    host=("DvcFQDN", "DvcHostname", "Dvc", "Computer"),
    command_line=(("TargetProcessCommandLine", "CommandLine"), ("ActingProcessCommandLine",)),
    user=("TargetUsername", "ActorUsername"),
    copies={"TargetUsername": "ActorUsername", "TargetProcessSHA256": "ActingProcessSHA256"},
)

SECURITY = Family(
    marks=("NewProcessId", "ProcessId"),
    own=Identity(("NewProcessId",), (), ("NewProcessName",), _TIMES),
    parent=Identity(("ProcessId",), (), ("ParentProcessName", "CreatorProcessName")),
    command_line=(("CommandLine", "ProcessCommandLine"), ()),
    user=("TargetUserName", "Account", "SubjectUserName"),
)

PLAIN = Family(
    own=Identity(
        ("ProcessId", "pid", "process.pid"),
        ("ProcessGuid", "guid", "process.entity_id"),
        ("Image", "process.executable", "exe", "ProcessName", "process.name", "process", "name", "comm"),
        ("UtcTime", "ProcessCreationTime", "CreationTime", "start_time", "process.start", *_TIMES),
    ),
    parent=Identity(
        ("ParentProcessId", "ppid", "ParentPid", "process.parent.pid"),
        ("ParentProcessGuid", "ParentGuid", "process.parent.entity_id"),
        ("ParentImage", "process.parent.executable", "ParentProcessName", "process.parent.name", "ParentName"),
    ),
    command_line=(
        ("CommandLine", "cmdline", "cmd", "process.command_line", "args"),
        ("ParentCommandLine", "process.parent.command_line"),
    ),
    copies={"User": "ParentUser"},
    terminated=("terminated", "end_time", "exit_time", "process.end"),
)

_MARKS = str.maketrans("", "", "_.@ ")
FAMILIES = (DEFENDER, ASIM, SECURITY, PLAIN)


@dataclass(frozen=True)
class Reading:
    """A family as one table has it: only columns that are there, in order of preference.

    `mark` is the column that only rows of this family fill. `copies` and `grand_copies` say which column of the event
    describes the parent, and the parent's parent, in the way that the key describes the process.
    """

    own: Identity
    parent: Identity
    grandparent: Identity
    mark: str | None
    host: Names
    user: Names
    command_line: Names
    copies: Mapping[str, str]
    grand_copies: Mapping[str, str]
    terminated: Names


@dataclass(frozen=True)
class Chosen:
    """The columns that the caller named; an empty one is left to recognition."""

    time: str | None = None
    pid: str | None = None
    parent_pid: str | None = None
    host: str | None = None
    image: str | None = None
    command_line: str | None = None
    guid: str | None = None
    parent_guid: str | None = None
    terminated: str | None = None

    def names(self) -> list[str]:
        """Give the columns that were named."""
        return [value for part in fields(self) if (value := getattr(self, part.name)) is not None]


def recognise(table: pl.DataFrame, chosen: Chosen) -> list[Reading]:
    """Find the families that the table's columns belong to; several where several kinds of events share one table.

    Raises:
        ColumnMissing: if a column that was named is not there, or no family has its process id, parent and time.
    """
    found = [reading for reading in candidates(table, chosen) if _complete(reading)]
    if not found:
        raise ColumnMissing(_expected(candidates(table, chosen)[-1]), table.columns)
    return found


def candidates(table: pl.DataFrame, chosen: Chosen) -> list[Reading]:
    """Give what each family that is not ruled out finds in the table; the plain one, always there, is the last.

    Raises:
        ColumnMissing: if a column that was named is not there.
    """
    need(table, chosen.names())
    there = {fold(name): name for name in reversed(table.columns)}
    explicit = chosen.pid is not None or chosen.parent_pid is not None
    families = [family for family in FAMILIES if not explicit and all(fold(mark) in there for mark in family.marks)]
    readings = [_read(family, there, chosen) for family in families or [PLAIN]]
    several = sum(_complete(reading) for reading in readings) > 1
    return [_on_shared_clock(reading) for reading in readings] if several else readings


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """Spell a column name so that `process_id`, `Process.Id` and `ProcessId` are one."""
    return name.lower().translate(_MARKS)


def _read(family: Family, there: Mapping[str, str], chosen: Chosen) -> Reading:
    def of(names: Names, first: str | None = None) -> Names:
        found = [there[fold(name)] for name in names if fold(name) in there]
        return tuple(dict.fromkeys(found)) if first is None else (first,)

    own, parent, grand = family.own, family.parent, family.grandparent
    mine = Identity(
        of(own.pid, chosen.pid), of(own.guid, chosen.guid), of(own.image, chosen.image), of(own.time, chosen.time)
    )
    theirs = Identity(
        of(parent.pid, chosen.parent_pid), of(parent.guid, chosen.parent_guid), of(parent.image), of(parent.time)
    )
    elder = Identity(of(grand.pid), of(grand.guid), of(grand.image), of(grand.time))
    lines = (of(family.command_line[0], chosen.command_line), of(family.command_line[1]))
    also = {there[fold(a)]: there[fold(b)] for a, b in family.copies.items() if fold(a) in there and fold(b) in there}
    return Reading(
        own=mine,
        parent=theirs,
        grandparent=elder,
        mark=there[fold(family.marks[0])] if family.marks else None,
        host=of(family.host, chosen.host),
        user=of(family.user),
        command_line=lines[0],
        copies={**_pairs(mine, theirs), **dict(zip(*lines, strict=False)), **also},
        grand_copies=_pairs(mine, elder),
        terminated=of(family.terminated, chosen.terminated),
    )


def _pairs(own: Identity, other: Identity) -> dict[str, str]:
    """Pair the first column of each part of the process with the column that says the same of the other."""
    both = [(getattr(own, part.name), getattr(other, part.name)) for part in fields(own)]
    return {mine[0]: theirs[0] for mine, theirs in both if mine and theirs}


def _complete(reading: Reading) -> bool:
    by_guid = bool(reading.own.guid and reading.parent.guid)
    return by_guid or bool(reading.own.pid and reading.parent.pid and reading.own.time)


def _on_shared_clock(reading: Reading) -> Reading:
    """Prefer the time column that all kinds of events of the table have: the others may be of another zone or clock."""
    times = reading.own.time
    shared = [name for name in times if fold(name) in {fold(known) for known in _TIMES}]
    ordered = tuple(dict.fromkeys((*shared, *times)))
    own = Identity(reading.own.pid, reading.own.guid, reading.own.image, ordered)
    return Reading(**{**vars(reading), "own": own})


def _expected(plain: Reading) -> list[str]:
    wanted = {
        "pid (ProcessId, NewProcessId, TargetProcessId, pid …)": plain.own.pid,
        "parent_pid (ParentProcessId, InitiatingProcessId, ActingProcessId, ppid …)": plain.parent.pid,
        "time (UtcTime, TimeGenerated, Timestamp, time …)": plain.own.time,
    }
    return [name for name, there in wanted.items() if not there]
