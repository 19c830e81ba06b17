"""Moving on: with the stolen account to the file server and the application server, each time in another way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.scenarios import _windows_accounts
from huntbook.scenarios._answers import Remote
from huntbook.scenarios._clock import HOUR, MINUTE, SECOND
from huntbook.scenarios._company import SYSTEM
from huntbook.scenarios._intrusion._story import Place
from huntbook.scenarios._intrusion.foothold import CMD
from huntbook.scenarios._windows import Session

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from huntbook.scenarios._company import Host
    from huntbook.scenarios._intrusion._story import Story
    from huntbook.scenarios._windows import Process

_SYSTEM = "C:\\Windows\\System32\\"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def move_on(story: Story) -> None:
    """Go to two servers on the second day, run something there, and make an account of one's own on one of them."""
    rng, day = story.stream("lateral"), story.days[1]
    ways: list[Callable[[Story, Random, int, Host], Process]] = [_service, _wmi, _task, _remoting]
    moment = day.start + rng.randrange(HOUR, 3 * HOUR)
    first, second = rng.sample(ways, 2)
    files = story.company.servers["files"]
    shell = first(story, rng, moment, files)
    _look(story, moment + 70 * SECOND, files, shell)
    moment += rng.randrange(25, 90) * MINUTE
    shell = second(story, rng, moment, story.company.servers["app"])
    _add_account(story, rng, moment + 4 * MINUTE, shell)
    if rng.random() < 0.5:
        _clear_log(story, moment + 30 * MINUTE, shell)


def _arrive(story: Story, rng: Random, moment: int, target: Host, port: int) -> Session:
    """Log the use of foreign credentials on the client, and the connection and the logon on the target."""
    tool = story.implants[1].process
    record = _windows_accounts.explicit_logon(tool, story.stolen, target.fqdn)
    story.logs.windows(story.client, moment - 200, [record])
    package = rng.choice(["Kerberos", "NTLM"])
    ends = (story.client, target)
    return story.world.network_logon(rng, moment, story.stolen, ends, port=port, process=tool, package=package)


def _log_move(
    story: Story,
    technique: str,
    moment: int,
    target: Host,
    session: Session,
    *,
    note: str,
    process: Process,
    indicators: list[str],
) -> None:
    story.plant("lateral movement", technique, moment, Place(target, story.stolen.name, "Security"),
                files=story.files(target, story.logs.path_of(story.client), "zeek/conn.log.gz"), note=note, process=process,
                remote=Remote(address=story.client.address, port=int(session.port)), indicators=indicators)  # fmt: skip


def _service(story: Story, rng: Random, moment: int, target: Host) -> Process:
    """Copy a program over the admin share and run it as a service."""
    machine = story.world.machine(target)
    session = _arrive(story, rng, moment, target, 445)
    name = "".join(rng.choices(_LETTERS, k=rng.randrange(5, 9)))
    path = f"C:\\Windows\\{name}.exe"
    story.logs.windows(target, moment + 100, [
        _windows_accounts.share_opened(session, "ADMIN$", "C:\\Windows"),
        _windows_accounts.share_checked(session, "ADMIN$", "C:\\Windows", f"{name}.exe", mask="0x2"),
    ])  # fmt: skip
    installed = _windows_accounts.service_installed(name, f"%SystemRoot%\\{name}.exe", session)
    story.logs.windows(target, moment + 900, installed)
    process = story.spawn(machine, moment + 1500, (path, path), machine.lasting["services"], seconds=1800)
    shell = story.spawn(machine, moment + 2500, (CMD, "cmd.exe"), process, seconds=1500)
    _log_move(story, "T1569.002", moment + 900, target, session, note=f"A program came over ADMIN$ and ran as the service {name}.",
              process=process, indicators=[name, f"{name}.exe"])  # fmt: skip
    _log_move(story, "T1021.002", moment, target, session, note="The stolen account opened ADMIN$ from the client.", process=process,
              indicators=["ADMIN$", story.client.address])  # fmt: skip
    return shell


def _wmi(story: Story, rng: Random, moment: int, target: Host) -> Process:
    """Start a process through WMI, with its output going to the admin share."""
    machine = story.world.machine(target)
    session = _arrive(story, rng, moment, target, 135)
    out = f"\\\\127.0.0.1\\ADMIN$\\__{moment // 1000}.{rng.randrange(10**6)}"
    line = f"cmd.exe /Q /c hostname 1> {out} 2>&1"
    tool = f'wmic /node:"{target.name}" /user:"{story.stolen}" process call create "{line.partition(" 1>")[0]}"'
    story.spawn(story.machine, moment - 900, (f"{_SYSTEM}wbem\\WMIC.exe", tool), story.implants[1].process)
    shell = story.spawn(machine, moment + 600, (CMD, line), machine.lasting["wmi"], account=story.stolen,
                        logon=session.logon, integrity="High", seconds=1700)  # fmt: skip
    _log_move(story, "T1047", moment + 600, target, session, note="A shell was started through WMI from the client.", process=shell,
              indicators=[story.client.address])  # fmt: skip
    return shell


