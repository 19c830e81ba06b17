"""Zeek in every dress, and Suricata."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.schemas.tables import Tables, read, read_records, read_text

if TYPE_CHECKING:
    from pathlib import Path

CONN: dict[str, Any] = {
    "ts": 1700000000.5,
    "uid": "C1",
    "id.orig_h": "192.0.2.1",
    "id.orig_p": 50000,
    "id.resp_h": "198.51.100.2",
    "id.resp_p": 443,
    "proto": "tcp",
    "service": "ssl",
    "duration": 1.25,
    "orig_bytes": 100,
    "resp_bytes": 2000,
    "conn_state": "SF",
    "local_orig": True,
    "local_resp": False,
}
ENDS = {key: value for key, value in CONN.items() if key[:2] in ("ts", "ui", "id")}


def corelight(record: dict[str, Any], path: str) -> dict[str, Any]:
    """The same with underscores and the path beside a stream's name."""
    return {"@stream": path, "@system": "sensor1"} | {key.replace(".", "_"): value for key, value in record.items()}


def test_a_connection_in_every_dress(tmp_path: Path) -> None:
    tables = read_records(tmp_path, CONN, {"_path": "conn", **CONN}, {"@path": "conn", **CONN}, corelight(CONN, "conn"))
    assert tables.recognised == {"Zeek_conn_CL"}
    rows = tables.rows("SELECT * FROM _Im_NetworkSession")
    assert len(rows) == 4
    for row in rows:
        assert (row["SrcIpAddr"], row["SrcPortNumber"]) == ("192.0.2.1", 50000)
        assert (row["DstIpAddr"], row["DstPortNumber"], row["NetworkApplicationProtocol"]) == (
            "198.51.100.2",
            443,
            "ssl",
        )
        assert (row["NetworkDuration"], row["SrcBytes"], row["DstBytes"], row["NetworkBytes"]) == (
            1250,
            100,
            2000,
            2100,
        )
        assert (row["NetworkDirection"], row["DvcAction"], row["EventResult"]) == ("Outbound", "Allow", "Success")
        assert (row["EventEndTime"] - row["EventStartTime"]).total_seconds() == 1.25
        assert row["NetworkSessionId"] == "C1"
    assert tables.kinds("Zeek_conn_CL", "Computer") == {(None,): 3, ("sensor1",): 1}


TSV = """\
#separator \\x09
#set_separator\t,
#empty_field\t(empty)
#unset_field\t-
#path\t{path}
#fields\t{fields}
#types\t{types}
{values}
"""


def tsv(path: str, **columns: tuple[str, str]) -> str:
    return TSV.format(
        path=path,
        fields="\t".join(columns),
        types="\t".join(kind for kind, _ in columns.values()),
        values="\t".join(value for _, value in columns.values()),
    )


def test_tsv(tmp_path: Path) -> None:
    columns = {
        "ts": ("time", "1700000000.123456"),
        "uid": ("string", "C1"),
        "id.orig_h": ("addr", "192.0.2.1"),
        "id.orig_p": ("port", "50000"),
        "id.resp_h": ("addr", "192.0.2.53"),
        "id.resp_p": ("port", "53"),
        "proto": ("enum", "udp"),
        "query": ("string", "a.example"),
        "qtype_name": ("string", "A"),
        "rcode": ("count", "0"),
        "rcode_name": ("string", "NOERROR"),
        "AA": ("bool", "T"),
        "answers": ("vector[string]", "b.example,198.51.100.2"),
        "rejected": ("bool", "F"),
        "later": ("string", "a field of a later version"),
    }
    tables = read_text("dns.log", tsv("dns", **columns), tmp_path)
    row = tables.one("SELECT * FROM Zeek_dns_CL")
    assert (json.loads(row["answers"]), row["AA"], row["rejected"]) == (["b.example", "198.51.100.2"], True, False)
    assert row["TimeGenerated"].isoformat() == "2023-11-14T22:13:20.123456"
    assert json.loads(row["_Extra"]) == {"later": "a field of a later version"}
    dns = tables.one("SELECT * FROM _Im_Dns")
    assert (dns["DnsQuery"], dns["DnsResponseName"], dns["EventResultDetails"]) == (
        "a.example",
        "b.example,198.51.100.2",
        "NOERROR",
    )


def test_logs_of_other_kinds_are_kept_with_their_path(tmp_path: Path) -> None:
    tables = read_text("modbus.log", tsv("modbus", ts=("time", "1700000000.0"), func=("string", "READ")), tmp_path)
    row = tables.one("SELECT * FROM Zeek_CL")
    assert (row["Path"], json.loads(row["Fields"])) == ("modbus", {"func": "READ"})


