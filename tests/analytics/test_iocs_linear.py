"""No text makes the search take more than time in proportion to its length, whatever is repeated in it."""

from __future__ import annotations

import gc
import time
from functools import cache

import polars as pl
import pytest

from huntbook.analytics._iocs.kinds import Kind
from huntbook.analytics._iocs.scan import scan

SIZE, MEGABYTE = 200_000, 1_000_000
# Each is a beginning of something that does not end, or an end that gives way, repeated: what makes a search go back.
REPEATED = {
    "letters": "a",
    "digits": "1",
    "hex": "deadbeef",
    "hashes": "d41d8cd98f00b204e9800998ecf8427e-",
    "hash in words": "xd41d8cd98f00b204e9800998ecf8427e ",
    "dots": "a.",
    "numbers": "1.",
    "pairs": "a.b-.",
    "names and plus": "a.b+",
    "names": "a.b.com ",
    "files": "setup.py ",
    "addresses": "1.2.3.4 ",
    "hyphens": "-",
    "underscores": "a_",
    "at": "a@",
    "mailboxes without end": "a@b.",
    "colons": "a:",
    "hex and colons": "aa:bb:cc:dd:ee:ff:0:",
    "double colons": "a::",
    "pairs and hyphens": "aa-bb-",
    "schemes": "http://",
    "broken schemes": "hxxp[:",
    "users": "http://a:b@",
    "users and dots": "hxxp://a[.]@",
    "local files": "file:///",
    "mailboxes and plus": "a.b+x@c.org ",
    "files with spaces": "C:\\a\\b c d e ",
    "queries": "http://a.com/?u=",
    "queries, joined": "a.com/?x=http://b.org/&",
    "brackets": "[.]",
    "brackets and names": "a[.",
    "drives": "C:\\",
    "drives and words": "C:\\a a a ",
    "backslashes": "\\",
    "shares": "\\\\a\\",
    "variables": "%A",
    "variables and parts": "%A%\\a ",
    "hives": "HKLM\\a a ",
    "slashes": "/",
    "folders": "/etc/A ",
    "homes": "~/",
    "zeros and x": "0x",
    "coins": "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa ",
    "segwit": "bc1",
    "ether": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed ",
    "techniques": "T1003",
    "techniques in words": "xT1003 ",
    "techniques and hyphens": "T1003-",
    "techniques and plus": "T1003+",
    "systems": "AS1",
    "systems and hyphens": "AS1-",
    "vulnerabilities and hyphens": "CVE-2021-1234-",
    "hardware and hyphens": "aa-bb-cc-dd-ee-ff-x-",
    "hashes and plus": "d41d8cd98f00b204e9800998ecf8427e+",
    "vulnerabilities": "CVE-2021-",
    "letters beyond ASCII": "é.",
    "full stops beyond ASCII": "a\u3002",
    "quotes": '"',
}


def seconds(text: str) -> float:
    cells = pl.Series("text", [text])
    gc.collect()
    begun = time.process_time()
    scan([cells], list(Kind))
    return time.process_time() - begun


@cache
def fixed() -> float:
    """What an empty text takes."""
    return min(seconds("") for _ in range(3))


def is_linear(whole: str) -> bool:
    """Whether the text takes at most about twice the time of its half, beyond what an empty text takes.

    A second look where the first was too slow: another process may have had the machine.
    """
    ratios = (
        (seconds(whole) - fixed() + 0.04) / (seconds(whole[: len(whole) // 2]) - fixed() + 0.04) for _ in range(3)
    )
    return any(ratio <= 2.5 for ratio in ratios)


@pytest.mark.parametrize("repeated", REPEATED.values(), ids=REPEATED.keys())
def test_twice_the_text_takes_at_most_about_twice_the_time(repeated: str) -> None:
    assert is_linear(repeated * (SIZE // len(repeated)))


def test_a_megabyte_of_everything_takes_no_longer_for_its_length() -> None:
    piece = " ".join(repeated * 20 for repeated in REPEATED.values())
    assert is_linear(piece * (MEGABYTE // len(piece)))
