"""Indicators in log lines, against the floor: a quick prototype with Polars and nothing but patterns.

The floor looks for the same kinds with a cheap prefilter and one combined `extract_all`, and derives the hosts of URLs and
mailboxes. It refangs nothing, checks nothing, and cannot say where anything was found; that is what the ratio pays for.
"""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from benchmarks._measure import Figure, measure
from huntbook.analytics.iocs import iocs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZES = (10_000, 100_000, 1_000_000)
LIMIT = 2.0  # at the largest size: below it, what is loaded and compiled once weighs more than the work


def figures() -> Iterator[Figure]:
    for size in SIZES:
        prepare = partial(_prepared, size)
        ours, floor = measure(_ours, prepare), measure(_floor, prepare)
        yield Figure(
            "iocs",
            f"{size:,} rows of 102 bytes",
            ours,
            "polars floor",
            floor,
            limit=LIMIT if size == max(SIZES) else None,
        )


def _prepared(size: int) -> pl.DataFrame:
    return pl.DataFrame({"line": lines(size)})


def _ours(frame: pl.DataFrame) -> object:
    return iocs(frame, "line")


_SIGN = (
    r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]|[0-9A-Za-z_-]\.[A-Za-z]{2}|://|[A-Za-z]:\\|@|[0-9A-Fa-f]{32}|::|CVE-|HK[LCU]"
    r"|/(?:usr|etc|tmp|var|home|opt|bin)/|(?:[0-9A-Fa-f]{2}[:-]){5}|T1[0-9]{3}|AS[0-9]|0x[0-9A-Fa-f]{40}|bc1"
)
_PATTERNS = [
    r"""(?:https?|ftp)://[^\s"'<>]+""",
    r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
    r"(?:HKEY_[A-Z_]+|HKLM|HKCU|HKU)\\[^\s,;]+",
    r"""(?:[A-Za-z]:|%[A-Za-z]+%)\\[^\s"'<>|*?]+""",
    r"/(?:usr|etc|tmp|var|home|opt|bin)/[^\s\"'<>|;:,]+",
    r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}",
    r"(?:[A-Za-z0-9_-]+\.)+[A-Za-z]{2,}",
    r"(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|(?:[0-9A-Fa-f]{1,4}:)+:[0-9A-Fa-f:]*",
    r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}",
    r"0x[0-9A-Fa-f]{40}",
    r"[0-9A-Fa-f]{32,}",
    r"(?-u:\b)(?:[13]|bc1)[0-9A-Za-z]{25,}",
    r"CVE-[0-9]{4}-[0-9]{4,}",
    r"T1[0-9]{3}(?:\.[0-9]{3})?",
    r"AS[0-9]{2,10}",
]
_EVERY = "|".join(_PATTERNS)


def _floor(frame: pl.DataFrame) -> pl.DataFrame:
    found = (
        frame.lazy()
        .select(row=pl.int_range(pl.len()), line="line")
        .filter(pl.col("line").str.contains(_SIGN))
        .select("row", found=pl.col("line").str.extract_all(_EVERY))
        .explode("found")
        .drop_nulls()
        .collect()
    )
    host = pl.coalesce(pl.col("found").str.extract(r"^[a-z]+://([^/:?#]+)"), pl.col("found").str.extract(r"@(.+)$"))
    hosts = found.filter(pl.col("found").str.contains(r"://|@")).select("row", found=host)
    return pl.concat([found, hosts]).sort("row")


def lines(size: int, seed: int = 7) -> list[str]:
    """Make log lines of many services, 102 bytes on average; a good quarter have an indicator, all have a time with a fraction."""
    source = random.Random(seed)
    makers = _makers(source)
    chosen = source.choices([make for _, make in makers], [weight for weight, _ in makers], k=size)
    return [f"{_time(source)} {source.choice(_HOSTS)} {make()}" for make in chosen]


