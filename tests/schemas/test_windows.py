"""Windows events of every export, as SecurityEvent, WindowsEvent, Event and the ASIM views show them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.schemas.tables import Tables, read, read_records, read_text

if TYPE_CHECKING:
    from pathlib import Path

SYSMON = "Microsoft-Windows-Sysmon"
SYSMON_CHANNEL = "Microsoft-Windows-Sysmon/Operational"


def evtx(event: int, channel: str, provider: str, **data: Any) -> dict[str, Any]:
    """A record as the EVTX reader gives it."""
    return _evtx(event, channel, provider, {"EventData": data})


def of_user(event: int, channel: str, provider: str, **data: Any) -> dict[str, Any]:
    """A record whose data stand under UserData, in an element of the provider's own."""
    return _evtx(event, channel, provider, {"UserData": {"Inner": {"#attributes": {"xmlns": "x"}, **data}}})


def _evtx(event: int, channel: str, provider: str, held: dict[str, Any]) -> dict[str, Any]:
    system = {
        "Provider": {"#attributes": {"Name": provider}},
        "EventID": event,
        "Level": 4,
        "Keywords": "0x8020000000000000",
        "TimeCreated": {"#attributes": {"SystemTime": "2024-03-01T08:30:15.123456Z"}},
        "EventRecordID": 7,
        "Channel": channel,
        "Computer": "ws01.corp.example",
        "Security": {"#attributes": {"UserID": "S-1-5-18"}},
    }
    return {"Event": {"System": system, **held}}


def security(event: int, **data: object) -> dict[str, Any]:
    return evtx(event, "Security", "Microsoft-Windows-Security-Auditing", **data)


def flat(event: int, channel: str, provider: str, **data: object) -> dict[str, Any]:
    """A record as NXLog and Logstash write it."""
    system = {"EventID": event, "Channel": channel, "SourceName": provider, "Hostname": "ws01", "Severity": "INFO"}
    times = {"@timestamp": "2024-03-01T08:30:15.500Z", "EventTime": "2024-03-01 03:30:15"}
    return system | times | data


LOGON = {
    "SubjectUserSid": "S-1-0-0",
    "SubjectUserName": "-",
    "SubjectDomainName": "-",
    "TargetUserSid": "S-1-5-21-1",
    "TargetUserName": "nina",
    "TargetDomainName": "CORP",
    "TargetLogonId": "0xabc",
    "LogonType": 10,
    "AuthenticationPackageName": "Negotiate",
    "WorkstationName": "-",
    "ProcessId": "0x0",
    "ProcessName": "-",
    "IpAddress": "::ffff:198.51.100.7",
    "IpPort": "50123",
}


def test_a_logon(tmp_path: Path) -> None:
    tables = read_records(tmp_path, security(4624, **LOGON), security(4634, **LOGON))
    logon = tables.one("SELECT * FROM _Im_Authentication WHERE EventType = 'Logon'")
    assert (logon["TargetUsername"], logon["ActorUsername"]) == ("CORP\\nina", None)
    assert (logon["SrcIpAddr"], logon["SrcPortNumber"], logon["SrcHostname"]) == ("198.51.100.7", 50123, None)
    assert (logon["EventSubType"], logon["LogonMethod"]) == ("RemoteInteractive", "RemoteInteractive")
    assert (logon["EventResult"], logon["ActingAppName"], logon["ActingAppId"]) == ("Success", None, None)
    assert tables.kinds("_Im_Authentication", "EventType") == {("Logon",): 1, ("Logoff",): 1}


def test_why_a_logon_failed(tmp_path: Path) -> None:
    codes = {
        ("0xc000006d", "0xc000006a"): "Incorrect password",
        ("0xC000006D", "0xC0000064"): "No such user",
        ("0xc0000234", "0x0"): "User locked",
        ("0xc00000dc", "0x0"): "Other",
    }
    failed = LOGON | {"IpAddress": "::1", "IpPort": "0"}
    records = [security(4625, **failed, Status=status, SubStatus=detail) for status, detail in codes]
    rows = read_records(tmp_path, *records).rows("SELECT * FROM _Im_Authentication ORDER BY _Line")
    assert [row["EventResultDetails"] for row in rows] == list(codes.values())
    assert {row["EventResult"] for row in rows} == {"Failure"}
    assert {(row["SrcIpAddr"], row["SrcPortNumber"]) for row in rows} == {("::1", None)}


