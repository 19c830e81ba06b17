"""Windows servers, the scanner and the backup: services at work, nights of copying, logons that fail on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from huntbook.scenarios import _windows_accounts, _zeek
from huntbook.scenarios._clock import DAY, HOUR, MINUTE, between, office, pick
from huntbook.scenarios._company import SYSTEM, Account
from huntbook.scenarios._noise import _programs
from huntbook.scenarios._noise._source import Noise
from huntbook.scenarios._stencil import hole
from huntbook.scenarios._windows import Session
from huntbook.scenarios._zeek import Flow, Volume

if TYPE_CHECKING:
    from huntbook.scenarios._company import Host
    from huntbook.scenarios._logs import Mould
    from huntbook.scenarios._machine import Machine
    from huntbook.scenarios._world import World

_PROCESS, _SERVICE, _TICKET, _SCAN, _LOOKUP = 0.9, 0.8, 7.0, 110.0, 10.0
_PORTS = (21, 22, 23, 25, 80, 135, 139, 443, 445, 1433, 3306, 3389, 5900, 5985, 8080, 8443)
_JOBS = (
    ("C:\\Windows\\System32\\cmd.exe", 'C:\\Windows\\system32\\cmd.exe /c "D:\\jobs\\rotate-logs.cmd"'),
    ("C:\\Windows\\System32\\robocopy.exe", "robocopy D:\\teams E:\\mirror /MIR /R:1 /NP"),
    ("C:\\Program Files\\SQL Server\\Tools\\sqlcmd.exe", '"C:\\Program Files\\SQL Server\\Tools\\sqlcmd.exe" -E -i D:\\jobs\\reindex.sql'),
    ("C:\\Windows\\System32\\wevtutil.exe", "wevtutil gl Application"),
    ("C:\\Windows\\System32\\reg.exe", "reg query HKLM\\SOFTWARE\\Microsoft\\Windows /v ProgramFilesDir"),
)  # fmt: skip


class Servers(Noise):
    """What the servers log by themselves, and the company's vulnerability scanner and backup."""

    name: ClassVar[str] = "servers"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._machines = [world.machine(host) for host in self.company.servers.values() if host.windows]
        self._system = [program for program in _programs.MACHINE for _ in range(program.weight)]

    def slice(self, start: int, end: int) -> None:
        """Log what begins on the servers in a slice."""
        size = self.world.size
        for machine in self._machines:
            for moment in self.times(start, end, _PROCESS * size):
                self._process(machine, moment)
            for moment in self.times(start, end, _SERVICE * size):
                self._service_logon(machine, moment)
        for moment in self.times(start, end, _TICKET * size * (0.1 + office(start))):
            self._ticket(moment)
        for moment in self.times(start, end, _LOOKUP * size * (0.2 + office(start))):
            self._look_up(moment)
        self._scan(start, end)
        self._back_up(start, end)

    def _process(self, machine: Machine, moment: int) -> None:
        if self.rng.random() < 0.25:
            program, parent = pick(self.rng, _JOBS), machine.lasting["schedule"]
            account = self.company.service["sql" if machine.host.role == "sql" else "backup"]
            self.run(machine, moment, program, parent, (account, "0x5a3c1", "High"))
            return
        chosen = pick(self.rng, self._system)
        self.run(
            machine, moment, (chosen.image, chosen.command), machine.lasting[chosen.parent], (SYSTEM, "0x3e7", "System")
        )

    def _service_logon(self, machine: Machine, moment: int) -> None:
        key = ("service", machine.host.name)
        if key not in self.moulds:
            session = Session(SYSTEM, "0x3e7", "5")
            records = [
                _windows_accounts.logged_on(session, machine.host.account, elevated=True),
                _windows_accounts.privileges(session),
            ]
            self.moulds[key] = (self.logs.mould(machine.host, records),)
        self.moulds[key][0].pour(moment)

    def _ticket(self, moment: int) -> None:
        """A client asks the controller for a ticket for one of the servers."""
        client, server = pick(self.rng, self.company.clients), pick(self.rng, self._machines).host
        account = self.company.owner(client).account
        key = ("ticket", client.name, server.name)
        if key not in self.moulds:
            record = _windows_accounts.service_ticket(
                account, server.account.name, client.address, hole("port"), domain=self.company.domain
            )
            self.moulds[key] = (self.logs.mould(self.world.controller, [record]),)
        values = {"port": str(_zeek.dynamic_port(self.rng))}
        self.moulds[key][0].pour(moment, values)

    def _look_up(self, moment: int) -> None:
        """A name is asked for that leads nowhere, or only to a server of the company."""
        rng, client = self.rng, pick(self.rng, self.company.clients)
        flow = Flow(_zeek.uid(rng), client.address, _zeek.dynamic_port(rng), self.world.controller.address, 53)
        server = pick(rng, list(self.company.servers.values()))
        name, answer = pick(rng, [(f"wpad.{self.company.domain}", ""), (server.fqdn, server.address)])
        self.logs.zeek("dns", moment, _zeek.dns(moment, flow, name, answer))
        volume = Volume(0.003, 40, 90)
        self.logs.zeek("conn", moment, _zeek.conn(moment, flow, volume, service="dns", proto="udp"))

    def _scan(self, start: int, end: int) -> None:
        """On two nights of the week the company's scanner knocks at every port, and tries a password that is wrong."""
        scanner = self.company.servers["scanner"]
        night = start // DAY * DAY
        if (night // DAY) % 4 == self.world.seed % 4 and night + HOUR <= start < night + 4 * HOUR:
            for moment in self.times(start, end, _SCAN * self.world.size):
                self._knock(scanner, moment)
            for moment in self.times(start, end, 12 * self.world.size):
                self._try(scanner, moment)

    def _knock(self, scanner: Host, moment: int) -> None:
        rng, target = self.rng, pick(self.rng, self.company.hosts)
        flow = Flow(_zeek.uid(rng), scanner.address, between(rng, 32768, 60999), target.address, pick(rng, _PORTS))
        state = pick(rng, ["S0", "REJ", "REJ"])
        self.logs.zeek("conn", moment, _zeek.conn(moment, flow, Volume(0, 0, 0), state=state))

    def _try(self, scanner: Host, moment: int) -> None:
        machine = pick(self.rng, self._machines)
        account = self.company.service["scan"]
        key = ("try", machine.host.name)
        if key not in self.moulds:
            self.moulds[key] = (self._failure(scanner, machine, account),)
        port = str(between(self.rng, 32768, 60999))
        self.moulds[key][0].pour(moment, {"port": port})
        flow = Flow(_zeek.uid(self.rng), scanner.address, int(port), machine.host.address, 445)
        self.logs.zeek("conn", moment, _zeek.conn(moment, flow, Volume(0.4, 1400, 1100), service="gssapi,ntlm,smb"))

    def _failure(self, scanner: Host, machine: Machine, account: Account) -> Mould:
        session = Session(account, "0x0", "3", scanner.address, hole("port"), scanner.name.upper())
        return self.logs.mould(machine.host, [_windows_accounts.logon_failed(session)])

    def _back_up(self, start: int, end: int) -> None:
        """Every night the backup sends gigabytes to its vault outside."""
        server, site = self.company.servers["backup"], self.company.backup_site
        for moment in range(start // DAY * DAY + 2 * HOUR, end, DAY):
            for part in range(4):
                begun = moment + part * 11 * MINUTE
                if start <= begun < end:
                    flow = Flow(
                        _zeek.uid(self.rng),
                        server.address,
                        _zeek.dynamic_port(self.rng),
                        self.company.sites[site],
                        443,
                    )
                    volume = Volume(
                        590.0 + self.rng.random() * 60, between(self.rng, 7, 10) * 10**8, self.rng.randrange(10**6)
                    )
                    self.logs.zeek("conn", begun, _zeek.conn(begun, flow, volume, service="ssl"))
                    self.logs.zeek("ssl", begun, _zeek.ssl(begun, flow, site))
