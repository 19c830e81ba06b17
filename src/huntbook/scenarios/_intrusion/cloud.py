"""The cloud, with what was stolen: a sign-in from elsewhere, mail that is forwarded, keys and buckets of AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huntbook.scenarios import _cloud
from huntbook.scenarios._answers import Remote
from huntbook.scenarios._clock import HOUR, MINUTE, SECOND
from huntbook.scenarios._cloud import Audit, Call, SignIn
from huntbook.scenarios._company import guid
from huntbook.scenarios._intrusion._story import Place
from huntbook.scenarios._noise.cloud import key

if TYPE_CHECKING:
    from random import Random

    from huntbook.scenarios._intrusion._story import Story

_PLACES = (("MD", "Tiraspol"), ("PA", "Colon"), ("KZ", "Aktau"), ("BY", "Brest"), ("SC", "Victoria"))
_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0",
    "python-requests/2.31.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36",
)


def take_cloud(story: Story) -> None:
    """Sign in as the user on the evening of the second day, hide in the mail, and go on to AWS in the night."""
    rng = story.stream("cloud")
    moment = story.days[1].end + rng.randrange(HOUR, 3 * HOUR)
    rng.choice([_spray, _wear_out])(story, rng, moment)
    _hide_in_mail(story, rng, moment + rng.randrange(20, 50) * MINUTE)
    _take_aws(story, rng, moment + rng.randrange(90, 200) * MINUTE)


def _attempt(story: Story, rng: Random, place: tuple[str, str], code: int = 0) -> SignIn:
    return SignIn(story.patient, story.cloud_addresses[0], place, code=code, agent=_AGENTS[0], managed=False,
                  multi_factor=code != 0, identifier=guid(rng))  # fmt: skip


def _spray(story: Story, rng: Random, moment: int) -> None:
    """Try one password on everybody, until it fits one."""
    place, people = rng.choice(_PLACES), [person for person in story.company.people[:14] if person is not story.patient]
    begun = moment - 30 * MINUTE
    for number, person in enumerate(people):
        event = SignIn(person, story.cloud_addresses[0], place, code=50126, agent=_AGENTS[0], managed=False,
                       multi_factor=False, identifier=guid(rng))  # fmt: skip
        story.logs.sign_in(begun + number * rng.randrange(20, 40) * SECOND, event)
    story.plant("credential access", "T1110.003", begun, Place("Azure AD", story.patient.upn, "SignInLogs"),
                files=["azure/signins.json"], note=f"{len(people)} accounts were tried with a password each from one address.",
                remote=Remote(address=story.cloud_addresses[0], port=443), indicators=[story.cloud_addresses[0]])  # fmt: skip
    _signed_in(story, rng, moment, place)


def _wear_out(story: Story, rng: Random, moment: int) -> None:
    """Ask for the second factor again and again, until the user agrees."""
    place, count = rng.choice(_PLACES), rng.randrange(7, 16)
    begun = moment - count * 70 * SECOND
    for number in range(count):
        story.logs.sign_in(begun + number * 70 * SECOND + rng.randrange(9000), _attempt(story, rng, place, 500121))
    story.plant("credential access", "T1621", begun, Place("Azure AD", story.patient.upn, "SignInLogs"),
                files=["azure/signins.json"], note=f"The user was asked for the second factor {count} times.",
                remote=Remote(address=story.cloud_addresses[0], port=443), indicators=[story.cloud_addresses[0]])  # fmt: skip
    _signed_in(story, rng, moment, place)


def _signed_in(story: Story, rng: Random, moment: int, place: tuple[str, str]) -> None:
    story.logs.sign_in(moment, _attempt(story, rng, place))
    story.plant("initial access", "T1078.004", moment, Place("Azure AD", story.patient.upn, "SignInLogs"),
                files=["azure/signins.json"], note=f"A sign-in from {place[1]}, {place[0]}, with a device never seen before.",
                remote=Remote(address=story.cloud_addresses[0], port=443),
                indicators=[story.cloud_addresses[0], story.patient.upn])  # fmt: skip


def _hide_in_mail(story: Story, rng: Random, moment: int) -> None:
    """Forward mail to the outside, by a rule or for the whole mailbox, and read what there is."""
    address = f"{rng.choice(['archive', 'inbox', 'records'])}{rng.randrange(100)}@{rng.choice(['freemail', 'postbox', 'quickmail'])}.example"
    name, technique, values = rng.choice([
        ("New-InboxRule", "T1114.003", {"ForwardTo": address, "SubjectOrBodyContainsWords": "invoice;payment;wire", "DeleteMessage": "True", "Name": "."}),
        ("New-InboxRule", "T1564.008", {"RedirectTo": address, "MarkAsRead": "True", "MoveToFolder": "RSS Feeds", "Name": ".."}),
        ("Set-Mailbox", "T1114.003", {"ForwardingSmtpAddress": f"smtp:{address}", "DeliverToMailboxAndForward": "True"}),
    ])  # fmt: skip
    parameters = [
        {"Name": "Identity", "Value": story.patient.upn},
        *({"Name": k, "Value": v} for k, v in values.items()),
    ]
    place = story.cloud_addresses[0]
    _operate(story, rng, moment, (name, {"ObjectId": story.patient.upn, "Parameters": parameters}))
    story.plant("collection", technique, moment, Place("Office 365", story.patient.upn, "OfficeActivity"),
                files=["m365/audit.json"], note=f"{name} sends mail to {address}.",
                remote=Remote(address=place, port=443), indicators=[place, address])  # fmt: skip
    for number in range(rng.randrange(15, 40)):
        details = {"MailboxOwnerUPN": story.patient.upn, "ClientInfoString": "Client=REST;;",
                   "OperationProperties": [{"Name": "MailAccessType", "Value": "Sync"}]}  # fmt: skip
        _operate(story, rng, moment + (number + 1) * 4 * SECOND, ("MailItemsAccessed", details))


def _operate(story: Story, rng: Random, moment: int, what: tuple[str, dict[str, Any]]) -> None:
    event = Audit(what[0], "Exchange", story.cloud_addresses[0], guid(rng), what[1])
    story.logs.office(moment, story.patient, event)


class _Aws:
    """Calls of the API with the stolen key."""

    def __init__(self, story: Story, rng: Random, moment: int) -> None:
        self.story, self.rng, self.moment = story, rng, moment
        self.user = rng.choice(["report-uploader", "deploy-bot", "etl-worker", "backup-sync"])
        self.identity = _cloud.iam_user(story.company, self.user, key(rng.getrandbits(80), "AKIA"))
        self.agent = rng.choice(
            ["aws-cli/2.13.5 Python/3.11.4 Linux/6.1.0-kali9 exe/x86_64", "Boto3/1.28.3 Python/3.10.6 Windows/10"]
        )

    def call(self, service: str, name: str, parameters: dict[str, Any] | None = None, **more: Any) -> None:
        """Make a call; ones to the account's own services go to the region that hosts them."""
        self.moment += self.rng.randrange(3, 50) * SECOND
        region = "us-east-1" if service in {"iam", "sts", "signin"} else "eu-central-1"
        call = Call(service, name, self.identity, self.story.cloud_addresses[1], self.agent, guid(self.rng), region=region,
                    parameters=parameters, **more)  # fmt: skip
        self.story.logs.aws(self.moment, call)

    def plant(
        self, stage: str, technique: str, *, note: str, indicators: tuple[str, ...] = (), region: str = "us-east-1"
    ) -> None:
        """Note what the last call was for."""
        story = self.story
        story.plant(stage, technique, self.moment, Place("AWS", self.user, "CloudTrail"),
                    files=[story.logs.trail_path(region, self.moment)], note=note,
                    remote=Remote(address=story.cloud_addresses[1], port=443),
                    indicators=[story.cloud_addresses[1], *indicators])  # fmt: skip


