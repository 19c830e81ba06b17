"""The world of a scenario: company, machines and logs, and the happenings that leave traces in several logs at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.scenarios import _windows, _zeek
from huntbook.scenarios import _windows_accounts as accounts
from huntbook.scenarios._clock import Moment, Span
from huntbook.scenarios._company import found
from huntbook.scenarios._logs import Logs
from huntbook.scenarios._machine import Machine
from huntbook.scenarios._windows import Connection, Session
from huntbook.scenarios._zeek import Flow, Volume

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from huntbook.scenarios._company import Account, Host
    from huntbook.scenarios._windows import Process
    from huntbook.scenarios._zeek import Request


_SERVICES = {445: "gssapi,smb,krb", 135: "dce_rpc", 5985: "http"}


class World:
    """A company in a week, and everything written down about it."""

    def __init__(self, folder: Path, seed: int, size: float) -> None:
        self.seed = seed
        self.size = size
        self.span = Span.draw(seed)
        self.company = found(seed, size)
        self.logs = Logs(folder, self.company, self.span)
        self.machines = {
            host.name: Machine(seed, self.company, host, self.span) for host in self.company.hosts if host.windows
        }

    def machine(self, host: Host) -> Machine:
        """Return the state of a Windows host."""
        return self.machines[host.name]

    @property
    def controller(self) -> Host:
        """The domain controller."""
        return self.company.servers["dc"]

    def start(self, host: Host, moment: int, process: Process, *, seconds: float | None = None) -> Process:
        """Log that a process began, and that it ended where it does."""
        self.logs.windows(host, moment, _windows.process_created(process, Moment.at(moment)))
        if seconds is not None:
            end = moment + int(seconds * 1000)
            self.logs.windows(host, end, _windows.process_ended(process, Moment.at(end)))
        return process

    def resolve(self, rng: Random, moment: int, host: Host, name: str, address: str) -> None:
        """Let the sensor see a name being asked for."""
        flow = Flow(_zeek.uid(rng), host.address, _zeek.dynamic_port(rng), self.controller.address, 53)
        self.logs.zeek("dns", moment, _zeek.dns(moment, flow, name, address))
        volume = Volume(0.012, 30 + len(name), 60 + len(name))
        self.logs.zeek("conn", moment, _zeek.conn(moment, flow, volume, service="dns", proto="udp"))

    def reach(
        self,
        rng: Random,
        moment: int,
        host: Host,
        target: tuple[str, int],
        volume: Volume,
        *,
        process: Process | None = None,
        service: str = "-",
        request: Request | None = None,
        server_name: str = "",
    ) -> Flow:
        """Log a connection where it shows: on the host by process, at the sensor by flow and protocol."""
        address, port = target
        flow = Flow(_zeek.uid(rng), host.address, _zeek.dynamic_port(rng), address, port)
        if process is not None and host.windows:
            seen = Connection(host.address, str(flow.source_port), address, str(port), server_name or "-")
            self.logs.windows(host, moment, _windows.connected(process, seen, Moment.at(moment)))
        name = "http" if request else "ssl" if server_name else service
        self.logs.zeek("conn", moment, _zeek.conn(moment, flow, volume, service=name))
        if request:
            self.logs.zeek("http", moment + 20, _zeek.http(moment + 20, flow, request))
        elif server_name:
            self.logs.zeek("ssl", moment + 20, _zeek.ssl(moment + 20, flow, server_name))
        return flow

    def network_logon(
        self,
        rng: Random,
        moment: int,
        account: Account,
        ends: tuple[Host, Host],
        *,
        port: int = 445,
        process: Process | None = None,
        package: str = "Kerberos",
    ) -> Session:
        """Log a logon over the network: the connection, the controller's ticket, the session on the target."""
        source, target = ends
        volume = Volume(42.0, rng.randrange(40_000, 80_000), rng.randrange(7_000, 12_000))
        flow = self.reach(
            rng, moment - 300, source, (target.address, port), volume, process=process, service=_SERVICES[port]
        )
        machine, seen = self.machine(target), str(flow.source_port)
        name = source.name if package == "NTLM" else "-"
        session = Session(account, machine.logon_id(), "3", source.address, seen, name)
        if package == "Kerberos":
            ticket = accounts.service_ticket(
                account, target.account.name, source.address, machine.port(), domain=self.company.domain
            )
            self.logs.windows(self.controller, moment - 40, [ticket])
        records = [accounts.logged_on(session, package=package, elevated=True), accounts.privileges(session)]
        self.logs.windows(target, moment, records)
        return session
