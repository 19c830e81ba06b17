"""The patterns of syslog lines, and the year that the older form leaves out.

RFC 3164 (BSD), RFC 5424, and the forms that syslogd, rsyslog and journald write to files. Every pattern is run by the
regex engine of Polars, which takes linear time.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SEVERITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
FACILITIES = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp"),
    *("audit", "alert", "clock", *(f"local{number}" for number in range(8))),
)
# Words that some programs write for a severity.
SPELLINGS = {"error": "err", "warn": "warning", "panic": "emerg", "critical": "crit", "informational": "info"}

# Sets are spelt out in ASCII and repeats left open: Unicode classes and counted repeats make the automata large and slow.
_CLOCK = r"[0-9][0-9]:[0-9][0-9]:[0-9][0-9]"
_ISO = rf"[0-9]{{4}}-[0-9][0-9]-[0-9][0-9]T{_CLOCK}(?:[.,][0-9]+)?(?:Z|[+-][0-9][0-9]:?[0-9][0-9])?"
_BSD = rf"(?:{'|'.join(MONTHS)})  ?[0-9][0-9]? (?:[0-9]{{4}} )?{_CLOCK}(?:\.[0-9]+)?"
_COUNT = "(?:[0-9]+ )?"  # of octets, before each message of a stream
# What stands before the time, and the time: patterns that an engine runs in one pass, which is what makes them quick.
PRIORITY = rf"^{_COUNT}<([0-9]+)>"
BEFORE = rf"^({_COUNT}<[0-9]+>(?:1 )?)"
TIME = rf"^({_ISO}|{_BSD})(?::?[ \t]|:?$)"
# RFC 5424: structured data and message, after four words.
DATA = r'(?s)^(?P<data>(?:\[(?:[^\]"\\]|\\.|"(?:[^"\\]|\\.)*")*\])+)(?: (?P<message>.*))?$'
# RFC 3164: a host that may be missing, `program[pid]:`; macOS puts a level in between, Chrome OS one before.
LEVEL = r"EMERG|ALERT|CRIT|ERR|ERROR|WARNING|WARN|NOTICE|INFO|DEBUG"
_HOST = r"[^ \t\[\]]*[^ \t:\[\]]"
_PROGRAM = r"[^ \t:\[\]<>=\"',]+"
_AFTER = r"(?:\[(?P<process>[^ \t\]]*)\])?(?: \([^)]*\))?(?: <(?P<word>[A-Za-z]+)>)?:(?:[ \t]|$)"
REST = rf"(?s)^(?:(?P<level>{LEVEL}) )?(?:(?P<host>{_HOST}) )?(?P<program>{_PROGRAM}){_AFTER}(?P<message>.*)$"
PLAIN_HOST = rf"^(?:{_HOST})$"  # the usual `host program[pid]:`, recognised word by word
PLAIN_TAG = rf"^{_PROGRAM}(?:\[[^ \t\]]*\])?:$"
# For telling a syslog file from another: a priority and a time; or a time, and what a program is named by.
LIKE = (
    rf"^(?:{_COUNT}<[0-9]+>(?:1 -|(?:1 )?(?:{_ISO}|{_BSD})) "
    rf"|(?:{_ISO}|{_BSD}) (?:(?:{LEVEL}) )?(?:{_HOST} )?{_PROGRAM}{_AFTER})"
)
BEGINS = rf"^{_COUNT}(?:<[0-9]+>1 -|(?:<[0-9]+>(?:1 )?)?(?:{_ISO}|{_BSD}):?(?:[ \t]|$))"
# A line that is nothing but the beginning of a header: the file was cut there.
CUT = r"^(?:<[0-9]*>?)?(?:[A-Z][a-z]?|[A-Z][a-z][a-z](?: [0-9: ]{0,11})?|[0-9]{1,4}(?:-[-0-9T:.+Z]*)?)?$"
_START = rf"{_COUNT}<[0-9]+>(?:1 )?(?:{_ISO}|{_BSD})"
JOINED = rf"^.+?<[0-9]+>(?:1 )?(?:{_ISO}|{_BSD})"  # messages of a stream that stand on one line
SPLIT = rf"({_START})"


@dataclass(frozen=True)
class Years:
    """The year of a file's records, which RFC 3164 leaves out: that of the first, and the month that it is in."""

    first: int
    month: int


def years_of(frames: Iterable[pl.DataFrame], modified: datetime) -> Years:
    """Judge the years from the months in their order: the last may not lie after the file was last modified.

    Each step from December to January begins a year, each back (lines out of order) ends one. Frames have the columns
    `month`, `day` (integers) and `clock` (text).
    """
    month, ahead, latest, leap, first = 0, 0, (0, 0, 0, ""), None, 0
    for frame in frames:
        if not frame.height:
            continue
        first = first or int(frame["month"][0])
        steps = frame.with_columns(ahead=ahead_of(pl.col("month"), month or first) + ahead)
        leaps = steps.filter((pl.col("month") == 2) & (pl.col("day") == 29))
        leap = int(leaps["ahead"][0]) if leap is None and leaps.height else leap
        top = steps.sort("ahead", "month", "day", "clock").tail(1).select("ahead", "month", "day", "clock").row(0)
        latest = max(latest, top)
        month, ahead = int(steps["month"][-1]), int(steps["ahead"][-1])
    year = modified.year - latest[0]
    # A day's grace: the log may be of a zone ahead of UTC.
    if latest[1:] > (modified.month, modified.day + 1, ""):
        year -= 1
    while leap is not None and not calendar.isleap(year + leap):
        year -= 1
    return Years(year, first or 1)


def ahead_of(month: pl.Expr, before: int) -> pl.Expr:
    """By how many years each row is ahead of the one before the first, whose month was `before`."""
    step = month - month.shift(1).fill_null(before)
    return pl.when(step < -6).then(1).when(step > 6).then(-1).otherwise(0).cum_sum()
