"""What each different match is, by itself: its kind, its value, and where in the match the indicator lies.

The text around a match is not looked at here (`context.py` does), so this is done once for each different match.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from huntbook.analytics._iocs import links, paths, patterns, words
from huntbook.analytics._iocs.names import read_hosts
from huntbook.analytics._iocs.plain import part, readings, split
from huntbook.analytics._iocs.reading import HOSTED, INDICATORS, RAW, TAILS, Readings, completed, gathered

if TYPE_CHECKING:
    from collections.abc import Callable

# What asks for the border of a word, and so may occur earlier inside one.
_WHOLE = r"^(?:T[01][0-9]{3}|AS|[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f:]|\[:|-[0-9A-Fa-f]{2}-))"
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
# Most of the others are names with dots, and spared the questions above.
_NUMBER, _NAME = r"^[0-9]+\.[0-9.]+$", r"^[0-9A-Za-z_+-]+[.@]"
_READERS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
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


def read(raws: pl.Series) -> Readings:
    """Read different matches of `patterns.COMBINED` or `patterns.INNER`; the `id` of a match is its place among `raws`."""
    frame = pl.DataFrame({"raw": raws}, schema={"raw": pl.String}).with_row_index("id")
    forms, others = part(frame)
    parts = _others(others)
    hosts = [forms["name"]["raw"], *(read["host"] for read in [*forms.values(), *parts] if "host" in read.columns)]
    known = read_hosts(pl.concat(hosts))
    parts += readings(forms, known)
    return Readings(
        indicators=gathered(parts, INDICATORS).drop_nulls("kind"),
        whole=others.filter(RAW.str.contains(_WHOLE))["id"],
        hosts=gathered(parts, HOSTED).join(known, on="host", how="inner"),
        tails=gathered(parts, TAILS).drop_nulls("tail_at"),
    )


def _others(frame: pl.DataFrame) -> list[pl.DataFrame]:
    _, frame = split(frame, _NUMBER)  # versions, object identifiers, sections
    if frame.is_empty():
        return []
    names, others = split(frame, _NAME)
    others = others.with_columns(shape=_shape())
    groups = {str(shape): group.drop("shape") for (shape,), group in others.partition_by("shape", as_dict=True).items()}
    groups["dotted"] = pl.concat([names, groups.get("dotted", names.clear())])
    return [completed(_READERS[shape](group)) for shape, group in groups.items() if not group.is_empty()]


def _shape() -> pl.Expr:
    shape = pl.lit("dotted")
    for name, pattern in reversed(_BEGINS.items()):
        shape = pl.when(RAW.str.contains(pattern)).then(pl.lit(name)).otherwise(shape)
    return shape
