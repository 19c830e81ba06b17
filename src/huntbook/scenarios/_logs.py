"""All log files of a scenario, and which of them a host or service writes to."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from huntbook.scenarios import _cloud, _linux, _shapes, _zeek
from huntbook.scenarios._clock import DAY, Moment, iso, spelled
from huntbook.scenarios._files import LogFile
from huntbook.scenarios._stencil import Stencil, hole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from huntbook.scenarios._clock import Span
    from huntbook.scenarios._cloud import Audit, Call, SignIn
    from huntbook.scenarios._company import Company, Host, Person
    from huntbook.scenarios._windows import Record

HOLES = Moment(hole("iso"), hole("utc"), hole("second"))
REGIONS = ("eu-central-1", "us-east-1")
_WINDOWS = {"flat": "windows/clients.jsonl", "beat": "windows/winlogbeat.ndjson", "table": "windows/SecurityEvent.csv"}
_SIGN_INS, _AUDIT = "azure/signins.json", "m365/audit.json"
_ZEEK = {"conn": "zeek/conn.log.gz", "dns": "zeek/dns.log.gz", "http": "zeek/http.log", "ssl": "zeek/ssl.log"}


class Mould:
    """Records of one happening on one host, ready to be poured many times with other values in their holes."""

    def __init__(self, parts: list[tuple[LogFile, Stencil, str]]) -> None:
        self._parts = parts

    def pour(self, moment: int, values: Mapping[str, str] = MappingProxyType({})) -> None:
        """Log the records as of a time, with the values in their other holes."""
        filling = {**spelled(moment), **values}
        for file, stencil, series in self._parts:
            file.add(moment, stencil.fill(filling), series)


class Logs:
    """Where everything that happens is written down."""

    def __init__(self, folder: Path, company: Company, span: Span) -> None:
        self._folder = folder
        self._company = company
        self._span = span
        self.files: dict[str, LogFile] = {}
        for path in _WINDOWS.values():
            self._open(path, opening=",".join(_shapes.COLUMNS) + "\n" if path.endswith(".csv") else "")
        for log, path in _ZEEK.items():
            self._open(path, opening=_zeek.header(log, span), closing=_zeek.footer(span))
        for host in company.hosts:
            for path in self._linux_files(host):
                self._open(path)
        for path in (_SIGN_INS, _AUDIT):
            self._open(path)
        for region in REGIONS:
            for day in span.days():
                self._open(self.trail_path(region, day), opening='{"Records":[', between=",", closing="]}")

    def _open(self, path: str, *, opening: str = "", between: str = "\n", closing: str = "\n") -> None:
        self.files[path] = LogFile(self._folder / path, opening, between, closing)

    @staticmethod
    def _linux_files(host: Host) -> list[str]:
        if host.windows:
            return []
        main = "messages" if host.shape == "syslog5424" else "syslog"
        return [f"linux/{host.name}/{main}", f"linux/{host.name}/audit.log"]

    def path_of(self, host: Host, *, audit: bool = False) -> str:
        """Return the file that a host's own events are in."""
        return _WINDOWS[host.shape] if host.windows else self._linux_files(host)[audit]

    def trail_path(self, region: str, moment: int) -> str:
        """Return the file of CloudTrail for a region and a day."""
        account, day = self._company.aws_account, iso(moment)[:10]
        name = f"{account}_CloudTrail_{region}_{day.replace('-', '')}T2359Z_{_cloud.hash_of(region + day):08x}.json.gz"
        return f"aws/AWSLogs/{account}/CloudTrail/{region}/{day.replace('-', '/')}/{name}"

    def render(self, host: Host, record: Record, moment: Moment) -> str:
        """Put a Windows record into the form of its host's exporter; empty where that does not export it."""
        if host.shape == "flat":
            return _shapes.flat(record, host, moment)
        if host.shape == "beat":
            return _shapes.beat(record, host, moment)
        return _shapes.table(record, host, moment, tenant=self._company.tenant) if _is_security(record) else ""

    def windows(self, host: Host, moment: int, records: Iterable[Record]) -> None:
        """Log records of a Windows host."""
        spelled = Moment.at(moment)
        for record in records:
            if text := self.render(host, record, spelled):
                self.files[_WINDOWS[host.shape]].add(moment, text, f"{host.name} {record.origin.channel}")

    def mould(self, host: Host, records: Iterable[Record]) -> Mould:
        """Prepare records of a Windows host that were made with `HOLES` as their time."""
        file = self.files[_WINDOWS[host.shape]]
        texts = [(self.render(host, record, HOLES), f"{host.name} {record.origin.channel}") for record in records]
        return Mould([(file, Stencil(text), series) for text, series in texts if text])

    def syslog(self, host: Host, moment: int, program: str, pid: int, message: str) -> None:
        """Log a line of syslog."""
        self.files[self.path_of(host)].add(moment, _linux.syslog(host, moment, program, pid, message))

    def audit(self, host: Host, moment: int, block: str) -> None:
        """Log the records of one event of the audit daemon."""
        self.files[self.path_of(host, audit=True)].add(moment, block, "serial")

    def zeek(self, log: str, moment: int, line: str) -> None:
        """Log a line of one of Zeek's logs."""
        self.files[_ZEEK[log]].add(moment, line)

    def sign_in(self, moment: int, event: SignIn) -> None:
        """Log a sign-in."""
        self.files[_SIGN_INS].add(moment, _cloud.sign_in(Moment.at(moment), self._company, event))

    def office(self, moment: int, person: Person, event: Audit) -> None:
        """Log an operation in Microsoft 365."""
        self.files[_AUDIT].add(moment, _cloud.audit(Moment.at(moment), self._company, person, event))

    def aws(self, moment: int, call: Call) -> None:
        """Log a call of the AWS API; what lies outside the span has no file."""
        if self._span.start <= moment < self._span.end:
            path = self.trail_path(call.region, moment // DAY * DAY)
            self.files[path].add(moment, _cloud.cloud_trail(Moment.at(moment), self._company, call))

    def sign_in_mould(self, event: SignIn) -> Mould:
        """Prepare a sign-in with holes."""
        return Mould([(self.files[_SIGN_INS], Stencil(_cloud.sign_in(HOLES, self._company, event)), "")])

    def office_mould(self, person: Person, event: Audit) -> Mould:
        """Prepare an operation in Microsoft 365 with holes."""
        return Mould([(self.files[_AUDIT], Stencil(_cloud.audit(HOLES, self._company, person, event)), "")])

    def aws_mould(self, day: int, call: Call) -> Mould:
        """Prepare a call of the AWS API with holes, for the file of one day."""
        file = self.files[self.trail_path(call.region, day)]
        return Mould([(file, Stencil(_cloud.cloud_trail(HOLES, self._company, call)), "")])

    def flush(self, until: int) -> None:
        """Write everything that happened before a time."""
        for file in self.files.values():
            file.flush(until)

    def close(self) -> int:
        """Write the rest and return how many events there are."""
        for file in self.files.values():
            file.close(self._span)
        return sum(file.events for file in self.files.values())


def _is_security(record: Record) -> bool:
    return record.origin.channel == "Security"
