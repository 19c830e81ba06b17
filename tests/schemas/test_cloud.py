"""AWS, Entra ID, Office 365, Azure and Google Cloud: every shape that their records come in."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

Rows = dict[str, list[dict[str, Any]]]
Ingested = Callable[..., Rows]

CLOUDTRAIL: dict[str, Any] = {
    "eventVersion": "1.08",
    "userIdentity": {
        "type": "IAMUser",
        "principalId": "AIDA1",
        "arn": "arn:aws:iam::111122223333:user/nina",
        "accountId": "111122223333",
        "accessKeyId": "AKIA1",
        "userName": "nina",
        "sessionContext": {"attributes": {"mfaAuthenticated": "true", "creationDate": "2024-03-01T08:00:00Z"}},
    },
    "eventTime": "2024-03-01T08:30:15Z",
    "eventSource": "iam.amazonaws.com",
    "eventName": "CreateAccessKey",
    "awsRegion": "eu-west-1",
    "sourceIPAddress": "198.51.100.7",
    "userAgent": "aws-cli/2",
    "requestParameters": {"userName": "backup"},
    "responseElements": {"accessKey": {"accessKeyId": "AKIA2", "userName": "backup"}},
    "eventID": "e-1",
    "readOnly": False,
    "eventType": "AwsApiCall",
    "recipientAccountId": "111122223333",
    "eventCategory": "Management",
    "tlsDetails": {"tlsVersion": "TLSv1.3"},
    "somethingNew": 7,
}


def test_cloudtrail(ingested: Ingested) -> None:
    rows = ingested(CLOUDTRAIL)
    [row] = rows["AWSCloudTrail"]
    assert row["TimeGenerated"] == datetime(2024, 3, 1, 8, 30, 15)  # noqa: DTZ001 - stored as UTC without a zone
    assert (row["EventName"], row["UserIdentityUserName"], row["AWSRegion"]) == ("CreateAccessKey", "nina", "eu-west-1")
    assert row["SessionMfaAuthenticated"] is True
    assert row["ReadOnly"] is False
    assert json.loads(row["RequestParameters"]) == {"userName": "backup"}
    assert row["TlsVersion"] == "TLSv1.3"
    assert json.loads(row["_Extra"])["somethingNew"] == 7
    assert row["_Zone"] == "Z"
    [managed] = rows["_Im_UserManagement"]
    assert (managed["EventType"], managed["ActorUsername"], managed["TargetUsername"]) == (
        "UserModified",
        "nina",
        "backup",
    )
    assert managed["NewPropertyValue"] == "AKIA2"
    [audit] = rows["_Im_AuditEvent"]
    assert (audit["Operation"], audit["EventType"], audit["Object"]) == ("CreateAccessKey", "Create", "backup")
    assert (audit["SrcIpAddr"], audit["EventResult"]) == ("198.51.100.7", "Success")
    assert "_unrecognised" not in rows


@pytest.mark.parametrize(
    ("changes", "user", "result", "kind"),
    [
        ({"eventName": "ConsoleLogin", "responseElements": {"ConsoleLogin": "Success"}}, "nina", "Success", "Logon"),
        (
            {
                "eventName": "ConsoleLogin",
                "errorMessage": "Failed authentication",
                "responseElements": {"ConsoleLogin": "Failure"},
            },
            "nina",
            "Failure",
            "Logon",
        ),
        (
            {
                "eventName": "AssumeRole",
                "eventSource": "sts.amazonaws.com",
                "requestParameters": {"roleArn": "arn:aws:iam::111122223333:role/admin"},
                "sourceIPAddress": "ec2.amazonaws.com",
            },
            "admin",
            "Success",
            "Elevate",
        ),
    ],
)
def test_cloudtrail_sign_ins(ingested: Ingested, changes: dict[str, Any], user: str, result: str, kind: str) -> None:
    [row] = ingested(CLOUDTRAIL | changes)["_Im_Authentication"]
    assert (row["TargetUsername"], row["EventResult"], row["EventType"]) == (user, result, kind)
    # A service calls on the user's behalf: that is a name and no address.
    service = changes.get("sourceIPAddress")
    assert (row["SrcIpAddr"], row["SrcHostname"]) == ((None, service) if service else ("198.51.100.7", None))


def test_cloudtrail_from_event_history(ingested: Ingested) -> None:
    event = {"EventId": "e-1", "EventName": "CreateAccessKey", "EventTime": 1709281815, "Username": "nina"}
    [row] = ingested(event | {"CloudTrailEvent": json.dumps(CLOUDTRAIL)})["AWSCloudTrail"]
    assert (row["AwsEventId"], row["UserIdentityArn"]) == ("e-1", "arn:aws:iam::111122223333:user/nina")
    assert json.loads(row["_Extra"])["Username"] == "nina"


def test_cloudtrail_under_sentinels_names(ingested: Ingested) -> None:
    export = {
        "TimeGenerated": "2024-03-01T08:30:15Z",
        "EventName": "StopLogging",
        "EventSource": "cloudtrail.amazonaws.com",
    }
    [row] = ingested(export | {"AWSRegion": "us-east-1", "UserIdentityType": "Root", "TenantId": "t"})["AWSCloudTrail"]
    assert (row["EventName"], row["UserIdentityType"]) == ("StopLogging", "Root")
    assert json.loads(row["_Extra"]) == {"TenantId": "t"}


def test_notices_of_buckets_are_not_cloudtrail(ingested: Ingested) -> None:
    notice = {"eventName": "ObjectCreated:Put", "eventSource": "aws:s3", "awsRegion": "us-east-1", "s3": {"a": 1}}
    rows = ingested(notice)
    assert "AWSCloudTrail" not in rows
    assert json.loads(rows["_unrecognised"][0]["record"]) == notice


VPC = {"account-id": "111122223333", "interface-id": "eni-1", "srcaddr": "10.0.0.5", "dstaddr": "198.51.100.9"}
VPC |= {"srcport": "49152", "dstport": "443", "protocol": "6", "packets": "10", "bytes": "840", "version": "2"}
VPC |= {"start": "1418530010", "end": "1418530070", "action": "REJECT", "log-status": "OK"}


def test_vpc_flows(ingested: Ingested) -> None:
    rows = ingested(VPC, csv=True)
    [row] = rows["AWSVPCFlow"]
    assert row["TimeGenerated"] == datetime(2014, 12, 14, 4, 6, 50)  # noqa: DTZ001
    assert (row["SrcPort"], row["Bytes"], row["AccountId"], row["_Unparsed"]) == (49152, 840, "111122223333", None)
    [session] = rows["_Im_NetworkSession"]
    assert (session["SrcIpAddr"], session["DstPortNumber"], session["NetworkProtocol"]) == ("10.0.0.5", 443, "TCP")
    assert (session["DvcAction"], session["EventResult"], session["NetworkDuration"]) == ("Deny", "Failure", 60_000)


SIGN_IN: dict[str, Any] = {
    "id": "s-1",
    "createdDateTime": "2024-03-01T09:00:00Z",
    "userPrincipalName": "nina@contoso.com",
    "userDisplayName": "Nina",
    "userId": "u-1",
    "appDisplayName": "Azure Portal",
    "appId": "a-1",
    "resourceDisplayName": "Azure Management",
    "ipAddress": "198.51.100.7",
    "correlationId": "c-1",
    "conditionalAccessStatus": "success",
    "isInteractive": True,
    "authenticationRequirement": "multiFactorAuthentication",
    "status": {"errorCode": 50126, "failureReason": "Invalid username or password."},
    "location": {
        "city": "Oslo",
        "state": "Oslo",
        "countryOrRegion": "NO",
        "geoCoordinates": {"latitude": 59.9, "longitude": 10.7},
    },
    "deviceDetail": {"operatingSystem": "Windows 11", "browser": "Edge"},
    "appliedConditionalAccessPolicies": [{"displayName": "MFA", "result": "success"}],
}


def diagnostic(category: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    record: dict[str, Any] = {
        "time": "2024-03-01T09:00:05.1234567Z",
        "resourceId": "/tenants/t-1/providers/Microsoft.aadiam",
    }
    record |= {"operationName": "Sign-in activity", "category": category, "tenantId": "t-1", "Level": "4"}
    return record | {"properties": properties} | more


def check_sign_in(rows: Rows, table: str) -> None:
    [row] = rows[table]
    assert (row["UserPrincipalName"], row["IPAddress"], row["ResultType"]) == (
        "nina@contoso.com",
        "198.51.100.7",
        "50126",
    )
    assert (row["Location"], json.loads(row["LocationDetails"])["city"]) == ("NO", "Oslo")
    assert row["CreatedDateTime"] == datetime(2024, 3, 1, 9)  # noqa: DTZ001
    assert row["IsInteractive"] is True
    assert json.loads(row["ConditionalAccessPolicies"])[0]["displayName"] == "MFA"
    assert row["Category"].lower() in table.lower().replace("aad", "")
    [view] = rows["_Im_Authentication"]
    assert (view["EventResult"], view["EventResultDetails"]) == ("Failure", "No such user or password")
    assert (view["TargetUsername"], view["SrcIpAddr"], view["SrcGeoCity"]) == (
        "nina@contoso.com",
        "198.51.100.7",
        "Oslo",
    )
    assert (view["LogonMethod"], view["SrcDvcOs"]) == ("Multi factor authentication", "Windows 11")
    assert view["SrcGeoLatitude"] == pytest.approx(59.9)
    assert "_unrecognised" not in rows


def test_sign_ins_from_diagnostic_settings(ingested: Ingested) -> None:
    rows = ingested(diagnostic("SignInLogs", SIGN_IN, resultType="50126", location="NO"))
    check_sign_in(rows, "SigninLogs")
    [row] = rows["SigninLogs"]
    assert row["TimeGenerated"] == datetime(2024, 3, 1, 9, 0, 5, 123456)  # noqa: DTZ001
    assert (row["AADTenantId"], row["Level"], row["Resource"]) == ("t-1", "4", "Microsoft.aadiam")


def test_sign_ins_with_lowered_names(ingested: Ingested) -> None:
    record = diagnostic("NonInteractiveUserSignInLogs", SIGN_IN, resulttype=50126)
    record = {key.lower(): value for key, value in record.items()}
    check_sign_in(ingested(record), "AADNonInteractiveUserSignInLogs")


def test_sign_ins_from_graph(ingested: Ingested) -> None:
    check_sign_in(ingested(SIGN_IN), "SigninLogs")


@pytest.mark.parametrize(
    ("kind", "category", "table"),
    [
        ("servicePrincipal", "ServicePrincipalSignInLogs", "AADServicePrincipalSignInLogs"),
        ("managedIdentity", "ManagedIdentitySignInLogs", "AADManagedIdentitySignInLogs"),
    ],
)
def test_sign_ins_of_applications(ingested: Ingested, kind: str, category: str, table: str) -> None:
    sign_in = SIGN_IN | {"userPrincipalName": "", "servicePrincipalName": "backup", "servicePrincipalId": "sp-1"}
    rows = ingested(diagnostic(category, sign_in), sign_in | {"signInEventTypes": [kind]})
    assert [row["ServicePrincipalName"] for row in rows[table]] == ["backup", "backup"]
    assert {row["TargetUserType"] for row in rows["_Im_Authentication"]} == {"ServicePrincipal"}
    assert {row["EventSubType"] for row in rows["_Im_Authentication"]} == {"Service"}


def test_sign_ins_under_sentinels_names(ingested: Ingested) -> None:
    export = {"TimeGenerated [UTC]": "5/4/2021, 10:01:42.741 AM", "ResultType": "0", "AppDisplayName": "Azure Portal"}
    export |= {
        "UserPrincipalName": "nina@contoso.com",
        "IPAddress": "198.51.100.7",
        "Identity": "Nina",
        "DurationMs": "12.0",
    }
    export |= {"CreatedDateTime [UTC]": "5/4/2021, 10:01:42.741 AM", "Status": "{'errorCode': 0}", "Location": "NO"}
    [row] = ingested(export | {"Category": "SignInLogs", "Type": "SigninLogs"}, csv=True)["SigninLogs"]
    assert row["TimeGenerated"] == row["CreatedDateTime"] == datetime(2021, 5, 4, 10, 1, 42, 741000)  # noqa: DTZ001
    assert (row["DurationMs"], row["Location"], row["Category"]) == (12, "NO", "SignInLogs")
    assert json.loads(row["Status"]) == "{'errorCode': 0}"  # Python's notation is no JSON: kept as it is
    assert row["_Unparsed"] is None


def test_a_shortened_time_is_kept_as_it_is(ingested: Ingested) -> None:
    export = {
        "TimeGenerated": "19:04.4",
        "ResultType": "0",
        "AppDisplayName": "Azure Portal",
        "IPAddress": "198.51.100.7",
    }
    [row] = ingested(export | {"UserPrincipalName": "nina@contoso.com", "Identity": "Nina"}, csv=True)["SigninLogs"]
    assert row["TimeGenerated"] is None
    assert json.loads(row["_Unparsed"]) == {"TimeGenerated": "19:04.4"}


AUDIT: dict[str, Any] = {
    "id": "d-1",
    "category": "GroupManagement",
    "correlationId": "c-2",
    "result": "success",
    "activityDisplayName": "Add member to role",
    "activityDateTime": "2024-03-01T10:00:00Z",
    "loggedByService": "Core Directory",
    "operationType": "Assign",
    "initiatedBy": {"user": {"id": "u-1", "userPrincipalName": "nina@contoso.com", "ipAddress": "198.51.100.7"}},
    "targetResources": [
        {
            "id": "u-2",
            "type": "User",
            "userPrincipalName": "eve@contoso.com",
            "modifiedProperties": [{"displayName": "Role", "oldValue": None, "newValue": '"Global Administrator"'}],
        },
    ],
    "additionalDetails": [{"key": "User-Agent", "value": "curl"}],
}


@pytest.mark.parametrize("shape", ["diagnostic", "graph"])
def test_directory_audit(ingested: Ingested, shape: str) -> None:
    record = diagnostic("AuditLogs", AUDIT, operationName="Add member to role") if shape == "diagnostic" else AUDIT
    rows = ingested(record)
    [row] = rows["AuditLogs"]
    assert (row["OperationName"], row["Category"], row["Result"]) == (
        "Add member to role",
        "GroupManagement",
        "success",
    )
    assert row["ActivityDateTime"] == datetime(2024, 3, 1, 10)  # noqa: DTZ001
    assert json.loads(row["InitiatedBy"])["user"]["id"] == "u-1"
    [audit] = rows["_Im_AuditEvent"]
    assert (audit["ActorUsername"], audit["SrcIpAddr"], audit["HttpUserAgent"]) == (
        "nina@contoso.com",
        "198.51.100.7",
        "curl",
    )
    assert (audit["EventType"], audit["NewValue"]) == ("Set", '"Global Administrator"')
    [managed] = rows["_Im_UserManagement"]
    assert (managed["EventType"], managed["TargetUsername"]) == ("UserAddedToGroup", "eve@contoso.com")


def test_directory_audit_of_sentinel_with_a_type_of_its_own(ingested: Ingested) -> None:
    export = {
        "TimeGenerated": "2024-03-01T10:00:00Z",
        "OperationName": "Update user",
        "Result": "failure",
        "Type": "Application",
    }
    export |= {"InitiatedBy": json.dumps(AUDIT["initiatedBy"]), "TargetResources": json.dumps(AUDIT["targetResources"])}
    rows = ingested(export)
    assert rows["AuditLogs"][0]["Result"] == "failure"
    assert rows["_Im_UserManagement"][0]["EventType"] == "UserModified"
    assert rows["_Im_UserManagement"][0]["EventResult"] == "Failure"


def test_an_audit_of_another_service_is_left(ingested: Ingested) -> None:
    record = diagnostic(
        "AuditLogs", {"Actor": {"UPN": "x"}}, operationName="patchPolicy", resourceId="/tenants/t/intune"
    )
    rows = ingested(record)
    assert set(rows) == {"_unrecognised"}


OFFICE: dict[str, Any] = {
    "CreationTime": "2024-03-01T11:00:00",
    "Id": "o-1",
    "Operation": "New-InboxRule",
    "RecordType": 1,
    "ResultStatus": "True",
    "UserKey": "k",
    "UserType": 2,
    "Workload": "Exchange",
    "ClientIP": "198.51.100.7:52913",
    "ObjectId": "nina\\Rule",
    "UserId": "nina@contoso.com",
    "Parameters": [{"Name": "ForwardTo", "Value": "x@example.org"}],
    "AppPoolName": "p",
}


def unified(record: dict[str, Any]) -> dict[str, str]:
    kept = {"CreationDate": "2024-03-01T11:00:00.0000000Z", "RecordType": "1", "Operation": record["Operation"]}
    return kept | {"UserId": "nina@contoso.com", "AuditData": json.dumps(record), "AssociatedAdminUnits": ""}


@pytest.mark.parametrize("shape", ["management", "unified csv", "unified json", "graph"])
def test_office(ingested: Ingested, shape: str) -> None:
    graph = {
        "createdDateTime": "2024-03-01T11:00:00Z",
        "auditLogRecordType": "exchangeAdmin",
        "operation": "New-InboxRule",
    }
    record: dict[str, Any] = {
        "management": OFFICE,
        "unified csv": unified(OFFICE),
        "unified json": unified(OFFICE),
        "graph": graph | {"auditData": OFFICE},
    }[shape]
    rows = ingested(record, csv=shape == "unified csv")
    [row] = rows["OfficeActivity"]
    assert row["TimeGenerated"] == datetime(2024, 3, 1, 11)  # noqa: DTZ001
    assert (row["OfficeWorkload"], row["RecordType"], row["UserType"]) == ("Exchange", "ExchangeAdmin", "Admin")
    assert json.loads(row["Parameters"])[0]["Name"] == "ForwardTo"
    assert row["AppPoolName"] == "p"
    [audit] = rows["_Im_AuditEvent"]
    assert (audit["Operation"], audit["ActorUsername"], audit["SrcIpAddr"]) == (
        "New-InboxRule",
        "nina@contoso.com",
        "198.51.100.7",
    )
    assert (audit["EventType"], audit["EventResult"]) == ("Create", "Success")


def test_office_audit_data_that_is_no_json_is_kept(ingested: Ingested) -> None:
    rows = ingested(unified(OFFICE) | {"AuditData": "cut off {"}, csv=True)
    assert "cut off {" in rows["OfficeActivity"][0]["_Extra"]


def test_office_sign_ins_and_files(ingested: Ingested) -> None:
    failed = OFFICE | {"Operation": "UserLoginFailed", "RecordType": 15, "Workload": "AzureActiveDirectory"}
    file = OFFICE | {
        "Operation": "FileDownloaded",
        "RecordType": 6,
        "Workload": "SharePoint",
        "ClientIP": "2001:db8::1",
    }
    file |= {"ObjectId": "https://contoso.sharepoint.com/Docs/plan.docx", "SourceFileName": "plan.docx"}
    rows = ingested(failed, file)
    [sign_in] = rows["_Im_Authentication"]
    assert (sign_in["EventResult"], sign_in["TargetUsername"]) == ("Failure", "nina@contoso.com")
    [view] = rows["_Im_FileEvent"]
    assert (view["EventType"], view["EventSubType"], view["TargetFileName"]) == (
        "FileAccessed",
        "Download",
        "plan.docx",
    )
    assert view["SrcIpAddr"] == "2001:db8::1"
    assert "_Im_AuditEvent" not in rows


RESOURCE = "/subscriptions/sub-1/resourceGroups/rg-1/providers/Microsoft.Compute/virtualMachines/vm-1"
UPN = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"


def test_azure_activity(ingested: Ingested) -> None:
    record: dict[str, Any] = {
        "time": "2024-03-01T12:00:00Z",
        "resourceId": RESOURCE,
        "category": "Administrative",
        "resultType": "Success",
    }
    record |= {"operationName": "Microsoft.Compute/virtualMachines/delete", "callerIpAddress": "198.51.100.7"}
    rows = ingested(
        record | {"identity": {"claims": {UPN: "nina@contoso.com"}}, "properties": {"eventCategory": "Administrative"}}
    )
    [row] = rows["AzureActivity"]
    assert (row["Caller"], row["ResourceGroup"], row["SubscriptionId"]) == ("nina@contoso.com", "rg-1", "sub-1")
    assert row["OperationNameValue"] == "MICROSOFT.COMPUTE/VIRTUALMACHINES/DELETE"
    assert row["ResourceProviderValue"] == "MICROSOFT.COMPUTE"
    assert json.loads(row["Properties_d"]) == {"eventCategory": "Administrative"}
    [audit] = rows["_Im_AuditEvent"]
    assert (audit["EventType"], audit["ActorUsername"], audit["Object"]) == ("Delete", "nina@contoso.com", RESOURCE)
    assert (audit["SrcIpAddr"], audit["EventResult"]) == ("198.51.100.7", "Success")


def test_azure_activity_from_the_rest_interface(ingested: Ingested) -> None:
    record: dict[str, Any] = {
        "eventTimestamp": "2024-03-01T12:00:00Z",
        "eventDataId": "ev-1",
        "resourceId": RESOURCE,
        "caller": "nina@contoso.com",
    }
    record |= {"operationName": {"value": "Microsoft.Compute/virtualMachines/write", "localizedValue": "Create VM"}}
    record |= {
        "status": {"value": "Failed"},
        "category": {"value": "Administrative"},
        "claims": {"ipaddr": "198.51.100.7"},
    }
    rows = ingested(record)
    [row] = rows["AzureActivity"]
    assert (row["OperationName"], row["ActivityStatusValue"], row["Caller"]) == (
        "Create VM",
        "Failed",
        "nina@contoso.com",
    )
    assert (row["CallerIpAddress"], row["EventDataId"]) == ("198.51.100.7", "ev-1")
    assert rows["_Im_AuditEvent"][0]["EventResult"] == "Failure"


def test_flows_of_a_security_group(ingested: Ingested) -> None:
    tuples = [
        "1542110377,10.0.0.4,198.51.100.9,44931,443,T,O,A,E,12,840,9,5400",
        "1542110379,203.0.113.9,10.0.0.4,5000,22,T,I,D,B,,,,",
    ]
    record: dict[str, Any] = {
        "time": "2018-11-13T12:00:35.3899262Z",
        "category": "NetworkSecurityGroupFlowEvent",
        "resourceId": "/nsg-1",
    }
    record |= {"operationName": "NetworkSecurityGroupFlowEvents", "systemId": "s"}
    flows = [{"rule": "r1", "flows": [{"mac": "000D3AF87856", "flowTuples": tuples}]}]
    empty = record | {"properties": {"Version": 2, "flows": []}}
    rows = ingested(record | {"properties": {"Version": 2, "flows": flows}}, empty)
    out, inward, nothing = rows["NTANetAnalytics"]
    assert out["TimeGenerated"] == datetime(2018, 11, 13, 11, 59, 37)  # noqa: DTZ001
    assert (out["SrcIp"], out["DestIp"], out["DestPort"], out["BytesDestToSrc"]) == (
        "10.0.0.4",
        "198.51.100.9",
        443,
        5400,
    )
    assert (out["NsgRule"], out["MacAddress"], out["FlowDirection"]) == ("r1", "000D3AF87856", "Outbound")
    assert (inward["FlowStatus"], inward["FlowDirection"], inward["_Line"]) == ("Denied", "Inbound", 1)
    assert (nothing["_Line"], nothing["SrcIp"]) == (2, None)  # a record without flows is still a row
    first, second = rows["_Im_NetworkSession"]
    assert (first["SrcPortNumber"], first["NetworkProtocol"], first["DvcAction"]) == (44931, "TCP", "Allow")
    assert (second["DstPortNumber"], second["EventResult"]) == (22, "Failure")


def test_flows_of_a_virtual_network(ingested: Ingested) -> None:
    group = {
        "rule": "DefaultRule",
        "flowTuples": ["1663146003599,10.0.0.6,192.0.2.180,23956,443,6,O,E,NX,3,767,2,1580"],
    }
    record: dict[str, Any] = {
        "time": "2022-09-14T09:00:52Z",
        "category": "FlowLogFlowEvent",
        "operationName": "FlowLogFlowEvent",
    }
    record |= {"flowLogResourceID": "/fl", "targetResourceID": "/vnet", "macAddress": "00224871C205"}
    rows = ingested(record | {"flowRecords": {"flows": [{"aclID": "acl-1", "flowGroups": [group]}]}})
    [row] = rows["NTANetAnalytics"]
    assert row["FlowStartTime"] == datetime(2022, 9, 14, 9, 0, 3, 599000)  # noqa: DTZ001
    assert (row["L4Protocol"], row["FlowStatus"], row["AclGroup"], row["AclRule"]) == (
        "T",
        "Allowed",
        "acl-1",
        "DefaultRule",
    )
    assert (row["BytesSrcToDest"], row["BytesDestToSrc"], row["TargetResourceId"]) == (767, 1580, "/vnet")


def test_google_audit(ingested: Ingested) -> None:
    payload: dict[str, Any] = {
        "methodName": "google.iam.admin.v1.CreateServiceAccountKey",
        "serviceName": "iam.googleapis.com",
    }
    payload |= {
        "authenticationInfo": {"principalEmail": "nina@contoso.com"},
        "requestMetadata": {"callerIp": "198.51.100.7"},
    }
    payload |= {"resourceName": "projects/p-1/serviceAccounts/x", "status": {"code": 7, "message": "denied"}}
    entry: dict[str, Any] = {
        "protoPayload": payload,
        "insertId": "i-1",
        "logName": "projects/p-1/logs/x",
        "timestamp": "2024-03-01T13:00:00.5Z",
    }
    rows = ingested(entry | {"resource": {"type": "service_account", "labels": {"project_id": "p-1"}}})
    [row] = rows["GCPAuditLogs"]
    assert (row["MethodName"], row["ProjectId"], row["PrincipalEmail"]) == (
        payload["methodName"],
        "p-1",
        "nina@contoso.com",
    )
    [audit] = rows["_Im_AuditEvent"]
    assert (audit["EventType"], audit["EventResult"], audit["SrcIpAddr"]) == ("Create", "Failure", "198.51.100.7")


def test_addresses_are_told_from_names(ingested: Ingested) -> None:
    given = [
        "198.51.100.7",
        "198.51.100.7:443",
        "[2001:db8::1]:443",
        "2001:db8::1",
        "::ffff:198.51.100.7",
        "AWS Internal",
        "",
        "<null>",
    ]
    rows = ingested(*(OFFICE | {"ClientIP": address} for address in given))
    assert [row["SrcIpAddr"] for row in rows["_Im_AuditEvent"]] == [
        "198.51.100.7",
        "198.51.100.7",
        "2001:db8::1",
        "2001:db8::1",
        "198.51.100.7",
        None,
        None,
        None,
    ]
