"""Windows events as the providers define them: Security auditing, Sysmon, PowerShell, Service Control Manager.

Each function returns records without host and time of writing; `_shapes` puts them into the form of an exporter. Field
names and their order are those of the providers' manifests, as Security-Datasets and Sentinel show them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import md5, sha1, sha256
from typing import TYPE_CHECKING, NamedTuple

from huntbook.scenarios._company import SYSTEM, Account

if TYPE_CHECKING:
    from huntbook.scenarios._clock import Moment
    from huntbook.scenarios._company import Host

NOBODY = Account("-", "-", "S-1-0-0")


class Origin(NamedTuple):
    """A provider and the channel that it writes to."""

    channel: str
    provider: str
    guid: str
    keywords: str
    level: str


SECURITY = Origin(
    "Security",
    "Microsoft-Windows-Security-Auditing",
    "{54849625-5478-4994-a5ba-3e3b0328c30d}",
    "0x8020000000000000",
    "0",
)
SYSMON = Origin(
    "Microsoft-Windows-Sysmon/Operational",
    "Microsoft-Windows-Sysmon",
    "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}",
    "0x8000000000000000",
    "4",
)
POWERSHELL = Origin(
    "Microsoft-Windows-PowerShell/Operational",
    "Microsoft-Windows-PowerShell",
    "{a0c1853b-5c40-4b15-8766-3cf1c58f985a}",
    "0x0",
    "5",
)
SERVICES = Origin(
    "System", "Service Control Manager", "{555908d1-a6d7-4695-8e1e-26931d2012f4}", "0x8080000000000000", "4"
)
EVENTLOG = Origin(
    "Security", "Microsoft-Windows-Eventlog", "{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}", "0x4020000000000000", "4"
)


@dataclass(frozen=True, slots=True)
class Record:
    """One event: where it comes from, its id, what it says and its data."""

    origin: Origin
    event_id: int
    task: int
    message: str
    data: dict[str, str]


@dataclass(frozen=True, slots=True)
class Process:
    """A process with everything that the logs say of it; values are text so that a stencil can leave holes."""

    pid: str
    hex_pid: str
    guid: str
    image: str
    command_line: str
    account: Account
    logon: str
    parent_pid: str = "4"
    parent_hex_pid: str = "0x4"
    parent_guid: str = "{00000000-0000-0000-0000-000000000000}"
    parent_image: str = "System"
    parent_command_line: str = "-"
    integrity: str = "Medium"
    directory: str = "C:\\Windows\\system32\\"
    original_name: str = ""

    def under(self, parent: Process) -> Process:
        """Return the process as a child of another."""
        return replace(
            self,
            parent_pid=parent.pid,
            parent_hex_pid=parent.hex_pid,
            parent_guid=parent.guid,
            parent_image=parent.image,
            parent_command_line=parent.command_line,
        )


class Session(NamedTuple):
    """A logon: who, its id on the host, its type, and from where."""

    account: Account
    logon: str
    kind: str
    address: str = "-"
    port: str = "-"
    workstation: str = "-"


class Connection(NamedTuple):
    """A connection as a host sees it."""

    source: str
    source_port: str
    target: str
    target_port: str
    target_name: str = "-"
    protocol: str = "tcp"


def process_guid(host: Host, started: int, pid: int) -> str:
    """Make the GUID that Sysmon gives a process: machine, start in seconds, a token that the process id stands for."""
    seconds = f"{started // 1000:08x}"
    return f"{{{host.mark}-{seconds[4:]}-{seconds[:4]}-{pid & 0xFFFF:04x}-000000000a00}}"


def hashes(image: str) -> str:
    """Invent the hashes of a file: the same path, in whatever case, always has the same."""
    seed = image.lower().encode()
    return f"MD5={md5(seed, usedforsecurity=False).hexdigest().upper()},SHA256={sha256(seed).hexdigest().upper()},IMPHASH={sha1(seed, usedforsecurity=False).hexdigest()[:32].upper()}"


def file_name(path: str) -> str:
    """Return what follows the last backslash."""
    return path.rpartition("\\")[2]


_PUBLISHERS = {
    "c:\\windows\\system32\\": "Microsoft Corporation",
    "c:\\windows\\servicing\\": "Microsoft Corporation",
    "c:\\windows\\explorer.exe": "Microsoft Corporation",
    "c:\\windows\\splwow64.exe": "Microsoft Corporation",
    "c:\\program files\\microsoft office\\": "Microsoft Corporation",
    "c:\\program files\\": "Independent Software",
}


def _publisher(image: str) -> str:
    return next((name for folder, name in _PUBLISHERS.items() if image.lower().startswith(folder)), "-")


def process_created(process: Process, moment: Moment) -> list[Record]:
    """Sysmon 1 and Security 4688."""
    return [
        Record(SYSMON, 1, 1, "Process Create:", _created_sysmon(process, moment)),
        Record(SECURITY, 4688, 13312, "A new process has been created.", _created_security(process)),
    ]


def _created_sysmon(process: Process, moment: Moment) -> dict[str, str]:
    publisher = _publisher(process.image)
    name = process.original_name or file_name(process.image)
    return {
        "RuleName": "-",
        "UtcTime": moment.utc,
        "ProcessGuid": process.guid,
        "ProcessId": process.pid,
        "Image": process.image,
        "FileVersion": "10.0.22621.3235" if publisher.startswith("Microsoft") else "1.0.0.0",
        "Description": name.rpartition(".")[0],
        "Product": "Microsoft® Windows® Operating System" if publisher.startswith("Microsoft") else "-",
        "Company": publisher,
        "OriginalFileName": name,
        "CommandLine": process.command_line,
        "CurrentDirectory": process.directory,
        "User": str(process.account),
        "LogonGuid": "{00000000-0000-0000-0000-000000000000}",
        "LogonId": process.logon,
        "TerminalSessionId": "0" if process.integrity == "System" else "1",
        "IntegrityLevel": process.integrity,
        "Hashes": hashes(process.original_name or process.image),
        "ParentProcessGuid": process.parent_guid,
        "ParentProcessId": process.parent_pid,
        "ParentImage": process.parent_image,
        "ParentCommandLine": process.parent_command_line,
    }


def _created_security(process: Process) -> dict[str, str]:
    owner = process.account
    return {
        "SubjectUserSid": owner.sid,
        "SubjectUserName": owner.name,
        "SubjectDomainName": owner.domain,
        "SubjectLogonId": process.logon,
        "NewProcessId": process.hex_pid,
        "NewProcessName": process.image,
        "TokenElevationType": "%%1936" if process.integrity in {"High", "System"} else "%%1938",
        "ProcessId": process.parent_hex_pid,
        "CommandLine": process.command_line,
        "TargetUserSid": "S-1-0-0",
        "TargetUserName": "-",
        "TargetDomainName": "-",
        "TargetLogonId": "0x0",
        "ParentProcessName": process.parent_image,
        "MandatoryLabel": {"System": "S-1-16-16384", "High": "S-1-16-12288"}.get(process.integrity, "S-1-16-8192"),
    }


def process_ended(process: Process, moment: Moment) -> list[Record]:
    """Sysmon 5 and Security 4689."""
    return [
        _sysmon(5, "Process terminated:", process, moment, User=str(process.account)),
        Record(
            SECURITY,
            4689,
            13313,
            "A process has exited.",
            {
                **_subject(process.account, process.logon),
                "Status": "0x0",
                "ProcessId": process.hex_pid,
                "ProcessName": process.image,
            },
        ),
    ]


def connected(process: Process, connection: Connection, moment: Moment) -> list[Record]:
    """Sysmon 3."""
    data = {
        "User": str(process.account),
        "Protocol": connection.protocol,
        "Initiated": "true",
        "SourceIsIpv6": "false",
        "SourceIp": connection.source,
        "SourceHostname": "-",
        "SourcePort": connection.source_port,
        "SourcePortName": "-",
        "DestinationIsIpv6": "false",
        "DestinationIp": connection.target,
        "DestinationHostname": connection.target_name,
        "DestinationPort": connection.target_port,
        "DestinationPortName": "-",
    }
    return [_sysmon(3, "Network connection detected:", process, moment, **data)]


def name_asked(process: Process, name: str, address: str, moment: Moment) -> list[Record]:
    """Sysmon 22."""
    answer = f"::ffff:{address};"
    return [_sysmon(22, "Dns query:", process, moment, QueryName=name, QueryStatus="0", QueryResults=answer)]


def file_created(process: Process, path: str, moment: Moment) -> list[Record]:
    """Sysmon 11."""
    return [
        _sysmon(
            11,
            "File created:",
            process,
            moment,
            TargetFilename=path,
            CreationUtcTime=moment.utc,
            User=str(process.account),
        )
    ]


def registry_set(process: Process, key: str, value: str, moment: Moment) -> list[Record]:
    """Sysmon 13."""
    data = {"EventType": "SetValue", "TargetObject": key, "Details": value, "User": str(process.account)}
    return [_sysmon(13, "Registry value set:", process, moment, **data)]


def process_opened(process: Process, target: Process, access: str, trace: str, moment: Moment) -> list[Record]:
    """Sysmon 10."""
    data = {
        "RuleName": "-",
        "UtcTime": moment.utc,
        "SourceProcessGUID": process.guid,
        "SourceProcessId": process.pid,
        "SourceThreadId": str(int(process.pid) + 36) if process.pid.isdecimal() else process.pid,
        "SourceImage": process.image,
        "TargetProcessGUID": target.guid,
        "TargetProcessId": target.pid,
        "TargetImage": target.image,
        "GrantedAccess": access,
        "CallTrace": trace,
        "SourceUser": str(process.account),
        "TargetUser": str(target.account),
    }
    return [Record(SYSMON, 10, 10, "Process accessed:", data)]


def _sysmon(event_id: int, title: str, process: Process, moment: Moment, **data: str) -> Record:
    base = {
        "RuleName": "-",
        "UtcTime": moment.utc,
        "ProcessGuid": process.guid,
        "ProcessId": process.pid,
        "Image": process.image,
    }
    return Record(SYSMON, event_id, event_id, title, base | data)


def _subject(account: Account, logon: str) -> dict[str, str]:
    return {
        "SubjectUserSid": account.sid,
        "SubjectUserName": account.name,
        "SubjectDomainName": account.domain,
        "SubjectLogonId": logon,
    }


def machine_subject(host: Host) -> Account:
    """Return the machine's account as the Security log names it where Windows itself acts."""
    return Account(host.account.name, host.netbios, SYSTEM.sid)
