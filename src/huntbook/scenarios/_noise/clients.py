"""Clients: people log on, work, browse and save, and the machines look after themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from huntbook.scenarios import _windows, _windows_accounts, _zeek
from huntbook.scenarios._clock import DAY, MINUTE, SECOND, Moment, between, office, pick
from huntbook.scenarios._company import SYSTEM
from huntbook.scenarios._logs import HOLES, Mould
from huntbook.scenarios._noise import _agent, _programs
from huntbook.scenarios._noise._source import Noise, with_holes
from huntbook.scenarios._stencil import hole
from huntbook.scenarios._windows import Connection, Session
from huntbook.scenarios._zeek import Flow, Volume

if TYPE_CHECKING:
    from huntbook.scenarios._company import Host, Person
    from huntbook.scenarios._machine import Machine, Workday
    from huntbook.scenarios._windows import Process
    from huntbook.scenarios._world import World

# Happenings an hour on one client at size 1, the first five while somebody works there.
_PROGRAM, _PAGE, _SHARE, _SAVE, _SETTING = 1.3, 2.2, 0.35, 0.8, 0.8
_MACHINE, _LSASS, _AGENT = 0.22, 0.2, 0.06


class Clients(Noise):
    """What the clients log, with what the sensor, the file server and the domain controller see of it."""

    name: ClassVar[str] = "clients"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._rate = world.size * 18 / len(self.company.clients)
        self._desks = [(client, self.company.owner(client), world.machine(client)) for client in self.company.clients]
        self._open: dict[tuple[str, int], dict[str, Process]] = {}
        self._user = [program for program in _programs.USER for _ in range(program.weight)]
        self._system = [program for program in _programs.MACHINE for _ in range(program.weight)]
        self._sites = [(name, self.company.sites[name]) for name in self.company.public_sites]
        self._agent = _agent.Agent(self)

    def slice(self, start: int, end: int) -> None:
        """Log what begins on every client in a slice."""
        for client, person, machine in self._desks:
            day = machine.workday(person, start // DAY * DAY)
            if day and start <= day.start < end:
                self._log_on(machine, person, day)
            if day and (part := max(start, day.start + _COFFEE)) < (until := min(end, day.end)):
                self._work(machine, person, day, (part, until))
            self._idle(machine, start, end)
            self._agent.beat(client, machine, start, end, self._rate)

    def _work(self, machine: Machine, person: Person, day: Workday, part: tuple[int, int]) -> None:
        busy = self._rate * (0.4 + office(part[0]))
        for moment in self.times(*part, _PROGRAM * busy):
            self._use(machine, person, day, moment)
        for moment in self.times(*part, _PAGE * busy):
            self._browse(machine, person, day, moment)
        for moment in self.times(*part, _SHARE * busy):
            self._open_file(machine.host, person, moment)
        for moment in self.times(*part, _SAVE * busy):
            self._save(machine, person, day, moment)
        for moment in self.times(*part, _SETTING * busy):
            self._set(machine, person, day, moment)

    def _idle(self, machine: Machine, start: int, end: int) -> None:
        for moment in self.times(start, end, _MACHINE * self._rate):
            program = pick(self.rng, self._system)
            parent = machine.lasting[program.parent]
            self.run(machine, moment, (program.image, program.command), parent, (SYSTEM, "0x3e7", "System"))
        for moment in self.times(start, end, _LSASS * self._rate):
            self._watch_lsass(machine, moment)
        for moment in self.times(start, end, _AGENT * self._rate):
            self._agent.script(machine, moment)

    def _log_on(self, machine: Machine, person: Person, day: Workday) -> None:
        """Log the morning: tickets at the controller, the logon and its shell; and the evening's end."""
        client, rng = machine.host, self.rng
        if rng.random() < 0.12:
            self._mistype(machine, person, day.start - 20 * SECOND)
        ticket = _windows_accounts.ticket_granted(
            person.account, client.address, machine.port(), domain=self.company.netbios
        )
        self.logs.windows(self.world.controller, day.start - 200, [ticket])
        admin = person is self.company.admin
        records = [_windows_accounts.logged_on(day.session, client.account, elevated=admin)]
        self.logs.windows(client, day.start, records)
        self.logs.windows(client, day.start + 4000, _windows.process_created(day.shell, Moment.at(day.start + 4000)))
        self.logs.windows(client, day.end, [_windows_accounts.logged_off(day.session)])
        self._programs_of(machine, person, day)

    def _mistype(self, machine: Machine, person: Person, moment: int) -> None:
        session = Session(person.account, "0x0", "2", "127.0.0.1", "0", machine.host.name)
        self.logs.windows(machine.host, moment, [_windows_accounts.logon_failed(session)])

    def _programs_of(self, machine: Machine, person: Person, day: Workday) -> dict[str, Process]:
        """Return the programs that stay open all day, started when first asked for."""
        key = (machine.host.name, day.start)
        if key not in self._open:
            owner = (person.account, day.session.logon, "Medium")
            self._open[key] = {
                name: self.run(machine, day.start + (20 + 15 * n) * SECOND, program, day.shell, owner, end=day.end)
                for n, (name, program) in enumerate(_programs.PARENTS.items())
            }
        return self._open[key]

    def _use(self, machine: Machine, person: Person, day: Workday, moment: int) -> None:
        program = pick(self.rng, self._user)
        home = f"C:\\Users\\{person.login}"
        image, command = program.image.replace("{home}", home), program.command.replace("{home}", home)
        lasting = {"shell": day.shell, **machine.lasting, **self._programs_of(machine, person, day)}
        self.run(
            machine, moment, (image, command), lasting[program.parent], (person.account, day.session.logon, "Medium")
        )

    def _browse(self, machine: Machine, person: Person, day: Workday, moment: int) -> None:
        rng, client = self.rng, machine.host
        name, address = self._sites[min(int(rng.paretovariate(0.7)) - 1, len(self._sites) - 1)]
        plain = rng.random() < 0.15
        flow = Flow(_zeek.uid(rng), client.address, _zeek.dynamic_port(rng), address, 80 if plain else 443)
        browser = self._programs_of(machine, person, day)["chrome"]
        key = ("browse", client.name, name, str(plain))
        if key not in self.moulds:
            self.moulds[key] = (self._page(client, person, name, (address, str(flow.target_port))),)
        values = {"port": str(flow.source_port)}
        values |= {"pid": browser.pid, "guid": browser.guid}
        self.moulds[key][0].pour(moment, values)
        self._sense(moment, flow, name, person.agent)

    def _page(self, client: Host, person: Person, name: str, target: tuple[str, str]) -> Mould:
        browser = with_holes(_programs.CHROME, self.world.machine(client).lasting["wininit"], person.account)
        connection = Connection(client.address, hole("port"), *target, name)
        records = [
            *_windows.name_asked(browser, name, target[0], HOLES),
            *_windows.connected(browser, connection, HOLES),
        ]
        return self.logs.mould(client, records)

    def _sense(self, moment: int, flow: Flow, name: str, agent: str) -> None:
        """Log a visited page as the sensor sees it."""
        rng, logs = self.rng, self.logs
        asked = Flow(_zeek.uid(rng), flow.source, _zeek.dynamic_port(rng), self.world.controller.address, 53)
        logs.zeek("dns", moment - 60, _zeek.dns(moment - 60, asked, name, flow.target))
        small = Volume(0.012, 30 + len(name), 60 + len(name))
        logs.zeek("conn", moment - 60, _zeek.conn(moment - 60, asked, small, service="dns", proto="udp"))
        volume = Volume(rng.expovariate(1 / 20), between(rng, 600, 9000), int(rng.lognormvariate(10, 1.5)))
        if flow.target_port == 80:
            logs.zeek("conn", moment, _zeek.conn(moment, flow, volume, service="http"))
            request = _zeek.Request("GET", name, f"/{pick(rng, _PATHS)}", agent, answer=volume.received)
            logs.zeek("http", moment, _zeek.http(moment, flow, request))
        else:
            logs.zeek("conn", moment, _zeek.conn(moment, flow, volume, service="ssl"))
            logs.zeek("ssl", moment, _zeek.ssl(moment, flow, name))

    def _open_file(self, client: Host, person: Person, moment: int) -> None:
        """Log a file of a share being read: at the controller, at the file server, at the sensor."""
        server = self.company.servers["files"]
        machine = self.world.machine(server)
        key = ("share", client.name)
        if key not in self.moulds:
            self.moulds[key] = self._share(client, person, server)
        values = {"port": machine.port(), "logon": machine.logon_id()}
        for mould, after in zip(self.moulds[key], (0, 40, 90_000), strict=True):
            mould.pour(moment + after, values)
        flow = Flow(_zeek.uid(self.rng), client.address, int(values["port"]), server.address, 445)
        volume = Volume(90.0, between(self.rng, 3000, 40_000), int(self.rng.lognormvariate(11, 1.6)))
        self.logs.zeek("conn", moment, _zeek.conn(moment, flow, volume, service="gssapi,smb,krb"))

    def _share(self, client: Host, person: Person, server: Host) -> tuple[Mould, ...]:
        session = Session(person.account, hole("logon"), "3", client.address, hole("port"))
        ticket = _windows_accounts.service_ticket(
            person.account, server.account.name, client.address, hole("port"), domain=self.company.domain
        )
        folder = person.department.lower().replace(" ", "-")
        opened = [
            _windows_accounts.logged_on(session),
            _windows_accounts.share_opened(session, "teams", "D:\\teams"),
            _windows_accounts.share_checked(session, "teams", "D:\\teams", f"{folder}\\plan.xlsx"),
        ]
        return (
            self.logs.mould(self.world.controller, [ticket]),
            self.logs.mould(server, opened),
            self.logs.mould(server, [_windows_accounts.logged_off(session)]),
        )

    def _save(self, machine: Machine, person: Person, day: Workday, moment: int) -> None:
        """Log a document or a download being saved."""
        home = f"C:\\Users\\{person.login}"
        name, path = pick(self.rng,
            [("excel", f"{home}\\Documents\\~$forecast.xlsx"), ("chrome", f"{home}\\Downloads\\report.pdf"),
             ("outlook", f"{home}\\AppData\\Local\\Microsoft\\Outlook\\mail.ost.tmp")]
        )  # fmt: skip
        process = self._programs_of(machine, person, day)[name]
        self._pour_one(machine, process, ("save", path), moment)

    def _set(self, machine: Machine, person: Person, day: Workday, moment: int) -> None:
        """Log a setting being written to the registry."""
        hive = f"HKU\\{person.account.sid}\\Software\\Microsoft"
        name, key = pick(self.rng,
            [("excel", f"{hive}\\Office\\16.0\\Excel\\File MRU\\Item 1"), ("chrome", f"{hive}\\Windows\\CurrentVersion\\Uninstall\\Version"),
             ("outlook", f"{hive}\\Office\\16.0\\Outlook\\Preferences\\LastRun")]
        )  # fmt: skip
        self._pour_one(machine, self._programs_of(machine, person, day)[name], ("set", key), moment)

    def _pour_one(self, machine: Machine, process: Process, what: tuple[str, str], moment: int) -> None:
        key = (*what, machine.host.name)
        if key not in self.moulds:
            shape = with_holes((process.image, process.command_line), process, process.account)
            kind, target = what
            made = _windows.file_created(shape, target, HOLES)
            records = made if kind == "save" else _windows.registry_set(shape, target, "Binary Data", HOLES)
            self.moulds[key] = (self.logs.mould(machine.host, records),)
        values = {"pid": process.pid, "guid": process.guid}
        self.moulds[key][0].pour(moment, values)

    def _watch_lsass(self, machine: Machine, moment: int) -> None:
        """Log what looks into lsass.exe all the time: the virus scanner and Windows itself."""
        name, access = pick(
            self.rng, [("defender", "0x1000"), ("defender", "0x1400"), ("netsvcs", "0x1000"), ("wmi", "0x1400")]
        )
        key = ("lsass", machine.host.name, name, access)
        if key not in self.moulds:
            process = machine.lasting[name]
            trace = f"C:\\Windows\\SYSTEM32\\ntdll.dll+9d4c4|C:\\Windows\\System32\\KERNELBASE.dll+2c13e|{process.image}+4f1a0"
            records = _windows.process_opened(process, machine.lasting["lsass"], access, trace, HOLES)
            self.moulds[key] = (self.logs.mould(machine.host, records),)
        self.moulds[key][0].pour(moment)


_COFFEE = 2 * MINUTE  # from the logon until the programs of the day are open
_PATHS = (
    "",
    "index.html",
    "articles/today",
    "static/site.css",
    "static/app.js",
    "images/logo.png",
    "feed.xml",
    "search?q=timetable",
)
