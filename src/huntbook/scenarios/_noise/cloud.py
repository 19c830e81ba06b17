"""The cloud: people sign in, mistype, read their mail and files; machines call the API of AWS day and night."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from huntbook.scenarios import _cloud
from huntbook.scenarios._clock import DAY, between, iso, office, pick
from huntbook.scenarios._cloud import Audit, Call, SignIn
from huntbook.scenarios._company import guid
from huntbook.scenarios._noise._source import Noise
from huntbook.scenarios._stencil import hole

if TYPE_CHECKING:
    from huntbook.scenarios._company import Person
    from huntbook.scenarios._logs import Mould
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
_OPERATIONS = (
    ("MailItemsAccessed", "Exchange", "Bind"),
    ("Send", "Exchange", "Minutes of today"),
    ("FileAccessed", "SharePoint", "plan.xlsx"),
    ("FileModified", "SharePoint", "plan.xlsx"),
    ("FileDownloaded", "OneDrive", "notes.docx"),
)


class Cloud(Noise):
    """What the cloud services record by themselves."""

    name: ClassVar[str] = "cloud"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._builder = _cloud.role(self.company, "ci-builder", "pipeline", key(self.rng.getrandbits(80), "ASIA"))
        self._reports = _cloud.role(self.company, "nightly-reports", "etl", key(self.rng.getrandbits(80), "ASIA"))
        self._admin = _cloud.iam_user(self.company, self.company.admin.login, key(self.rng.getrandbits(80), "AKIA"))
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
        rng, person = self.rng, pick(self.rng, self.company.people)
        values = {"address": self._place(person)}
        app, strong = pick(rng, APPS), rng.random() < 0.8
        code = rng.choices((0, 50126, 50074, 50140), (88, 4, 5, 3))[0]
        self._signed_in(person, app, code, strong=strong).pour(moment, values | {"id": guid(rng)})
        if code:  # somebody who mistypes tries again at once
            again = moment + between(rng, 6_000, 40_000)
            self._signed_in(person, app, 0, strong=True).pour(again, values | {"id": guid(rng)})

    def _signed_in(self, person: Person, app: str, code: int, *, strong: bool) -> Mould:
        shape = ("sign-in", person.login, app, str(code), str(strong))
        if shape not in self.moulds:
            event = SignIn(
                person, hole("address"), HOME, app=app, code=code, identifier=hole("id"), multi_factor=strong
            )
            self.moulds[shape] = (self.logs.sign_in_mould(event),)
        return self.moulds[shape][0]

    def _work(self, moment: int) -> None:
        rng, person = self.rng, pick(self.rng, self.company.people)
        number = rng.randrange(len(_OPERATIONS))
        shape = ("office", person.login, str(number))
        if shape not in self.moulds:
            self.moulds[shape] = (self._operation(person, *_OPERATIONS[number]),)
        self.moulds[shape][0].pour(moment, {"address": self._place(person), "id": guid(rng)})

    def _operation(self, person: Person, name: str, workload: str, item: str) -> Mould:
        details: dict[str, Any] = {"MailboxOwnerUPN": person.upn, "ClientInfoString": "Client=OWA;Action=ViaProxy"}
        if name == "MailItemsAccessed":
            details["OperationProperties"] = [{"Name": "MailAccessType", "Value": item}]
        elif workload == "Exchange":
            details["Item"] = {"Subject": item}
        else:
            department = person.department.lower().replace(" ", "-")
            site = f"https://{self.company.name}.sharedesk.example/sites/{department}/"
            details = {"ObjectId": site + item, "SourceFileName": item, "SiteUrl": site}
        return self.logs.office_mould(person, Audit(name, workload, hole("address"), hole("id"), details))

    def _call(self, moment: int) -> None:
        rng = self.rng
        service, name = pick(rng, _CALLS)
        by_machine = rng.random() < 0.8
        address = f"10.0.{rng.randrange(4)}.{between(rng, 10, 250)}" if by_machine else self._egress
        shape = ("call", service, name, str(by_machine), str(moment // DAY))
        if shape not in self.moulds:
            identity, agent = (self._builder, _SDK) if by_machine else (self._admin, _CLI)
            region = "us-east-1" if service in {"iam", "sts"} else "eu-central-1"
            call = Call(
                service, name, identity, hole("address"), agent, hole("id"), region=region, request=hole("request")
            )
            self.moulds[shape] = (self.logs.aws_mould(moment // DAY * DAY, call),)
        values = {"address": address, "id": guid(rng), "request": guid(rng)}
        self.moulds[shape][0].pour(moment, values)

    def _read(self, moment: int) -> None:
        """The nightly reports read what they are made of, from the company's own network in the cloud."""
        rng = self.rng
        shape = ("read", str(moment // DAY))
        if shape not in self.moulds:
            path = f"daily/{iso(moment)[:10]}/part-{hole('part')}.parquet"
            call = Call("s3", "GetObject", self._reports, "10.0.3.77", _SDK, hole("id"), request=hole("request"),
                        parameters={"bucketName": f"{self.company.name}-reports", "key": path})  # fmt: skip
            self.moulds[shape] = (self.logs.aws_mould(moment // DAY * DAY, call),)
        values = {"part": f"{rng.randrange(1000):04d}", "id": guid(rng), "request": guid(rng)}
        self.moulds[shape][0].pour(moment, values)


def key(number: int, kind: str) -> str:
    """Spell the id of an access key: AKIA for one that lasts, ASIA for one that expires."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return kind + "".join(digits[number >> 5 * n & 31] for n in range(16))
