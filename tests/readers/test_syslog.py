from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.readers.samples import file_of, reading

from huntbook.readers import read
from huntbook.readers._base import EvidenceFile, Losses

NAMES = ("TimeGenerated", "HostName", "ProcessName", "ProcessID", "Facility", "SeverityLevel", "SyslogMessage")


def fields(line: str) -> tuple[Any, ...]:
    (row,) = reading(line.encode() + b"\n").rows
    return tuple(row[name] for name in NAMES)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "Mar  6 04:07:28 web01 sshd[77]: Accepted password for eve",
            ("2024-03-06T04:07:28Z", "web01", "sshd", "77", None, None, "Accepted password for eve"),
        ),
        (
            "<86>Mar 16 04:07:28 web01 CRON[9]: pam_unix(cron:session): opened",
            ("2024-03-16T04:07:28Z", "web01", "CRON", "9", "authpriv", "info", "pam_unix(cron:session): opened"),
        ),
        (
            "<34>1 2003-10-11T22:14:15.003Z mail.example.com su - ID47 - 'su root' failed",
            ("2003-10-11T22:14:15.003Z", "mail.example.com", "su", None, "auth", "crit", "'su root' failed"),
        ),
        (
            "2020-05-31T00:00:45.738158+02:00 host systemd[1]: Reloaded.",
            ("2020-05-31T00:00:45.738158+02:00", "host", "systemd", "1", None, None, "Reloaded."),
        ),
        (
            "2016-10-25T12:37:23.297265-07:00 WARNING kernel: [ 1.0] wlan0: gone",
            ("2016-10-25T12:37:23.297265-07:00", None, "kernel", None, None, "warning", "[ 1.0] wlan0: gone"),
        ),
        (
            "Mar 11 19:26:45 mac fw[1985] <Info>: launchd Allow",
            ("2024-03-11T19:26:45Z", "mac", "fw", "1985", None, "info", "launchd Allow"),
        ),
        (
            "Mar 11 19:26:45 kernel: [997.39] sda2: rw=0",
            ("2024-03-11T19:26:45Z", None, "kernel", None, None, None, "[997.39] sda2: rw=0"),
        ),
        (
            "Mar 11 2019 19:26:45 fe80::1 postfix/smtpd[4]: connect",
            ("2019-03-11T19:26:45Z", "fe80::1", "postfix/smtpd", "4", None, None, "connect"),
        ),
        (
            "83 <13>1 2024-01-01T00:00:00Z h app 1 - - hello",
            ("2024-01-01T00:00:00Z", "h", "app", "1", "user", "notice", "hello"),
        ),
    ],
)
def test_forms(line: str, expected: tuple[Any, ...]) -> None:
    assert fields(line) == expected


def test_structured_data_is_kept_as_text() -> None:
    data = '[origin@1 ip="192.0.2.1"][x@2 say="a \\"quoted\\] word"]'
    (row,) = reading(f"<165>1 2024-01-01T00:00:00Z h app - ID7 {data} \ufeffhello\n".encode()).rows
    assert (row["StructuredData"], row["MessageID"], row["SyslogMessage"]) == (data, "ID7", "hello")


def test_messages_of_several_lines() -> None:
    text = "Mar  1 00:00:00 h app[1]: one\n\ttwo\nthree\nMar  1 00:00:01 h app[1]: four\n"
    found = reading(text.encode())
    assert found.column("SyslogMessage") == ["one\n\ttwo\nthree", "four"]
    assert found.lines == [1, 4]
    assert [(loss.lost, loss.position) for loss in found.losses] == [(0, "line 3")]


def test_a_stream_without_newlines() -> None:
    text = "<13>Mar  1 00:00:00 h a: one<14>Mar  1 00:00:01 h b: two<15>Mar  1 00:00:02 h c: three"
    found = reading(text.encode())
    assert found.column("SyslogMessage") == ["one", "two", "three"]
    assert found.column("SeverityLevel") == ["notice", "info", "debug"]


def times(text: str, modified: datetime) -> list[str]:
    file = EvidenceFile("x", file_of(text.encode()).open, modified=modified)
    return [time for batch in read(file, Losses("x")) for time in batch.rows["TimeGenerated"]]


def test_the_year_goes_back_over_each_new_year() -> None:
    text = "".join(
        f"{day} 10:00:00 h a[1]: x\n" for day in ("Nov 30", "Dec 31", "Jan  1", "Jun  1", "Dec 31", "Jan  1")
    )
    years = [time[:4] for time in times(text, datetime(2024, 2, 2, 12, tzinfo=UTC))]
    assert years == ["2022", "2022", "2023", "2023", "2023", "2024"]


def test_no_time_lies_after_the_last_modification() -> None:
    assert times("Dec 31 10:00:00 h a[1]: x\n", datetime(2024, 2, 2, tzinfo=UTC)) == ["2023-12-31T10:00:00Z"]
    assert times("Feb  2 10:00:00 h a[1]: x\n", datetime(2024, 2, 2, tzinfo=UTC)) == ["2024-02-02T10:00:00Z"]


def test_a_leap_day_is_in_a_leap_year() -> None:
    assert times("Feb 29 10:00:00 h a[1]: x\n", datetime(2023, 6, 1, tzinfo=UTC)) == ["2020-02-29T10:00:00Z"]


def test_lines_out_of_order_over_new_year() -> None:
    text = "".join(f"{day} 10:00:00 h a[1]: x\n" for day in ("Dec 31", "Jan  1", "Dec 31", "Jan  1"))
    years = [time[:4] for time in times(text, datetime(2024, 1, 2, tzinfo=UTC))]
    assert years == ["2023", "2024", "2023", "2024"]


WORD = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=8).map(lambda word: f"h{word}")
MESSAGE = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Zs", "Zl", "Zp", "Cs")), min_size=1, max_size=30
)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 191), WORD, WORD, st.integers(1, 99999), MESSAGE), min_size=1, max_size=5))
def test_both_forms_come_back(messages: list[tuple[int, str, str, int, str]]) -> None:
    old = "".join(f"<{p}>Mar  1 00:00:00 {host} {app}[{pid}]: {m}\n" for p, host, app, pid, m in messages)
    new = "".join(f"<{p}>1 2024-03-01T00:00:00Z {host} {app} {pid} - - {m}\n" for p, host, app, pid, m in messages)
    for text in (old, new):
        found = [tuple(row[name] for name in NAMES) for row in reading(text.encode()).rows]
        assert [row[1:4] for row in found] == [(host, app, str(pid)) for _, host, app, pid, _ in messages]
        assert [row[6] for row in found] == [message for *_, message in messages]


@pytest.mark.evidence
def test_real_forms(evidence: Any) -> None:
    for path in (evidence / "syslog" / "plaso" / "syslog").iterdir():
        found = reading(path.read_bytes())
        assert "TimeGenerated" in found.rows[0], path.name
        assert all(row["SyslogMessage"] for row in found.rows)
        assert all(row["TimeGenerated"] for row in found.rows)


@pytest.mark.evidence
def test_real_logs_as_their_parsers_expect(evidence: Any) -> None:
    folder = evidence / "syslog" / "crowdsec_hub_tests"
    for name in ("syslog-logs", "sshd-refused-conn", "smb-bf", "sshd-invalid-bf"):
        (log,) = (folder / name).glob("*.log")
        found = reading(log.read_bytes())
        assert len(found.rows) == sum(bool(line.strip()) for line in log.read_text().split("\n"))
        assert all(row["HostName"] and row["ProcessName"] and row["ProcessID"] for row in found.rows)