def test_kerberos_and_ntlm(tmp_path: Path) -> None:
    ticket = {"TargetUserName": "nina@CORP.EXAMPLE", "TargetDomainName": "CORP.EXAMPLE", "ServiceName": "sql$"}
    tables = read_records(
        tmp_path,
        security(4769, **ticket, Status="0x0", TicketEncryptionType="0x17"),
        security(4771, TargetUserName="nina", ServiceName="krbtgt/CORP", Status="0x18", IpAddress="::ffff:192.0.2.9"),
        security(4776, TargetUserName="nina", Workstation="WS09", Status="0xc0000064"),
    )
    rows = {row["EventOriginalType"]: row for row in tables.rows("SELECT * FROM _Im_Authentication")}
    assert (rows["4769"]["TargetUsername"], rows["4769"]["TargetUsernameType"]) == ("nina@CORP.EXAMPLE", "UPN")
    assert (rows["4769"]["TargetAppName"], rows["4769"]["EventResult"]) == ("sql$", "Success")
    assert (rows["4771"]["EventResultDetails"], rows["4771"]["SrcIpAddr"]) == ("Incorrect password", "192.0.2.9")
    assert (rows["4776"]["LogonProtocol"], rows["4776"]["SrcHostname"]) == ("NTLM", "WS09")
    assert rows["4776"]["EventResultDetails"] == "No such user"
    # What has no column of its own is in the XML, where Sentinel's queries look for it.
    xml = tables.one("SELECT EventData FROM SecurityEvent WHERE EventID = 4769")["EventData"]
    assert '<Data Name="TicketEncryptionType">0x17</Data>' in xml


def test_hostile_data_is_escaped_in_xml(tmp_path: Path) -> None:
    hostile = '</Data><Data Name="x">&"\x01'
    tables = read_records(tmp_path, security(4688, CommandLine=hostile), evtx(1, "Any", "Any", A=hostile))
    escaped = "&lt;/Data&gt;&lt;Data Name=&quot;x&quot;&gt;&amp;&quot;</Data>"
    for table in ("SecurityEvent", "Event"):
        assert escaped in tables.one(f"SELECT EventData FROM {table}")["EventData"]


def test_a_connection_that_the_filter_saw(tmp_path: Path) -> None:
    ends = {"SourceAddress": "192.0.2.1", "SourcePort": "50000", "DestAddress": "198.51.100.2", "DestPort": "443"}
    path = "\\device\\harddiskvolume2\\a.exe"
    tables = read_records(
        tmp_path,
        security(5156, **ends, Application=path, ProcessID="77", Direction="%%14593", Protocol="6"),
        security(5157, **ends, Application=path, ProcessID="78", Direction="%%14592", Protocol="17"),
    )
    out = tables.one("SELECT * FROM _Im_NetworkSession WHERE NetworkDirection = 'Outbound'")
    assert (out["SrcProcessName"], out["SrcProcessId"], out["DstProcessName"]) == (path, "77", None)
    assert (out["DvcAction"], out["NetworkProtocol"], out["DstPortNumber"]) == ("Allow", "TCP", 443)
    xml = tables.one("SELECT EventData FROM SecurityEvent WHERE EventID = 5156")["EventData"]
    assert '<Data Name="DestAddress">198.51.100.2</Data>' in xml
    assert '<Data Name="ProcessId">77</Data>' in xml
    back = tables.one("SELECT * FROM _Im_NetworkSession WHERE NetworkDirection = 'Inbound'")
    assert (back["DvcAction"], back["DstProcessId"], back["NetworkProtocol"]) == ("Deny", "78", "UDP")


