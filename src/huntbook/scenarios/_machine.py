"""A running Windows machine: its lasting processes, process ids that are not given twice, and the days worked on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from huntbook.scenarios._clock import DAY, HOUR, MINUTE, SECOND, is_weekend, stream
from huntbook.scenarios._company import SYSTEM
from huntbook.scenarios._windows import Process, Session, process_guid
from huntbook.scenarios._zeek import dynamic_port

if TYPE_CHECKING:
    from huntbook.scenarios._clock import Span
    from huntbook.scenarios._company import Account, Company, Host, Person

_LASTING = {
    "wininit": ("C:\\Windows\\System32\\wininit.exe", "wininit.exe", ""),
    "services": ("C:\\Windows\\System32\\services.exe", "C:\\Windows\\system32\\services.exe", "wininit"),
    "lsass": ("C:\\Windows\\System32\\lsass.exe", "C:\\Windows\\system32\\lsass.exe", "wininit"),
    "netsvcs": ("C:\\Windows\\System32\\svchost.exe", "C:\\Windows\\system32\\svchost.exe -k netsvcs -p", "services"),
    "schedule": (
        "C:\\Windows\\System32\\svchost.exe",
        "C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s Schedule",
        "services",
    ),
    "dcom": ("C:\\Windows\\System32\\svchost.exe", "C:\\Windows\\system32\\svchost.exe -k DcomLaunch -p", "services"),
    "defender": (
        "C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.25010.11-0\\MsMpEng.exe",
        '"C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.25010.11-0\\MsMpEng.exe"',
        "services",
    ),
    "wmi": (
        "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe",
        "C:\\Windows\\system32\\wbem\\wmiprvse.exe -Embedding",
        "dcom",
    ),
}


class Workday(NamedTuple):
    """One person's day at their client: the session, its shell, and when it began and ended."""

    session: Session
    shell: Process
    start: int
    end: int


class Machine:
    """A Windows host with its state."""

    def __init__(self, seed: int, company: Company, host: Host, span: Span) -> None:
        self.host = host
        self._seed = seed
        self._rng = stream(seed, "machine", host.name)
        self._reserved: set[int] = set()
        self._recent: dict[int, None] = {}  # given of late: not to be given again while they may still run
        self._days: dict[int, Workday | None] = {}
        booted = span.start - self._rng.randrange(1, 20) * DAY + 5 * HOUR
        self.lasting: dict[str, Process] = {}
        for name, (image, command, parent) in _LASTING.items():
            process = self.process(image, command, booted, account=SYSTEM, logon="0x3e7", integrity="System")
            self.lasting[name] = process.under(self.lasting[parent]) if parent else process
        product = company.agent_product
        agent = f"C:\\Program Files\\{product}\\Agent\\{product}Agent.exe"
        self.lasting["agent"] = self.process(
            agent, f'"{agent}" --service', booted, account=SYSTEM, logon="0x3e7", integrity="System"
        ).under(self.lasting["services"])

    def pid(self, *, reserve: bool = False) -> int:
        """Draw a process id; one that is reserved is never given to another process."""
        while (pid := (300 + int(self._rng.random() * 5200)) * 4) in self._reserved or pid in self._recent:
            pass
        if reserve:
            self._reserved.add(pid)
        else:
            self._recent[pid] = None
            if len(self._recent) > 400:
                del self._recent[next(iter(self._recent))]
        return pid

    def logon_id(self) -> str:
        """Draw the id of a logon."""
        return hex(self._rng.randrange(0x20000, 0xFFFFFFF))

    def port(self) -> str:
        """Draw a port that the host connects from."""
        return str(dynamic_port(self._rng))

    def process(
        self,
        image: str,
        command_line: str,
        started: int,
        *,
        account: Account,
        logon: str,
        integrity: str = "Medium",
        directory: str = "C:\\Windows\\system32\\",
        original_name: str = "",
    ) -> Process:
        """Start a process whose id stays its own for the whole evidence."""
        pid = self.pid(reserve=True)
        return Process(
            pid=str(pid),
            hex_pid=hex(pid),
            guid=process_guid(self.host, started, pid),
            image=image,
            command_line=command_line,
            account=account,
            logon=logon,
            integrity=integrity,
            directory=directory,
            original_name=original_name,
        )

    def workday(self, person: Person, day: int, *, always: bool = False) -> Workday | None:
        """Return the session of a day, the same each time; None where the person did not come."""
        if day not in self._days:
            rng = stream(self._seed, "workday", self.host.name, day // DAY)
            comes = always or rng.random() < (0.05 if is_weekend(day) else 0.92)
            start = day + 7 * HOUR + rng.randrange(110 * MINUTE)
            end = day + 15 * HOUR + 45 * MINUTE + rng.randrange(150 * MINUTE)
            self._days[day] = self._begin(person, start, end) if comes else None
        return self._days[day]

    def _begin(self, person: Person, start: int, end: int) -> Workday:
        session = Session(person.account, self.logon_id(), "2", "127.0.0.1", "0", self.host.name)
        shell = self.process(
            "C:\\Windows\\explorer.exe",
            "C:\\Windows\\Explorer.EXE",
            start + 4 * SECOND,
            account=person.account,
            logon=session.logon,
            directory=f"C:\\Users\\{person.login}\\",
        )
        # The shell's parent has ended by the time anybody looks: its id is in no other record.
        userinit = "C:\\Windows\\System32\\userinit.exe"
        parent = self.process(userinit, userinit, start, account=person.account, logon=session.logon)
        return Workday(session, shell.under(parent), start, end)
