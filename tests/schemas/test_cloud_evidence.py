"""Real cloud logs: every record of the named files lands in its table, and nothing of it is lost."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from huntbook.readers._base import LINE, Batch

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.evidence
Rows = dict[str, list[dict[str, Any]]]
Ingested = Callable[..., Rows]


def unzipped(path: Path, member: str = "") -> list[dict[str, Any]]:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".json") and member in name]
        return [json.loads(line) for name in names for line in archive.read(name).decode().splitlines() if line]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("{")]


def csv(path: Path) -> Batch:
    frame = pl.read_csv(io.BytesIO(gzip.decompress(path.read_bytes())), infer_schema=False)
    frame = frame.rename({column: column or "index" for column in frame.columns})
    return Batch(frame.with_columns(pl.Series(LINE, range(1, len(frame) + 1), dtype=pl.UInt64)))


def counts(rows: Rows) -> dict[str, int]:
    return {name: len(found) for name, found in rows.items() if not name.startswith("_Im_")}


def unparsed(rows: Rows) -> Counter[str]:
    texts = [
        row["_Unparsed"]
        for name, found in rows.items()
        if name != "_unrecognised"
        for row in found
        if row.get("_Unparsed")
    ]
    return Counter(key for text in texts for key in json.loads(text))


def test_cloudtrail_of_single_techniques(ingested: Ingested, evidence: Path) -> None:
    files = sorted((evidence / "cloudtrail" / "stratus").glob("*.json"))
    records = [record for file in files for record in json.loads(file.read_text(encoding="utf-8"))]
    rows = ingested(*records)
    assert counts(rows) == {"AWSCloudTrail": len(records)}
    assert not unparsed(rows)
    assert all(row["TimeGenerated"] and row["EventName"] for row in rows["AWSCloudTrail"])
    assert len(rows["_Im_AuditEvent"]) == len(records)
    denied = [row for row in rows["_Im_AuditEvent"] if row["EventResultDetails"] == "Client.UnauthorizedOperation"]
    assert denied
    assert {row["EventResult"] for row in denied} == {"Failure"}


def test_cloudtrail_elsewhere(ingested: Ingested, evidence: Path) -> None:
    mordor = unzipped(next((evidence / "mordor_other" / "atomic" / "aws").rglob("*.zip")))
    syslog = evidence / "syslog"
    tested = [record for path in syslog.glob("crowdsec_hub_tests/aws-cloudtrail*/*.log") for record in lines(path)]
    history = lines(syslog / "plaso" / "jsonl" / "aws_cloudtrail.jsonl")
    rows = ingested(*mordor, *tested, *history)
    assert counts(rows) == {"AWSCloudTrail": len(mordor) + len(tested) + len(history)}
    assert not unparsed(rows)
    assert all(row["TimeGenerated"] for row in rows["AWSCloudTrail"])


def test_one_attack_on_a_tenant(ingested: Ingested, evidence: Path) -> None:
    folder = evidence / "mordor_other" / "compound" / "GoldenSAMLADFSMailAccess"
    names = ("AADAuditEvents", "OfficeActivityEvents", "Microsoft365DefenderEvents")
    rows = ingested(*(record for name in names for record in unzipped(folder / f"{name}.Zip")))
    tables = {"AuditLogs": 4, "OfficeActivity": 1, "CloudAppEvents": 2, "DeviceEvents": 5, "IdentityDirectoryEvents": 2}
    assert counts(rows) == tables
    assert not unparsed(rows)
    # Known of this attack: the key added to the application, and the mail read with it.
    managed = {(row["ActorUsername"], row["TargetUsername"]) for row in rows["_Im_UserManagement"]}
    assert managed == {("pgustavo@simulandlabs.com", "SimuLandApp")}
    read = [row for row in rows["_Im_AuditEvent"] if row["Operation"] == "MailItemsAccessed"]
    assert {row["SrcIpAddr"] for row in read} == {"1.2.3.4"}


@pytest.mark.parametrize(
    ("name", "table", "number"),
    [
        ("aad_logons", "SigninLogs", 86),
        ("alerts_list", "SecurityAlert", 41),
        ("az_net_comms_df", "AzureNetworkAnalytics_CL", 1360),
        ("processes_on_host", "SecurityEvent", 22979),
        ("msticpy_lab/list_aad_signins_for_account", "SigninLogs", 26),
        ("msticpy_lab/list_activity_for_account", "OfficeActivity", 434),
        ("msticpy_lab/alerts_list", "SecurityAlert", 41),
        ("msticpy_lab/host_logons", "SecurityEvent", 164),
        ("msticpy_lab/failedLogons", "SecurityEvent", 4),
        ("msticpy_lab/process_tree", "SecurityEvent", 17),
    ],
)
def test_frames_of_a_tenant(ingested: Ingested, evidence: Path, name: str, table: str, number: int) -> None:
    rows = ingested(batches=[csv(evidence / "azure" / f"{name}.csv.gz")])
    assert counts(rows) == {table: number}
    assert not unparsed(rows)
    assert all(row["TimeGenerated"] for row in rows[table])


@pytest.mark.parametrize(
    ("name", "table"), [("aad_logons", "SigninLogs"), ("az_net_comms_df", "AzureNetworkAnalytics_CL")]
)
def test_times_that_a_spreadsheet_cut_are_kept(ingested: Ingested, evidence: Path, name: str, table: str) -> None:
    rows = ingested(batches=[csv(evidence / "azure" / "msticpy_lab" / f"{name}.csv.gz")])
    assert set(counts(rows)) == {table}
    assert unparsed(rows)["TimeGenerated"] == len(rows[table])  # `21:35.7`: the day and the hour are gone


@pytest.mark.parametrize("name", ["exchange_admin", "msticpy_lab/timeseries"])
def test_what_is_no_log_stays_unrecognised(ingested: Ingested, evidence: Path, name: str) -> None:
    assert set(counts(ingested(batches=[csv(evidence / "azure" / f"{name}.csv.gz")]))) == {"_unrecognised"}


def test_logs_of_cloud_services(ingested: Ingested, evidence: Path) -> None:
    """Events of 76 log types; those of AWS, Azure and Google that are whole enough to be told land in their tables."""
    with gzip.open(evidence / "cloud_saas" / "panther_rule_tests.jsonl.gz", "rt", encoding="utf-8") as file:
        cases = [json.loads(line) for line in file]
    wanted = ("AWS.CloudTrail", "Azure.Audit", "Azure.MonitorActivity", "GCP.AuditLog")
    logs = [case["log"] for name in wanted for case in cases if case["log_types"] == [name]]
    rows = ingested(*logs)
    found = counts(rows)
    assert not unparsed(rows)
    assert found["AWSCloudTrail"] == 234  # of 241: five are alerts about the log, two have neither region nor source
    assert found["AuditLogs"] == 9
    assert found["SigninLogs"] + found["AADNonInteractiveUserSignInLogs"] + found["AADServicePrincipalSignInLogs"] == 21
    assert found["AzureActivity"] == 113  # of 117: four are of storage accounts
    assert found["GCPAuditLogs"] == 82  # of 92: ten carry no payload
    assert found["_unrecognised"] == 7 + 4 + 10