_HOSTS = [f"{name}{number:02d}" for name in ("web", "db", "ws", "dc", "mail") for number in range(12)]
_USERS = ["alice", "bob", "carol", "dave", "svc_backup", "deploy", "root"]
_STEMS = ("cdn", "track", "login", "update", "static", "mail", "files")
_ENDS = ("com", "net", "org", "ru", "info", "co.uk", "top")
_DOMAINS = [
    f"{stem}{rest}.{end}" for stem in _STEMS for rest in ("-hub", "zone", "lab", "ware", "point") for end in _ENDS
]


def _time(source: random.Random) -> str:
    day, hour, minute, second = (
        source.randint(1, 28),
        source.randint(0, 23),
        source.randint(0, 59),
        source.randint(0, 59),
    )
    return f"2026-03-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}.{source.randint(0, 999):03d}Z"


def _makers(source: random.Random) -> list[tuple[int, Callable[[], str]]]:
    """What each kind of line says, and how common it is."""
    number, pick = source.randint, source.choice

    def digits(count: int) -> str:
        return f"{source.getrandbits(4 * count):0{count}x}"

    def address() -> str:
        return f"{number(1, 223)}.{number(0, 255)}.{number(0, 255)}.{number(1, 254)}"

    quiet: list[tuple[int, Callable[[], str]]] = [
        (
            70,
            lambda: (
                f"worker-{number(1, 32)} request handled in {number(1, 900)} ms status={pick((200, 204, 404))} cache=hit bytes={number(100, 9999)}"
            ),
        ),
        (
            60,
            lambda: (
                f"systemd[1]: Started Session {number(1, 9999)} of user {pick(_USERS)}, slice user-{number(1000, 1020)} is started"
            ),
        ),
        (
            50,
            lambda: (
                f"EventID=4624 LogonType={number(2, 7)} TargetUserName={pick(_USERS)} TargetLogonId=0x{digits(6)} Elevated=%%1842"
            ),
        ),
        (
            40,
            lambda: (
                f"CRON[{number(100, 9999)}]: pam_unix(cron:session): session opened for user {pick(_USERS)} by (uid=0) on tty"
            ),
        ),
        (
            40,
            lambda: (
                f"kernel: [{number(1, 99999)}.{number(0, 999999):06d}] usb 1-1: new high-speed USB device number {number(1, 99)} using xhci_hcd"
            ),
        ),
        (
            30,
            lambda: (
                f"module scheduler.core version 2.{number(0, 20)}.{number(0, 9)} queue depth {number(0, 500)} batch finished on time"
            ),
        ),
    ]
    telling: list[tuple[int, Callable[[], str]]] = [
        (
            40,
            lambda: (
                f"sshd[{number(100, 9999)}]: Failed password for {pick(_USERS)} from {address()} port {number(1024, 65000)} ssh2"
            ),
        ),
        (
            25,
            lambda: (
                f"process C:\\Windows\\System32\\{pick(('svchost', 'rundll32', 'cmd'))}.exe pid {number(4, 9999)} by {pick(_USERS)}"
            ),
        ),
        (
            15,
            lambda: (
                f"named: client query {pick(('www', 'api', 'x' + digits(4)))}.{pick(_DOMAINS)} IN A + from pool {number(1, 9)}"
            ),
        ),
        (
            10,
            lambda: (
                f"proxy GET http://{pick(_DOMAINS)}/{pick(('a', 'img', 'dl'))}/{digits(6)}.php user {pick(_USERS)} bytes {number(1, 99999)}"
            ),
        ),
        (4, lambda: f"av: quarantined sample sha256={digits(64)} user {pick(_USERS)}"),
        (
            4,
            lambda: (
                f"postfix/qmgr: from=<{pick(_USERS)}{number(1, 99)}@{pick(_DOMAINS)}>, size={number(500, 90000)}, nrcpt=1"
            ),
        ),
        (
            4,
            lambda: (
                f"sudo: {pick(_USERS)} : TTY=pts/{number(0, 9)} ; COMMAND=/usr/bin/systemctl restart app-{number(1, 40)}"
            ),
        ),
    ]
    return quiet + telling
