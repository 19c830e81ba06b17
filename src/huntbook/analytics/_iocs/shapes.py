"""What each different match is, by itself: its kind, its value, and where in the match the indicator lies.

The text around a match is not looked at here (`context.py` does), so this is done once for each different match.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from huntbook.analytics._iocs import links, paths, patterns, words
from huntbook.analytics._iocs.reading import RAW, READING, completed

if TYPE_CHECKING:
    from collections.abc import Callable

# Which alternative matched shows in how the match begins; asked in this order.
_BEGINS = {
    "url": rf"^{patterns.SCHEME}{patterns.SEPARATOR}",
    "registry": rf"^{patterns.HIVE}:?\\",
    "windows": r"^(?:[\\%$]|[A-Za-z]:[\\/])",
    "linux": "^[/~]",
    "long": "^[0-9A-Za-z]{26,}$",
    "cve": rf"^{patterns.CVE}$",
    "technique": "^T[01][0-9]{3}$",
    "asn": "^(?:AS|ASN ?:? ?)[0-9]{1,10}$",
    "mac": "^[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5,}$",
    "ipv6": r"^(?:[0-9A-Fa-f]{1,4}:|[0-9A-Fa-f:]*(?:::|\[:))",
}
# Most matches are plain numbers with dots, or plain names; they are spared the questions above.
_MOSTLY = {"number": r"^[0-9]+\.[0-9.]+$", "dotted": r"^[0-9A-Za-z_+-]+[.@]"}
_READERS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "number": links.numbers,
    "url": links.urls,
    "registry": paths.registry_keys,
    "windows": paths.windows_paths,
    "dotted": links.dotted,
    "linux": paths.linux_paths,
    "long": words.long_words,
    "cve": words.cves,
    "technique": words.techniques,
    "asn": words.asns,
    "mac": words.macs,
    "ipv6": words.ipv6_addresses,
}


def read(raws: pl.Series) -> pl.DataFrame:
    """Read different matches of `patterns.COMBINED` or `patterns.INNER`.

    Returns:
        One row for each match, in their order, with the columns of `READING`.
    """
    frame = pl.DataFrame({"raw": raws}, schema={"raw": pl.String}).with_row_index("id")
    groups = frame.with_columns(shape=_asked(_MOSTLY, None)).partition_by("shape", as_dict=True, include_key=False)
    if (others := groups.pop((None,), None)) is not None:
        for shape, group in (
            others.with_columns(shape=_asked(_BEGINS, "dotted")).partition_by("shape", as_dict=True).items()
        ):
            groups[shape] = pl.concat([groups.get(shape, frame.clear()), group.drop("shape")])
    parts = [completed(_READERS[str(shape)](group)) for (shape,), group in groups.items()]
    return pl.concat([pl.DataFrame(schema=READING), *parts]).sort("id").drop("id")


def _asked(questions: dict[str, str], otherwise: str | None) -> pl.Expr:
    shape = pl.lit(otherwise, pl.String)
    for name, pattern in reversed(questions.items()):
        shape = pl.when(RAW.str.contains(pattern)).then(pl.lit(name)).otherwise(shape)
    return shape