def test_files_registry_accounts_and_changes(tmp_path: Path) -> None:
    subject = {"SubjectUserName": "nina", "SubjectDomainName": "CORP", "SubjectUserSid": "S-1-5-21-1"}
    group = {"TargetUserName": "Administrators", "TargetDomainName": "Builtin", "TargetSid": "S-1-5-32-544"}
    share = {"ShareName": "\\\\*\\C$", "RelativeTargetName": "Temp\\a.exe", "IpAddress": "192.0.2.9"}
    tables = read_records(
        tmp_path,
        security(4663, ObjectType="File", ObjectName="C:\\x\\a.txt", AccessList="%%1537\r\n\t", **subject),
        security(4663, ObjectType="Key", ObjectName="\\REGISTRY\\MACHINE\\X", AccessList="%%4432", **subject),
        security(5145, AccessList="%%4417", **share, **subject),
        security(
            4657, ObjectName="\\REGISTRY\\MACHINE\\SW\\Run", ObjectValueName="a", NewValue="b", NewValueType="%%1873"
        ),
        security(4720, TargetUserName="eve", TargetDomainName="WS01", **subject),
        security(4732, MemberName="-", MemberSid="S-1-5-21-2", **group, **subject),
        security(4698, TaskName="\\T", TaskContent="&lt;Exec&gt;", **subject),
        of_user(1102, "Security", "Microsoft-Windows-Eventlog", **subject),
    )
    files = tables.kinds("_Im_FileEvent", "EventType", "TargetFilePath", "SrcIpAddr")
    assert files == {
        ("FileDeleted", "C:\\x\\a.txt", None): 1,
        ("FileModified", "\\\\*\\C$\\Temp\\a.exe", "192.0.2.9"): 1,
    }
    key = tables.one("SELECT * FROM _Im_RegistryEvent")
    assert (key["RegistryKey"], key["RegistryValueType"]) == ("HKEY_LOCAL_MACHINE\\SW\\Run", "Reg_Sz")
    accounts = {row["EventType"]: row for row in tables.rows("SELECT * FROM _Im_UserManagement")}
    assert accounts["UserCreated"]["TargetUsername"] == "WS01\\eve"
    added = accounts["UserAddedToGroup"]
    assert (added["GroupName"], added["TargetUserId"], added["TargetUsername"]) == (
        "Builtin\\Administrators",
        "S-1-5-21-2",
        None,
    )
    changes = {row["EventType"]: row for row in tables.rows("SELECT * FROM _Im_AuditEvent")}
    assert (changes["Create"]["Object"], changes["Create"]["NewValue"]) == ("\\T", "<Exec>")
    assert changes["Clear"]["ActorUsername"] == "CORP\\nina"


def test_sysmon_from_a_flat_export(tmp_path: Path) -> None:
    tables = read_records(
        tmp_path,
        flat(13, SYSMON_CHANNEL, SYSMON, EventType="SetValue", TargetObject="HKLM\\A\\b", Details="DWORD (0x1)"),
        flat(18, SYSMON_CHANNEL, SYSMON, EventType="ConnectPipe", PipeName="\\p"),
        flat(4697, "security", "Microsoft-Windows-Security-Auditing", ServiceName="s", EventType="AUDIT_SUCCESS"),
        flat(5858, "Microsoft-Windows-WMI-Activity/Operational", "Microsoft-Windows-WMI-Activity", Severity="ERROR"),
    )
    key = tables.one("SELECT * FROM _Im_RegistryEvent")
    assert (key["EventType"], key["RegistryKey"], key["RegistryValue"]) == (
        "RegistryValueSet",
        "HKEY_LOCAL_MACHINE\\A",
        "b",
    )
    # The local time of EventTime says nothing of its zone.
    assert key["TimeGenerated"].isoformat() == "2024-03-01T08:30:15.500000"
    pipe = tables.one("SELECT EventData FROM WindowsEvent WHERE EventID = 18")
    assert json.loads(pipe["EventData"])["EventType"] == "ConnectPipe"
    assert tables.one("SELECT count(*) AS n FROM SecurityEvent") == {"n": 1}  # the channel's name in small letters
    levels = tables.kinds("WindowsEvent", "EventLevel", "EventLevelName")
    assert levels == {(4, "Information"): 2, (2, "Error"): 1}


def test_data_with_names_and_without(tmp_path: Path) -> None:
    named = [{"@Name": "A", "#text": "1"}, {"@Name": "B", "#text": "2"}]
    cases: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"Data": {"#text": ["a", "b"]}, "Binary": None}, {"Data": ["a", "b"], "Binary": None}),
        ({"Data": {"#text": "a"}}, {"Data": ["a"]}),
        ({"Data": "a"}, {"Data": ["a"]}),
        ({"Data": named}, {"A": "1", "B": "2"}),
        ({"A": "1"}, {"A": "1"}),
    ]
    records = [evtx(800, "Windows PowerShell", "PowerShell", **data) for data, _ in cases]
    rows = read_records(tmp_path, *records).rows("FROM WindowsEvent ORDER BY _Line")
    assert [json.loads(row["EventData"]) for row in rows] == [expected for _, expected in cases]