def test_logs_without_a_path_are_told_by_their_members(tmp_path: Path) -> None:
    logs: dict[str, dict[str, Any]] = {
        "dns": {"query": "a.example", "rejected": False, "rcode": 3, "rcode_name": "NXDOMAIN"},
        "http": {"trans_depth": 1, "method": "GET", "host": "a.example", "uri": "/x", "status_code": 404},
        "ssl": {"established": True, "resumed": False, "server_name": "a.example"},
        "smb_files": {"action": "SMB::FILE_DELETE", "path": "\\\\h\\C$", "name": "Temp\\a.exe", "size": 3},
        "kerberos": {
            "request_type": "AS",
            "client": "nina/CORP",
            "success": False,
            "error_msg": "KDC_ERR_PREAUTH_FAILED",
        },
        "ntlm": {"username": "nina", "domainname": "CORP", "success": True, "server_nb_computer_name": "FS01"},
        "ssh": {"version": 2, "auth_success": True, "auth_attempts": 1, "client": "SSH-2.0-x"},
        "notice": {"note": "Scan::Port_Scan", "msg": "scanned", "actions": ["Notice::ACTION_LOG"], "src": "192.0.2.1"},
        "dce_rpc": {"endpoint": "svcctl", "operation": "CreateServiceW"},
    }
    tables = read_records(tmp_path, *(ENDS | log for log in logs.values()))
    assert tables.recognised == {f"Zeek_{path}_CL" for path in logs}
    web = tables.one("SELECT * FROM _Im_WebSession")
    assert (web["Url"], web["EventResult"], web["EventResultDetails"]) == ("http://a.example/x", "Failure", "404")
    file = tables.one("SELECT EventType, TargetFilePath FROM _Im_FileEvent")
    assert file == {"EventType": "FileDeleted", "TargetFilePath": "\\\\h\\C$\\Temp\\a.exe"}
    columns = ("LogonProtocol", "TargetUsername", "EventResult", "EventResultDetails")
    assert tables.kinds("_Im_Authentication", *columns) == {
        ("Kerberos", "nina", "Failure", "Incorrect password"): 1,
        ("NTLM", "CORP\\nina", "Success", None): 1,
        ("SSH", None, "Success", None): 1,
    }
    assert tables.one("SELECT AlertName FROM _Im_AlertEvent") == {"AlertName": "Scan::Port_Scan"}


EVE: dict[str, Any] = {
    "timestamp": "2024-03-01T08:30:15.123456-0600",
    "flow_id": 123456789012345,
    "src_ip": "203.0.113.9",
    "src_port": 40000,
    "dest_ip": "192.0.2.1",
    "dest_port": 80,
    "proto": "TCP",
}


def test_suricata(tmp_path: Path) -> None:
    rule = {"action": "blocked", "signature_id": 2, "signature": "ET SCAN x", "category": "Scan", "severity": 1}
    tables = read_records(
        tmp_path,
        EVE | {"event_type": "alert", "alert": rule},
        EVE | {"event_type": "flow", "flow": {"bytes_toserver": 5, "pkts_toclient": 2, "age": 3}},
        EVE | {"event_type": "dns", "dns": {"type": "answer", "rrname": "a.example", "rcode": "NXDOMAIN", "id": 255}},
        EVE | {"event_type": "http", "http": {"hostname": "a.example", "url": "/x", "status": 200}},
        {"timestamp": EVE["timestamp"], "event_type": "stats", "stats": {"uptime": 1}},
    )
    assert tables.recognised == {"Suricata_CL"}
    alert = tables.one("SELECT * FROM _Im_AlertEvent")
    assert (alert["AlertName"], alert["EventSeverity"], alert["DvcAction"]) == ("ET SCAN x", "High", "Deny")
    assert alert["TimeGenerated"].isoformat() == "2024-03-01T14:30:15.123456"
    assert json.loads(alert["AdditionalFields"])["SrcIpAddr"] == "203.0.113.9"
    flow = tables.one("SELECT SrcBytes, DstPackets, NetworkDuration, SrcIpAddr FROM _Im_NetworkSession")
    assert flow == {"SrcBytes": 5, "DstPackets": 2, "NetworkDuration": 3000, "SrcIpAddr": "203.0.113.9"}
    dns = tables.one("SELECT DnsQuery, EventResult, TransactionIdHex FROM _Im_Dns")
    assert dns == {"DnsQuery": "a.example", "EventResult": "Failure", "TransactionIdHex": "0x00ff"}
    assert tables.one("SELECT Url FROM _Im_WebSession") == {"Url": "http://a.example/x"}


@pytest.mark.evidence
def test_real_traffic(evidence: Path, tmp_path: Path) -> None:
    campaigns = (evidence / "windows_mordor" / "compound").glob("*/*zeek*.zip")
    day = evidence / "zeek" / "apt29_day1" / "combined_zeek.json.gz"
    tables: Tables = read([*campaigns, day], tmp_path)
    assert not tables.unrecognised
    assert {"Zeek_conn_CL", "Zeek_dns_CL", "Zeek_x509_CL", "Zeek_kerberos_CL", "Zeek_CL"} <= tables.recognised
    for table, view in {"conn": "NetworkSession", "dns": "Dns", "http": "WebSession", "smb_files": "FileEvent"}.items():
        counted = tables.one(f"SELECT count(*) AS n FROM Zeek_{table}_CL")
        assert tables.one(f"SELECT count(*) AS n FROM _Im_{view}") == counted
    for table in tables.recognised:
        assert tables.one(f"SELECT count(*) AS n FROM {table} WHERE _Unparsed IS NOT NULL") == {"n": 0}, table


@pytest.mark.evidence
def test_real_alerts(evidence: Path, tmp_path: Path) -> None:
    tables = read([*(evidence / "alerts").glob("*/*/*.json.gz")], tmp_path)
    assert tables.recognised == {"Suricata_CL"}
    assert tables.one("SELECT count(*) AS n FROM _Im_AlertEvent") == tables.one("SELECT count(*) AS n FROM Suricata_CL")
