from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.readers.samples import reading

from huntbook.readers._text import blocks


def hexed(text: str) -> str:
    return text.encode().hex().upper()


def event(serial: int, arguments: list[str], *, node: str = "") -> str:
    stamp = f"msg=audit(1709250000.123:{serial}):"
    argv = " ".join(f"a{n}={hexed(argument)}" for n, argument in enumerate(arguments))
    lines = [
        (
            f"type=SYSCALL {stamp} arch=c000003e syscall=59 success=yes exit=0 a0=55ab a1=AABB ppid=10 pid={serial} auid=1000 "
            f'uid=0 comm="sh" exe="/bin/sh" key=(null)\x1dARCH=x86_64 SYSCALL=execve AUID="eve" UID="root"'
        ),
        f"type=EXECVE {stamp} argc={len(arguments)} {argv}",
        f'type=CWD {stamp} cwd="/home/eve"',
        f'type=PATH {stamp} item=0 name="/bin/sh" inode=1',
        f"type=PROCTITLE {stamp} proctitle={hexed(chr(0).join(arguments))}",
    ]
    return "".join(f"{node}{line}\n" for line in lines)


def test_a_syscall_has_what_its_event_says() -> None:
    found = reading(event(7, ["sh", "-c", "id; whoami"]).encode())
    call = found.rows[0]
    assert call["TimeGenerated"] == "2024-02-29T23:40:00.123Z"
    assert (call["RecordType"], call["AuditID"], call["SerialNumber"]) == ("SYSCALL", "1709250000.123:7", "7")
    assert (call["cmd"], call["cwd"], call["proctitle"]) == ("sh -c id; whoami", "/home/eve", "sh -c id; whoami")
    assert (call["a0"], call["a1"], call["key"], call["exe"]) == ("55ab", "AABB", None, "/bin/sh")
    assert (call["syscall_name"], call["audit_user"], call["user"]) == ("execve", "eve", "root")
    assert [row["RecordType"] for row in found.rows] == ["SYSCALL", "EXECVE", "CWD", "PATH", "PROCTITLE"]
    assert found.rows[3]["cwd"] is None
    assert found.losses == []


def test_events_of_two_hosts_are_not_mixed() -> None:
    found = reading((event(7, ["one"], node="node=a ") + event(7, ["two"], node="node=b ")).encode())
    calls = [(row["Computer"], row["cmd"]) for row in found.rows if row["RecordType"] == "SYSCALL"]
    assert calls == [("a", "one"), ("b", "two")]


def test_events_across_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "__kwdefaults__", {"size": 700})
    found = reading("".join(event(n, ["run", str(n)]) for n in range(60)).encode())
    assert [row["cmd"] for row in found.rows if row["RecordType"] == "SYSCALL"] == [f"run {n}" for n in range(60)]
    assert sorted(found.lines) == list(range(1, 301))
    assert len(found.batches) > 5


def test_interleaved_events() -> None:
    one, two = (event(n, ["run", str(n)]).split("\n") for n in (1, 2))
    text = "\n".join(line for pair in zip(one, two, strict=True) for line in pair)
    found = reading(text.encode())
    assert [row["cmd"] for row in found.rows if row["RecordType"] == "SYSCALL"] == ["run 1", "run 2"]


def test_a_long_argument_in_pieces() -> None:
    stamp = "msg=audit(1709250000.123:7):"
    text = (
        f'type=EXECVE {stamp} argc=2 a0="cat" a1_len=8 a1[0]={hexed("/opt")}\n'
        f"type=EXECVE {stamp} a1[1]={hexed('/x y')}\n"
    )
    assert reading(text.encode()).rows[0]["cmd"] == "cat /opt/x y"


def test_user_records_and_syslog_wrapping() -> None:
    text = (
        "Mar  1 00:00:00 web01 audispd: type=USER_AUTH msg=audit(1709250000.123:9): pid=5 uid=0 "
        'msg=\'op=PAM:authentication grantors=? acct="eve" exe="/usr/sbin/sshd" addr=192.0.2.7 terminal=ssh res=failed\'\n'
    )
    (row,) = reading(text.encode()).rows
    names = ("Computer", "op", "acct", "exe", "addr", "res", "grantors")
    assert tuple(row[name] for name in names) == (
        "web01",
        "PAM:authentication",
        "eve",
        "/usr/sbin/sshd",
        "192.0.2.7",
        "failed",
        None,
    )


def test_what_is_no_record_is_counted() -> None:
    text = event(1, ["a"]) + "type=EMPTY msg=audit(): nothing\n\n" + event(2, ["b"])
    found = reading(text.encode())
    assert len(found.rows) == 10
    assert [(loss.lost, loss.position) for loss in found.losses] == [(1, "line 6")]


ARGUMENT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)


@settings(max_examples=30, deadline=None)
@given(st.lists(ARGUMENT, min_size=1, max_size=14))
def test_hexadecimal_comes_back(arguments: list[str]) -> None:
    call, execve, *_ = reading(event(1, arguments).encode()).rows
    assert call["cmd"] == execve["cmd"] == " ".join(arguments)
    assert execve["a0"] == arguments[0]


@pytest.mark.evidence
def test_real_audit_log(evidence: Any) -> None:
    import zipfile

    archive = zipfile.ZipFile(
        evidence / "mordor_other" / "atomic" / "linux" / "discovery" / "host" / "sh_arp_cache.zip"
    )
    found = reading(archive.read(archive.namelist()[0]))
    calls = [(row["pid"], row["cmd"], row["cwd"]) for row in found.rows if row["RecordType"] == "SYSCALL"]
    assert calls == [("1631", "arp -a", "/home/wardog"), ("1632", "grep -v ^?", "/home/wardog")]