def _task(story: Story, rng: Random, moment: int, target: Host) -> Process:
    """Create a task on the target from afar, run it once as SYSTEM."""
    machine = story.world.machine(target)
    session = _arrive(story, rng, moment, target, 445)
    name = "".join(rng.choices(_LETTERS, k=8)).capitalize()
    line = f'schtasks /create /s {target.name} /ru SYSTEM /tn "{name}" /tr "cmd.exe /c C:\\Windows\\Temp\\{name.lower()}.bat" /sc once /st 23:59'
    story.spawn(story.machine, moment - 900, (f"{_SYSTEM}schtasks.exe", line), story.implants[1].process)
    record = _windows_accounts.task_created(
        f"\\{name}", "cmd.exe", f"/c C:\\Windows\\Temp\\{name.lower()}.bat", session
    )
    story.logs.windows(target, moment + 400, [record])
    shell = story.spawn(machine, moment + 5000, (CMD, f"cmd.exe /c C:\\Windows\\Temp\\{name.lower()}.bat"),
                        machine.lasting["schedule"], account=SYSTEM, logon="0x3e7", integrity="System", seconds=1700)  # fmt: skip
    _log_move(story, "T1053.005", moment + 400, target, session, note=f"A task {name} was created from the client and run.", process=shell,
              indicators=[name, f"{name.lower()}.bat"])  # fmt: skip
    return shell


def _remoting(story: Story, rng: Random, moment: int, target: Host) -> Process:
    """Enter through PowerShell remoting."""
    machine = story.world.machine(target)
    session = _arrive(story, rng, moment, target, 5985)
    line = f"{_SYSTEM}wsmprovhost.exe -Embedding"
    host = story.spawn(machine, moment + 500, (f"{_SYSTEM}wsmprovhost.exe", line), machine.lasting["dcom"],
                       account=story.stolen, logon=session.logon, integrity="High", seconds=1800)  # fmt: skip
    shell = story.spawn(
        machine, moment + 9000, (CMD, '"C:\\Windows\\system32\\cmd.exe" /c hostname'), host, seconds=1500
    )
    _log_move(story, "T1021.006", moment + 500, target, session, note="The stolen account entered through PowerShell remoting.",
              process=shell, indicators=[story.client.address])  # fmt: skip
    return shell


def _look(story: Story, moment: int, host: Host, shell: Process) -> None:
    machine = story.world.machine(host)
    for number, (image, line) in enumerate(
        (("whoami.exe", "whoami"), ("net.exe", "net share"), ("net.exe", "net localgroup administrators"))
    ):
        story.spawn(machine, moment + number * 9000, (_SYSTEM + image, line), shell, seconds=1)


def _add_account(story: Story, rng: Random, moment: int, shell: Process) -> None:
    """Make a local account and an administrator of it."""
    target = story.company.servers["app"]
    machine = story.world.machine(target)
    name = rng.choice(["support", "helpdesk", "sqlagent", "backupadm", "svc_mon"]) + str(rng.randrange(10))
    add = f"net user {name} {rng.choice(['Winter', 'Autumn', 'Harbor'])}-{rng.randrange(1000, 9999)}! /add"
    process = story.spawn(machine, moment, (f"{_SYSTEM}net.exe", add), shell)
    grant = f"net localgroup administrators {name} /add"
    story.spawn(machine, moment + 4000, (f"{_SYSTEM}net.exe", grant), shell)
    sid = f"{target.sid}-{rng.randrange(1002, 1090)}"
    session = _session_of(shell)
    story.logs.windows(target, moment + 150, [_windows_accounts.account_created(name, sid, target.name, session)])
    group = ("Administrators", "Builtin", "S-1-5-32-544")
    story.logs.windows(target, moment + 4150, [_windows_accounts.member_added(sid, group, session)])
    story.plant("persistence", "T1136.001", moment, Place(target, shell.account.name, "Security"), note=f"The local account {name} was created and made an administrator.", process=process, indicators=[name])  # fmt: skip


def _clear_log(story: Story, moment: int, shell: Process) -> None:
    target = story.company.servers["app"]
    process = story.spawn(
        story.world.machine(target), moment, (f"{_SYSTEM}wevtutil.exe", "wevtutil cl Security"), shell
    )
    story.logs.windows(target, moment + 200, [_windows_accounts.log_cleared(_session_of(shell))])
    story.plant("defense evasion", "T1070.001", moment, Place(target, shell.account.name, "Security"),
                note="The Security log was cleared.", process=process)  # fmt: skip


def _session_of(shell: Process) -> Session:
    return Session(shell.account, shell.logon, "3")
