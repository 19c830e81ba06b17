"""How a question is asked: of which time, in which pieces, and what is done about pieces that fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from huntbook.core.timespan import Length, Moment

OnPartial = Literal["keep", "raise"]
CacheUse = Literal["use", "refresh", "off"]


@dataclass(frozen=True)
class Options:
    """What may be said of any question; see `Connection.query`."""

    last: Length | None = None
    start: Moment | None = None
    end: Moment | None = None
    split: Length | None = None  # "auto", or how long a window is
    on_partial: OnPartial = "keep"
    cache: CacheUse | None = None
    add_query_items: str = ""
