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
_NUMBER, _NAME = r"^[0-9]+\.[0-9.]+$", r"^[0-9A-Za-z_+-]+[.@]"
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
        One row for each match, in any order, with the columns of `READING`; `id` is the place of the match among `raws`.
    """
    frame = pl.DataFrame({"raw": raws}, schema={"raw": pl.String}).with_row_index("id")
    dotted, others = _split(frame, _NAME)
    numbers, names = _split(dotted, _NUMBER)
    others = others.with_columns(shape=_shape())
    groups = {str(shape): group.drop("shape") for (shape,), group in others.partition_by("shape", as_dict=True).items()}
    groups["number"] = numbers
    groups["dotted"] = pl.concat([names, groups.get("dotted", names.clear())])
    parts = (completed(_READERS[shape](group)) for shape, group in groups.items() if not group.is_empty())
    return pl.concat([pl.DataFrame(schema=READING), *parts], rechunk=True)


def _split(frame: pl.DataFrame, pattern: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part the matches that have a pattern from those that do not, asking each once."""
    right = frame["raw"].str.contains(pattern)
    return frame.filter(right), frame.filter(~right)


def _shape() -> pl.Expr:
    shape = pl.lit("dotted")
    for name, pattern in reversed(_BEGINS.items()):
        shape = pl.when(RAW.str.contains(pattern)).then(pl.lit(name)).otherwise(shape)
    return shape
