"""What every part of a query is: it stands somewhere in the text."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Span:
    """Where something stands in the text: offsets of its first character and of the one after its last."""

    start: int
    end: int


@dataclass(frozen=True)
class Node:
    """Any part of a query."""

    span: Span = field(compare=False)
