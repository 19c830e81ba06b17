"""A Windows record in the form in which an exporter writes it.

`flat`: JSON lines with the event's data beside its header, as NXLog writes and Security-Datasets publishes them;
`beat`: JSON lines of Winlogbeat; `table`: a row of Microsoft Sentinel's SecurityEvent exported as CSV, which has the
Security channel only.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from huntbook.scenarios._files import NUMBER
from huntbook.scenarios._words import words

if TYPE_CHECKING:
    from huntbook.scenarios._clock import Moment
    from huntbook.scenarios._company import Host
    from huntbook.scenarios._windows import Record

_encode = json.JSONEncoder(separators=(",", ":")).encode
_HOLD = "@NUMBER@"  # JSON would escape the real mark

# The columns of Sentinel's table that the events here fill, and some that are always there.
_DATA = words(
    "AccessMask AccessReason AuthenticationPackageName CommandLine ElevatedToken FailureReason"
    " ImpersonationLevel IpAddress IpPort KeyLength LmPackageName LogonGuid LogonProcessName LogonType"
    " MandatoryLabel MemberName MemberSid NewProcessId NewProcessName ObjectType PackageName"
    " ParentProcessName PrivilegeList ProcessId ProcessName RelativeTargetName SamAccountName"
    " ServiceAccount ServiceFileName ServiceName ServiceStartType ServiceType ShareLocalPath ShareName"
    " Status SubStatus SubjectDomainName SubjectLogonId SubjectUserName SubjectUserSid TargetDomainName"
    " TargetInfo TargetLogonId TargetServerName TargetSid TargetUserName TargetUserSid TokenElevationType"
    " TransmittedServices WorkstationName"
)
_HEAD = words(
    "TenantId TimeGenerated SourceSystem Account AccountType Computer EventSourceName Channel Task Level EventID"
    " Activity EventData"
)
COLUMNS = [*_HEAD, *_DATA, "EventRecordId", "Type"]
_OVERLAP = frozenset(_DATA)


def flat(record: Record, host: Host, moment: Moment) -> str:
    """Render a line of flat JSON."""
    origin = record.origin
    event: dict[str, str | int] = {
        "SourceName": origin.provider,
        "ProviderGuid": origin.guid,
        "Level": origin.level,
        "Keywords": origin.keywords,
        "Channel": origin.channel,
        "Hostname": host.fqdn,
        "TimeCreated": moment.iso,
        "@timestamp": moment.iso,
        "EventID": record.event_id,
        "Message": record.message,
        "Task": str(record.task),
        "RecordNumber": _HOLD,
    }
    return _encode(event | record.data).replace(f'"{_HOLD}"', NUMBER)


def beat(record: Record, host: Host, moment: Moment) -> str:
    """Render a line of Winlogbeat 8."""
    origin = record.origin
    event = {
        "@timestamp": moment.iso,
        "agent": {"type": "winlogbeat", "version": "8.14.3", "name": host.name},
        "ecs": {"version": "8.0.0"},
        "event": {"code": str(record.event_id), "kind": "event", "provider": origin.provider},
        "host": {"name": host.fqdn},
        "log": {"level": {"3": "warning", "5": "verbose"}.get(origin.level, "information")},
        "message": record.message,
        "winlog": {
            "api": "wineventlog",
            "channel": origin.channel,
            "computer_name": host.fqdn,
            "event_data": record.data,
            "event_id": str(record.event_id),
            "provider_guid": origin.guid,
            "provider_name": origin.provider,
            "record_id": _HOLD,
            "task": str(record.task),
        },
    }
    return _encode(event).replace(f'"{_HOLD}"', NUMBER)


def table(record: Record, host: Host, moment: Moment, *, tenant: str) -> str:
    """Render a row of SecurityEvent; data without a column of its own goes into EventData as XML, as in Sentinel."""
    data = record.data
    side = "Target" if record.event_id in {4624, 4625, 4634} else "Subject"
    name, domain = data.get(f"{side}UserName", "-"), data.get(f"{side}DomainName", "-")
    row = {
        "TenantId": tenant,
        "TimeGenerated": moment.iso,
        "SourceSystem": "OpsManager",
        "Account": f"{domain}\\{name}",
        "AccountType": "Machine" if name.endswith("$") else "User",
        "Computer": host.fqdn,
        "EventSourceName": record.origin.provider,
        "Channel": record.origin.channel,
        "Task": str(record.task),
        "Level": "8" if record.origin.level == "0" else record.origin.level,
        "EventID": str(record.event_id),
        "Activity": f"{record.event_id} - {record.message}",
        "EventData": _xml(data) if data.keys() - _OVERLAP else "",
        "EventRecordId": NUMBER,
        "Type": "SecurityEvent",
    }
    row |= {column: data[column] for column in _DATA if column in data}
    return ",".join(_cell(row.get(column, "")) for column in COLUMNS)


def _xml(data: dict[str, str]) -> str:
    fields = "".join(f"<Data Name={quoteattr(name)}>{escape(value)}</Data>" for name, value in data.items())
    return f'<EventData xmlns="http://schemas.microsoft.com/win/2004/08/events/event">{fields}</EventData>'


def _cell(value: str) -> str:
    if '"' in value or "," in value or "\n" in value:
        return '"' + value.replace('"', '""') + '"'
    return value
