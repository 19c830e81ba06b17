"""How a question asks to see its answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Chart:
    """How a question asks to see its answer: KQL's `render`. The answer's rows are the same with and without."""

    kind: str  # "timechart", "piechart", "table" …
    properties: Mapping[str, object] = field(
        default_factory=dict
    )  # as KQL names them: title, xcolumn, ycolumns, series, kind …

    def __str__(self) -> str:
        return self.kind
