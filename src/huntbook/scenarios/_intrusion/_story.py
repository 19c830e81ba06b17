"""The state of an intrusion while it is being told: who was caught, what the attacker has, what has been planted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from huntbook.scenarios import _answers
from huntbook.scenarios._answers import Decoy, Fact, Remote
from huntbook.scenarios._clock import stream
from huntbook.scenarios._words import words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from huntbook.scenarios._company import Account, Host, Person
    from huntbook.scenarios._machine import Machine, Workday
    from huntbook.scenarios._windows import Process
    from huntbook.scenarios._world import World

_FIRST = words("amber cobalt delta ember flint glass hazel indigo juniper lumen mantle nimbus opal pebble russet slate")
_SECOND = words("assets bridge cache depot exchange feeds gateway hosting images mirror objects portal relay static")


@dataclass(frozen=True)
class Outpost:
    """A place of the attacker's on the internet."""

    address: str
    domain: str
    port: int

    @property
    def remote(self) -> Remote:
        """The place as a fact names it."""
        return Remote(address=self.address, port=self.port)

    @property
    def url(self) -> str:
        """The place as a script names it."""
        scheme = "https" if self.port == 443 else "http"
        return f"{scheme}://{self.domain}" + ("" if self.port in {80, 443} else f":{self.port}")


class Place(NamedTuple):
    """Where a fact shows: a host or a service of the cloud, the account that acts there, the log that shows it best."""

    host: Host | str
    account: str
    source: str


@dataclass
class Implant:
    """The attacker's program on a client, for the rest of a day."""

    process: Process
    day: Workday


class Story:
    """An intrusion: its people, places, tools, and what was planted."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.company = world.company
        self.logs = world.logs
        self.facts: list[Fact] = []
        self.decoys: list[Decoy] = []
        rng = self.stream("cast")
        self.patient: Person = rng.choice(self.company.people[2:12])
        self.client = self.company.client_of(self.patient)
        self.machine = world.machine(self.client)
        self.stolen: Account = rng.choice([self.company.admin.account, self.company.service["deploy"]])
        self.command = self._outpost(rng, 0, rng.choice([80, 443, 8080]))
        self.drop = self._outpost(rng, 1, 443)
        self.cloud_addresses = self.company.pool[2:4]
        self.victims = {self.patient.login, self.stolen.name}
        days = [self.machine.workday(self.patient, day, always=True) for day in self._days(rng)]
        self.days = [day for day in days if day is not None]
        self.implants: list[Implant] = []
        self.payload = ""  # the file of the attacker's program
        self.launch = ("", "")  # the image and command line that run it

    @property
    def on_client(self) -> Place:
        """The place of what the attacker does on the client."""
        return Place(self.client, self.patient.login, "Sysmon")

    @property
    def addresses(self) -> list[str]:
        """The attacker's addresses."""
        return [self.command.address, self.drop.address, *self.cloud_addresses]

    @property
    def domains(self) -> list[str]:
        """The attacker's names, without those that are addresses."""
        return sorted({place.domain for place in (self.command, self.drop)} - set(self.addresses))

    def stream(self, name: str) -> Random:
        """Return the random numbers of one part of the story."""
        return stream(self.world.seed, "intrusion", name)

    def _outpost(self, rng: Random, number: int, port: int) -> Outpost:
        address = self.company.pool[number]
        domain = f"{rng.choice(_FIRST)}-{rng.choice(_SECOND)}.example"
        # Some attackers do without a name; a certificate needs one.
        return Outpost(address, address if port == 8080 else domain, port)

    def _days(self, rng: Random) -> list[int]:
        """Choose three working days, the first of them not the first of the evidence."""
        days = self.world.span.working_days()
        first = rng.randrange(1, len(days) - 2)
        return days[first : first + 3]

    def spawn(
        self,
        machine: Machine,
        moment: int,
        command: tuple[str, str],
        parent: Process,
        *,
        account: Account | None = None,
        logon: str = "",
        integrity: str = "",
        seconds: float | None = 4,
        original_name: str = "",
    ) -> Process:
        """Start a process as its parent's child, by default as the same user, and log its begin and end."""
        process = machine.process(
            *command,
            moment,
            account=account or parent.account,
            logon=logon or parent.logon,
            integrity=integrity or parent.integrity,
            directory=parent.directory,
            original_name=original_name,
        ).under(parent)
        return self.world.start(machine.host, moment, process, seconds=seconds)

    def plant(
        self,
        stage: str,
        technique: str,
        moment: int,
        place: Place,
        *,
        note: str,
        files: Iterable[str] = (),
        process: Process | None = None,
        remote: Remote | None = None,
        indicators: Iterable[str] = (),
    ) -> None:
        """Note something that is to be found, by default in the host's own log."""
        host, account, source = place
        name, own = (host, ()) if isinstance(host, str) else (host.name, self.files(host))
        self.facts.append(
            Fact(
                stage=stage,
                technique=technique,
                time=when(moment),
                host=name,
                account=account,
                source=source,
                files=list(files) or list(own),
                note=note,
                process=_as_fact(process) if process else None,
                remote=remote,
                indicators=list(indicators),
            )
        )

    def decoy(
        self,
        technique: str,
        moment: int | None,
        host: str,
        account: str,
        files: Iterable[str],
        *,
        note: str,
        match: str,
    ) -> None:
        """Note something ordinary that resembles an attack."""
        self.decoys.append(
            Decoy(
                resembles=technique,
                time=None if moment is None else when(moment),
                host=host,
                account=account,
                files=list(files),
                note=note,
                match=match,
            )
        )

    def files(self, host: Host, *more: str) -> list[str]:
        """List where a host's events are, and other files."""
        return [self.logs.path_of(host), *more]


def when(moment: int) -> datetime:
    """Return a time in milliseconds as an aware datetime."""
    return datetime.fromtimestamp(moment / 1000, tz=UTC)


def _as_fact(process: Process) -> _answers.Process:
    return _answers.Process(
        id=int(process.pid),
        path=process.image,
        command_line=process.command_line,
        parent_id=int(process.parent_pid),
    )
