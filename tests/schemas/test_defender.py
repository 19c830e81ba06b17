"""Defender's tables in every shape that they are exported in, and alerts."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

Rows = dict[str, list[dict[str, Any]]]
Ingested = Callable[..., Rows]

WHEN = datetime(2024, 3, 1, 8, 30, 15, 123000)  # noqa: DTZ001 - stored as UTC without a zone
DEVICE: dict[str, Any] = {
    "Timestamp": "2024-03-01T08:30:15.123Z",
    "DeviceId": "d-1",
    "DeviceName": "ws01.contoso.com",
    "ReportId": 42,
    "InitiatingProcessAccountDomain": "contoso",
    "InitiatingProcessAccountName": "nina",
    "InitiatingProcessAccountSid": "S-1-5-21-1",
    "InitiatingProcessFileName": "cmd.exe",
    "InitiatingProcessFolderPath": r"c:\windows\system32\cmd.exe",
    "InitiatingProcessId": 1000,
    "InitiatingProcessCommandLine": "cmd /c x",
    "InitiatingProcessCreationTime": "2024-03-01T08:00:00Z",
    "AdditionalFields": '{"k": 1}',
}
PROCESS = DEVICE | {
    "ActionType": "ProcessCreated",
    "FileName": "whoami.exe",
    "FolderPath": r"C:\Windows\System32",
    "ProcessId": 2000,
    "ProcessCommandLine": "whoami /all",
    "AccountDomain": "contoso",
    "AccountName": "nina",
    "SHA256": "ab",
    "LogonId": 7,
}
OTHERS = {
    "DeviceNetworkEvents": DEVICE | {"ActionType": "ConnectionSuccess", "RemoteIP": "198.51.100.9", "RemotePort": 443},
    "DeviceFileEvents": DEVICE | {"ActionType": "FileRenamed", "FileName": "b.exe", "PreviousFileName": "a.exe"},
    "DeviceRegistryEvents": DEVICE
    | {"ActionType": "RegistryValueSet", "RegistryKey": r"HKLM\Run", "RegistryValueName": "x"},
    "DeviceLogonEvents": DEVICE | {"ActionType": "LogonFailed", "LogonType": "Network", "AccountName": "eve"},
    "DeviceImageLoadEvents": DEVICE | {"ActionType": "ImageLoaded", "FileName": "x.dll"},
    "DeviceEvents": DEVICE | {"ActionType": "ScheduledTaskCreated", "AdditionalFields": '{"TaskName": "Update"}'},
}


def streamed(table: str, properties: dict[str, Any]) -> dict[str, Any]:
    record = {"time": "2024-03-01T08:31:00Z", "tenantId": "t-1", "operationName": "Publish"}
    return record | {"category": f"AdvancedHunting-{table}", "properties": properties}


def in_sentinel(table: str, record: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in record.items() if key != "Timestamp"}
    return kept | {"TimeGenerated": record["Timestamp"], "Type": table, "TenantId": "t-1"}


def check_process(rows: Rows) -> None:
    [row] = rows["DeviceProcessEvents"]
    assert row["TimeGenerated"] == row["Timestamp"] == WHEN
    assert (row["ProcessId"], row["LogonId"], row["InitiatingProcessId"]) == (2000, 7, 1000)
    assert json.loads(row["AdditionalFields"]) == {"k": 1}
    assert row["InitiatingProcessCreationTime"] == datetime(2024, 3, 1, 8)  # noqa: DTZ001
    assert row["_Unparsed"] is None
    [view] = rows["_Im_ProcessCreate"]
    assert view["TargetProcessName"] == r"C:\Windows\System32\whoami.exe"
    assert view["ActingProcessName"] == r"c:\windows\system32\cmd.exe"
    assert (view["TargetProcessId"], view["ActingProcessId"]) == ("2000", "1000")
    assert (view["TargetUsername"], view["DvcHostname"]) == (r"contoso\nina", "ws01.contoso.com")
    assert "_unrecognised" not in rows


@pytest.mark.parametrize("shape", ["portal", "portal csv", "sentinel", "sentinel csv", "stream"])
def test_processes(ingested: Ingested, shape: str) -> None:
    shapes = {
        "portal": PROCESS,
        "portal csv": PROCESS,
        "sentinel": in_sentinel("DeviceProcessEvents", PROCESS),
        "sentinel csv": in_sentinel("DeviceProcessEvents", PROCESS),
        "stream": streamed("DeviceProcessEvents", PROCESS),
    }
    record = shapes[shape]
    if shape.endswith("csv"):
        record = {key: str(value) for key, value in record.items()}
    check_process(ingested(record, csv=shape.endswith("csv")))


@pytest.mark.parametrize("shape", ["portal", "sentinel", "stream"])
def test_events_of_devices(ingested: Ingested, shape: str) -> None:
    shaped = {"portal": lambda _, record: record, "sentinel": in_sentinel, "stream": streamed}[shape]
    rows = ingested(*(shaped(table, record) for table, record in OTHERS.items()))
    assert {name: len(found) for name, found in rows.items() if not name.startswith("_Im")} == dict.fromkeys(OTHERS, 1)
    assert {rows[table][0]["TimeGenerated"] for table in OTHERS} == {WHEN}


def test_tables_that_come_mixed_are_told_apart(ingested: Ingested) -> None:
    """As a union in the portal exports them: every row has every column."""
    columns = {column for record in (PROCESS, *OTHERS.values()) for column in record}
    rows = ingested(
        *({column: str(record.get(column, "")) for column in columns} for record in (PROCESS, *OTHERS.values())),
        csv=True,
    )
    assert {name: len(found) for name, found in rows.items() if name.startswith("Device")} == dict.fromkeys(
        ["DeviceProcessEvents", *OTHERS],
        1,
    )


def test_views_of_device_events(ingested: Ingested) -> None:
    rows = ingested(*(streamed(table, record) for table, record in OTHERS.items()))
    [session] = rows["_Im_NetworkSession"]
    assert (session["DstIpAddr"], session["DstPortNumber"], session["NetworkDirection"]) == (
        "198.51.100.9",
        443,
        "Outbound",
    )
    assert (session["SrcProcessId"], session["SrcUsername"]) == ("1000", r"contoso\nina")
    [file] = rows["_Im_FileEvent"]
    assert (file["EventType"], file["TargetFileName"], file["SrcFileName"]) == ("FileRenamed", "b.exe", "a.exe")
    [registry] = rows["_Im_RegistryEvent"]
    assert (registry["RegistryKey"], registry["RegistryValue"]) == (r"HKLM\Run", "x")
    [logon] = rows["_Im_Authentication"]
    assert (logon["EventResult"], logon["TargetUsername"], logon["TargetHostname"]) == (
        "Failure",
        "eve",
        "ws01.contoso.com",
    )
    [audit] = rows["_Im_AuditEvent"]
    assert (audit["Operation"], audit["Object"], audit["ObjectType"]) == (
        "ScheduledTaskCreated",
        "Update",
        "Scheduled Task",
    )


def test_inbound_connections_turn_round(ingested: Ingested) -> None:
    inward = DEVICE | {
        "ActionType": "InboundConnectionAccepted",
        "RemoteIP": "203.0.113.9",
        "LocalIP": "10.0.0.5",
        "LocalPort": 445,
    }
    [session] = ingested(inward)["_Im_NetworkSession"]
    assert (session["SrcIpAddr"], session["DstIpAddr"], session["DstPortNumber"]) == ("203.0.113.9", "10.0.0.5", 445)
    assert (session["DstProcessId"], session["SrcProcessId"]) == ("1000", None)


IDENTITY: dict[str, Any] = {
    "Timestamp": "Mar 1, 2024 8:30:15 AM",
    "Application": "Active Directory",
    "AccountUpn": "nina@contoso.com",
    "DeviceName": "ws01",
    "IPAddress": "10.0.0.5",
    "Port": "50000",
    "DestinationDeviceName": "dc01",
    "DestinationIPAddress": "10.0.0.1",
    "DestinationPort": "88",
    "TargetDeviceName": "srv01",
    "Protocol": "Kerberos",
}


def test_identity(ingested: Ingested) -> None:
    logon = IDENTITY | {
        "ActionType": "LogonFailed",
        "LogonType": "Failed logon",
        "FailureReason": "WrongPassword",
        "Isp": "I",
    }
    rows = ingested(logon)
    [row] = rows["IdentityLogonEvents"]
    assert row["TimeGenerated"] == datetime(2024, 3, 1, 8, 30, 15)  # noqa: DTZ001
    assert (row["DestinationPort"], row["ISP"]) == ("88", "I")
    [view] = rows["_Im_Authentication"]
    assert (view["EventResult"], view["EventResultDetails"]) == ("Failure", "Incorrect password")
    assert (view["TargetUsername"], view["TargetHostname"], view["SrcHostname"]) == (
        "nina@contoso.com",
        "srv01",
        "ws01",
    )


def test_identity_queries_and_changes(ingested: Ingested) -> None:
    asked = {
        "ActionType": "LDAP query",
        "QueryType": "AllUsers",
        "QueryTarget": "x",
        "Query": "q",
        "TargetAccountUpn": "",
    }
    changed = {"ActionType": "Group Membership changed", "TargetAccountUpn": "eve@contoso.com"}
    rows = ingested(IDENTITY | asked, IDENTITY | changed)
    assert rows["IdentityQueryEvents"][0]["QueryType"] == "AllUsers"
    assert rows["IdentityDirectoryEvents"][0]["ActionType"] == "Group Membership changed"
    [audit] = rows["_Im_AuditEvent"]
    assert (audit["EventType"], audit["Object"]) == ("Set", "eve@contoso.com")


def test_cloud_applications(ingested: Ingested) -> None:
    record = {
        "Timestamp": "2024-03-01T08:30:15.123Z",
        "ActionType": "New-InboxRule",
        "Application": "Exchange",
        "ApplicationId": 20893,
    }
    record |= {"AccountObjectId": "u-1", "ActivityType": "Create", "IPAddress": "198.51.100.7", "IsAdminOperation": 0}
    rows = ingested(record | {"RawEventData": {"UserId": "nina@contoso.com", "ObjectId": "Rule"}})
    [row] = rows["CloudAppEvents"]
    assert (row["ApplicationId"], row["IsAdminOperation"], row["TimeGenerated"]) == (20893, False, WHEN)
    [audit] = rows["_Im_AuditEvent"]
    assert (audit["ActorUsername"], audit["Object"], audit["EventType"]) == ("nina@contoso.com", "Rule", "Create")


OWN: dict[str, dict[str, str]] = {
    "AlertEvidence": {"AlertId": "a", "EntityType": "File", "EvidenceRole": "Impacted"},
    "DeviceInfo": {"DeviceId": "d", "DeviceName": "n", "OSPlatform": "Windows11", "OnboardingStatus": "Onboarded"},
    "EmailEvents": {
        "NetworkMessageId": "m",
        "RecipientEmailAddress": "r",
        "SenderFromAddress": "s",
        "EmailDirection": "Inbound",
    },
    "EmailUrlInfo": {"NetworkMessageId": "m", "Url": "https://example.org", "UrlDomain": "example.org"},
    "EmailAttachmentInfo": {"NetworkMessageId": "m", "FileName": "f", "SHA256": "x", "RecipientEmailAddress": "r"},
    "UrlClickEvents": {
        "Url": "https://example.org",
        "ActionType": "ClickAllowed",
        "IsClickedThrough": "false",
        "Workload": "Email",
    },
    "AlertInfo": {
        "AlertId": "a",
        "Title": "T",
        "DetectionSource": "EDR",
        "ServiceSource": "MDE",
        "Severity": "High",
        "Category": "C",
    },
}


def test_tables_known_by_their_columns(ingested: Ingested) -> None:
    timed = {table: record | {"Timestamp": "2024-03-01T08:30:15.123Z"} for table, record in OWN.items()}
    rows = ingested(*timed.values(), *(streamed(table, record) for table, record in timed.items()))
    assert {name: len(found) for name, found in rows.items() if not name.startswith("_Im")} == dict.fromkeys(OWN, 2)
    for table, record in OWN.items():
        for row in rows[table]:
            assert row["TimeGenerated"] == WHEN
            assert {column: str(row[column]).lower() for column in record} == {k: v.lower() for k, v in record.items()}
    assert {row["AlertName"] for row in rows["_Im_AlertEvent"]} == {"T"}


def test_alerts_of_sentinel_by_older_names(ingested: Ingested) -> None:
    alert = {
        "TimeGenerated": "2021-06-29 11:35:51.349117",
        "AlertDisplayName": "Brute force",
        "AlertName": "Brute force",
    }
    alert |= {"Severity": "High", "ProviderName": "P", "SystemAlertId": "s-1", "StartTimeUtc": "2021-06-29 10:41:10"}
    entities = '[{"$id": "3", "HostName": "lx01", "Type": "host"}]'
    rows = ingested(alert | {"Entities": entities, "IsIncident": "False"}, csv=True)
    [row] = rows["SecurityAlert"]
    assert (row["DisplayName"], row["AlertSeverity"], row["IsIncident"]) == ("Brute force", "High", False)
    assert row["StartTime"] == datetime(2021, 6, 29, 10, 41, 10)  # noqa: DTZ001
    [view] = rows["_Im_AlertEvent"]
    assert (view["AlertName"], view["EventSeverity"], view["DvcHostname"]) == ("Brute force", "High", "lx01")


def test_alerts_of_graph(ingested: Ingested) -> None:
    alert = {"id": "g-1", "title": "Ransomware", "severity": "high", "status": "resolved", "serviceSource": "MDE"}
    alert |= {"detectionSource": "antivirus", "createdDateTime": "2024-03-01T08:30:15.123Z", "category": "Impact"}
    rows = ingested(alert | {"evidence": [{"deviceDnsName": "ws01"}], "mitreTechniques": ["T1486"]})
    [row] = rows["SecurityAlert"]
    assert (row["AlertSeverity"], row["Tactics"], json.loads(row["Techniques"])) == ("High", "Impact", ["T1486"])
    [view] = rows["_Im_AlertEvent"]
    assert (view["AlertStatus"], view["DvcHostname"], view["TimeGenerated"]) == ("Closed", "ws01", WHEN)


def test_incidents(ingested: Ingested) -> None:
    incident = {
        "TimeGenerated": "2024-03-01T08:30:15.123Z",
        "IncidentNumber": 5,
        "IncidentName": "i-1",
        "Title": "Attack",
    }
    rows = ingested(
        incident
        | {"Severity": "Medium", "Status": "Closed", "Classification": "TruePositive", "Owner": {"email": "a@b"}}
    )
    assert rows["SecurityIncident"][0]["IncidentNumber"] == 5
    [view] = rows["_Im_AlertEvent"]
    assert (view["AlertStatus"], view["AlertVerdict"], view["EventOwner"]) == ("Closed", "True Positive", "a@b")
