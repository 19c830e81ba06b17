"""Syslog and auditd: what of it is a login, a command, a change of accounts, a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.schemas.tables import Tables, read, read_text

if TYPE_CHECKING:
    from pathlib import Path

SYSLOG = """\
sshd[11]: Accepted publickey for nina from 198.51.100.7 port 50123 ssh2: RSA SHA256:abc
sshd[12]: Failed password for invalid user admin from 203.0.113.9 port 40000 ssh2
sshd[13]: Failed password for root from 2001:db8::9 port 40001 ssh2
sshd[14]: Invalid user bob from 203.0.113.9 port 40002
sshd[15]: User eve from 203.0.113.9 not allowed because not listed in AllowUsers
sshd[11]: pam_unix(sshd:session): session opened for user nina by (uid=0)
sshd[11]: pam_unix(sshd:session): session closed for user nina
sshd[16]: Server listening on 0.0.0.0 port 22.
CRON[20]: pam_unix(cron:session): session opened for user root by (uid=0)
CRON[20]: (root) CMD (/usr/bin/backup --all (nightly))
su[30]: FAILED SU (to root) nina on pts/0
su[31]: pam_unix(su:session): session opened for user root by nina(uid=1000)
sudo: nina : TTY=pts/0 ; PWD=/home/nina ; USER=root ; COMMAND=/usr/bin/cat /etc/shadow
sudo: eve : user NOT in sudoers ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/sh
login[40]: pam_unix(login:auth): authentication failure; logname= uid=0 euid=0 tty=tty1 ruser= rhost=192.0.2.5  user=root
useradd[50]: new user: name=mallory, UID=1001, GID=1001, home=/home/mallory, shell=/bin/bash
usermod[51]: add 'mallory' to group 'sudo'
userdel[52]: delete user 'mallory'
passwd[53]: pam_unix(passwd:chauthtok): password changed for nina
kernel: [ 12.345] [UFW BLOCK] IN=eth0 OUT= MAC=aa SRC=203.0.113.9 DST=192.0.2.1 LEN=40 TTL=50 PROTO=TCP SPT=4444 DPT=22 SYN
"""


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    lines = [f"2024-03-01T08:30:{second:02}Z web01 {line}" for second, line in enumerate(SYSLOG.splitlines())]
    return read_text("messages.log", "\n".join(lines) + "\n", tmp_path_factory.mktemp("syslog"))


def test_the_table(messages: Tables) -> None:
    assert messages.recognised == {"Syslog"}
    row = messages.one("SELECT * FROM Syslog WHERE ProcessName = 'useradd'")
    assert (row["Computer"], row["HostName"], row["ProcessID"]) == ("web01", "web01", 50)
    assert row["EventTime"] == row["TimeGenerated"]


def test_logins(messages: Tables) -> None:
    columns = ("EventType", "EventResult", "EventResultDetails", "TargetUsername", "SrcIpAddr", "SrcPortNumber")
    found = messages.kinds("(FROM _Im_Authentication WHERE EventProduct = 'OpenSSH')", *columns)
    assert found == {
        ("Logon", "Success", None, "nina", "198.51.100.7", 50123): 1,
        ("Logon", "Failure", "No such user", "admin", "203.0.113.9", 40000): 1,
        ("Logon", "Failure", "Incorrect password", "root", "2001:db8::9", 40001): 1,
        ("Logon", "Failure", "No such user", "bob", "203.0.113.9", 40002): 1,
        ("Logon", "Failure", "Logon violates policy", "eve", "203.0.113.9", None): 1,
    }
    method = messages.one(
        "SELECT LogonMethod, LogonProtocol FROM _Im_Authentication WHERE TargetSessionId = '11' AND EventProduct = 'OpenSSH'"
    )
    assert method == {"LogonMethod": "publickey", "LogonProtocol": "SSH"}


def test_sessions_and_changes_of_user(messages: Tables) -> None:
    columns = ("EventProduct", "EventType", "EventResult", "ActorUsername", "TargetUsername")
    found = messages.kinds("(FROM _Im_Authentication WHERE EventProduct <> 'OpenSSH')", *columns)
    assert found == {
        ("PAM", "Logoff", "Success", None, "nina"): 1,
        ("su", "Logon", "Failure", "nina", "root"): 1,
        ("PAM", "Logon", "Success", "nina", "root"): 1,
        ("sudo", "Logon", "Failure", "eve", "root"): 1,
        ("PAM", "Logon", "Failure", None, "root"): 1,
    }


def test_commands(messages: Tables) -> None:
    columns = ("ActorUsername", "TargetUsername", "TargetProcessCommandLine", "TargetProcessFilename")
    assert messages.kinds("_Im_ProcessCreate", *columns) == {
        ("root", "root", "/usr/bin/backup --all (nightly)", "backup"): 1,
        ("nina", "root", "/usr/bin/cat /etc/shadow", "cat"): 1,
    }


def test_accounts(messages: Tables) -> None:
    assert messages.kinds("_Im_UserManagement", "EventType", "TargetUsername", "GroupName") == {
        ("UserCreated", "mallory", None): 1,
        ("UserAddedToGroup", "mallory", "sudo"): 1,
        ("UserDeleted", "mallory", None): 1,
        ("PasswordChanged", "nina", None): 1,
    }


def test_the_firewall(messages: Tables) -> None:
    row = messages.one("SELECT * FROM _Im_NetworkSession")
    assert (row["SrcIpAddr"], row["SrcPortNumber"], row["DstIpAddr"], row["DstPortNumber"]) == (
        "203.0.113.9",
        4444,
        "192.0.2.1",
        22,
    )
    assert (row["DvcAction"], row["NetworkProtocol"], row["NetworkDirection"]) == ("Deny", "TCP", "Inbound")
    assert row["NetworkRuleName"] == "[UFW BLOCK]"


AUDIT = """\
type=SYSCALL msg=audit(1700000000.100:1): arch=c000003e syscall=59 success=yes exit=0 a0=1 items=2 ppid=10 pid=11 auid=1000 uid=1000 gid=1000 euid=0 tty=pts0 ses=3 comm="cat" exe="/usr/bin/cat" key="exec"
type=EXECVE msg=audit(1700000000.100:1): argc=2 a0="cat" a1="/etc/shadow"
type=CWD msg=audit(1700000000.100:1): cwd="/home/nina"
type=SYSCALL msg=audit(1700000001.100:2): arch=c000003e syscall=59 success=no exit=-2 a0=1 items=2 ppid=10 pid=12 auid=1000 uid=1000 comm="sh" exe="/bin/sh" key=(null)
type=USER_LOGIN msg=audit(1700000002.100:3): pid=20 uid=0 auid=1000 ses=4 msg='op=login acct="nina" exe="/usr/sbin/sshd" hostname=? addr=198.51.100.7 terminal=ssh res=success'
type=USER_AUTH msg=audit(1700000003.100:4): pid=21 uid=0 auid=4294967295 ses=4294967295 msg='op=PAM:authentication acct="root" exe="/usr/sbin/sshd" hostname=203.0.113.9 addr=203.0.113.9 terminal=ssh res=failed'
type=ADD_USER msg=audit(1700000004.100:5): pid=22 uid=0 auid=1000 ses=4 msg='op=adding user acct="mallory" exe="/usr/sbin/useradd" hostname=? addr=? terminal=pts/0 res=success'
type=PATH msg=audit(1700000005.100:6): item=1 name="/etc/cron.d/x" inode=1 nametype=CREATE
type=SOCKADDR msg=audit(1700000006.100:7): saddr=020001BBC6336407000000000000000000
type=CONFIG_CHANGE msg=audit(1700000007.100:8): auid=1000 ses=4 op=remove_rule key="exec" list=4 res=1
"""


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return read_text("audit.log", AUDIT, tmp_path_factory.mktemp("audit"))


def test_a_call_that_made_a_process(records: Tables) -> None:
    row = records.one("SELECT * FROM _Im_ProcessCreate")
    assert (row["TargetProcessCommandLine"], row["TargetProcessName"]) == ("cat /etc/shadow", "/usr/bin/cat")
    assert (row["TargetProcessId"], row["ActingProcessId"], row["TargetProcessCurrentDirectory"]) == (
        "11",
        "10",
        "/home/nina",
    )
    assert (row["ActorUserId"], row["TargetUserId"], row["RuleName"]) == ("1000", "0", "exec")


def test_records_of_users(records: Tables) -> None:
    columns = ("EventOriginalType", "EventResult", "TargetUsername", "SrcIpAddr", "ActorUserId", "LogonProtocol")
    assert records.kinds("_Im_Authentication", *columns) == {
        ("USER_LOGIN", "Success", "nina", "198.51.100.7", "1000", "SSH"): 1,
        ("USER_AUTH", "Failure", "root", "203.0.113.9", "0", "SSH"): 1,
    }
    assert records.kinds("_Im_UserManagement", "EventType", "TargetUsername") == {("UserCreated", "mallory"): 1}


def test_files_sockets_and_rules(records: Tables) -> None:
    assert records.kinds("_Im_FileEvent", "EventType", "TargetFilePath") == {("FileCreated", "/etc/cron.d/x"): 1}
    assert records.kinds("_Im_NetworkSession", "DstIpAddr", "DstPortNumber") == {("198.51.100.7", 443): 1}
    assert records.kinds("_Im_AuditEvent", "Operation", "Object") == {("remove_rule", "exec"): 1}


@pytest.mark.evidence
def test_real_logs(evidence: Path, tmp_path: Path) -> None:
    hub = evidence / "syslog" / "crowdsec_hub_tests"
    tables = read(
        [
            hub / "sshd-success-logs",
            hub / "sshd-invalid-bf",
            hub / "iptables-logs",
            evidence / "mordor_other" / "atomic" / "linux",
        ],
        tmp_path,
    )
    assert tables.kinds("_Im_ProcessCreate", "TargetProcessCommandLine", "TargetProcessId") == {
        ("arp -a", "1631"): 1,
        ("grep -v ^?", "1632"): 1,
    }
    accepted = "SELECT count(*) AS n FROM Syslog WHERE SyslogMessage LIKE 'Accepted %'"
    assert tables.kinds("_Im_Authentication", "EventResult")["Success",] == tables.one(accepted)["n"] > 0
    sources = "SELECT count(*) AS n FROM Syslog WHERE SyslogMessage LIKE '%IN=% SRC=%'"
    assert tables.one("SELECT count(*) AS n FROM _Im_NetworkSession") == tables.one(sources)
