"""Whether the rows that came back are those that an example says."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from huntbook.testing.examples._rows import aware, ticks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def same(found: Any, written: Any) -> bool:  # noqa: PLR0911 - one line for each kind of value
    """Whether a cell is what an example says: empty text is nothing, times are UTC, timespans are written as KQL writes them."""
    if found in (None, "") or written in (None, ""):
        return found in (None, "") and written in (None, "")
    if isinstance(found, datetime):
        moment = datetime.fromisoformat(written) if isinstance(written, str) else written
        return isinstance(moment, date) and found == aware(moment)
    if isinstance(found, bool) or isinstance(written, bool):
        return found is written
    if isinstance(found, int) and isinstance(written, (str, timedelta)):
        return bool(found == ticks(written))
    if isinstance(found, float) or isinstance(written, float):
        return isinstance(found, (int, float)) and math.isclose(found, written, rel_tol=1e-9)
    if isinstance(found, list) and isinstance(written, list):
        return len(found) == len(written) and all(map(same, found, written))
    if isinstance(found, dict) and isinstance(written, dict):
        return found.keys() == written.keys() and all(same(found[key], written[key]) for key in found)
    return bool(found == written)


def matches(row: Mapping[str, Any], written: Mapping[str, Any]) -> bool:
    """Whether a row is the written one, in the columns that that names."""
    return all(name in row and same(row[name], value) for name, value in written.items())


def differences(
    found: Sequence[Mapping[str, Any]], written: Sequence[Mapping[str, Any]]
) -> tuple[list[int], list[int]]:
    """The numbers of the written rows that did not come back, and of the rows that came besides; in whatever order they came.

    Each written row is paired with one of its own: one that names few columns can match several.
    """
    partner: dict[int, int] = {}

    def place(number: int, tried: set[int]) -> bool:
        for candidate, row in enumerate(found):
            if candidate not in tried and matches(row, written[number]):
                tried.add(candidate)
                if candidate not in partner or place(partner[candidate], tried):
                    partner[candidate] = number
                    return True
        return False

    for number in range(len(written)):
        place(number, set())
    paired = set(partner.values())
    missing = [number for number in range(len(written)) if number not in paired]
    return missing, [number for number in range(len(found)) if number not in partner]
