"""Stencils: a record rendered once with holes in it, so that each further one costs a microsecond.

Noise in millions of events differs in a few short values: times, process ids, ports. A record is rendered by the same
code as any other, with `hole("pid")` in the place of the value; a `Stencil` of that text is then filled many times.
Values must need no escaping in the format of the text: numbers, times, ids, addresses.
"""

from __future__ import annotations

import re
from operator import itemgetter
from typing import Any

_HOLE = re.compile(r"@@(\w+)@@")


def hole(name: str) -> str:
    """Mark the place of a value that changes from record to record."""
    return f"@@{name}@@"


class Stencil:
    """A text with holes."""

    def __init__(self, text: str) -> None:
        names = _HOLE.findall(text)
        self._text = _HOLE.sub("%s", text.replace("%", "%%"))
        self._pick: Any = itemgetter(*names, names[0])  # one more than needed: a single name would give no tuple
        self._text += "%.0s"

    def fill(self, values: dict[str, str]) -> str:
        """Return the text with every hole filled."""
        return self._text % self._pick(values)  # type: ignore[no-any-return]