def _take_aws(story: Story, rng: Random, moment: int) -> None:
    aws = _Aws(story, rng, moment)
    aws.call("sts", "GetCallerIdentity")
    aws.plant("initial access", "T1078.004", note="The stolen key was tried from an unknown address.")
    for service, name in (
        ("iam", "ListUsers"),
        ("iam", "ListAttachedUserPolicies"),
        ("s3", "ListBuckets"),
        ("ec2", "DescribeInstances"),
        ("secretsmanager", "ListSecrets"),
    ):
        aws.call(service, name, error=rng.choice(["", "", "AccessDenied"]))
    aws.plant("discovery", "T1580", note="Users, buckets, instances and secrets were listed.", region="eu-central-1")
    rng.choice([_new_key, _new_user])(aws)
    if rng.random() < 0.4:
        _console(aws)
    _blind(aws)
    _empty_bucket(aws)


def _new_key(aws: _Aws) -> None:
    target = aws.story.company.admin.login
    made = key(aws.rng.getrandbits(80), "AKIA")
    answer = {"accessKey": {"accessKeyId": made, "status": "Active", "userName": target}}
    aws.call("iam", "CreateAccessKey", {"userName": target}, answer=answer)
    aws.plant("persistence", "T1098.001", note=f"A key was made for {target}.", indicators=(made,))


