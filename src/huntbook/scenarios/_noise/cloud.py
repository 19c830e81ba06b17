"""The cloud: people sign in, mistype, read their mail and files; machines call the API of AWS day and night."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from huntbook.scenarios import _cloud
from huntbook.scenarios._clock import iso_seconds, office
from huntbook.scenarios._cloud import Audit, Call, SignIn
from huntbook.scenarios._company import guid
from huntbook.scenarios._noise._source import Noise

if TYPE_CHECKING:
    from huntbook.scenarios._company import Person
    from huntbook.scenarios._world import World

_SIGN_IN, _OFFICE, _CALL, _OBJECT = 9.0, 16.0, 9.0, 7.0
HOME = ("NL", "Utrecht")
APPS = ("Mail on the Web", "Sharedesk Online", "Teamtalk", "Payfolio", "Directory Portal")
_CLI = "aws-cli/2.15.30 Python/3.11.8 Linux/6.5.0 exe/x86_64 prompt/off"
_SDK = "Boto3/1.34.69 md/Botocore#1.34.69 ua/2.0 os/linux#6.1.79 md/arch#x86_64 lang/python#3.11.8"
_CALLS = (
    ("ec2", "DescribeInstances"), ("ec2", "DescribeSecurityGroups"), ("ec2", "DescribeVolumes"), ("sts", "GetCallerIdentity"),
    ("s3", "ListBuckets"), ("s3", "GetBucketLocation"), ("iam", "ListRoles"), ("iam", "GetRole"),
    ("cloudtrail", "DescribeTrails"), ("cloudtrail", "GetTrailStatus"), ("logs", "DescribeLogGroups"), ("kms", "ListAliases"),
)  # fmt: skip


class Cloud(Noise):
    """What the cloud services record by themselves."""

    name: ClassVar[str] = "cloud"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._builder = _cloud.role(self.company, "ci-builder", "pipeline", key(self.rng.getrandbits(60), "ASIA"))
        self._reports = _cloud.role(self.company, "nightly-reports", "etl", key(self.rng.getrandbits(60), "ASIA"))
        self._egress = self.company.office_address

    def slice(self, start: int, end: int) -> None:
        """Log what the services record in a slice."""
        size, busy = self.world.size, office(start) * 2.4 + 0.05
        for moment in self.times(start, end, _SIGN_IN * size * busy):
            self._sign_in(moment)
        for moment in self.times(start, end, _OFFICE * size * busy):
            self._work(moment)
        for moment in self.times(start, end, _CALL * size):
            self._call(moment)
        for moment in self.times(start, end, _OBJECT * size):
            self._read(moment)

    def _place(self, person: Person) -> str:
        return self._egress if self.rng.random() < 0.75 else person.home

    def _sign_in(self, moment: int) -> None:
        rng, person = self.rng, self.rng.choice(self.company.people)
        address, app = self._place(person), rng.choice(APPS)
        # somebody who mistypes tries again at once
        code = rng.choices((0, 50126, 50074, 50140), (88, 4, 5, 3))[0]
        event = SignIn(person, address, HOME, app=app, code=code, identifier=guid(rng), multi_factor=rng.random() < 0.8)
        self.logs.sign_in(moment, event)
        if code:
            again = SignIn(person, address, HOME, app=app, identifier=guid(rng))
            self.logs.sign_in(moment + rng.randrange(6_000, 40_000), again)

    def _work(self, moment: int) -> None:
        rng, person = self.rng, self.rng.choice(self.company.people)
        site = f"https://{self.company.name}.sharedesk.example/sites/{person.department.lower().replace(' ', '-')}/"
        operation, workload, details = rng.choice(_operations(person, site))
        event = Audit(operation, workload, self._place(person), guid(rng), details)
        self.logs.office(moment, person, event)

    def _call(self, moment: int) -> None:
        rng = self.rng
        service, name = rng.choice(_CALLS)
        if rng.random() < 0.8:
            identity, address, agent = self._builder, f"10.0.{rng.randrange(4)}.{rng.randrange(10, 250)}", _SDK
        else:
            person = self.company.admin
            identity = _cloud.iam_user(self.company, person.login, key(_cloud.hash_of(person.login), "AKIA"))
            address, agent = self._egress, _CLI
        region = "us-east-1" if service in {"iam", "sts"} else "eu-central-1"
        self.logs.aws(moment, Call(service, name, identity, address, agent, guid(rng), region=region))

    def _read(self, moment: int) -> None:
        """The nightly reports read what they are made of; they come from the company's own network in the cloud."""
        rng = self.rng
        day = iso_seconds(moment)[:10]
        parameters = {
            "bucketName": f"{self.company.name}-reports",
            "key": f"daily/{day}/part-{rng.randrange(1000):04d}.parquet",
        }
        self.logs.aws(
            moment, Call("s3", "GetObject", self._reports, "10.0.3.77", _SDK, guid(rng), parameters=parameters)
        )


def key(number: int, kind: str) -> str:
    """Spell the id of an access key: AKIA for one that lasts, ASIA for one that expires."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return kind + "".join(digits[number >> 5 * n & 31] for n in range(16))


def _operations(person: Person, site: str) -> list[tuple[str, str, dict[str, Any]]]:
    mailbox = {"MailboxOwnerUPN": person.upn, "ClientInfoString": "Client=OWA;Action=ViaProxy"}
    return [
        (
            "MailItemsAccessed",
            "Exchange",
            {**mailbox, "OperationProperties": [{"Name": "MailAccessType", "Value": "Bind"}]},
        ),
        ("Send", "Exchange", {**mailbox, "Item": {"Subject": "Minutes of today"}}),
        (
            "FileAccessed",
            "SharePoint",
            {"ObjectId": f"{site}plan.xlsx", "SourceFileName": "plan.xlsx", "SiteUrl": site},
        ),
        (
            "FileModified",
            "SharePoint",
            {"ObjectId": f"{site}plan.xlsx", "SourceFileName": "plan.xlsx", "SiteUrl": site},
        ),
        (
            "FileDownloaded",
            "OneDrive",
            {"ObjectId": f"{site}notes.docx", "SourceFileName": "notes.docx", "SiteUrl": site},
        ),
    ]
