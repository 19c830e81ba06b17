"""What Linux hosts write: syslog as RFC 3164 and RFC 5424 spell it, and the audit daemon's records."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from huntbook.scenarios._clock import iso, utc
from huntbook.scenarios._files import NUMBER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from huntbook.scenarios._company import Host

_HERE = "@HERE@"  # where the time and serial of an event go in what is kept of its program
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_FACILITY = {"kernel": 0, "systemd": 3, "sshd": 10, "sudo": 10, "su": 10, "useradd": 10, "usermod": 10, "CRON": 9}


class Login(NamedTuple):
    """Who is at work in a session on a Linux host: the login that it began with, and the user acting now."""

    name: str
    auid: int
    uid: int
    session: int
    terminal: str = "pts0"


class Run(NamedTuple):
    """A program that was started: its ids, file, arguments and folder."""

    pid: int
    ppid: int
    path: str
    arguments: Sequence[str]
    folder: str = "/root"


def syslog(host: Host, moment: int, program: str, pid: int, message: str) -> str:
    """Render a syslog line in the form that the host writes."""
    tag = program.partition("[")[0]
    if host.shape == "syslog5424":
        priority = _FACILITY.get(tag, 1) * 8 + 6
        return f"<{priority}>1 {iso(moment)} {host.fqdn} {program} {pid or '-'} - - {message}"
    text = utc(moment)
    day = f"{_MONTHS[int(text[5:7]) - 1]} {int(text[8:10]):2d} {text[11:19]}"
    return f"{day} {host.name} {program}{f'[{pid}]' if pid else ''}: {message}"


def _stamp(moment: int) -> str:
    return f"audit({moment // 1000}.{moment % 1000:03d}:{NUMBER})"


def executed(moment: int, run: Run, login: Login, *, key: str = "exec") -> str:
    """Render the records of one execve: SYSCALL, EXECVE, CWD, PATH and PROCTITLE share a serial."""
    stamp = _stamp(moment)
    auid = login.auid if login.auid >= 0 else 4294967295
    call = (
        f"type=SYSCALL msg={stamp}: arch=c000003e syscall=59 success=yes exit=0 a0=55d0c8b{run.pid:05x}"
        f" a1=55d0c8a{run.pid:05x} a2=55d0c89{run.pid:05x} a3=8 items=2 ppid={run.ppid} pid={run.pid} auid={auid}"
        f" {_ids(login.uid)} tty={login.terminal} ses={login.session} "
    )
    return (call + _program(run.path, tuple(run.arguments), run.folder, key)).replace(_HERE, stamp)


@lru_cache(maxsize=512)
def _ids(uid: int) -> str:
    return " ".join(f"{name}={uid}" for name in ("uid", "gid", "euid", "suid", "fsuid", "egid", "sgid", "fsgid"))


@lru_cache(maxsize=4096)
def _program(path: str, argv: tuple[str, ...], folder: str, key: str) -> str:
    """Render what is the same each time that a program is run with the same arguments."""
    arguments = " ".join(f"a{n}={_quoted(value)}" for n, value in enumerate(argv))
    title = "\0".join(argv).encode()[:128].hex().upper()
    inode = 13000 + len(path)
    return (
        f'comm="{path.rpartition("/")[2][:15]}" exe="{path}" key="{key}"\n'
        f"type=EXECVE msg={_HERE}: argc={len(argv)} {arguments}\n"
        f'type=CWD msg={_HERE}: cwd="{folder}"\n'
        f'type=PATH msg={_HERE}: item=0 name="{path}" inode={inode} dev=08:01 mode=0100755 ouid=0 ogid=0 rdev=00:00'
        " nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0\n"
        f"type=PROCTITLE msg={_HERE}: proctitle={title}"
    )


def _quoted(value: str) -> str:
    """Write an argument as the daemon does: in hex as soon as it holds a space or a quote."""
    plain = all("!" <= letter <= "~" and letter != '"' for letter in value)
    return f'"{value}"' if plain and value else value.encode().hex().upper()


def file_written(moment: int, run: Run, login: Login, path: str, *, key: str) -> str:
    """Render the records of a file being created by openat."""
    stamp = _stamp(moment)
    return (
        f"type=SYSCALL msg={stamp}: arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=7ffd0c{run.pid:05x}"
        f" a2=241 a3=1b6 items=2 ppid={run.ppid} pid={run.pid} auid={login.auid} {_ids(login.uid)}"
        f' tty={login.terminal} ses={login.session} comm="{run.path.rpartition("/")[2][:15]}" exe="{run.path}"'
        f' key="{key}"\n'
        f'type=CWD msg={stamp}: cwd="{run.folder}"\n'
        f'type=PATH msg={stamp}: item=1 name="{path}" inode={17000 + len(path)} dev=08:01 mode=0100644'
        f" ouid={login.uid} ogid={login.uid} rdev=00:00 nametype=CREATE cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0"
        " cap_frootid=0"
    )


def user_event(
    moment: int, kind: str, pid: int, login: Login, *, operation: str, address: str, good: bool = True
) -> str:
    """Render USER_LOGIN, USER_AUTH, USER_START and their like from sshd."""
    auid = login.auid if login.auid >= 0 else 4294967295
    session = login.session if login.session >= 0 else 4294967295
    return (
        f"type={kind} msg={_stamp(moment)}: pid={pid} uid=0 auid={auid} ses={session}"
        f' msg=\'op={operation} acct="{login.name}" exe="/usr/sbin/sshd" hostname={address} addr={address}'
        f" terminal=ssh res={'success' if good else 'failed'}'"
    )
