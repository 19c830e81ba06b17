"""Which lane an event lies in and which colour it has: the commonest values of a column, and one lane for the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from huntbook.plots._text import shown
from huntbook.plots._theme import SEVERITIES

NOTHING = "(none)"
EMPTY = "(empty)"  # a value, but a text without a letter
_ORDER = ("critical", "high", "medium", "low", "informational", "info", "unknown")
_TACTICS = (
    "reconnaissance", "resource development", "initial access", "execution", "persistence", "privilege escalation",
    "defense evasion", "credential access", "discovery", "lateral movement", "collection", "command and control",
    "exfiltration", "impact", "other",
)  # fmt: skip
_SHADES = {"critical": "high", "info": "informational", "unknown": "c7", NOTHING: "c7"}
_PARTS = re.compile(r"[0-9]{1,15}|[^0-9]+")


@dataclass(frozen=True)
class Values:
    """The values of a column as numbers.

    Attributes:
        names: of the values, as they are shown; number i is `names[i]`.
        codes: UInt32, for every row the number of its value.
        rest: how many further values share the last name; 0 if every value has a name of its own.
    """

    names: list[str]
    codes: pl.Series
    rest: int

    @property
    def severities(self) -> list[str] | None:
        """The colour of each name, if all of them are severities."""
        lowered = [name.lower() for name in self.names]
        known = set(lowered) <= {*_ORDER, NOTHING} and bool(set(lowered) & set(SEVERITIES))
        return [_SHADES.get(name, name) for name in lowered] if known else None


def alone(name: str, rows: int) -> Values:
    """Put every row under one name."""
    return Values([name], pl.Series([0], dtype=pl.UInt32).new_from_index(0, rows), 0)


def values(column: pl.Series, most: int) -> Values:
    """Number the values of a column, in their natural order.

    Args:
        column: of any type; null is a value as well.
        most: names at most; if there are more values, the rarest share the last name.
    """
    pool = pl.Categories.random()  # a pool of its own: the process-wide one would keep the values for ever
    kind = pl.Categorical(pool)
    coded = texts(column).fill_null(NOTHING).cast(kind)  # holds the pool for as long as the names are looked up
    numbers = coded.to_physical().rename("number")
    counts = numbers.value_counts(sort=True)
    kept = counts if counts.height <= most else counts[: most - 1]
    names = kept["number"].cat.to(coded.dtype).cast(pl.String).to_list()
    attack = {name.lower() for name in names} <= {*_TACTICS, NOTHING}  # all are tactics: in the order of an intrusion
    order = sorted(range(len(names)), key=lambda place: _natural(names[place], _TACTICS if attack else _ORDER))
    rest = counts.height - kept.height
    found = counts["number"].max()
    # A name that is not kept gets the number after the last: that of the rest.
    lookup = pl.Series([len(names)], dtype=pl.UInt32).new_from_index(0, (found if isinstance(found, int) else 0) + 1)
    lookup = lookup.scatter(kept["number"].gather(order), pl.Series(range(len(names)), dtype=pl.UInt32))
    ordered = [shown(names[place], limit=120) if names[place].strip() else EMPTY for place in order]
    return Values(ordered + ([f"{rest:,} others"] if rest else []), lookup.gather(numbers), rest)


def texts(column: pl.Series) -> pl.Series:
    """Write every value of a column as text; lists and records as JSON."""
    if column.dtype == pl.String:
        return column
    if isinstance(column.dtype, pl.Struct):
        return column.struct.json_encode()
    if column.dtype.is_nested() or column.dtype == pl.Object:
        return pl.Series(
            column.name, [None if item is None else str(item) for item in column.to_list()], dtype=pl.String
        )
    if column.dtype == pl.Binary:
        return column.bin.encode("hex")
    return column.cast(pl.String)


def _natural(name: str, known: tuple[str, ...]) -> tuple[int, list[tuple[int, str]]]:
    """Known names in their order, then others by the alphabet with numbers by their size; nothing comes last."""
    lowered = name.lower()
    if lowered in known:
        return 0, [(known.index(lowered), "")]
    parts = _PARTS.findall(lowered[:200])
    return 2 if name == NOTHING else 1, [(int(part), "") if part.isdecimal() else (10**16, part) for part in parts]
