"""Queries that a service keeps itself, as packs beside ours: they are asked for when somebody first looks at them, and not before."""

from __future__ import annotations

from collections.abc import Callable, Collection, ItemsView, Iterable, Iterator, Mapping, ValuesView
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from huntbook.query.pack import Pack

if TYPE_CHECKING:
    from huntbook.core.timespan import Moment
    from huntbook.errors import SchemaError
    from huntbook.query.options import Options
    from huntbook.query.pack import Packs
    from huntbook.query.query import Query

    Window = tuple[Moment, Moment | None]  # start, and end; None: now


@dataclass(frozen=True)
class OwnPack:
    """Queries that a service keeps.

    `windows` says by a query's name of which time it is asked where nobody says; `left_out` says by the service's own name which queries cannot
    be asked from here, and why.
    """

    name: str
    about: str
    queries: Mapping[str, Query]
    windows: Mapping[str, Window] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    def pack(self) -> Pack:
        """The queries as a pack, which may be empty."""
        left = (
            f" Left out: {'; '.join(f'{name} ({why})' for name, why in self.left_out.items())}."
            if self.left_out
            else ""
        )
        return Pack.model_construct(
            name=self.name, about=f"{self.about}{left}", parameters={}, queries=dict(self.queries)
        )


class PacksAndOwn(Mapping[str, Pack]):
    """Packs, and by name those that a service keeps itself.

    Completing names and listing packs ask the service nothing: its own packs are listed once they were read.

    Args:
        packs: ours.
        names: the names of the service's own, which are known beforehand.
        read: asks the service for them.
    """

    def __init__(
        self, packs: Packs | Mapping[str, Pack], names: Collection[str], read: Callable[[], Iterable[OwnPack]]
    ) -> None:
        self._packs = packs
        self._names = names
        self._read = read
        self._own: dict[str, OwnPack] | None = None

    @property
    def failed(self) -> Mapping[str, SchemaError]:
        """Those of ours that cannot be read, and why."""
        found: Mapping[str, SchemaError] = getattr(self._packs, "failed", {})
        return found

    @property
    def unread(self) -> Collection[str]:
        """The names of those that the service was not asked for yet."""
        return self._names if self._own is None else ()

    def read(self) -> None:
        """Ask the service for its own, if it was not asked yet.

        Raises:
            ServiceError: if it does not tell.
        """
        if self._own is None:
            self.take(self._read() if self._names else ())

    def take(self, own: Iterable[OwnPack]) -> None:
        """Know the service's own, which somebody else asked it for."""
        self._own = {each.name: each for each in own}

    def own(self, query: Query) -> bool:
        """Whether the service keeps a query itself: it then has a time of its own, or is about all that there is."""
        return query.pack in self._names

    def timed(self, query: Query, options: Options) -> Options:
        """The options of a question; one that names no time gets the query's own, if it has one."""
        own = (self._own or {}).get(query.pack)
        window = own.windows.get(query.name) if own is not None else None
        if window is None or (options.last, options.start, options.end) != (None, None, None):
            return options
        return replace(options, start=window[0], end=window[1])

    def __getitem__(self, name: str) -> Pack:
        if name not in self._names:
            return self._packs[name]
        self.read()
        found = (self._own or {}).get(name)
        return (found or OwnPack(name, "The service keeps none.", {})).pack()

    def __contains__(self, name: object) -> bool:
        return name in self._names or name in self._packs

    def __iter__(self) -> Iterator[str]:
        yield from self._packs
        yield from self._names

    def __len__(self) -> int:
        return len(self._packs) + len(self._names)

    def _known(self) -> dict[str, Pack]:
        return {**self._packs, **{name: own.pack() for name, own in (self._own or {}).items() if own.queries}}

    def items(self) -> ItemsView[str, Pack]:
        """Names and packs, of the service's own those that were read."""
        return self._known().items()

    def values(self) -> ValuesView[Pack]:
        """The packs, of the service's own those that were read."""
        return self._known().values()
