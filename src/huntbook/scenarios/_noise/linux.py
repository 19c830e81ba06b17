"""Linux hosts: timers, administrators with keys and sudo, strangers who knock at the door that faces outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from huntbook.scenarios import _linux, _zeek
from huntbook.scenarios._clock import SECOND, between, office, pick
from huntbook.scenarios._linux import Login, Run
from huntbook.scenarios._noise._source import Noise
from huntbook.scenarios._zeek import Flow, Volume

if TYPE_CHECKING:
    from huntbook.scenarios._company import Host
    from huntbook.scenarios._world import World

_CRON, _TIMER, _ADMIN, _STRANGER, _WEB = 1.0, 0.8, 0.2, 4.0, 5.0
ROOT = Login("root", -1, 0, -1, "(none)")
_JOBS = (
    (
        "root",
        "run-parts --report /etc/cron.hourly",
        "/usr/bin/run-parts",
        ["run-parts", "--report", "/etc/cron.hourly"],
    ),
    (
        "root",
        "/usr/local/bin/rotate-sessions",
        "/usr/bin/find",
        ["find", "/var/lib/sessions", "-mmin", "+240", "-delete"],
    ),
    ("www-data", "curl -fsS http://127.0.0.1/health", "/usr/bin/curl", ["curl", "-fsS", "http://127.0.0.1/health"]),
    ("root", "/usr/local/bin/collect-metrics", "/usr/bin/df", ["df", "-h", "--output=pcent"]),
)
_UNITS = (
    "Daily apt download activities",
    "Cleanup of Temporary Directories",
    "Discard unused blocks",
    "Message of the Day",
)
_COMMANDS = (
    ("/usr/bin/apt", ["apt", "list", "--upgradable"]),
    ("/usr/bin/systemctl", ["systemctl", "status", "nginx"]),
    ("/usr/bin/tail", ["tail", "-n", "200", "/var/log/nginx/error.log"]),
    ("/usr/bin/journalctl", ["journalctl", "-u", "nginx", "--since", "today"]),
    ("/usr/bin/df", ["df", "-h"]),
    ("/usr/bin/vim", ["vim", "/etc/nginx/sites-available/default"]),
    ("/usr/bin/id", ["id"]),
)
_GUESSES = ("admin", "test", "oracle", "ubuntu", "postgres", "guest", "pi", "ftpuser", "git", "deploy")


class Linux(Noise):
    """What the Linux hosts log by themselves."""

    name: ClassVar[str] = "linux"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._hosts = [host for host in self.company.hosts if not host.windows]
        self._session = 100
        # Strangers come from addresses of their own, taken from the far end of what nobody else uses.
        self._strangers = self.company.pool[-40:]

    def slice(self, start: int, end: int) -> None:
        """Log what begins on the Linux hosts in a slice."""
        size = self.world.size
        for host in self._hosts:
            for moment in self.times(start, end, _CRON * size):
                self._cron(host, moment)
            for moment in self.times(start, end, _TIMER * size):
                self._timer(host, moment)
            for moment in self.times(start, end, _ADMIN * size * office(start) * 3):
                self._administer(host, moment)
        web = self.company.servers["web"]
        for moment in self.times(start, end, _STRANGER * size):
            self._knock(web, moment)
        for moment in self.times(start, end, _WEB * size):
            self._visit(web, moment)

    def pid(self) -> int:
        """Draw a process id."""
        return between(self.rng, 900, 4_000_000)

    def _cron(self, host: Host, moment: int) -> None:
        user, line, path, arguments = pick(self.rng, _JOBS)
        pid, uid = self.pid(), 33 if user == "www-data" else 0
        self._session += 1
        # cron itself logs on as the job's user, so the audit id is set
        login = Login(user, uid, uid, self._session, "(none)")
        self.logs.syslog(host, moment, "CRON", pid, f"({user}) CMD ({line})")
        shell = Run(pid + 1, pid, "/usr/bin/dash", ["/bin/sh", "-c", line], "/")
        self.logs.audit(host, moment + 3, _linux.executed(moment + 3, shell, login))
        run = Run(pid + 2, pid + 1, path, arguments, "/")
        self.logs.audit(host, moment + 9, _linux.executed(moment + 9, run, login))

    def _timer(self, host: Host, moment: int) -> None:
        unit = pick(self.rng, _UNITS)
        self.logs.syslog(host, moment, "systemd", 1, f"Starting {unit}...")
        end = moment + between(self.rng, 300, 30_000)
        self.logs.syslog(host, end, "systemd", 1, f"Finished {unit}.")

    def _administer(self, host: Host, moment: int) -> None:
        """An administrator logs on with a key, looks around, and goes."""
        rng, person = self.rng, pick(self.rng, self.company.people[:2])
        client = self.company.client_of(person)
        pid, port = self.pid(), _zeek.dynamic_port(rng)
        self._session += 1
        login = Login(person.login, 1000 + self.company.people.index(person), 1000, self._session)
        log_on(self, host, moment, login, (client.address, port), pid=pid, method="publickey")
        after = moment + 5 * SECOND
        for number in range(between(rng, 1, 5)):
            after += between(rng, 2, 60) * SECOND
            path, arguments = pick(rng, _COMMANDS)
            run = Run(pid + 20 + number * 2, pid + 3, path, arguments, f"/home/{login.name}")
            if rng.random() < 0.4:
                message = f"{login.name} : TTY=pts/0 ; PWD={run.folder} ; USER=root ; COMMAND={path} {' '.join(arguments[1:])}".rstrip()
                self.logs.syslog(host, after - 10, "sudo", 0, message)
                login_as = login._replace(uid=0)
            else:
                login_as = login
            self.logs.audit(host, after, _linux.executed(after, run, login_as))
        self.logs.syslog(
            host, after + 30 * SECOND, "sshd", pid, f"pam_unix(sshd:session): session closed for user {login.name}"
        )

    def _knock(self, host: Host, moment: int) -> None:
        """A stranger guesses names and passwords, without luck."""
        rng, address = self.rng, pick(self.rng, self._strangers)
        pid, port, name = self.pid(), between(rng, 1024, 65500), pick(rng, _GUESSES)
        self.logs.syslog(host, moment, "sshd", pid, f"Invalid user {name} from {address} port {port}")
        text = f"Failed password for invalid user {name} from {address} port {port} ssh2"
        self.logs.syslog(host, moment + 1800, "sshd", pid, text)
        flow = Flow(_zeek.uid(rng), address, port, host.address, 22)
        self.logs.zeek("conn", moment, _zeek.conn(moment, flow, Volume(3.1, 1800, 2200), service="ssh"))
        login = Login(name, -1, 0, -1)
        event = _linux.user_event(moment, "USER_LOGIN", pid, login, operation="login", address=address, good=False)
        self.logs.audit(host, moment + 1800, event)

    def _visit(self, host: Host, moment: int) -> None:
        """Somebody outside reads the company's web site."""
        rng = self.rng
        flow = Flow(
            _zeek.uid(rng),
            pick(rng, self.company.people).home.replace("::", "::1:"),
            between(rng, 1024, 65500),
            host.address,
            443,
        )
        volume = Volume(rng.expovariate(1 / 6), between(rng, 700, 4000), int(rng.lognormvariate(10, 1)))
        self.logs.zeek("conn", moment, _zeek.conn(moment, flow, volume, service="ssl"))
        self.logs.zeek("ssl", moment, _zeek.ssl(moment, flow, f"www.{self.company.name}.example"))


def log_on(
    noise: Noise, host: Host, moment: int, login: Login, peer: tuple[str, int], *, pid: int, method: str
) -> None:
    """Log a successful SSH session: sshd, the audit daemon, the sensor."""
    address, port = peer
    logs = noise.logs
    logs.syslog(host, moment, "sshd", pid, f"Accepted {method} for {login.name} from {address} port {port} ssh2")
    text = f"pam_unix(sshd:session): session opened for user {login.name}(uid={login.uid}) by (uid=0)"
    logs.syslog(host, moment + 40, "sshd", pid, text)
    event = _linux.user_event(moment, "USER_LOGIN", pid, login, operation="login", address=address)
    logs.audit(host, moment + 30, event)
    flow = Flow(_zeek.uid(noise.rng), address, port, host.address, 22)
    volume = Volume(noise.rng.uniform(60, 900), between(noise.rng, 6000, 30_000), between(noise.rng, 9000, 90_000))
    logs.zeek("conn", moment - 300, _zeek.conn(moment - 300, flow, volume, service="ssh"))
