"""Windows events about logons, accounts, services, tasks, shares and scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.scenarios._windows import (
    EVENTLOG,
    NOBODY,
    POWERSHELL,
    SECURITY,
    SERVICES,
    Record,
    Session,
    _subject,
)

if TYPE_CHECKING:
    from huntbook.scenarios._company import Account, Host
    from huntbook.scenarios._windows import Process

_PRIVILEGES = "SeSecurityPrivilege\n\t\t\tSeBackupPrivilege\n\t\t\tSeRestorePrivilege\n\t\t\tSeDebugPrivilege"
_NO_GUID = "{00000000-0000-0000-0000-000000000000}"
_INTERACTIVE = frozenset({"2", "7", "10", "11"})


def _package(kind: str, package: str) -> dict[str, str]:
    if kind in _INTERACTIVE:
        return {"LogonProcessName": "User32 ", "AuthenticationPackageName": "Negotiate"}
    if kind == "5":
        return {"LogonProcessName": "Advapi  ", "AuthenticationPackageName": "Negotiate"}
    process = {"Kerberos": "Kerberos", "NTLM": "NtLmSsp "}[package]
    return {"LogonProcessName": process, "AuthenticationPackageName": package}


def logged_on(
    session: Session, subject: Account = NOBODY, *, package: str = "Kerberos", elevated: bool = False
) -> Record:
    """Security 4624."""
    local = session.kind in _INTERACTIVE or session.kind == "5"
    data = {
        **_subject(subject, "0x3e7" if local else "0x0"),
        "TargetUserSid": session.account.sid,
        "TargetUserName": session.account.name,
        "TargetDomainName": session.account.domain,
        "TargetLogonId": session.logon,
        "LogonType": session.kind,
        **_package(session.kind, package),
        "WorkstationName": session.workstation,
        "LogonGuid": _NO_GUID,
        "TransmittedServices": "-",
        "LmPackageName": "NTLM V2" if package == "NTLM" and not local else "-",
        "KeyLength": "128" if package == "NTLM" and not local else "0",
        "ProcessId": "0x2f4" if local else "0x0",
        "ProcessName": "C:\\Windows\\System32\\svchost.exe" if local else "-",
        "IpAddress": session.address,
        "IpPort": session.port,
        "ImpersonationLevel": "%%1833",
        "ElevatedToken": "%%1842" if elevated else "%%1843",
    }
    return Record(SECURITY, 4624, 12544, "An account was successfully logged on.", data)


def logon_failed(session: Session, *, reason: str = "0xc000006a", package: str = "NTLM") -> Record:
    """Security 4625; the reason is a sub-status: 0xc000006a a wrong password, 0xc0000064 no such account."""
    data = {
        **_subject(NOBODY, "0x0"),
        "TargetUserSid": "S-1-0-0",
        "TargetUserName": session.account.name,
        "TargetDomainName": session.account.domain,
        "Status": "0xc000006d",
        "FailureReason": "%%2313",
        "SubStatus": reason,
        "LogonType": session.kind,
        **_package(session.kind, package),
        "WorkstationName": session.workstation,
        "TransmittedServices": "-",
        "LmPackageName": "-",
        "KeyLength": "0",
        "ProcessId": "0x0",
        "ProcessName": "-",
        "IpAddress": session.address,
        "IpPort": session.port,
    }
    return Record(SECURITY, 4625, 12544, "An account failed to log on.", data)


def logged_off(session: Session) -> Record:
    """Security 4634."""
    data = {
        "TargetUserSid": session.account.sid,
        "TargetUserName": session.account.name,
        "TargetDomainName": session.account.domain,
        "TargetLogonId": session.logon,
        "LogonType": session.kind,
    }
    return Record(SECURITY, 4634, 12545, "An account was logged off.", data)


def privileges(session: Session) -> Record:
    """Security 4672."""
    data = {**_subject(session.account, session.logon), "PrivilegeList": _PRIVILEGES}
    return Record(SECURITY, 4672, 12548, "Special privileges assigned to new logon.", data)


def explicit_logon(process: Process, target: Account, server: str) -> Record:
    """Security 4648: somebody named other credentials than his own."""
    data = {
        **_subject(process.account, process.logon),
        "LogonGuid": _NO_GUID,
        "TargetUserName": target.name,
        "TargetDomainName": target.domain,
        "TargetLogonGuid": _NO_GUID,
        "TargetServerName": server,
        "TargetInfo": server,
        "ProcessId": process.hex_pid,
        "ProcessName": process.image,
        "IpAddress": "-",
        "IpPort": "-",
    }
    return Record(SECURITY, 4648, 12544, "A logon was attempted using explicit credentials.", data)


def ticket_granted(account: Account, address: str, port: str, *, domain: str) -> Record:
    """Security 4768 on the domain controller."""
    data = {
        "TargetUserName": account.name,
        "TargetDomainName": domain,
        "TargetSid": account.sid,
        "ServiceName": "krbtgt",
        "ServiceSid": "S-1-5-21-0-0-0-502",
        "TicketOptions": "0x40810010",
        "Status": "0x0",
        "TicketEncryptionType": "0x12",
        "PreAuthType": "2",
        "IpAddress": f"::ffff:{address}",
        "IpPort": port,
    }
    return Record(SECURITY, 4768, 14339, "A Kerberos authentication ticket (TGT) was requested.", data)


def service_ticket(account: Account, service: str, address: str, port: str, *, domain: str) -> Record:
    """Security 4769 on the domain controller."""
    data = {
        "TargetUserName": f"{account.name}@{domain.upper()}",
        "TargetDomainName": domain.upper(),
        "ServiceName": service,
        "ServiceSid": "S-1-5-21-0-0-0-1000",
        "TicketOptions": "0x40810000",
        "TicketEncryptionType": "0x12",
        "IpAddress": f"::ffff:{address}",
        "IpPort": port,
        "Status": "0x0",
        "LogonGuid": _NO_GUID,
        "TransmittedServices": "-",
    }
    return Record(SECURITY, 4769, 14337, "A Kerberos service ticket was requested.", data)


def service_installed(name: str, path: str, session: Session, *, start: str = "demand start") -> list[Record]:
    """System 7045 and Security 4697."""
    system = {
        "ServiceName": name,
        "ImagePath": path,
        "ServiceType": "user mode service",
        "StartType": start,
        "AccountName": "LocalSystem",
    }
    security = {
        **_subject(session.account, session.logon),
        "ServiceName": name,
        "ServiceFileName": path,
        "ServiceType": "0x10",
        "ServiceStartType": "2" if start.startswith("auto") else "3",
        "ServiceAccount": "LocalSystem",
    }
    text = "A service was installed in the system."
    return [Record(SERVICES, 7045, 0, text, system), Record(SECURITY, 4697, 12289, text, security)]


def task_created(name: str, command: str, arguments: str, session: Session) -> Record:
    """Security 4698."""
    content = (
        '<?xml version="1.0" encoding="UTF-16"?>\n'
        '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">\n'
        f"  <Actions><Exec><Command>{command}</Command><Arguments>{arguments}</Arguments></Exec></Actions>\n</Task>"
    )
    data = {**_subject(session.account, session.logon), "TaskName": name, "TaskContent": content}
    return Record(SECURITY, 4698, 12804, "A scheduled task was created.", data)


def account_created(name: str, sid: str, domain: str, session: Session) -> Record:
    """Security 4720."""
    data = {
        "TargetUserName": name,
        "TargetDomainName": domain,
        "TargetSid": sid,
        **_subject(session.account, session.logon),
        "PrivilegeList": "-",
        "SamAccountName": name,
        "DisplayName": "%%1793",
        "UserPrincipalName": "-",
        "PrimaryGroupId": "513",
        "OldUacValue": "0x0",
        "NewUacValue": "0x15",
        "UserAccountControl": "%%2080\n\t\t%%2082\n\t\t%%2084",
    }
    return Record(SECURITY, 4720, 13824, "A user account was created.", data)


def member_added(sid: str, group: tuple[str, str, str], session: Session) -> Record:
    """Security 4732 for a local group; the group is its name, domain and identifier."""
    name, domain, group_sid = group
    data = {
        "MemberName": "-",
        "MemberSid": sid,
        "TargetUserName": name,
        "TargetDomainName": domain,
        "TargetSid": group_sid,
        **_subject(session.account, session.logon),
        "PrivilegeList": "-",
    }
    return Record(SECURITY, 4732, 13826, "A member was added to a security-enabled local group.", data)


def share_opened(session: Session, share: str, local: str) -> Record:
    """Security 5140."""
    data = {
        **_subject(session.account, session.logon),
        "ObjectType": "File",
        "IpAddress": session.address,
        "IpPort": session.port,
        "ShareName": f"\\\\*\\{share}",
        "ShareLocalPath": f"\\??\\{local}",
        "AccessMask": "0x1",
        "AccessList": "%%4416\n\t\t\t\t",
    }
    return Record(SECURITY, 5140, 12808, "A network share object was accessed.", data)


def share_checked(session: Session, share: str, local: str, path: str, *, mask: str = "0x120089") -> Record:
    """Security 5145."""
    data = dict(share_opened(session, share, local).data)
    data |= {"RelativeTargetName": path, "AccessMask": mask, "AccessReason": "-"}
    text = "A network share object was checked to see whether client can be granted desired access."
    return Record(SECURITY, 5145, 12811, text, data)


def log_cleared(session: Session) -> Record:
    """Security 1102."""
    return Record(EVENTLOG, 1102, 104, "The audit log was cleared.", _subject(session.account, session.logon))


def script_block(text: str, block: str, *, warning: bool = False) -> Record:
    """PowerShell 4104; what the engine itself finds suspicious is logged as a warning."""
    data = {"MessageNumber": "1", "MessageTotal": "1", "ScriptBlockText": text, "ScriptBlockId": block, "Path": ""}
    origin = POWERSHELL._replace(level="3") if warning else POWERSHELL
    return Record(origin, 4104, 2, "Creating Scriptblock text (1 of 1):", data)


def pipeline(process: Process, host: Host, command: str, parameters: str) -> Record:
    """PowerShell 4103."""
    context = (
        "        Severity = Informational\n        Host Name = ConsoleHost\n        Host Version = 5.1.22621.2506\n"
        f"        Host Application = {process.command_line}\n        Engine Version = 5.1.22621.2506\n"
        f"        Command Name = {command}\n        Command Type = Cmdlet\n        User = {process.account}\n"
        f"        Connected User = \n        Shell ID = Microsoft.PowerShell\n        Computer = {host.name}\n"
    )
    payload = f'CommandInvocation({command}): "{command}"\n{parameters}'
    data = {"ContextInfo": context, "UserData": "", "Payload": payload}
    return Record(POWERSHELL._replace(level="4"), 4103, 106, "CommandInvocation", data)
