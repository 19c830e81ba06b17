"""How a question is asked: of which time, in which pieces, and what is done about pieces that fail."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal, get_args

from huntbook.errors import ParameterError

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

    def __post_init__(self) -> None:
        """Refuse a word that would be passed over: who writes `cache="Off"` does not want what was kept.

        Raises:
            ParameterError: if it is none of those that mean something.
        """
        _one_of("on_partial", self.on_partial, get_args(OnPartial))
        _one_of("cache", self.cache, (None, *get_args(CacheUse)))
        if not isinstance(self.add_query_items, str):
            raise ParameterError(f"add_query_items is query text, not {type(self.add_query_items).__name__}.")


def _one_of(name: str, value: object, choices: tuple[object, ...]) -> None:
    if value not in choices:
        raise ParameterError(f"{name} cannot be {value!r}.", hint=f"It is one of: {', '.join(map(repr, choices))}.")


OPTIONS = tuple(field.name for field in fields(Options))
