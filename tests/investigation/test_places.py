"""A finding in an audit log that names no host gets the host of the logs beside it, and no other."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import huntbook as hb
from huntbook.core import runtime
from huntbook.investigation.places import hosts_of_files, placed

AUDIT = (
    'type=SYSCALL msg=audit(1772497300.542:75): arch=c000003e syscall=59 success=yes exit=0 items=2 ppid=20 pid=21 auid=0 uid=0 '
    'gid=0 euid=0 tty=(none) ses=1 comm="cat" exe="/usr/bin/cat" key="exec"\n'
    'type=EXECVE msg=audit(1772497300.542:75): argc=2 a0="cat" a1="/etc/shadow"\n'
)  # fmt: skip


def syslog(host: str) -> str:
    return f"Mar  3 00:21:40 {host} sshd[77]: Accepted publickey for root from 192.0.2.7 port 50000 ssh2\n"


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"web/audit.log": AUDIT, "web/syslog": syslog("web1")}, {"web/audit.log": "web1"}),
        (
            {"a/var/log/audit/audit.log": AUDIT, "a/var/log/auth.log": syslog("web1"), "b/auth.log": syslog("web2")},
            {"a/var/log/audit/audit.log": "web1"},
        ),
        ({"audit.log": AUDIT, "syslog": syslog("web1")}, {"audit.log": "web1"}),
        ({"web/audit.log": AUDIT, "web/syslog": syslog("web1") + syslog("web2")}, {}),
        ({"web/audit.log": AUDIT, "relay/syslog": syslog("relay")}, {}),
        ({"web/audit.log": AUDIT}, {}),
        ({"web/audit.log": "node=db1 " + AUDIT.replace("\n", "\nnode=db1 ", 1), "web/syslog": syslog("web1")}, {}),
    ],
)
def test_host_of_an_audit_log(tmp_path: Path, files: dict[str, str], told: dict[str, str]) -> None:
    logs = hb.connect("local", write(tmp_path / "evidence", files), cache=tmp_path / "cache")
    assert runtime.run(hosts_of_files(logs)) == told


def test_a_finding_names_the_host(tmp_path: Path) -> None:
    files = {"web/audit.log": AUDIT, "web/syslog": syslog("web1")}
    findings = hb.hunt(hb.connect("local", write(tmp_path / "evidence", files), cache=tmp_path / "cache"))
    [read] = [finding for finding in findings if finding.query == "linux.credentials_read"]
    assert read.host == "web1"


def test_only_what_is_missing_is_filled_in() -> None:
    answer = pl.DataFrame({"Host": ["a", None, "", None], "_File": ["x", "x", "x", "y"]})
    assert placed(answer, {"x": "h"})["Host"].to_list() == ["a", "h", "h", None]


@pytest.mark.parametrize("columns", [{"Host": [None]}, {"_File": ["x"]}, {"Host": [None], "_File": [None]}])
def test_answers_without_a_file_stay_as_they_are(columns: dict[str, list[str | None]]) -> None:
    answer = pl.DataFrame(columns)
    assert placed(answer, {"x": "h"}).equals(answer.with_columns(pl.col(pl.Null).cast(pl.String)), null_equal=True)
