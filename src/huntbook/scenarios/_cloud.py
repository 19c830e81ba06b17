"""What the cloud records: sign-ins of Entra ID, the unified audit log of Microsoft 365, CloudTrail of AWS.

Sign-ins have the shape of the diagnostic settings (one JSON object per line, the sign-in under `properties`), audit
records that of the Office 365 Management Activity API, CloudTrail that of the files in its bucket.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

if TYPE_CHECKING:
    from huntbook.scenarios._clock import Moment
    from huntbook.scenarios._company import Company, Person

_encode = json.JSONEncoder(separators=(",", ":")).encode

_OUTCOMES = {
    0: "",
    50074: "Strong Authentication is required.",
    50126: "Error validating credentials due to invalid username or password.",
    50053: "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
    50140: "This error occurred due to 'Keep me signed in' interrupt when the user was signing-in.",
    500121: "Authentication failed during strong authentication request.",
}


@dataclass(frozen=True, slots=True)
class SignIn:
    """One attempt to sign in."""

    person: Person
    address: str
    place: tuple[str, str]
    app: str = "Mail on the Web"
    code: int = 0
    agent: str = ""
    multi_factor: bool = True
    managed: bool = True
    identifier: str = "00000000-0000-4000-a000-000000000000"


def sign_in(moment: Moment, company: Company, event: SignIn) -> str:
    """Render a record of category SignInLogs."""
    return _encode(
        {
            "time": moment.iso,
            "resourceId": f"/tenants/{company.tenant}/providers/Microsoft.aadiam",
            "operationName": "Sign-in activity",
            "operationVersion": "1.0",
            "category": "SignInLogs",
            "tenantId": company.tenant,
            "resultType": str(event.code),
            "resultSignature": "None",
            "resultDescription": _OUTCOMES[event.code],
            "durationMs": 0,
            "callerIpAddress": event.address,
            "correlationId": event.identifier,
            "identity": event.person.display,
            "Level": 4,
            "location": event.place[0],
            "properties": _properties(moment, event),
        }
    )


def _properties(moment: Moment, event: SignIn) -> dict[str, Any]:
    person, (country, city) = event.person, event.place
    strength = "multiFactorAuthentication" if event.multi_factor else "singleFactorAuthentication"
    return {
        "id": event.identifier,
        "createdDateTime": moment.iso,
        "userDisplayName": person.display,
        "userPrincipalName": person.upn,
        "userId": person.object_id,
        "appId": f"{hash_of(event.app):08x}-0000-4000-a000-000000000000",
        "appDisplayName": event.app,
        "ipAddress": event.address,
        "status": _status(event),
        "clientAppUsed": "Browser",
        "userAgent": event.agent or person.agent,
        "deviceDetail": _device(event),
        "location": {"city": city, "state": "", "countryOrRegion": country},
        "correlationId": event.identifier,
        "conditionalAccessStatus": "notApplied" if event.code else "success",
        "authenticationRequirement": strength,
        "mfaDetail": {"authMethod": "Phone app notification"} if event.multi_factor and event.code != 50126 else {},
        "isInteractive": True,
        "riskLevelAggregated": "none",
        "riskLevelDuringSignIn": "none",
        "riskState": "none",
        "resourceDisplayName": event.app,
        "tokenIssuerType": "AzureAD",
    }


def _status(event: SignIn) -> dict[str, Any]:
    status: dict[str, Any] = {"errorCode": event.code}
    if event.code:
        status["failureReason"] = _OUTCOMES[event.code]
    elif event.multi_factor:
        status["additionalDetails"] = "MFA completed in Azure AD"
    return status


def _device(event: SignIn) -> dict[str, Any]:
    return {
        "deviceId": event.person.device_id if event.managed else "",
        "displayName": "",
        "operatingSystem": "Windows 10",
        "browser": "Chrome",
        "isCompliant": event.managed,
        "isManaged": event.managed,
        "trustType": "Hybrid Azure AD joined" if event.managed else "",
    }


def hash_of(text: str) -> int:
    """Return a number for a text that is the same in every process."""
    return crc32(text.encode())


class Audit(NamedTuple):
    """One operation in Microsoft 365."""

    operation: str
    workload: str
    address: str
    identifier: str
    details: dict[str, Any]


_RECORD_TYPES = {"New-InboxRule": 1, "Set-Mailbox": 1, "MailItemsAccessed": 50, "FileAccessed": 6, "FileDownloaded": 6}


def audit(moment: Moment, company: Company, person: Person, event: Audit) -> str:
    """Render a record of the unified audit log."""
    return _encode(
        {
            "CreationTime": moment.second,
            "Id": event.identifier,
            "Operation": event.operation,
            "OrganizationId": company.tenant,
            "RecordType": _RECORD_TYPES.get(event.operation, 2 if event.workload == "Exchange" else 6),
            "ResultStatus": "Succeeded",
            "UserKey": person.object_id.replace("-", "")[:16].upper(),
            "UserType": 0,
            "Version": 1,
            "Workload": event.workload,
            "ClientIP": event.address,
            "UserId": person.upn,
            **event.details,
        }
    )


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the AWS API."""

    source: str  # the service: iam, s3, ec2, sts, signin, cloudtrail
    name: str
    identity: dict[str, Any]
    address: str
    agent: str
    identifier: str
    region: str = "eu-central-1"
    parameters: dict[str, Any] | None = None
    answer: dict[str, Any] | None = None
    error: str = ""
    request: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def cloud_trail(moment: Moment, company: Company, call: Call) -> str:
    """Render a record of CloudTrail."""
    data_event = call.source == "s3" and call.name in {"GetObject", "PutObject"}
    kind = "AwsConsoleSignIn" if call.source == "signin" else "AwsApiCall"
    record: dict[str, Any] = {
        "eventVersion": "1.09",
        "userIdentity": call.identity,
        "eventTime": f"{moment.second}Z",
        "eventSource": f"{call.source}.amazonaws.com",
        "eventName": call.name,
        "awsRegion": call.region,
        "sourceIPAddress": call.address,
        "userAgent": call.agent,
        "requestParameters": call.parameters,
        "responseElements": call.answer,
        "requestID": call.request or call.identifier,
        "eventID": call.identifier,
        "readOnly": call.name.startswith(("Get", "List", "Describe", "Head")),
        "eventType": kind,
        "managementEvent": not data_event,
        "recipientAccountId": company.aws_account,
        "eventCategory": "Data" if data_event else "Management",
    }
    if call.error:
        record |= {"errorCode": call.error, "errorMessage": "User is not authorized to perform this operation"}
    return _encode(record | call.extra)


def iam_user(company: Company, name: str, key: str) -> dict[str, Any]:
    """Describe a user of IAM as CloudTrail does."""
    return {
        "type": "IAMUser",
        "principalId": f"AIDA{hash_of(name):016X}",
        "arn": f"arn:aws:iam::{company.aws_account}:user/{name}",
        "accountId": company.aws_account,
        "accessKeyId": key,
        "userName": name,
    }


def role(company: Company, name: str, session: str, key: str) -> dict[str, Any]:
    """Describe an assumed role as CloudTrail does."""
    principal = f"AROA{hash_of(name):016X}"
    return {
        "type": "AssumedRole",
        "principalId": f"{principal}:{session}",
        "arn": f"arn:aws:sts::{company.aws_account}:assumed-role/{name}/{session}",
        "accountId": company.aws_account,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": principal,
                "arn": f"arn:aws:iam::{company.aws_account}:role/{name}",
                "accountId": company.aws_account,
                "userName": name,
            },
            "attributes": {"mfaAuthenticated": "false"},
        },
    }