def test_event_shows_the_rows_of_windowsevent(tmp_path: Path) -> None:
    tables = read_records(tmp_path, evtx(1, SYSMON_CHANNEL, SYSMON, Image="C:\\a.exe"))
    row = tables.one(f"SELECT * FROM Event WHERE Source = '{SYSMON}'")
    assert row["EventData"].startswith('<DataItem type="System.XmlData"')
    assert '<Data Name="Image">C:\\a.exe</Data>' in row["EventData"]
    assert (row["ParameterXml"], row["EventLog"]) == ("<Param>C:\\a.exe</Param>", SYSMON_CHANNEL)
    assert (row["UserName"], row["EventLevelName"], row["Type"]) == ("NT AUTHORITY\\SYSTEM", "Information", "Event")
    assert tables.recognised == {"WindowsEvent"}  # stored once


def test_rows_of_the_table_event(tmp_path: Path) -> None:
    xml = '<DataItem><EventData><Data Name="Image">C:\\a&amp;b.exe</Data></EventData></DataItem>'
    export = {"Type": "Event", "TimeGenerated": "2024-03-01T08:30:15Z", "Source": SYSMON, "EventLog": SYSMON_CHANNEL}
    tables = read_records(
        tmp_path, export | {"Computer": "ws01", "EventID": 1, "EventData": xml, "EventLevelName": "Warning"}
    )
    assert tables.one("SELECT TargetProcessName FROM _Im_ProcessCreate") == {"TargetProcessName": "C:\\a&b.exe"}
    assert tables.one("SELECT EventLevel FROM Event") == {"EventLevel": 3}


def test_records_unpacked_by_kusto(tmp_path: Path) -> None:
    record = {"TimeGenerated": "2024-03-01T08:30:15Z", "Computer": "ws01", "EventID": 5156, "Protocol_string": "6"}
    tables = read_records(tmp_path, record | {"SourceAddress": "192.0.2.1", "DestAddress": "192.0.2.2"})
    assert tables.one("SELECT NetworkProtocol, SrcIpAddr FROM _Im_NetworkSession") == {
        "NetworkProtocol": "TCP",
        "SrcIpAddr": "192.0.2.1",
    }


def test_evtxecmd(tmp_path: Path) -> None:
    payload = {"EventData": {"Data": [{"@Name": "Image", "#text": "C:\\a.exe"}, {"@Name": "ProcessId", "#text": "9"}]}}
    system = {"EventId": 1, "Channel": SYSMON_CHANNEL, "Provider": SYSMON, "Computer": "ws01", "EventRecordId": "3"}
    tables = read_records(
        tmp_path, system | {"TimeCreated": "2024-03-01T08:30:15Z", "Payload": json.dumps(payload), "Level": "Info"}
    )
    row = tables.one("SELECT TargetProcessName, TargetProcessId FROM _Im_ProcessCreate")
    assert row == {"TargetProcessName": "C:\\a.exe", "TargetProcessId": "9"}


def test_a_flat_export_as_csv(tmp_path: Path) -> None:
    text = f"EventID,Channel,Hostname,SourceName,TimeCreated,Image,User\n1,{SYSMON_CHANNEL},ws01,{SYSMON},"
    tables = read_text("events.csv", text + "2024-03-01T08:30:15Z,C:\\a.exe,CORP\\nina\n", tmp_path)
    row = tables.one("SELECT * FROM WindowsEvent")
    assert json.loads(row["EventData"]) == {"Image": "C:\\a.exe", "User": "CORP\\nina"}
    assert tables.one("SELECT ActorUsername FROM _Im_ProcessCreate") == {"ActorUsername": "CORP\\nina"}


DEFENDER = "Microsoft-Windows-Windows Defender"
TERMINAL = "Microsoft-Windows-TerminalServices-RemoteConnectionManager"