def _new_user(aws: _Aws) -> None:
    name = aws.rng.choice(["support-readonly", "cloudwatch-agent2", "terraform-tmp"])
    aws.call("iam", "CreateUser", {"userName": name})
    aws.plant("persistence", "T1136.003", note=f"The user {name} was created.", indicators=(name,))
    aws.call("iam", "AttachUserPolicy", {"userName": name, "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"})
    aws.plant("privilege escalation", "T1098.003", note=f"{name} may do anything.", indicators=(name,))
    aws.call("iam", "CreateLoginProfile", {"userName": name, "passwordResetRequired": False})


def _console(aws: _Aws) -> None:
    extra = {"additionalEventData": {"LoginTo": "https://console.aws.example/", "MobileVersion": "No", "MFAUsed": "No"}}
    aws.call("signin", "ConsoleLogin", answer={"ConsoleLogin": "Success"}, extra=extra)
    aws.plant("initial access", "T1078.004", note="The console was entered without a second factor.")


def _blind(aws: _Aws) -> None:
    """Make the trail stop seeing."""
    ways: list[tuple[str, dict[str, Any]]] = [
        ("StopLogging", {"name": "org-trail"}),
        ("DeleteTrail", {"name": "org-trail"}),
        ("PutEventSelectors", {"trailName": "org-trail", "eventSelectors": [{"readWriteType": "ReadOnly", "includeManagementEvents": False}]}),
    ]  # fmt: skip
    name, parameters = aws.rng.choice(ways)
    aws.call("cloudtrail", name, parameters)
    aws.plant(
        "defense evasion", "T1562.008", note=f"{name} on the trail.", indicators=("org-trail",), region="eu-central-1"
    )


def _empty_bucket(aws: _Aws) -> None:
    """Read everything in a bucket within minutes."""
    bucket = f"{aws.story.company.name}-{aws.rng.choice(['customer-exports', 'contracts', 'payroll'])}"
    aws.call("s3", "ListObjects", {"bucketName": bucket})
    begun = aws.moment
    for number in range(aws.rng.randrange(60, 160)):
        aws.call("s3", "GetObject", {"bucketName": bucket, "key": f"2026/{number:05d}.csv"})
        aws.moment -= aws.rng.randrange(2, 3) * SECOND
    aws.moment, end = begun, aws.moment
    aws.plant(
        "exfiltration",
        "T1530",
        note=f"The bucket {bucket} was read object by object.",
        indicators=(bucket,),
        region="eu-central-1",
    )
    aws.moment = end