def test_other_logs(tmp_path: Path) -> None:
    said = "User authentication succeeded:\r\n\r\nUser: nina\r\nDomain: CORP\r\nSource Network Address: 192.0.2.7"
    threat = {"Threat Name": "Trojan:Win32/X", "Severity ID": "5", "Path": "file:_C:\\a.exe; process:_pid:1"}
    scm = "Service Control Manager"
    tables = read_records(
        tmp_path,
        evtx(1116, DEFENDER + "/Operational", DEFENDER, **threat),
        evtx(5001, DEFENDER + "/Operational", DEFENDER),
        of_user(1149, TERMINAL + "/Operational", TERMINAL, Param1="nina", Param2="", Param3="192.0.2.7"),
        flat(1149, TERMINAL + "/Operational", TERMINAL, Message=said),
        evtx(7045, "System", scm, ServiceName="x", ImagePath="%COMSPEC% /c y"),
        evtx(7040, "System", scm, param1="Windows Update", param2="auto start", param3="disabled", param4="wuauserv"),
        evtx(3008, "Microsoft-Windows-DNS-Client/Operational", "Microsoft-Windows-DNS-Client", QueryName="a.example"),
        evtx(
            59, "Microsoft-Windows-Bits-Client/Operational", "Microsoft-Windows-Bits-Client", url="http://a.example/x"
        ),
    )
    alert = tables.one("SELECT * FROM _Im_AlertEvent")
    assert (alert["ThreatName"], alert["EventSeverity"], alert["FilePath"]) == ("Trojan:Win32/X", "High", "C:\\a.exe")
    logons = tables.kinds("_Im_Authentication", "TargetUsername", "SrcIpAddr")
    assert logons == {("nina", "192.0.2.7"): 1, ("CORP\\nina", "192.0.2.7"): 1}
    changes = tables.kinds("_Im_AuditEvent", "EventType", "Object", "NewValue")
    assert changes == {
        ("Disable", "Microsoft Defender Antivirus", None): 1,
        ("Install", "x", "%COMSPEC% /c y"): 1,
        ("Set", "wuauserv", "disabled"): 1,
    }
    assert tables.one("SELECT DnsQuery FROM _Im_Dns") == {"DnsQuery": "a.example"}
    assert tables.one("SELECT DstHostname FROM _Im_WebSession") == {"DstHostname": "a.example"}


@pytest.fixture(scope="module")
def attacks(evidence: Path, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """Single techniques as EVTX, as JSON of the EVTX parser, as exports of a workspace."""
    paths = [evidence / "evtx", evidence / "mordor_other" / "compound", *evidence.glob("sigma_regression/*/*.json")]
    return read(paths, tmp_path_factory.mktemp("cache"))


@pytest.mark.evidence
def test_every_windows_record_is_recognised(attacks: Tables) -> None:
    assert {"SecurityEvent", "WindowsEvent"} <= attacks.recognised
    assert not {name for name in attacks.unrecognised if "Windows" in name or "ID" in name}
    unparsed = "SELECT count(*) AS n FROM {} WHERE _Unparsed IS NOT NULL"
    assert attacks.one(unparsed.format("SecurityEvent")) == {"n": 0}
    assert attacks.one(unparsed.format("WindowsEvent")) == {"n": 0}


@pytest.mark.evidence
def test_events_of_attacks_reach_the_views(attacks: Tables) -> None:
    """Counted in the files themselves, by a program that shares no code with this one."""
    logons = attacks.kinds("_Im_Authentication")
    assert (logons["4624"], logons["4769"], logons["1149"], logons["4648"]) == (59, 24, 11, 3)
    changes = attacks.kinds("_Im_AuditEvent", "EventOriginalType")
    assert (changes[("1102",)], changes[("5136",)], changes[("4698",)], changes[("5007",)]) == (9, 14, 3, 4)
    assert attacks.kinds("_Im_UserManagement")["4720"] == 6
    assert attacks.kinds("_Im_FileEvent")["5145"] == 34
    assert attacks.kinds("_Im_ProcessCreate")["4688"] == 80


@pytest.fixture(scope="module")
def campaign(evidence: Path, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """A record of Winlogbeat, NXLog and Logstash each."""
    host = evidence / "windows_mordor" / "atomic" / "windows"
    return read([host / "lateral_movement", host / "defense_evasion"], tmp_path_factory.mktemp("cache"))


@pytest.mark.evidence
def test_views_hold_what_the_tables_hold(campaign: Tables) -> None:
    assert not campaign.unrecognised
    compared: dict[str, int] = {}
    for view, ids in {
        "_Im_Authentication": (4624, 4625, 4634, 4648, 4768, 4769, 4776),
        "_Im_NetworkSession": (5152, 5156, 5157),
        "_Im_RegistryEvent": (4657,),
        "_Im_ProcessCreate": (4688,),
        "_Im_AuditEvent": (4697, 4698, 4702, 4719, 4670),
    }.items():
        counted = campaign.kinds("SecurityEvent", "EventID")
        expected = {str(event): counted[event,] for event in ids if (event,) in counted}
        found = campaign.kinds(f"(FROM {view} WHERE Type = 'SecurityEvent')")
        assert {event: rows for event, rows in found.items() if int(event) in ids} == expected, view
        compared |= expected
    assert len(compared) > 8
    assert not campaign.rows(
        "SELECT * FROM _Im_RegistryEvent WHERE EventType IS NULL AND EventOriginalType <> '12' LIMIT 1"
    )
